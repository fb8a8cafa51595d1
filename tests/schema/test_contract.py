"""The contract itself: fresh SDL, everything described, nothing of the domain left out, no person named."""

import json
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    introspection_from_schema,
    lexicographic_sort_schema,
    print_schema,
)

import schema as package
from domain import benchmarks, flows
from domain import powers as domain
from domain.powers import PowerContent as Content
from domain.values import Value
from resolvers.reading.declarations import Entity, WrongDeclaration
from resolvers.reading.library import BODY
from resolvers.reading.shows import OfColumn, OfContent, OfKey, OfMany, OfOne, OfRow
from schema import sdl
from schema.declarations import Declarations
from schema.fields import plain
from schema.power_content import NAMED_APART
from schema.root import runner, schema

GRAPH = schema._schema
OWN = {name: one for name, one in GRAPH.type_map.items() if not name.startswith("__")}


def _places() -> Iterator[tuple[str, str | None]]:
    """Yield every place of the contract that needs a description."""
    built_in = {"String", "Int", "Boolean", "ID", "Float"}
    for name, one in OWN.items():
        if name not in built_in:
            yield name, one.description
        if isinstance(one, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in one.fields.items():
                yield f"{name}.{field_name}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{name}.{field_name}({argument_name})", argument.description
        if isinstance(one, GraphQLInputObjectType):
            for field_name, input_field in one.fields.items():
                yield f"{name}.{field_name}", input_field.description
        if isinstance(one, GraphQLEnumType):
            for value_name, value in one.values.items():
                yield f"{name}.{value_name}", value.description


@pytest.mark.house
def test_everything_is_described() -> None:
    silent = [place for place, text in _places() if not (text or "").strip()]
    assert silent == []


@pytest.mark.parametrize("enum", ["PowerStatus", "BasisKind", "DayReason", "LimitUnit", "RiskGrade", "ChangeKind"])
def test_enums_name_their_clauses(enum: str) -> None:
    one = OWN[enum]
    assert isinstance(one, GraphQLEnumType)
    said = (one.description or "") + "".join(value.description or "" for value in one.values.values())
    assert any(clause in said for clause in ("003-", "001-", "000-", "民法典-"))


@pytest.mark.house
def test_the_committed_sdl_is_fresh() -> None:
    assert sdl.check() == "", "run: python -m schema.sdl"


def test_the_sdl_and_introspection_say_the_same() -> None:
    from_file = lexicographic_sort_schema(build_schema(sdl.FILE.read_text("utf-8")))
    live = lexicographic_sort_schema(GRAPH)
    assert introspection_from_schema(from_file) == introspection_from_schema(live)
    assert json.dumps(introspection_from_schema(live))
    assert print_schema(from_file)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


SHOWN: dict[str, type[Value]] = {
    "Limit": flows.Limit,
    "Step": flows.Step,
    "Transition": flows.Transition,
    "RiskPoint": flows.RiskPoint,
    "Material": domain.Material,
    "Guide": domain.Guide,
    "Fee": domain.Fee,
    "Entrustment": domain.Entrustment,
    "ResponsibilityMatter": domain.ResponsibilityMatter,
    "SupervisionMeasure": domain.SupervisionMeasure,
    "LegalBasis": domain.LegalBasis,
    "DiscretionBenchmark": benchmarks.DiscretionBenchmark,
    "DiscretionTier": benchmarks.DiscretionTier,
    "FineRange": benchmarks.FineRange,
}
# A generic chart's code shows as chartCode of the chart itself.
ELSEWHERE = {"external_chart", "internal_chart", "risk_chart"}


@pytest.mark.clause("L2")
@pytest.mark.parametrize("name", SHOWN)
def test_a_type_shows_every_field_of_its_domain_value(name: str) -> None:
    model = SHOWN[name]
    one = OWN[name]
    assert isinstance(one, GraphQLObjectType)
    assert {_camel(field) for field in model.model_fields} - one.fields.keys() == set()


@pytest.mark.clause("L2")
def test_an_item_shows_every_field_of_its_content() -> None:
    one = OWN["PowerContent"]
    assert isinstance(one, GraphQLInterfaceType)
    wanted = {NAMED_APART.get(field, _camel(field)) for field in Content.model_fields if field not in ELSEWHERE}
    assert wanted - one.fields.keys() == set()


def _declared(field: Any) -> Declarations:
    """Declare a schema whose one type stands on bodies and has this field."""

    @strawberry.type
    class Wrong:
        entity: ClassVar[Entity] = BODY
        title: str = field

    @strawberry.type
    class Query:
        wrong: Wrong | None = None

    return Declarations(strawberry.Schema(query=Query))


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (OfColumn("nowhere"), "the entity body has no column nowhere"),
        (OfOne("nobody", "id", "id"), "there is no entity nobody"),
        (OfOne("government", "government_id", "number"), "the entity government has no column number"),
        (OfOne("government", "government_id", "id"), "String does not stand on the entity government"),
        (OfOne("power", "code", "body_code"), "say at which days power is read, or that it knows none"),
        (OfMany("unit", "id", "body_id", "height"), "the entity unit has no order height"),
        (OfMany("unit", "id", "body_id", "id", only="tall"), "the entity unit has no column tall"),
        (OfRow(), "String does not stand on the entity body"),
        (OfContent("place"), "the entity body has no column content"),
        (OfKey("Body", "id"), "the id is one of Body"),
    ],
)
def test_a_wrong_declaration_is_named_with_type_field_and_reason(shown: Any, reason: str) -> None:
    assert len(runner.declarations) > 200
    with pytest.raises(WrongDeclaration) as refused:
        _declared(plain(shown, "x"))
    assert str(refused.value) == f"Wrong.title: {reason}"


