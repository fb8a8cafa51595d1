"""Mutations through the whole application: for every role, about matters of one's own body, of one beside it, of others'."""

from dataclasses import dataclass

import pytest
from graphql import GraphQLInputObjectType, get_named_type
from sqlmodel import col, select

from domain.complaints import Filing
from domain.tables.bodies import Government
from resolvers import complaints, matters
from resolvers.context import unit_of_work
from resolvers.matters import Opening
from resolvers.throttles import Client
from schema.node import global_id
from schema.root import schema
from tests import factories
from tests.access import matrix
from tests.access.conftest import Scene
from tests.access.matrix import SIDES

pytestmark = pytest.mark.clause("N5", "R14")
CHUNK = 8
BODIES = {"own": "B001", "beside": "B003", "other": "B002"}
CLOSED = {"NotPermitted", "NotFound"}


@dataclass
class Place:
    """An item of a body, and a matter of it with its party's code."""

    item: str
    number: str
    second: str
    code: str
    matter_id: int
    report: str
    complaint: str
    inspection: str


@pytest.fixture(scope="module")
async def places(scene: Scene) -> dict[str, Place]:
    """Give a matter of the officials' own body, one of a body beside it, and one of another government's."""
    sql = "SELECT i.code FROM power_item i JOIN power_version v ON v.item_id = i.id WHERE v.body_code = 'B002'"
    items = {"own": scene.item, "beside": await _beside(scene), "other": await scene.ctx.db.reads.fetchval(sql)}
    found = {}
    for side, item in items.items():
        opened = await matters.open_matter(scene.ctx, Opening(item=item, key=f"mutations {side}"))
        second = await matters.open_matter(scene.ctx, Opening(item=item, key=f"second {side}"))
        found[side] = Place(
            *(item, opened.number, second.number, opened.code, opened.matter_id, await _report(scene, side)),
            *(await _complained(scene, side), await _inspection(scene, side)),
        )
    return found


async def _report(scene: Scene, side: str) -> str:
    """Return the id of a report of a body: the scene has one of each government, the body beside gets its own here."""
    number = scene.reports.get(side)
    if number is None:
        sql = """INSERT INTO report (kind, government_id, body_code, period, state, edition, no, content, opened_at,
          changed_at) SELECT 'annual_report', government_id, code, '2026', 'open', 1, 0,
          '{"sections": {}, "figures": [], "counted_at": null}', now(), now() FROM body WHERE code = 'B003' RETURNING id"""
        async with unit_of_work(scene.ctx, unrecorded="a test") as uow:
            number = await (await uow.raw()).fetchval(sql)
    return str(global_id("Report", number))


async def _inspection(scene: Scene, side: str) -> str:
    """Return the number of an inspection of the own or another bureau; one beside the officials' body is their own bureau's."""
    number = scene.inspections["other" if side == "other" else "own"]
    return str(await scene.ctx.db.reads.fetchval("SELECT number FROM inspection WHERE id = $1", number))


async def _complained(scene: Scene, side: str) -> str:
    """File a complaint about a body."""
    filing = Filing("complaint", "anonymous", "body", "没有人。", body=BODIES[side])
    return (await complaints.file(scene.ctx, filing, f"a key of mutations {side}", Client("203.0.113.88"))).number


async def _beside(scene: Scene) -> str:
    """Enter another body of the officials' government with an item."""
    async with scene.ctx.db.sessions() as session:
        government = (await session.exec(select(Government).where(col(Government.division_code) == "990100"))).one()
    body = await factories.body(scene.ctx, government, code="B003", number="003", name="云川市邻局")
    content = factories.power(body=body.code, body_name=body.name)
    await factories.confirmed(scene.ctx, government, [factories.change(government, content)])
    return content.code


def test_every_mutation_has_its_row() -> None:
    assert schema._schema.mutation_type is not None
    assert set(matrix.mutations()) == set(schema._schema.mutation_type.fields)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("side", SIDES)
