"""Measure supervision: all shipped rules over all matters, the first look at every matter, and what one act costs.

The matters are those of the bench's cases; every hundredth of them is late beyond doubt, so that there is something to find.
"""

import asyncio
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg

from deploy import roles
from deploy.embedded import OWNER
from domain.actors import SYSTEM
from resolvers import supervision
from resolvers.addresses import plain_url
from resolvers.calendar import seed_calendar
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.supervision_finding import find, running
from resolvers.supervision_rules import newest
from tests.bench import ground, measuring
from tests.bench.peers import cases

ITEMS: Final = 2_000
GOAL_SECONDS: Final = 30.0
ACTS: Final = 200
SOUND: Final = """
UPDATE matter SET state = jsonb_set(state, '{visits,0,doers}', '["one"]') || '{"outcome": {"result": "granted"}}'
"""
LATE: Final = """
UPDATE matter SET state = state || '{"reminded": [{"visit": 1, "limit": "s1", "level": "alarm"}]}' WHERE id % 100 = 0
"""


async def section(count: int) -> str:
    """Return the section of the report for so many matters."""
    with tempfile.TemporaryDirectory(prefix="yg-bench-", dir="/tmp") as name:
        folder = Path(name)
        async with ground.cluster(folder) as (owner_url, application_url):
            with ThreadPoolExecutor(max_workers=1) as aside:
                await asyncio.get_running_loop().run_in_executor(aside, ground.migrated, owner_url)
            library = await Database.connect(application_url, pool_size=1, statement_timeout_ms=600_000)
            made = await ground.fill(library, owner_url, ITEMS)
            await library.close()
            matters = await cases.fill(owner_url, count, peers=False)
            owner = await asyncpg.connect(plain_url(owner_url))
            await owner.execute("ALTER TABLE matter DISABLE TRIGGER USER")
            await owner.execute(SOUND, timeout=600)
            await owner.execute(LATE, timeout=600)
            await owner.execute("ALTER TABLE matter ENABLE TRIGGER USER")
            await owner.close()
            operator = owner_url.replace(f"://{OWNER}@", f"://{roles.OPERATOR}@", 1)
            database = await Database.connect(operator, pool_size=2, statement_timeout_ms=600_000)
            try:
                return await _measured(database, made, matters)
            finally:
                await database.close()


async def _measured(database: Database, made: ground.Ground, matters: int) -> str:
    ctx = replace(made.ctx, db=database, now=datetime.now(UTC), actor=SYSTEM)
    async with unit_of_work(ctx, unrecorded="a calendar that is there already") as uow:
        await seed_calendar(uow)
    began = time.perf_counter()
    first = await supervision.sweep(ctx)
    looked = time.perf_counter() - began
    began = time.perf_counter()
    await supervision.sweep(ctx)
    again = time.perf_counter() - began
    rules = running(await newest(database.reads))
    ids = [
        row["id"] for row in await database.reads.fetch("SELECT id FROM matter ORDER BY hashint8(id) LIMIT $1", ACTS)
    ]
    began = time.perf_counter()
    for one in ids:
        await find(ctx, database.reads, rules, [one])
    act = (time.perf_counter() - began) / len(ids) * 1000
    rows = [
        ("first sweep: every matter looked at, alerts written", f"{looked:.1f} s", "—", first.opened),
        (f"sweep of {len(rules)} rules over {matters:,} matters", f"{again:.1f} s", f"≤ {GOAL_SECONDS:.0f} s", 0),
        ("the rules about one matter, as at each act", f"{act:.1f} ms", "—", 0),
    ]
    return measuring.table("Supervision", ("what", "time", "goal", "alerts"), rows)
