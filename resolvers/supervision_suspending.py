"""Applying to suspend an item that nobody asks for (003-18; L12): a draft batch of one row, with the item as the library holds it.

The body applies, from the alert that found the silence; the keeper of the list reviews and confirms, as with every other batch,
and nothing changes before (003-20, 003-24). The alert keeps which batch came of it.
"""

import json
import tempfile
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import asyncpg

from domain.access import Permission, Target, allowed
from domain.powers import PowerContent
from domain.values import canonical_json, document
from resolvers import record
from resolvers.batches_proposing import propose_within
from resolvers.batches_values import Proposal, SourceFile
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit
from resolvers.powers import power
from resolvers.supervision_proposals import proposal
from resolvers.supervision_reading import AlertRow, alert

LONGEST: Final = 500
STANDING: Final = ("draft", "confirmed")
"""States of a batch in which it is no use to apply again."""

HOLD: Final = """
SELECT a.seq, a.body_code, g.division_code, b.id AS batch, b.state FROM alert a JOIN government g ON g.id = a.government_id
LEFT JOIN batch b ON b.id = a.batch_id WHERE a.id = $1 FOR UPDATE OF a
"""
KEEP: Final = "UPDATE alert SET batch_id = $2, seq = seq + 1, changed_at = $3 WHERE id = $1"
READ: Final = "SELECT fate, problems::text FROM batch_row WHERE batch_id = $1"
APPLIED: Final = """
SELECT b.id, b.government_id, b.state, b.reason, b.valid_from, b.created_at FROM alert a JOIN batch b ON b.id = a.batch_id
WHERE a.id = $1
"""


class NothingToSuspend(Conflict):
    """The alert is not about an item that could be suspended, or the item is not in use any more."""

    code = "NOTHING_TO_SUSPEND"


@dataclass(frozen=True, slots=True)
class Application:
    """An application as the page of its alert shows it; ``stands``: nobody applies again, ``may_open``: the actor reads it."""

    batch: int
    state: str
    stands: bool
    reason: str
    valid_from: date
    applied_at: datetime
    may_open: bool


async def application(ctx: Context, row: AlertRow) -> Application | None:
    """Return the latest application that came of an alert which the actor was shown."""
    found = await ctx.db.reads.fetchrow(APPLIED, row.id)
    if found is None:
        return None
    may_open = allowed(ctx.actor, Permission.BATCH_READ, Target(found["government_id"]))
    told = (found["reason"], found["valid_from"], found["created_at"])
    return Application(found["id"], found["state"], found["state"] in STANDING, *told, may_open)


def may_apply(ctx: Context, row: AlertRow) -> bool:
    """Say whether the actor may apply for the body that an alert is about."""
    return allowed(ctx.actor, Permission.BATCH_APPLY, Target(row.government_id, row.body_code))


async def apply_to_suspend(ctx: Context, alert_id: int, reason: str, valid_from: date | None) -> int:
    """Apply to suspend the item of an alert from a day on; returns the batch. One that waits or was confirmed is the answer.

    Raises ``NotFound``, ``NotPermitted``, ``NothingToSuspend`` and ``InvalidInput``.
    """
    row = (await alert(ctx, alert_id)).row
    permit(ctx, Permission.BATCH_APPLY, Target(row.government_id, row.body_code))
    proposed = await proposal(ctx, row)
    if proposed is None or not proposed.application:
        raise NothingToSuspend("这条预警没有需要申请暂停的事项。", "请刷新后核对预警的状态。")
    words, since = _checked(ctx, reason, valid_from)
    item = (await power(ctx, row.item_code)).content
    if item.status != "in_use":
        raise NothingToSuspend("这一事项已经不在行使。", "请刷新后查看事项的状态。")
    suspended = item.model_copy(update={"status": "suspended", "status_reason": words})
    async with unit_of_work(ctx, unrecorded="an application to suspend that stands already") as uow:
        held = await (await uow.raw()).fetchrow(HOLD, alert_id)
        if held is None:
            raise NotFound("预警")
        if held["state"] in STANDING:
            return int(held["batch"])
        asked = Proposal(
            government=held["division_code"],
            valid_from=since,
            body=row.body_code,
            title=f"申请暂停行使“{item.name}”（第 {alert_id} 号预警）",
            reason=words,
            kind="adjustment",
        )
        return await _apply(uow, held, alert_id, asked, suspended)


def _checked(ctx: Context, reason: str, valid_from: date | None) -> tuple[str, date]:
    problems = []
    if not reason.strip() or len(reason) > LONGEST:
        problems.append(
            FieldProblem("why", "MISSING", "没有写明原因，或者超过五百字。", "请写明为什么暂停、什么时候恢复。")
        )
    if valid_from is None or valid_from < ctx.today:
        problems.append(
            FieldProblem("from", "NOT_A_DAY", "没有填写暂停的日期，或者早于今天。", "请填写今天或者以后的日期。")
        )
    if problems or valid_from is None:
        raise InvalidInput(problems[0].message, problems[0].remedy, tuple(problems))
    return reason.strip(), valid_from


async def _apply(uow: UnitOfWork, held: asyncpg.Record, alert_id: int, asked: Proposal, item: PowerContent) -> int:
    """Propose the item in its own words, which are read back exactly, and note the batch with the alert."""
    connection, ctx = await uow.raw(), uow.ctx
    with tempfile.TemporaryDirectory(prefix="yangguang-suspension-") as folder:
        path = Path(folder) / f"alert-{alert_id}.jsonl"
        path.write_bytes(canonical_json(document(item)) + b"\n")
        batch = await propose_within(uow, asked, [SourceFile(path.name, path)], permission=Permission.BATCH_APPLY)
    (row,) = await connection.fetch(READ, batch)
    if row["fate"] in ("refused", "identical"):
        problem = next((one for one in json.loads(row["problems"]) if one["severity"] == "refuse"), None)
        words = f"：{problem['message']}。" if problem else "。"
        raise NothingToSuspend(f"这一事项按现在的内容不能提交{words}", "请先与清单管理机构联系，补正事项的内容。")
    await connection.execute(KEEP, alert_id, batch, ctx.now)
    stream, told = f"alert:{alert_id}", {"batch": str(batch)}
    await record.append(uow, stream, "alert.applied", told, body_code=held["body_code"])
    return batch