@pytest.mark.clause("003-14")
def test_posts_name_no_person() -> None:
    post = OWN["Post"]
    assert isinstance(post, GraphQLObjectType)
    assert post.fields.keys() == {"id", "name", "duty"}


def test_relay_conventions_hold() -> None:
    for name, one in OWN.items():
        if isinstance(one, GraphQLObjectType) and name.endswith("Connection"):
            assert {"edges", "pageInfo", "nodes", "totalCount"} <= one.fields.keys()
            assert str(one.fields["pageInfo"].type) == "PageInfo!"
            edge = OWN[name.removesuffix("Connection") + "Edge"]
            assert isinstance(edge, GraphQLObjectType)
            assert {"node", "cursor"} == edge.fields.keys()
    node = OWN["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert str(node.fields["id"].type) == "ID!"
    query = GRAPH.query_type
    assert query is not None
    for field_name, field in query.fields.items():
        if str(field.type).endswith("Connection!"):
            assert {"first", "after", "last", "before"} <= field.args.keys(), field_name
    assert str(query.fields["nodes"].type) == "[Node]!"


def test_members_of_a_union_never_clash_in_one_selection() -> None:
    for one in OWN.values():
        if isinstance(one, GraphQLUnionType):
            kinds: dict[str, set[str]] = {}
            for member in one.types:
                for name, field in member.fields.items():
                    kinds.setdefault(name, set()).add(str(field.type))
            assert [name for name, found in kinds.items() if len(found) > 1] == []


def test_names_keep_the_conventions() -> None:
    for name, one in OWN.items():
        assert name[0].isupper(), name
        assert "_" not in name
        if isinstance(one, GraphQLEnumType):
            assert all(value.isupper() for value in one.values)
        members: GraphQLNamedType = one
        if isinstance(members, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            assert all(field[0].islower() and "_" not in field for field in members.fields), name
        assert not isinstance(one, GraphQLUnionType) or len(one.types) > 1


def test_the_package_is_ours() -> None:
    assert (package.__file__ or "").endswith("schema/__init__.py")
    assert "GraphQL" in (package.__doc__ or "")
