"""Measure supervision: all rules over all matters, from an act to its alert, an expression over many matters, and the board.

The matters are those of the bench's cases; every hundredth of them is late beyond doubt, so that there is something to find.
"""

import asyncio
import os
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
from domain.supervision.expressions import used
from domain.supervision.rules import Rule
from resolvers import supervision
from resolvers.addresses import plain_url
from resolvers.calendar import seed_calendar
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.expressions import AT_ONCE, Evaluator
from resolvers.supervision_finding import find, running
from resolvers.supervision_rules import newest
from resolvers.supervision_view import Wanted, judge
from tests.bench import ground, measuring
from tests.bench.peers import cases

ITEMS: Final = 2_000
GOAL_SECONDS: Final = 30.0
ACTS: Final = 200
PER_SECOND: Final = 100
EVENTS: Final = 500
WATCHMEN: Final = 4
LATENCY_GOAL: Final = 2.0
EXPRESSED: Final = 100_000
EXPRESSION_GOAL: Final = 10.0
LOOKS: Final = 40
BOARD_GOAL_MS: Final = 200.0
OWN: Final = Rule.model_validate(
    {
        "code": "Z01",
        "name": "测速",
        "clause": "003-37",
        "kind": "flow",
        "condition": "expression",
        "expression": 'kind == "case" && (supplements >= 2 || days_open > 4000 || late_steps.exists(one, one == "审查"))',
        "grades": [{"grade": "warning", "least": "1"}],
        "message": "发现。",
    }
)
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
                return await _measured(database, owner_url, made, matters)
            finally:
                await database.close()


async def _measured(database: Database, owner_url: str, made: ground.Ground, matters: int) -> str:
    ctx, busy = replace(made.ctx, db=database, now=datetime.now(UTC), actor=SYSTEM), os.getloadavg()[0]
    async with unit_of_work(ctx, unrecorded="a calendar that is there already") as uow:
        await seed_calendar(uow)
    began = time.perf_counter()
    first = await supervision.sweep(ctx)
    looked = time.perf_counter() - began
    await ground.settle(owner_url)
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
    latency = await _latency(ctx, ids)
    expressed, looked_at = await _expression(database, ctx)
    unlike = await _unlike(looked_at)
    board, analysis = await _boards(ctx)
    rows = [
        ("first sweep: every matter looked at, alerts written", f"{looked:.1f} s", "—", first.opened),
        (f"sweep of {len(rules)} rules over {matters:,} matters", f"{again:.1f} s", f"≤ {GOAL_SECONDS:.0f} s", 0),
        ("the rules about one matter, as at each act", f"{act:.1f} ms", "—", 0),
        (
            f"from an act to its alert at {PER_SECOND} acts/s, p95",
            f"{latency:.2f} s",
            f"≤ {LATENCY_GOAL:.0f} s",
            EVENTS,
        ),
        (
            f"an expression over {looked_at:,} matters",
            f"{expressed:.1f} s",
            f"≤ {EXPRESSION_GOAL:.0f} s for 100,000",
            0,
        ),
        ("its evaluation alone, were no two of these matters alike", f"{unlike:.1f} s", "—", 0),
        (f"the board over {first.opened:,} alerts, p95", f"{board:.0f} ms", f"≤ {BOARD_GOAL_MS:.0f} ms", first.opened),
        ("the analysis, median", f"{analysis:.0f} ms", "—", first.opened),
    ]
    told = measuring.table(f"Supervision: {matters:,} matters", ("what", "time", "goal", "alerts"), rows)
    return f"{told}\n{measuring.busy(busy)}"


async def _latency(ctx: Context, ids: list[int]) -> float:
    """Return how long 95 of 100 acts waited for their alert, while so many came each second."""
    arrivals: asyncio.Queue[tuple[float, int]] = asyncio.Queue()
    waited: list[float] = []

    async def attend() -> None:
        while True:
            arrived, number = await arrivals.get()
            async with unit_of_work(ctx, unrecorded="a matter of which nothing new is found") as uow:
                await supervision.attend(uow, {"matter": number})
            waited.append(time.perf_counter() - arrived)
            arrivals.task_done()

    watchmen = [asyncio.create_task(attend()) for _ in range(WATCHMEN)]
    began = time.perf_counter()
    for number in range(EVENTS):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        arrivals.put_nowait((time.perf_counter(), ids[number % len(ids)]))
    await arrivals.join()
    for one in watchmen:
        one.cancel()
    return sorted(waited)[int(0.95 * len(waited))]


async def _expression(database: Database, ctx: Context) -> tuple[float, int]:
    """Return the seconds that one expression took over at most 100,000 matters, read from the database."""
    rows = await database.reads.fetch("SELECT matter_id FROM watched_matter ORDER BY matter_id LIMIT $1", EXPRESSED)
    own = Evaluator()
    began = time.perf_counter()
    said = await judge(database.reads, own, [OWN], Wanted(ctx.today, tuple(row["matter_id"] for row in rows)))
    seconds = time.perf_counter() - began
    own.close()
    return seconds, said.looked


async def _unlike(count: int) -> float:
    """Return the seconds that the same expression takes for so many rows of which no two are alike, as they are asked for."""
    own = Evaluator()
    rows = [f'["case", {-number}, {number % 2}, []]' for number in range(count)]
    began = time.perf_counter()
    for first in range(0, count, AT_ONCE):
        await own.ask_written(OWN.expression, used(OWN.expression), rows[first : first + AT_ONCE])
    seconds = time.perf_counter() - began
    own.close()
    return seconds


async def _boards(ctx: Context) -> tuple[float, float]:
    """Return the p95 of the board and the median of the analysis, in milliseconds."""
    boards, analyses = [], []
    for number in range(LOOKS):
        began = time.perf_counter()
        await supervision.board(ctx)
        boards.append(time.perf_counter() - began)
        if number % 10 == 0:
            began = time.perf_counter()
            await supervision.analysis(ctx)
            analyses.append(time.perf_counter() - began)
    return sorted(boards)[int(0.95 * LOOKS)] * 1000, sorted(analyses)[len(analyses) // 2] * 1000
