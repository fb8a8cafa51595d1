"""Drafts of acts: of one account, sealed, shown again with what happened since, dropped when done, swept by the day."""

from datetime import timedelta

import pytest

from portal.identity import Site
from resolvers import drafts
from resolvers.context import unit_of_work
from resolvers.drafts import Place
from resolvers.errors import InvalidInput, NotFound
from tests.desks import soup, text_of
from tests.portal.test_matters import AGREE, Desk, desk, filled

__all__ = ["desk"]
pytestmark = pytest.mark.clause("R3")
WORDS = "还要核对一遍的意见"


async def kept(desk: Desk, who: str, matter: int, kind: str, **fields: str) -> int:
    """Save a draft by the form's button and return the status."""
    form = await desk.form(who, matter, kind) | fields
    sent = await (await desk.as_(who)).client.post(f"/desk/matters/{matter}/acts/{kind}/draft", data=form)
    return sent.status_code


async def test_a_draft_is_shown_again_to_its_own_account_and_goes_when_the_act_is_done(desk: Desk) -> None:
    matter, _, _ = await desk.open(**{"mat-none": ""})
    assert await kept(desk, "clerk", matter, "record", other1="照片", opinion=WORDS) == 303
    page = await desk.page("clerk", f"/desk/matters/{matter}")
    assert "还没有办理的草稿" in text_of(page)
    form = await desk.form("clerk", matter, "record")
    assert form["other1"] == "照片"
    colleague = await desk.form("reviewer", matter, "record") if await _may(desk, "reviewer", matter) else {}
    assert colleague.get("other1", "") == ""
    await desk.does("clerk", matter, "record", other2="另一份")
    assert (await desk.form("clerk", matter, "record"))["other1"] == ""
    assert "还没有办理的草稿" not in text_of(await desk.page("clerk", f"/desk/matters/{matter}"))


async def _may(desk: Desk, who: str, matter: int) -> bool:
    case = soup(await desk.page(who, f"/desk/matters/{matter}"))
    return case.select_one(f"a[href^='/desk/matters/{matter}/acts/record']") is not None


async def test_what_happened_since_the_draft_is_told_beside_it(desk: Desk) -> None:
    matter, _, _ = await desk.open()
    assert await kept(desk, "clerk", matter, "ask_supplement", items="照片") == 303
    await desk.does("clerk", matter, "record", other1="一份后来的材料")
    page = await desk.page("clerk", f"/desk/matters/{matter}/acts/ask_supplement?visit=1")
    told = soup(page).select_one(".act-beside .meanwhile")
    assert told is not None
    assert "一份后来的材料" in told.get_text()
    assert filled(page, "form.act-form")["items"] == "照片"


async def test_a_draft_is_dropped_on_request_and_kept_by_the_page_itself(desk: Desk) -> None:
    matter, _, _ = await desk.open()
    assert await kept(desk, "clerk", matter, "record", other1="照片", do="auto") == 204
    assert (await desk.form("clerk", matter, "record"))["other1"] == "照片"
    assert await kept(desk, "clerk", matter, "record", do="drop") == 303
    assert (await desk.form("clerk", matter, "record"))["other1"] == ""
    stranger = await desk.as_("stranger")
    token = await stranger.token("/desk")
    refused = await stranger.client.post(f"/desk/matters/{matter}/acts/record/draft", data={"csrf_token": token})
    assert refused.status_code == 404


@pytest.mark.clause("N5")
async def test_a_draft_is_sealed_for_its_place_ends_by_itself_and_is_no_act(desk: Desk) -> None:
    matter, _, _ = await desk.open()
    clerk, server = desk.bureau.acting("clerk"), desk.bureau.acting("server")
    place = Place(matter, "opine", 1)
    events = "SELECT count(*) FROM event"
    before = await clerk.db.reads.fetchval(events)
    await drafts.keep(clerk, place, AGREE | {"opinion": WORDS}, days=3)
    row = await clerk.db.reads.fetchrow("SELECT * FROM draft")
    assert row is not None
    assert WORDS.encode() not in row["sealed"]
    found = await drafts.kept(clerk, place)
    assert found is not None
    assert found.values["opinion"] == WORDS
    assert WORDS not in repr(found)
    assert await drafts.kept(server, place) is None
    # Copied to another account it does not open.
    async with unit_of_work(clerk, unrecorded="a thief") as uow:
        columns = "matter_id, kind, visit, sealed, saved_at, ends_at"
        copied = f"INSERT INTO draft (account_id, {columns}) SELECT $1, {columns} FROM draft"
        await (await uow.raw()).execute(copied, server.actor.account_id)
    assert await drafts.kept(server, place) is None
    assert await clerk.db.reads.fetchval(events) == before
    assert await drafts.sweep(clerk.at(clerk.now + timedelta(days=2, hours=23))) == 0
    assert await drafts.sweep(clerk.at(clerk.now + timedelta(days=3))) == 2
    with pytest.raises(NotFound):
        await drafts.keep(clerk, Place(10**9, "opine"), {}, days=3)
    with pytest.raises(InvalidInput):
        await drafts.keep(clerk, place, {"opinion": "长" * 200_000}, days=3)
    assert Site(secret=b"x" * 32).draft_days > 0
