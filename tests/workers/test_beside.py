"""Long work runs beside arq, one of a kind at a time, and holds up nothing else."""

import asyncio
from datetime import datetime

import pytest

from domain.profiles import load_profiles
from resolvers import assessments, supervision
from resolvers.context import LOCAL, Context
from resolvers.database import Database
from resolvers.supervision_sweep import Swept
from workers.assessments import score_periods
from workers.beside import KEY, Beside, beside
from workers.main import EVERY_MINUTE, LONG
from workers.supervision import supervise


async def test_a_work_runs_once_at_a_time_again_after_it_failed_and_is_cancelled_at_the_end() -> None:
    works, told, go = Beside(), list[str](), asyncio.Event()

    async def fails() -> None:
        told.append("began")
        await go.wait()
        raise RuntimeError("half way")

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("cleaned up")

    assert [works.begin("one", fails), works.begin("one", fails)] == [True, False]
    go.set()
    await works.done()
    assert works.begin("one", fails) is True
    await works.done()
    assert works.begin("two", endless) is True
    await asyncio.sleep(0)
    await works.close()
    assert told == ["began", "began", "cleaned up"]


@pytest.mark.clause("S1", "S7")
async def test_scoring_that_takes_long_is_begun_once_and_holds_up_no_sweep(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go, swept = list[datetime](), asyncio.Event(), asyncio.Event()

    async def long(ctx: Context) -> int:
        begun.append(ctx.now)
        await go.wait()
        return 0

    async def sweep(_ctx: Context) -> Swept:
        swept.set()
        return Swept(0, 0, 0)

    monkeypatch.setattr(assessments, "freeze_due", long)
    monkeypatch.setattr(supervision, "sweep", sweep)
    noon, works = datetime(2026, 9, 1, 12, tzinfo=LOCAL), Beside()
    ctx = {"database": database, "now": lambda: noon, "profile": load_profiles()["xuzhou-2016"], KEY: works}
    assert {score_periods, supervise} <= LONG <= set(EVERY_MINUTE)
    for job in (score_periods, score_periods, supervise):
        await beside(job)(ctx)
    async with asyncio.timeout(20):
        await swept.wait()
    assert begun == [noon]
    go.set()
    await works.done()
