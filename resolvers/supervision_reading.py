"""Reading alerts: the list, one with its history, and the board of what is red and yellow now (003-36(1), (4)).

Lists go through the declared entity, whose guard stands in each statement; the board counts the same rows for whoever
may see them, so every number on it leads to exactly as many rows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import asyncpg

from domain.access import Permission, Target, allowed
from resolvers.context import LOCAL, Context
from resolvers.errors import NotFound, NotSignedIn
from resolvers.reading import Page, PageRequest, Read, Row, fetch_by_keys, fetch_page
from resolvers.reading.listings import Listing
from resolvers.reading.supervision import ALERT, UNITS_OF_POSTS, had_unit

WEEKS: Final = 12
MOST_EXPORTED: Final = 20_000


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert as lists show it."""

    id: int
    rule_code: str
    rule_version: int
    rule_name: str
    clause: str
    kind: str
    grade: str
    subject: str
    subject_key: str
    occasion: str
    matter_id: int | None
    matter_number: str | None
    matter_open: bool
    item_code: str
    body_code: str
    body_name: str
    government_id: int
    government_name: str
    measure: str
    message: str
    trial: bool
    state: str
    seq: int
    opened_at: datetime
    changed_at: datetime
    lifted_at: datetime | None
    lifted_by: str
    lift_ground: str
    lift_reason: str
    case_id: int | None
    case_number: str | None
    step: str
    post: str
    unit: str


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts: everything given must hold.

    ``item`` are those about matters of an item, ``power`` also those about the item itself; ``nobody`` those for which no body
    answers; ``counted`` those that were not lifted as unfounded or as nobody's fault.
    """

    state: str = ""
    grade: str = ""
    kind: str = ""
    rule: str = ""
    body: str = ""
    government: int | None = None
    matter: str = ""
    case_is: int | None = None
    free: bool | None = None
    item: str = ""
    at_step: str = ""
    at_post: str = ""
    at_unit: str = ""
    power: str = ""
    nobody: bool | None = None
    counted: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    trial: bool | None = False


@dataclass(frozen=True, slots=True)
class Happening:
    """One act upon an alert, as it was recorded."""

    seq: int
    kind: str
    at: datetime
    by: str
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert with its history; ``may_lift`` says whether the actor supervises it."""

    row: AlertRow
    history: tuple[Happening, ...]
    may_lift: bool


@dataclass(frozen=True, slots=True)
class Count:
    """How many open alerts share something, by grade; of a post or a unit also whose it is."""

    key: str
    name: str
    alarm: int = 0
    warning: int = 0
    reminder: int = 0
    body_code: str = ""
    body_name: str = ""

    @property
    def total(self) -> int:
        """All grades together."""
        return self.alarm + self.warning + self.reminder


@dataclass(frozen=True, slots=True)
class Week:
    """A week, from its Monday, and how many alerts were opened in it, by grade as they stand."""

    first: date
    alarm: int
    warning: int
    reminder: int


@dataclass(frozen=True, slots=True)
class Board:
    """What is open now, by grade, body, unit, post, power, rule, kind and region, and how it went on by weeks.

    Of units, posts and powers the gravest so many.
    """

    whole: Count
    bodies: tuple[Count, ...] = ()
    rules: tuple[Count, ...] = ()
    kinds: tuple[Count, ...] = ()
    governments: tuple[Count, ...] = ()
    units: tuple[Count, ...] = ()
    posts: tuple[Count, ...] = ()
    powers: tuple[Count, ...] = ()
    weeks: tuple[Week, ...] = ()
    swept_at: datetime | None = None
    scope: tuple[int, ...] = field(default=())


