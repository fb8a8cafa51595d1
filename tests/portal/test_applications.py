"""Applying in the hall: without an account, looked through before it is sent, received once however often it is sent."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from domain.powers import Guide
from portal.rendering import TEMPLATES
from resolvers import matters, throttles
from resolvers.database import Database
from tests import bureau, desks, factories
from tests.bureau import Bureau
from tests.desks import Visitor, check_markup, soup, text_of
from tests.hostile_files import PDF
from tests.portal.test_matters import filled, named
from tests.running import LICENCE, PENALTY

pytestmark = pytest.mark.clause("H2", "R4")
ADDRESS, OTHER = f"/apply/{LICENCE}", "999900001XK00200"
PDF_DIGEST = hashlib.sha256(PDF).hexdigest()
WHO = {
    "party-document": "passport",
    "party-number": "e 7654-3210",
    "party-name": "欧阳测试",
    "party-phone": "139 1234 5678",
}


@dataclass
class Hall:
    """The application, its bureau, and somebody without an account."""

    bureau: Bureau
    app: Starlette
    visitor: Visitor

    async def page(self, path: str = ADDRESS, status: int = 200) -> httpx2.Response:
        """Ask for a page and check what every page must be."""
        answer = await self.visitor.get(path)
        assert answer.status_code == status, text_of(answer)
        check_markup(answer)
        return answer

    async def post(self, given: dict[str, str], status: int = 200, path: str = ADDRESS) -> httpx2.Response:
        """Send the form."""
        answer = await self.visitor.client.post(path, data=given)
        assert answer.status_code == status, text_of(answer)
        check_markup(answer)
        assert "no-store" in answer.headers["cache-control"]
        return answer

    async def confirmed(self, **fields: str) -> dict[str, str]:
        """Fill the form in and return what the page of confirmation sends on."""
        page = await self.page()
        given = filled(page, "form.act-form") | WHO | fields
        return filled(await self.post(given), "main form[method=post]")

    async def count(self, table: str) -> int:
        """Count rows."""
        return int(await self.bureau.ctx.db.reads.fetchval(f"SELECT count(*) FROM {table}"))


@pytest.fixture
async def hall(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Hall]:
    made = await bureau.bureau(database)
    async with desks.running(desks.settings(database_url, state_dir=tmp_path)) as app:
        yield Hall(made, app, Visitor(app))


async def test_an_application_is_looked_through_sent_and_found_by_its_code(hall: Hall) -> None:
    """The officials find it in their inbox, with its party masked and its facts as values (R6)."""
    form = await hall.page()
    area = named(form, "面积")
    assert "申请表" in text_of(form)
    carried = await hall.confirmed(**{area: "120.50"})
    assert await hall.count("matter") == 0, "nothing is sent by looking it through"
    receipts = [await hall.post(carried | {"do": "send"}) for _ in range(2)]
    number, code = (one.get_text() for one in soup(receipts[0]).select(".answer code"))
    assert text_of(receipts[0]) == text_of(receipts[1])
    assert (await hall.count("matter"), await hall.count("party")) == (1, 1)
    status = await matters.status(hall.bureau.ctx, number, code)
    assert status.phase == "received"
    clerk = await hall.bureau.visitor(hall.app, "clerk")
    inbox = await clerk.get("/desk/matters?mine=on")
    assert number in text_of(inbox)
    case = text_of(await clerk.get("/desk/matters/1"))
    assert "120.50平方米" in case
    assert "欧***" in case
    assert "欧阳测试" not in case
    view = await matters.matter(hall.bureau.acting("clerk"), number)
    assert view.matter.materials == (), "what was not handed in is not in the file (R8)"


async def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(hall: Hall) -> None:
    form = filled(await hall.page(), "form.act-form")
    area = named(await hall.page(), "面积")
    empty = await hall.post(form, 400)
    assert soup(empty).select_one("#error-party-name") is not None
    wrong = await hall.post(
        form | WHO | {"party-document": "usc_code", "party-number": "91320300MA1WXYZ", area: "x"}, 400
    )
    assert soup(wrong).select_one("#error-party-number") is not None
    kept = filled(wrong, "form.act-form")
    assert kept["party-name"] == "欧阳测试"
    bad_area = await hall.post(kept | WHO | {area: "x"}, 400)
    assert soup(bad_area).select_one(f"#error-{area}") is not None
    back = await hall.post((await hall.confirmed(**{area: "3"})) | {"do": "edit"})
    assert filled(back, "form.act-form")[area] == "3"
    forged = await hall.post(await hall.confirmed() | {"do": "send", "party-number": "x"}, 400)
    assert soup(forged).select_one("#error-party-number") is not None
    assert await hall.count("matter") == await hall.count("party") == 0


async def test_another_application_under_the_same_key_is_refused_and_can_be_sent_anew(hall: Hall) -> None:
    sent = (await hall.confirmed()) | {"do": "send"}
    await hall.post(sent)
    other = await hall.post(sent | {"party-name": "司马测试"}, 409)
    assert "已经用其他当事人的信息提交过" in text_of(other)
    again = filled(other, "form.act-form")
    assert again["party-name"] == "司马测试"
    assert again["key"] != sent["key"]
    await hall.post(again | {"do": "send"})
    assert (await hall.count("matter"), await hall.count("party")) == (2, 2)


async def test_only_what_can_be_applied_for_has_a_form(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "不能在网上申请" in text_of(await hall.page(f"/apply/{PENALTY}", 409))
    assert (await hall.visitor.get("/apply/none")).status_code == 404
    item = await hall.visitor.get(f"/powers/{LICENCE}")
    assert soup(item).select_one(f"a[href='{ADDRESS}']") is not None
    monkeypatch.setattr(throttles, "APPLICATIONS", 0)
    many = await hall.post((await hall.confirmed()) | {"do": "send"}, 429)
    assert filled(many, "form.act-form")["party-name"] == "欧阳测试"
    for language in ("en", "zh-Hant"):
        await hall.page(f"{ADDRESS}?lang={language}")
    names = {path.stem for path in (TEMPLATES / "applications").glob("*.html")}
    assert names == {"apply", "confirm", "done", "materials", "receipt"}


@pytest.mark.clause("H2")
async def test_several_items_go_in_one_go_and_conditions_are_asked_as_the_item_says_them(hall: Hall) -> None:
    """Who applies is asked once; each item is sent by its own form; the receipts stand in one list (000-12)."""
    guide = Guide(conditions=("年满十八周岁", "有固定场所"), online=True)
    other = factories.power(code=OTHER, name="另一许可", guide=guide)
    await factories.confirmed(
        hall.bureau.ctx, hall.bureau.government, [factories.change(hall.bureau.government, other)]
    )
    form = filled(await hall.page(), "form.act-form") | WHO
    wrong = await hall.post(form | {"also-codes": f"none {PENALTY}"}, 400)
    assert all(one in text_of(wrong) for one in ("none：", f"{PENALTY}：", "不能在网上申请"))
    looked = await hall.post(form | {"also": OTHER})
    assert await hall.count("matter") == 0
    second = await hall.post(filled(looked, "main form[method=post]") | {"do": "send"})
    assert "共 2 项，这是第 2 项" in text_of(second)
    first = [one.get_text() for one in soup(second).select(".answer code")]
    given = filled(second, "form.act-form")
    assert given["party-name"] == "欧阳测试"
    conditions = [named(second, one) for one in guide.conditions]
    seen = await hall.post(given | {conditions[0]: "yes", conditions[1]: "no"}, path=f"/apply/{OTHER}")
    assert [one.get_text() for one in soup(seen).select(".notice li")] == ["有固定场所"]
    done = await hall.post(filled(seen, "main form[method=post]") | {"do": "send"}, path=f"/apply/{OTHER}")
    told = [one.get_text() for one in soup(done).select("main dl code")]
    assert told[2:] == first
    assert await hall.count("matter") == 2
    for number, code in (told[:2], first):
        assert (await matters.status(hall.bureau.ctx, number, code)).phase == "received"


@pytest.mark.clause("R8", "H2")
async def test_files_come_with_an_application_once_and_a_refused_form_keeps_them(hall: Hall) -> None:
    page = await hall.page()
    given, control = filled(page, "form.act-form") | WHO, named(page, "申请表")
    files = {
        control: ("表.pdf", PDF, "application/pdf"),
        "other-file": ("坏.pdf", b"MZ no document", "application/pdf"),
    }
    answer = await hall.visitor.client.post(ADDRESS, data=given | {"party-number": "x"}, files=files)
    assert answer.status_code == 400
    check_markup(answer)
    assert soup(answer).select_one("#error-party-number") is not None
    kept = filled(answer, "form.act-form")
    (tick,) = (name for name in kept if name.startswith("up-"))
    assert "表.pdf" in text_of(answer)
    # Without the second file, and with the number set right, nothing has to be chosen again.
    confirmed = await hall.post(kept | WHO)
    assert [one.get_text() for one in soup(confirmed).select("#files + ul li")] == ["申请表"]
    assert "申请表" not in "".join(one.get_text() for one in soup(confirmed).select("#materials ~ ul"))
    carried = filled(confirmed, "main form[method=post]")
    back = await hall.post(carried | {"do": "edit"})
    assert filled(back, "form.act-form")[tick] == "on"
    forged = await hall.post(carried | {"do": "send", "brought": carried["brought"].replace(PDF_DIGEST, "0" * 64)}, 400)
    assert "没有收到" in text_of(forged)
    assert "没有读懂" in text_of(await hall.post(carried | {"do": "send", "brought": "[1]"}, 400))
    receipts = [await hall.post(carried | {"do": "send"}) for _ in range(2)]
    assert text_of(receipts[0]) == text_of(receipts[1])
    number = soup(receipts[0]).select(".answer code")[0].get_text()
    view = await matters.matter(hall.bureau.acting("clerk"), number)
    assert [(one.name, one.digest, one.by) for one in view.matter.materials] == [("申请表", PDF_DIGEST, "party")]
    assert await hall.count("matter") == 1


@pytest.mark.clause("H2")
async def test_a_draft_is_found_by_its_code_alone_and_goes_when_it_is_sent(hall: Hall) -> None:
    page = await hall.page()
    given, area = filled(page, "form.act-form") | WHO, named(page, "面积")
    kept = await hall.post(given | {area: "12", "do": "keep"})
    (code,) = (one.get_text() for one in soup(kept).select(".answer code"))
    assert filled(kept, "form.act-form")["party-name"] == "欧阳测试"
    rows = await hall.bureau.ctx.db.reads.fetch("SELECT * FROM application_draft")
    assert not [one for one in ("欧阳", code) if one in repr(rows)]
    hall.visitor = Visitor(hall.app, "203.0.113.99")
    token = filled(await hall.page(), "form.act-form")["csrf_token"]
    lost = await hall.post({"csrf_token": token, "do": "resume", "draft": code[::-1]}, 400)
    assert soup(lost).select_one("#error-draft") is not None
    again = await hall.post({"csrf_token": token, "do": "resume", "draft": code.lower()})
    found = filled(again, "form.act-form")
    assert (found["party-name"], found[area], found["key"]) == ("欧阳测试", "12", given["key"])
    looked = await hall.post(found)
    await hall.post(filled(looked, "main form[method=post]") | {"do": "send"})
    assert (await hall.count("matter"), await hall.count("application_draft")) == (1, 0)
