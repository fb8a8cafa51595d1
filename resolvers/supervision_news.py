"""Alerts as they are found, rise or are lifted, for whoever may see them at that moment (003-36(1)).

A change is written before it is seen, and two may be seen in another order than they were written: so each look goes back a
little, and what was told already is not told again.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from resolvers.context import Context
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.reading import Page, PageRequest, Read, Row, fetch_page
from resolvers.reading.supervision import ALERT

BACK: Final = timedelta(minutes=2)
"""Nothing that changes an alert takes longer than this to be committed."""

MOST: Final = 100
KEPT: Final = 5_000


@dataclass(slots=True)
class AlertReader:
    """Where a reader of changes stands: the latest moment it was told of, and what it was told lately."""

    since: datetime
    told: dict[tuple[int, int], None] = field(default_factory=dict)

    async def news(self, ctx: Context, columns: tuple[str, ...]) -> tuple[Row, ...]:
        """Return the changes that were not told yet, the earliest first."""
        read = Read((*columns, "changed_at"), {"changed": self.since - BACK, "trial": False}, "changed")
        found: Page[Row] = await fetch_page(ctx, ALERT, read, PageRequest(first=MOST))
        fresh = tuple(row for row in found.rows if (row["id"], row["seq"]) not in self.told)
        self.told |= dict.fromkeys((row["id"], row["seq"]) for row in fresh)
        for key in list(self.told)[: max(0, len(self.told) - KEPT)]:
            del self.told[key]
        if fresh:
            self.since = max(self.since, *(row["changed_at"] for row in fresh))
        return fresh


async def reader(ctx: Context, after: str = "") -> AlertReader:
    """Return a reader from a position on, or from now on: what is there already is not told. Raises ``InvalidInput``."""
    made = AlertReader(_moment(after) if after else ctx.now)
    if not after:
        await made.news(ctx, ("id", "seq"))
    return made


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        message = "after 不是本接口返回的位置。"
        raise InvalidInput(message, "请原样使用 position。", (FieldProblem("after", "BAD_POSITION", message),))
    return found