ROW: Final = tuple(one.name for one in fields(AlertRow))
HISTORY: Final = "SELECT seq, kind, at, actor_name, body FROM event WHERE stream = $1 ORDER BY seq"
_SEEN: Final = "state = 'open' AND NOT trial AND (government_id = ANY($1::bigint[]) OR body_code = ANY($2::text[]))"
_GRADES: Final = ", ".join(
    f"(count(*) FILTER (WHERE grade = '{one}'))::int AS {one}" for one in ("alarm", "warning", "reminder")
)
_SUMS: Final = ", ".join(f"coalesce(sum({one}), 0)::int AS {one}" for one in ("alarm", "warning", "reminder"))
# Alerts are counted once; the few counts are then added up in every way. Of posts and powers there are too many ways for that.
BOARD: Final = f"""
WITH counted AS (SELECT body_code, rule_code, kind, government_id, {_GRADES} FROM alert WHERE {_SEEN} GROUP BY 1, 2, 3, 4)
SELECT grouping(body_code, rule_code, kind, government_id) AS part, body_code, rule_code, kind, government_id, {_SUMS}
FROM counted GROUP BY GROUPING SETS ((), (body_code), (rule_code), (kind), (government_id))
"""
# grouping() has a bit for each column that is *not* grouped by, the first one the highest.
PARTS: Final = {0b1111: "whole", 0b0111: "body_code", 0b1011: "rule_code", 0b1101: "kind", 0b1110: "government_id"}
POSTS: Final = f"""
SELECT a.body_code, a.post, n.unit, {_GRADES} FROM (SELECT * FROM alert WHERE {_SEEN} AND post <> '') a
LEFT JOIN ({UNITS_OF_POSTS}) n ON {had_unit("a", "n")} GROUP BY 1, 2, 3
"""
POWERS: Final = f"""
SELECT item_code, {_GRADES} FROM alert WHERE {_SEEN} AND item_code <> '' GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 4 DESC, 1 LIMIT $3
"""
NAMES: Final = """
SELECT 'b' || code AS key, name FROM body WHERE code = ANY($1::text[])
UNION ALL SELECT 'g' || id, name FROM government WHERE id = ANY($2::bigint[])
UNION ALL SELECT 'r' || code, (array_agg(document ->> 'name' ORDER BY version DESC))[1] FROM supervision_rule
WHERE code = ANY($3::text[]) GROUP BY code
UNION ALL SELECT 'i' || i.code, (SELECT v.name FROM power_version v WHERE v.item_id = i.id ORDER BY v.id DESC LIMIT 1)
FROM power_item i WHERE i.code = ANY($4::text[])
"""
BOARD_ROWS: Final = 40
# The zone has no summer time: a week is seven times 24 hours from a Monday, $3, and cheaper to count than a calendar's.
TREND: Final = f"""
SELECT (week AT TIME ZONE 'Asia/Shanghai')::date AS first, alarm, warning, reminder FROM (
  SELECT date_bin('7 days', opened_at, $3) AS week, {_GRADES} FROM alert
  WHERE NOT trial AND opened_at >= $3 AND (government_id = ANY($1::bigint[]) OR body_code = ANY($2::text[])) GROUP BY 1) w
"""
SWEPT: Final = "SELECT max(ended_at) FROM supervision_sweep"
GOVERNMENTS: Final = "SELECT id FROM government"


def listing(where: AlertFilter = AlertFilter(), page: PageRequest = PageRequest()) -> Listing:
    """Return the listing of alerts, the latest change first."""
    filters = {one.name: getattr(where, one.name) for one in fields(AlertFilter)}
    return Listing(
        ALERT, Read(ROW, {name: one for name, one in filters.items() if one not in ("", None)}, "latest"), page
    )


async def list_alerts(
    ctx: Context, where: AlertFilter = AlertFilter(), page: PageRequest = PageRequest()
) -> Page[AlertRow]:
    """Return a page of the alerts that the actor may see, the latest change first. Raises ``NotSignedIn``."""
    must_be_signed_in(ctx)
    found = listing(where, page)
    return (await fetch_page(ctx, found.entity, found.read, page)).map(alert_row)


async def all_alerts(ctx: Context, where: AlertFilter) -> tuple[AlertRow, ...]:
    """Return every alert of a list, up to a bound, for an export."""
    rows: list[AlertRow] = []
    after: str | None = None
    while len(rows) < MOST_EXPORTED:
        page = await list_alerts(ctx, where, PageRequest(first=100, after=after))
        rows += page.rows
        if not page.has_next:
            break
        after = page.end_cursor
    return tuple(rows)


def alert_row(row: Row) -> AlertRow:
    """Return a row of the entity as a value."""
    return AlertRow(**{name: row[name] for name in ROW})


async def alert(ctx: Context, alert_id: int) -> AlertView:
    """Return one alert with its history. Raises ``NotFound`` for what is not there or may not be seen."""
    must_be_signed_in(ctx)
    found = await fetch_by_keys(ctx, ALERT, Read(ROW), [alert_id])
    if alert_id not in found:
        raise NotFound("预警")
    row = alert_row(found[alert_id][0])
    told = await ctx.db.reads.fetch(HISTORY, f"alert:{alert_id}")
    history = tuple(
        Happening(one["seq"], one["kind"], one["at"], one["actor_name"], json.loads(one["body"])) for one in told
    )
    target = Target(row.government_id, row.body_code)
    return AlertView(row, history, allowed(ctx.actor, Permission.ALERT_LIFT, target))


async def alerts_of(ctx: Context, ids: Sequence[int]) -> tuple[AlertRow, ...]:
    """Return the alerts with some ids, in their order, by one statement; those that may not be seen are left out."""
    must_be_signed_in(ctx)
    found = await fetch_by_keys(ctx, ALERT, Read(ROW), ids)
    return tuple(alert_row(found[one][0]) for one in dict.fromkeys(ids) if one in found)


