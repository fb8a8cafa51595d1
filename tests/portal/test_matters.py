"""The desk for running matters: registered, handled and archived by forms only; what is refused says why."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from domain.engine.acts import ACT_NAMES
from domain.parties import Party, reference
from portal.matters_table import FORMS, PARTS
from portal.rendering import TEMPLATES
from resolvers import matters, parties, throttles
from resolvers.database import Database
from tests import bureau, desks
from tests.bureau import Bureau
from tests.desks import Visitor, check_markup, soup, text_of
from tests.portal.test_pages import dangers
from tests.running import LICENCE, PENALTY

OPENING = "/desk/matters/new"


@dataclass
class Desk:
    """The bureau with the application, and a visitor for each of its people."""

    bureau: Bureau
    app: Starlette
    visitors: dict[str, Visitor]

    async def as_(self, who: str) -> Visitor:
        """Return the visitor of one of the people."""
        if who not in self.visitors:
            self.visitors[who] = await self.bureau.visitor(self.app, who)
        return self.visitors[who]

    async def page(self, who: str, path: str, status: int = 200) -> httpx2.Response:
        """Ask for a page and check what every page must be."""
        answer = await (await self.as_(who)).get(path)
        assert answer.status_code == status, (path, answer.status_code, text_of(answer)[:300])
        check_markup(answer)
        return answer

    async def open(self, item: str = LICENCE, who: str = "clerk", **fields: str) -> tuple[int, str, str]:
        """Register a matter by the form; returns its id, its number and its look-up code."""
        page = await self.page(who, f"{OPENING}?item={item}")
        given = filled(page, "form.act-form") | fields
        answer = await (await self.as_(who)).client.post(OPENING, data=given)
        assert answer.status_code == 200, text_of(answer)
        check_markup(answer)
        shown = soup(answer)
        codes = [one.get_text() for one in shown.select(".desk-secret code")]
        found = re.search(r"/desk/matters/(\d+)", str(shown.select_one(".desk-ways")))
        assert found is not None
        return int(found[1]), codes[0], codes[1]

    async def form(self, who: str, matter: int, kind: str) -> dict[str, str]:
        """Return an act's form as a browser would send it untouched, found by the case page's link."""
        case = soup(await self.page(who, f"/desk/matters/{matter}"))
        way = case.select_one(f"a[href^='/desk/matters/{matter}/acts/{kind}']")
        assert way is not None, [one.get_text() for one in case.select(".act-ways a")]
        return filled(await self.page(who, str(way["href"])), "form.act-form")

    async def act(
        self, who: str, matter: int, kind: str, given: dict[str, str] | None = None, **fields: str
    ) -> httpx2.Response:
        """Fill a form in and send it; returns the answer itself."""
        form = await self.form(who, matter, kind) | (given or {}) | fields
        return await (await self.as_(who)).client.post(f"/desk/matters/{matter}/acts/{kind}", data=form)

    async def does(self, who: str, matter: int, kind: str, given: dict[str, str] | None = None, **fields: str) -> str:
        """Do an act that must succeed, and return the text of the page it leads to."""
        answer = await self.act(who, matter, kind, given, **fields)
        assert answer.status_code == 303, text_of(answer)[:1500]
        shown = await self.page(who, answer.headers["location"])
        assert soup(shown).select_one(".done") is not None
        return text_of(shown)


def filled(page: httpx2.Response, selector: str) -> dict[str, str]:
    """Return the fields of a form with what stands in them."""
    form = soup(page).select_one(selector)
    assert form is not None
    found: dict[str, str] = {}
    for one in form.select("input[name], textarea[name], select[name]"):
        kind, name = one.get("type"), str(one["name"])
        if kind == "checkbox":
            if one.has_attr("checked"):
                found[name] = str(one["value"])
        elif one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            found[name] = str(chosen["value"]) if chosen else ""
        else:
            found[name] = str(one.get("value", "")) if one.name == "input" else one.get_text().lstrip("\n")
    return found


def named(page: httpx2.Response, label: str) -> str:
    """Return the name of the control that has a label."""
    for one in soup(page).select("label[for]"):
        if one.get_text(" ", strip=True).startswith(label):
            return str(one["for"]).removeprefix("field-")
    raise AssertionError(label)


@pytest.fixture
async def desk(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    made = await bureau.bureau(database)
    async with desks.running(desks.settings(database_url, state_dir=tmp_path)) as app:
        yield Desk(made, app, {})


PERSON = Party("citizen", "passport", "王小明", "E12345678", phone="13900001234")
AGREE: dict[str, str] = {"verdict": "agree", "opinion": "同意"}


@pytest.mark.clause("R1", "R5", "H2")
async def test_a_licence_runs_from_registration_to_archive_by_forms_only(desk: Desk) -> None:
    page = await desk.page("clerk", f"{OPENING}?item={LICENCE}")
    matter, number, code = await desk.open(**{named(page, "收到“申请表”的纸质件"): "on"})
    assert number.startswith("B001XK")
    inbox = await desk.page("clerk", "/desk/matters?mine=on")
    assert number in text_of(inbox)
    await desk.does("clerk", matter, "accept")
    await desk.does("reviewer", matter, "complete", AGREE)
    await desk.does("verifier", matter, "complete", AGREE, to="decide")
    await desk.does("deputy", matter, "decide", result="granted")
    await desk.does("server", matter, "record", {"doc-decision": "on", "doc-decision-number": "云审〔2026〕1号"})
    await desk.does("server", matter, "serve", document="decision", method="direct")
    await desk.does("server", matter, "complete")
    await desk.does("server", matter, "close")
    assert "已办理：归档" in await desk.does("server", matter, "archive")
    view = await matters.matter(desk.bureau.ctx, matter)
    assert (view.row.phase, view.row.ending) == ("archived", "finished")
    await matters.rebuild(desk.bureau.ctx, matter)
    status = await matters.status(desk.bureau.ctx, number, code)
    assert status.phase == "archived"


@pytest.mark.clause("R11", "R14", "R16")
async def test_a_fine_beyond_the_range_is_blocked_with_its_clause_and_nothing_typed_is_lost(desk: Desk) -> None:
    matter, _, _ = await desk.open(PENALTY, "inv1")
    case = await desk.page("inv1", f"/desk/matters/{matter}/acts/record")
    await desk.does("inv1", matter, "record", {named(case, "一年内受到处罚的次数"): "1"})
    await desk.does("inv1", matter, "complete")
    await desk.does("deputy", matter, "accept", {"doc-filing_approval": "on"})
    second = f"officer-{desk.bureau.people['inv2'].account_id}"
    alone = await desk.act("inv1", matter, "complete")
    assert alone.status_code == 409
    told = text_of(alone)
    for gap in ("执法人员不得少于", "没有制作《", "缺少音像记录", "行政处罚法-42"):
        assert gap in told, gap
    began = {"rec-evidence_taking": "on", "rec-evidence_taking-began": "2026-01-05T09:00"}
    began |= {"rec-evidence_taking-ended": "2026-01-05T10:00", "doc-investigation_report": "on", second: "on"}
    await desk.does("inv1", matter, "complete", began)
    fine = {"result": "penalty", "outcome_reasons": "事实清楚、证据确凿", "measure-fine": "on", "to": "notify"}
    fine |= {"fine1-violation": "擅自占用道路", "fine1-tier": "较重", "fine1-amount": "6000"}
    blocked = await desk.act("judge", matter, "complete", AGREE | fine)
    check_markup(blocked)
    assert blocked.status_code == 409
    assert "超过法定上限5000元" in text_of(blocked)
    assert "003-32(6)" in text_of(blocked)
    assert "请调整罚款数额" in text_of(blocked)
    kept = filled(blocked, "form.act-form")
    assert {name: kept.get(name) for name in (AGREE | fine)} == AGREE | fine
    judge = await desk.as_("judge")
    within = await judge.client.post(f"/desk/matters/{matter}/acts/complete", data=kept | {"fine1-amount": "3000"})
    assert within.status_code == 303
    assert "罚款3000元" in text_of(await desk.page("judge", within.headers["location"]))


@pytest.mark.clause("R1")
async def test_sent_twice_is_done_once_and_who_comes_second_is_told_what_changed(desk: Desk) -> None:
    matter, _, _ = await desk.open()
    clerk = await desk.as_("clerk")
    form = await desk.form("clerk", matter, "record") | {"other1": "照片", "other1-copies": "2"}
    late = await desk.form("clerk", matter, "accept")
    answers = [await clerk.client.post(f"/desk/matters/{matter}/acts/record", data=form) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert len((await matters.history(desk.bureau.ctx, matter)).rows) == 2
    changed = await clerk.client.post(f"/desk/matters/{matter}/acts/record", data=form | {"other1": "另一张照片"})
    assert changed.status_code == 409
    anew = filled(changed, "form.act-form")
    assert anew["key"] != form["key"]
    assert anew["other1"] == "另一张照片"
    second = await clerk.client.post(f"/desk/matters/{matter}/acts/accept", data=late | {"opinion": "要保留的话"})
    assert second.status_code == 400, "an opinion without its verdict is told first"
    second = await clerk.client.post(
        f"/desk/matters/{matter}/acts/accept", data=late | {"opinion": "要保留的话", "verdict": "agree"}
    )
    check_markup(second)
    assert second.status_code == 409
    assert "这一办件有了变化" in text_of(second)
    told = soup(second).select_one(".act-beside .meanwhile")
    assert told is not None
    assert "人员clerk" in told.get_text()
    assert "照片（2份）" in told.get_text(), "not only who and when, but what was recorded"
    again = filled(second, "form.act-form")
    assert again["opinion"] == "要保留的话"
    done = await clerk.client.post(f"/desk/matters/{matter}/acts/accept", data=again)
    assert done.status_code == 409, "what is missing is told, and nothing changed meanwhile"
    assert "这一办件有了变化" not in text_of(done)


@pytest.mark.clause("N5")
async def test_who_may_not_see_a_matter_finds_none(desk: Desk) -> None:
    matter, number, _ = await desk.open()
    for path in ("", "/acts/accept", "/acts/nothing"):
        assert (await (await desk.as_("stranger")).get(f"/desk/matters/{matter}{path}")).status_code == 404
    assert number not in text_of(await desk.page("stranger", "/desk/matters?scope=all"))
    assert (await (await desk.as_("clerk")).get("/desk/matters/999999")).status_code == 404
    watched = await desk.page("supervisor", f"/desk/matters/{matter}")
    assert soup(watched).select(".act-ways a") == []
    assert (await (await desk.as_("supervisor")).get(f"/desk/matters/{matter}/acts/record")).status_code == 404
    assert (await (await desk.as_("clerk")).get("/desk/matters/loads")).status_code == 403
    assert "没有办结的 1 项" in text_of(await desk.page("head", "/desk/matters/loads"))
    assert "云川市测试局" in text_of(await desk.page("supervisor", "/desk/matters/loads?body=B001"))


@pytest.mark.clause("R10")
async def test_the_inbox_filters_and_goes_out_as_csv(desk: Desk) -> None:
    _, number, _ = await desk.open(title="=HYPERLINK(1)")
    await desk.open(PENALTY, "inv1")
    for query, expected in (
        ("", 2),
        ("mine=on", 1),
        ("kind=penalty_case", 1),
        ("q=没有", 0),
        ("overdue=on", 0),
        ("stay=没有", 2),
        ("stay=没有&from=2020-01-01", 0),
    ):
        page = await desk.page("clerk", f"/desk/matters?{query}")
        assert len(soup(page).select("table.matters tbody tr")) == expected, query
    assert "到期日早于" in text_of(await desk.page("clerk", "/desk/matters?step=accept&phase=received"))
    sent = await (await desk.as_("clerk")).get("/desk/matters/inbox.csv?kind=case")
    assert sent.headers["content-type"] == "text/csv; charset=utf-8"
    assert sent.text.startswith("\ufeff办件编号")
    assert number in sent.text
    assert "'=HYPERLINK(1)" in sent.text
    found = await desk.page("clerk", f"/desk/matters/new?q={LICENCE}")
    assert soup(found).select_one(f"a[href$='item={LICENCE}']") is not None


@pytest.mark.clause("H2")
async def test_a_party_looks_up_its_matter_without_a_cookie(desk: Desk) -> None:
    matter, number, code = await desk.open()
    await desk.does("clerk", matter, "ask_supplement", items="照片\n身份证明复印件")
    reader = Visitor(desk.app)
    form = await reader.get("/status")
    assert not reader.client.cookies
    check_markup(form)
    right = await reader.client.post("/status", data={"number": number.lower(), "code": code.replace("-", "").lower()})
    check_markup(right)
    assert right.status_code == 200
    assert "身份证明复印件" in text_of(right)
    assert "no-store" in right.headers["cache-control"]
    assert "人员clerk" not in text_of(right)
    wrong = [{"number": number, "code": "X" * 16}, {"number": "B001XK2026999999", "code": code}]
    answers = [await reader.client.post("/status", data=one) for one in wrong]
    assert [one.status_code for one in answers] == [422, 422]
    assert len({text_of(one) for one in answers}) == 1
    cross = await reader.client.post(
        "/status", data={"number": number, "code": code}, headers={"Origin": "https://x.example"}
    )
    assert cross.status_code == 403
    assert not reader.client.cookies


@pytest.mark.clause("H2")
async def test_whoever_tries_number_after_number_is_held_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A right pair clears the count, a wrong number and a wrong code count alike; the control is the try before."""
    monkeypatch.setattr(throttles, "LOOKED_UP", 3)
    _, number, code = await desk.open()
    right, reader = {"number": number, "code": code}, Visitor(desk.app)
    wrong = [{"number": number, "code": "X" * 16}, {"number": "B001XK2026999999", "code": code}]
    tried = [*wrong, right, *wrong, wrong[0], wrong[1], right]
    answers = [(await reader.client.post("/status", data=one)).status_code for one in tried]
    assert answers == [422, 422, 200, 422, 422, 422, 429, 429]


