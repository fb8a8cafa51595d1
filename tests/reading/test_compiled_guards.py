"""Compiled reads over private entities: what an actor may not see is nowhere in the answer, whatever is selected."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from deploy import roles
from deploy.embedded import OWNER
from domain.actors import ANONYMOUS, Actor
from resolvers.context import Context
from resolvers.database import Database
from resolvers.reading import Page, PageRequest, Read, fetch_page
from resolvers.reading.cursors import encode
from resolvers.reading.fetching import cursor_scope
from resolvers.reading.listings import Listing
from resolvers.reading.plans import compile_operation, run_plan
from resolvers.reading.selection import (
    Asked,
    EdgePart,
    InfoPart,
    Operation,
    PagePart,
    PageSelection,
    Plain,
    Root,
    Selection,
)
from resolvers.reading.shows import OfColumn, OfContent, OfMany, OfOne, OfPage
from tests import clusters, factories
from tests.clusters import Servers
from tests.reading.private_city import CITY, DEPARTMENT, REGISTRY, Data, Row, Sight, actor, build

pytestmark = pytest.mark.clause("N5")

ACTORS: list[Actor] = [
    ANONYMOUS,
    actor("integrator"),
    actor("system"),
    actor(bodies=["990100-1"]),
    actor(bodies=["990100-1"], inspector=True),
    actor(bodies=["990100-2", "990200-1"]),
    actor(bodies=["990100-1", "990100-2", "990100-3", "990200-1", "990200-2", "990200-3"], inspector=True),
    actor(bodies=["nowhere"], inspector=True),
]


@dataclass
class Private:
    """The private data, and a context on them."""

    ctx: Context
    data: Data

    async def read(self, operation: Operation, listing: Listing, *more: Listing, who: Actor) -> Any:
        """Compile and run an operation; returns the data, or None where something required is not there."""
        plan = compile_operation(operation, (listing, *more), REGISTRY)
        ctx = self.ctx.acting_as(who)
        answers = [await run_plan(ctx, plan, (listing, *more)) for _ in range(2)]
        assert answers[0] == answers[1], "what is kept differs from what was read"
        return None if answers[0] is None else json.loads(answers[0])


@pytest.fixture(scope="module")
async def private(postgres: Servers, postgres_flavour: str, worker_id_or_main: str) -> AsyncIterator[Private]:
    name = f"private_{worker_id_or_main}"
    clusters.clone(postgres, postgres_flavour, name, template=clusters.migrated_template(postgres, postgres_flavour))
    url = postgres.postgres_url(postgres_flavour, name).replace(f"://{OWNER}@", f"://{roles.APPLICATION}@", 1)
    database = await Database.connect(url, pool_size=4)
    ctx = factories.context(database)
    yield Private(ctx, await build(ctx))
    await database.close()
    clusters.drop(postgres, postgres_flavour, name)


def leaf(name: str, form: Plain = "text", *, required: bool = False) -> Asked:
    return Asked(name, OfColumn(name), form, required=required)


def one(key: str, entity: str, local: str, below: Selection, *, required: bool = False) -> Asked:
    return Asked(key, OfOne(entity, local, "id"), below=below, required=required)


def many(key: str, entity: str, foreign: str, below: Selection) -> Asked:
    return Asked(key, OfMany(entity, "id", foreign, "id"), below=below, many=True)


def whole_page(below: Selection) -> PageSelection:
    """Ask for everything that a page can say."""
    edge = (EdgePart("node", "node", below), EdgePart("cursor", "cursor"))
    info = tuple(InfoPart(name, name) for name in ("has_next", "has_previous", "start_cursor", "end_cursor"))
    total = tuple(InfoPart(name, name) for name in ("count", "is_lower_bound"))
    return PageSelection(
        (PagePart("edges", "edges", edge=edge), PagePart("info", "info", info=info), PagePart("total", "info", info=total))
    )  # fmt: skip


PLAIN = Selection((leaf("code"), leaf("phone"), leaf("duties", "texts")))


def page_of(rows: list[Row], page: PageRequest, scope: str, *, descending: bool) -> Page[Row]:
    """Return a page of visible rows, as a list sorted in Python would be paged."""
    ordered = sorted(rows, key=lambda row: (row["code"], row["id"]), reverse=descending)
    marks = [encode(scope, (row["code"], row["id"])) for row in ordered]
    cursor = page.before if page.backward else page.after
    # A cursor may stand on a row that is not seen.
    at = None if cursor is None else _place(cursor)
    kept = [(row, mark) for row, mark in zip(ordered, marks, strict=True)
            if at is None or _behind((row["code"], row["id"]), at, descending=descending, backward=page.backward)]  # fmt: skip
    cut = kept[-page.limit :] if page.backward else kept[: page.limit]
    more, marked = len(kept) > page.limit, cursor is not None
    has_next, has_previous = (marked, more) if page.backward else (more, marked)
    return Page(tuple(row for row, _ in cut), tuple(mark for _, mark in cut), has_next, has_previous)


_PLACES: dict[str, tuple[str, int]] = {}


def _place(cursor: str) -> tuple[str, int]:
    return _PLACES[cursor]


def _behind(key: tuple[str, int], at: tuple[str, int], *, descending: bool, backward: bool) -> bool:
    return key < at if descending != backward else key > at


def cursor_of(row: Row, order: str) -> str:
    """Return a row's cursor, and remember where it stands."""
    made = encode(cursor_scope(DEPARTMENT, order), (row["code"], row["id"]))
    _PLACES[made] = (row["code"], row["id"])
    return made


