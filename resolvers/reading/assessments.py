"""Where scores and their ledgers live: a body's published score is for everybody; ledgers, units and posts for it and supervisors."""

from typing import Final

from domain.access import Permission
from resolvers.reading.declarations import Column, Entity, Filter, Order, Registry, Relation
from resolvers.reading.guards import permission_guard

_MAY: Final = permission_guard(Permission.SCORE_READ, bodies="ARRAY[{s}.body_code]", government="{s}.government_id")
_SAME: Final = (
    "{o}.kind = {{s}}.kind AND {o}.body_code = {{s}}.body_code AND {o}.unit = {{s}}.unit AND {o}.post = {{s}}.post"
)
_LATER: Final = f"{_SAME.format(o='l')} AND l.edition > {{s}}.edition"
_CURRENT: Final = (
    f"NOT EXISTS (SELECT FROM assessment_score l WHERE l.assessment_id = {{s}}.assessment_id AND {_LATER})"
)
# Peers: the bodies of a period, the units of a body, the posts of a body. The rank is that of the scores as they stand: a restated
# one moves the others.
_PEERS: Final = (
    "o.assessment_id = {s}.assessment_id AND o.kind = {s}.kind AND (o.kind = 'body' OR o.body_code = {s}.body_code)"
)
_RANK: Final = (
    f"(SELECT count(*) + 1 FROM assessment_score o WHERE {_PEERS} AND o.total > {{s}}.total"
    " AND NOT EXISTS (SELECT FROM assessment_score l WHERE l.assessment_id = o.assessment_id AND l.kind = o.kind"
    " AND l.body_code = o.body_code AND l.unit = o.unit AND l.post = o.post AND l.edition > o.edition))::int"
)
_OF: Final = f"(SELECT count(*) FROM assessment_score o WHERE {_PEERS} AND o.edition = 1)::int"
_PER: Final = (
    "CASE WHEN length({s}.period) = 4 THEN 'year' WHEN strpos({s}.period, 'Q') > 0 THEN 'quarter' ELSE 'month' END"
)
_KEY: Final = "({s}.body_code || '|' || {s}.unit || '|' || {s}.post)"

SCORE: Final = Entity(
    name="assessment_score",
    source="assessment_score {s} JOIN assessment {a} ON {a}.id = {s}.assessment_id"
    " JOIN body {b} ON {b}.code = {s}.body_code JOIN government {g} ON {g}.id = {s}.government_id",
    key="id",
    unique=(("period", "kind", "body_code", "unit", "post", "edition"),),
    guard=f"({{a}}.published_at IS NOT NULL AND {{s}}.kind = 'body' OR {_MAY})",
    columns={
        "id": Column("{s}.id", "bigint"),
        "assessment_id": Column("{s}.assessment_id", "bigint"),
        "government_id": Column("{s}.government_id", "bigint"),
        "government_name": Column("{g}.name"),
        "period": Column("{s}.period"),
        "body_code": Column("{s}.body_code"),
        "body_name": Column("{b}.name"),
        "kind": Column("{s}.kind"),
        "unit": Column("{s}.unit"),
        "post": Column("{s}.post"),
        "subject_key": Column(_KEY),
        "per": Column(_PER),
        "steps": Column("{s}.steps", "integer", guard=_MAY, nullable=True),
        "edition": Column("{s}.edition", "integer"),
        "total": Column("{s}.total::text"),
        "hundredths": Column("({s}.total * 100)::int", "integer"),
        "grade": Column("{s}.grade"),
        "rank": Column(_RANK, "integer"),
        "of_bodies": Column(_OF, "integer"),
        "veto": Column("{s}.veto"),
        "reason": Column("{s}.reason"),
        "recorded_at": Column("{s}.recorded_at", "timestamptz"),
        "frozen_at": Column("{a}.frozen_at", "timestamptz"),
        "published_at": Column("{a}.published_at", "timestamptz", nullable=True),
        "is_current": Column(_CURRENT, "boolean"),
    },
    filters={
        "id": Filter("{s}.id = :value", "bigint", ("id",)),
        "period": Filter("{s}.period = :value", columns=("period",), skewed=True),
        "per": Filter(f"{_PER} = :value", columns=("per",), skewed=True),
        "kind": Filter("{s}.kind = :value", columns=("kind",), skewed=True),
        "unit": Filter("{s}.unit = :value", columns=("unit",), skewed=True),
        "post": Filter("{s}.post = :value", columns=("post",), skewed=True),
        "subjects": Filter(f"{_KEY} = ANY(:value)", "text[]", ("subject_key",), skewed=True),
        "until": Filter("{s}.period <= :value", columns=("period",), skewed=True),
        "edition": Filter("{s}.edition = :value", "integer", ("edition",), skewed=True),
        "body": Filter("{s}.body_code = :value", columns=("body_code",), skewed=True),
        "government": Filter("{s}.government_id = :value", "bigint", ("government_id",), skewed=True),
        "current": Filter(f"({_CURRENT}) = :value", "boolean", ("is_current",), skewed=True),
        "published": Filter("({a}.published_at IS NOT NULL) = :value", "boolean", ("published_at",), skewed=True),
    },
    orders={
        "latest": Order(("period", "kind", "body_code", "unit", "post", "edition"), descending=True),
        "best": Order(("hundredths", "period", "kind", "body_code", "unit", "post", "edition"), descending=True),
    },
    relations={"ledger": Relation("has_many", "assessment_entry", "id", "score_id", "no", 500)},
)

