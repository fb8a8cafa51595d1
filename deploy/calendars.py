"""The working-day calendar of an installation: completed at each start, extended by the notice of a coming year."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from deploy.profile_choice import profile_named
from domain.actors import SYSTEM
from domain.calendar import Calendar, CalendarYear
from domain.notice_files import NoticeFile
from resolvers.calendar import Notice, load_calendar, load_notice, seed_calendar
from resolvers.context import Context, unit_of_work
from resolvers.database import Database

T = TypeVar("T")


def complete(url: str, profile: str) -> tuple[int, ...]:
    """Load the published years that a database does not have yet; return which were loaded."""
    return asyncio.run(_connected(url, profile, _complete))


def load(url: str, profile: str, notice: NoticeFile) -> CalendarYear:
    """Load a notice as a new version of its year. Raises the refusals of ``load_notice``."""

    async def act(ctx: Context) -> CalendarYear:
        async with unit_of_work(ctx) as uow:
            return await load_notice(uow, Notice(notice.year, notice.title, notice.days, notice.source))

    return asyncio.run(_connected(url, profile, act))


def current(url: str, profile: str) -> Calendar:
    """Return the calendar in use. Raises ``CalendarMissing``."""
    return asyncio.run(_connected(url, profile, load_calendar))


async def _complete(ctx: Context) -> tuple[int, ...]:
    async with unit_of_work(ctx, unrecorded="nothing happened when every published year is there already") as uow:
        return await seed_calendar(uow)


async def _connected(url: str, profile: str, act: Callable[[Context], Awaitable[T]]) -> T:
    database = await Database.connect(url, pool_size=1)
    try:
        return await act(Context(db=database, now=datetime.now(UTC), profile=profile_named(profile), actor=SYSTEM))
    finally:
        await database.close()
