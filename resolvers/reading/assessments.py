"""Where scores and their ledgers live: a published score is for everybody, its ledger for the body and for supervisors (S7)."""

from typing import Final

from domain.access import Permission
from resolvers.reading.declarations import Column, Entity, Filter, Order, Registry, Relation
from resolvers.reading.guards import permission_guard

_MAY: Final = permission_guard(Permission.SCORE_READ, bodies="ARRAY[{s}.body_code]", government="{s}.government_id")
_CURRENT: Final = (
    "NOT EXISTS (SELECT FROM assessment_score l WHERE l.assessment_id = {s}.assessment_id"
    " AND l.body_code = {s}.body_code AND l.edition > {s}.edition)"
)
# The rank is that of the scores as they stand: a restated one moves the others.
_RANK: Final = (
    "(SELECT count(*) + 1 FROM assessment_score o WHERE o.assessment_id = {s}.assessment_id AND o.total > {s}.total"
    " AND NOT EXISTS (SELECT FROM assessment_score l WHERE l.assessment_id = o.assessment_id"
    " AND l.body_code = o.body_code AND l.edition > o.edition))::int"
)
_OF: Final = (
    "(SELECT count(DISTINCT o.body_code) FROM assessment_score o WHERE o.assessment_id = {s}.assessment_id)::int"
)

SCORE: Final = Entity(
    name="assessment_score",
    source="assessment_score {s} JOIN assessment {a} ON {a}.id = {s}.assessment_id"
    " JOIN body {b} ON {b}.code = {s}.body_code JOIN government {g} ON {g}.id = {s}.government_id",
    key="id",
    unique=(("period", "body_code", "edition"),),
    guard=f"({{a}}.published_at IS NOT NULL OR {_MAY})",
    columns={
        "id": Column("{s}.id", "bigint"),
        "assessment_id": Column("{s}.assessment_id", "bigint"),
        "government_id": Column("{s}.government_id", "bigint"),
        "government_name": Column("{g}.name"),
        "period": Column("{s}.period"),
        "body_code": Column("{s}.body_code"),
        "body_name": Column("{b}.name"),
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
        "body": Filter("{s}.body_code = :value", columns=("body_code",), skewed=True),
        "government": Filter("{s}.government_id = :value", "bigint", ("government_id",), skewed=True),
        "current": Filter(f"({_CURRENT}) = :value", "boolean", ("is_current",), skewed=True),
        "published": Filter("({a}.published_at IS NOT NULL) = :value", "boolean", ("published_at",), skewed=True),
    },
    orders={
        "latest": Order(("period", "body_code", "edition"), descending=True),
        "best": Order(("hundredths", "period", "body_code", "edition"), descending=True),
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
        "post": Column("{e}.post"),
    },
    filters={"score": Filter("{e}.score_id = :value", "bigint", ("score_id",))},
    orders={"no": Order(("score_id", "no"))},
    unchanging=True,
)

ASSESSMENTS: Final = Registry((SCORE, ENTRY))
"""Scores, and what they are made of."""