def test_every_act_of_an_official_has_a_form() -> None:
    """Registering has a page of its own, a case is joined from the other side, and time does the rest."""
    assert set(ACT_NAMES) - set(FORMS) == {"open", "be_merged", "deem", "remind", "recount", "answer_transfer"}
    assert {part for parts in FORMS.values() for part in parts} == set(PARTS)


@pytest.mark.clause("R10")
async def test_a_matter_stands_still_is_returned_and_corrected_by_forms(desk: Desk) -> None:
    page = await desk.page("clerk", f"{OPENING}?item={LICENCE}")
    matter, _, _ = await desk.open(**{named(page, "收到“申请表”的纸质件"): "on"})
    await desk.does("clerk", matter, "accept")
    case = await desk.page("reviewer", f"/desk/matters/{matter}")
    assert soup(case).select(".receipt tbody tr")
    ground = soup(await desk.page("reviewer", f"/desk/matters/{matter}/acts/suspend")).select("#field-ground option")
    fields = {"ground": str(ground[1]["value"]), "reasons": "需要专家评审"}
    untold = await desk.act("reviewer", matter, "suspend", fields)
    assert untold.status_code == 409
    assert "书面告知" in text_of(untold)
    assert filled(untold, "form.act-form")["reasons"] == "需要专家评审"
    await desk.does("reviewer", matter, "suspend", fields | {"told": "5", "told_notice": "告知1号"})
    assert "计时暂停" in text_of(await desk.page("clerk", "/desk/matters"))
    await desk.does("reviewer", matter, "resume", ground=fields["ground"])
    await desk.does("reviewer", matter, "complete", AGREE)
    returned = await desk.does("verifier", matter, "return", to="review", reasons="材料不一致")
    assert "材料不一致" in returned
    await desk.does("reviewer", matter, "correct", event="1", what="旧", instead="新", reasons="笔误")
    colleague = str(desk.bureau.people["reviewer"].account_id)
    assert "人员reviewer" in await desk.does("reviewer", matter, "assign", assignee=colleague)
    for language in ("en", "zh-Hant"):
        shown = await desk.page("reviewer", f"/desk/matters/{matter}?lang={language}")
        assert {"en": "Record", "zh-Hant": "辦理記錄"}[language] in text_of(shown)


