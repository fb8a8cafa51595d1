"""Documents are compiled to neutral selections: what is asked, how it is written, and by which listings it is read."""

from dataclasses import dataclass
from typing import Any

import pytest
from graphql import parse

from resolvers.reading.listings import Listing
from resolvers.reading.plans import NotCompiled
from resolvers.reading.selection import Asked, Choice, PageSelection, Root, Selection
from resolvers.reading.shows import (
    OfAttribute,
    OfColumn,
    OfContent,
    OfDocument,
    OfKey,
    OfLaw,
    OfOne,
    OfPlaces,
    OfWord,
)
from schema.compiling import Compiler
from schema.compiling_values import NotCoerced
from schema.documents import Prepared
from schema.node import global_id
from schema.plan_cache import Plans
from schema.root import runner, schema

COMPILER = Compiler(schema, runner.declarations, Plans())


@dataclass
class Made:
    """What was made of a document for some variables."""

    roots: tuple[Root, ...]
    listings: tuple[Listing, ...]


def made(text: str, **variables: Any) -> Made:
    """Compile a document and bind it, as a request does."""
    prepared = Prepared(parse(text))
    compiled = COMPILER.compile(*prepared.source(None))
    values = compiled.variables.coerced(variables)
    variant = compiled.variant(values, lambda: prepared.source(None))
    return Made(variant.operation.operation.roots, variant.listings(None, values))  # type: ignore[arg-type]


def node(of: Any) -> Selection:
    """Return what is asked of the nodes of a page."""
    found = page(of).nodes[0]
    assert isinstance(found, Selection)
    return found


def below(one: Root | Asked) -> tuple[Asked, ...]:
    """Return the fields selected below a root or a field."""
    assert isinstance(one.below, Selection)
    return one.below.asked


def page(one: Root | Asked) -> PageSelection:
    assert isinstance(one.below, PageSelection)
    return one.below


def item(fields: str, more: str = "", **variables: Any) -> tuple[Asked, ...]:
    """Return what is made of fields of an item."""
    return below(made(f'{{ powerItem(code: "x") {{ {fields} }} }} {more}', **variables).roots[0])


def keys(asked: tuple[Asked, ...]) -> list[str]:
    return [one.key for one in asked]


def test_leaves_are_written_as_the_contract_says() -> None:
    forms = {one.key: (one.shown, one.form, one.required) for one in item("id code status validFrom duties")}
    assert forms["id"] == (OfKey("PowerItem", "item_id", dated=True), "id", True)
    assert forms["code"] == (OfColumn("code"), "text", True)
    assert forms["validFrom"] == (OfColumn("valid_from"), "date", False)
    assert forms["duties"] == (OfContent("duties", ()), "texts", True)
    status = forms["status"][1]
    assert dict(status.pairs)["in_use"] == "IN_USE"  # type: ignore[union-attr]


def test_response_keys_keep_their_order_and_equal_ones_are_merged() -> None:
    found = item("b: name a: code body { name } body { code name } a: code")
    assert keys(found) == ["b", "a", "body"]
    assert keys(below(found[2])) == ["name", "code"]


def test_fragments_on_types_interfaces_and_nothing_are_opened_once() -> None:
    more = (
        "fragment F on PowerContent { name ...G } fragment G on PowerItem { validFrom ... { code } }"
        " fragment V on PowerVersion { number }"
    )
    fields = "...F ... on Node { id } ... on PowerItem { path } ...F ...V ... on PowerVersion { digest }"
    assert keys(item(fields, more)) == ["name", "validFrom", "code", "id", "path"]


def test_skip_and_include_choose_variants_of_one_document() -> None:
    text = """query ($a: Boolean!, $b: Boolean = true) { powerItem(code: "x") {
        code name @skip(if: $a) ... @include(if: $b) { path } scheme @include(if: false) level @skip(if: true) { code }
        ...F @include(if: $a) } } fragment F on PowerItem { remarks }"""

    def chosen(**variables: Any) -> list[str]:
        return keys(below(made(text, **variables).roots[0]))

    assert chosen(a=True) == ["code", "path", "remarks"]
    assert chosen(a=False, b=False) == ["code", "name"]
    assert chosen(a=False) == ["code", "name", "path"]
    with pytest.raises(NotCoerced):
        chosen(a=False, b=None)


