"""A year of the demo city's matters is made by running the engine, and what was made stands up to every check."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from pypdf import PdfReader

from deploy.demo.cases import DemoCase, load_cases
from deploy.demo.complaints import Hearing, begin_hearing, read_plans
from deploy.demo_city import PROFILE, load, read_demo, write_accounts
from domain.actors import ANONYMOUS
from domain.complaints import CAPACITIES
from domain.profiles import load_profiles
from portal.complaints_words import RESULTS
from resolvers import complaints, files, matters, opinions, ratings, reports, results
from resolvers.calendar import seed_calendar
from resolvers.complaints_sealing import IdentityKeys, new_code, public_of
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.keys import Keyring
from resolvers.throttles import Client
from tests import desks, factories
from tests.demo_pages import every_matter_has_its_page_and_its_forms

CASES = 60
"""So many that bodies enough have work to report on, and matters are met in every state."""


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


async def complaints_are_in_every_state(ctx: Context, hearing: Hearing) -> None:
    """From registered to published: every step, ending and result, one late and gone up, one reviewed by others."""
    rows = await ctx.db.reads.fetch("SELECT * FROM complaint_run ORDER BY id")
    still = {row["step"] for row in rows if row["phase"] in ("received", "running") and row["last"]}
    assert {"route", "accept", "inquire", "decide", "close"} <= still
    assert {row["result"] for row in rows if row["phase"] == "closed"} >= set(RESULTS)
    assert {row["ending"] for row in rows} >= {"finished", "not_accepted", "withdrawn", "transferred"}
    assert {row["role"] for row in rows if row["answered_at"]} >= {"first", "review"}
    assert [row for row in rows if row["escalated_at"] and row["answered_at"] is None and row["last"]]
    assert [row for row in rows if row["escalated_at"] and row["answered_at"]]
    assert {one.capacity for one in read_plans()} == set(CAPACITIES)
    visitor = ctx.acting_as(ANONYMOUS)
    assert (await complaints.list_questions(visitor)).rows
    assert [one for one in (await complaints.list_figures(visitor)).rows if one.due]
    assert (await complaints.most_asked(visitor, 5))[0].item_code == "999900118XK00200"
    assert (await complaints.follow(visitor, hearing.filed[-1].code, Client("a visitor"))).step == "route"
    # H10: one call is concluded with its answers and counts, one is open and has a hearing.
    calls = {one.is_open: one for one in (await opinions.list_calls(visitor)).rows}
    assert (calls[False].received, calls[False].results[0]) == (15, (7, 3, 2))
    assert len((await opinions.list_answers(visitor, calls[False].id)).rows) == 3
    assert calls[True].hearing_at
    # Nobody but whoever hears, their heads and the bureau was told of any (000-16).
    sql = """SELECT count(*) FROM notice_copy c JOIN notice n ON n.id = c.notice_id JOIN posting p USING (account_id)
    JOIN post t ON t.id = p.post_id WHERE n.template LIKE 'complaint%' AND NOT t.roles && $1::text[]"""
    assert await ctx.db.reads.fetchval(sql, ["complaint_officer", "body_head", "supervision_bureau"]) == 0


async def matters_stand_up(ctx: Context, made: Sequence[DemoCase]) -> None:
    """R1, R9: every matter is what its events make of it, nothing lies in the future, and a party finds its own."""
    reads = ctx.db.reads
    assert len(made) >= CASES * 9 // 10
    assert {"archived", "running"} <= {one.phase for one in made}
    checked = await matters.check_matters(ctx, everything=True)
    reviews = await reads.fetchval("SELECT count(*) FROM rating_review")
    cases = await reads.fetchval("SELECT count(*) FROM matter WHERE kind = 'supervision_case'")
    assert (checked.matters, checked.altered) == (len(made) + reviews + cases, ())
    assert await reads.fetchval("SELECT count(*) FROM event WHERE at > $1", ctx.now) == 0
    gaps = (
        "SELECT count(*) FROM matter m WHERE m.seq <> (SELECT count(*) FROM event e WHERE e.stream = 'matter:' || m.id)"
    )
    assert await reads.fetchval(gaps) == 0
    one = next(one for one in made if one.phase == "running")
    assert (await matters.status(ctx, one.number, one.code)).number == one.number
    # S1, S5, S7: what the city does wrong is found, followed up, and scored.
    found = {row["rule_code"] for row in await reads.fetch("SELECT DISTINCT rule_code FROM alert")}
    assert {"R01", "R07", "R12"} <= found
    assert cases > 0
    assert await reads.fetchval("SELECT count(*) FROM assessment_entry") > 0
    kinds = await reads.fetch("SELECT kind, count(DISTINCT period) AS periods FROM assessment_score GROUP BY kind")
    assert min({row["kind"]: row["periods"] for row in kinds}[kind] for kind in ("body", "unit", "post")) > 1
    # H6, H7: parties rate and results are published, by the use-cases and in their order.
    assert await reads.fetchval("SELECT count(*) FROM rating") > CASES // 5
    assert len((await results.list_published(ctx)).rows) > 0
    assert (await ratings.monthly(ctx))[0].invited > 0


async def reports_are_there(ctx: Context) -> None:
    """N1, N2: the bulletins of the quarters that are over, and the yearly reports of those who work here, two of them late."""
    reads = ctx.db.reads
    assert len((await reports.list_published(ctx, "bulletin")).rows) >= 3
    assert len((await reports.list_published(ctx, "annual_report")).rows) >= 2
    assert await reads.fetchval("SELECT count(*) FROM report WHERE late") == 2
    assert await reads.fetchval("SELECT count(*) FROM notice WHERE template = 'annual_reports_missing'") == 2
    # 003-51(6): supervision has found them too.
    assert await reads.fetchval("SELECT count(DISTINCT subject_key) FROM alert WHERE rule_code = 'S10'") >= 2


@pytest.mark.timeout(300)
@pytest.mark.clause("R1", "R5", "R9", "H3", "H4", "H5", "H10", "N1", "N2")
async def test_the_demo_city_is_made_by_the_engine_and_has_a_year_of_everything(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    keys = IdentityKeys(public_of("handling", new_code()), public_of("supervision", new_code()))
    ctx = factories.context(database, now=datetime.now(UTC), keys=Keyring(desks.SECRET.encode()))
    ctx = replace(ctx, profile=load_profiles()[PROFILE], identity_keys=keys)
    async with unit_of_work(ctx) as uow:
        await seed_calendar(uow)
    loaded, city, told = await load(ctx), read_demo(), set[str]()
    hearing = await begin_hearing(ctx)
    made = await load_cases(
        ctx, city.bodies, city.items, CASES, lambda step, _done, _total: told.add(step), hearing=hearing
    )
    assert told == {"办件"}
    await matters_stand_up(ctx, made)
    await every_material_opens(ctx)
    await complaints_are_in_every_state(ctx, hearing)
    await reports_are_there(ctx)
    await every_matter_has_its_page_and_its_forms(ctx, made, database_url)
    write_accounts(tmp_path / "accounts.txt", loaded.accounts, made, filed=hearing.filed)
    written = (tmp_path / "accounts.txt").read_text("utf-8")
    assert next(one for one in made if one.phase == "running").code in written
    assert hearing.filed[-1].code in written
