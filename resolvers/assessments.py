"""Assessment 绩效评估 (S7; 003-36(5), 003-43): scores are frozen with their ledgers, objected to, restated and published.

A score is never changed: what a decision takes back makes a further edition, with its reason, beside the first one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from domain.access import Permission, Target, allowed
from domain.assessments.scheme import Scheme, load_scheme
from domain.assessments.scored_periods import scored_period
from domain.assessments.scoring import Score, score, struck
from domain.periods import Period, quarter_of
from resolvers import assessments_store as store
from resolvers import record
from resolvers.calendar import load_calendar
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit, permit_or_hide
from resolvers.reading import Page, PageRequest, Read, Row, fetch_by_keys, fetch_page
from resolvers.reading.assessments import ENTRY, SCORE
from resolvers.reading.listings import Listing
from resolvers.supervision_alerts import bureau_of

LONGEST: Final = 2000
FIND: Final = "SELECT id, published_at, frozen_at FROM assessment WHERE government_id = $1 AND period = $2"
FREEZE: Final = """
INSERT INTO assessment (government_id, period, scheme_id, frozen_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id
"""
PUBLISH: Final = """
UPDATE assessment SET published_at = $3 WHERE government_id = $1 AND period = $2 AND published_at IS NULL RETURNING id
"""
GOVERNMENTS: Final = """
SELECT DISTINCT g.id FROM government g JOIN body b ON b.government_id = g.id AND 'supervision_bureau' = ANY(b.offices)
WHERE NOT EXISTS (SELECT FROM assessment a WHERE a.government_id = g.id AND a.period = $1) ORDER BY g.id
"""
PERIODS: Final = """
SELECT a.period, a.government_id, g.name AS government, a.frozen_at, a.published_at FROM assessment a
JOIN government g ON g.id = a.government_id WHERE ($1::boolean OR a.published_at IS NOT NULL)
ORDER BY a.period DESC, a.government_id LIMIT 200
"""
HOLD: Final = """
SELECT s.id, s.assessment_id, s.government_id, s.period, s.body_code, s.edition, s.total, s.grade, s.veto, s.recorded_at,
  a.frozen_at FROM assessment_score s JOIN assessment a ON a.id = s.assessment_id WHERE s.id = $1
"""
LATER: Final = "SELECT id FROM assessment_score WHERE assessment_id = $1 AND body_code = $2 AND edition > $3"
OBJECTION: Final = """
SELECT id, score_id, entries, reasons, filed_at, filed_by, due_on, state, decided_at, decided_by, decision
FROM score_objection WHERE score_id = $1
"""
FILE: Final = """
INSERT INTO score_objection (score_id, entries, reasons, filed_at, filed_by, due_on) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING RETURNING id
"""
DECIDE: Final = """
UPDATE score_objection SET state = $2, decided_at = $3, decided_by = $4, decision = $5 WHERE id = $1 AND state = 'filed'
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A body's score as lists show it; ``total`` is decimal text."""

    id: int
    assessment_id: int
    government_id: int
    government_name: str
    period: str
    body_code: str
    body_name: str
    edition: int
    total: str
    grade: str
    rank: int
    of_bodies: int
    veto: str
    reason: str
    recorded_at: datetime
    frozen_at: datetime
    published_at: datetime | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A line of a ledger."""

    id: int
    score_id: int
    no: int
    indicator: str
    points: str
    clause: str
    words: str
    rule_code: str
    stream: str
    alert_id: int | None
    matter_id: int | None
    matter_number: str | None
    measure: str | None
    post: str


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection of a body, and what was decided."""

    id: int
    score_id: int
    entries: tuple[int, ...]
    reasons: str
    filed_at: datetime
    filed_by: str
    due_on: date
    state: str
    decided_at: datetime | None
    decided_by: str
    decision: str


@dataclass(frozen=True, slots=True)
class ScoreView:
    """A score with its ledger, the scheme it was made by, and what was objected."""

    row: ScoreRow
    entries: tuple[EntryRow, ...]
    scheme: Scheme
    objection: Objection | None
    editions: tuple[ScoreRow, ...]
    history: tuple[ScoreRow, ...]
    object_until: date
    may_object: bool
    may_decide: bool


@dataclass(frozen=True, slots=True)
class FrozenPeriod:
    """A period that was scored."""

    period: str
    government_id: int
    government: str
    frozen_at: datetime
    published_at: datetime | None


ROW: Final = tuple(one.name for one in fields(ScoreRow))
LINE: Final = tuple(one.name for one in fields(EntryRow))


class PeriodNotOver(Conflict):
    """The period has not ended yet."""

    code = "PERIOD_NOT_OVER"


class TooLateToObject(Conflict):
    """The time for objections is over, or one was filed already."""

    code = "TOO_LATE_TO_OBJECT"


def government_of(ctx: Context) -> int:
    """Return the government whose bodies the actor scores. Raises ``NotPermitted`` or ``NotSignedIn`` where there is none."""
    government, _ = bureau_of(ctx)
    permit(ctx, Permission.SCORE_FREEZE, Target(government or None))
    return government


def must_head(ctx: Context) -> None:
    """Refuse whoever is the head of no body; of which one is asked for afterwards."""
    if not any(allowed(ctx.actor, Permission.SCORE_OBJECT, Target(body_code=one)) for one in ctx.actor.body_codes):
        permit(ctx, Permission.SCORE_OBJECT, Target())


def period_asked(code: str) -> Period:
    """Return a period by its code; raises ``InvalidInput``."""
    found = scored_period(code)
    if found is None:
        words, remedy = f"“{code}”不是有效的考核期。", "请按年、季度或者月填写，例如 2026、2026-Q3、2026-09。"
        raise InvalidInput(words, remedy, (FieldProblem("period", "NOT_A_PERIOD", words, remedy),))
    return found


async def freeze(ctx: Context, government: int, code: str) -> int:
    """Score the bodies of a government in a period that is over, once; returns how many. Again: nothing, 0.

    Raises ``PeriodNotOver``, ``InvalidInput`` and ``NotPermitted``.
    """
    permit(ctx, Permission.SCORE_FREEZE, Target(government))
    period = period_asked(code)
    if period.ends > ctx.now:
        raise PeriodNotOver("考核期还没有结束。", "请在考核期结束以后评分。")
    async with unit_of_work(ctx, unrecorded="a period that was scored before") as uow:
        scheme_id, scheme = await store.keep_scheme(uow)
        made: int | None = await (await uow.raw()).fetchval(FREEZE, government, code, scheme_id, ctx.now)
        if made is None:
            return 0
        found = await store.evidence_of(ctx, uow, government, period)
        for body, evidence in found.items():
            result = score(scheme, evidence)
            score_id = await store.add_score(uow, (made, government, code, body), 1, result)
            await _tell(uow, score_id, "score.frozen", body, {"period": code, "total": str(result.total)})
        told = {"period": code, "bodies": len(found), "scheme": f"{scheme.code} {scheme.version}"}
        await record.append(uow, f"assessment:{made}", "assessment.frozen", told)
        return len(found)


async def _tell(uow: UnitOfWork, score_id: int, kind: str, body: str, told: dict[str, Any]) -> None:
    await record.append(uow, f"score:{score_id}", kind, told, body_code=body)


async def freeze_due(ctx: Context) -> int:
    """Score every quarter and year whose time to put records in order is over; only for the system. Returns how many bodies."""
    permit(ctx, Permission.SCORE_FREEZE)
    calendar, count = await load_calendar(ctx), 0
    for period in (quarter_of(ctx.today).before, Period(ctx.today.year - 1)):
        if calendar.working_day_after(period.last, load_scheme().freeze_after) >= ctx.today:
            continue
        for row in await ctx.db.reads.fetch(GOVERNMENTS, period.code):
            count += await freeze(ctx, row["id"], period.code)
    return count


async def publish(ctx: Context, government: int, code: str) -> bool:
    """Publish the scores of a period; returns whether that was done now. Raises ``NotFound`` where there are none."""
    permit(ctx, Permission.SCORE_PUBLISH, Target(government))
    period_asked(code)
    async with unit_of_work(ctx, unrecorded="scores that were published before") as uow:
        connection = await uow.raw()
        if await connection.fetchrow(FIND, government, code) is None:
            raise NotFound("考核期")
        made = await connection.fetchval(PUBLISH, government, code, ctx.now)
        if made is not None:
            await record.append(uow, f"assessment:{made}", "assessment.published", {"period": code})
        return made is not None


async def object_to(ctx: Context, score_id: int, entries: Sequence[int], reasons: str) -> int:
    """File a body's objection to entries of its score; returns its id. The same again gives the same.

    Raises ``NotFound``, ``NotPermitted``, ``TooLateToObject`` and ``InvalidInput``.
    """
    async with unit_of_work(ctx, unrecorded="an objection that was filed before in the same words") as uow:
        connection = await uow.raw()
        held = await connection.fetchrow(HOLD, score_id)
        if held is None:
            raise NotFound("得分")
        target = Target(held["government_id"], held["body_code"])
        permit_or_hide(ctx, Permission.SCORE_READ, target, "得分")
        permit(ctx, Permission.SCORE_OBJECT, target)
        chosen = sorted(set(entries))
        known = len(await store.ledger(connection, score_id))
        _check_objection(chosen, known, reasons)
        before = await connection.fetchrow(OBJECTION, score_id)
        if before is not None:
            if (list(before["entries"]), before["reasons"]) == (chosen, reasons.strip()):
                return int(before["id"])
            raise TooLateToObject("这一得分已经提出过异议。", "请等待答复。")
        scheme, calendar = await store.scheme_of(connection, held["assessment_id"]), await load_calendar(ctx)
        if ctx.today > calendar.working_day_after(held["recorded_at"].date(), scheme.object_within):
            raise TooLateToObject("提出异议的期限已过。", "如确有错误，请向监察机构反映。")
        due = calendar.working_day_after(ctx.today, scheme.decide_within)
        made = await connection.fetchval(FILE, score_id, chosen, reasons.strip(), ctx.now, ctx.actor.name, due)
        if made is None:
            raise TooLateToObject("这一得分已经提出过异议。", "请等待答复。")
        told = {"entries": chosen, "reasons": reasons.strip(), "due_on": due.isoformat()}
        await _tell(uow, score_id, "score.objected", held["body_code"], told)
        return int(made)


def _check_objection(entries: Sequence[int], known: int, reasons: str) -> None:
    problems = []
    if not entries or any(not 1 <= one <= known for one in entries):
        problems.append(FieldProblem("entries", "MISSING", "没有选择有异议的扣分。", "请至少选择一项。"))
    if not reasons.strip() or len(reasons) > LONGEST:
        problems.append(FieldProblem("reasons", "MISSING", "没有写明理由，或者超过两千字。", "请写明理由。"))
    if problems:
        raise InvalidInput(problems[0].message, problems[0].remedy, tuple(problems))


async def decide(ctx: Context, score_id: int, *, upheld: bool, decision: str) -> int | None:
    """Decide an objection: upheld, the entries cost nothing any more and the score is restated; returns the new score's id.

    Raises ``NotFound``, ``NotPermitted``, ``InvalidInput``, and ``Conflict`` where it was decided otherwise before.
    """
    async with unit_of_work(ctx, unrecorded="an objection that was decided before in the same words") as uow:
        connection = await uow.raw()
        held = await connection.fetchrow(HOLD, score_id)
        objection = await connection.fetchrow(OBJECTION, score_id) if held is not None else None
        if held is None or objection is None:
            raise NotFound("异议")
        permit_or_hide(ctx, Permission.SCORE_READ, Target(held["government_id"], held["body_code"]), "异议")
        permit(ctx, Permission.SCORE_PUBLISH, Target(held["government_id"]))
        words, state = decision.strip(), "upheld" if upheld else "rejected"
        if not words or len(words) > LONGEST:
            problem = FieldProblem("decision", "MISSING", "没有写明理由，或者超过两千字。", "请写明理由。")
            raise InvalidInput(problem.message, problem.remedy, (problem,))
        if await connection.fetchval(DECIDE, objection["id"], state, ctx.now, ctx.actor.name, words) is None:
            if (objection["state"], objection["decision"]) == (state, words):
                later = await connection.fetchval(LATER, held["assessment_id"], held["body_code"], held["edition"])
                return None if later is None else int(later)
            raise Conflict("这一异议已经作出决定。", "请刷新后查看。")
        await _tell(uow, score_id, "score.decided", held["body_code"], {"state": state, "decision": words})
        if not upheld:
            return None
        scheme = await store.scheme_of(connection, held["assessment_id"])
        before = Score(held["total"], held["grade"], tuple(await store.ledger(connection, score_id)), held["veto"])
        restated = struck(scheme, before, objection["entries"], words)
        place = (held["assessment_id"], held["government_id"], held["period"], held["body_code"])
        made = await store.add_score(uow, place, held["edition"] + 1, restated, words)
        told = {"before": str(before.total), "total": str(restated.total), "reason": words}
        await _tell(uow, made, "score.restated", held["body_code"], told)
        return made


def listing(
    page: PageRequest = PageRequest(),
    period: str = "",
    body: str = "",
    government: int | None = None,
    *,
    published: bool = False,
) -> Listing:
    """Return the listing of scores as they stand, the best first."""
    asked: dict[str, Any] = {
        "current": True,
        "period": period,
        "body": body,
        "government": government,
        "published": published or None,
    }
    filters = {name: value for name, value in asked.items() if value not in ("", None)}
    return Listing(SCORE, Read(ROW, filters, "best" if period else "latest"), page)


async def list_scores(ctx: Context, page: PageRequest = PageRequest(), **asked: Any) -> Page[ScoreRow]:
    """Return a page of scores as they stand; whoever may see none finds those that are published."""
    found = listing(page, **asked)
    return (await fetch_page(ctx, found.entity, found.read, page)).map(_row)


def _row(row: Row) -> ScoreRow:
    return ScoreRow(**{name: row[name] for name in ROW})


async def periods(ctx: Context, *, published: bool = True) -> tuple[FrozenPeriod, ...]:
    """Return the periods that were scored, the latest first; ``published``: those alone that everybody may read."""
    rows = await ctx.db.reads.fetch(PERIODS, not published)
    return tuple(FrozenPeriod(**dict(row)) for row in rows)


async def score_view(ctx: Context, score_id: int) -> ScoreView:
    """Return a score with its ledger for the desk. Raises ``NotFound`` for what is not there or not the actor's to read."""
    found = await fetch_by_keys(ctx, SCORE, Read(ROW), [score_id])
    if score_id not in found:
        raise NotFound("得分")
    row = _row(found[score_id][0])
    target = Target(row.government_id, row.body_code)
    permit_or_hide(ctx, Permission.SCORE_READ, target, "得分")
    lines = await fetch_page(ctx, ENTRY, Read(LINE, {"score": score_id}, "no"), PageRequest(first=100))
    scheme = await store.scheme_of(ctx.db.reads, row.assessment_id)
    objection = await ctx.db.reads.fetchrow(OBJECTION, score_id)
    same = {"period": row.period, "body": row.body_code, "government": row.government_id}
    editions = await fetch_page(ctx, SCORE, Read(ROW, same, "latest"), PageRequest(first=20))
    before = {"body": row.body_code, "government": row.government_id, "current": True}
    history = await fetch_page(ctx, SCORE, Read(ROW, before, "latest"), PageRequest(first=12))
    until = (await load_calendar(ctx)).working_day_after(row.recorded_at.date(), scheme.object_within)
    filed = Objection(**{**dict(objection), "entries": tuple(objection["entries"])}) if objection else None
    open_now = filed is None and ctx.today <= until and row.is_current
    return ScoreView(
        row=row,
        entries=lines.map(_line).rows,
        scheme=scheme,
        objection=filed,
        editions=editions.map(_row).rows,
        history=history.map(_row).rows,
        object_until=until,
        may_object=open_now and bool(lines.rows) and allowed(ctx.actor, Permission.SCORE_OBJECT, target),
        may_decide=filed is not None
        and filed.state == "filed"
        and allowed(ctx.actor, Permission.SCORE_PUBLISH, target),
    )


def _line(row: Row) -> EntryRow:
    return EntryRow(**{name: row[name] for name in LINE})
