"""Supervised handling 督办 (003-36(6), 003-40..42): opened from alerts, a complaint or one's own knowledge; found by a finding.

A supervision case is a matter that runs by `domain/procedures/supervision-case.toml`; its steps are acted upon like those of
every other. What is particular stands here: how it is opened, and that a finding names its violation and whose it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import asyncpg

from domain.access import Permission, Target, allowed
from domain.engine.deciding import decide
from domain.engine.matter import BLANK, fold
from domain.engine.parts import Doer
from domain.engine.refusals import ActRefused
from domain.supervision.undertaking import UNDERTAKER
from domain.supervision.violations import Responsible, load_violations
from resolvers import matters_books as books
from resolvers import matters_store as store
from resolvers.calendar import load_calendar
from resolvers.context import LOCAL, Context, UnitOfWork, unit_of_work
from resolvers.errors import FieldProblem, InvalidInput, NotFound
from resolvers.matters_acting import act
from resolvers.matters_books import Basis
from resolvers.matters_judging import done_of, parse
from resolvers.matters_opening import DRAW, KEY, TAKEN, code_of, hash_of, opening_hash, scope_of
from resolvers.matters_refusals import KeyReused, refusal_of
from resolvers.matters_store import Birth, Held
from resolvers.matters_values import ActDone
from resolvers.permits import permit
from resolvers.retrying import queued, retried
from resolvers.supervision_alerts import HeldAlert, bureau_of, hold, take_up

PROCEDURE: Final = "supervision-case"
KIND: Final = "supervision_case"
RECTIFY: Final = "rectify"
LETTERS: Final = "DB"
LONGEST: Final = 4000
LONGEST_TITLE: Final = 100
DAYS_AHEAD: Final = 366
FIND: Final = "SELECT id FROM matter WHERE opening = $1"
# 003-39: the bodies of one's own government, and the supervision bureaus of the governments below.
_UNDERTAKE: Final = """
b.valid @> $3::date AND b.code <> $2 AND (b.government_id = $1 OR ('supervision_bureau' = ANY(b.offices)
  AND b.government_id IN (SELECT g.id FROM government g WHERE g.parent_id = $1)))
