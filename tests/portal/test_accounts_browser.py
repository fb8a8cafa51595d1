"""The desk in a browser: no violation that axe can find, in three presentations, and forms that work without script."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.access import Role
from portal import session_cookie
from resolvers import tokens
from resolvers.context import Context
from resolvers.database import Database
from resolvers.keys import Keyring
from tests import desks, factories

pytestmark = [pytest.mark.browser, pytest.mark.clause("N5")]
Serve = Callable[[ASGIApp], Awaitable[str]]
# Where to keep a picture of every page, for people to look at; nothing is kept without it.
PICTURES = os.environ.get("PICTURES", "")
SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "senior": {"viewport": {"width": 1280, "height": 900}},
}
PAGES: list[tuple[str, str, str]] = [
    # name · role · address
    ("sign-in", "", "/desk/sign-in"),
    ("home", Role.STAFFING_OFFICE, "/desk"),
    ("me", Role.STAFFING_OFFICE, "/desk/me"),
    ("password", Role.STAFFING_OFFICE, "/desk/password"),
    ("set-up", Role.STAFFING_OFFICE, "/desk/second-factor/set-up"),
    ("accounts", Role.SYSTEM_ADMIN, "/desk/accounts"),
    ("account-system", Role.SYSTEM_ADMIN, "/desk/accounts/{account}"),
    ("account-security", Role.SECURITY_ADMIN, "/desk/accounts/{account}?body=B001"),
    ("tokens", Role.SYSTEM_ADMIN, "/desk/tokens"),
    ("record", Role.AUDIT_ADMIN, "/desk/record"),
]
# What may be wrong with a page that is being styled is told by these rules alone.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


class City:
    """A served application and a session for every role that the pages need."""

    def __init__(self, address: str, ctx: Context, sessions: dict[str, str], account: str) -> None:
        self.address, self.ctx, self.sessions, self.account = address, ctx, sessions, account

    async def visit(self, browser: Browser, size: str, role: str) -> BrowserContext:
        """Open a browser of a size for a role; script is off, so that forms show what they do without it."""
        context = await browser.new_context(**SIZES[size], locale="zh-CN", java_script_enabled=True)
        cookies = [{"name": "mode", "value": "senior", "url": self.address}] if size == "senior" else []
        if role:
            cookies.append({"name": session_cookie.SESSION, "value": self.sessions[role], "url": self.address})
        await context.add_cookies(cookies)  # type: ignore[arg-type]
        return context


@pytest.fixture
async def city(database: Database, database_url: str, serve_app: Serve) -> AsyncIterator[City]:
    """Give a city that is served."""
    ctx = factories.context(database, now=datetime.now(UTC), keys=Keyring(desks.SECRET.encode()))
    body = await factories.body(ctx, await factories.government(ctx))
    sessions = {}
    for role in (Role.STAFFING_OFFICE, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        person = await desks.official(ctx, body, role.value.replace("_", "-"), role)
        sessions[role.value] = await desks.session_of(ctx, person)
    subject = await desks.official(ctx, body, "zhangsan", Role.LEGAL_OFFICE)
    await desks.session_of(ctx, subject)
    await tokens.issue(ctx, "省政务数据平台", frozenset({"library:read"}), 90)
    async with desks.running(desks.settings(database_url)) as app:
        yield City(await serve_app(_without_lifespan(app)), ctx, sessions, str(subject.account_id))


def _without_lifespan(app: ASGIApp) -> ASGIApp:
    """Return the application whose lifespan the fixture runs, so that it ends before the database does."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})

    return served


@pytest.mark.parametrize("size", list(SIZES))
async def test_no_page_of_the_desk_has_a_violation(browser: Browser, city: City, size: str) -> None:
    """axe-core looks at every page of the desk; on a phone nothing runs out of the page sideways."""
    found: list[str] = []
    for name, role, path in PAGES:
        context = await city.visit(browser, size, role)
        page = await context.new_page()
        answer = await page.goto(f"{city.address}{path.format(account=city.account)}")
        assert answer
        assert answer.status == 200, f"{name}: {answer.status}"
        if PICTURES:
            await page.screenshot(path=Path(PICTURES) / f"{name}-{size}.png", full_page=True)
        results = await Axe().run(page, options=RULES)
        found += [f"{name}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in results.response["violations"]]
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"{name}: {wide} pixels run out of the page")
        await context.close()
    assert not found, "\n".join(found)


async def test_an_account_is_made_and_gets_a_post_without_script(browser: Browser, city: City) -> None:
    """Both administrators do their part by keyboard and forms alone; secrets that are shown once fit a page of paper."""
    context = await browser.new_context(java_script_enabled=False)
    cookie = {"name": session_cookie.SESSION, "value": city.sessions[Role.SYSTEM_ADMIN], "url": city.address}
    await context.add_cookies([cookie])  # type: ignore[list-item]
    page = await context.new_page()
    await page.goto(f"{city.address}/desk/accounts")
    await page.fill("#field-login", "lisi")
    await page.fill("#field-name", "李四")
    await page.press("#field-name", "Enter")
    assert await page.locator(".desk-secret code").count() == 2
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / "first-password.png", full_page=True)
    await page.click("a.button.primary")
    await page.wait_for_url("**/desk/accounts/*-*")
    address = page.url
    await context.clear_cookies()
    cookie["value"] = city.sessions[Role.SECURITY_ADMIN]
    await context.add_cookies([cookie])  # type: ignore[list-item]
    await page.goto(address)
    await page.select_option("#body", "B001")
    await page.get_by_role("button", name="列出岗位").click()
    label = await page.locator("#post option").first.get_attribute("value")
    await page.select_option("#post", label)
    await page.get_by_role("button", name="授予岗位").click()
    await page.wait_for_url(address)
    assert "今日在任" in await page.content()
    await context.close()


async def test_the_recovery_codes_are_printable(browser: Browser, city: City) -> None:
    """The factor is set up in the browser; on paper the codes stand without the navigation around them."""
    context = await city.visit(browser, "desktop", Role.STAFFING_OFFICE)
    page = await context.new_page()
    await page.goto(f"{city.address}/desk/second-factor/set-up")
    await page.get_by_role("button", name="开始设置").click()
    code = page.locator(".desk-secret code")
    secret = (await code.inner_text()).replace(" ", "")
    assert await page.locator("img.desk-qr").evaluate("image => image.complete && image.naturalWidth > 100")
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / "qr.png", full_page=True)
    results = await Axe().run(page, options=RULES)
    assert not results.response["violations"]
    await page.fill("#field-code", desks.totp_now(secret))
    await page.get_by_role("button", name="启用双因素登录").click()
    assert await page.locator(".desk-codes li").count() == 10
    await page.emulate_media(media="print")
    assert await page.locator(".desk-nav").is_hidden()
    assert await page.locator(".desk-codes").is_visible()
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / "recovery-print.png", full_page=True)
    await context.close()
