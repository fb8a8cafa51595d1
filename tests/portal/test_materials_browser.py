"""Files in a browser: chosen and sent without script, shown in the viewer, and no violation that axe can find."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, FilePayload, Page
from starlette.types import ASGIApp

from deploy.file_stores import file_store
from portal import session_cookie
from portal.matters_fields import slug
from resolvers import matters
from resolvers.database import Database
from resolvers.matters import Opening
from tests import bureau, desks
from tests.hostile_files import GOOD, PDF
from tests.portal.test_accounts_browser import PICTURES, RULES, SIZES, _without_lifespan
from tests.running import LICENCE

pytestmark = [pytest.mark.browser, pytest.mark.clause("R6", "R8", "H2", "H11")]
FORM = f"#field-mat-{slug('申请表')}-file"


async def checked(page: Page, name: str, size: str) -> list[str]:
    """Return what axe finds on a page, and whether it runs out sideways; keep a picture where one is asked for."""
    results = await Axe().run(page, options={"runOnly": RULES["runOnly"], "iframes": False})
    found = [f"{name} {size}: {one['id']} {one['nodes'][0]['html'][:200]}" for one in results.response["violations"]]
    if await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{name} {size}: too wide")
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"materials-{name}-{size}.png", full_page=True)
    return found


async def test_files_are_sent_without_script_and_every_page_of_them_is_accessible(
    browser: Browser,
    database: Database,
    database_url: str,
    serve_app: Callable[[ASGIApp], Awaitable[str]],
    tmp_path: Path,
) -> None:
    made, given = await bureau.bureau(database), desks.settings(database_url, state_dir=tmp_path)
    made.ctx = replace(made.ctx, files=file_store(given))
    opened = await matters.open_matter(made.ctx, Opening(item=LICENCE, key="one"))
    async with desks.running(given) as app:
        address = await serve_app(_without_lifespan(app))
        plain = await browser.new_context(java_script_enabled=False, locale="zh-CN")
        token = await desks.session_of(made.ctx, made.people["clerk"])
        signed = {"name": session_cookie.SESSION, "value": token, "url": address}
        await plain.add_cookies([signed])  # type: ignore[list-item]
        page = await plain.new_page()
        await page.goto(f"{address}/desk/matters/{opened.matter_id}/acts/record")
        png: FilePayload = {"name": "现场.png", "mimeType": "image/png", "buffer": GOOD["png"].content}
        pdf: FilePayload = {"name": "申请表.pdf", "mimeType": "application/pdf", "buffer": PDF}
        await page.set_input_files(FORM, [pdf, png])
        await page.click("form.act-form > .actions button >> nth=0")
        assert "已办理" in await page.inner_text(".done")
        await plain.close()
        found: list[str] = []
        for size in SIZES:
            context = await browser.new_context(**SIZES[size], locale="zh-CN")
            senior = {"name": "mode", "value": "senior", "url": address}
            await context.add_cookies([signed, *([senior] if size == "senior" else [])])  # type: ignore[list-item]
            page = await context.new_page()
            await page.goto(f"{address}/desk/matters/{opened.matter_id}/acts/record")
            found += await checked(page, "act", size)
            await page.goto(f"{address}/desk/matters/{opened.matter_id}/materials")
            found += await checked(page, "list", size)
            for name in ("申请表.pdf", "现场.png"):
                await page.goto(f"{address}/desk/matters/{opened.matter_id}/materials")
                await page.click(f"a:text-is('{name}')")
                found += await checked(page, name, size)
            await page.goto(f"{address}/status")
            await page.fill("#field-number", opened.number)
            await page.fill("#field-code", opened.code)
            await page.click("main form button[type=submit]")
            assert await page.locator("form[action='/status/materials']").count() == 1
            found += await checked(page, "status", size)
            await context.close()
    assert found == []