def written(page: Page[Row], total: int, names: tuple[str, ...]) -> dict[str, Any]:
    """Return a page as the answer says it."""
    edges = [{"node": {name: row[name] for name in names}, "cursor": mark}
             for row, mark in zip(page.rows, page.cursors, strict=True)]  # fmt: skip
    info = {"has_next": page.has_next, "has_previous": page.has_previous, "start_cursor": page.start_cursor,
            "end_cursor": page.end_cursor}  # fmt: skip
    return {"edges": edges, "info": info, "total": {"count": total, "is_lower_bound": False}}


def _requests(data: Data, order: str, random: Random) -> list[PageRequest]:
    cursors = [cursor_of(row, order) for row in data.departments]
    sizes = [random.randint(1, 7) for _ in range(8)]
    forward = [PageRequest(first=size, after=random.choice([None, *cursors]), count=True) for size in sizes]
    return [*forward, *(PageRequest(last=size, before=random.choice([None, *cursors]), count=True) for size in sizes)]


@pytest.mark.parametrize("order", ["code", "backward"])
@pytest.mark.parametrize("who", ACTORS)
async def test_pages_show_count_and_point_at_visible_rows_only(private: Private, who: Actor, order: str) -> None:
    seen, random = Sight(private.data, who).rows("department"), Random(7)
    operation = Operation((Root("list", "page", 0, whole_page(PLAIN)),))
    for page in _requests(private.data, order, random):
        found = await private.read(operation, Listing(DEPARTMENT, Read(order=order), page), who=who)
        expected = page_of(seen, page, cursor_scope(DEPARTMENT, order), descending=order == "backward")
        assert found == {"list": written(expected, len(seen), ("code", "phone", "duties"))}
        ordinary = await fetch_page(private.ctx.acting_as(who), DEPARTMENT, Read(order=order), page)
        assert [row["code"] for row in ordinary.rows] == [row["code"] for row in expected.rows]
        assert ordinary.cursors == expected.cursors


@pytest.mark.parametrize("who", ACTORS)
async def test_a_filter_on_a_hidden_column_finds_nothing_and_counts_nothing(private: Private, who: Actor) -> None:
    operation = Operation((Root("list", "page", 0, whole_page(PLAIN)),))
    sight = Sight(private.data, who)
    for department in private.data.departments:
        read = Read(filters={"phone": department["phone"]}, order="code")
        found = await private.read(operation, Listing(DEPARTMENT, read, PageRequest(count=True)), who=who)
        seen = [row["code"] for row in sight.rows("department") if row["phone"] == department["phone"]]
        assert [edge["node"]["code"] for edge in found["list"]["edges"]] == seen
        assert found["list"]["total"]["count"] == len(seen)


def tree(sight: Sight, row: Row) -> dict[str, Any]:
    """Return a department with all that is below and above it, as an actor sees it."""
    departments = {one["id"]: one for one in sight.rows("department")}
    cities = {one["id"]: one for one in sight.rows("city")}
    desks = [{"name": one["name"], "duty": one["duty"], "of": one["section_id"]} for one in sight.rows("desk")]
    sections = [
        {"name": one["name"], "desks": [{"name": desk["name"], "duty": desk["duty"]} for desk in desks if desk["of"] == one["id"]]}
        for one in sight.rows("section") if one["department_id"] == row["id"]
    ]  # fmt: skip
    parent, boss = departments.get(row["parent_id"]), departments.get(row["boss_id"])
    return {
        "code": row["code"],
        "city": {name: cities[row["city_id"]][name] for name in ("name", "secret")},
        "parent": parent and {"code": parent["code"], "phone": parent["phone"]},
        "boss": boss and {"code": boss["code"], "phone": boss["phone"]},
        "sections": sections,
    }


