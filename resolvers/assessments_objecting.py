"""Objections to scores: the body's, within the time of the scheme, decided by somebody who had no hand in the score (003-43; S7).

What is upheld restates the score of the body and of its units and posts, in one unit of work, beside the editions before.
"""

from collections.abc import Sequence
from typing import Final

import asyncpg

from domain.access import Permission, Target, allowed
from domain.actors import Actor
from domain.assessments.scored_periods import last_day_to_object
from domain.assessments.scoring import Score, share, struck
from resolvers import assessments_store as store
from resolvers.assessments_notices import tell_decision, tell_objection
from resolvers.assessments_store import ScorePlace
from resolvers.calendar import load_calendar
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound, NotPermitted
from resolvers.permits import permit, permit_or_hide

LONGEST: Final = 2000
HOLD: Final = """
SELECT s.id, s.assessment_id, s.government_id, s.period, s.body_code, s.kind, s.edition, s.total, s.grade, s.veto, s.steps, s.recorded_at,
  a.frozen_at, a.frozen_by FROM assessment_score s JOIN assessment a ON a.id = s.assessment_id WHERE s.id = $1
"""
LATER: Final = (
    "SELECT id FROM assessment_score WHERE assessment_id = $1 AND kind = 'body' AND body_code = $2 AND edition > $3"
)
FILED: Final = """
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
# Nobody decides about their own work: who scored the period, or proposed or confirmed an item that is objected to, or decided
# an objection before, by which this edition was written. The record says who that was.
OWN: Final = """
SELECT EXISTS (SELECT FROM assessment_entry e JOIN score_item i ON e.stream = 'score_item:' || i.id
  WHERE e.score_id = $1 AND e.no = ANY($2::int[]) AND $3 IN (i.proposer, i.decider))
OR EXISTS (SELECT FROM assessment_score s JOIN assessment_score b ON b.assessment_id = s.assessment_id
    AND b.kind = s.kind AND b.body_code = s.body_code AND b.edition < s.edition
  JOIN event v ON v.stream = 'score:' || b.id AND v.kind = 'score.decided'
  WHERE s.id = $1 AND s.kind = 'body' AND v.actor_id::text = $3)
"""


class TooLateToObject(Conflict):
    """The time for objections is over, or one was filed already."""

    code = "TOO_LATE_TO_OBJECT"


class ObjectToTheBody(Conflict):
    """A unit or a post answers with its body: the body objects to its own ledger, of which these lines are part."""

    code = "OBJECT_TO_THE_BODY"


def must_head(ctx: Context) -> None:
    """Refuse whoever is the head of no body; of which one is asked for afterwards."""
    if not any(allowed(ctx.actor, Permission.SCORE_OBJECT, Target(body_code=one)) for one in ctx.actor.body_codes):
        permit(ctx, Permission.SCORE_OBJECT, Target())


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
        if held["kind"] != "body":
            raise ObjectToTheBody("内设机构和岗位的得分随机关的得分更正。", "请对机关得分明细中的同一项提出异议。")
        chosen = sorted(set(entries))
        known = len(await store.ledger(connection, score_id))
        _check_objection(chosen, known, reasons)
        before = await connection.fetchrow(FILED, score_id)
        if before is not None:
            if (list(before["entries"]), before["reasons"]) == (chosen, reasons.strip()):
                return int(before["id"])
            raise TooLateToObject("这一得分已经提出过异议。", "请等待答复。")
        scheme, calendar = await store.scheme_of(connection, held["assessment_id"]), await load_calendar(ctx)
        if ctx.today > last_day_to_object(scheme, calendar, held["recorded_at"]):
            raise TooLateToObject("提出异议的期限已过。", "如确有错误，请向监察机构反映。")
        due = calendar.working_day_after(ctx.today, scheme.decide_within)
        made = await connection.fetchval(FILE, score_id, chosen, reasons.strip(), ctx.now, ctx.actor.name, due)
        if made is None:
            raise TooLateToObject("这一得分已经提出过异议。", "请等待答复。")
        told = {"entries": chosen, "reasons": reasons.strip(), "due_on": due.isoformat()}
        await store.tell(uow, score_id, "score.objected", place_of(held), told)
        await tell_objection(uow, place_of(held), score_id, int(made), due)
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
        objection = await connection.fetchrow(FILED, score_id) if held is not None else None
        if held is None or objection is None:
            raise NotFound("异议")
        permit_or_hide(ctx, Permission.SCORE_READ, Target(held["government_id"], held["body_code"]), "异议")
        permit(ctx, Permission.SCORE_PUBLISH, Target(held["government_id"]))
        if await is_own(connection, ctx.actor, held["frozen_by"], score_id, objection["entries"]):
            words = "异议由没有经手的监察人员复核：评定这一考核期、提出或者核定有关事项、复核过前次异议的人员应当回避。"
            raise NotPermitted(words, "请由另一名监察人员复核。")
        words, state = decision.strip(), "upheld" if upheld else "rejected"
        if not words or len(words) > LONGEST:
            problem = FieldProblem("decision", "MISSING", "没有写明理由，或者超过两千字。", "请写明理由。")
            raise InvalidInput(problem.message, problem.remedy, (problem,))
        if await connection.fetchval(DECIDE, objection["id"], state, ctx.now, ctx.actor.name, words) is None:
            if (objection["state"], objection["decision"]) == (state, words):
                later = await connection.fetchval(LATER, held["assessment_id"], held["body_code"], held["edition"])
                return None if later is None else int(later)
            raise Conflict("这一异议已经作出决定。", "请刷新后查看。")
        await store.tell(uow, score_id, "score.decided", place_of(held), {"state": state, "decision": words})
        restated = await _restate(uow, held, objection["entries"], words) if upheld else None
        await tell_decision(uow, place_of(held), restated or score_id, objection["id"])
        return restated


def place_of(held: asyncpg.Record) -> ScorePlace:
    """Return of what a body's score is."""
    place = (held["assessment_id"], held["government_id"], held["period"], held["body_code"])
    return ScorePlace(*place, steps=held["steps"])


async def _restate(uow: UnitOfWork, held: asyncpg.Record, entries: Sequence[int], why: str) -> int:
    """Write the next edition of a body's score and of those of its units and posts; returns the body's new one."""
    connection, score_id = await uow.raw(), held["id"]
    scheme = await store.scheme_of(connection, held["assessment_id"])
    before = Score(held["total"], held["grade"], tuple(await store.ledger(connection, score_id)), held["veto"])
    place, edition = place_of(held), held["edition"]
    whole = struck(scheme, before, entries, why)
    made = await store.add_score(uow, place, edition + 1, whole, why)
    told = {"before": str(before.total), "total": str(whole.total), "reason": why}
    await store.tell(uow, made, "score.restated", place, told)
    for part in await store.parts_of(connection, place, edition):
        own = share(scheme, whole, part.subject)
        part_id = await store.add_score(uow, part, edition + 1, own, why)
        await store.tell(uow, part_id, "score.restated", part, {"total": str(own.total), "reason": why})
    return made


async def is_own(
    connection: asyncpg.Connection | asyncpg.Pool, actor: Actor, frozen_by: str, score_id: int, entries: Sequence[int]
) -> bool:
    """Say whether an objection is about something that the actor did: nobody decides about their own work."""
    own = str(actor.account_id or "")
    return bool(own) and (own == frozen_by or await connection.fetchval(OWN, score_id, list(entries), own))
