"""What no rule counts in a score (003-43; S7): proposed by one supervisor with its evidence, decided by another one.

Only what was confirmed before a period is scored comes into its ledger; afterwards there are objections.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from domain.access import Permission, Target, allowed
from domain.assessments.scheme import Indicator, load_scheme
from resolvers import record
from resolvers.assessments import period_asked
from resolvers.assessments_locking import is_open
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound, NotPermitted
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest, Read, fetch_page
from resolvers.reading.assessments import ITEM
from resolvers.reading.listings import Listing
from resolvers.supervision_alerts import bureau_of

LONGEST: Final = 500
PURPOSE: Final = "score-item"
HOLD: Final = "SELECT * FROM score_item WHERE id = $1 FOR UPDATE"
KNOWN: Final = "SELECT id FROM score_item WHERE opening = $1"
BODY: Final = "SELECT government_id FROM body WHERE code = $1"
SCORED: Final = "SELECT EXISTS (SELECT FROM assessment WHERE government_id = $1 AND period = $2)"
ADD: Final = """
INSERT INTO score_item (government_id, body_code, period, indicator, points, clause, words, evidence, proposer, proposed_by,
  proposed_at, opening) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id
"""
DECIDE: Final = """
UPDATE score_item SET state = $2, decider = $3, decided_by = $4, decided_at = $5, decision = $6 WHERE id = $1
"""


class ScoreItemMoved(Conflict):
    """The item was decided, or its period was scored, meanwhile."""

    code = "SCORE_ITEM_MOVED"


@dataclass(frozen=True, slots=True)
class ItemText:
    """What is proposed; ``points`` as text, never negative."""

    key: str
    body: str
    period: str
    indicator: str
    points: str
    words: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as the desk lists it."""

    id: int
    government_id: int
    body_code: str
    body_name: str
    period: str
    indicator: str
    points: str
    clause: str
    words: str
    evidence: str
    state: str
    proposer: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision: str


ROW: Final = tuple(one.name for one in fields(ItemRow))


def indicators() -> tuple[Indicator, ...]:
    """Return the indicators that take such items."""
    return tuple(one for one in load_scheme().indicators if one.source == "manual")


def listing(page: PageRequest = PageRequest(), **asked: Any) -> Listing:
    """Return the listing of items by ``period``, ``body``, ``state`` and ``government``, those to be decided first."""
    filters = {name: value for name, value in asked.items() if value not in ("", None)}
    return Listing(ITEM, Read(ROW, filters, "pending"), page)


async def items(ctx: Context, page: PageRequest = PageRequest()) -> Page[ItemRow]:
    """Return a page of the items of the actor's own government, those to be decided first.

    Raises ``NotPermitted`` and ``NotSignedIn``.
    """
    government = bureau_of(ctx)[0]
    permit(ctx, Permission.SCORE_FREEZE, Target(government or None))
    found = listing(page, government=government)
    return (await fetch_page(ctx, found.entity, found.read, page)).map(lambda row: ItemRow(**{n: row[n] for n in ROW}))


async def propose(ctx: Context, text: ItemText) -> int:
    """Propose an item; returns its id. The same key gives the same one. Raises ``InvalidInput`` and ``ScoreItemMoved``."""
    government = bureau_of(ctx)[0]
    permit(ctx, Permission.SCORE_FREEZE, Target(government or None))
    chosen, points = _checked(text)
    period = period_asked(text.period).code
    opening = ctx.keys.keyed_hash(PURPOSE, f"{ctx.actor.account_id}|{text.key}")
    async with unit_of_work(ctx, unrecorded="an item of a score that was proposed before under its key") as uow:
        connection = await uow.raw()
        if (known := await connection.fetchval(KNOWN, opening)) is not None:
            return int(known)
        if await connection.fetchval(BODY, text.body) != government:
            raise _wrong("body", "请选择本级政府的机关。")
        await _not_scored(uow, government, period)
        values = (government, text.body, period, chosen.code, points, chosen.clause, text.words.strip())
        who = (text.evidence.strip(), str(ctx.actor.account_id or ""), ctx.actor.name, ctx.now, opening)
        made: int = await connection.fetchval(ADD, *values, *who)
        told = {"body": text.body, "period": period, "indicator": chosen.code, "points": str(points)}
        await record.append(uow, f"score_item:{made}", "score_item.proposed", told, body_code=text.body)
        return made


