"""What may be kept for everybody: fields that show published data only, as a walk over the schema proves."""

import re

import asyncpg
import pytest
from graphql import GraphQLInterfaceType, GraphQLNamedType, GraphQLObjectType, GraphQLUnionType, get_named_type

from resolvers.reading.declarations import Entity
from schema.registered_keeping import PUBLISHED_FIELDS, may_be_kept
from schema.root import schema
from tests.access import matrix

TABLES_IN_SQL = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_]+)\b")
GRAPH = schema._schema
VISITOR = {
    "actor_kind": "'anonymous'",
    "actor_account": "NULL::uuid",
    **dict.fromkeys(("actor_bodies", "actor_offices", "actor_roles", "actor_scopes"), "'{}'::text[]"),
}
"""What guards know of a visitor."""


def reachable() -> set[GraphQLNamedType]:
    """Return every type that published root fields lead to."""
    assert GRAPH.query_type is not None
    found: set[GraphQLNamedType] = set()
    names = PUBLISHED_FIELDS & set(GRAPH.query_type.fields)
    open_types = [get_named_type(GRAPH.query_type.fields[name].type) for name in sorted(names)]
    while open_types:
        one = open_types.pop()
        if one in found:
            continue
        found.add(one)
        if isinstance(one, GraphQLInterfaceType | GraphQLUnionType):
            open_types += GRAPH.get_possible_types(one)
        if isinstance(one, GraphQLInterfaceType | GraphQLObjectType):
            open_types += [get_named_type(field.type) for field in one.fields.values()]
    return found


async def refuses_visitors(owner: asyncpg.Connection, guard: str) -> bool:
    """Say whether a guard is false for a visitor although nothing is known of the row (NULL: it would depend on it)."""
    if re.search(r"\bIS\b", guard):
        return False  # such a test answers for what is not known
    asked = re.sub(r"\{\w+\}\.\w+", "NULL", guard)
    for name, value in VISITOR.items():
        asked = re.sub(rf":{name}\b", value, asked)
    # Where "not known" counts as false, it must not be that which decides.
    ways = [await owner.fetchval(f"SELECT {one}") for one in (asked, asked.replace(", false)", ", true)"))]
    return ways == [False, False]


async def test_every_table_behind_a_published_field_raises_the_public_revision(owner_url: str) -> None:
    owner = await asyncpg.connect(owner_url)
    tables = {row[0] for row in await owner.fetch("SELECT relname FROM pg_class WHERE relkind = 'r'")}
    raising = {
        row[0]
        for row in await owner.fetch(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname LIKE '%\\_public'"
        )
    }
    read: dict[str, set[str]] = {}
    for one in reachable():
        definition = one.extensions.get("strawberry-definition")
        entity = getattr(getattr(definition, "origin", None), "entity", None)
        # Only visitors' answers are kept: what no visitor ever sees, whatever its row holds, is in none of them.
        if isinstance(entity, Entity) and not await refuses_visitors(owner, entity.guard):
            fragments = (f"FROM {entity.source}", *(column.sql for column in entity.columns.values()))
            read[one.name] = {name for sql in fragments for name in TABLES_IN_SQL.findall(sql)} & tables
    await owner.close()
    assert {"PowerItem", "PowerVersion", "Body", "Government", "AssessmentScore"} <= set(read)
    late = {name: found - raising for name, found in read.items() if found - raising}
    assert not late, "these types show tables whose changes the public revision does not know"


def test_published_fields_are_fields_for_everybody() -> None:
    """A root field that is not among them is answered anew each time."""
    assert GRAPH.query_type is not None
    asked = {name for name in PUBLISHED_FIELDS if not name.startswith("__")}
    assert asked <= set(GRAPH.query_type.fields)
    assert all(matrix.fields()[name]["for"] == "everybody" for name in asked)


@pytest.mark.parametrize(
    ("text", "operation", "kept"),
    [
        ("{ library { revision } }", None, True),
        ("{ other: library { revision } }", None, True),
        ("{ library: secret { revision } }", None, False),
        ("query A { library { revision } } query B { secret }", "A", True),
        ("query A { library { revision } } query B { secret }", "B", False),
        ("query A { library { revision } } query B { secret }", None, False),
        ("{ ...F } fragment F on Query { ... on Query { secret } }", None, False),
        ("{ ...F } fragment F on Query { ...F library { revision } }", None, True),
        ("{ library { revision } ... @include(if: false) { secret } }", None, False),
        ("{ __schema { types { name } } __typename }", None, True),
    ],
)
def test_an_operation_is_kept_for_all_its_fields_or_not_at_all(text: str, operation: str | None, *, kept: bool) -> None:
    assert may_be_kept(text, operation) is kept
