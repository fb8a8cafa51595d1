"""Measure reports: the planner over a store full of matters, and the bulletin of a year of that many cases, PDF included."""

import asyncio
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg
from sqlmodel import col, select

from domain.access import Role
from domain.periods import Period
from domain.tables.bodies import Government
from resolvers import planner, reports
from resolvers.addresses import plain_url
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.file_store import FileStore
from resolvers.press import Press
from tests import factories, running
from tests.bench import ground, measuring
from tests.bench.acts.office import PROFILE, opened

FONTS: Final = Path(__file__).parents[2] / "deploy" / "fonts"
GOAL_PLANNER, GOAL_BULLETIN = 5.0, 30.0
YEAR: Final = Period(2026)
SUNDAY: Final = datetime(2026, 12, 6, 4, tzinfo=UTC)
# What the store of the bench leaves out: when closed matters were closed, and which of them were late.
CLOSED: Final = "UPDATE matter SET closed_at = opened_at + interval '9 days', decided_at = opened_at + interval '8 days' WHERE phase = 'closed'"
LATE: Final = """
INSERT INTO event (stream, seq, kind, actor_name, body_code, at, body)
SELECT 'matter:' || id, 1, 'matter.remind', '', body_code, opened_at + interval '7 days',
  '{"act":{"kind":"remind","level":"warning","limit":"decide"}}' FROM matter WHERE id % 20 = 0
"""
OVERDUE: Final = (
    "UPDATE matter SET due_on = date '2026-11-30', due_rank = date '2026-11-30' WHERE phase = 'running' AND id % 10 = 0"
)


async def _prepared(owner_url: str) -> None:
    connection = await asyncpg.connect(plain_url(owner_url))
    await connection.execute("SET session_replication_role = replica")
    for statement in (CLOSED, LATE, OVERDUE, "VACUUM ANALYZE matter", "VACUUM ANALYZE event"):
        await connection.execute(statement)
    await connection.close()


async def _seconds(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def section(folder: Path, count: int) -> str:
    """Measure in a cluster of its own below the folder and return the section of the report."""
    folder.mkdir()
    async with ground.cluster(folder) as (owner_url, application_url):
        await asyncio.to_thread(ground.migrated, owner_url)
        database = await Database.connect(owner_url, pool_size=4, statement_timeout_ms=600_000)
        try:
            office = await opened(database, application_url, count)
            await _prepared(owner_url)
            found = await _measured(database)
        finally:
            await database.close()
    return written(found, office.stored)


async def _measured(database: Database) -> dict[str, float]:
    files, press = FileStore.in_memory(), Press((FONTS,), "https://power.example.gov.cn")
    ctx = factories.context(database, now=SUNDAY, profile=factories.profile(PROFILE), files=files, press=press)
    government = await database.reads.fetchval("SELECT min(government_id) FROM body")
    async with database.sessions() as session:
        of = (await session.exec(select(Government).where(col(Government.id) == government))).one()
    body = await factories.body(
        ctx, of, code="B009", number="009", name="政务服务管理办公室", offices=("service_office",)
    )
    two = await running.people(ctx, body, {one: (f"{one}岗", (Role.SERVICE_OFFICE,)) for one in ("writer", "second")})
    await planner.plan(ctx)
    later = ctx.at(SUNDAY + timedelta(days=1, hours=2))
    found = {"planner: a Monday with every overdue matter counted": await _seconds(planner.plan(later))}
    found["planner: nothing due"] = await _seconds(planner.plan(later))
    after = ctx.at(datetime(2027, 2, 1, 4, tzinfo=UTC))
    began = time.perf_counter()
    async with unit_of_work(after) as uow:
        made = await reports.open_bulletin(uow, government, "B009", YEAR)
    found["bulletin: counted with the year before, drafted"] = time.perf_counter() - began
    writer, second = after.acting_as(two["writer"]), after.acting_as(two["second"])
    view = await reports.report(writer, made or 0)
    done = await reports.save(
        writer, made or 0, dict.fromkeys(view.row.content.sections, "情况良好。"), "", view.row.no
    )
    sent = await reports.submit(writer, made or 0, done.no)
    found["bulletin: approved, set as PDF, published"] = await _seconds(reports.accept(second, made or 0, sent.no))
    return found


def written(found: dict[str, float], stored: int) -> str:
    """Return what was measured as Markdown."""
    planned = max(seconds for name, seconds in found.items() if name.startswith("planner"))
    made = sum(seconds for name, seconds in found.items() if name.startswith("bulletin"))
    goals = (
        (
            f"planner over {stored:,} matters ≤ {GOAL_PLANNER:g} s",
            f"{planned:.2f} s",
            "yes" if planned <= GOAL_PLANNER else "NO",
        ),
        (
            f"bulletin of {stored:,} cases ≤ {GOAL_BULLETIN:g} s",
            f"{made:.2f} s",
            "yes" if made <= GOAL_BULLETIN else "NO",
        ),
    )
    rows = list(found.items())
    first = measuring.table(f"Reports: {stored:,} matters in the store", ("what", "seconds"), rows)
    return f"{first}\n{measuring.table('Reports: goals', ('goal', 'measured', 'met'), goals)}"
