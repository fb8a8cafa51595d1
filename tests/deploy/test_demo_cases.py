"""A year of the demo city's matters is made by running the engine, and what was made stands up to every check."""

import io
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from pypdf import PdfReader

from deploy.demo.cases import load_cases
from deploy.demo_city import PROFILE, load, read_demo, write_accounts
from domain.profiles import load_profiles
from resolvers import files, matters, ratings, reports, results
from resolvers.calendar import seed_calendar
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from tests import factories

CASES, DAYS = 16, timedelta(days=120)
WORKING = 40  # so many that bodies enough have work to report on


async def every_material_opens(ctx: Context) -> None:
    """What the record names as handed in is there, byte for byte, and reads as a PDF."""
    sql = """SELECT DISTINCT x ->> 'digest' AS digest FROM matter m, jsonb_array_elements(m.state -> 'materials') x"""
    named = {row["digest"] for row in await ctx.db.reads.fetch(sql)}
    rows = await ctx.db.reads.fetch("SELECT DISTINCT digest FROM material WHERE seq IS NOT NULL AND kind = 'pdf'")
    assert named == {row["digest"] for row in rows} != set()
    for digest in sorted(named)[:20]:
        content = b"".join([piece async for piece in await files.read(ctx, digest)])
        assert sha256(content).hexdigest() == digest
        assert "演示材料" in PdfReader(io.BytesIO(content)).pages[0].extract_text()


@pytest.mark.clause("R1", "R9")
async def test_matters_of_the_demo_city_are_made_by_the_engine(database: Database, tmp_path: Path) -> None:
    ctx = replace(factories.context(database), profile=load_profiles()[PROFILE])
    async with unit_of_work(ctx) as uow:
        await seed_calendar(uow)
    loaded = await load(ctx)
    city = read_demo()
    told: list[str] = []
    made = await load_cases(ctx, city.bodies, city.items, CASES, lambda step, done, total: told.append(step), DAYS)
    assert len(made) >= CASES * 9 // 10
    assert {"archived", "running"} <= {one.phase for one in made}
    assert set(told) == {"办件"}
    checked = await matters.check_matters(ctx, everything=True)
    reviews = await database.reads.fetchval("SELECT count(*) FROM rating_review")
    cases = await database.reads.fetchval("SELECT count(*) FROM matter WHERE kind = 'supervision_case'")
    assert (checked.matters, checked.altered) == (len(made) + reviews + cases, ())
    # S1, S5, S7: what the city does wrong is found, followed up, and scored.
    found = {row["rule_code"] for row in await ctx.db.reads.fetch("SELECT DISTINCT rule_code FROM alert")}
    assert {"R01", "R07", "R12"} <= found
    assert cases > 0
    assert await database.reads.fetchval("SELECT count(*) FROM assessment_entry") > 0
    # H6, H7: parties rate and results are published, by the use-cases and in their order.
    assert await database.reads.fetchval("SELECT count(*) FROM rating") > CASES // 5
    assert len((await results.list_published(ctx)).rows) > 0
    assert (await ratings.monthly(ctx))[0].invited > 0
    future = "SELECT count(*) FROM event WHERE at > $1"
    assert await database.reads.fetchval(future, ctx.now) == 0
    gaps = (
        "SELECT count(*) FROM matter m WHERE m.seq <> (SELECT count(*) FROM event e WHERE e.stream = 'matter:' || m.id)"
    )
    assert await database.reads.fetchval(gaps) == 0
    one = next(one for one in made if one.phase == "running")
    assert (await matters.status(ctx, one.number, one.code)).number == one.number
    await every_material_opens(ctx)
    write_accounts(tmp_path / "accounts.txt", loaded.accounts, made)
    assert one.code in (tmp_path / "accounts.txt").read_text("utf-8")


@pytest.mark.clause("N1", "N2")
async def test_the_demo_city_has_a_year_of_reports_and_bulletins(database: Database) -> None:
    """The bulletins of the quarters that are over, and the yearly reports of those who work here, two of them late."""
    ctx = replace(factories.context(database), profile=load_profiles()[PROFILE])
    async with unit_of_work(ctx) as uow:
        await seed_calendar(uow)
    await load(ctx)
    city = read_demo()
    await load_cases(ctx, city.bodies, city.items, WORKING, lambda step, done, total: None)
    assert len((await reports.list_published(ctx, "bulletin")).rows) >= 3
    assert len((await reports.list_published(ctx, "annual_report")).rows) >= 2
    assert await database.reads.fetchval("SELECT count(*) FROM report WHERE late") == 2
    assert await database.reads.fetchval("SELECT count(*) FROM notice WHERE template = 'annual_reports_missing'") == 2
