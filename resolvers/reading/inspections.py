"""Where inspections live, and what was drawn, noted and followed up: for whoever may see the inspections of a government.

An inspection is the bureau's that holds it; what it finds reaches the body by a supervision case (000-14). Every part has
the inspection's own guard, and matters that it leads to have theirs beside it.
"""

from typing import Final

from domain.access import Permission
from domain.draw import LABEL
from resolvers.reading.declarations import Column, Entity, Filter, Order, Registry
from resolvers.reading.guards import permission_guard
from resolvers.reading.json_sql import literal
from resolvers.reading.matters import GUARD as MATTER_GUARD
from resolvers.reading.matters import ITS_BODY, MATTER

_SEES: Final = permission_guard(Permission.INSPECTION_READ, government="{i}.government_id")
_SEES_BOTH: Final = f"(({_SEES}) AND ({MATTER_GUARD}))"

STANDING: Final = (
    "SELECT DISTINCT ON (inspection_id, body_code, coalesce(sample_id, 0), point) id, inspection_id, sample_id, body_code,"
    " point, verdict, note, noted_at, noted_by FROM inspection_sheet"
    " ORDER BY inspection_id, body_code, coalesce(sample_id, 0), point, id DESC"
)
"""What stands on each point: what was written last; sheets only ever grow (000-15)."""

DRAWABLE: Final = (
    "{m}.government_id = {government} AND {m}.body_code = ANY({bodies}) AND {m}.kind IN ('case', 'penalty_case')"
    " AND {m}.opened_at >= {first}::date::timestamp AT TIME ZONE 'Asia/Shanghai'"
    " AND {m}.opened_at < ({last}::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'"
)
"""What an inspection draws from: cases of its bodies that were registered on its days (000-15)."""

FOLLOWS: Final = "{m}.kind = 'supervision_case' AND {m}.origin = {i}.number AND {m}.government_id = {i}.government_id"
"""Which supervision cases follow an inspection up (002-4.3.3)."""

_ENTRY: Final = (
    "coalesce((SELECT encode(l.leaf, 'hex') FROM event e JOIN event_leaf l ON l.event_id = e.id"
    " WHERE e.stream = 'inspection:' || {i}.id::text AND e.kind = 'inspection.planned'), '')"
)
_NUMBERS: Final = (
    "ARRAY(SELECT x.number FROM inspection_sample s JOIN matter x ON x.id = s.matter_id"
    " WHERE s.inspection_id = {i}.id ORDER BY s.no)"
)
_POINT_NAME: Final = (
    "coalesce((SELECT p.d ->> 'name' FROM jsonb_array_elements(:inspection_groups -> {i}.content -> 'points') p(d)"
    " WHERE p.d ->> 'code' = {h}.point), {h}.point)"
)
_FRAMED: Final = DRAWABLE.format(
    m="{m}", government="{i}.government_id", bodies="{i}.bodies", first="{i}.first_day", last="{i}.last_day"
)

INSPECTION: Final = Entity(
    name="inspection",
    source="inspection {i}",
    key="id",
    unique=(("number",),),
    guard=_SEES,
    columns={
        "id": Column("{i}.id", "bigint"),
        "number": Column("{i}.number"),
        "government_id": Column("{i}.government_id", "bigint"),
        "bureau": Column("{i}.bureau"),
        "title": Column("{i}.title"),
        "way": Column("{i}.way"),
        "methods": Column("{i}.methods", "text[]"),
        "content": Column("{i}.content"),
        "group": Column("jsonb_build_object('content', :inspection_groups -> {i}.content)", "jsonb"),
        "bodies": Column("{i}.bodies", "text[]"),
        "team": Column("{i}.team", "text[]"),
        "first_day": Column("{i}.first_day", "date"),
        "last_day": Column("{i}.last_day", "date"),
        "sample_size": Column("{i}.sample_size", "integer"),
        "frame_size": Column("{i}.frame_size", "integer"),
        "frame_digest": Column("encode({i}.frame_digest, 'hex')"),
        "label": Column(f"{literal(LABEL.decode())}::text"),
        "commitment": Column("encode({i}.commitment, 'hex')"),
        "entry": Column(_ENTRY),
        "seed": Column("encode({i}.seed, 'hex')", nullable=True),
        "numbers": Column(_NUMBERS, "text[]"),
        "state": Column("{i}.state"),
        "result": Column("{i}.result"),
        "planned_at": Column("{i}.planned_at", "timestamptz"),
        "planned_by": Column("{i}.planned_by"),
        "drawn_at": Column("{i}.drawn_at", "timestamptz", nullable=True),
        "closed_at": Column("{i}.closed_at", "timestamptz", nullable=True),
    },
    filters={
        "id": Filter("{i}.id = :value", "bigint", ("id",)),
        "exactly": Filter("{i}.number = :value", columns=("number",)),
        "state": Filter("{i}.state = :value", columns=("state",), skewed=True),
        "content": Filter("{i}.content = :value", columns=("content",), skewed=True),
        "body": Filter("{i}.bodies @> ARRAY[:value]", columns=("bodies",), skewed=True),
    },
    orders={"latest": Order(("id",), descending=True)},
)

