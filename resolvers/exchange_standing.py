"""How far each platform above is, and since when the oldest of what it has not got has been waiting (X1; 003-28).

An act waits from its own moment on, whether the log has given it a place yet or not: a log that stands still makes what
goes up late as much as a cut line does. What was there before a platform was added waits for it since then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from domain.access import Permission
from domain.exchange import Allowed, Delay, waited
from resolvers.context import Context
from resolvers.database import Database
from resolvers.permits import permit
from resolvers.reading.fetching import Reading

MOST: Final = 200
"""Platforms that are listed: there is one above a city, or a few."""

# Which log a platform has how much of: one that began anew has another first act, and nobody has any of it yet. A place
# whose act is in the archive is older than the law keeps anything online: it waits since the platform was added.
STANDING: Final = """
SELECT s.*, CASE WHEN s.ended_at IS NULL AND s.oldest IS NOT NULL THEN greatest(s.added_at, s.oldest) END AS waiting
FROM (
  SELECT p.id, p.name, p.added_at, p.ended_at, p.seen_at, coalesce(h.size, 0) AS size, h.received_at,
    (SELECT size FROM log_head) - coalesce(h.size, 0) AS behind, d.told_at AS disputed_at, d.size AS disputed,
    least(next.at, (SELECT e.at FROM log_pending n JOIN event e ON e.id = n.event_id ORDER BY n.event_id LIMIT 1)) AS oldest
  FROM exchange_platform p
  LEFT JOIN LATERAL (SELECT o.size, o.received_at FROM exchange_handover o WHERE o.platform_id = p.id
    AND o.log = (SELECT event_id FROM log_leaf WHERE place = 0) ORDER BY o.size DESC LIMIT 1) h ON true
  LEFT JOIN LATERAL (SELECT o.told_at, o.size FROM exchange_dispute o WHERE o.platform_id = p.id ORDER BY o.id DESC LIMIT 1) d ON true
  LEFT JOIN LATERAL (SELECT coalesce(e.at, p.added_at) AS at FROM log_leaf g LEFT JOIN event e ON e.id = g.event_id
    WHERE g.place >= coalesce(h.size, 0) ORDER BY g.place LIMIT 1) next ON true) s
"""
_ALL: Final = f"{STANDING} ORDER BY s.ended_at IS NOT NULL, s.added_at, s.id LIMIT {MOST}"
_ONE: Final = f"{STANDING} WHERE s.id = $1"


@dataclass(frozen=True, slots=True)
class Standing:
    """A platform above: what it has of the log, what is behind, since when the oldest of that waits, what it contradicted."""

    id: UUID
    name: str
    added_at: datetime
    ended_at: datetime | None
    seen_at: datetime | None
    size: int
    received_at: datetime | None
    behind: int
    waiting: datetime | None
    disputed_at: datetime | None
    disputed: int | None

    @property
    def disputes(self) -> bool:
        """Whether the last thing that it said of the log was that it has another root."""
        if self.disputed_at is None:
            return False
        return self.received_at is None or self.received_at <= self.disputed_at

    def lag(self, now: datetime) -> timedelta:
        """How long the oldest of what it has not got has been waiting."""
        return waited(self.waiting, now)

    def delay(self, allowed: Allowed, now: datetime) -> Delay:
        """How that is to be called by the rules of the place."""
        return allowed.delay(self.lag(now))


def _standing(row: asyncpg.Record) -> Standing:
    return Standing(**{one.name: row[one.name] for one in fields(Standing)})


async def standings(ctx: Context) -> tuple[Standing, ...]:
    """Return every platform, those in use first. Raises ``NotSignedIn`` or ``NotPermitted``."""
    permit(ctx, Permission.EXCHANGE_READ)
    return await everywhere(ctx.db)


async def everywhere(database: Database) -> tuple[Standing, ...]:
    """Return the same for whoever watches the machines."""
    rows: Sequence[asyncpg.Record] = await database.reads.fetch(_ALL)
    return tuple(map(_standing, rows))


async def standing_of(connection: Reading, platform: UUID) -> Standing:
    """Return how far one platform is."""
    row = await connection.fetchrow(_ONE, platform)
    if row is None:
        raise LookupError(f"there is no platform {platform}")
    return _standing(row)
