"""Fields of values inside documents: attributes, lists with places, charts, limits in words."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from domain.words import UNIT_NAMES
from resolvers.reading.frames import Frame, NotCompiled, entity_of, selection_of
from resolvers.reading.json_sql import NULL, attribute_leaf, joined, literal, object_sql, or_missing
from resolvers.reading.profile_objects import UNKNOWN, UNKNOWN_ORDER
from resolvers.reading.selection import Asked, Choice, Selection
from resolvers.reading.shows import (
    OfAttribute,
    OfChart,
    OfContent,
    OfDocument,
    OfDrawn,
    OfLaw,
    OfLimitText,
    OfOwner,
    OfPairs,
    OfPlace,
    OfPlaces,
    OfWord,
)
from resolvers.reading.slots import TODAY
from resolvers.reading.statements import Read

if TYPE_CHECKING:
    from resolvers.reading.emitting import Emitter

OWN_CHART: Final = {
    "external": ("external_flow", "external_chart"),
    "internal": ("internal_flow", "internal_chart"),
    "risk": ("internal_flow", "risk_chart"),
}
"""Where an item's content holds its own flow, and the code of a generic chart used instead (000-8)."""


def looks_into_content(asked: Asked) -> bool:
    """Say whether a field looks into an item's whole content."""
    return isinstance(asked.shown, OfContent | OfPairs | OfPlaces | OfChart)


def content_of(frame: Frame) -> str:
    """Return the expression of the content of the item that a frame is over."""
    return frame.content or frame.column("content")


def value_field(emitter: "Emitter", asked: Asked, frame: Frame) -> str:  # noqa: C901 - one case for each declaration
    """Return the expression of a field that shows something of a value."""
    shown = asked.shown
    match shown:
        case OfAttribute(name=name, default=default):
            return _attribute(emitter, asked, frame, frame.value, (name, default))
        case OfContent(name=name, default=default):
            return _attribute(emitter, asked, replace(frame, value=""), content_of(frame), (name, default))
        case OfDocument(column=column, name=name, default=default):
            return _attribute(emitter, asked, frame, frame.column(column), (name, default))
        case OfPairs(name=name):
            return _pairs(emitter, asked, frame, name)
        case OfPlaces(name=name, laws=laws):
            return _places(emitter, asked, frame, name, laws=laws)
        case OfPlace():
            return f"({frame.place or frame.column('position')})::text"
        case OfLaw():
            return emitter.one_row(asked, "law", "id", _law_id(frame), TODAY)
        case OfOwner():
            return _owner(emitter, asked, frame)
        case OfLimitText():
            return _limit_text(frame.value)
        case OfChart():
            return _chart(emitter, asked, frame, shown)
        case OfDrawn():
            return _drawn(emitter, asked, frame, shown)
    raise NotCompiled(type(shown).__name__)


def _attribute(emitter: "Emitter", asked: Asked, frame: Frame, value: str, named: tuple[str, Any]) -> str:
    """Return an attribute of ``value``: a leaf, an object, or a list of objects."""
    name, default = named
    if asked.below is None:
        if asked.form is None:
            raise NotCompiled(f"no form for {name}")
        return attribute_leaf(value, name, default, asked.form, required=asked.required)
    inner = f"({value} -> {literal(name)})"
    if asked.many:
        return _array(emitter, asked, frame, inner)
    below = Frame(frame.rendering, frame.days, value=inner, owner=frame)
    written = _object(emitter, asked.below, below)
    # A document may leave an object out, or say null.
    nothing = or_missing("NULL::text", required=asked.required)
    return f"CASE WHEN jsonb_typeof({inner}) = 'object' THEN {written} ELSE {nothing} END"


def _array(emitter: "Emitter", asked: Asked, frame: Frame, array: str, *, laws: bool = False) -> str:
    """Return a list of the values in a jsonb array; each knows its place and whose it is."""
    row = emitter.emission.prefix() + "e"
    below = Frame(frame.rendering, frame.days, value=f"{row}.d", place=f"{row}.n", laws=laws, owner=frame)
    written = _object(emitter, asked.below, below)
    rows = f"jsonb_array_elements({array}) WITH ORDINALITY {row}(d, n)"
    return f"concat('[', (SELECT string_agg({written}, ',' ORDER BY {row}.n) FROM {rows}), ']')"


def _object(emitter: "Emitter", below: Any, frame: Frame) -> str:
    """Return an object of a value, of one type or of the one that its tag tells."""
    if isinstance(below, Selection | Choice):
        return emitter.object(below, frame)
    raise NotCompiled("a page inside a document")


def _pairs(emitter: "Emitter", asked: Asked, frame: Frame, name: str) -> str:
    row = emitter.emission.prefix() + "p"
    pair = f"jsonb_build_object('header', {row}.k, 'text', {row}.t)"
    below = Frame(frame.rendering, frame.days, value=f"({pair})")
    rows = f"jsonb_each_text({content_of(frame)} -> {literal(name)}) WITH ORDINALITY {row}(k, t, n)"
    written = emitter.object(selection_of(asked), below)
    return f"concat('[', (SELECT string_agg({written}, ',' ORDER BY {row}.n) FROM {rows}), ']')"


def _places(emitter: "Emitter", asked: Asked, frame: Frame, name: str, *, laws: bool) -> str:
    return _array(emitter, asked, frame, f"({content_of(frame)} -> {literal(name)})", laws=laws)


def _law_id(frame: Frame) -> str:
    """Return the id of the law that a basis names: of a row, or of a value at its place in an item's content."""
    if frame.entity is not None:
        return frame.column("law_id")
    if not frame.laws or frame.owner is None:
        return "NULL::bigint"
    version = frame.owner.column("version_id")
    return f"(SELECT b.law_id FROM power_basis b WHERE b.version_id = {version} AND b.position = {frame.place})"


