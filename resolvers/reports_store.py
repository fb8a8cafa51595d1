"""A report in a transaction: locked, judged by who may do what to it, moved on with its version and its event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from domain.access import Permission, Target
from domain.periods import Period, period_of
from domain.reports import KIND_NAMES, Content
from domain.values import canonical_json, digest
from resolvers import record
from resolvers.context import UnitOfWork
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit, permit_or_hide

HOLD: Final = """
SELECT r.id, r.kind, r.government_id, r.body_code, b.name AS body_name, r.period, r.state, r.edition, r.no,
  r.content::text AS content, r.note, r.due_on, r.missed_at, r.submitted_by, r.writers
FROM report r JOIN body b ON b.code = r.body_code WHERE r.id = $1 FOR UPDATE OF r
"""
MOVE: Final = """
UPDATE report SET state = $2, no = $3, content = $4::text::jsonb, note = $5, edition = $6, writers = $7, changed_at = $8
WHERE id = $1
"""
ADD: Final = """
INSERT INTO report_version (report_id, no, edition, act, content, digest, reason, act_key, by_name, recorded_at)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9, $10)
"""
DONE: Final = "SELECT no, act, digest FROM report_version WHERE report_id = $1 AND act_key = $2"
CURRENT: Final = "SELECT no, act, act_key FROM report_version WHERE report_id = $1 AND no = $2"


class ReportRights(NamedTuple):
    """What one needs to do something with a report of a kind."""

    read: Permission
    write: Permission
    submit: Permission
    accept: Permission


RIGHTS: Final[Mapping[str, ReportRights]] = {
    "annual_report": ReportRights(
        Permission.REPORT_READ, Permission.REPORT_WRITE, Permission.REPORT_SUBMIT, Permission.REPORT_ACCEPT
    ),
    "bulletin": ReportRights(
        Permission.BULLETIN_READ, Permission.BULLETIN_WRITE, Permission.BULLETIN_WRITE, Permission.BULLETIN_APPROVE
    ),
}


class ReportChanged(Conflict):
    """Somebody did something with the report since the form was made, or it is in another state."""

    code = "REPORT_CHANGED"

    def __init__(self) -> None:
        super().__init__("这份报告在此期间已有变化。", "请查看最新情况后重新办理；您填写的内容还在。")


class KeyOfAnother(Conflict):
    """An idempotency key that was used for something else."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self) -> None:
        super().__init__("同一提交编号已用于另一操作。", "请刷新后重新提交。")


@dataclass(frozen=True, slots=True)
class Held:
    """A report, locked for an act."""

    id: int
    kind: str
    government_id: int
    body_code: str
    body_name: str
    period_code: str
    state: str
    edition: int
    no: int
    content: Content
    note: str
    due_on: date | None
    missed_at: datetime | None
    submitted_by: UUID | None
    writers: tuple[UUID, ...]

    @property
    def target(self) -> Target:
        """Whom it is of."""
        return Target(self.government_id, self.body_code)

    @property
    def period(self) -> Period:
        """The period that it reports on."""
        found = period_of(self.period_code)
        if found is None:
            raise ValueError(f"no period: {self.period_code}")
        return found

    @property
    def about(self) -> str:
        """What its figures are of: the body of a yearly report, the whole government of a bulletin."""
        return self.body_code if self.kind == "annual_report" else ""

    @property
    def stream(self) -> str:
        """Where its acts are recorded."""
        return f"report:{self.id}"


async def hold(uow: UnitOfWork, report_id: int, right: str) -> Held:
    """Lock a report for an act (``write``, ``submit``, ``accept``).

    Raises ``NotFound`` for what is not there or not the actor's to see, and ``NotPermitted``.
    """
    row = await (await uow.raw()).fetchrow(HOLD, report_id)
    if row is None:
        raise NotFound("报告")
    held = _held(row)
    rights = RIGHTS[held.kind]
    permit_or_hide(uow.ctx, rights.read, held.target, "报告")
    permit(uow.ctx, getattr(rights, right), held.target)
    return held


def _held(row: asyncpg.Record) -> Held:
    values = dict(row) | {"content": Content.model_validate_json(row["content"]), "writers": tuple(row["writers"])}
    values["period_code"] = values.pop("period")
    return Held(**values)


@dataclass(frozen=True, slots=True)
class Move:
    """What an act makes of a report. ``act`` empty: something was written, which is no version of its own."""

    state: str
    content: Content
    note: str
    edition: int
    event: str
    act: str = ""
    reason: str = ""
    key: str = ""
    wrote: bool = False
    told: Mapping[str, Any] = field(default_factory=dict)


def text_of(content: Content) -> str:
    """Return what a report says as it is kept."""
    return canonical_json(content.model_dump(mode="json")).decode()


async def move(uow: UnitOfWork, held: Held, step: Move) -> int:
    """Write the new state, the version of an act, and the event; return the report's new number."""
    ctx, connection, number = uow.ctx, await uow.raw(), held.no + 1
    account = ctx.actor.account_id
    writers = list(held.writers)
    if step.wrote and account is not None and account not in writers:
        writers.append(account)
    if step.act == "accept":
        writers = []
    text, sealed = text_of(step.content), digest(step.content)
    await connection.execute(MOVE, held.id, step.state, number, text, step.note, step.edition, writers, ctx.now)
    if step.act:
        values = (step.edition, step.act, text, sealed, step.reason, step.key, ctx.actor.name, ctx.now)
        await connection.execute(ADD, held.id, number, *values)
    told = {
        "edition": step.edition,
        "kind": held.kind,
        "no": number,
        "period": held.period_code,
        "sha256": sealed.hex(),
    }
    await record.append(uow, held.stream, step.event, {**told, **step.told}, body_code=held.body_code)
    return number


async def done_before(uow: UnitOfWork, held: Held, act: str, seen: int, key: str) -> int:
    """Return the number under which this very act was done before, by its key or as the step after ``seen``; else 0.

    Raises ``KeyOfAnother`` for a key that was used for another act.
    """
    connection = await uow.raw()
    if key:
        row = await connection.fetchrow(DONE, held.id, key)
        if row is not None and row["act"] != act:
            raise KeyOfAnother
        return int(row["no"]) if row is not None else 0
    row = await connection.fetchrow(CURRENT, held.id, seen + 1) if held.no == seen + 1 else None
    return held.no if row is not None and row["act"] == act and row["act_key"] == "" else 0


def expect(held: Held, seen: int | None, *states: str) -> None:
    """Refuse an act on what is in another state, or was changed since it was seen."""
    if held.state not in states or (seen is not None and held.no != seen):
        raise ReportChanged


def invalid(problems: list[FieldProblem]) -> InvalidInput:
    """Return the refusal of what is wrong with a report."""
    return InvalidInput(problems[0].message, problems[0].remedy, tuple(problems))


def kind_name(kind: str) -> str:
    """Return what a kind of report is called."""
    return KIND_NAMES[kind]
