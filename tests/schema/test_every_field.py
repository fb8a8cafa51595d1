"""Every field of every type answers: documents made from the schema itself, over the seeded city."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_required_argument,
)

from domain.actors import SYSTEM
from domain.complaints import Filing
from resolvers import complaints
from resolvers.context import unit_of_work
from resolvers.throttles import Client
from schema.limits import Limits
from schema.operations import Asked
from schema.root import runner, schema
from tests.alerts import INSPECTED
from tests.schema import world
from tests.schema.conftest import Holder

GRAPH = schema._schema
DEEP = 7
WIDE = Limits(
    depth=40, aliases=10_000, selections=200_000, repeats=1_000, cost=10**9, document_bytes=10**7, tokens=10**6
)

ARGUMENTS = {
    "code": f'"{world.PENALTY}"',
    "from": "1",
    "to": "2",
    "id": '"MTpCb2R5OjE"',
    "ids": '["MTpCb2R5OjE", "MTpMYXc6MQ"]',
    "start": '"2026-09-21"',
    "limit": "5",
    "number": "1",
}
ROOTS = {
    "powerItem": f'(code: "{world.WHOLE}")',
    "versions": f'(code: "{world.PENALTY}")',
    "diff": f'(code: "{world.PENALTY}", from: 1, to: 2)',
    "calendar": '(from: "2026-09-21", to: "2026-09-23")',
    "body": '(code: "990100-001")',
    "matterCounts": '(by: MONTH, from: "2026-01-01", to: "2026-12-31")',
}


def _arguments(name: str, field: GraphQLField) -> str:
    needed = [f"{key}: {ARGUMENTS[key]}" for key, one in field.args.items() if is_required_argument(one)]
    return f"({', '.join(needed)})" if needed else ""


class Writer:
    """Writes a selection of everything, once for each type on a way down, and remembers what it wrote."""

    def __init__(self) -> None:
        self.written: set[tuple[str, str]] = set()

    def selection(self, kind: GraphQLNamedType, above: tuple[str, ...]) -> str:
        if isinstance(kind, GraphQLUnionType):
            parts = [f"... on {one.name} {self.selection(one, above)}" for one in kind.types]
            return f"{{ __typename {' '.join(parts)} }}"
        if isinstance(kind, GraphQLInterfaceType):
            members = GRAPH.get_possible_types(kind)
            if kind.name == "Node":
                return f"{{ __typename id {' '.join(f'... on {one.name} {{ id }}' for one in members)} }}"
            if kind.name == "Matter":
                parts = [f"... on {one.name} {self.selection(one, above)}" for one in members]
                return f"{{ __typename {' '.join(parts)} }}"
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            return ""
        if kind.name in above or len(above) > DEEP:
            return "{ __typename }"
        return "{ __typename " + " ".join(self._fields(kind, above)) + " }"

    def _fields(self, kind: GraphQLObjectType | GraphQLInterfaceType, above: tuple[str, ...]) -> Iterator[str]:
        for name, field in kind.fields.items():
            inner = self.selection(get_named_type(field.type), (*above, kind.name))
            self.written.add((kind.name, name))
            yield f"{name}{_arguments(name, field)} {inner}"


def _reached(root: GraphQLNamedType) -> set[GraphQLNamedType]:
    """Return the types that a root leads to; what only mutations lead to is asked for in test_acting."""
    found: set[GraphQLNamedType] = set()
    waiting = [root]
    while waiting:
        kind = waiting.pop()
        if kind in found:
            continue
        found.add(kind)
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            waiting += GRAPH.get_possible_types(kind)
        if isinstance(kind, GraphQLInterfaceType | GraphQLObjectType):
            waiting += [get_named_type(one.type) for one in kind.fields.values()]
    return found


async def test_every_field_answers_without_an_error(city: world.City, holder: Holder) -> None:
    case, _ = await world.running(holder.ctx)
    ctx, roots = holder.ctx.acting_as(SYSTEM), {**ROOTS, "matter": f'(number: "{case.number}")'}
    roots["matterStatus"] = f'(number: "{case.number}", code: "{case.code}")'
    filing = Filing("complaint", "anonymous", "body", "没有人。", body="990100-001")
    filed = await complaints.file(ctx, filing, "a key of a test, long enough", Client("203.0.113.9"))
    roots["complaintFollow"] = f'(code: "{filed.code}")'
    async with unit_of_work(ctx, unrecorded="a test") as uow:
        await (await uow.raw()).execute(INSPECTED, "990100-001")
    roots["inspection"] = '(number: "990100-001JC20260001")'
    writer = Writer()
    query = GRAPH.query_type
    assert query is not None
    answers: dict[str, Any] = {}
    for name, field in query.fields.items():
        writer.written.add(("Query", name))
        inner = writer.selection(get_named_type(field.type), ())
        document = f"{{ {name}{roots.get(name) or _arguments(name, field)} {inner} }}"
        answer = await runner.run(Asked(document), ctx, WIDE)
        assert answer.errors == (), (document[:200], answer.errors)
        assert answer.data is not None
        answers[name] = answer.data[name]
    everything = {
        (kind.name, name) for kind in _reached(query) if isinstance(kind, GraphQLObjectType) for name in kind.fields
    }
    assert everything - writer.written == set()
    assert all(found not in (None, [], {}) for found in answers.values())
