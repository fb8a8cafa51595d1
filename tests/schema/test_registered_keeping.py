"""What may be kept for everybody: fields that show published data only, as a walk over the schema proves."""

import re

import asyncpg
import pytest
from graphql import GraphQLInterfaceType, GraphQLNamedType, GraphQLObjectType, GraphQLUnionType, get_named_type

from resolvers.reading.declarations import Entity
from resolvers.reading.matters import MATTERS
from schema.registered_keeping import PUBLISHED_FIELDS, may_be_kept
from schema.root import schema
from tests.access import matrix

TABLES_IN_SQL = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_]+)\b")
GRAPH = schema._schema


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


async def test_every_table_behind_a_published_field_raises_the_public_revision(owner_url: str) -> None:
    owner = await asyncpg.connect(owner_url)
    tables = {row[0] for row in await owner.fetch("SELECT relname FROM pg_class WHERE relkind = 'r'")}
    raising = {
        row[0]
        for row in await owner.fetch(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname LIKE '%\\_public'"
        )
    }
    await owner.close()
    read: dict[str, set[str]] = {}
    for one in reachable():
        definition = one.extensions.get("strawberry-definition")
        entity = getattr(getattr(definition, "origin", None), "entity", None)
        # Of matters a visitor sees none, and only visitors' answers are kept: their guard is proved in test_matters.
        if isinstance(entity, Entity) and entity not in tuple(MATTERS):
            fragments = (f"FROM {entity.source}", *(column.sql for column in entity.columns.values()))
            read[one.name] = {name for sql in fragments for name in TABLES_IN_SQL.findall(sql)} & tables
    assert {"PowerItem", "PowerVersion", "Body", "Government"} <= set(read)
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
