"""Complaints in a browser: filed on a phone without script or cookie, late until the supervisor sees it, then answered."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page
from starlette.types import ASGIApp

from deploy import identity_keys
from portal import session_cookie
from resolvers import complaints
from resolvers.complaints_sealing import IdentityKeys, public_of
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.keys import Keyring
from tests import complaints as cities
from tests import desks
from tests.complaints import CLIENT, SOMEBODY, City
from tests.desks import Person
from tests.portal.test_accounts_browser import PICTURES, RULES, SIZES, _without_lifespan

pytestmark = [pytest.mark.browser, pytest.mark.clause("H3", "H4", "H5", "H11")]


@dataclass
class Served:
    """The city, served."""

    address: str
    city: City

    async def visit(self, browser: Browser, size: str, who: str = "", *, script: bool = True) -> BrowserContext:
        """Open a browser of a size as one of the people, or as nobody."""
        context = await browser.new_context(**SIZES[size], locale="zh-CN", java_script_enabled=script)
        cookies = [{"name": "mode", "value": "senior", "url": self.address}] if size == "senior" else []
        if who:
            account = self.city.people[who].account_id
            assert account is not None
            token = await desks.session_of(self.city.ctx.at(datetime.now(UTC)), Person(account, who))
            cookies.append({"name": session_cookie.SESSION, "value": token, "url": self.address})
        await context.add_cookies(cookies)  # type: ignore[arg-type]
        return context


@pytest.fixture
async def served(
    database: Database, database_url: str, serve_app: Callable[[ASGIApp], Awaitable[str]], tmp_path: Path
) -> AsyncIterator[Served]:
    keys = Keyring(desks.SECRET.encode())
    made = await cities.city(database, datetime.now(UTC) - timedelta(minutes=30), keys=keys)
    async with unit_of_work(made.ctx, unrecorded="people of a test who have chosen their passwords") as uow:
        await (await uow.raw()).execute("UPDATE account SET must_change_password = false")
    given = desks.settings(database_url, state_dir=tmp_path)
    sealing = IdentityKeys(public_of("handling", made.handling), public_of("supervision", made.supervision))
    identity_keys.keep(tmp_path, sealing)
    async with desks.running(given) as app:
        yield Served(await serve_app(_without_lifespan(app)), made)


async def pictured(page: Page, name: str) -> None:
    """Keep a picture, where pictures are wanted."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"complaints-{name}.png", full_page=True)


async def violations(page: Page, name: str) -> list[str]:
    """Return what axe finds with everything unfolded, and whether anything runs out of the page sideways."""
    await pictured(page, name)
    await page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    results = await Axe().run(page, options=RULES)
    found = [f"{name}: {one['id']} {one['nodes'][0]['html'][:200]}" for one in results.response["violations"]]
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, f"{name}: {wide} px too wide"] if wide > 0 else found


ACTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("inspector", "route", {}),
    ("inspector", "accept", {}),
    ("inspector", "find", {"text": "属实。", "result": "solved"}),
    ("director", "decide", {"text": "同意。", "result": "solved"}),
    ("inspector", "reply", {"text": "已经退还并补票。"}),
)


async def answered(browser: Browser, served: Served, which: int) -> None:
    """Go through a report at the desk, by its forms."""
    for who, verb, fields in ACTS:
        context = await served.visit(browser, "desktop", who)
        working = await context.new_page()
        await working.goto(f"{served.address}/desk/complaints/{which}")
        form = f"form[action$='/acts/{verb}']"
        await working.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        for name, value in fields.items():
            if name == "result":
                await working.select_option(f"{form} [name=result]", value)
            else:
                await working.fill(f"{form} [name={name}]", value)
        await working.click(f"{form} button")
        assert "没有办理" not in await working.inner_text("main"), verb
        await context.close()


