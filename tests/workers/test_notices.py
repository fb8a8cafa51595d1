"""Notices that fell due, while worker and Valkey are killed: none is lost, none is shown twice, letters go out (trust 3.2)."""

import asyncio
import random
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy import roles
from deploy.embedded import OWNER
from resolvers import notices
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.notices import NewNotice
from tests import reporting
from tests.reporting import Scene
from tests.workers.test_outbox import Mortals, undone
from workers.main import EVERY_MINUTE
from workers.notices import plan_notices
from workers.reports import keep_reports

pytestmark = pytest.mark.clause("N1", "R5", "R9")
FACTS = {"report": "2026年度年度报告", "reason": "请补充"}
COPIES = """
SELECT c.account_id, n.key, count(*) AS copies FROM notice_copy c JOIN notice n ON n.id = c.notice_id
WHERE c.channel = 'desk' GROUP BY 1, 2
"""


@pytest.fixture
def mortals(owner_url: str) -> Iterator[Mortals]:
    folder = Path(tempfile.mkdtemp(prefix="yangguang-mortal-", dir="/tmp"))  # paths of sockets are short
    made = Mortals(folder, owner_url.replace(f"://{OWNER}@", f"://{roles.WORKER}@", 1))
    yield made
    made.end()
    shutil.rmtree(folder)


async def written(ctx: Context, of: Scene, first: int, count: int) -> None:
    """Write notices to the office, each with its cause."""
    async with unit_of_work(ctx, unrecorded="a test") as uow:
        for number in range(first, first + count):
            new = NewNotice(f"n{number}", "report_returned", "003-10(1)", ("service_office",), "government", of.government, facts=FACTS)  # fmt: skip
            await notices.write(uow, new)


async def storm(database: Database, mortals: Mortals, letters: int, kills: int) -> None:
    """Write so many notices while worker and Valkey are killed so many times each at random moments."""
    of = await reporting.scene(database, datetime.now(UTC) - timedelta(hours=1))
    ctx, dice = of.at("", datetime.now(UTC)), random.Random(seed := random.randrange(2**32))
    moments = {
        at: kill for kill in (mortals.kill_valkey, mortals.kill_worker) for at in dice.sample(range(1, letters), kills)
    }
    mortals.look()
    for first in range(0, letters, 10):
        await written(ctx, of, first, min(10, letters - first))
        for at in [one for one in moments if one < first + 10]:
            moments.pop(at)()
        mortals.look()
        await asyncio.sleep(0.05)
    while await undone(ctx):
        mortals.look()
        await asyncio.sleep(0.2)
    people = {of.people[who].account_id for who in ("writer", "second")}
    rows = await database.reads.fetch(COPIES)
    assert {row["copies"] for row in rows} == {1}, seed
    assert {(row["account_id"], row["key"]) for row in rows} == {
        (one, f"n{number}") for one in people for number in range(letters)
    }, seed


@pytest.mark.timeout(240)
async def test_no_notice_is_lost_and_none_shown_twice_whatever_is_killed(database: Database, mortals: Mortals) -> None:
    await storm(database, mortals, letters=60, kills=1)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
async def test_two_thousand_four_hundred_notices_under_many_kills(database: Database, mortals: Mortals) -> None:
    await storm(database, mortals, letters=2_400, kills=12)


async def test_the_worker_plans_every_minute_and_without_a_calendar_it_waits(database: Database) -> None:
    assert {plan_notices, keep_reports} <= set(EVERY_MINUTE)
    of = await reporting.scene(database, datetime(2026, 12, 5, 3, 0, tzinfo=UTC))
    ctx = {"database": database, "profile": of.of.ctx.profile, "gateways": of.of.ctx.gateways}
    for day in (5, 6, 6):
        await plan_notices(ctx | {"now": lambda day=day: datetime(2026, 12, day, 3, 0, tzinfo=UTC)})
    assert await database.reads.fetchval("SELECT count(*) FROM notice WHERE template = 'annual_report_reminder'") == 1
    await keep_reports(ctx | {"now": lambda: datetime(2026, 12, 6, 3, 0, tzinfo=UTC)})
    assert await database.reads.fetchval("SELECT count(*) FROM event WHERE kind = 'figures.recounted'") == 1
