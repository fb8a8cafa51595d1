"""How far the public log is behind the record, and what is refused when it has been blind for too long (003-33).

A log that nobody outside has seen for hours proves nothing of what is decided meanwhile, so final decisions wait; all
other work goes on. Only time in which acts were waiting counts: a quiet night makes no log late. A log that never had a
published head has promised nothing yet: it stops nobody, and its page and the operator's figures say so.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from resolvers.database import Database
from resolvers.matters_refusals import MatterRefused

LogState = Literal["", "late", "blind"]
FRESH_SECONDS: Final = 3.0
"""How long an answer of the database is good for: deciding does not ask again each time."""

_STANDING: Final = """
SELECT l.size, l.published_at, least(
  (SELECT e.at FROM log_leaf g JOIN event e ON e.id = g.event_id
   WHERE g.place >= coalesce(l.size, 0) ORDER BY g.place LIMIT 1),
  (SELECT e.at FROM log_pending p JOIN event e ON e.id = p.event_id ORDER BY p.event_id LIMIT 1)) AS waiting
FROM (SELECT 1) one LEFT JOIN (SELECT size, published_at FROM log_checkpoint ORDER BY id DESC LIMIT 1) l ON true
"""


class RecordNotWitnessed(MatterRefused):
    """No head of the log was witnessed for longer than the operator allows: nothing final is decided meanwhile."""

    code = "RECORD_NOT_WITNESSED"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the log stands: its newest published head, and since when the oldest act not under it has been waiting."""

    size: int = 0
    published_at: datetime | None = None
    waiting: datetime | None = None

    @property
    def behind_since(self) -> datetime | None:
        """Since when acts wait for a head: not before the last one came. None if nothing waits, or before the first head."""
        if self.published_at is None or self.waiting is None:
            return None
        return max(self.published_at, self.waiting)


@dataclass
class LogWatch:
    """Watches one database's log. ``late`` is when everybody is told, ``stop`` when decisions are refused (None: never)."""

    late: timedelta = timedelta(seconds=60)
    stop: timedelta | None = timedelta(hours=4)
    last: Standing = field(default_factory=Standing)
    looked: float = float("-inf")

    async def look(self, database: Database) -> Standing:
        """Return where the log stands, as the database says or said a few seconds ago."""
        if time.monotonic() - self.looked > FRESH_SECONDS:
            row = await database.reads.fetchrow(_STANDING)
            if row is not None:
                self.last = Standing(row["size"] or 0, row["published_at"], row["waiting"])
            self.looked = time.monotonic()
        return self.last

    def state(self, now: datetime) -> LogState:
        """Return how the log was when it was last looked at; costs nothing. ``blind``: decisions must wait."""
        since = self.last.behind_since
        if since is None or now - since <= self.late:
            return ""
        return "blind" if self.stop is not None and now - since > self.stop else "late"

    async def must_see(self, database: Database, now: datetime) -> None:
        """Raise ``RecordNotWitnessed`` if the log has been without a witnessed head for too long."""
        await self.look(database)
        if self.state(now) == "blind":
            message = "公开日志长时间没有得到见证，暂不能作出决定。"
            remedy = "请联系系统管理员恢复日志的发布和见证；其他办理照常进行，已经填写的内容可以存为草稿。"
            raise RecordNotWitnessed(message, "003-33", remedy)
