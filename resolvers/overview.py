"""The library at a glance: its revision, when it last changed, and how much it holds today."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from resolvers.context import Context

_OVERVIEW: Final = """
SELECT h.revision, h.changed_at,
  coalesce(t.in_use, 0)::bigint AS in_use, coalesce(t.suspended, 0)::bigint AS suspended,
  coalesce(t.cancelled, 0)::bigint AS cancelled,
  (SELECT count(*) FROM body) AS bodies, (SELECT count(*) FROM government) AS governments,
  (SELECT count(*) FROM law) AS laws
FROM library_head h, (
  SELECT sum(items) FILTER (WHERE status = 'in_use') AS in_use,
    sum(items) FILTER (WHERE status = 'suspended') AS suspended,
    sum(items) FILTER (WHERE status = 'cancelled') AS cancelled
  FROM power_tally WHERE valid @> $1::date AND upper_inf(recorded)
) t WHERE h.id = 1
"""


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of what is published today; ``revision`` rises by one with every confirmed batch."""

    revision: int
    changed_at: datetime | None
    in_use: int
    suspended: int
    cancelled: int
    bodies: int
    governments: int
    laws: int


async def overview(ctx: Context) -> Overview:
    """Return the overview of the library in one statement."""
    row = await ctx.db.reads.fetchrow(_OVERVIEW, ctx.today)
    return Overview(**dict(row or {}))
