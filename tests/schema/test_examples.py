"""The examples shown on the API guide run as they stand."""

import pytest
from graphql import parse

from schema import examples
from schema.examples import Example
from tests.schema import world
from tests.schema.conftest import Ask

ALL = examples.load()


@pytest.mark.clause("H11")
@pytest.mark.parametrize("example", ALL, ids=lambda one: one.name)
async def test_an_example_runs_as_it_stands(example: Example, city: world.City, ask: Ask) -> None:
    answer = await ask(example.document)
    assert "errors" not in answer, answer["errors"]
    assert answer["extensions"]["cost"]["requested"] < 5_000


async def test_the_examples_find_something(city: world.City, ask: Ask) -> None:
    found = {one.name: (await ask(one.document))["data"] for one in ALL}
    assert [node["name"] for node in found["catalogue"]["powerItems"]["nodes"]] == ["户外广告设施设置许可"]
    assert found["search"]["powerItemFacets"]["total"] > 0
    assert found["laws"]["laws"]["nodes"][0]["legalBases"]["nodes"][0]["article"] == "第三十六条"
    assert found["benchmarks"]["benchmarks"]["nodes"]
    assert found["refetch"]["nodes"][0]["__typename"] == "Law"
    assert found["deadline"]["deadline"]["due"] == "2026-10-26"


def test_examples_have_a_chinese_title_a_name_and_a_document_in_the_usual_form() -> None:
    assert len({one.name for one in ALL}) == len(ALL) >= 10
    for one in ALL:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in one.title)
        assert parse(one.document).definitions
