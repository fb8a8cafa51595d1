"""The desk in browsers as people use it: by keyboard alone, two officials at once, on a tablet, in the dark, on paper."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page

from domain.parties import Party, reference
from resolvers import matters, parties
from resolvers.materials import ForOpening
from resolvers.matters import Opening
from tests.matters import sha
from tests.portal.test_accounts_browser import RULES
from tests.portal.test_matters_browser import Served, served
from tests.running import LICENCE, handed_in

__all__ = ["served"]
pytestmark = [pytest.mark.browser, pytest.mark.clause("N5", "H11")]
PICTURES = os.environ.get("PICTURES", "")
TABS = 150
WAYS: dict[str, dict[str, Any]] = {
    "tablet": {"viewport": {"width": 768, "height": 1024}},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "senior": {"viewport": {"width": 1280, "height": 900}},
}


async def picture(page: Page, name: str) -> None:
    """Take a picture where somebody wants to look at it."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"desk-{name}.png", full_page=True)


async def visit(served: Served, browser: Browser, who: str, way: str = "", *, script: bool = True) -> BrowserContext:
    """Open a browser as one of the people, in a way of showing."""
    size = "senior" if way == "senior" else "desktop"
    context = await served.visit(browser, size, who, script=script)
    if way in ("", "senior"):
        return context
    cookies = await context.cookies()
    await context.close()
    made = await browser.new_context(**WAYS[way], locale="zh-CN")
    await made.add_cookies(cookies)  # type: ignore[arg-type]
    return made


async def press(page: Page, selector: str, key: str = "Enter") -> None:
    """Go to a control by the tabulator alone and press a key on it; what cannot be reached so fails."""
    for _ in range(TABS):
        await page.keyboard.press("Tab")
        here = await page.evaluate("s => document.activeElement.matches(s)", selector)
        if here:
            if key == "Enter" and selector.startswith(("a", "button")):
                async with page.expect_navigation():
                    await page.keyboard.press(key)
            else:
                await page.keyboard.press(key)
            return
    raise AssertionError(f"not reached by keyboard: {selector}")


async def choose(page: Page, name: str, value: str) -> None:
    """Go to a list by the tabulator and choose a value with the arrow."""
    selector = f"select[name={name}]"
    await press(page, selector, "ArrowDown")
    for _ in range(TABS):
        if await page.input_value(selector) == value:
            return
        await page.keyboard.press("ArrowDown")
    raise AssertionError(f"not chosen by keyboard: {name} {value}")


async def send(page: Page) -> None:
    """Send the form of an act by keyboard and see that it was done."""
    await press(page, "button.primary[type=submit]")
    assert "已办理" in await page.inner_text(".done")


async def doing(served: Served, browser: Browser, who: str, matter: int, kind: str) -> Page:
    """Open a case as somebody and go to an act's form by keyboard."""
    page = await (await visit(served, browser, who)).new_page()
    await page.goto(f"{served.address}/desk/matters/{matter}")
    way = f"a[href^='/desk/matters/{matter}/acts/{kind}']"
    if not await page.is_visible(way):
        await press(page, "summary")
    await press(page, way)
    return page


async def applied(served: Served, hall: Page) -> tuple[str, str]:
    """Apply for a licence in the hall, from the item's page on; returns number and code as the receipt shows them."""
    await hall.goto(f"{served.address}/powers/{LICENCE}")
    await hall.click(f"a[href='/apply/{LICENCE}']")
    await hall.select_option("#field-party-document", "passport")
    for name, text in (("number", "E76543210"), ("name", "欧阳测试"), ("phone", "13912345678")):
        await hall.fill(f"#field-party-{name}", text)
    await picture(hall, "apply")
    await hall.click("main button.primary")
    await picture(hall, "confirm")
    await hall.click("main button.primary")
    number, code = [await one.inner_text() for one in await hall.query_selector_all(".answer code")]
    await picture(hall, "receipt")
    return number, code


@pytest.mark.clause("R1", "H2", "R4")
async def test_a_citizens_application_runs_from_the_hall_to_closure_by_keyboard(
    browser: Browser, served: Served
) -> None:
    """Applied for without script; every act on the desk by keyboard alone; the citizen sees the result."""
    hall = await (await visit(served, browser, "", script=False)).new_page()
    number, code = await applied(served, hall)
    found = await matters.matter(served.made.ctx, number)
    matter = found.row.id

    page = await doing(served, browser, "clerk", matter, "record")
    await press(page, "input[type=checkbox][name^=mat-]", "Space")
    await send(page)
    await press(page, f"a[href^='/desk/matters/{matter}/acts/accept']")
    await send(page)
    page = await doing(served, browser, "reviewer", matter, "complete")
    await choose(page, "verdict", "agree")
    await send(page)
    page = await doing(served, browser, "verifier", matter, "complete")
    await choose(page, "to", "decide")
    await choose(page, "verdict", "agree")
    await send(page)
    page = await doing(served, browser, "deputy", matter, "decide")
    await choose(page, "result", "granted")
    await send(page)
    page = await doing(served, browser, "server", matter, "record")
    await press(page, "input[name=doc-decision]", "Space")
    await send(page)
    page = await doing(served, browser, "server", matter, "serve")
    await choose(page, "document", "decision")
    await send(page)
    for kind in ("complete", "close"):
        await press(page, f"a[href^='/desk/matters/{matter}/acts/{kind}']")
        await send(page)
    await picture(page, "closed")
    await page.emulate_media(media="print")
    await picture(page, "closed-print")
    assert not await page.is_visible(".desk-nav")
    assert not await page.is_visible(".act-ways")
    await hall.goto(f"{served.address}/status")
    await hall.fill("#field-number", number)
    await hall.fill("#field-code", code)
    await hall.click("main form button[type=submit]")
    assert "办结" in await hall.inner_text("main")


