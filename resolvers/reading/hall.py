"""Where published results and the figures of ratings live (004-3, 003-27), and the desk's list of what is to publish.

The first two are for everybody. Of a result that was withdrawn, or is shown no longer, only that is told: every column
that says what it was is guarded, and so is every filter that looks at one.
"""

from typing import Final

from domain.access import Permission
from resolvers.reading.declarations import EVERYBODY, Column, Entity, Filter, Order, Registry
from resolvers.reading.guards import permission_guard

SHOWN: Final = "({r}.state = 'published' AND coalesce({r}.shown_until >= :today, true))"
"""What a result says is public until it is withdrawn or its time is over 公示截止期."""


def _told(name: str, kind: str = "text") -> Column:
    return Column(f"{{r}}.{name}", kind, guard=SHOWN, nullable=True)


PUBLISHED_RESULT: Final = Entity(
    name="published_result",
    source="published_result {r}",
    key="id",
    guard=EVERYBODY,
    columns={
        "id": Column("{r}.id", "bigint"),
        "kind": Column("{r}.kind"),
        "state": Column(f"CASE WHEN {{r}}.state = 'withdrawn' OR {SHOWN} THEN {{r}}.state ELSE 'ended' END"),
        "no": Column("{r}.no", "integer"),
        "body_code": Column("{r}.body_code"),
        "body_name": Column("{r}.body_name"),
        "decision_number": _told("decision_number"),
        "party": _told("party"),
        "party_kind": _told("party_kind"),
        "item_code": _told("item_code"),
        "item_name": _told("item_name"),
        "result": _told("result"),
        "content": _told("content"),
        "basis": _told("basis"),
        "decided_on": _told("decided_on", "date"),
        "valid_from": _told("valid_from", "date"),
        "valid_until": _told("valid_until", "date"),
        "published_at": Column("{r}.published_at", "timestamptz"),
        "changed_at": Column("{r}.changed_at", "timestamptz"),
        "shown_until": Column("{r}.shown_until", "date", nullable=True),
        "digest_hex": Column("encode({r}.digest, 'hex')"),
        "ground": Column("{r}.ground"),
        "reason": Column("{r}.reason"),
    },
    filters={
        "id": Filter("{r}.id = :value", "bigint", ("id",)),
        "shown": Filter(f"{SHOWN} = :value", "boolean", skewed=True),
        "kind": Filter("{r}.kind = :value", columns=("kind",), skewed=True),
        "body": Filter("{r}.body_code = :value", columns=("body_code",)),
        "item": Filter("{r}.item_code = :value", columns=("item_code",)),
        "search": Filter("strpos({r}.search_key, :value) > 0", columns=("content",), skewed=True),
        "decided_from": Filter("{r}.decided_on >= :value", "date", ("decided_on",), skewed=True),
        "decided_until": Filter("{r}.decided_on <= :value", "date", ("decided_on",), skewed=True),
        "changed_since": Filter("{r}.changed_at >= :value", "timestamptz", ("changed_at",), skewed=True),
    },
    orders={"latest": Order(("published_at", "id"), descending=True)},
)

RATING_FIGURE: Final = Entity(
    name="rating_figure",
    source="rating_figure {f} JOIN body {b} ON {b}.code = {f}.body_code",
    key="id",
    unique=(("month", "body_code", "item_code"),),
    guard=EVERYBODY,
    columns={
        "id": Column("{f}.id", "bigint"),
        "month": Column("{f}.month", "date"),
        "body_code": Column("{f}.body_code"),
        "body_name": Column("{b}.name"),
        "item_code": Column("{f}.item_code"),
        "item_name": Column("{f}.item_name"),
        "invited": Column("{f}.invited", "integer"),
        **{
            name: Column(f"{{f}}.{name}", "integer", nullable=True)
            for name in (
                *("answered", "very_satisfied", "satisfied", "fairly_satisfied", "dissatisfied", "very_dissatisfied"),
                *("bad", "reviewed", "in_time", "again", "better"),
            )
        },
        "published_at": Column("{f}.published_at", "timestamptz"),
    },
    filters={
        "id": Filter("{f}.id = :value", "bigint", ("id",)),
        "month": Filter("{f}.month = :value", "date", ("month",), skewed=True),
        "body": Filter("{f}.body_code = :value", columns=("body_code",), skewed=True),
        "item": Filter("{f}.item_code = :value", columns=("item_code",), skewed=True),
        "of_items": Filter("({f}.item_code <> '') = :value", "boolean", ("item_code",), skewed=True),
    },
    orders={
        "latest": Order(("month", "body_code", "item_code"), descending=True),
        "body": Order(("body_code", "item_code", "month")),
    },
    dispensable={"b": " JOIN body {b} ON {b}.code = {f}.body_code"},
)

RESULT: Final = Entity(
    name="result",
    source="result {r} JOIN matter {m} ON {m}.id = {r}.matter_id JOIN body {b} ON {b}.code = {r}.body_code",
    key="id",
    guard=permission_guard(Permission.RESULT_READ, bodies="ARRAY[{r}.body_code]", government="{r}.government_id"),
    columns={
        "id": Column("{r}.id", "bigint"),
        "matter_id": Column("{r}.matter_id", "bigint"),
        "matter_number": Column("{m}.number"),
        "kind": Column("{r}.kind"),
        "state": Column("{r}.state"),
        "no": Column("{r}.no", "integer"),
        "government_id": Column("{r}.government_id", "bigint"),
        "body_code": Column("{r}.body_code"),
        "body_name": Column("{b}.name"),
        "title": Column("{r}.title"),
        "content": Column("{r}.content", "jsonb"),
        "drafted_at": Column("{r}.drafted_at", "timestamptz"),
        "todo_on": Column("{r}.todo_on", "date", nullable=True),
        "todo_rank": Column("coalesce({r}.todo_on, '9999-12-31'::date)", "date"),
        "changed_on": Column("{r}.changed_on", "date", nullable=True),
    },
    filters={
        "todo": Filter("({r}.todo_on IS NOT NULL) = :value", "boolean", ("todo_on",), skewed=True),
        "state": Filter("{r}.state = :value", columns=("state",), skewed=True),
    },
    orders={"due": Order(("todo_rank", "id")), "latest": Order(("id",), descending=True)},
)

HALL: Final = Registry((PUBLISHED_RESULT, RATING_FIGURE))
"""What the hall publishes."""

DESK: Final = Registry((RESULT,))
"""What is for officials; no type of the interface stands on it."""
