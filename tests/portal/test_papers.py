"""Documents on the desk and in the hall: made in an act's form, seen before, opened after, downloaded by the party."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.access import Role
from resolvers import papers
from resolvers.database import Database
from tests import bureau, desks
from tests.desks import soup, text_of
from tests.portal.test_matters import AGREE, OPENING, Desk, filled, named
from tests.portal.test_pages import dangers
from tests.resolvers.papers import pdf_of, read, squeezed
from tests.running import LICENCE

pytestmark = pytest.mark.clause("R7")
BAD = '"><script>alert(1)</script>{{ 7*7 }} #panic() $x$'


@pytest.fixture
async def desk(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    made = await bureau.bureau(database)
    async with desks.running(desks.settings(database_url, state_dir=tmp_path)) as app:
        yield Desk(made, app, {})


async def opened(desk: Desk, party: str) -> tuple[int, str, str]:
    """Register a matter with all that its item asks for."""
    page = await desk.page("clerk", f"{OPENING}?item={LICENCE}")
    who = {"party-document": "passport", "party-number": "E12345678", "party-name": party, "party-phone": "13900001234"}
    return await desk.open(**who, **{named(page, "收到“申请表”的纸质件"): "on"})


@pytest.mark.clause("R13", "H2")
async def test_a_slip_is_previewed_made_read_served_and_downloaded_by_the_party(desk: Desk) -> None:
    matter, number, code = await opened(desk, "王小明")
    clerk = await desk.as_("clerk")
    form = await desk.form("clerk", matter, "accept") | {
        "make-acceptance_slip": "on",
        "make-acceptance_slip-remarks": BAD,
    }
    here = f"/desk/matters/{matter}/acts/accept"
    shown = await clerk.client.post(f"{here}/preview", data=form | {"preview": "acceptance_slip"})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "application/pdf")
    assert "王小明" in squeezed(read(pdf_of(shown.content)))
    assert await papers.papers_of(desk.bureau.ctx, matter) == ()
    forged = await clerk.client.post(f"{here}/preview", data={"preview": "acceptance_slip"})
    assert forged.status_code in (400, 403)
    # What is wrong is told at its control, and nothing typed is lost.
    wrong = await clerk.client.post(here, data=form | {"make-acceptance_slip-receipt_code": "0000"})
    assert wrong.status_code == 422
    assert "查询码与办件编号不符" in text_of(wrong)
    assert filled(wrong, "form.act-form")["make-acceptance_slip-remarks"] == BAD
    assert [one for one in dangers(soup(wrong)) if "/static/" not in one] == []
    done = await clerk.client.post(here, data=form | {"make-acceptance_slip-receipt_code": code})
    assert done.status_code == 303, text_of(done)[:800]
    (made,) = await papers.papers_of(desk.bureau.ctx, matter)
    case = await desk.page("clerk", f"/desk/matters/{matter}")
    assert made.number in text_of(case)
    page = await desk.page("clerk", f"/desk/matters/{matter}/papers/{made.id}")
    assert made.digest in text_of(page)
    assert squeezed(BAD) in squeezed(text_of(page))
    assert dangers(soup(page)) == []
    pdf = await clerk.client.get(f"/desk/matters/{matter}/papers/{made.id}.pdf")
    assert squeezed(BAD) in squeezed(read(pdf_of(pdf.content)))
    assert pdf.headers["cache-control"] == "private, no-store"
    # The party sees it once it was served, and only with its code.
    hall = desks.Visitor(desk.app)
    asked = {"number": number, "code": code}
    assert "送达的文书" not in text_of(await hall.client.post("/status", data=asked))
    await desk.does("reviewer", matter, "serve", document="acceptance_slip", method="electronic", confirmed="on")
    found = await hall.client.post("/status", data=asked)
    sent = filled(found, "form[action='/status/papers']")
    got = await hall.client.post("/status/papers", data=sent)
    assert (got.status_code, got.content) == (200, pdf.content)
    assert (await hall.client.post("/status/papers", data=sent | {"code": "0" * 16})).status_code == 422
    assert (await hall.client.post("/status/papers", data=sent | {"paper": "x"})).status_code == 422
    led = soup(await hall.client.get(f"/status?number={number}")).select_one("#field-number")
    assert led is not None
    assert led["value"] == number


async def test_any_kind_can_be_added_to_a_form(desk: Desk) -> None:
    matter, _, _ = await opened(desk, "甲公司")
    await desk.does("clerk", matter, "accept")
    await desk.does("reviewer", matter, "complete", AGREE)
    record = await desk.page("verifier", f"/desk/matters/{matter}/acts/record")
    ways = {str(one["href"]).partition("paper=")[2] for one in soup(record).select("a[href*='paper=']")}
    assert {"hearing_record", "archive_cover", "decision"} <= ways
    added = await desk.page("verifier", f"/desk/matters/{matter}/acts/record?paper=archive_cover")
    form = filled(added, "form.act-form")
    assert form["make-archive_cover"] == "on"
    assert form["make-archive_cover-keep_text"] == "永久"
    verifier = await desk.as_("verifier")
    sent = form | {"make-archive_cover-handlers_text": "李岚"}
    done = await verifier.client.post(f"/desk/matters/{matter}/acts/record", data=sent)
    assert done.status_code == 303, text_of(done)[:800]
    (made,) = await papers.papers_of(desk.bureau.ctx, matter)
    assert (made.code, made.number) == ("archive_cover", "")


async def test_templates_and_letterhead_have_pages_of_their_own(desk: Desk) -> None:
    made = desk.bureau
    made.people["legal"] = await desks.official(made.ctx, made.body, "legal", Role.LEGAL_OFFICE)
    listed = await desk.page("legal", "/desk/papers")
    assert "行政处罚决定书" in text_of(listed)
    sample = await (await desk.as_("legal")).client.get("/desk/papers/penalty-ordinary/penalty_decision.pdf")
    assert sample.headers["content-type"] == "application/pdf"
    body = made.body.code
    own = soup(await desk.page("head", "/desk")).select_one(".desk-nav a[href^='/desk/letterheads/']")
    assert own is not None
    page = await desk.page("head", str(own["href"]))
    assert "/desk/letterheads" not in (await desk.page("clerk", "/desk")).text
    head = await desk.as_("head")
    form = filled(page, "form.form")
    wrong = await head.client.post(f"/desk/letterheads/{body}", data=form | {"word": "ABC"})
    assert wrong.status_code == 400
    saved = await head.client.post(f"/desk/letterheads/{body}", data=form | {"word": "云城管"})
    assert saved.status_code == 303
    assert "已保存" in text_of(await desk.page("head", saved.headers["location"]))
