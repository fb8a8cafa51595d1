"""What is done when something falls due: reports are opened and compiled, and the notices that follow are named."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from domain.access import Role
from domain.periods import Period, period_of
from domain.planning import Occurrence
from resolvers.context import UnitOfWork
from resolvers.notices import REPORT_OPEN, NewNotice
from resolvers.reports_notices import WRITERS
from resolvers.reports_opening import office_role, offices, open_annual, open_bulletin
from resolvers.reports_reviewing import find_missed

OPEN: Final = """
SELECT r.id, r.body_code, b.name FROM report r JOIN body b ON b.code = r.body_code
WHERE r.kind = $1 AND r.government_id = $2 AND r.period = $3 AND r.state IN ('open', 'returned') ORDER BY r.body_code
"""
MISSING: Final = """
SELECT r.id, r.body_code, b.name FROM report r JOIN body b ON b.code = r.body_code
WHERE r.id = ANY($1::bigint[]) ORDER BY r.body_code
"""
LATE: Final = """
SELECT m.body_code, b.name, b.government_id, count(*) AS late FROM matter m JOIN body b ON b.code = m.body_code
WHERE m.phase IN ('received', 'running') AND NOT m.due_provisional AND m.due_on IS NOT NULL AND m.due_on < $1
GROUP BY m.body_code, b.name, b.government_id ORDER BY m.body_code
"""
NAMED: Final = 30
"""So many bodies a notice names; the overview has them all."""


async def carried_out(uow: UnitOfWork, one: Occurrence) -> list[NewNotice]:
    """Do what falls due and return the notices that tell of it."""
    if one.rule == "annual_report":
        return await (_missed(uow, one) if one.acts else _reminded(uow, one))
    if one.rule == "bulletin":
        return await (_compiled(uow, one) if one.acts else _bulletin_reminded(uow, one))
    if one.rule == "overdue_digest":
        return await _digest(uow, one)
    facts = {"year": one.period}
    return [NewNotice(one.key, "calendar_missing", one.clause, (Role.SYSTEM_ADMIN.value,), "everywhere", facts=facts)]


def _period(one: Occurrence) -> Period:
    found = period_of(one.period)
    if found is None:
        raise ValueError(f"no period: {one.period}")
    return found


def _due(uow: UnitOfWork, one: Occurrence) -> date:
    rules = uow.ctx.profile.planning.annual_report
    if rules is None:
        raise ValueError("the profile knows no yearly report")
    return uow.ctx.profile.dates[rules.date].in_year(_period(one).year + 1)


async def _reminded(uow: UnitOfWork, one: Occurrence) -> list[NewNotice]:
    """Open the reports of the year, and remind every body whose report has not been handed in."""
    due, period, government = _due(uow, one), _period(one), one.government_id or 0
    await open_annual(uow, government, period, due)
    rows = await (await uow.raw()).fetch(OPEN, "annual_report", government, one.period)
    left = max((due - uow.ctx.today).days, 0)
    return [
        NewNotice(
            key=f"{one.key}:{row['body_code']}",
            template="annual_report_reminder",
            clause=one.clause,
            roles=WRITERS,
            government_id=government,
            body_code=row["body_code"],
            subject=f"report:{row['id']}",
            only_if=REPORT_OPEN,
            address=f"/desk/reports/{row['id']}",
            facts={"body": row["name"], "period": period.name, "due": due.isoformat(), "left": str(left)},
        )
        for row in rows
    ]


async def _missed(uow: UnitOfWork, one: Occurrence) -> list[NewNotice]:
    """Record who did not report, and tell those bodies, the office that receives, and the supervision bureau."""
    due, period, government = _due(uow, one), _period(one), one.government_id or 0
    # A government that planned nothing before still has its reports; opened today they are as missed as any.
    await open_annual(uow, government, period, due)
    found = await find_missed(uow, government, one.period)
    rows = await (await uow.raw()).fetch(MISSING, list(found.values()))
    if not rows:
        return []
    facts = {"period": period.name, "due": due.isoformat()}
    told = [
        NewNotice(
            key=f"{one.key}:{row['body_code']}",
            template="annual_report_missed",
            clause=one.clause,
            roles=WRITERS,
            government_id=government,
            body_code=row["body_code"],
            subject=f"report:{row['id']}",
            only_if=REPORT_OPEN,
            address=f"/desk/reports/{row['id']}",
            facts={**facts, "body": row["name"]},
        )
        for row in rows
    ]
    names = "、".join(row["name"] for row in rows[:NAMED]) + ("等" if len(rows) > NAMED else "")
    listed = {**facts, "count": str(len(rows)), "bodies": names}
    told += [
        NewNotice(
            key=f"{one.key}:{role}",
            template="annual_reports_missing",
            clause=one.clause,
            roles=(role,),
            reach="government",
            government_id=government,
            address=f"/desk/reports/overview?year={one.period}",
            facts=listed,
        )
        for role in (office_role(uow.ctx.profile, "annual_report_receipt"), Role.SUPERVISION_BUREAU.value)
    ]
    return told


async def _compiled(uow: UnitOfWork, one: Occurrence) -> list[NewNotice]:
    """Compile the bulletin of the quarter and tell the office that writes it."""
    government = one.government_id or 0
    role = office_role(uow.ctx.profile, "bulletin")
    office = (await offices(await uow.raw(), role, uow.ctx.today)).get(government)
    made = await open_bulletin(uow, government, office, _period(one)) if office else None
    if made is None:
        return []
    facts = {"period": _period(one).name}
    return [_to_office(one, "bulletin_compiled", role, made, facts)]


async def _bulletin_reminded(uow: UnitOfWork, one: Occurrence) -> list[NewNotice]:
    rows = await (await uow.raw()).fetch(OPEN, "bulletin", one.government_id, one.period)
    passed = str((uow.ctx.today - _period(one).last).days)
    facts = {"period": _period(one).name, "passed": passed}
    return [
        _to_office(one, "bulletin_reminder", office_role(uow.ctx.profile, "bulletin"), row["id"], facts) for row in rows
    ]


def _to_office(one: Occurrence, template: str, role: str, report: int, facts: Mapping[str, str]) -> NewNotice:
    return NewNotice(
        key=f"{one.key}:{role}",
        template=template,
        clause=one.clause,
        roles=(role,),
        reach="government",
        government_id=one.government_id,
        subject=f"report:{report}",
        only_if=REPORT_OPEN,
        address=f"/desk/reports/{report}",
        facts=facts,
    )


async def _digest(uow: UnitOfWork, one: Occurrence) -> list[NewNotice]:
    """Tell the heads of bodies how many of their matters are late; bodies without any are told nothing."""
    rows = await (await uow.raw()).fetch(LATE, uow.ctx.today)
    return [
        NewNotice(
            key=f"{one.key}:{row['body_code']}",
            template="overdue_digest",
            clause=one.clause,
            roles=(Role.BODY_HEAD.value,),
            government_id=row["government_id"],
            body_code=row["body_code"],
            address="/desk/matters?overdue=on",
            facts={"body": row["name"], "count": str(row["late"])},
        )
        for row in rows
    ]
