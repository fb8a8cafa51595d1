"""A start that changes nothing asks what the database has, and reads neither the tables nor Alembic."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from deploy import revisions, standing
from domain.profiles import load_profiles
from resolvers.addresses import plain_url
from resolvers.calendar import seed_calendar
from resolvers.context import Context, unit_of_work
from resolvers.database import Database

ROOT = Path(__file__).parents[2]
HEAVY = ("sqlalchemy", "sqlmodel", "alembic", "redis", "starlette", "strawberry", "typst")


async def test_a_database_says_which_revision_it_has(make_database: Callable[..., str]) -> None:
    assert await standing.revision(make_database(empty=True)) == ""
    assert await standing.revision(make_database()) == revisions.head()


async def test_a_calendar_is_complete_when_every_published_year_is_there(database: Database, owner_url: str) -> None:
    assert not await standing.calendar_is_complete(owner_url)
    context = Context(db=database, now=datetime(2026, 11, 2, tzinfo=UTC), profile=load_profiles()["demo-city"])
    async with unit_of_work(context) as uow:
        await seed_calendar(uow)
    assert await standing.calendar_is_complete(owner_url)
    owner = await asyncpg.connect(plain_url(owner_url))
    await owner.execute("SET session_replication_role = replica; DELETE FROM calendar_notice WHERE year = 2026")
    await owner.close()
    assert not await standing.calendar_is_complete(owner_url)


def test_the_parent_of_a_start_loads_nothing_that_only_its_children_need() -> None:
    program = f"import sys, deploy.commands.serve; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
