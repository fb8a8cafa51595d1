"""Pictures of every public page at 1280 px, 390 px and in senior mode: ``python -m tests.portal.screenshots``.

    .venv/bin/python -m tests.portal.screenshots http://localhost:8000 pictures [part-of-a-name …]

The server is one that runs already, such as the demonstration. A file is named page, then way of showing.
"""

import argparse
import asyncio
import re
import shutil
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAYS: Final[dict[str, tuple[int, str]]] = {
    "desktop": (1280, "mode=standard"),
    "phone": (390, "mode=standard"),
    "senior": (1280, "mode=senior"),
    "english": (1280, "mode=standard&lang=en"),
}
PAGES: Final[dict[str, str]] = {
    "front": "/",
    "powers": "/powers",
    "search": "/powers?q=许可",
    "nothing-found": "/powers?q=没有这样的事项",
    "bodies": "/bodies",
    "bodies-none": "/bodies?q=没有这样的主体",
    "laws": "/laws",
    "benchmarks": "/benchmarks",
    "changes": "/changes",
    "downloads": "/downloads",
    "open-data": "/open-data",
    "calendar": "/calendar",
    "deadline": "/calendar?start=2026-09-28&limit=20&unit=workday",
    "deadline-wrong": "/calendar?start=x&limit=many&unit=workday",
    "calendar-provisional": "/calendar?year=2027",
    "status": "/status",
    "log": "/log",
    "log-about": "/log/about",
    "receipt": "/receipt",
    "about": "/about",
    "accessibility": "/accessibility",
    "api": "/api",
    "complaints": "/complaints",
    "complaint": "/complaints/new?kind=complaint",
    "complaint-figures": "/complaints/figures",
    "questions": "/complaints/questions",
    "opinions": "/opinions",
    "bulletins": "/bulletins",
    "reports": "/reports",
    "figures": "/figures",
    "not-found": "/no-such-page",
    "sign-in": "/desk/sign-in",
}
FOUND: Final = {
    "item": (r"/powers/[^\"/?]+(?=\")", "/powers?category=penalty"),
    "body": (r"/bodies/[^\"/?]+(?=\")", "/bodies"),
    "bulletin": (r"/bulletins/\d+(?=\")", "/bulletins"),
    "report": (r"/reports/\d+(?=\")", "/reports"),
    "law": (r"/laws/\d+(?=\")", "/laws"),
}


async def _pages(browser: Browser, site: str) -> dict[str, str]:
    """Return the addresses of all pages by name, with the first item, body and law that the lists show."""
    page, found = await browser.new_page(), dict(PAGES)
    for name, (pattern, listed) in FOUND.items():
        await page.goto(site + listed)
        main = await page.inner_html("main")
        match = re.search(pattern, main)
        if match:
            found[name] = match[0]
    if "item" in found:
        found |= {"versions": f"{found['item']}/versions", "version": f"{found['item']}/versions/1"}
        found |= {"compare": f"{found['item']}/compare?from=1&to=1"}
    await page.close()
    return found


async def _take(site: str, folder: Path, parts: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        for name, address in (await _pages(browser, site)).items():
            for way, (width, query) in WAYS.items():
                label = f"{name}-{way}"
                if parts and not any(part in label for part in parts):
                    continue
                page = await browser.new_page(viewport={"width": width, "height": 900})
                await page.goto(f"{site}{address}{'&' if '?' in address else '?'}{query}")
                await page.screenshot(path=folder / f"{label}.png", full_page=True)
                await page.close()
        await browser.close()


def main() -> None:
    """Read the command line and take the pictures."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("site", help="address of a running server")
    asked.add_argument("folder", type=Path, help="where the pictures go")
    asked.add_argument("parts", nargs="*", help="only pictures whose names contain one of these")
    given = asked.parse_args()
    asyncio.run(_take(given.site.rstrip("/"), given.folder, given.parts))


if __name__ == "__main__":
    main()
