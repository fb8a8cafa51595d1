"""The planner: carries out what has fallen due since it began, each once by its key, however long it was away (003-10).

Cron only wakes it. What is due is worked out from the profile and the calendar; what was carried out is a row of
``planned``. A row, its acts and its notices are one transaction: a stop at any moment loses nothing and doubles nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from domain.access import Permission
from domain.periods import period_of
from domain.planning import MOMENT_NAMES, RULE_NAMES, Occurrence, occurrences, replaced
from resolvers import record
from resolvers.calendar import load_calendar
from resolvers.context import Context, unit_of_work
from resolvers.notices import write
from resolvers.permits import permit
from resolvers.planner_acts import carried_out
from resolvers.reports_opening import office_role, offices

LOOKS_BACK: Final = timedelta(days=400)
AHEAD: Final = timedelta(days=100)
STREAM: Final = "planner"
BEGUN: Final = """
INSERT INTO planner_mark (name, since) VALUES ('planner', $1) ON CONFLICT (name) DO NOTHING RETURNING since
"""
SINCE: Final = "SELECT since FROM planner_mark"
KNOWN: Final = "SELECT key FROM planned WHERE key = ANY($1::text[])"
ADD: Final = """
INSERT INTO planned (key, rule, moment, government_id, period, day, due_at, done_at, superseded, notices)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0) ON CONFLICT (key) DO NOTHING RETURNING id
"""
COUNTED: Final = "UPDATE planned SET notices = $2 WHERE id = $1"
LATEST: Final = """
SELECT key, rule, moment, government_id, period, day, done_at, superseded, notices FROM planned ORDER BY due_at DESC, id DESC LIMIT $1
"""
WAITING: Final = """
SELECT o.id, o.topic, o.key, o.due_at, o.next_try, o.attempts FROM outbox o
WHERE o.done_at IS NULL AND o.topic IN ('notice', 'mail', 'sms', 'webhook') ORDER BY o.due_at, o.id LIMIT $1
"""
TOLD: Final = """
SELECT n.id, n.template, n.state, n.due_at, n.told_at, n.clause, n.reason, n.body_code, coalesce(b.name, '') AS body_name,
  count(c.id) FILTER (WHERE c.channel = 'desk') AS desk, count(c.id) FILTER (WHERE c.channel <> 'desk') AS outside,
  count(c.id) FILTER (WHERE c.channel <> 'desk' AND c.sent_at IS NULL) AS unsent
