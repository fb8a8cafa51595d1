"""Declared reads: guards stand in every statement, wrong declarations fail at start, cursors are bound."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.actors import ANONYMOUS, Actor, Posting
from domain.tables.bodies import Government
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import InvalidInput
from resolvers.reading import (
    Column,
    Entity,
    Filter,
    Order,
    PageRequest,
    Read,
    Registry,
    Relation,
    WrongDeclaration,
    fetch_by_keys,
    fetch_children,
    fetch_page,
)
from resolvers.reading.cursors import decode, encode
from resolvers.reading.library import LIBRARY
from resolvers.reading.statements import children_statement, keys_statement, page_statement
from tests import factories

# A private entity over a public table: rows are for the own body, one column is for officials of a role.
PRIVATE = Entity(
    name="private",
    source="body {b}",
    key="id",
    guard="{b}.code = ANY(:actor_bodies)",
    columns={
        "id": Column("{b}.id", "bigint"),
        "government_id": Column("{b}.government_id", "bigint"),
        "code": Column("{b}.code"),
        "phone": Column("{b}.contact_phone", guard="'inspector' = ANY(:actor_roles)"),
    },
    filters={"phone": Filter("{b}.contact_phone = :value", columns=("phone",))},
    orders={"code": Order(("code", "id"))},
)
OWNER = Entity(
    name="owner",
    source="government {g}",
    key="id",
    guard="true",
    columns={"id": Column("{g}.id", "bigint")},
    orders={"id": Order(("id",))},
    relations={"bodies": Relation("connection", "private", "id", "government_id", "code")},
)
REGISTRY = Registry((PRIVATE, OWNER))


def official(body: str, *roles: str) -> Actor:
    return Actor(kind="official", postings=(Posting(1, 1, body, 1, frozenset(roles)),))


async def three_bodies(database: Database) -> Context:
    ctx = factories.context(database)
    city = await factories.government(ctx)
    for number in (1, 2, 3):
        phone = f"0000000{number}"
        await factories.body(ctx, city, code=f"B{number}", number=f"00{number}", contact_phone=phone)
    return ctx


@pytest.mark.clause("N5")
@pytest.mark.parametrize(
    ("actor", "rows"),
    [
        (ANONYMOUS, []),
        (official("B2"), [("B2", None)]),  # the row is theirs, the column is not
        (official("B2", "inspector"), [("B2", "00000002")]),
        (official("elsewhere", "inspector"), []),
    ],
)
async def test_guards_of_rows_and_columns_hold_however_a_row_is_reached(
    database: Database, actor: Actor, rows: list[tuple[str, str | None]]
) -> None:
    ctx = (await three_bodies(database)).acting_as(actor)
    listed = await fetch_page(ctx, PRIVATE, Read(order="code"), PageRequest(count=True))
    assert [(row["code"], row["phone"]) for row in listed.rows] == rows
    assert listed.total is not None
    assert listed.total.count == len(rows)
    by_key = await fetch_by_keys(ctx, PRIVATE, Read(), ["B1", "B2", "B3"], "code")
    assert [(row["code"], row["phone"]) for found in by_key.values() for row in found] == rows
    children = await fetch_children(ctx, REGISTRY, OWNER, "bodies", [1, 99])
    assert [(row["code"], row["phone"]) for row in children[1].rows] == rows
    assert children[99].rows == ()


@pytest.mark.clause("N5")
async def test_a_filter_does_not_tell_what_a_column_hides(database: Database) -> None:
    ctx = await three_bodies(database)
    read = Read(filters={"phone": "00000002"}, order="code")
    hidden = await fetch_page(ctx.acting_as(official("B2")), PRIVATE, read, PageRequest())
    shown = await fetch_page(ctx.acting_as(official("B2", "inspector")), PRIVATE, read, PageRequest())
    assert (len(hidden.rows), len(shown.rows)) == (0, 1)


def broken(**changes: Any) -> Entity:
    return replace(PRIVATE, **changes)


COLUMNS = dict(PRIVATE.columns)


@pytest.mark.parametrize(
    ("entity", "place", "reason"),
    [
        (broken(key="nothing"), "key", "there is no column nothing"),
        (broken(guard=""), "guard", "empty"),
        (broken(guard="{x}.id = 1"), "guard", "unknown alias x"),
        (broken(guard="{b}.id = :somebody"), "guard", "unknown parameter somebody"),
        (broken(guard="true; DROP TABLE body"), "guard", "';'"),
        (broken(columns=COLUMNS | {"Bad Name": Column("{b}.id")}), "Bad Name", "plain lower-case"),
        (broken(filters={"one": Filter("{b}.id = 1")}), "one", "does not use its value"),
        (broken(filters={"one": Filter("{b}.id = :value", columns=("two",))}), "one", "no column two"),
        (broken(orders={}), "orders", "needs an order"),
        (broken(orders={"code": Order(("code",))}), "code", "neither the key id"),
        (broken(orders={"phone": Order(("phone", "id"))}), "phone", "guarded"),
        (broken(columns=COLUMNS | {"code": Column("{b}.code", nullable=True)}), "code", "NULL"),
        (broken(columns=COLUMNS | {"code": Column("{b}.code", "jsonb")}), "code", "no cursor can hold"),
        (broken(relations={"up": Relation("belongs_to", "nobody", "id", "id")}), "up", "no entity nobody"),
        (broken(relations={"up": Relation("belongs_to", "private", "id", "code")}), "up", "differ in type"),
        (broken(relations={"up": Relation("has_many", "private", "id", "id", "x")}), "up", "no order 'x'"),
    ],
)
def test_a_wrong_declaration_fails_at_start_with_entity_place_and_reason(
    entity: Entity, place: str, reason: str
) -> None:
    with pytest.raises(WrongDeclaration, match=re.escape(reason)) as caught:
        Registry((entity,))
    assert (caught.value.entity, caught.value.place) == ("private", place)


async def test_every_declaration_of_the_library_is_understood_by_the_database(database: Database) -> None:
    ctx = factories.context(database)
    for entity in LIBRARY:
        for order in entity.orders:
            for scope in entity.scopes or [""]:
                await fetch_page(ctx, entity, Read(order=order, scope=scope), PageRequest(count=True))
        for name, relation in entity.relations.items():
            target = LIBRARY[relation.target]
            scope = next(iter(target.scopes), "")
            kind = entity.columns[relation.local].type
            parents = ["nobody"] if kind == "text" else [0]
            found = await fetch_children(ctx, LIBRARY, entity, name, parents, Read(scope=scope))
            assert [page.rows for page in found.values()] == [()]


VALUES: dict[str, Any] = {"text": "'; DROP TABLE body; --", "bigint": 77_777_777_777, "integer": 77_777_777}
LISTS: dict[str, Any] = {"text[]": [VALUES["text"]], "bigint[]": [VALUES["bigint"]], "timestamptz": factories.NOON}


def test_no_value_reaches_a_statement_as_text() -> None:
    """Reads every kind of statement of every entity with every filter set."""
    ctx = Context(db=None, now=factories.NOON, profile=None)  # type: ignore[arg-type]
    for entity in LIBRARY:
        filters = {name: (VALUES | LISTS)[one.type] for name, one in entity.filters.items()}
        for order, declared in entity.orders.items():
            read = Read((), filters, order, next(iter(entity.scopes), ""))
            position = [(VALUES | LISTS)[entity.columns[name].type] for name in declared.columns]
            made = [
                page_statement(ctx, entity, read, PageRequest(first=77, count=True), position),
                keys_statement(ctx, entity, read, entity.key, [VALUES["bigint"]]),
                children_statement(ctx, entity, read, entity.key, [VALUES["bigint"]], 77),
            ]
            for sql, values in made:
                assert "DROP" not in sql
                assert "777" not in sql
                assert len(values) == len(set(re.findall(r"\$(\d+)", sql)))


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8")), st.integers(-(2**63), 2**63 - 1))
def test_a_cursor_comes_back_as_it_went(text: str, number: int) -> None:
    types = ["text", "bigint", "timestamptz", "date"]
    values = (text, number, factories.NOON, factories.NOON.date())
    assert decode("a|b", encode("a|b", values), types) == values


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.hex()), st.integers(0, 200), st.characters())
def test_a_damaged_or_foreign_cursor_is_a_labelled_error(junk: str, at: int, other: str) -> None:
    good = encode("power|code", ("A", 1))
    spoilt = good[: at % len(good)] + other + good[at % len(good) + 1 :]
    foreign = encode("power|name", ("A", 1))
    for cursor in {junk, spoilt, foreign, good[:-3], "x" * 5000} - {good}:
        with pytest.raises(InvalidInput) as caught:
            decode("power|code", cursor, ["text", "bigint"])
        assert caught.value.code == "BAD_USER_INPUT"
        assert caught.value.problems[0].path == "after"


@pytest.mark.parametrize(
    "page",
    [
        PageRequest(first=0),
        PageRequest(first=101),
        PageRequest(last=-1),
        PageRequest(first=1, last=1),
        PageRequest(after="a", before="b"),
        PageRequest(first=1, before="b"),
        PageRequest(last=1, after="a"),
    ],
)
async def test_contradictory_and_greedy_pages_are_refused(database: Database, page: PageRequest) -> None:
    with pytest.raises(InvalidInput):
        await fetch_page(factories.context(database), LIBRARY["body"], Read(order="code"), page)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 7), new=st.lists(st.integers(0, 999), max_size=6, unique=True))
async def test_pages_neither_overlap_nor_leave_gaps_while_rows_are_added(
    database: Database, size: int, new: list[int]
) -> None:
    ctx = factories.context(database)
    if not await database.reads.fetchval("SELECT count(*) FROM government"):
        await factories.government(ctx)
    city = Government(id=1)
    count = "SELECT count(*) FROM body WHERE code = $1"
    fresh = [number for number in new if not await database.reads.fetchval(count, f"C{number:03}")]

    async def walk(*, backward: bool, adding: list[int]) -> list[str]:
        seen: list[str] = []
        cursor = None
        while True:
            page = PageRequest(last=size, before=cursor) if backward else PageRequest(first=size, after=cursor)
            got = await fetch_page(ctx, LIBRARY["body"], Read(("code",), {}, "code"), page)
            codes = [row["code"] for row in got.rows]
            seen = codes + seen if backward else seen + codes
            if not (got.has_previous if backward else got.has_next):
                return seen
            cursor = got.start_cursor if backward else got.end_cursor
            if adding:
                number = adding.pop()
                await factories.body(ctx, city, code=f"C{number:03}", number=f"{number:03}")

    before = [row["code"] for row in await database.reads.fetch("SELECT code FROM body ORDER BY code, id")]
    middle = len(fresh) // 2
    for backward, adding in ((False, fresh[:middle]), (True, fresh[middle:])):
        seen = await walk(backward=backward, adding=adding)
        assert seen == sorted(set(seen))
        assert set(before) <= set(seen)
