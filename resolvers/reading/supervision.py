"""Where alerts live, and who may see which: supervisors all of their government, a body its own."""

from typing import Final

from domain.access import Permission
from resolvers.reading.declarations import Column, Entity, Filter, Order, Registry
from resolvers.reading.guards import permission_guard
from resolvers.reading.matters import GUARD as MATTER_GUARD

_BODIES: Final = "ARRAY[{a}.body_code]"
_SUPERVISES: Final = permission_guard(Permission.ALERT_LIFT, bodies=_BODIES, government="{a}.government_id")
_READS: Final = permission_guard(Permission.ALERT_READ, bodies=_BODIES, government="{a}.government_id")
# What a rule on trial finds is for those alone who try it.
GUARD: Final = f"(({_READS}) AND (NOT {{a}}.trial OR {_SUPERVISES}))"
_RULE: Final = " JOIN supervision_rule {r} ON {r}.id = {a}.rule_id"
_BODY: Final = " LEFT JOIN body {b} ON {b}.code = {a}.body_code"
_GOVERNMENT: Final = " JOIN government {g} ON {g}.id = {a}.government_id"
_MATTER: Final = " LEFT JOIN matter {m} ON {m}.id = {a}.matter_id"
# The unit or units of a body that have a post, by the days on which they do: both change, and an alert keeps the post alone.
UNITS_OF_POSTS: Final = (
    "SELECT s.code AS body_code, s.post, daterange(s.day, s.until) AS days,"
    " (SELECT string_agg(DISTINCT u.name, '、' ORDER BY u.name) FROM unit u JOIN post t ON t.unit_id = u.id"
    " WHERE u.body_id = s.body_id AND t.name = s.post AND u.valid @> s.day AND t.valid @> s.day) AS unit"
    " FROM (SELECT y.id AS body_id, y.code, t.name AS post, d.day,"
    " lead(d.day) OVER (PARTITION BY y.id, y.code, t.name ORDER BY d.day) AS until"
    " FROM body y JOIN unit u ON u.body_id = y.id JOIN post t ON t.unit_id = u.id CROSS JOIN LATERAL (VALUES"
    " (coalesce(lower(t.valid), '-infinity')), (coalesce(lower(u.valid), '-infinity')),"
    " (coalesce(upper(t.valid), 'infinity')), (coalesce(upper(u.valid), 'infinity'))) d(day)"
    " GROUP BY y.id, y.code, t.name, d.day) s WHERE s.until IS NOT NULL"
)


def had_unit(alert: str, units: str) -> str:
    """Return the condition that a row of ``UNITS_OF_POSTS`` is about an alert: its post, on the day on which it was found."""
    found_on = f"({alert}.opened_at AT TIME ZONE 'Asia/Shanghai')::date"
    return f"{units}.body_code = {alert}.body_code AND {units}.post = {alert}.post AND {units}.days @> {found_on}"


_UNIT: Final = f"coalesce((SELECT h.unit FROM ({UNITS_OF_POSTS}) h WHERE {had_unit('{a}', 'h')}), '')"
_OF_UNIT: Final = f"EXISTS (SELECT FROM ({UNITS_OF_POSTS}) h WHERE h.unit = :value AND {had_unit('{a}', 'h')})"
_CASE: Final = " LEFT JOIN matter {c} ON {c}.id = {a}.case_id"