FROM notice n LEFT JOIN notice_copy c ON c.notice_id = n.id LEFT JOIN body b ON b.code = n.body_code
GROUP BY n.id, b.name ORDER BY n.due_at DESC, n.id DESC LIMIT $1
"""
AGAIN: Final = """
UPDATE outbox SET next_try = $1 WHERE done_at IS NULL AND topic IN ('notice', 'mail', 'sms', 'webhook') AND attempts > 0
"""
SHOWN: Final = 50


async def plan(ctx: Context) -> int:
    """Carry out everything that is due and was not; returns how many. Only for the system.

    The first call only notes that the planner has begun: what fell due before it is nobody's notice any more.
    """
    permit(ctx, Permission.REPORT_PLAN)
    due = await _due(ctx)
    superseded = replaced(due)
    done = 0
    for one in due:
        done += await _once(ctx, one, superseded=one.key in superseded)
    return done


async def _due(ctx: Context) -> tuple[Occurrence, ...]:
    since = await _since(ctx)
    if since is None:
        return ()
    first = max(since, ctx.now - LOOKS_BACK)
    found = await _occurrences(ctx, first, ctx.now)
    due = [one for one in found if first <= one.due_at <= ctx.now]
    rows = await ctx.db.reads.fetch(KNOWN, [one.key for one in due])
    known = {row["key"] for row in rows}
    return tuple(one for one in due if one.key not in known)


async def _since(ctx: Context) -> datetime | None:
    """Return since when is planned; None if it begins just now."""
    since: datetime | None = await ctx.db.reads.fetchval(SINCE)
    if since is not None:
        return since
    async with unit_of_work(ctx, unrecorded="the planner had begun already") as uow:
        if await (await uow.raw()).fetchval(BEGUN, ctx.now) is not None:
            await record.append(uow, STREAM, "planner.begun", {})
    return None


async def _occurrences(ctx: Context, first: datetime, last: datetime) -> tuple[Occurrence, ...]:
    tasks = {
        task: await offices(ctx.db.reads, office_role(ctx.profile, task), ctx.today)
        for task in ("annual_report_receipt", "bulletin")
    }
    days = (ctx.at(first).today, ctx.at(last).today)
    return occurrences(ctx.profile, await load_calendar(ctx), tasks, *days)


async def _once(ctx: Context, one: Occurrence, *, superseded: bool) -> bool:
    async with unit_of_work(ctx, unrecorded="another planner was there first") as uow:
        connection = await uow.raw()
        place = (one.rule, one.moment, one.government_id, one.period, one.day, one.due_at, ctx.now)
        row = await connection.fetchval(ADD, one.key, *place, superseded)
        if row is None:
            return False
        made = [] if superseded else await carried_out(uow, one)
        count = 0
        for notice in made:
            count += await write(uow, notice) is not None
        await connection.execute(COUNTED, row, count)
        told: dict[str, Any] = {
            "due_at": one.due_at.isoformat(),
            "key": one.key,
            "notices": count,
            "superseded": superseded,
        }
        await record.append(uow, STREAM, "planner.carried_out", told)
    return True


@dataclass(frozen=True, slots=True)
class Ahead:
    """What will fall due: by which rule and clause, when."""

    rule: str
    moment: str
    period: str
    due_at: datetime
    clause: str
    acts: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """What will be sent and why, what was planned and told lately, and what waits for a channel."""

    since: datetime | None
    ahead: tuple[Ahead, ...]
    planned: tuple[dict[str, Any], ...]
    told: tuple[dict[str, Any], ...]
    waiting: tuple[dict[str, Any], ...]


async def plan_view(ctx: Context) -> PlanView:
    """Return what the operator sees of the planner. Raises ``NotSignedIn``, ``NotPermitted``."""
    permit(ctx, Permission.PLAN_READ)
    reads = ctx.db.reads
    later = await _occurrences(ctx, ctx.now, ctx.now + AHEAD)
    known = {row["key"] for row in await reads.fetch(KNOWN, [one.key for one in later])}
    ahead = [
        Ahead(RULE_NAMES[one.rule], moment_name(one.moment), period_name(one.period), one.due_at, one.clause, one.acts)
        for one in later
        if one.due_at > ctx.now and one.key not in known
    ]
    planned = [
        dict(row)
        | {"name": RULE_NAMES[row["rule"]], "words": moment_name(row["moment"]), "about": period_name(row["period"])}
        for row in await reads.fetch(LATEST, SHOWN)
    ]
    return PlanView(
        since=await reads.fetchval(SINCE),
        ahead=tuple(ahead[:SHOWN]),
        planned=tuple(planned),
        told=tuple(dict(row) for row in await reads.fetch(TOLD, SHOWN)),
        waiting=tuple(dict(row) for row in await reads.fetch(WAITING, SHOWN)),
    )


async def send_again(ctx: Context) -> int:
    """Have everything tried again at once that did not go out; returns how many letters. Raises ``NotPermitted``."""
    permit(ctx, Permission.PLAN_REPLAY)
    async with unit_of_work(ctx) as uow:
        status: str = await (await uow.raw()).execute(AGAIN, ctx.now)
        count = int(status.rpartition(" ")[2])
        await record.append(uow, STREAM, "planner.sent_again", {"letters": count})
    return count


def moment_name(code: str) -> str:
    """Return what a moment is called."""
    return MOMENT_NAMES.get(code.rstrip("0123456789"), code)


def period_name(code: str) -> str:
    """Return what a period is called."""
    found = period_of(code)
    return found.name if found else code
