"""A body's own new events in the order in which they were committed, without a gap, from any place on (R1, 003-33).

The place of an event in the log is given after its commit, so whoever reads places misses nothing: ids are drawn before
the commit, and "above the last id" would lose whatever commits late. Every statement carries the guard of what it reads
for the actor of that moment; nothing is remembered of what an actor could see before.
"""

from dataclasses import dataclass
from typing import Final

from resolvers.context import Context
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.reading import Page, PageRequest, Read, Row, fetch_page
from resolvers.reading.matters import MATTER_NEWS

SIZE: Final = "SELECT size FROM log_head"
WINDOW: Final = 2_000
"""Places looked through by one statement: a quiet body in a busy city costs no walk through all of them at once."""
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class News:
    """Events of a body; ``position`` is where to go on, ``more`` whether there is more to look through at once."""

    rows: tuple[Row, ...]
    position: int
    more: bool


async def position_now(ctx: Context) -> int:
    """Return the position behind everything that is in the log by now."""
    return int(await ctx.db.reads.fetchval(SIZE))


async def news(ctx: Context, body: str, position: int, columns: tuple[str, ...]) -> News:
    """Return the next events of a body from a position on, those that the actor may see at this moment."""
    size = await position_now(ctx)
    until = min(position + WINDOW, size)
    if until <= position:
        return News((), position, more=False)
    filters = {"from": position, "below": until, "bodies": [body]}
    read = Read((*columns, "place"), filters, "place")
    found: Page[Row] = await fetch_page(ctx, MATTER_NEWS, read, PageRequest(first=MOST))
    reached = int(found.rows[-1]["place"]) + 1 if found.has_next else until
    return News(found.rows, reached, more=reached < size)


def read_position(text: str) -> int:
    """Return a position as it was given out. Raises ``InvalidInput`` for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        message = "after 不是本接口返回的位置。"
        raise InvalidInput(message, "请原样使用 position。", (FieldProblem("after", "BAD_POSITION", message),))
    return int(text)
