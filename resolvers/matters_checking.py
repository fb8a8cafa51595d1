"""The nightly check of matters: what is kept of each must be what its events make (003-33)."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from domain.access import Permission
from domain.engine.matter import BrokenRecord, Matter, fold
from resolvers import archives, record
from resolvers import matters_store as store
from resolvers.context import LOCAL, Context, unit_of_work
from resolvers.errors import NotFound
from resolvers.permits import permit

STREAM: Final = "matters"
CHECKED: Final = "matters.checked"
NAMED: Final = 20
CHUNK: Final = 200
LAST: Final = "SELECT max(at) FROM event WHERE stream = $1 AND kind = $2"
TO_CHECK: Final = """
SELECT id FROM matter WHERE id > $1 AND ($2::timestamptz IS NULL OR changed_at >= $2 OR id % $4 = $5) ORDER BY id LIMIT $3
"""
ROUND: Final = 7
"""Nights in which every matter is looked at once, whether it changed or not; more where there are very many."""

A_NIGHT: Final = 20_000
"""Matters that did not change and are looked at in one night, at most: the job ends in minutes."""


class StateDiffers(AssertionError):
    """What is kept of a matter is not what its events make; somebody else than this program wrote it."""


@dataclass(frozen=True, slots=True)
class MattersCheck:
    """What a check found: how many matters it rebuilt, and the numbers of those that are not as their events say."""

    matters: int
    altered: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether every matter is what its events make."""
        return not self.altered


async def rebuild(ctx: Context, matter_id: int) -> Matter:
    """Return the matter that its events make; raises ``StateDiffers`` if the kept one is another, ``NotFound``.

    Of a matter whose events have left for the archive the kept one is returned, if it is what it was then.
    """
    async with ctx.db.reads.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        try:
            held = await store.hold(connection, matter_id, lock=False)
        except ValueError as error:
            # What cannot even be read as a matter was written by nobody of ours; the check goes on with the next one.
            number = await connection.fetchval("SELECT number FROM matter WHERE id = $1", matter_id)
            raise StateDiffers(f"{number}: {error}") from error
        if held is None or not store.may(ctx, Permission.MATTER_READ, held.government_id, held.bodies):
            raise NotFound("办件")
        if await archives.of_stream(connection, store.stream_of(matter_id)):
            # Its bundle is verified apart (`archive --verify`); what is kept here must be what was kept when they left.
            if not await archives.still_kept(connection, matter_id):
                raise StateDiffers(f"{held.number}: other than when its acts left for the archive")
            return held.matter
        try:
            events = await store.reread(connection, matter_id)
            made = fold(events)
        except (BrokenRecord, ValueError) as error:
            raise StateDiffers(f"{held.number}: {error}") from error
    if made != held.matter or made.seq != held.seq:
        raise StateDiffers(f"{held.number}: {_difference(made, held.matter)}")
    return made


def _difference(made: Matter, kept: Matter) -> str:
    names = [name for name in Matter.model_fields if getattr(made, name) != getattr(kept, name)]
    return "other than its events: " + ", ".join(names or ["seq"])


async def check_is_due(ctx: Context) -> bool:
    """Say whether matters have not been checked yet on this civil day; a missed day is caught up."""
    start_of_day = datetime.combine(ctx.today, time(), LOCAL).astimezone(UTC)
    last: datetime | None = await ctx.db.reads.fetchval(LAST, STREAM, CHECKED)
    return last is None or last < start_of_day


async def check_matters(ctx: Context, *, everything: bool = False) -> MattersCheck:
    """Rebuild every matter that changed since the last check, and a share of the others (or all); record what was found."""
    permit(ctx, Permission.RECORD_READ)
    since = None if everything else await ctx.db.reads.fetchval(LAST, STREAM, CHECKED)
    nights = max(ROUND, int(await ctx.db.reads.fetchval("SELECT coalesce(max(id), 0) FROM matter")) // A_NIGHT + 1)
    tonight = ctx.today.toordinal() % nights
    altered: list[str] = []
    count, last = 0, 0
    while ids := [row["id"] for row in await ctx.db.reads.fetch(TO_CHECK, last, since, CHUNK, nights, tonight)]:
        for one in ids:
            try:
                await rebuild(ctx, one)
            except StateDiffers as error:
                altered.append(str(error).split(":", 1)[0])
        count, last = count + len(ids), ids[-1]
    async with unit_of_work(ctx) as uow:
        told = {"altered": altered[:NAMED], "altered_count": len(altered), "matters": count}
        await record.append(uow, STREAM, CHECKED, told)
    return MattersCheck(count, tuple(altered))
