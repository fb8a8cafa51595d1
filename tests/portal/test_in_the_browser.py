"""In a browser: axe finds nothing on any page in three ways of showing, and the keyboard alone is enough."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from tests.portal.conftest import Place

pytestmark = [pytest.mark.browser, pytest.mark.clause("H1", "H11")]
RULES: Final = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
WAYS: Final[dict[str, tuple[ViewportSize, str]]] = {
    "desktop": ({"width": 1280, "height": 900}, "standard"),
    "phone": ({"width": 390, "height": 844}, "standard"),
    "senior": ({"width": 1280, "height": 900}, "senior"),
}
LONG: Final = ("deadline-long",)
"""Left out here: the page of another place with some hundred further lines."""
ALIKE: Final = ("as-of", "item-then", "version", "compare-same", "laws-none", "benchmarks-none", "bodies-none")
ALIKE_TOO: Final = ("changes-of-body", "downloads-part", "deadline-hours", "provisional", "calendar", "missing-item")
"""Pages that differ from others in words only: looked at on the desktop."""


async def opened(browser: Browser, site: str, size: ViewportSize, mode: str) -> BrowserContext:
    """Open a context that shows pages in one way and remembers it."""
    context = await browser.new_context(viewport=size)
    await context.add_cookies([{"name": "mode", "value": mode, "url": site}])
    return context


def told(results: Any) -> list[str]:
    """Return what axe found, a line for each element."""
    return [f"{one['id']}: {node['html'][:200]}" for one in results.response["violations"] for node in one["nodes"][:3]]


@pytest.mark.parametrize("way", WAYS)
async def test_axe_finds_nothing_on_any_page(
    browser: Browser, published_site: str, places: dict[str, Place], way: str
) -> None:
    context = await opened(browser, published_site, *WAYS[way])
    page, found = await context.new_page(), {}
    left_out = LONG if way == "desktop" else LONG + ALIKE + ALIKE_TOO
    for name, place in places.items():
        if place.is_page and name not in left_out:
            answer = await page.goto(published_site + place.address)
            assert answer is not None
            assert answer.status == place.status, name
            found[name] = told(await Axe().run(page, options=RULES))
            width = await page.evaluate("document.documentElement.scrollWidth")
            if width > WAYS[way][0]["width"]:
                found[name].append(f"the page is {width} px wide")
    await context.close()
    assert {name: lines for name, lines in found.items() if lines} == {}


async def test_axe_would_find_something_on_a_bad_page(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content(
        "<html><body><img src='x'><input><p style='color:#ccc;background:#fff'>看不清的文字</p></body></html>"
    )
    found = " ".join(told(await Axe().run(page, options=RULES)))
    await page.close()
    for rule in ("image-alt", "label", "color-contrast", "html-has-lang", "document-title"):
        assert rule in found


@pytest.fixture
async def page(browser: Browser, published_site: str) -> AsyncIterator[Page]:
    context = await opened(browser, published_site, *WAYS["desktop"])
    yield await context.new_page()
    await context.close()


async def test_the_keyboard_alone_leads_from_the_skip_link_over_the_search_to_the_first_item(
    page: Page, published_site: str
) -> None:
    await page.goto(published_site)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "content"
    for _ in range(5):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.type") == "search":
            break
    await page.keyboard.type("食品经营许可")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert "/powers?q=" in page.url
    first = await page.get_attribute("main ol a[href^='/powers/']", "href")
    for _ in range(120):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.getAttribute('href')") == first:
            break
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert "食品经营许可" in await page.inner_text("h1")


@pytest.mark.clause("H11")
async def test_senior_mode_is_chosen_once_and_writes_larger(page: Page, published_site: str) -> None:
    await page.goto(f"{published_site}/about")
    size = "parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)"
    before = await page.evaluate(size)
    async with page.expect_navigation():
        await page.click("a.mode")
    assert await page.evaluate(size) >= max(20, before * 1.2)
    await page.goto(f"{published_site}/laws")
    assert await page.evaluate("document.documentElement.className") == "senior"
    small = await page.evaluate(
        "[...document.querySelectorAll('main button, main input, nav a')].filter(one => one.offsetHeight"
        " && one.offsetHeight < 44).map(one => one.outerHTML)"
    )
    assert small == []


async def test_pages_work_without_scripts_and_fetch_nothing_from_elsewhere(
    browser: Browser, published_site: str, places: dict[str, Place]
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page, asked, said = await context.new_page(), set(), []
    page.on("request", lambda request: asked.add(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    for name in ("front", "powers", "item", "calendar", "about"):
        await page.goto(published_site + places[name].address)
        assert await page.locator("h1").inner_text()
    await context.close()
    assert {url for url in asked if not url.startswith(published_site)} == set()
    assert said == []