def _owner(emitter: "Emitter", asked: Asked, frame: Frame) -> str:
    """Return the item of a value: on the days of its row; of a value in a version, as it is today."""
    row = frame if frame.entity is not None else frame.owner
    if row is None:
        raise NotCompiled("a value that is nobody's")
    days = TODAY if entity_of(row).name == "version" else row.days
    return emitter.one_row(asked, "power", "item_id", row.column("item_id"), days)


def _limit_text(value: str) -> str:
    cases = " ".join(f"WHEN {literal(unit)} THEN {literal(word)}" for unit, word in UNIT_NAMES.items())
    unit = f"coalesce({value} ->> 'unit', 'workday')"
    number = f"coalesce({value} ->> 'value', '0')"
    immediate = literal(f'"{UNIT_NAMES["immediate"]}"')
    return (
        f"CASE {unit} WHEN 'immediate' THEN {immediate} ELSE concat('\"', {number}, CASE {unit} {cases} END, '\"') END"
    )


def _chart(emitter: "Emitter", asked: Asked, frame: Frame, shown: OfChart) -> str:
    """Return a chart: the item's own, else the newest version, known at the time read at, of the one it names."""
    flow, code = OWN_CHART[shown.kind]
    content = content_of(frame)
    own = f"{content} -> {literal(flow)} IS NOT NULL" if shown.kind != "risk" else "false"
    own = f"({own} OR {content} -> 'risk_points' IS NOT NULL)" if shown.kind == "risk" else f"({own})"
    named = f"{content} ->> {literal(code)}"
    row = emitter.emission.prefix() + "c"
    shared = emitter.frame(emitter.registry["chart"], frame.days)
    known = frame.rendering.render(":recorded_at")
    document = shared.column("content")
    generic = (
        f"SELECT {document} -> 'flow', {document} -> 'risk_points', {shared.column('code')} FROM"
        f" {emitter.source(shared)} WHERE NOT {own} AND {emitter.where(shared, Read())}"
        f" AND {shared.column('government_id')} = {frame.column('government_id')} AND {shared.column('code')} = {named}"
        f" AND {shared.column('recorded_at')} <= {known} ORDER BY {shared.column('no')} DESC LIMIT 1"
    )
    mine = f"SELECT {content} -> {literal(flow)}, {content} -> 'risk_points', ''::text WHERE {own}"
    below = Frame(frame.rendering, frame.days, value=row, owner=frame)
    drawn = object_sql((one.key, _part(emitter, one, below, shown.kind)) for one in selection_of(asked).asked)
    found = f"SELECT {drawn} FROM ({mine} UNION ALL ({generic})) {row}(flow, points, chart_code)"
    return f"coalesce(({found}), {NULL})"


def _part(emitter: "Emitter", asked: Asked, frame: Frame, kind: str) -> str:
    """Return a part of a chart; the paths of the drawn ones differ by kind."""
    if isinstance(asked.shown, OfDrawn) and asked.shown.part == "svg_path":
        if frame.owner is None:
            raise NotCompiled("a chart of nothing")
        path = frame.owner.column("power_path")
        return f"to_json({path} || {literal(f'/charts/{kind}.svg')})::text"
    if isinstance(asked.shown, OfWord):
        return literal(f'"{asked.shown.text}"')
    return value_field(emitter, asked, frame)


def _drawn(emitter: "Emitter", asked: Asked, frame: Frame, shown: OfDrawn) -> str:
    row = frame.value
    if shown.part == "chart_code":
        return f"to_json({row}.chart_code)::text"
    if shown.part == "name":
        return f"coalesce(({row}.flow -> 'name')::text, '\"\"')"
    if shown.part == "points":
        return _array(emitter, asked, frame, f"{row}.points")
    if shown.part == "steps":
        return _array(emitter, asked, frame, f"({row}.flow -> 'steps')")
    if shown.part == "transitions":
        return _array(emitter, asked, frame, _ways(emitter, f"{row}.flow"))
    raise NotCompiled(shown.part)


def _ways(emitter: "Emitter", flow: str) -> str:
    """Return the transitions of a flow, or the straight line through its steps where none is written."""
    row = emitter.emission.prefix() + "w"
    line = (
        f"(SELECT jsonb_agg(jsonb_build_object('source', {row}.k, 'target', {row}.f) ORDER BY {row}.n)"
        f" FROM (SELECT s.d ->> 'key' AS k, lead(s.d ->> 'key') OVER (ORDER BY s.n) AS f, s.n"
        f" FROM jsonb_array_elements({flow} -> 'steps') WITH ORDINALITY s(d, n)) {row} WHERE {row}.f IS NOT NULL)"
    )
    return f"coalesce({flow} -> 'transitions', {line})"


def unknown_of_profile(table: str, selection: Selection, code: str) -> str:
    """Return the object of a code that the profile does not know; a level may also be left empty."""
    said = {"code": f"to_json({code})::text", "name": f"to_json({code})::text"}
    said |= {name: literal(f'"{text}"') for name, text in UNKNOWN.items() if name != "order"}
    said["order"] = literal(str(UNKNOWN_ORDER))
    parts = []
    for asked in selection.asked:
        if isinstance(asked.shown, OfWord):
            parts.append((asked.key, literal(f'"{asked.shown.text}"')))
        elif isinstance(asked.shown, OfAttribute):
            parts.append((asked.key, said[asked.shown.name]))
        else:
            raise NotCompiled(f"{table} with {type(asked.shown).__name__}")
    written = joined([object_sql(parts)])
    return written if table == "category" else f"CASE WHEN {code} = '' THEN {NULL} ELSE {written} END"
