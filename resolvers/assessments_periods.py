"""Periods that were scored and whose they are: what is published for everybody, and a government's own for its desk (S7)."""

from datetime import date
from typing import Final

from domain.access import Permission, Target, allowed
from domain.assessments.scored_periods import scored_period
from resolvers.assessments_values import FrozenPeriod
from resolvers.context import Context

PERIODS: Final = """
SELECT a.period, a.government_id, g.name AS government, a.frozen_at, a.published_at FROM assessment a
JOIN government g ON g.id = a.government_id WHERE {which} ORDER BY a.frozen_at DESC, a.id DESC LIMIT 200
"""
PUBLISHED: Final = PERIODS.format(which="a.published_at IS NOT NULL")
OF_A_GOVERNMENT: Final = PERIODS.format(which="a.government_id = $1")
GOVERNMENTS: Final = """
SELECT id, name FROM government WHERE id = ANY($1::bigint[]) ORDER BY array_position($1::bigint[], id)
"""
# One row for each body; the same guard as that of the scores.
BODIES: Final = """
SELECT s.body_code AS code, b.name FROM assessment_score s JOIN assessment a ON a.id = s.assessment_id
JOIN body b ON b.code = s.body_code WHERE s.government_id = $1 AND s.period = $2 AND s.kind = 'body' AND s.edition = 1
  AND ($3::boolean OR a.published_at IS NOT NULL OR s.body_code = ANY($4::text[]))
ORDER BY s.body_code
"""


def _governments(ctx: Context) -> tuple[int, ...]:
    """Return the governments in which the actor reads scores that nobody published, those first whose scores the actor makes."""
    actor = ctx.actor
    places = [Target(one.government_id, one.body_code) for one in actor.postings]
    found = [one.government_id for one in places if allowed(actor, Permission.SCORE_READ, one)]
    makes = sorted(found, key=lambda one: not allowed(actor, Permission.SCORE_FREEZE, Target(one)))
    return tuple(one for one in dict.fromkeys(makes) if one is not None)


async def governments(ctx: Context) -> tuple[tuple[int, str], ...]:
    """Return id and name of the governments whose scores the actor may see on the desk, the first of them unless another is chosen."""
    own = _governments(ctx)
    rows = await ctx.db.reads.fetch(GOVERNMENTS, list(own)) if own else ()
    return tuple((int(row["id"]), str(row["name"])) for row in rows)


async def periods(ctx: Context) -> tuple[FrozenPeriod, ...]:
    """Return the periods whose scores are published, the latest first."""
    return _sorted([FrozenPeriod(**dict(row)) for row in await ctx.db.reads.fetch(PUBLISHED)])


async def periods_of(ctx: Context, government: int) -> tuple[FrozenPeriod, ...]:
    """Return the periods of a government, published or not, the latest first; none of one that is not the actor's."""
    if government not in _governments(ctx):
        return ()
    return _sorted([FrozenPeriod(**dict(row)) for row in await ctx.db.reads.fetch(OF_A_GOVERNMENT, government)])


def _sorted(found: list[FrozenPeriod]) -> tuple[FrozenPeriod, ...]:
    return tuple(sorted(found, key=lambda one: (_ends(one.period), one.period), reverse=True))


def _ends(code: str) -> date:
    period = scored_period(code)
    return period.last if period else date.min


async def bodies_scored(ctx: Context, government: int, period: str) -> tuple[tuple[str, str], ...]:
    """Return code and name of the bodies of a government whose scores of a period the actor may see."""
    actor = ctx.actor
    whole = allowed(actor, Permission.SCORE_READ, Target(government))
    own = [one for one in sorted(actor.body_codes) if allowed(actor, Permission.SCORE_READ, Target(government, one))]
    return tuple((row["code"], row["name"]) for row in await ctx.db.reads.fetch(BODIES, government, period, whole, own))
