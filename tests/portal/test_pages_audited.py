"""The auditor reads the portal as anybody does: what is shown equals the library, and what is altered on the way is found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import httpx2
import pytest
from starlette.applications import Starlette

from deploy.portal_reading import reader
from domain.proof.auditing import Kind
from resolvers import auditing_pages
from resolvers.auditing_pages import Get, served
from resolvers.context import Context
from resolvers.database import Database
from resolvers.powers import power
from tests import factories
from tests.portal.conftest import FOOD, HOSTILE

pytestmark = pytest.mark.clause("R9", "H9", "L4")


@pytest.fixture
def ctx(published: Starlette) -> Context:
    return factories.context(published.state.database, now=datetime.now(UTC), profile=factories.profile("demo-city"))


def asking(app: Starlette, alter: tuple[bytes, bytes] = (b"", b""), status: int = 0) -> Get:
    """Return what asks the application, through something that may alter the answer on its way."""
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost")

    @asynccontextmanager
    async def get(path: str) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        answer = await client.get(path)

        async def body() -> AsyncIterator[bytes]:
            yield answer.content.replace(*alter) if alter[0] else answer.content

        yield status or answer.status_code, body()

    return get


async def test_every_page_and_the_export_say_what_the_library_says(published: Starlette, ctx: Context) -> None:
    get = asking(published)
    rows = await ctx.db.reads.fetch("SELECT code FROM power_item WHERE id % 50 = 0 OR code = $1 ORDER BY id", HOSTILE)
    codes = [row["code"] for row in rows]
    assert len(codes) > 5
    wrong = [found for code in codes for found in await auditing_pages._page(ctx, get, code)]
    assert [one for one in wrong if one] == []
    report = await served(ctx, get, full=True)
    assert (report.findings, report.unchecked) == ((), ())


async def test_an_altered_page_is_bad_and_a_missing_one_was_not_checked(
    published: Starlette, ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing_pages, "_SOME", f"SELECT '{FOOD}' FROM (SELECT $1::float8) one")
    name = (await power(ctx, FOOD)).content.name.encode()
    forged = await served(ctx, asking(published, (name, "别的事项".encode())), full=True)
    assert [(one.kind, one.place) for one in forged.findings] == [
        (Kind.PAGE_ALTERED, f"/powers/{FOOD}"),
        (Kind.PAGE_ALTERED, auditing_pages.EXPORT),
    ]
    added = await served(ctx, asking(published, (b"}\n", b"} \n")), full=True)
    assert [one.place for one in added.findings] == [auditing_pages.EXPORT], "a single byte of the export counts"
    closed = await served(ctx, asking(published, status=503), full=True)
    assert closed.findings == ()
    assert len(closed.unchecked) == 2
    gone = await Database.connect(ctx.db.url, pool_size=1)
    await gone.close()
    assert (await served(replace(ctx, db=gone), asking(published), full=True)).unchecked[0].startswith("portal: ")
    nobody = await served(ctx, reader("http://127.0.0.1:9"), full=True)
    assert (nobody.findings, len(nobody.unchecked)) == ((), 2)
