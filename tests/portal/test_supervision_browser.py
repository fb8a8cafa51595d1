"""The pages of supervision in a browser: nothing that axe can find, and nothing that runs out of the page sideways."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from resolvers import supervision
from tests.alerts import planted
from tests.portal.test_accounts_browser import RULES
from tests.portal.test_desk_browser import WAYS, picture, visit
from tests.portal.test_matters_browser import Served, served

__all__ = ["served"]
pytestmark = [pytest.mark.browser, pytest.mark.clause("S3", "H11")]
AREA = "/desk/supervision"


async def test_the_pages_of_supervision_have_no_violation_in_any_way_of_showing(
    browser: Browser, served: Served, owner_url: str
) -> None:
    await supervision.keep_shipped(served.made.ctx)
    first = await planted(owner_url, 1, "alarm")
    await planted(owner_url, 2, "reminder", "R12")
    pages = {
        "board": AREA,
        "alerts": f"{AREA}/alerts",
        "alert": f"{AREA}/alerts/{first}",
        "new": f"{AREA}/cases/new?alert={first}",
        "cases": f"{AREA}/cases",
        "rules": f"{AREA}/rules",
        "rule": f"{AREA}/rules/R01",
    }
    found: list[str] = []
    for way in [one for one in WAYS if one != "tablet"]:
        context = await visit(served, browser, "supervisor", way)
        page = await context.new_page()
        for name, path in pages.items():
            answer = await page.goto(served.address + path)
            assert answer is not None
            assert answer.status == 200, path
            results = await Axe().run(page, options=RULES)
            found += [f"{name}: {one['id']} {one['nodes'][0]['html'][:200]}" for one in results.response["violations"]]
            width = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if width > 0:
                found.append(f"{name} {way}: {width} px too wide")
            await picture(page, f"supervision-{name}-{way}")
        await context.close()
    assert found == []
