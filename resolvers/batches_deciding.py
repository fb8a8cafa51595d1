"""The review of a draft batch: options, decisions on rows, items to cancel, discarding. Each act is an event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from domain.access import Permission
from domain.tables.batches import Batch, BatchRow
from resolvers import batches_library as library
from resolvers import record
from resolvers.batches_proposing import draft_for, evaluate, facts_of, locked
from resolvers.batches_values import Decision, LevelPolicy, Progress, RowProblem, no_progress
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound

# What may be mended on a row that cannot enter as it is; anything else is mended in the list itself.
MENDABLE = ("name", "sub_item", "category", "body", "level", "code")
DECIDABLE = ("new", "changed", "attention")
TAKEN = """
SELECT seq FROM batch_row WHERE batch_id = $1 AND scheme = $2 AND code = $3 AND seq <> $4 AND role = 'item'
  AND ((fate IN ('new', 'changed') AND decision <> 'rejected') OR (fate = 'attention' AND decision = 'accepted')
       OR fate = 'identical') LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What may be changed about a draft; None leaves it as it is."""

    body: str | None = None
    level_policy: LevelPolicy | None = None
    create_bodies: bool | None = None

    def given(self) -> dict[str, Any]:
        """Return the options that are given."""
        found = {"body": self.body, "level_policy": self.level_policy, "create_bodies": self.create_bodies}
        return {name: value for name, value in found.items() if value is not None}


async def refresh(
    ctx: Context,
    batch_id: int,
    options: BatchOptions = BatchOptions(),
    progress: Progress = no_progress,
) -> None:
    """Evaluate a draft again, with other options or against a library that has changed.

    Decisions stay, except that an accepted row which comes out differently is to be accepted anew.
    """
    async with unit_of_work(ctx) as uow:
        batch, government, profile = await draft_for(uow, batch_id, Permission.BATCH_DECIDE)
        given = options.given()
        if given.get("body"):
            names = await library.body_names(await uow.raw(), government, profile, batch.valid_from)
            if given["body"] not in names.numbers:
                raise InvalidInput(f"机构代码“{given['body']}”不属于{government.name}。", "请核对机构代码。")
        batch.options = {**batch.options, **given}
        await evaluate(uow, batch, facts_of(batch, government, profile), progress)
        told = {"options": given, "counts": batch.counts, "based_on": batch.based_on}
        await record.append(uow, f"batch:{batch_id}", "batch.evaluated", told)


async def decide(
    ctx: Context,
    batch_id: int,
    seqs: Sequence[int],
    decision: Decision,
    reason: str = "",
    mended: Mapping[str, str] | None = None,
) -> None:
    """Accept or reject rows, or take a decision back (""). ``mended`` fills in fields of the one row given.

    Rejecting needs a reason. Raises ``InvalidInput`` for rows that are not open to a decision and for rows that
    cannot be accepted, each with what stands in the way.
    """
    if decision == "rejected" and not reason.strip():
        problem = FieldProblem("reason", "EMPTY", "没有填写理由", "请写明为什么不采用")
        raise InvalidInput("不采用一行时需要填写理由。", "请写明为什么不采用。", (problem,))
    async with unit_of_work(ctx) as uow:
        batch, government, profile = await draft_for(uow, batch_id, Permission.BATCH_DECIDE)
        if mended:
            await _mend(uow, batch_id, seqs, mended)
            await evaluate(uow, batch, facts_of(batch, government, profile))
        rows = await _rows(uow, batch_id, seqs)
        for row in rows:
            if decision:
                await _check(uow, row, decision)
            row.decision, row.decision_reason = decision, reason.strip()
            row.decided_by = ctx.actor.account_id if decision else None
            row.decided_at = ctx.now if decision else None
            uow.session.add(row)
            await uow.session.flush()
        told = {"rows": sorted(seqs), "decision": decision, "reason": reason.strip(), "mended": dict(mended or {})}
        await record.append(uow, f"batch:{batch_id}", "batch.decided", told)


async def _rows(uow: UnitOfWork, batch_id: int, seqs: Sequence[int]) -> list[BatchRow]:
    wanted = select(BatchRow).where(col(BatchRow.batch_id) == batch_id, col(BatchRow.seq).in_(seqs))
    rows = list((await uow.session.exec(wanted.order_by(col(BatchRow.seq)))).all())
    if len(rows) != len(set(seqs)) or not rows:
        raise NotFound("批次中的行")
    # The evaluation has written with COPY and UPDATE behind the session's back.
    for row in rows:
        await uow.session.refresh(row)
    return rows


async def _check(uow: UnitOfWork, row: BatchRow, decision: Decision) -> None:
    """Raise when a row is not open to a decision, or cannot be accepted."""
    place = f"第 {row.seq} 条（{row.sheet} 第 {row.row} 行）"
    if row.fate not in DECIDABLE:
        raise InvalidInput(f"{place}不需要决定。", "只有新增、变更和待核对的行可以决定。")
    if decision == "rejected":
        return
    problems = [RowProblem.from_plain(one) for one in row.problems]
    blocking = [one for one in problems if one.severity in ("blocked", "refuse")]
    if row.fate == "attention" and (blocking or row.role != "item"):
        first = blocking[0] if blocking else RowProblem("", "unassigned", "内容没有归入任何事项")
        raise InvalidInput(
            f"{place}还不能采用：{first.message.rstrip('。')}。",
            first.advice or "请先补正，再采用。",
            tuple(FieldProblem(one.column, one.code.upper(), one.message, one.advice) for one in blocking),
        )
    connection = await uow.raw()
    other = await connection.fetchval(TAKEN, row.batch_id, row.scheme, row.code, row.seq)
    if row.code and other is not None:
        raise Conflict(f"{place}的编码 {row.code} 已由第 {other} 条使用。", f"请先不采用第 {other} 条，再采用本条。")


async def _mend(uow: UnitOfWork, batch_id: int, seqs: Sequence[int], mended: Mapping[str, str]) -> None:
    """Fill in fields of one row; what the list's reading found about these fields is settled by that."""
    unknown = sorted(set(mended) - set(MENDABLE))
    if unknown or len(seqs) != 1:
        raise InvalidInput(f"不能在审核中修改：{'、'.join(unknown) or '多行'}。", "请修改清单文件后重新提交。")
    (row,) = await _rows(uow, batch_id, seqs)
    if row.role != "item" or row.content is None:
        raise InvalidInput("这一行不是事项，不能补正。", "请修改清单文件后重新提交。")
    kept = {field: value.strip() for field, value in mended.items() if value.strip()}
    row.content = {**row.content, **kept}
    settled = {code for field in kept for code in SETTLES.get(field, ())}
    row.problems = [one for one in row.problems if one["code"] not in settled]
    row.name = str(row.content.get("name", ""))
    uow.session.add(row)
    await uow.session.flush()


