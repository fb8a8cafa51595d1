"""Where complaints live for lists: on the desk for whoever may read them, and what is published of them for everybody."""

from typing import Final

from domain.access import Permission
from resolvers.reading.declarations import EVERYBODY, Column, Entity, Filter, Order, Registry
from resolvers.reading.guards import permission_guard

_OPEN: Final = "{r}.phase IN ('received', 'running')"

COMPLAINT: Final = Entity(
    name="complaint",
    source=(
        "complaint {c} JOIN complaint_run {r} ON {r}.complaint_id = {c}.id AND {r}.last"
        " JOIN body {b} ON {b}.code = {r}.body_code"
    ),
    key="id",
    unique=(("number",),),
    guard=permission_guard(Permission.COMPLAINT_READ, bodies="ARRAY[{r}.body_code]", government="{c}.government_id"),
    columns={
        "id": Column("{c}.id", "bigint"),
        "number": Column("{c}.number"),
        "kind": Column("{c}.kind"),
        "capacity": Column("{c}.capacity"),
        "channel": Column("{c}.channel"),
        "about": Column("{c}.about"),
        "about_body": Column("{c}.about_body"),
        "item_code": Column("{c}.item_code"),
        "government_id": Column("{c}.government_id", "bigint"),
        "body_code": Column("{r}.body_code"),
        "body_name": Column("{b}.name"),
        "role": Column("{r}.role"),
        "phase": Column("{r}.phase"),
        "ending": Column("{r}.ending"),
        "result": Column("{r}.result"),
        "step": Column("{r}.step"),
        "filed_at": Column("{c}.filed_at", "timestamptz"),
        "received_at": Column("{c}.received_at", "timestamptz"),
        "due_on": Column("{r}.due_on", "date", nullable=True),
        "due_rank": Column("{r}.due_rank", "date"),
        "due_name": Column("{r}.due_name"),
        "due_provisional": Column("{r}.due_provisional", "boolean"),
        "answer_due": Column("{r}.answer_due", "date", nullable=True),
        "answered_at": Column("{r}.answered_at", "timestamptz", nullable=True),
        "closed_at": Column("{r}.closed_at", "timestamptz", nullable=True),
        "escalated_at": Column("{r}.escalated_at", "timestamptz", nullable=True),
    },
    filters={
        "id": Filter("{c}.id = :value", "bigint", ("id",)),
        "exactly": Filter("{c}.number = :value", columns=("number",)),
        "number": Filter("starts_with({c}.number, upper(:value))", columns=("number",), skewed=True),
        "kind": Filter("{c}.kind = :value", columns=("kind",), skewed=True),
        "body": Filter("{r}.body_code = :value", columns=("body_code",), skewed=True),
        "open": Filter(f"({_OPEN}) = :value", "boolean", ("phase",), skewed=True),
        "escalated": Filter(
            f"({_OPEN} AND {{r}}.escalated_at IS NOT NULL) = :value", "boolean", ("escalated_at",), skewed=True
        ),
        "overdue": Filter(
            f"({_OPEN} AND {{r}}.due_on < :today AND NOT {{r}}.due_provisional) = :value",
            "boolean",
            ("due_on",),
            skewed=True,
        ),
    },
    orders={
        "due": Order(("due_rank", "id")),
        "latest": Order(("id",), descending=True),
    },
)

COMPLAINT_FIGURE: Final = Entity(
    name="complaint_figure",
    source="complaint_figure {f} JOIN body {b} ON {b}.code = {f}.body_code",
    key="id",
    unique=(("month", "body_code", "kind"),),
    guard=EVERYBODY,
    columns={
        "id": Column("{f}.id", "bigint"),
        "month": Column("{f}.month", "date"),
        "body_code": Column("{f}.body_code"),
        "body_name": Column("{b}.name"),
        "kind": Column("{f}.kind"),
        **{
            name: Column(f"{{f}}.{name}", "integer", nullable=True)
            for name in ("due", "in_time", "still_open", "rated", "satisfied")
        },
        "published_at": Column("{f}.published_at", "timestamptz"),
    },
    filters={
        "id": Filter("{f}.id = :value", "bigint", ("id",)),
        "month": Filter("{f}.month = :value", "date", ("month",), skewed=True),
        "body": Filter("{f}.body_code = :value", columns=("body_code",), skewed=True),
        "kind": Filter("{f}.kind = :value", columns=("kind",), skewed=True),
    },
    orders={"latest": Order(("month", "body_code", "kind"), descending=True)},
)

PUBLISHED_QUESTION: Final = Entity(
    name="published_question",
    source="published_question {q} JOIN body {b} ON {b}.code = {q}.body_code",
    key="id",
    guard=EVERYBODY,
    columns={
        "id": Column("{q}.id", "bigint"),
        "body_code": Column("{q}.body_code"),
        "body_name": Column("{b}.name"),
        "item_code": Column("{q}.item_code"),
        "question": Column("{q}.question"),
        "answer": Column("{q}.answer"),
        "published_at": Column("{q}.published_at", "timestamptz"),
        "withdrawn_at": Column("{q}.withdrawn_at", "timestamptz", nullable=True),
    },
    filters={
        "id": Filter("{q}.id = :value", "bigint", ("id",)),
        "shown": Filter("({q}.withdrawn_at IS NULL) = :value", "boolean", ("withdrawn_at",)),
        "body": Filter("{q}.body_code = :value", columns=("body_code",), skewed=True),
        "item": Filter("{q}.item_code = :value", columns=("item_code",), skewed=True),
        "words": Filter(
            "strpos(lower({q}.question || {q}.answer), :value) > 0", columns=("question", "answer"), skewed=True
        ),
    },
    orders={"latest": Order(("published_at", "id"), descending=True)},
)

COMPLAINTS: Final = Registry((COMPLAINT, COMPLAINT_FIGURE, PUBLISHED_QUESTION))
"""The desk's list, and what is public."""
