"""Opening who filed: asked for by whoever handles, countersigned by whoever supervises, read once, each an event (H5).

The supervisor's code takes the outer seal off, the handler's code the inner one; neither is kept, and the plain text is
given once and never written. How often somebody opens is counted: more than the rules expect in a day is an event that
the supervisor sees.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar

from domain.access import Permission, Target
from resolvers import complaints_store as store
from resolvers import record
from resolvers.complaints_acting import hold_to_read, wrong
from resolvers.complaints_sealing import inner_off, outer_off
from resolvers.complaints_store import Held
from resolvers.complaints_values import OpeningView
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, NotFound, NotPermitted
from resolvers.keys import CannotOpen
from resolvers.permits import permit

T = TypeVar("T")

GOOD_FOR: Final = timedelta(hours=24)
"""So long after the countersignature an identity may be read; then it has to be asked for again."""

SEALED: Final = "SELECT identity_sealed, identity_keys FROM complaint WHERE id = $1"
ASK: Final = (
    "INSERT INTO complaint_opening (complaint_id, purpose, account_id, at) VALUES ($1, $2, $3, $4) RETURNING id"
)
LIST: Final = """
SELECT o.id, o.purpose, o.account_id, a.name AS asked_by, o.at, s.at AS signed_at, b.name AS signed_by, r.at AS opened_at,
  s.half_sealed