ALERT: Final = Entity(
    name="alert",
    source=f"alert {{a}}{_RULE}{_BODY}{_GOVERNMENT}{_MATTER}{_CASE}",
    key="id",
    guard=GUARD,
    columns={
        "id": Column("{a}.id", "bigint"),
        "rule_code": Column("{a}.rule_code"),
        "rule_version": Column("{r}.version", "integer"),
        "rule_name": Column("{r}.document ->> 'name'"),
        "clause": Column("{r}.document ->> 'clause'"),
        "kind": Column("{a}.kind"),
        "grade": Column("{a}.grade"),
        "rank": Column("{a}.rank", "integer"),
        "subject": Column("{a}.subject"),
        "subject_key": Column("{a}.subject_key"),
        "occasion": Column("{a}.occasion"),
        "matter_id": Column("{a}.matter_id", "bigint", nullable=True),
        "matter_number": Column("{m}.number", nullable=True),
        # A bureau one level up learns that the one below was late, and not what is in the matter.
        "matter_open": Column(f"coalesce({{m}}.id IS NOT NULL AND ({MATTER_GUARD}), false)", "boolean"),
        "item_code": Column("{a}.item_code"),
        "body_code": Column("{a}.body_code"),
        "body_name": Column("coalesce({b}.name, '')"),
        "government_id": Column("{a}.government_id", "bigint"),
        "government_name": Column("{g}.name"),
        "measure": Column("{a}.measure::text"),
        "detail": Column("{a}.detail"),
        "message": Column("{a}.message"),
        "trial": Column("{a}.trial", "boolean"),
        "state": Column("{a}.state"),
        "seq": Column("{a}.seq", "integer"),
        "opened_at": Column("{a}.opened_at", "timestamptz"),
        "changed_at": Column("{a}.changed_at", "timestamptz"),
        "lifted_at": Column("{a}.lifted_at", "timestamptz", nullable=True),
        "lifted_by": Column("{a}.lifted_by"),
        "lift_ground": Column("{a}.lift_ground"),
        "lift_reason": Column("{a}.lift_reason"),
        "case_id": Column("{a}.case_id", "bigint", nullable=True),
        "case_number": Column("{c}.number", nullable=True),
        "step": Column("{a}.step"),
        "post": Column("{a}.post"),
        "unit": Column(_UNIT),
    },
    filters={
        "id": Filter("{a}.id = :value", "bigint", ("id",)),
        "state": Filter("{a}.state = :value", columns=("state",), skewed=True),
        "grade": Filter("{a}.grade = :value", columns=("grade",), skewed=True),
        "kind": Filter("{a}.kind = :value", columns=("kind",), skewed=True),
        "rule": Filter("{a}.rule_code = :value", columns=("rule_code",), skewed=True),
        "body": Filter("{a}.body_code = :value", columns=("body_code",), skewed=True),
        "government": Filter("{a}.government_id = :value", "bigint", ("government_id",), skewed=True),
        "matter": Filter("{m}.number = :value", columns=("matter_number",), skewed=True),
        "matter_is": Filter("{a}.matter_id = :value", "bigint", ("matter_id",), skewed=True),
        "case_is": Filter("{a}.case_id = :value", "bigint", ("case_id",), skewed=True),
        "changed": Filter("{a}.changed_at > :value", "timestamptz", ("changed_at",)),
        "item": Filter(
            "{a}.item_code = :value AND {a}.matter_id IS NOT NULL", columns=("item_code", "matter_id"), skewed=True
        ),
        "at_step": Filter("{a}.step = :value", columns=("step",), skewed=True),
        "at_post": Filter("{a}.post = :value", columns=("post",), skewed=True),
        "at_unit": Filter(_OF_UNIT, columns=("body_code", "post", "unit"), skewed=True),
        "power": Filter("{a}.item_code = :value", columns=("item_code",), skewed=True),
        "nobody": Filter("({a}.body_code = '') = :value", "boolean", ("body_code",), skewed=True),
        # What was lifted as unfounded, or as nobody's fault, counts against nobody (003-43).
        "counted": Filter(
            "({a}.lift_ground NOT IN ('unfounded', 'objective')) = :value", "boolean", ("lift_ground",), skewed=True
        ),
        "since": Filter("{a}.opened_at >= :value", "timestamptz", ("opened_at",), skewed=True),
        "until": Filter("{a}.opened_at < :value", "timestamptz", ("opened_at",), skewed=True),
        "trial": Filter("{a}.trial = :value", "boolean", ("trial",), skewed=True),
        "free": Filter("({a}.case_id IS NULL) = :value", "boolean", ("case_id",), skewed=True),
    },
    orders={
        "changed": Order(("changed_at", "id")),
        "latest": Order(("changed_at", "id"), descending=True),
        "gravest": Order(("rank", "changed_at", "id"), descending=True),
    },
    dispensable={"r": _RULE, "g": _GOVERNMENT},
)

SUPERVISION: Final = Registry((ALERT,))
"""What the desk of supervision shows."""