SHEET: Final = Entity(
    name="inspection_sheet",
    source=f"({STANDING}) {{h}} JOIN inspection {{i}} ON {{i}}.id = {{h}}.inspection_id"
    " LEFT JOIN inspection_sample {s} ON {s}.id = {h}.sample_id LEFT JOIN matter {m} ON {m}.id = {s}.matter_id",
    key="id",
    guard=_SEES,
    columns={
        "id": Column("{h}.id", "bigint"),
        "inspection_id": Column("{h}.inspection_id", "bigint"),
        "lot": Column("coalesce({h}.sample_id, 0)", "bigint"),
        "body_code": Column("{h}.body_code"),
        "matter_number": Column("{m}.number", nullable=True),
        "point": Column("{h}.point"),
        "point_name": Column(_POINT_NAME),
        "verdict": Column("{h}.verdict"),
        "is_problem": Column("({h}.verdict = 'problem')", "boolean"),
        "note": Column("{h}.note"),
        "noted_at": Column("{h}.noted_at", "timestamptz"),
        "noted_by": Column("{h}.noted_by"),
    },
    orders={"placed": Order(("body_code", "lot", "point", "id"))},
)

# The matters that an inspection leads to are matters in every column, so that they are shown as any other.
DRAWN: Final = Entity(
    name="drawn_matter",
    source="inspection_sample {s} JOIN inspection {i} ON {i}.id = {s}.inspection_id"
    f" JOIN matter {{m}} ON {{m}}.id = {{s}}.matter_id{ITS_BODY}",
    key="lot",
    guard=_SEES_BOTH,
    columns={
        **MATTER.columns,
        "lot": Column("{s}.id", "bigint"),
        "no": Column("{s}.no", "integer"),
        "inspection_id": Column("{i}.id", "bigint"),
    },
    orders={"no": Order(("no", "lot"))},
    dispensable=MATTER.dispensable,
)

FRAMED: Final = Entity(
    name="framed_matter",
    source=f"inspection {{i}} JOIN matter {{m}} ON {_FRAMED}{ITS_BODY}",
    key="id",
    # Within the frame of one inspection.
    unique=(("number",),),
    guard=_SEES_BOTH,
    columns={**MATTER.columns, "inspection_id": Column("{i}.id", "bigint")},
    orders={"number": Order(("number",))},
    dispensable=MATTER.dispensable,
)

FOLLOWING: Final = Entity(
    name="following_case",
    source=f"inspection {{i}} JOIN matter {{m}} ON {FOLLOWS}{ITS_BODY}",
    key="id",
    guard=_SEES_BOTH,
    columns={**MATTER.columns, "inspection_id": Column("{i}.id", "bigint")},
    orders={"id": Order(("id",))},
    dispensable=MATTER.dispensable,
)

INSPECTIONS: Final = Registry((INSPECTION, SHEET, DRAWN, FRAMED, FOLLOWING))
"""The ledger 台账, with all that belongs to an inspection."""
