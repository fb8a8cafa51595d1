"""The desk for matters in a browser: no violation that axe can find, in three presentations, and no script needed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page
from starlette.types import ASGIApp

from deploy.file_stores import file_store
from portal import session_cookie
from resolvers import matters
from resolvers.database import Database
from resolvers.materials import ForOpening
from resolvers.matters import Opening
from tests import bureau, desks
from tests.bureau import Bureau
from tests.matters import sha
from tests.portal.test_accounts_browser import PICTURES, RULES, SIZES, _without_lifespan
from tests.running import LICENCE, PENALTY, handed_in

pytestmark = [pytest.mark.browser, pytest.mark.clause("N5", "H11")]
PAGES = [
    # name · who · address
    ("inbox", "clerk", "/desk/matters"),
    ("choose", "clerk", "/desk/matters/new"),
    ("open", "clerk", f"/desk/matters/new?item={LICENCE}"),
    ("case", "clerk", "/desk/matters/1"),
    ("accept", "clerk", "/desk/matters/1/acts/accept"),
    ("supplement", "clerk", "/desk/matters/1/acts/ask_supplement"),
    ("penalty", "inv1", "/desk/matters/2"),
    ("complete", "inv1", "/desk/matters/2/acts/complete"),
    ("record", "inv1", "/desk/matters/2/acts/record"),
    ("decide", "deputy", "/desk/matters/3/acts/decide"),
    ("materials", "clerk", "/desk/matters/1/materials"),
    ("loads", "head", "/desk/matters/loads"),
    ("notices", "clerk", "/desk/notices"),
    ("letterhead", "head", "/desk/letterheads/B001"),
    ("status", "", "/status"),
]


@dataclass
class Served:
    """The bureau with three matters, served."""

    address: str
    made: Bureau
    number: str = ""
    code: str = ""

    async def visit(self, browser: Browser, size: str, who: str, *, script: bool = True) -> BrowserContext:
        """Open a browser of a size as one of the people."""
        context = await browser.new_context(**SIZES[size], locale="zh-CN", java_script_enabled=script)
        cookies = [{"name": "mode", "value": "senior", "url": self.address}] if size == "senior" else []
        if who:
            token = await desks.session_of(self.made.ctx, self.made.people[who])
            cookies.append({"name": session_cookie.SESSION, "value": token, "url": self.address})
        await context.add_cookies(cookies)  # type: ignore[arg-type]
        return context


@pytest.fixture
async def served(
    database: Database, database_url: str, serve_app: Callable[[ASGIApp], Awaitable[str]], tmp_path: Path
) -> AsyncIterator[Served]:
    made = await bureau.bureau(database)
    given = desks.settings(database_url, state_dir=tmp_path)
    made.ctx = replace(made.ctx, files=file_store(given))
    form = {"materials": [{"name": "申请表", "digest": sha("a")}]}
    first, last = [await handed_in(made.ctx, ForOpening(key, "B001"), form) for key in ("one", "three")]
    opened = await matters.open_matter(made.ctx, Opening(item=LICENCE, key="one", brings=first))
    await matters.open_matter(made.ctx, Opening(item=PENALTY, key="two"))
    third = await matters.open_matter(made.ctx, Opening(item=LICENCE, key="three", brings=last))
    for who, data in COURSE:
        await matters.act(made.acting(who), third.matter_id, data | {"key": f"{who}-{data['kind']}"})
    async with desks.running(given) as app:
        yield Served(await serve_app(_without_lifespan(app)), made, opened.number, opened.code)


AGREE = {"opinion": {"verdict": "agree", "text": "同意"}}
COURSE: list[tuple[str, dict[str, object]]] = [
    ("clerk", {"kind": "accept"}),
    ("reviewer", {"kind": "complete", **AGREE}),
    ("verifier", {"kind": "complete", "to": "decide", **AGREE}),
]


async def looked_at(page: Page, name: str, size: str, within: str | None) -> list[str]:
    """Return what is wrong with a page: what axe finds with everything unfolded, and what runs out of it sideways."""
    await page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    results = await Axe().run(page, within, {"runOnly": RULES["runOnly"]})
    found = [f"{name} {size}: {one['id']} {one['nodes'][0]['html'][:200]}" for one in results.response["violations"]]
    width = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"matters-{name}-{size}-open.png", full_page=True)
        await page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = false })")
        await page.screenshot(path=Path(PICTURES) / f"matters-{name}-{size}.png", full_page=True)
    return [*found, f"{name} {size}: {width} px too wide"] if width > 0 else found


@pytest.mark.timeout(240)
async def test_no_page_of_matters_has_a_violation(browser: Browser, served: Served) -> None:
    """axe-core looks at every page in every presentation.

    Wholly on a wide screen; in the others at what differs from page to page, once head and foot were looked at there too.
    """
    found: list[str] = []
    for size in SIZES:
        for who in dict.fromkeys(one for _, one, _ in PAGES):
            context, within = await served.visit(browser, size, who), None
            page = await context.new_page()
            for name, path in ((name, path) for name, one, path in PAGES if one == who):
                answer = await page.goto(served.address + path)
                assert answer is not None
                assert answer.status == 200, path
                found += await looked_at(page, name, size, within)
                within = None if size == "desktop" else "main"
            await context.close()
    assert found == []


async def test_without_script_a_matter_is_found_and_accepted_and_a_refusal_tells_what_is_missing(
    browser: Browser, served: Served
) -> None:
    await found_and_accepted(browser, served)
    await refused_with_reasons(browser, served)


async def found_and_accepted(browser: Browser, served: Served) -> None:
    """Find a matter in the inbox, accept it, and look its status up as its party does."""
    context = await served.visit(browser, "desktop", "clerk", script=False)
    page = await context.new_page()
    await page.goto(f"{served.address}/desk/matters?mine=on")
    await page.click(f"tr:has-text('{served.number}') a")
    await page.click("a:text-is('受理')")
    await page.click("form.act-form > .actions button >> nth=0")
    assert "已办理" in await page.inner_text(".done")
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / "matters-done.png", full_page=True)
    await page.goto(f"{served.address}/status")
    await page.fill("#field-number", served.number)
    await page.fill("#field-code", served.code)
    await page.click("main form button[type=submit]")
    assert "办理中" in await page.inner_text("main")
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / "matters-status-found.png", full_page=True)
    await context.close()


async def refused_with_reasons(browser: Browser, served: Served) -> None:
    """Try an act that lacks something; the page that says so passes axe."""
    for who, kind in (("inv1", "complete"), ("deputy", "accept")):
        context = await served.visit(browser, "desktop", who)
        page = await context.new_page()
        await page.goto(f"{served.address}/desk/matters/2/acts/{kind}")
        await page.click("form.act-form > .actions button >> nth=0")
        if kind == "accept":
            assert "立案审批表" in await page.inner_text(".problems")
            results = await Axe().run(page, options={"runOnly": RULES["runOnly"]})
            assert [one["id"] for one in results.response["violations"]] == []
            if PICTURES:
                await page.screenshot(path=Path(PICTURES) / "matters-refused.png", full_page=True)
        await context.close()