# Which findings of the reading are settled when a field is filled in.
SETTLES: Mapping[str, tuple[str, ...]] = {
    "name": ("missing_name", "name_too_long"),
    "category": ("missing_category", "unknown_category", "category_conflict"),
    "body": ("missing_body",),
    "level": ("unknown_level", "several_levels"),
}


async def mark_for_cancellation(
    ctx: Context, batch_id: int, item_ids: Sequence[int], reason: str, basis: str = ""
) -> None:
    """Mark items that the list does not have any more: confirming the batch cancels them (never by itself).

    An empty sequence takes all marks back. A reason is needed.
    """
    if item_ids and not reason.strip():
        raise InvalidInput("标记取消需要填写理由。", "请写明取消的理由和依据。")
    async with unit_of_work(ctx) as uow:
        batch, _, _ = await draft_for(uow, batch_id, Permission.BATCH_DECIDE)
        marks = {str(item): {"reason": reason.strip(), "basis": basis.strip()} for item in item_ids}
        batch.options = {**batch.options, "cancel": {**batch.options["cancel"], **marks} if marks else {}}
        uow.session.add(batch)
        told = {"items": sorted(item_ids), "reason": reason.strip(), "basis": basis.strip()}
        await record.append(uow, f"batch:{batch_id}", "batch.cancellation_marked", told)


async def discard(ctx: Context, batch_id: int, reason: str) -> None:
    """Discard a draft; its rows stay readable. Discarding twice changes nothing; a reason is needed."""
    if not reason.strip():
        raise InvalidInput("作废批次需要填写理由。", "请写明作废的理由。")
    async with unit_of_work(ctx, unrecorded="discarding twice changes nothing") as uow:
        batch: Batch = await locked(uow, batch_id, Permission.BATCH_DISCARD)
        if batch.state == "discarded":
            return
        if batch.state == "confirmed":
            raise Conflict(f"批次 {batch_id} 已确认入库，不能作废。", "如有错误，请提交新的批次更正。")
        batch.state, batch.reason = "discarded", reason.strip()
        uow.session.add(batch)
        await record.append(uow, f"batch:{batch_id}", "batch.discarded", {"reason": reason.strip()})
