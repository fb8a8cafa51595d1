"""Days that a new calendar moves: each move is an event of its matter, made before whatever else is done (house §2).

A limit that runs into a year without a notice has a provisional day. When the notice has come the day may be another
one; what it was is kept in the event.
"""

from datetime import datetime
from typing import Protocol

from domain.engine.deciding import decide
from domain.engine.events import Event
from domain.engine.lapses import recounts
from domain.engine.matter import Matter, fold
from domain.engine.rulebook import Rulebook
from resolvers.calendar import load_calendar, notices_of
from resolvers.context import Context
from resolvers.shelf import Kept


class Counted(Protocol):
    """What runs and was counted last by the calendar of a moment: a matter, or the run of a complaint."""

    @property
    def matter(self) -> Matter:
        """Return the state."""

    @property
    def calendar_at(self) -> datetime:
        """Return the moment."""


async def recounted(ctx: Context, held: Counted, book: Rulebook, kept: Kept | None = None) -> tuple[Event, ...]:
    """Return the events that journal the days which moved since the matter was last counted; mostly none."""
    if held.matter.phase not in ("received", "running"):
        return ()
    loaded = [row["loaded_at"] for row in await notices_of(ctx, kept)]
    # Where nothing was known then (a demonstration's matters are older than its calendar), nothing has moved since.
    if not any(held.calendar_at < one <= ctx.now for one in loaded) or min(loaded) > held.calendar_at:
        return ()
    pinned = held.matter.pins.calendar if held.matter.pins else None
    known = await load_calendar(ctx, held.calendar_at, pinned, kept)
    before = Rulebook(book.procedure, known, book.item, book.item_version)
    matter, events = held.matter, list[Event]()
    for act in recounts(matter, before, book):
        made = decide(matter, act, book, ctx.now)
        matter, events = fold(made, matter), [*events, *made]
    return tuple(events)
