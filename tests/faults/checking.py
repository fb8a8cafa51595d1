"""The checker: what a database holds against a history of acknowledged acts. It asks the database, never the program."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resolvers import matters_checking
from resolvers.context import Context
from resolvers.matters_checking import StateDiffers
from resolvers.reading.fetching import rows_of
from tests.faults.acting import History

EVENTS = "SELECT stream, seq, kind, body FROM event WHERE stream LIKE 'matter:%' ORDER BY stream, seq"
OUTBOX = "SELECT key FROM outbox WHERE topic = 'matter'"


@dataclass(frozen=True)
class Verdict:
    """What is wrong: acknowledged and not there, there twice, and whatever does not fit together."""

    lost: frozenset[str]
    doubled: frozenset[str]
    broken: tuple[str, ...]
    acts: int

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.broken)


async def check(ctx: Context, history: History) -> Verdict:
    """Compare, act by act; then every matter's order, its row against its events, and the outbox against the record."""
    rows = rows_of(await ctx.db.reads.fetch(EVENTS))
    done: Counter[str] = Counter()
    for row in rows:
        if row["kind"] == "matter.record":
            act = json.loads(row["body"])["act"]
            done.update(one["text"] for one in act["facts"])
    done.update(row["title"] for row in await ctx.db.reads.fetch("SELECT title FROM matter"))
    known = {name: count for name, count in done.items() if name in history.sent}
    return Verdict(
        lost=frozenset(history.acknowledged - set(known)),
        doubled=frozenset(name for name, count in known.items() if count > 1),
        broken=(*_disorder(rows), *await _projections(ctx), *await _untold(ctx)),
        acts=len(known),
    )


def _disorder(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the streams whose events are not numbered from one on without a gap."""
    numbers: dict[str, list[int]] = {}
    for event in events:
        numbers.setdefault(event["stream"], []).append(event["seq"])
    return [f"{stream} is out of order" for stream, found in numbers.items() if found != list(range(1, len(found) + 1))]


async def _projections(ctx: Context) -> list[str]:
    wrong = []
    for row in await ctx.db.reads.fetch("SELECT id FROM matter"):
        try:
            await matters_checking.rebuild(ctx, row["id"])
        except StateDiffers as error:
            wrong.append(str(error))
    return wrong


async def _untold(ctx: Context) -> list[str]:
    """Name the events without a row of the outbox, and the rows without an event."""
    events = {f"{row['stream']}:{row['seq']}" for row in await ctx.db.reads.fetch(EVENTS)}
    letters = {row["key"] for row in await ctx.db.reads.fetch(OUTBOX)}
    return [f"{key} stands in the record or in the outbox alone" for key in events ^ letters]
