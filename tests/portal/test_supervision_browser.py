"""The pages of supervision in a browser: nothing that axe can find, nothing too wide, and a board that shows itself anew."""

from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from resolvers import exchange_platforms, inspections, matters, score_items, supervision
from resolvers.acting import actor_by_login
from resolvers.inspections_values import InspectionPlan
from resolvers.matters import Opening
from resolvers.score_items import ItemText
from tests.alerts import idle, planted
from tests.portal.test_accounts_browser import RULES
from tests.portal.test_desk_browser import WAYS, picture, visit
from tests.portal.test_matters_browser import Served, served
from tests.portal.test_supervision_analysis import charted
from tests.running import LICENCE, PENALTY

__all__ = ["served"]
pytestmark = [pytest.mark.browser, pytest.mark.clause("S3", "H11")]
AREA = "/desk/supervision"
SOON = 60_000


async def _inspected(served: Served) -> str:
    """Draw a case of some days ago in an inspection and note a problem; returns the address of its sheet."""
    ctx = served.made.ctx
    body, then = served.made.body.code, ctx.at(ctx.now - timedelta(days=5))
    await matters.open_matter(then, Opening(item=PENALTY, key="drawn"))
    watcher = ctx.acting_as(await actor_by_login(ctx, "supervisor"))
    day, team = then.today, ("甲", "乙")
    wanted = InspectionPlan(
        "one", "处罚检查", "focused", ("dossiers", "on_site"), "kept", (body,), team, day, day, sample_size=5
    )
    number = await inspections.plan(watcher, wanted)
    await inspections.draw_samples(watcher, number)
    (sample,) = (await inspections.inspection(watcher, number)).samples
    await inspections.note(watcher, number, "", sample.id, [("limits", "problem", "超期未告知")])
    await score_items.propose(watcher, ItemText("one", body, "2026-09", "additions", "1", "便民改革", "督办 1 号"))
    return f"{AREA}/inspections/{number}?part=s{sample.id}"


@pytest.mark.timeout(240)
async def test_the_pages_of_supervision_have_no_violation_in_any_way_of_showing(
    browser: Browser, served: Served, owner_url: str
) -> None:
    await supervision.keep_shipped(served.made.ctx)
    await exchange_platforms.add(served.made.ctx.at(served.made.ctx.now - timedelta(days=2)), "示范省平台")
    sheet = await _inspected(served)
    first = await planted(owner_url, 1, "alarm")
    await planted(owner_url, 2, "reminder", "R12")
    applied = await matters.open_matter(served.made.acting("clerk"), Opening(item=LICENCE, key="charted"))
    await planted(owner_url, applied.matter_id, "warning", "R04")
    await charted(served.made)
    silent = await idle(owner_url, PENALTY)
    pages = {
        "board": AREA,
        "exchange": "/desk/exchange",
        "analysis": f"{AREA}/analysis",
        "risks": f"{AREA}/risks/{LICENCE}",
        "alert": f"{AREA}/alerts/{first}",
        "silence": f"{AREA}/alerts/{silent}",
        "alerts": f"{AREA}/alerts",
        "new": f"{AREA}/cases/new?alert={first}",
        "cases": f"{AREA}/cases",
        "rules": f"{AREA}/rules",
        "rule": f"{AREA}/rules/R01",
        "inspections": f"{AREA}/inspections",
        "plan": f"{AREA}/inspections/new",
        "inspection": sheet,
        "items": "/desk/scores/items",
    }
    found: list[str] = []
    for way in [one for one in WAYS if one != "tablet"]:
        context = await visit(served, browser, "supervisor", way)
        page = await context.new_page()
        for name, path in pages.items():
            answer = await page.goto(served.address + path)
            assert answer is not None
            assert answer.status == 200, path
            await page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            results = await Axe().run(page, options=RULES)
            found += [f"{name}: {one['id']} {one['nodes'][0]['html'][:200]}" for one in results.response["violations"]]
            width = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if width > 0:
                found.append(f"{name} {way}: {width} px too wide")
            await picture(page, f"supervision-{name}-{way}")
        await context.close()
    assert found == []


async def test_the_board_shows_itself_anew_when_an_alert_opens_and_without_script_when_it_is_loaded_again(
    browser: Browser, served: Served, owner_url: str
) -> None:
    await supervision.keep_shipped(served.made.ctx)
    await planted(owner_url, 1, "alarm")
    live = await (await visit(served, browser, "supervisor")).new_page()
    plain = await (await visit(served, browser, "supervisor", script=False)).new_page()
    alarms = ".grade-box.grade-alarm strong"
    for page in (live, plain):
        await page.goto(served.address + AREA)
        await expect(page.locator(alarms)).to_have_text("1")
    # Found while the first page may still be opening its stream: it follows from the moment at which it was read.
    await planted(owner_url, 2, "alarm")
    await expect(live.locator(alarms)).to_have_text("2", timeout=SOON)
    await expect(plain.locator(alarms)).to_have_text("1")
    await plain.reload()
    await expect(plain.locator(alarms)).to_have_text("2")
    async with plain.expect_navigation():
        await plain.click(f"{alarms} a")
    await expect(plain.locator("main tbody tr")).to_have_count(2)
