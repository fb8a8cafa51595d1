"""What supervisors do with an alert: lift it 摘牌 with a ground and words, one or several at once (003-36(2); R19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.access import Permission, Role, Target, allowed
from domain.supervision.rule_files import load_rules
from domain.values import canonical_json
from resolvers import record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound, NotPermitted, NotSignedIn
from resolvers.permits import permit
from resolvers.record import Numbered, Streamed

LONGEST: Final = 500
MOST_AT_ONCE: Final = 100
HOLD: Final = """
SELECT id, seq, state, grade, rule_code, body_code, government_id, trial, lift_ground, lift_reason, case_id FROM alert
WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE
"""
LIFT: Final = """
UPDATE alert SET state = 'lifted', seq = seq + 1, changed_at = $2, lifted_at = $2, lifted_by = $3, lift_ground = $4,
  lift_reason = $5 WHERE id = ANY($1::bigint[])
"""
TAKE_UP: Final = "UPDATE alert SET case_id = $2, seq = seq + 1, changed_at = $3 WHERE id = ANY($1::bigint[])"


class AlertMoved(Conflict):
    """The alert was lifted, or has risen, since it was looked at."""

    code = "ALERT_MOVED"


@dataclass(frozen=True, slots=True)
class HeldAlert:
    """An alert that is locked until the unit of work ends."""

    id: int
    seq: int
    state: str
    grade: str
    rule_code: str
    body_code: str
    government_id: int
    trial: bool
    lift_ground: str
    lift_reason: str
    case_id: int | None


def bureau_of(ctx: Context) -> tuple[int, str]:
    """Return government and body for which the actor supervises; (0, "") where there is none."""
    for one in ctx.actor.postings:
        if Role.SUPERVISION_BUREAU in one.roles:
            return one.government_id, one.body_code
    return 0, ""


def must_supervise(ctx: Context) -> None:
    """Refuse whoever supervises nothing at all; what an act is about is asked for afterwards."""
    permit(ctx, Permission.ALERT_LIFT, Target(bureau_of(ctx)[0] or None))


async def hold(uow: UnitOfWork, ids: Sequence[int]) -> tuple[HeldAlert, ...]:
    """Lock alerts for an act of supervision. Raises ``NotFound`` for any that is not there or may not be seen."""
    ctx, wanted = uow.ctx, sorted(set(ids))
    if ctx.actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    if not wanted or len(wanted) > MOST_AT_ONCE:
        words = f"请选择一至{MOST_AT_ONCE}条预警。"
        raise InvalidInput(words, "请重新选择。", (FieldProblem("alerts", "HOW_MANY", words, "请重新选择。"),))
    rows = await (await uow.raw()).fetch(HOLD, wanted)
    found = tuple(HeldAlert(**row) for row in rows)
    if len(found) != len(wanted):
        raise NotFound("预警")
    for one in found:
        target = Target(one.government_id, one.body_code)
        if not allowed(ctx.actor, Permission.ALERT_LIFT, target):
            if one.trial or not allowed(ctx.actor, Permission.ALERT_READ, target):
                raise NotFound("预警")
            raise NotPermitted("您可以查看这条预警，但不能处理。", "请由监察机构处理。")
    return found


# R19 of the table: removed with a mandatory reason; 003-43: what was found counts, and so does that it was unfounded.
async def lift(ctx: Context, ids: Sequence[int], ground: str, reason: str, seen: int | None = None) -> int:
    """Lift alerts on a ground of the list; returns how many were open. The same again changes nothing.

    ``seen`` is the number of the last event that was looked at, where it is one alert. Raises ``InvalidInput``,
    ``NotFound``, ``NotPermitted`` and ``AlertMoved``.
    """
    must_supervise(ctx)
    _check(ground, reason)
    async with unit_of_work(ctx, unrecorded="an alert that was lifted before on the same ground") as uow:
        held = await hold(uow, ids)
        todo = [one for one in held if one.state == "open"]
        for one in held:
            if one.state == "lifted" and (one.lift_ground, one.lift_reason) != (ground, reason.strip()):
                raise AlertMoved("这条预警已经摘牌。", "请刷新后查看摘牌的理由。")
            if one.state == "open" and seen is not None and one.seq != seen:
                raise AlertMoved("这条预警在您查看以后有变化。", "请刷新后核对。")
        if not todo:
            return 0
        chosen = [one.id for one in todo]
        await (await uow.raw()).execute(LIFT, chosen, ctx.now, ctx.actor.name, ground, reason.strip())
        await append(uow, todo, "alert.lifted", {"ground": ground, "reason": reason.strip()})
        return len(todo)


async def take_up(uow: UnitOfWork, held: Sequence[HeldAlert], case_id: int, number: str) -> None:
    """Note that alerts are followed up in a supervision case, inside the unit of work that opens it."""
    await (await uow.raw()).execute(TAKE_UP, [one.id for one in held], case_id, uow.ctx.now)
    await append(uow, held, "alert.taken_up", {"case": number})


async def append(uow: UnitOfWork, held: Sequence[HeldAlert], kind: str, told: dict[str, str]) -> None:
    """Record one act upon several alerts, each in its own stream."""
    actor = uow.ctx.actor
    body = canonical_json(told)
    await record.append_many(
        uow,
        [
            Streamed(
                f"alert:{one.id}",
                one.body_code,
                Numbered(one.seq + 1, kind, uow.ctx.now, body, actor.account_id, actor.name),
            )
            for one in held
        ],
    )


def _check(ground: str, reason: str) -> None:
    problems = []
    if ground not in load_rules().lifting:
        problems.append(FieldProblem("ground", "MISSING", "没有选择摘牌的理由。", "请选择一项理由。"))
    if not reason.strip() or len(reason) > LONGEST:
        problems.append(
            FieldProblem("reason", "MISSING", "没有写明情况，或者超过五百字。", "请用一句话写明核实的情况。")
        )
    if problems:
        raise InvalidInput(problems[0].message, problems[0].remedy, tuple(problems))
