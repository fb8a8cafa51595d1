"""Receiving a report: it is sent back with reasons, or accepted and published; nobody accepts what one has written."""

from typing import Final

from domain.access import Permission
from domain.results import telling
from resolvers import record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput
from resolvers.permits import permit
from resolvers.reports_notices import tell_of
from resolvers.reports_publishing import publish, typeset
from resolvers.reports_store import Move, done_before, expect, hold, move
from resolvers.reports_writing import ReportDone

LONGEST_REASON: Final = 1000
# 003-51(6): a report that was not handed in by the day after its last one is a violation, found once.
LATE: Final = """
UPDATE report SET missed_at = $2 WHERE kind = 'annual_report' AND missed_at IS NULL AND submitted_at IS NULL
  AND due_on < $1 AND state IN ('open', 'returned') AND government_id = $3 AND period = $4
RETURNING id, body_code, period, due_on
"""


class OwnReport(Conflict):
    """Whoever wrote a report or handed it in does not accept it."""

    code = "SECOND_PERSON_NEEDED"

    def __init__(self) -> None:
        super().__init__("这份报告由您编写或者提交，须由另一人审核。", "请由同一岗位的其他人员办理。")


async def accept(ctx: Context, report_id: int, seen: int | None, key: str = "") -> ReportDone:
    """Accept a report and publish it, with its figures as far as they may be told.

    The same act again gives the same answer. Raises ``NotFound``, ``NotPermitted``, ``OwnReport``, ``ReportChanged``,
    and ``InvalidInput`` where the document cannot be set.
    """
    async with unit_of_work(ctx, unrecorded="a report that was accepted before") as uow:
        held = await hold(uow, report_id, "accept")
        if number := await done_before(uow, held, "accept", -1 if seen is None else seen, key):
            return ReportDone(held.id, number)
        expect(held, seen, "submitted")
        if ctx.actor.account_id is not None and ctx.actor.account_id in {held.submitted_by, *held.writers}:
            raise OwnReport
        edition = await typeset(uow, held)
        await publish(uow, held, edition)
        told = {"publication_sha256": edition.digest.hex(), "title": edition.title}
        step = Move("accepted", held.content, held.note, held.edition, "report.accepted", "accept", key=key, told=told)
        number = await move(uow, held, step)
        await tell_of(uow, held, "accept", number)
        return ReportDone(held.id, number)


async def send_back(ctx: Context, report_id: int, reason: str, seen: int | None, key: str = "") -> ReportDone:
    """Send a report back with reasons. Raises as ``accept`` does."""
    said = reason.strip()
    async with unit_of_work(ctx, unrecorded="a report that was sent back before") as uow:
        held = await hold(uow, report_id, "accept")
        if number := await done_before(uow, held, "return", -1 if seen is None else seen, key):
            return ReportDone(held.id, number)
        if problem := _of_reason(said):
            raise InvalidInput(problem.message, problem.remedy, (problem,))
        expect(held, seen, "submitted")
        step = Move(
            "returned", held.content, held.note, held.edition, "report.returned", "return", reason=said, key=key
        )
        number = await move(uow, held, step)
        await tell_of(uow, held, "return", number, said)
        return ReportDone(held.id, number)


def _of_reason(said: str) -> FieldProblem | None:
    if not said:
        return FieldProblem("reason", "MISSING", "没有说明退回的理由。", "请写明哪里要改、怎样改。")
    if len(said) > LONGEST_REASON:
        return FieldProblem("reason", "TOO_LONG", f"理由超过{LONGEST_REASON}字。", "请写得简短一些。")
    if what := telling(said):
        return FieldProblem("reason", "TELLS_A_PERSON", f"理由含有{what[0]}。", "请删去。")
    return None


async def find_missed(uow: UnitOfWork, government_id: int, period: str) -> dict[str, int]:
    """Record which yearly reports did not come in time, each as a finding with its clause; returns them by body.

    Only for the system. Found once, whatever looks twice.
    """
    ctx = uow.ctx
    permit(ctx, Permission.REPORT_PLAN)
    planned = ctx.profile.planning.annual_report
    if planned is None:
        return {}
    rows = await (await uow.raw()).fetch(LATE, ctx.today, ctx.now, government_id, period)
    for row in rows:
        finding = {
            "clause": planned.consequence,
            "due_on": row["due_on"].isoformat(),
            "period": row["period"],
            "violation": planned.violation,
        }
        await record.append(uow, f"report:{row['id']}", "report.missed", finding, body_code=row["body_code"])
    return {row["body_code"]: row["id"] for row in rows}