FROM complaint_opening o JOIN account a ON a.id = o.account_id
LEFT JOIN complaint_opening_step s ON s.opening_id = o.id AND s.step = 'countersigned'
LEFT JOIN account b ON b.id = s.account_id
LEFT JOIN complaint_opening_step r ON r.opening_id = o.id AND r.step = 'opened'
WHERE o.complaint_id = $1 ORDER BY o.id DESC
"""
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
STEP: Final = """
INSERT INTO complaint_opening_step (opening_id, step, account_id, half_sealed, at) VALUES ($1, $2, $3, $4, $5)
"""
TODAY: Final = """
SELECT count(*) FROM complaint_opening_step s WHERE s.step = 'opened' AND s.account_id = $1 AND s.at > $2
"""


async def openings(ctx: Context, complaint_id: int) -> tuple[OpeningView, ...]:
    """Return who asked to know who filed, the newest first; the caller has checked that the actor may read."""
    rows = await ctx.db.reads.fetch(LIST, complaint_id)
    return tuple(
        OpeningView(
            id=row["id"],
            purpose=_purpose(ctx, row["purpose"]),
            asked_by=row["asked_by"],
            asked_at=row["at"],
            countersigned_by=row["signed_by"] or "",
            opened_at=row["opened_at"],
            mine=row["account_id"] == ctx.actor.account_id,
            countersigned=_good(ctx, row),
        )
        for row in rows
    )


def _purpose(ctx: Context, code: str) -> str:
    found = ctx.profile.complaints.purpose(code)
    return found.name if found else code


def _good(ctx: Context, row: Any) -> bool:
    return row["signed_at"] is not None and row["opened_at"] is None and ctx.now - row["signed_at"] <= GOOD_FOR


async def ask(ctx: Context, complaint_id: int, purpose: str) -> int:
    """Ask to know who filed, for a purpose of the list. Raises ``NotFound``, ``NotPermitted``, ``InvalidInput``, ``Conflict``."""
    held = await hold_to_read(ctx, complaint_id)
    permit(ctx, Permission.COMPLAINT_REVEAL, Target(held.government_id, held.body_code))
    if ctx.profile.complaints.purpose(purpose) is None:
        raise wrong("purpose", "没有选择用途。", "请选择。")
    await _identity(ctx, held)
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        asked = await connection.fetchval(ASK, complaint_id, purpose, ctx.actor.account_id, ctx.now)
        await _tell(uow, held, "complaint.opening_asked", {"opening": asked, "purpose": purpose})
    return int(asked)


async def _identity(ctx: Context, held: Held) -> tuple[bytes, str]:
    row = await ctx.db.reads.fetchrow(SEALED, held.complaint_id)
    if row is None or row["identity_sealed"] is None:
        raise Conflict("这一件是匿名提出的，没有身份信息。", "可以在件内给提出人发消息。")
    return row["identity_sealed"], row["identity_keys"]


async def countersign(ctx: Context, complaint_id: int, opening_id: int, code: str) -> None:
    """Take the outer seal off for somebody else's request, with the supervisor's code.

    Raises ``NotFound``, ``NotPermitted`` (also to whoever asked), ``InvalidInput`` for a wrong code, ``Conflict``.
    """
    held = await hold_to_read(ctx, complaint_id)
    permit(ctx, Permission.COMPLAINT_COUNTERSIGN, Target(held.government_id, held.body_code))
    sealed, names = await _identity(ctx, held)
    async with unit_of_work(ctx) as uow:
        row = await _opening(uow, complaint_id, opening_id)
        if row["account_id"] == ctx.actor.account_id:
            raise NotPermitted("自己的申请不能由自己会签。", "请由监察机构的其他人员会签。")
        if row["signed_at"] is not None:
            raise Conflict("已经会签。", "请由申请人开启。")
        half = _with_code(lambda: outer_off(held.number, names, sealed, code))
        await (await uow.raw()).execute(STEP, opening_id, "countersigned", ctx.actor.account_id, half, ctx.now)
        await _tell(uow, held, "complaint.opening_countersigned", {"opening": opening_id})


async def read(ctx: Context, complaint_id: int, opening_id: int, code: str) -> Mapping[str, str]:
    """Return who filed, once, to whoever asked, with the handler's code; the event is committed before it is given.

    Raises ``NotFound``, ``NotPermitted``, ``InvalidInput`` for a wrong code, ``Conflict`` before the countersignature,
    after its day, and the second time.
    """
    held = await hold_to_read(ctx, complaint_id)
    permit(ctx, Permission.COMPLAINT_REVEAL, Target(held.government_id, held.body_code))
    _, names = await _identity(ctx, held)
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        row = await _opening(uow, complaint_id, opening_id)
        if row["account_id"] != ctx.actor.account_id:
            raise NotPermitted("只有申请人本人可以开启。", "请自己提出申请。")
        if not _good(ctx, row):
            raise Conflict("还没有会签、已经开启过，或者会签已经过期。", "请重新申请。")
        found = _with_code(lambda: inner_off(held.number, names, row["half_sealed"], code))
        await connection.execute(STEP, opening_id, "opened", ctx.actor.account_id, None, ctx.now)
        count = int(await connection.fetchval(TODAY, ctx.actor.account_id, ctx.now - timedelta(days=1)))
        await _tell(
            uow, held, "complaint.opened", {"opening": opening_id, "purpose": row["purpose"], "in_a_day": count}
        )
        if count > ctx.profile.complaints.openings_a_day:
            await _tell(uow, held, "complaint.many_openings", {"in_a_day": count})
    return found


async def _opening(uow: UnitOfWork, complaint_id: int, opening_id: int) -> Any:
    connection = await uow.raw()
    await connection.execute(LOCK, f"complaint_opening:{opening_id}")
    rows = await connection.fetch(LIST, complaint_id)
    row = next((one for one in rows if one["id"] == opening_id), None)
    if row is None:
        raise NotFound("申请")
    return row


def _with_code(work: Callable[[], T]) -> T:
    try:
        return work()
    except CannotOpen as error:
        raise wrong("code", "开启码不正确，或者不是封存这一件的那一把。", "请核对开启码。") from error


async def _tell(uow: UnitOfWork, held: Held, kind: str, told: dict[str, Any]) -> None:
    await record.append(uow, store.case_stream(held.complaint_id), kind, told, body_code=held.body_code)
