"""Confirming a batch: the only way by which a list enters the library (L8; 003-20, 003-24).

Fates are found anew under the library's lock. If anything is no longer what was reviewed, nothing happens and the
answer says what changed. The second confirmation of a batch changes nothing and gives the first one's answer.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from sqlmodel import col, func, select

from domain.access import Permission
from domain.powers import PowerContent
from domain.tables.batches import Batch
from domain.tables.powers import PowerVersion
from domain.values import canonical_json, document
from resolvers import batches_library as held
from resolvers import library, record
from resolvers.batches_evaluation import BatchFacts, Evaluation, Judged
from resolvers.batches_proposing import STATE_NAMES, facts_of, locked, profile_of
from resolvers.batches_values import (
    STEP_RECORD,
    Confirmation,
    Moved,
    NewBodyProposal,
    Progress,
    no_progress,
)
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem
from resolvers.library import Change
from resolvers.organisation import NewBody, add_body

MOST_MOVED = 20
# How the status before and after names the kind of a change (A1).
CHANGE_BY_STATUS: Mapping[tuple[str, str], str] = {
    ("in_use", "suspended"): "suspend",
    ("suspended", "in_use"): "resume",
    ("cancelled", "in_use"): "resume",
    ("in_use", "cancelled"): "cancel",
    ("suspended", "cancelled"): "cancel",
}
TO_CANCEL = """
SELECT v.content::text AS content, v.item_id FROM power_period p JOIN power_version v ON v.id = p.version_id
JOIN power_item i ON i.id = p.item_id
WHERE p.item_id = ANY($1::bigint[]) AND i.government_id = $2 AND upper_inf(p.recorded) AND p.valid @> $3::date
  AND v.status <> 'cancelled'
  AND NOT EXISTS (SELECT FROM batch_row r WHERE r.batch_id = $4 AND r.item_id = p.item_id)