"""
BODY: Final = f"SELECT b.name FROM body b WHERE b.code = $4 AND {_UNDERTAKE}"
BODIES: Final = f"""
SELECT b.code, b.name FROM body b WHERE {_UNDERTAKE} ORDER BY b.government_id <> $1, b.code LIMIT 1000
"""
OWN: Final = """
SELECT code, name FROM body WHERE government_id = $1 AND code <> $2 AND valid @> $3::date ORDER BY code LIMIT 1000
"""
SOURCES: Final = {"alert": "监察预警", "complaint": "投诉举报", "own": "监督检查中发现", "upper": "上级交办"}


@dataclass(frozen=True, slots=True)
class CaseOpening:
    """What is to be handled: content, undertaking body, deadline, requirement (003-40), and what it comes from."""

    key: str
    title: str
    undertaker: str
    content: str
    requirement: str
    finish_on: date | None
    source: str = "own"
    origin: str = ""
    alerts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """What something found elsewhere says, as the beginning of a case."""

    undertaker: str
    title: str
    origin: str
    content: str
    requirement: str = ""
    finish_on: date | None = None


@dataclass(frozen=True, slots=True)
class CaseFinding:
    """A finding 认定: the conclusion, which violation it is, by whose responsibility, what follows, and what has to be right by when."""

    key: str
    result: str
    reasons: str = ""
    violation: str = ""
    measures: tuple[str, ...] = ()
    responsible: tuple[Responsible, ...] = ()
    rectify_by: date | None = None
    seen: int | None = None


async def open_case(ctx: Context, opening: CaseOpening) -> ActDone:
    """Open a supervision case and take its alerts up; the same key gives the same answer.

    Raises ``NotPermitted``, ``NotSignedIn``, ``InvalidInput``, ``NotFound`` (an alert that is not the actor's to see) and
    ``KeyReused``.
    """
    government, bureau = bureau_of(ctx)
    permit(ctx, Permission.SUPERVISION_OPEN, Target(government or None, bureau))
    _check(ctx, opening)
    series = f"{bureau}{LETTERS}{ctx.now.astimezone(LOCAL).year}"
    async with queued(ctx.db.url, f"series:{series}"):
        return await retried(lambda: _once(ctx, opening, government, bureau, series), also=TAKEN)


async def _once(ctx: Context, opening: CaseOpening, government: int, bureau: str, series: str) -> ActDone:
    async with unit_of_work(ctx, unrecorded="a case that was opened before under its key", serializable=True) as uow:
        connection = await uow.raw()
        hashed = opening_hash(ctx, f"{KIND}:{scope_of(ctx)}", opening.key)
        known = await connection.fetchval(FIND, hashed)
        if known is not None:
            return await _again(uow, int(known), opening)
        undertaker = await _undertakes(connection, ctx, opening.undertaker, government, bureau)
        held = await hold(uow, opening.alerts) if opening.alerts else ()
        if any(one.case_id is not None for one in held):
            words = "所选预警已经督办。"
            raise InvalidInput(words, "请去掉已经督办的预警。", (FieldProblem("alerts", "TAKEN_UP", words),))
        number = f"{series}{await connection.fetchval(DRAW, series):06}"
        first = _act(opening, bureau, number, undertaker, held)
        done = await _born(uow, first, Birth(government, "", opening.title, "", hashed, b""), bureau)
        if held:
            await take_up(uow, held, done.matter_id, number)
        return done


async def _born(uow: UnitOfWork, first: dict[str, Any], birth: Birth, bureau: str) -> ActDone:
    ctx, connection = uow.ctx, await uow.raw()
    procedure = books.templates(ctx.profile.id)[PROCEDURE]
    basis = Basis(await books.keep_procedure(ctx, connection, procedure), procedure, None)
    posting = next((one for one in ctx.actor.postings if one.body_code == bureau), None)
    by = Doer(kind="official", id=str(ctx.actor.account_id), body=bureau, post=posting.post if posting else "")
    book = books.rulebook(basis, await load_calendar(ctx))
    try:
        events = decide(BLANK, parse(first, by), book, ctx.now)
    except ActRefused as refused:
        raise refusal_of(refused) from refused
    after = fold(events)
    # Nobody outside has a code for it: it is a matter of the government's own.
    looked_up = hash_of(ctx, first["matter"], code_of(ctx, KIND, birth.opening.hex()))
    born = Birth(birth.government_id, "", birth.title, "", birth.opening, looked_up)
    matter_id = await store.bear(uow, born, events, after, basis, book)
    return done_of(matter_id, events, after, procedure)


def _act(opening: CaseOpening, bureau: str, number: str, undertaker: str, held: Sequence[HeldAlert]) -> dict[str, Any]:
    grounds = SOURCES[opening.source]
    if held:
        grounds += "：" + "、".join(f"{one.rule_code}#{one.id}" for one in held)
    facts: list[dict[str, Any]] = [
        {"code": "content", "text": opening.content},
        {"code": "requirement", "text": opening.requirement},
        {"code": "finish_on", "day": opening.finish_on},
        {"code": "grounds", "text": grounds},
    ]
    return {
        "kind": "open",
        "key": KEY,
        "matter": number,
        "body": bureau,
        "bodies": (bureau, opening.undertaker),
        "party": undertaker,
        "party_kind": "organisation",
        "origin": opening.origin,
        "facts": facts,
    }


async def _again(uow: UnitOfWork, matter_id: int, opening: CaseOpening) -> ActDone:
    """Return the answer of the first opening under a key; raises ``KeyReused`` where it was about something else."""
    connection = await uow.raw()
    held: Held | None = await store.hold(connection, matter_id, lock=False)
    if held is None:
        raise NotFound("督办件")
    events = await store.reread(connection, matter_id, until=1)
    facts = {one.code: one.value for one in fold(events).facts.values()}
    same = (held.title, facts.get("content"), facts.get("requirement"), facts.get("finish_on"), held.bodies[UNDERTAKER])
    if same != (opening.title, opening.content, opening.requirement, opening.finish_on, opening.undertaker):
        raise KeyReused("同一提交编号已用于另一操作", "003-33", "请刷新后重新提交")
    procedure = await books.procedure(uow.ctx, held.procedure_id)
    return done_of(matter_id, events, fold(events), procedure, repeated=True)


async def _undertakes(connection: asyncpg.Connection, ctx: Context, body: str, government: int, bureau: str) -> str:
    """Return the undertaking body's name; it has to be one that the bureau supervises, and not the supervisor itself."""
    name: str | None = await connection.fetchval(BODY, government, bureau, ctx.today, body)
    if name is None:
        words = "承办单位不是本级政府的其他机关，也不是下一级政府的监察机构。"
        raise InvalidInput(words, "请重新选择承办单位。", (FieldProblem("undertaker", "NOT_A_BODY", words),))
    return name


def case_title(words: str) -> str:
    """Return words as the title of a case that is proposed: as long as one may be, the end of it left out."""
    return words if len(words) <= LONGEST_TITLE else f"{words[: LONGEST_TITLE - 1]}…"


def _check(ctx: Context, opening: CaseOpening) -> None:
    problems = []
    texts = (
        ("title", opening.title, LONGEST_TITLE),
        ("content", opening.content, LONGEST),
        ("requirement", opening.requirement, LONGEST),
    )
    for name, text, most in texts:
        if not text.strip() or len(text) > most:
            problems.append(FieldProblem(name, "MISSING", f"没有填写，或者超过{most}字。", "请填写。"))
    if opening.finish_on is None or opening.finish_on <= ctx.today or (opening.finish_on - ctx.today).days > DAYS_AHEAD:
        problems.append(FieldProblem("finish_on", "OUT_OF_RANGE", "完成期限应当在今天以后，一年以内。", "请改正日期。"))
    if opening.source not in SOURCES:
        problems.append(FieldProblem("source", "UNKNOWN", "没有选择督办来源。", "请选择。"))
    if not opening.key.strip():
        problems.append(FieldProblem("key", "MISSING", "没有提交编号。", "请刷新后重新提交。"))
    if problems:
        raise InvalidInput(problems[0].message, problems[0].remedy, tuple(problems))


# Q2, Q3: a finding that something is so names the violation of the catalogue and divides the responsibility.
async def find_case(ctx: Context, matter_id: int, finding: CaseFinding) -> ActDone:
    """Make the finding of a supervision case, an act like any other; raises what ``matters.act`` raises."""
    held = await store.hold(ctx.db.reads, matter_id, lock=False)
    if held is None or not store.may(ctx, Permission.MATTER_ACT, held.government_id, held.bodies):
        raise NotFound("督办件")
    if held.kind != KIND:
        words = "这不是督办件，不能认定。"
        raise InvalidInput(words, "请核对编号。", (FieldProblem("number", "NOT_A_CASE", words),))
    catalogue = load_violations()
    violation = catalogue.violation(finding.violation)
    if finding.measures and violation is None:
        words = "认定属实的，应当选择违反的规定。"
        raise InvalidInput(words, "请选择。", (FieldProblem("violation", "MISSING", words, "请选择。"),))
    if violation is not None and (beyond := [one for one in finding.measures if one not in violation.measures]):
        words = f"“{violation.name}”没有规定这一处理方式：{'、'.join(beyond)}。"
        raise InvalidInput(words, "请重新选择。", (FieldProblem("measures", "NOT_ALLOWED", words, "请重新选择。"),))
    if wrong := catalogue.problems(finding.responsible):
        raise InvalidInput(
            wrong[0], "请改正责任划分。", (FieldProblem("responsible", "WRONG", wrong[0], "请改正责任划分。"),)
        )
    _check_rectification(ctx, finding)
    data: dict[str, Any] = {
        "kind": "decide",
        "key": finding.key,
        "facts": list(_facts(finding)),
        "outcome": {"result": finding.result, "reasons": finding.reasons, "measures": finding.measures},
    }
    if finding.seen is not None:
        data["seen"] = finding.seen
    return await act(ctx, matter_id, data)


# 003-48, 003-49: a rectification is ordered with the day by which it has to be done.
def _check_rectification(ctx: Context, finding: CaseFinding) -> None:
    by, ordered = finding.rectify_by, RECTIFY in finding.measures
    if by is None and not ordered:
        return
    words = ""
    if not ordered:
        words = "没有责令限期整改，不应当有整改期限。"
    elif by is None or not 0 < (by - ctx.today).days <= DAYS_AHEAD:
        words = "责令限期整改的，整改期限应当在今天以后，一年以内。"
    if words:
        raise InvalidInput(words, "请改正。", (FieldProblem("rectify_by", "OUT_OF_RANGE", words, "请改正。"),))


def _facts(finding: CaseFinding) -> Iterator[dict[str, Any]]:
    catalogue = load_violations()
    violation = catalogue.violation(finding.violation)
    if violation is not None:
        yield {"code": "violation", "text": f"{violation.code} {violation.name}（{violation.clause}）"}
    if finding.responsible:
        yield {"code": "responsibility", "text": "；".join(catalogue.worded(one) for one in finding.responsible)}
    if finding.rectify_by is not None:
        yield {"code": "rectify_by", "day": finding.rectify_by}


async def usual_rectification(ctx: Context) -> date:
    """Return the day by which things have to be right unless a finding says another one."""
    calendar = await load_calendar(ctx)
    return calendar.working_day_after(ctx.today, load_violations().rectification.working_days)


def may_open_cases(ctx: Context) -> bool:
    """Say whether the actor may have matters handled."""
    government, bureau = bureau_of(ctx)
    return bool(bureau) and allowed(ctx.actor, Permission.SUPERVISION_OPEN, Target(government, bureau))


async def undertakers(ctx: Context) -> tuple[tuple[str, str], ...]:
    """Return code and name of the bodies that the actor may have something handled by."""
    return await _bodies(ctx, BODIES)


async def inspected_bodies(ctx: Context) -> tuple[tuple[str, str], ...]:
    """Return code and name of the bodies that the actor may inspect: those of its own government."""
    return await _bodies(ctx, OWN)


async def _bodies(ctx: Context, sql: str) -> tuple[tuple[str, str], ...]:
    rows = await ctx.db.reads.fetch(sql, *bureau_of(ctx), ctx.today)
    return tuple((row["code"], row["name"]) for row in rows)
