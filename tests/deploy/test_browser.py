"""The browser of the tests: it opens a page that a test serves."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp


@pytest.mark.browser
async def test_a_browser_reads_a_served_page(browser: Browser, serve_app: Callable[[ASGIApp], Awaitable[str]]) -> None:
    async def page(_request: Request) -> Response:
        return HTMLResponse("<!doctype html><title>阳光</title><h1>权力清单</h1>")

    address = await serve_app(Starlette(routes=[Route("/", page)]))
    context = await browser.new_context()
    opened = await context.new_page()
    await opened.goto(address)
    assert await opened.title() == "阳光"
    await context.close()