async def decide(ctx: Context, number: int, *, confirmed: bool, decision: str) -> None:
    """Confirm or reject an item of somebody else; the same again changes nothing.

    Raises ``NotFound``, ``NotPermitted`` for one's own, ``InvalidInput`` and ``ScoreItemMoved``.
    """
    state, words = "confirmed" if confirmed else "rejected", decision.strip()
    async with unit_of_work(ctx, unrecorded="an item of a score that was decided before in the same words") as uow:
        connection = await uow.raw()
        held = await connection.fetchrow(HOLD, number)
        if held is None or not allowed(ctx.actor, Permission.SCORE_FREEZE, Target(held["government_id"])):
            raise NotFound("评分事项")
        if (held["state"], held["decision"]) == (state, words):
            return
        if held["state"] != "proposed":
            raise ScoreItemMoved("这一事项已经核定。", "请刷新后查看。")
        if held["proposer"] == str(ctx.actor.account_id or ""):
            raise NotPermitted("评分事项由提出人以外的监察人员核定。", "请由另一名监察人员核定。")
        if not words or len(words) > LONGEST:
            raise _wrong("decision", "没有写明核定的理由，或者超过五百字。")
        await _not_scored(uow, held["government_id"], held["period"])
        who = (str(ctx.actor.account_id or ""), ctx.actor.name, ctx.now, words)
        await connection.execute(DECIDE, number, state, *who)
        told = {"state": state, "decision": words}
        await record.append(uow, f"score_item:{number}", "score_item.decided", told, body_code=held["body_code"])


async def _not_scored(uow: UnitOfWork, government: int, period: str) -> None:
    """Refuse what would come too late for a score, and see to it that scoring begins after this unit of work has ended."""
    if not await is_open(uow, government, period):
        raise ScoreItemMoved("这一考核期正在评定。", "请稍后刷新；没有评定成功的，可以重新提交。")
    if await (await uow.raw()).fetchval(SCORED, government, period):
        raise ScoreItemMoved("这一考核期已经评定。", "对已评定的得分，请按异议程序处理。")


def _wrong(path: str, words: str) -> InvalidInput:
    return InvalidInput(words, "请改正后重试。", (FieldProblem(path, "WRONG", words, "请改正后重试。"),))


def _checked(text: ItemText) -> tuple[Indicator, Decimal]:
    """Return the indicator and the points of an item; raises ``InvalidInput`` with everything that is wrong."""
    chosen = next((one for one in indicators() if one.code == text.indicator), None)
    try:
        points = round(Decimal(text.points), 2)
    except InvalidOperation:
        points = Decimal(0)
    most = chosen.most if chosen is not None else Decimal(0)
    right = (
        ("indicator", chosen is not None, "没有选择加分还是扣分。"),
        ("points", points.is_finite() and 0 < points <= most, f"分值应当大于零，不超过{most.normalize():f}。"),
        ("words", bool(text.words.strip()) and len(text.words) <= LONGEST, "没有写明事由，或者超过五百字。"),
        ("evidence", bool(text.evidence.strip()) and len(text.evidence) <= LONGEST, "没有写明证据，或者超过五百字。"),
        ("key", bool(text.key.strip()), "没有提交编号。"),
    )
    found = tuple(FieldProblem(path, "WRONG", words, "请改正后重试。") for path, holds, words in right if not holds)
    if found or chosen is None:
        raise InvalidInput(found[0].message, found[0].remedy, found)
    return chosen, points