def test_names_of_types_stand_on_every_level() -> None:
    found = made(
        """{ __typename powerItems { __typename nodes { __typename category { __typename } legalBases { __typename } }
        edges { __typename node { __typename } cursor } pageInfo { __typename } totalCount { __typename } } }"""
    )
    assert (found.roots[0].what, found.roots[0].word) == ("word", "Query")
    parts = page(found.roots[1]).parts
    assert [(one.key, one.what, one.word) for one in parts if one.what == "word"] == [
        ("__typename", "word", "PowerItemConnection")
    ]
    nodes = node(found.roots[1]).asked
    assert nodes[0].shown == OfWord("PowerItem")
    assert below(nodes[1])[0].shown == OfWord("Category")
    assert below(nodes[2])[0].shown == OfWord("LegalBasis")
    assert [one.what for one in parts[2].edge] == ["word", "node", "cursor"]
    assert [one.info[0].word for one in parts[3:]] == ["PageInfo", "TotalCount"]
    assert not found.listings[0].page.count


def test_unions_are_told_apart_by_their_tag() -> None:
    fields = """benchmarks { tiers { conditions { __typename ... on CountCondition { fact times: atLeastTimes }
        ... on AmountCondition { unit } } } }"""
    tiers = below(item(fields)[0])[0]
    conditions = below(tiers)[0]
    assert conditions.many
    assert isinstance(conditions.below, Choice)
    assert conditions.below.tag == "kind"
    cases = dict(conditions.below.cases)
    assert {tag: [one.key for one in asked.asked] for tag, asked in cases.items()} == {
        "count": ["__typename", "fact", "times"],
        "amount": ["__typename", "unit"],
        "stated": ["__typename"],
    }
    assert cases["count"].asked[2].shown == OfAttribute("at_least", 0)


def test_a_basis_is_part_of_an_item_or_a_row_of_its_own() -> None:
    inside = item("legalBases { kind position law { title } item { code } } responsibilityBases { law { id } }")
    assert (inside[0].shown, inside[1].shown) == (
        OfPlaces("bases", laws=True),
        OfPlaces("responsibility_bases", laws=False),
    )
    assert below(inside[0])[0].shown == OfAttribute("kind", "untagged")
    rows = node(made("{ legalBases { nodes { kind law { title } } } }").roots[0]).asked
    assert (rows[0].shown, rows[1].shown) == (OfDocument("basis", "kind", "untagged"), OfLaw())


def test_nested_pages_are_read_by_their_own_arguments() -> None:
    text = """query ($many: Int, $after: String) { bodies(first: 3) { nodes { powerItems(first: $many, after: $after) {
        nodes { body { more: powerItems { totalCount { count } } } } } } } }"""
    found = made(text, many=5, after="here")
    outer = found.listings[found.roots[0].listing]
    inner = node(found.roots[0]).asked[0]
    innermost = below(node(inner).asked[0])[0]
    one, two = found.listings[inner.listing], found.listings[innermost.listing]
    assert (outer.entity.name, outer.page.first, outer.read.scope) == ("body", 3, "")
    assert (one.entity.name, one.page.first, one.page.after, one.page.count) == ("power", 5, "here", False)
    # What a nested page counts is in the selection: its statement is not planned for its values.
    assert (two.page.first, two.page.count, two.read.scope) == (None, False, "in_force")
    assert one.shape != two.shape


def test_variables_have_defaults_may_be_null_or_left_out() -> None:
    text = """query ($kind: BodyKind, $search: String! = "局", $government: String! = "", $first: Int = 7) {
        bodies(kind: $kind, search: $search, government: $government, first: $first) { nodes { code } } }"""

    def listing(**variables: Any) -> Listing:
        return made(text, **variables).listings[0]

    assert (dict(listing().read.filters), listing().page.first) == ({"search": ["局"]}, 7)
    assert listing(kind=None, first=None).page.first is None
    assert dict(listing(kind="ENTRUSTED", search="", government="990100").read.filters) == {
        "kind": "entrusted",
        "government": "990100",
    }
    for wrong in ({"search": None}, {"kind": "entrusted"}, {"first": "7"}, {"first": 2**31}, {"first": True}):
        with pytest.raises(NotCoerced):
            listing(**wrong)


