"""Notices on the desk: told to whom a matter waits for, counted in the navigation, marked as read by a plain form."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resolvers import inbox, outbox
from resolvers.database import Database
from tests import bureau, desks
from tests.desks import soup, text_of
from tests.portal.test_matters import OPENING, Desk, filled, named
from tests.running import LICENCE

pytestmark = pytest.mark.clause("R2", "R9")
AREA = "/desk/notices"


@pytest.fixture
async def desk(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    made = await bureau.bureau(database)
    async with desks.running(desks.settings(database_url, state_dir=tmp_path)) as app:
        yield Desk(made, app, {})


async def told(desk: Desk) -> None:
    """Tell everything that is due by now."""
    ctx = replace(desk.bureau.ctx, now=datetime.now(UTC) + timedelta(minutes=1))
    while claimed := await outbox.claim(ctx):
        for one in claimed:
            await outbox.deliver(ctx, one.id)


async def test_a_notice_is_counted_leads_to_its_matter_and_is_read_once_seen(desk: Desk) -> None:
    page = await desk.page("clerk", f"{OPENING}?item={LICENCE}")
    matter, number, _ = await desk.open(**{named(page, "收到“申请表”的纸质件"): "on"})
    await desk.does("clerk", matter, "accept")
    await told(desk)
    waiting = await inbox.unread(desk.bureau.acting("reviewer"))
    assert waiting > 0
    home = soup(await desk.page("reviewer", "/desk"))
    badge = home.select_one(f'.desk-nav a[href="{AREA}"] .badge')
    assert badge is not None
    assert badge.get_text().endswith(str(waiting))
    page = await desk.page("reviewer", AREA)
    assert number in text_of(page)
    assert "受理" in text_of(page)
    assert f"/desk/matters/{matter}" in {str(one["href"]) for one in soup(page).select("main th a")}
    reviewer, form = await desk.as_("reviewer"), filled(page, "main form")
    for newest in ("", "x", "9" * 20):
        assert (await reviewer.client.post(AREA, data=form | {"newest": newest})).status_code == 400
    # Only what was seen is marked; the mark is the same however often it is sent.
    for _ in range(2):
        assert (await reviewer.client.post(AREA, data=form)).headers["location"] == AREA
    after = soup(await desk.page("reviewer", AREA))
    assert after.select(".desk-nav .badge, main form") == []
    assert "已读" in after.get_text()
    assert (await reviewer.get(f"{AREA}?before=x")).status_code == 400
    # Somebody else has neither the notices nor their number.
    assert number not in text_of(await desk.page("stranger", AREA))
