"""Opening reports when they fall due: the yearly one of every body that has powers, the bulletin of a quarter that is over.

The planner opens them; each is opened once, whatever is planned twice. Their first texts are made of the figures.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

import asyncpg

from domain import reports as rules
from domain.access import Permission, Role
from domain.metrics import BY_ID, Figure, disclosed
from domain.periods import Period
from domain.profiles import Profile
from domain.reports import Content, Told
from resolvers import record
from resolvers.context import Context, UnitOfWork
from resolvers.metrics_counting import counted
from resolvers.permits import permit
from resolvers.reports_store import text_of

ROLES: Final = frozenset(role.value for role in Role)
# 003-2, 003-10: who reports is who had powers in the library in that year, in use or suspended.
BODIES: Final = """
SELECT DISTINCT b.code, b.name FROM body b JOIN power_version v ON v.body_code = b.code
JOIN power_period p ON p.version_id = v.id
WHERE b.government_id = $1 AND upper_inf(p.recorded) AND p.valid && daterange($2::date, $3::date, '[]')
  AND v.status IN ('in_use', 'suspended') ORDER BY b.code
"""
# The office that a task is given to, in each government: the body that is entered with its role.
OFFICES: Final = """
SELECT DISTINCT ON (government_id) government_id, code FROM body
WHERE $1 = ANY(offices) AND valid @> $2::date ORDER BY government_id, code
"""
ADD: Final = """
INSERT INTO report (kind, government_id, body_code, period, state, edition, no, content, due_on, opened_at, changed_at)
VALUES ($1, $2, $3, $4, 'open', 1, 0, $5::text::jsonb, $6, $7, $7)
ON CONFLICT (kind, body_code, period) DO NOTHING RETURNING id
"""


def office_role(profile: Profile, task: str) -> str:
    """Return the role to which a profile gives a task; the service office where it names an office that is no role."""
    given = profile.tasks.get(task)
    return given.office if given is not None and given.office in ROLES else Role.SERVICE_OFFICE.value


async def offices(connection: asyncpg.Connection | asyncpg.Pool, role: str, today: date) -> dict[int, str]:
    """Return the body that holds an office, by government."""
    return {row["government_id"]: row["code"] for row in await connection.fetch(OFFICES, role, today)}


async def bodies_due(connection: asyncpg.Connection, government_id: int, period: Period) -> dict[str, str]:
    """Return the bodies of a government that report on a year, with their names."""
    rows = await connection.fetch(BODIES, government_id, period.first, period.last)
    return {row["code"]: row["name"] for row in rows}


async def open_annual(uow: UnitOfWork, government_id: int, period: Period, due_on: date) -> dict[str, int]:
    """Open the reports of a year that are not there yet; returns them by body. Only for the system.

    Nothing is counted yet: the year is not over, and bodies fetch their figures when they begin to write.
    """
    permit(uow.ctx, Permission.REPORT_PLAN)
    found, connection = {}, await uow.raw()
    for code in await bodies_due(connection, government_id, period):
        made = await connection.fetchval(
            ADD, "annual_report", government_id, code, period.code, text_of(Content()), due_on, uow.ctx.now
        )
        if made is not None:
            told = {"due_on": due_on.isoformat(), "kind": "annual_report", "period": period.code}
            await record.append(uow, f"report:{made}", "report.opened", told, body_code=code)
            found[code] = made
    return found


async def open_bulletin(uow: UnitOfWork, government_id: int, office: str, period: Period) -> int | None:
    """Compile the bulletin of a quarter that is over; None if it is there already. Only for the system."""
    ctx = uow.ctx
    permit(ctx, Permission.REPORT_PLAN)
    connection = await uow.raw()
    told = await figures(ctx, connection, government_id, period)
    sections = rules.sections_of(ctx.profile, "bulletin")
    texts = rules.drafted("bulletin", sections, told.shown, "", period)
    content = Content(sections=texts, figures=told.exact, counted_at=ctx.now)
    made: int | None = await connection.fetchval(
        ADD, "bulletin", government_id, office, period.code, text_of(content), None, ctx.now
    )
    if made is not None:
        event = {"figures": len(told.exact), "kind": "bulletin", "period": period.code}
        await record.append(uow, f"report:{made}", "report.opened", event, body_code=office)
    return made


class Counted(NamedTuple):
    """Figures of a report beside those of the period before: exact, and as far as they may be told."""

    exact: tuple[Told, ...]
    shown: tuple[Told, ...]


# 003-31(1): a first text is published as it is drafted if nobody changes it, so it says nothing that a table would hide.
async def figures(
    ctx: Context, connection: asyncpg.Connection, government_id: int, period: Period, body: str | None = None
) -> Counted:
    """Return the figures of a period beside those of the period before; of one body, or of all and the whole."""
    now = await counted(ctx, connection, government_id, period)
    before = await counted(ctx, connection, government_id, period.before)
    exact = rules.compared(_of(now, body), _of(before, body))
    return Counted(exact, rules.compared(_of(disclosed(now), body), _of(disclosed(before), body)))


def _of(found: Sequence[Figure], body: str | None) -> Sequence[Figure]:
    """Return all figures, or those of a body: what was counted of the whole and not of the body is none, not unknown."""
    if body is None:
        return found
    own = {one.metric: one for one in found if one.body == body}
    whole = [one for one in found if not one.body and not one.category]
    return [own.get(one.metric, Figure(one.metric, body, "", None if BY_ID[one.metric].of else 0)) for one in whole]