def test_filters_may_be_one_variable_a_literal_or_mixed() -> None:
    body, status = "990100-001", ["IN_USE", "SUSPENDED"]
    wanted = {"body": body, "status": ["in_use", "suspended"]}
    documents: dict[str, dict[str, Any]] = {
        'query ($s: [PowerStatus!], $b: String) { powerItems(filter: { body: $b, status: $s, article: "" }) '
        "{ nodes { code } } }": {"s": status, "b": body},
        "query ($f: PowerItemFilter) { powerItems(filter: $f) { nodes { code } } }": {
            "f": {"body": body, "status": status, "level": None}
        },
        f'{{ powerItems(filter: {{ body: "{body}", status: [IN_USE, SUSPENDED] }}) {{ nodes {{ code }} }} }}': {},
    }
    for text, variables in documents.items():
        assert dict(made(text, **variables).listings[0].read.filters) == wanted, text


def test_a_node_is_of_the_type_its_id_says() -> None:
    text = "query ($id: ID!) { node(id: $id) { id __typename ... on Law { title } ... on PowerContent { name } } }"
    law = made(text, id=global_id("Law", 3))
    assert keys(below(law.roots[0])) == ["id", "__typename", "title"]
    assert (law.listings[0].entity.name, dict(law.listings[0].read.filters)) == ("law", {"id": 3})
    version = made(text, id=global_id("PowerVersion", 4))
    assert keys(below(version.roots[0])) == ["id", "__typename", "name"]
    then = made(text, id=global_id("PowerItem", "5@2026-04-01~")).listings[0]
    assert (dict(then.read.filters), str(then.read.valid_on)) == ({"item": 5}, "2026-04-01")


def test_one_item_is_read_by_code_or_id_and_days() -> None:
    text = """query ($code: String, $id: ID, $on: Date, $known: DateTime) {
        powerItem(code: $code, id: $id, asOf: $on, recordedAsOf: $known) { code government { name } } }"""
    by_code = made(text, code="x", on="2026-04-01", known="2026-05-01T00:00:00Z")
    read = by_code.listings[0].read
    assert (dict(read.filters), read.scope, str(read.valid_on)) == ({"code": "x"}, "as_known", "2026-04-01")
    assert below(by_code.roots[0])[1].shown == OfOne("government", "government_id", "id")
    by_id = made(text, id=global_id("PowerItem", 9)).listings[0].read
    assert (dict(by_id.filters), by_id.scope) == ({"item": 9}, "in_force")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ library { revision } }", "Query.library"),
        ('{ powerItem(code: "x") { name diff(from: 1, to: 2) { path } } }', "PowerItem.diff"),
        ('{ powerItem(code: "x") { name ...F } } fragment F on PowerItem { diff(from: 1, to: 2) { path } }', "PowerItem.diff"),
        ("{ powerItems { nodes { code } } powerItemFacets { total } }", "Query.powerItemFacets"),
        ("{ __schema { queryType { name } } }", "introspection"),
        ("{ nodes(ids: []) { id } }", "Query.nodes"),
        ("mutation { nothing }", "mutation"),
    ],
)  # fmt: skip
def test_what_is_computed_falls_back_and_is_named(text: str, reason: str) -> None:
    with pytest.raises(NotCompiled) as told:
        made(text)
    assert str(told.value) == reason


def test_a_computed_field_that_is_skipped_hinders_nobody() -> None:
    text = 'query ($all: Boolean!) { powerItem(code: "x") { name diff(from: 1, to: 2) @include(if: $all) { path } } }'
    assert keys(below(made(text, all=False).roots[0])) == ["name"]
    with pytest.raises(NotCompiled):
        made(text, all=True)


def test_variants_of_one_document_are_bounded() -> None:
    names = [f"v{number}" for number in range(7)]
    fields = " ".join(f"f{name}: name @include(if: ${name})" for name in names)
    variables = ", ".join(f"${name}: Boolean!" for name in names)
    prepared = Prepared(parse(f'query ({variables}) {{ powerItem(code: "x") {{ code {fields} }} }}'))
    compiled = COMPILER.compile(*prepared.source(None))
    seen: set[str] = set()
    for number in range(2**7):
        values = compiled.variables.coerced({name: bool(number >> place & 1) for place, name in enumerate(names)})
        try:
            compiled.variant(values, lambda: prepared.source(None))
        except NotCompiled as told:
            seen.add(str(told))
    assert seen == {"too many variants"}