ENTRY: Final = Entity(
    name="assessment_entry",
    source="assessment_entry {e} JOIN assessment_score {s} ON {s}.id = {e}.score_id"
    " LEFT JOIN matter {m} ON {m}.id = {e}.matter_id",
    key="id",
    unique=(("score_id", "no"),),
    guard=_MAY,
    columns={
        "id": Column("{e}.id", "bigint"),
        "score_id": Column("{e}.score_id", "bigint"),
        "no": Column("{e}.no", "integer"),
        "indicator": Column("{e}.indicator"),
        "points": Column("{e}.points::text"),
        "clause": Column("{e}.clause"),
        "words": Column("{e}.words"),
        "rule_code": Column("{e}.rule_code"),
        "stream": Column("{e}.stream"),
        "alert_id": Column("{e}.alert_id", "bigint", nullable=True),
        "alert_number": Column("{e}.alert_id::text", nullable=True),
        "matter_id": Column("{e}.matter_id", "bigint", nullable=True),
        "matter_number": Column("{m}.number", nullable=True),
        "measure": Column("{e}.measure::text", nullable=True),
        "unit": Column("{e}.unit"),
        "post": Column("{e}.post"),
        "attribution": Column("{e}.attribution"),
    },
    filters={"score": Filter("{e}.score_id = :value", "bigint", ("score_id",))},
    orders={"no": Order(("score_id", "no"))},
    unchanging=True,
)

# Whoever may read a ledger reads what was objected to in it. A decision that upheld it wrote the next edition.
OBJECTION: Final = Entity(
    name="score_objection",
    source="score_objection {o} JOIN assessment_score {s} ON {s}.id = {o}.score_id JOIN body {b} ON {b}.code = {s}.body_code",
    key="id",
    unique=(("score_id",),),
    guard=_MAY,
    columns={
        "id": Column("{o}.id", "bigint"),
        "score_id": Column("{o}.score_id", "bigint"),
        "restated_id": Column(
            "CASE WHEN {o}.state = 'upheld' THEN (SELECT n.id FROM assessment_score n"
            " WHERE n.assessment_id = {s}.assessment_id AND n.kind = {s}.kind AND n.body_code = {s}.body_code"
            " AND n.unit = {s}.unit AND n.post = {s}.post AND n.edition = {s}.edition + 1) END",
            "bigint",
            nullable=True,
        ),
        "period": Column("{s}.period"),
        "body_code": Column("{s}.body_code"),
        "body_name": Column("{b}.name"),
        "entries": Column("{o}.entries", "integer[]"),
        "reasons": Column("{o}.reasons"),
        "filed_at": Column("{o}.filed_at", "timestamptz"),
        "filed_by": Column("{o}.filed_by"),
        "due_on": Column("{o}.due_on", "date"),
        "overdue": Column("({o}.state = 'filed' AND {o}.due_on < :today)", "boolean"),
        "state": Column("{o}.state"),
        "done": Column("({o}.state <> 'filed')::int", "integer"),
        "upheld": Column(
            "CASE {o}.state WHEN 'upheld' THEN true WHEN 'rejected' THEN false END", "boolean", nullable=True
        ),
        "decided_at": Column("{o}.decided_at", "timestamptz", nullable=True),
        "decided_by": Column("{o}.decided_by"),
        "decision": Column("{o}.decision"),
    },
    filters={
        "id": Filter("{o}.id = :value", "bigint", ("id",)),
        "government": Filter("{s}.government_id = :value", "bigint", skewed=True),
        "period": Filter("{s}.period = :value", columns=("period",), skewed=True),
        "body": Filter("{s}.body_code = :value", columns=("body_code",), skewed=True),
        "state": Filter("{o}.state = :value", columns=("state",), skewed=True),
    },
    orders={"urgent": Order(("done", "due_on", "id"))},
)

ITEM: Final = Entity(
    name="score_item",
    source="score_item {i} LEFT JOIN body {b} ON {b}.code = {i}.body_code",
    key="id",
    unique=(("pending", "id"),),
    guard=permission_guard(Permission.SCORE_FREEZE, government="{i}.government_id"),
    columns={
        "id": Column("{i}.id", "bigint"),
        "government_id": Column("{i}.government_id", "bigint"),
        "body_code": Column("{i}.body_code"),
        "body_name": Column("coalesce({b}.name, {i}.body_code)"),
        "period": Column("{i}.period"),
        "indicator": Column("{i}.indicator"),
        "points": Column("{i}.points::text"),
        "clause": Column("{i}.clause"),
        "words": Column("{i}.words"),
        "evidence": Column("{i}.evidence"),
        "state": Column("{i}.state"),
        "pending": Column("({i}.state = 'proposed')::int", "integer"),
        "proposer": Column("{i}.proposer"),
        "proposed_by": Column("{i}.proposed_by"),
        "proposed_at": Column("{i}.proposed_at", "timestamptz"),
        "decided_by": Column("{i}.decided_by"),
        "decided_at": Column("{i}.decided_at", "timestamptz", nullable=True),
        "decision": Column("{i}.decision"),
    },
    filters={
        "id": Filter("{i}.id = :value", "bigint", ("id",)),
        "government": Filter("{i}.government_id = :value", "bigint", ("government_id",), skewed=True),
        "period": Filter("{i}.period = :value", columns=("period",), skewed=True),
        "body": Filter("{i}.body_code = :value", columns=("body_code",), skewed=True),
        "state": Filter("{i}.state = :value", columns=("state",), skewed=True),
    },
    orders={"pending": Order(("pending", "id"), descending=True)},
)

ASSESSMENTS: Final = Registry((SCORE, ENTRY, OBJECTION, ITEM))
"""Scores, and what they are made of."""
