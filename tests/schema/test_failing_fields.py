"""A field that fails takes nobody along: what other fields of the operation wait for still comes."""

from tests.schema import world
from tests.schema.conftest import Ask


async def test_what_two_fields_wait_for_survives_the_failure_beside_one_of_them(city: world.City, ask: Ask) -> None:
    # Both bodies wait for one fetch of units. A wrong cursor ends everything below the first of them meanwhile.
    query = """query ($code: String!) {
      failing: body(code: $code) { powerItems(after: "x") { __typename } units { name posts { name } } }
      fine: body(code: $code) { units { name posts { name } } }
      also: body(code: $code) { units { name posts { name } } }
    }"""
    answer = await ask(query, code="990100-001")
    assert [error["path"] for error in answer["errors"]] == [["failing", "powerItems"]]
    assert answer["data"]["failing"] is None
    assert answer["data"]["fine"] == answer["data"]["also"]
    assert [unit["name"] for unit in answer["data"]["fine"]["units"]] == ["许可科"]
