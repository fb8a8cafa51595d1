"""Scoring a period that is over, once, with everything that was used; and publishing what its bodies scored (S7; 003-36(5))."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import asyncpg
import structlog

from domain.access import Permission, Target
from domain.assessments.scheme import Scheme, load_scheme
from domain.assessments.scored_periods import due_periods, scored_period
from domain.assessments.scoring import Evidence, Score, score, share, subjects_of
from domain.assessments.subjects import BODY_ITSELF
from domain.periods import Period
from resolvers import assessments_store as store
from resolvers import record
from resolvers.assessments_evidence import evidence_of
from resolvers.assessments_locking import only_scorer, scoring
from resolvers.assessments_store import ScorePlace
from resolvers.calendar import load_calendar
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit
from resolvers.supervision_alerts import bureau_of

AT_ONCE_SECONDS: Final = 15
"""How long somebody who asks for scores waits for them; the worker takes the time that a year of a large city needs."""

Progress = Callable[[int, int], Awaitable[None]]

log = structlog.get_logger("assessments")

FIND: Final = "SELECT id FROM assessment WHERE government_id = $1 AND period = $2"
FREEZE: Final = """
INSERT INTO assessment (government_id, period, scheme_id, frozen_at, frozen_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING id
"""
PUBLISH: Final = """
UPDATE assessment SET published_at = $3 WHERE government_id = $1 AND period = $2 AND published_at IS NULL RETURNING id
"""
# Of some periods, those that a government with a bureau of supervision has not scored; a government of which nothing was run
# until a period's end has nothing to score in it.
DUE: Final = """
SELECT g.id AS government, d.code FROM unnest($1::text[], $2::date[]) WITH ORDINALITY d (code, last, no) CROSS JOIN government g
WHERE EXISTS (SELECT FROM body b WHERE b.government_id = g.id AND 'supervision_bureau' = ANY(b.offices))
  AND NOT EXISTS (SELECT FROM assessment a WHERE a.government_id = g.id AND a.period = d.code)
  AND EXISTS (SELECT FROM body b JOIN LATERAL (SELECT FROM watched_matter w
    WHERE w.body_code = b.code AND w.opened_on <= d.last LIMIT 1) w ON true WHERE b.government_id = g.id)
ORDER BY d.no, g.id
"""


class PeriodNotOver(Conflict):
    """The period has not ended yet."""

    code = "PERIOD_NOT_OVER"


class NotScoredAtOnce(Conflict):
    """Scoring the period takes longer than a page may, or it is being scored."""

    code = "NOT_SCORED_AT_ONCE"


def government_of(ctx: Context) -> int:
    """Return the government whose bodies the actor scores. Raises ``NotPermitted`` or ``NotSignedIn`` where there is none."""
    government, _ = bureau_of(ctx)
    permit(ctx, Permission.SCORE_FREEZE, Target(government or None))
    return government


def period_asked(code: str) -> Period:
    """Return a period by its code; raises ``InvalidInput``."""
    found = scored_period(code)
    if found is None:
        words, remedy = f"“{code}”不是有效的考核期。", "请按年、季度或者月填写，例如 2026、2026-Q3、2026-09。"
        raise InvalidInput(words, remedy, (FieldProblem("period", "NOT_A_PERIOD", words, remedy),))
    return found


async def freeze(ctx: Context, government: int, code: str) -> int:
    """Score a period at once, for whoever waits for it, as :func:`freeze_unhurried` does; else raises ``NotScoredAtOnce``."""
    try:
        async with asyncio.timeout(AT_ONCE_SECONDS) as limit:
            return await freeze_unhurried(ctx, government, code, AT_ONCE_SECONDS)
    except (TimeoutError, asyncpg.QueryCanceledError) as late:
        if isinstance(late, TimeoutError) and not limit.expired():
            raise
        words = "这一考核期没有能够当场评定：数据较多，或者正在评定。"
        raise NotScoredAtOnce(words, "请稍后刷新查看。") from late


def check_over(ctx: Context, code: str) -> Period:
    """Return a period that is over. Raises ``InvalidInput`` and ``PeriodNotOver``."""
    period = period_asked(code)
    if period.ends > ctx.now:
        raise PeriodNotOver("考核期还没有结束。", "请在考核期结束以后评分。")
    return period


async def _silently(_done: int, _total: int) -> None:
    """Tell nobody."""


async def freeze_unhurried(
    ctx: Context, government: int, code: str, seconds: int = 0, *, asker: str = "", progress: Progress = _silently
) -> int:
    """Score the bodies of a government with their units and posts in a period that is over, once; returns how many bodies.

    Again: nothing, 0. A statement may take so many ``seconds``, 0: any time. ``asker``: the account for which it is done, if
    it is not the actor's; ``progress`` is told how many bodies of how many are written. Raises ``PeriodNotOver``,
    ``InvalidInput`` and ``NotPermitted``.
    """
    permit(ctx, Permission.SCORE_FREEZE, Target(government))
    period = check_over(ctx, code)
    async with scoring(ctx, government, code, seconds) as uow:
        scheme_id, scheme = await store.keep_scheme(uow)
        values = (government, code, scheme_id, ctx.now, asker or str(ctx.actor.account_id or ""))
        made: int | None = await (await uow.raw()).fetchval(FREEZE, *values)
        if made is None:
            return 0
        found = await evidence_of(ctx, uow, government, period)
        for number, (body, evidence) in enumerate(found.items()):
            await progress(number, len(found))
            await _score_body(uow, scheme, ScorePlace(made, government, code, body), evidence)
        told = {"period": code, "bodies": len(found), "scheme": f"{scheme.code} {scheme.version}"}
        await record.append(uow, f"assessment:{made}", "assessment.frozen", told)
        return len(found)


async def _score_body(uow: UnitOfWork, scheme: Scheme, place: ScorePlace, evidence: Evidence) -> None:
    """Write the score of a body, and of every unit and post that had a step of it in the period."""
    whole = score(scheme, evidence)
    await _write(uow, replace(place, steps=evidence.steps.get(BODY_ITSELF, 0)), whole)
    for subject in subjects_of(scheme, whole, evidence.steps):
        part = replace(place, subject=subject, steps=evidence.steps.get(subject, 0))
        await _write(uow, part, share(scheme, whole, subject))


async def _write(uow: UnitOfWork, place: ScorePlace, made: Score) -> None:
    score_id = await store.add_score(uow, place, 1, made)
    await store.tell(uow, score_id, "score.frozen", place, {"period": place.period, "total": str(made.total)})


async def freeze_due(ctx: Context) -> int:
    """Score every period of the scheme whose time is over, those that were missed as well; only for the system.

    One process does that at a time, and a period that cannot be scored holds up no other. Returns how many bodies were scored.
    """
    permit(ctx, Permission.SCORE_FREEZE)
    due = due_periods(load_scheme(), await load_calendar(ctx), ctx.today)
    async with only_scorer(ctx) as mine:
        rows = await ctx.db.reads.fetch(DUE, [one.code for one in due], [one.last for one in due]) if mine else []
        return sum([await _freeze_or_tell(ctx, row["government"], row["code"]) for row in rows])


async def _freeze_or_tell(ctx: Context, government: int, code: str) -> int:
    try:
        return await freeze_unhurried(ctx, government, code)
    except Exception as error:  # noqa: BLE001 - whatever happens, the other periods are scored, and this one is tried again
        log.error("period not scored", government=government, period=code, reason=repr(error))  # noqa: TRY400
        return 0


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