@pytest.mark.clause("R1")
async def test_two_officials_at_once_and_the_second_sees_what_changed_beside_the_form(
    browser: Browser, served: Served
) -> None:
    first = await (await visit(served, browser, "clerk")).new_page()
    second = await (await visit(served, browser, "clerk", "tablet")).new_page()
    await second.goto(f"{served.address}/desk/matters/1/acts/ask_supplement")
    await second.fill("textarea[name=items]", "照片两张")
    await first.goto(f"{served.address}/desk/matters/1/acts/record")
    await first.fill("input[name=other1]", "后来交的材料")
    await first.click("form.act-form button.primary")
    await second.click("form.act-form button.primary")
    told = await second.inner_text(".act-beside .meanwhile")
    assert "人员clerk" in told
    assert "后来交的材料" in told
    assert await second.input_value("textarea[name=items]") == "照片两张"
    results = await Axe().run(second, options=RULES)
    assert [one["id"] for one in results.response["violations"]] == []
    await picture(second, "meanwhile-tablet")
    await second.set_viewport_size({"width": 1280, "height": 900})
    await picture(second, "meanwhile")
    await second.click("form.act-form button.primary")
    assert "已办理" in await second.inner_text(".done")


async def test_a_draft_is_kept_by_the_page_and_by_the_button_without_script(browser: Browser, served: Served) -> None:
    page = await (await visit(served, browser, "clerk")).new_page()
    address = f"{served.address}/desk/matters/1/acts/record"
    await page.goto(address)
    async with page.expect_response(lambda answer: answer.url.endswith("/draft"), timeout=60_000) as kept:
        await page.fill("input[name=other1]", "写了一半的材料")
    assert (await kept.value).status == 204
    await page.wait_for_function("document.querySelector('[data-drafted]').textContent !== ''")
    await page.goto(address)
    assert await page.input_value("input[name=other1]") == "写了一半的材料"
    await picture(page, "draft")
    plain = await (await visit(served, browser, "clerk", script=False)).new_page()
    await plain.goto(address)
    await plain.fill("input[name=other2]", "另一份")
    await plain.click("text=保存草稿")
    assert await plain.input_value("input[name=other2]") == "另一份"
    await plain.click("text=删除草稿")
    assert await plain.input_value("input[name=other2]") == ""


@pytest.mark.parametrize("way", list(WAYS))
async def test_the_desks_further_pages_have_no_violation_in_any_way_of_showing(
    browser: Browser, served: Served, way: str
) -> None:
    ctx = served.made.ctx
    party = await parties.enter(ctx, "B001", Party("citizen", "passport", "王小明", "E12345678", phone="13900001234"))
    form = {"materials": [{"name": "申请表", "digest": sha("a")}]}
    form = await handed_in(ctx, ForOpening("known", "B001"), form)
    opening = Opening(item=LICENCE, key="known", party=reference(party), brings=form)
    opened = await matters.open_matter(ctx, opening)
    case = f"/desk/matters/{opened.matter_id}"
    pages = [
        ("case", "clerk", case),
        ("open", "clerk", f"/desk/matters/new?item={LICENCE}&party={reference(party)}"),
        ("find", "clerk", "/desk/parties"),
        ("party", "clerk", f"/desk/parties/{party}"),
        ("correct", "clerk", f"/desk/parties/{party}/correct"),
        ("reveal", "clerk", f"{case}/party"),
        ("name", "inv1", "/desk/matters/2/acts/name_party"),
        ("assign", "head", "/desk/matters/assign"),
        ("loads", "head", "/desk/matters/loads"),
        ("facts", "clerk", "/desk/matters/facts"),
        ("apply", "", f"/apply/{LICENCE}"),
        ("act", "inv1", "/desk/matters/2/acts/complete"),
    ]
    found: list[str] = []
    for name, who, path in pages:
        context = await visit(served, browser, who, way)
        page = await context.new_page()
        answer = await page.goto(served.address + path)
        assert answer is not None
        assert answer.status == 200, path
        results = await Axe().run(page, options=RULES)
        found += [f"{name}: {one['id']} {one['nodes'][0]['html'][:200]}" for one in results.response["violations"]]
        width = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if width > 0:
            found.append(f"{name}: {width} px too wide")
        await picture(page, f"{name}-{way}")
        await context.close()
    assert found == []