async def test_a_mutation_is_for_whom_the_table_says(scene: Scene, places: dict[str, Place], side: str) -> None:
    """Seventeen visitors try every mutation; whoever may not is told nothing, and leaves no trace on the matter."""
    place, rows, wrong = places[side], list(matrix.mutations().values()), []
    for role in matrix.VISITORS:
        visitor = await scene.visitor(role)
        for at in range(0, len(rows), CHUNK):
            part = rows[at : at + CHUNK]
            body = {"query": " ".join(["mutation {", *(_asked(row, place, role) for row in part), "}"])}
            answer = (await visitor.client.post("/graphql", json=body)).json()
            assert "errors" not in answer, answer["errors"]
            for row in part:
                told = answer["data"][row.name]
                if (told["__typename"] in CLOSED) is (role in row.allowed[side]):
                    wrong.append(f"{row.name} for {role}, {side}: {told}")
    assert not wrong, wrong
    by_officials = "SELECT count(*) FROM event WHERE stream = $1 AND actor_id IS NOT NULL"
    count = await scene.ctx.db.reads.fetchval(by_officials, f"matter:{place.matter_id}")
    assert (count > 0) is (side == "own"), "somebody acted on a matter of others"


def _asks_for_number(mutation: str) -> bool:
    """Say whether a mutation names a matter by its number."""
    assert schema._schema.mutation_type is not None
    given = get_named_type(schema._schema.mutation_type.fields[mutation].args["input"].type)
    assert isinstance(given, GraphQLInputObjectType)
    return "number" in given.fields


def _asked(row: matrix.MutationRow, place: Place, role: str) -> str:
    given = row.given.replace("{item}", place.item).replace("{code}", place.code).replace("{second}", place.second)
    given = (
        given.replace("{inspection}", place.inspection)
        .replace("{report}", place.report)
        .replace("{notice}", global_id("Notice", 1))
    )
    own = place.complaint if row.name.startswith("complaint") else place.number
    number = f'number: "{own}", ' if _asks_for_number(row.name) else ""
    key = f"a random key of {role} for {row.name}"
    return (
        f'{row.name}(input: {{{number}idempotencyKey: "{key}", {given}}}) {{ __typename ... on UserError {{ code }} }}'
    )


async def test_a_session_speaks_for_our_own_pages_only(scene: Scene, places: dict[str, Place]) -> None:
    """A request that another site made is refused, whatever it carries; without a session it is a visitor's, as ever."""
    place, row = places["own"], matrix.mutations()["matterRecord"]
    body = {"query": f"mutation {{ {_asked(row, place, 'foreign')} }}"}
    clerk, visitor = await scene.visitor("clerk"), await scene.visitor("anonymous")
    count = "SELECT count(*) FROM event"
    before = await scene.ctx.db.reads.fetchval(count)
    foreign = ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
               {"Origin": "null"}, {"Origin": "https://["})  # fmt: skip
    for headers in foreign:
        answer = await clerk.client.post("/graphql", json=body, headers=headers)
        assert answer.status_code == 403, headers
        assert answer.json()["errors"][0]["extensions"]["code"] == "FOREIGN_SITE"
        asked = await clerk.client.get(
            "/graphql", params={"query": "{ matters { nodes { number } } }"}, headers=headers
        )
        assert asked.status_code == 403, headers
        plain = await visitor.client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert plain.status_code == 200, headers
    form = await clerk.client.post("/graphql", data={"query": body["query"]})
    assert form.status_code == 415
    over_get = await clerk.client.get("/graphql", params=body)
    assert over_get.status_code == 405
    assert await scene.ctx.db.reads.fetchval(count) == before


async def test_the_header_of_the_key_must_agree_with_the_input(scene: Scene, places: dict[str, Place]) -> None:
    row, place = matrix.mutations()["matterRecord"], places["own"]
    clerk = await scene.visitor("clerk")
    body = {"query": f"mutation {{ {_asked(row, place, 'header')} }}"}
    found = {}
    for key in ("another", "a random key of header for matterRecord"):
        answer = await clerk.client.post("/graphql", json=body, headers={"Idempotency-Key": key})
        found[key] = answer.json()["data"]["matterRecord"]["__typename"]
    assert found.pop("another") == "ValidationError"
    assert set(found.values()) <= {"MatterActed", "MatterRefused"}
