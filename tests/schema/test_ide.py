"""The query editor: our own copy of known files, strict about where anything comes from, working without a network."""

import hashlib
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser, ConsoleMessage

from schema.http import GraphConfig, routes
from schema.ide import FOLDER
from tests.schema import world
from tests.schema.conftest import Serve


def test_the_vendored_files_are_those_of_the_packages_byte_for_byte() -> None:
    lines = (FOLDER / "sha256sums.txt").read_text().splitlines()
    for line in lines:
        digest, name = line.split()
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name
    assert len(lines) == 4
    assert {one.stem for one in (FOLDER / "licences").iterdir()} == {"graphiql", "react", "react-dom"}


async def test_the_page_allows_nothing_from_elsewhere_and_no_inline_script(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphiql")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "http" not in policy
    assert "://" not in response.text
    assert response.text.count("<script") == response.text.count("<script src=") == 4
    for name in ("graphiql.min.js", "graphiql.min.css", "start.js", "ide.css"):
        assert (await client.get(f"/graphiql/assets/{name}")).status_code == 200


async def test_the_address_names_an_example_and_nothing_else(client: httpx2.AsyncClient) -> None:
    plain = (await client.get("/graphiql")).text
    assert "query Deadline" in (await client.get("/graphiql", params={"example": "deadline"})).text
    for odd in ("nothing", "<script>", "../10-catalogue", ""):
        assert (await client.get("/graphiql", params={"example": odd})).text == plain


def test_a_deployment_can_leave_it_out() -> None:
    assert [getattr(route, "path", "") for route in routes(GraphConfig(ide=False))] == [
        "/graphql",
        "/graphql/documents",
    ]


@pytest.mark.browser
async def test_the_editor_starts_and_answers_in_a_browser_without_a_network(
    city: world.City, app: Any, serve_app: Serve, browser: Browser
) -> None:
    address = await serve_app(app)
    page = await browser.new_page()
    said: list[str] = []
    asked: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{address}/graphiql?example=deadline")
    await page.wait_for_selector(".graphiql-query-editor :text('Deadline')")
    await page.goto(f"{address}/graphiql?example=catalogue")
    await page.wait_for_selector(".graphiql-query-editor :text('Catalogue')")
    await page.wait_for_selector(".graphiql-execute-button")
    await page.click(".graphiql-execute-button")
    await page.wait_for_selector(".result-window :text('户外广告设施设置许可')")
    await page.click("[aria-label='Show Documentation Explorer']")
    await page.wait_for_selector(".graphiql-doc-explorer :text('Query')")
    await page.click("[aria-label='Open settings dialog']")
    await page.wait_for_selector(".graphiql-dialog")
    await page.close()
    assert said == []
    assert all(url.startswith((address, "data:")) for url in asked)