TREE = Selection(
    (
        leaf("code"),
        one("city", "city", "city_id", Selection((leaf("name"), leaf("secret"))), required=True),
        one("parent", "department", "parent_id", Selection((leaf("code"), leaf("phone")))),
        one("boss", "department", "boss_id", Selection((leaf("code"), leaf("phone")))),
        many("sections", "section", "department_id", Selection(
            (leaf("name"), many("desks", "desk", "section_id", Selection((leaf("name"), leaf("duty")))))
        )),
    )
)  # fmt: skip


@pytest.mark.parametrize("who", ACTORS)
async def test_every_relation_hides_what_its_guard_hides(private: Private, who: Actor) -> None:
    sight = Sight(private.data, who)
    expected = [tree(sight, row) for row in sight.rows("department")]
    nodes = PageSelection((PagePart("nodes", "nodes", below=TREE),))
    listing = Listing(DEPARTMENT, Read(order="code"), PageRequest(first=100))
    assert await private.read(Operation((Root("list", "page", 0, nodes),)), listing, who=who) == {
        "list": {"nodes": expected}
    }
    every = Listing(DEPARTMENT, Read(order="code"))
    assert await private.read(Operation((Root("all", "all", 0, TREE, required=True),)), every, who=who) == {
        "all": expected
    }


@pytest.mark.parametrize("who", ACTORS)
async def test_one_row_that_is_hidden_is_null_and_pages_below_count_what_is_seen(private: Private, who: Actor) -> None:
    sight = Sight(private.data, who)
    single = Selection((leaf("code"), leaf("phone")))
    for department in private.data.departments:
        listing = Listing(DEPARTMENT, Read(filters={"code": [department["code"]]}, order="code"), PageRequest(first=1))
        found = await private.read(Operation((Root("one", "one", 0, single),)), listing, who=who)
        row = next((one for one in sight.rows("department") if one["id"] == department["id"]), None)
        assert found == {"one": row and {"code": row["code"], "phone": row["phone"]}}
    below = Asked("departments", OfPage("department", "id", "city_id", "code"), below=whole_page(PLAIN), listing=1)
    operation = Operation((Root("all", "all", 0, Selection((leaf("name"), below)), required=True),))
    page = PageRequest(first=2, count=True)
    found = await private.read(operation, Listing(CITY, Read(order="id")), Listing(DEPARTMENT, Read(order="code"), page),
                               who=who)  # fmt: skip
    for city, told in zip(sight.rows("city"), found["all"], strict=True):
        seen = [row for row in sight.rows("department") if row["city_id"] == city["id"]]
        expected = page_of(seen, page, cursor_scope(DEPARTMENT, "code"), descending=False)
        assert told == {"name": city["name"], "departments": written(expected, len(seen), ("code", "phone", "duties"))}


async def test_a_required_relation_that_is_hidden_leaves_the_answer_to_the_ordinary_executor(private: Private) -> None:
    strict = Selection((leaf("code"), one("parent", "department", "parent_id", PLAIN, required=True)))
    by_code = Read(filters={"code": ["990100-2"]}, order="code")
    listing = Listing(DEPARTMENT, by_code, PageRequest(first=1))
    operation = Operation((Root("one", "one", 0, strict),))
    sees_both = actor(bodies=["990100-1", "990100-2"])
    assert (await private.read(operation, listing, who=sees_both))["one"]["parent"]["code"] == "990100-1"
    assert await private.read(operation, listing, who=actor(bodies=["990100-2"])) is None
    hidden_leaf = Operation((Root("one", "one", 0, Selection((leaf("phone", required=True),))),))
    assert await private.read(hidden_leaf, listing, who=actor(bodies=["990100-2"])) is None


async def test_what_one_actor_saw_is_never_kept_for_another(private: Private) -> None:
    inspector, clerk = actor(bodies=["990100-1"], inspector=True), actor(bodies=["990100-1"])
    inside = Asked("word", OfContent("word"), "text", required=False)
    plans = {
        "guarded column": (CITY, Selection((leaf("name"), leaf("secret"))), "id"),
        "guarded document": (CITY, Selection((leaf("name"), inside)), "id"),
        "guarded rows": (DEPARTMENT, PLAIN, "code"),
        "guarded relation": (DEPARTMENT, TREE, "code"),
    }
    for name, (entity, selection, order) in plans.items():
        listing = Listing(entity, Read(order=order), PageRequest(first=50))
        operation = Operation((Root("list", "page", 0, PageSelection((PagePart("nodes", "nodes", below=selection),))),))
        plan = compile_operation(operation, (listing,), REGISTRY)
        answers = [
            await run_plan(private.ctx.acting_as(who), plan, (listing,)) for who in (inspector, clerk, inspector)
        ]
        bare = replace(private.ctx.db, fragments=type(private.ctx.db.fragments)(0))
        fresh = await run_plan(replace(private.ctx, db=bare, actor=clerk), plan, (listing,))
        assert answers[1] == fresh, name
        assert answers[0] == answers[2] != answers[1], name