async def test_a_real_name_report_on_a_phone_goes_up_when_nobody_answers_and_is_answered_then(
    browser: Browser, served: Served
) -> None:
    city = served.city
    phone = await served.visit(browser, "phone", script=False)
    page = await phone.new_page()
    await page.goto(served.address)
    # Two clicks from any page: the navigation, then the kind.
    await page.click("nav.main-nav a[href='/complaints']")
    await page.click("a.tile[href*='kind=report']")
    await page.check("#about-officer")
    await page.fill("#field-text", "窗口收钱不给票。")
    await page.check("#capacity-real_name")
    await page.fill("#field-name", SOMEBODY.name)
    await page.fill("#field-number", "11010519491231002X")
    await page.fill("#field-phone", SOMEBODY.phone)
    await page.click("main button[type=submit]")
    # What is missing is told at its field, and nothing that was typed is lost.
    assert "没有写明是哪一个工作人员" in await page.inner_text("#problems")
    assert await page.input_value("#field-text") == "窗口收钱不给票。"
    await page.fill("#field-detail", "三号窗口")
    await page.click("main button[type=submit]")
    code = await page.inner_text("code.code")
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", code)
    assert await phone.cookies() == []
    await pictured(page, "filed-phone")
    number = await page.inner_text("dd code:not(.code)")
    which = await city.ctx.db.reads.fetchval("SELECT id FROM complaint WHERE number = $1", number)
    later = city.ctx.at(datetime.now(UTC) + timedelta(days=20))
    assert (await complaints.sweep(later)).events > 0
    desk = await served.visit(browser, "desktop", "director")
    watching = await desk.new_page()
    await watching.goto(f"{served.address}/desk/complaints?scope=escalated")
    assert "已升级" in await watching.inner_text(f"tr:has-text('{number}')")
    await pictured(watching, "escalated")
    await answered(browser, served, which)
    await page.goto(f"{served.address}/complaints/follow")
    await page.fill("#field-code", code.lower())
    await page.click("main form button[type=submit]")
    told = await page.inner_text("main")
    assert "已经退还并补票。" in told
    assert "已解决" in told
    assert "已经答复" in told
    await pictured(page, "answered-phone")
    for context in (phone, desk):
        await context.close()


@pytest.mark.parametrize("size", list(SIZES))
async def test_no_page_of_complaints_has_a_violation(browser: Browser, served: Served, size: str) -> None:
    city, found = served.city, list[str]()
    filed = await city.file("complaint", named=True, consent=False)
    other = await city.file("report", body="B001")
    await city.answered(filed)
    await city.act(other, "inspector", "route")
    await city.act(other, "inspector", "accept")
    await city.act(other, "inspector", "extract", "请说明收费情况。", to="B001")
    await complaints.ask_identity(city.at("officer"), filed.complaint_id, "inquiry")
    await complaints.say(city.at("visitor"), filed.code, cities.key(), "谢谢。", CLIENT)
    anybody = await served.visit(browser, size)
    page = await anybody.new_page()
    await page.goto(f"{served.address}/complaints/follow")
    await page.fill("#field-code", filed.code)
    await page.click("main form button[type=submit]")
    assert "对答复满意吗" in await page.inner_text("main")
    found += await violations(page, f"follow-{size}")
    await page.goto(f"{served.address}/complaints/new?kind=consultation")
    await page.check("#about-general")
    await page.check("#capacity-anonymous")
    await page.fill("#field-text", "怎么办？")
    await page.click("main button[type=submit]")
    assert "查询码只显示这一次" in await page.inner_text("main")
    found += await violations(page, f"filed-{size}")
    for who, path, told in (
        ("officer", "/desk/complaints", "请说明收费情况。"),
        ("officer", "/desk/complaints/new", "登记来电"),
        ("officer", f"/desk/complaints/{filed.complaint_id}", "提出人身份"),
        ("director", f"/desk/complaints/{other.complaint_id}", "发出的摘编"),
    ):
        context = await served.visit(browser, size, who)
        working = await context.new_page()
        answer = await working.goto(served.address + path)
        assert answer is not None
        assert answer.status == 200
        assert told in await working.inner_text("main")
        found += await violations(working, f"{who}{path.replace('/', '-')}-{size}")
        await context.close()
    await anybody.close()
    assert found == []