ORDER BY v.code
"""


class BatchMoved(Conflict):
    """The library changed after the batch was reviewed; ``moved`` are the rows that came out differently."""

    code = "BATCH_MOVED"

    def __init__(self, batch_id: int, moved: tuple[Moved, ...], count: int) -> None:
        problems = tuple(
            FieldProblem(f"rows.{one.seq}", "MOVED", f"第 {one.seq} 条“{one.name}”：原为{one.before}，现为{one.after}")
            for one in moved
        )
        super().__init__(
            f"批次 {batch_id} 审核之后，权力库已有变化，{count} 条的结果与审核时不同，本次没有入库。",
            "请重新比对，核对有变化的行后再确认。",
            problems,
        )
        self.moved = moved


@dataclass(slots=True)
class _Gathered:
    """What a confirmation has found: changes on disk, rows that moved, what stays out."""

    spool: IO[str]
    changes: int = 0
    left_out: int = 0
    moved_count: int = 0
    moved: list[Moved] = field(default_factory=list)


async def confirm(ctx: Context, batch_id: int, progress: Progress = no_progress) -> Confirmation:
    """Take a draft over into the library. Refused and undecided rows stay out.

    Raises ``BatchMoved`` when the library changed what was reviewed, ``Conflict`` for a discarded batch,
    ``NotFound`` and ``NotPermitted``.
    """
    async with unit_of_work(ctx, unrecorded="a repeated confirmation changes nothing") as uow:
        batch = await locked(uow, batch_id, Permission.BATCH_CONFIRM)
        if batch.state == "confirmed":
            return await _repeated(uow, batch)
        if batch.state != "draft":
            raise Conflict(f"批次 {batch_id} 已{STATE_NAMES[batch.state]}，不能确认。", "请重新提交清单文件。")
        revision = await library.lock(uow)
        profile = profile_of(ctx, batch.profile)
        government = await held.government_by_id(await uow.raw(), batch.government_id)
        facts = facts_of(batch, government, profile)
        with tempfile.TemporaryFile("w+", encoding="utf-8", prefix="yangguang-batch-") as spool:
            gathered = _Gathered(spool)
            bodies = await _gather(uow, facts, gathered, progress)
            if gathered.moved_count:
                raise BatchMoved(batch_id, tuple(gathered.moved), gathered.moved_count)
            await _gather_cancelled(uow, batch, facts, gathered)
            for body in bodies:
                await _enter_body(uow, government.id, body)
            recorded = library.Recorded(0, revision)
            if gathered.changes:
                progress(STEP_RECORD, 0, gathered.changes)
                reason = batch.reason or batch.title
                recorded = await library.record_changes(uow, batch_id, _changes(gathered, facts, reason, batch.kind))
                progress(STEP_RECORD, gathered.changes, gathered.changes)
        _close(uow, batch, recorded.revision)
        answer = Confirmation(batch_id, recorded.revision, recorded.versions, len(bodies), gathered.left_out)
        await _tell(uow, batch, answer)
        return answer


async def _repeated(uow: UnitOfWork, batch: Batch) -> Confirmation:
    """Return the answer that the first confirmation gave."""
    counted = select(func.count()).select_from(PowerVersion).where(col(PowerVersion.batch_id) == batch.id)
    versions = int((await uow.session.exec(counted)).one())
    done: Mapping[str, Any] = batch.options.get("confirmed", {})
    return Confirmation(
        batch.id or 0, batch.revision or 0, versions, done.get("bodies", 0), done.get("left_out", 0), repeated=True
    )


async def _gather(
    uow: UnitOfWork, facts: BatchFacts, gathered: _Gathered, progress: Progress
) -> tuple[NewBodyProposal, ...]:
    """Judge every row again; write what enters to the spool, and note what came out differently."""
    evaluation = Evaluation(await uow.raw(), facts, progress)
    await evaluation.prepare()
    used: set[str] = set()
    async for chunk in evaluation.judged():
        for judged in chunk:
            if (moved := _moved(judged)) is not None:
                gathered.moved_count += 1
                gathered.moved += [moved] if len(gathered.moved) < MOST_MOVED else []
            elif judged.enters and judged.judgement.content is not None:
                used.add(judged.judgement.content.body)
                _spool(gathered, judged.judgement.content, _kind(judged))
            elif judged.judgement.fate != "identical":
                gathered.left_out += 1
    return tuple(body for body in evaluation.new_bodies if facts.create_bodies and body.code in used)


def _moved(judged: Judged) -> Moved | None:
    """Tell whether a row is no longer what was reviewed."""
    row, now = judged.row, judged.judgement
    if row.decision == "rejected":
        return None
    same_fate = (row.fate, row.outcome) == (now.fate, now.outcome)
    same_item = row.code == judged.assigned.code and (row.version_id == judged.version_id or now.fate == "identical")
    if same_fate and (same_item or now.fate == "refused"):
        return None
    before = f"{FATE_NAMES[row.fate]}（{row.code}）" if row.code else FATE_NAMES[row.fate]
    after = f"{FATE_NAMES[now.fate]}（{judged.assigned.code}）" if judged.assigned.code else FATE_NAMES[now.fate]
    if before == after:
        after += "，但库中的当前版本已经不同"
    return Moved(row.seq, str(row.said.get("name", "")), before, after)


FATE_NAMES: Mapping[str, str] = {
    "new": "新增",
    "changed": "变更",
    "identical": "一致",
    "refused": "不予收录",
    "attention": "待核对",
    "continuation": "续行",
    "passed_over": "非事项行",
}


def _kind(judged: Judged) -> str:
    """Return the kind of change that a row is."""
    judgement = judged.judgement
    if judgement.outcome == "new" or judgement.content is None:
        return "add"
    return CHANGE_BY_STATUS.get((judgement.status_before, judgement.content.status), "modify")


def _spool(gathered: _Gathered, content: PowerContent, kind: str, reason: str = "") -> None:
    gathered.changes += 1
    line = {"kind": kind, "reason": reason, "content": document(content)}
    gathered.spool.write(canonical_json(line).decode() + "\n")


async def _gather_cancelled(uow: UnitOfWork, batch: Batch, facts: BatchFacts, gathered: _Gathered) -> None:
    """Add the cancellations that somebody marked; an item that is cancelled already, or in the list, is left alone."""
    marks: Mapping[str, Mapping[str, str]] = batch.options.get("cancel", {})
    if not marks:
        return
    connection = await uow.raw()
    wanted = [int(item) for item in marks]
    for row in await connection.fetch(TO_CANCEL, wanted, facts.government.id, facts.valid_from, facts.id):
        mark = marks[str(row["item_id"])]
        content = PowerContent.model_validate_json(row["content"]).model_copy(
            update={"status": "cancelled", "status_reason": mark["reason"], "status_basis": mark["basis"]}
        )
        _spool(gathered, content, "cancel", mark["reason"])


def _changes(gathered: _Gathered, facts: BatchFacts, reason: str, batch_kind: str) -> Iterator[Change]:
    """Yield what was written to the spool; what a correction modifies, it corrects."""
    gathered.spool.seek(0)
    for line in gathered.spool:
        plain = json.loads(line)
        content = PowerContent.model_validate(plain["content"])
        kind = "correct" if (batch_kind, plain["kind"]) == ("correction", "modify") else plain["kind"]
        yield Change(facts.government.id, content, kind, facts.valid_from, plain["reason"] or reason)


async def _enter_body(uow: UnitOfWork, government_id: int, body: NewBodyProposal) -> None:
    await add_body(
        uow,
        NewBody(government_id=government_id, code=body.code, number=body.number, name=body.name, aliases=body.aliases),
    )


def _close(uow: UnitOfWork, batch: Batch, revision: int) -> None:
    batch.state = "confirmed"
    batch.confirmed_at = uow.ctx.now
    batch.confirmed_by = uow.ctx.actor.account_id
    batch.revision = revision
    uow.session.add(batch)


async def _tell(uow: UnitOfWork, batch: Batch, answer: Confirmation) -> None:
    """Record who confirmed what, from which file, with what result."""
    batch.options = {**batch.options, "confirmed": {"bodies": answer.bodies, "left_out": answer.left_out}}
    told = {
        "source": batch.source_name,
        "sha256": batch.source_sha256,
        "revision": answer.revision,
        "versions": answer.versions,
        "bodies": answer.bodies,
        "left_out": answer.left_out,
        "valid_from": batch.valid_from.isoformat(),
    }
    await record.append(uow, f"batch:{batch.id}", "batch.confirmed", told)
