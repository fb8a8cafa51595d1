"""Where 意见征集 lives for lists: what is asked, and what was said and answered, both for everybody (002-4.2.8)."""

from typing import Final

from resolvers.reading.declarations import EVERYBODY, Column, Entity, Filter, Order, Registry

# Each question with how often each of its options was chosen: nobody is told before it is concluded.
_QUESTIONNAIRE: Final = (
    "jsonb_build_object('questions', coalesce((SELECT jsonb_agg(q.d || jsonb_build_object('chosen',"
    " coalesce({c}.results -> (q.n - 1)::int, jsonb_build_array())) ORDER BY q.n)"
    " FROM jsonb_array_elements({c}.questions) WITH ORDINALITY q(d, n)), jsonb_build_array()))"
)

OPINION_CALL: Final = Entity(
    name="opinion_call",
    source="opinion_call {c} JOIN body {b} ON {b}.code = {c}.body_code",
    key="id",
    guard=EVERYBODY,
    columns={
        "id": Column("{c}.id", "bigint"),
        "government_id": Column("{c}.government_id", "bigint"),
        "body_code": Column("{c}.body_code"),
        "body_name": Column("{b}.name"),
        "title": Column("{c}.title"),
        "content": Column("{c}.content"),
        "questions": Column("{c}.questions", "jsonb"),
        "questionnaire": Column(_QUESTIONNAIRE, "jsonb"),
        "closes_on": Column("{c}.closes_on", "date"),
        "hearing_at": Column("{c}.hearing_at", "timestamptz", nullable=True),
        "hearing_place": Column("{c}.hearing_place"),
        "published_at": Column("{c}.published_at", "timestamptz"),
        "conclusion": Column("{c}.conclusion"),
        "concluded_at": Column("{c}.concluded_at", "timestamptz", nullable=True),
        "received": Column("{c}.received", "integer", nullable=True),
        "results": Column("{c}.results", "jsonb", nullable=True),
        "is_open": Column("({c}.closes_on >= :today AND {c}.concluded_at IS NULL)", "boolean"),
    },
    filters={
        "id": Filter("{c}.id = :value", "bigint", ("id",)),
        "body": Filter("{c}.body_code = :value", columns=("body_code",), skewed=True),
        "open": Filter(
            "({c}.closes_on >= :today AND {c}.concluded_at IS NULL) = :value", "boolean", ("closes_on",), skewed=True
        ),
    },
    orders={"latest": Order(("closes_on", "id"), descending=True)},
)

OPINION_ANSWER: Final = Entity(
    name="opinion_answer",
    source="opinion_comment {o}",
    key="id",
    guard="{o}.replied_at IS NOT NULL",
    columns={
        "id": Column("{o}.id", "bigint"),
        "call_id": Column("{o}.call_id", "bigint"),
        "shown": Column("{o}.shown"),
        "reply": Column("{o}.reply"),
        "replied_at": Column("{o}.replied_at", "timestamptz"),
    },
    filters={
        "id": Filter("{o}.id = :value", "bigint", ("id",)),
        "call": Filter("{o}.call_id = :value", "bigint", ("call_id",), skewed=True),
    },
    orders={"latest": Order(("replied_at", "id"), descending=True)},
)

OPINIONS: Final = Registry((OPINION_CALL, OPINION_ANSWER))
"""What is asked and answered in public."""