@pytest.mark.clause("R9")
async def test_cases_are_joined_and_split_by_forms(desk: Desk) -> None:
    party = reference(await parties.enter(desk.bureau.ctx, "B001", PERSON))
    first, _, _ = await desk.open(PENALTY, "inv1", party=party)
    second, number, _ = await desk.open(PENALTY, "inv1", party=party)
    for matter in (first, second):
        await desk.does("inv1", matter, "complete")
        await desk.does("deputy", matter, "accept", {"doc-filing_approval": "on"})
    wrong = await desk.act("inv1", first, "merge", others="没有这个编号", reasons="同一当事人")
    assert wrong.status_code == 404
    assert filled(wrong, "form.act-form")["reasons"] == "同一当事人"
    joined = await desk.act("inv1", first, "merge", others=number, reasons="同一当事人")
    assert joined.status_code == 303, text_of(joined)
    split = await desk.act("inv1", first, "split", off="另案一\n另案二", reasons="事实不同")
    assert split.status_code == 303, text_of(split)
    assert "另案二" in text_of(await desk.page("inv1", "/desk/matters"))


@pytest.mark.clause("N5")
async def test_hostile_texts_are_shown_and_never_run(desk: Desk) -> None:
    bad = '"><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }}'
    matter, _, _ = await desk.open(title=bad)
    refused = await desk.act("clerk", matter, "accept", opinion=bad, other1=bad)
    await desk.does("clerk", matter, "ask_supplement", items=bad)
    await desk.does("clerk", matter, "record", {"other1": bad, "paper1": "decision", "paper1-number": bad})
    case = await desk.page("clerk", f"/desk/matters/{matter}")
    for page in (refused, case, await desk.page("clerk", "/desk/matters")):
        shown = soup(page)
        for own in shown.select("script[src^='/static/drafts.']"):
            own.decompose()
        assert dangers(shown) == []
        assert shown.find("img") is None
    assert "alert(2)" in text_of(case)


async def test_every_template_of_matters_is_visited(desk: Desk) -> None:
    """Each answers with strict markup in every language."""
    matter, _, _ = await desk.open()
    pages = {
        "inbox": "/desk/matters",
        "choose": OPENING,
        "open": f"{OPENING}?item={LICENCE}",
        "case": f"/desk/matters/{matter}",
        "act": f"/desk/matters/{matter}/acts/record",
    }
    for language in ("zh-Hans", "zh-Hant", "en"):
        for path in pages.values():
            await desk.page("clerk", f"{path}{'&' if '?' in path else '?'}lang={language}")
        for path in ("loads", "facts", "assign?step=accept"):
            await desk.page("head", f"/desk/matters/{path}{'&' if '?' in path else '?'}lang={language}")
    templates = {path.stem for path in (TEMPLATES / "matters").glob("*.html")}
    # The page of a paper is visited by tests/portal/test_papers.py.
    assert templates == {*pages, "assign", "facts", "loads", "opened", "paper", "parts"}