async def board(ctx: Context) -> Board:
    """Return the board of the actor's governments, or of the actor's own bodies. Raises ``NotSignedIn``."""
    must_be_signed_in(ctx)
    governments, bodies = await scope(ctx)
    reads = ctx.db.reads
    rows = await reads.fetch(BOARD, governments, bodies)
    posts = await reads.fetch(POSTS, governments, bodies)
    powers = await reads.fetch(POWERS, governments, bodies, BOARD_ROWS)
    of = {name: [row[name] for row in rows if row[name]] for name in ("body_code", "government_id", "rule_code")}
    items = [row["item_code"] for row in powers]
    names = await names_of(ctx, of["body_code"], of["government_id"], of["rule_code"], items)
    parts: dict[str, list[Count]] = {column: [] for column in PARTS.values()}
    for row in rows:
        column = PARTS[row["part"]]
        key = str(row[column] or "") if column != "whole" else ""
        parts[column].append(Count(key, names.get(f"{column[:1]}{key}", key), *_grades(row)))
    parts["item_code"] = [
        Count(code, names.get(f"i{code}", code), *_grades(row)) for code, row in zip(items, powers, strict=True)
    ]
    parts |= {column: _summed(posts, column, names) for column in ("post", "unit")}
    ordered = {name: tuple(sorted(found, key=_gravity)) for name, found in parts.items()}
    return Board(
        whole=ordered["whole"][0] if ordered["whole"] else Count("", ""),
        bodies=ordered["body_code"],
        rules=ordered["rule_code"],
        kinds=ordered["kind"],
        governments=ordered["government_id"],
        units=ordered["unit"][:BOARD_ROWS],
        posts=ordered["post"][:BOARD_ROWS],
        powers=ordered["item_code"][:BOARD_ROWS],
        weeks=await _weeks(ctx, governments, bodies),
        swept_at=await ctx.db.reads.fetchval(SWEPT),
        scope=tuple(governments),
    )


def _grades(row: asyncpg.Record) -> tuple[int, int, int]:
    return row["alarm"], row["warning"], row["reminder"]


def _summed(rows: Sequence[asyncpg.Record], column: str, names: Mapping[str, str]) -> list[Count]:
    """Add the counts of posts in their units up by one of the two."""
    found: dict[tuple[str, str], Count] = {}
    for row in rows:
        body, key = row["body_code"], row[column]
        if key:
            so_far = found.get((body, key), Count(key, key, 0, 0, 0, body, names.get(f"b{body}", body)))
            sums = {name: getattr(so_far, name) + row[name] for name in ("alarm", "warning", "reminder")}
            found[body, key] = replace(so_far, **sums)
    return list(found.values())


def _gravity(one: Count) -> tuple[int, int, int, str]:
    return -one.alarm, -one.warning, -one.reminder, one.key


async def names_of(
    ctx: Context, bodies: Iterable[str], governments: Iterable[int], rules: Iterable[str], items: Iterable[str]
) -> dict[str, str]:
    """Return the names of bodies, governments, rules and items, each under its own letter and its code."""
    codes = [sorted({one for one in given if one}) for given in (bodies, rules, items)]
    rows = await ctx.db.reads.fetch(NAMES, codes[0], sorted(set(governments)), codes[1], codes[2])
    return {row["key"]: row["name"] for row in rows if row["name"]}


async def _weeks(ctx: Context, governments: Sequence[int], bodies: Sequence[str]) -> tuple[Week, ...]:
    monday = ctx.today - timedelta(days=ctx.today.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    since = datetime.combine(first, time(), LOCAL)
    known = {row["first"]: row for row in await ctx.db.reads.fetch(TREND, governments, bodies, since)}
    weeks = [first + timedelta(weeks=number) for number in range(WEEKS)]
    none = {"alarm": 0, "warning": 0, "reminder": 0}
    return tuple(
        Week(one, row["alarm"], row["warning"], row["reminder"]) for one in weeks for row in [known.get(one, none)]
    )


async def scope(ctx: Context, permission: Permission = Permission.ALERT_READ) -> tuple[list[int], list[str]]:
    """Return the governments whose alerts the actor sees all of, and the bodies whose own alerts; or whose matters."""
    if ctx.actor.kind == "system":
        return [row["id"] for row in await ctx.db.reads.fetch(GOVERNMENTS)], []
    own = {one.government_id for one in ctx.actor.postings}
    watched = [one for one in own if allowed(ctx.actor, permission, Target(one, ""))]
    return sorted(watched), sorted(ctx.actor.body_codes)


def must_be_signed_in(ctx: Context) -> None:
    """Refuse visitors."""
    if ctx.actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
