"""Scores on pages: published for everybody, every point with its reason for its body, objected to and decided by forms (S7)."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from domain.access import Role
from domain.actors import SYSTEM
from resolvers import assessments, assessments_freezing, postings
from resolvers.assessments_locking import scoring
from resolvers.postings import Term
from tests import desks, factories
from tests.alerts import lengthened, parted, scored, staffed
from tests.desks import Visitor, check_markup, soup, text_of
from tests.portal.test_accounts_browser import RULES
from tests.portal.test_desk_browser import picture, visit
from tests.portal.test_matters import Desk, desk, filled
from tests.portal.test_matters_browser import Served, served

__all__ = ["desk", "served"]
pytestmark = pytest.mark.clause("S7")
AREA = "/desk/scores"


async def test_a_score_is_objected_to_decided_and_published_in_its_new_edition(desk: Desk, owner_url: str) -> None:
    score = await scored(owner_url, "B001")
    anybody = Visitor(desk.app)
    assert "还没有公布的得分" in text_of(await anybody.get("/scores"))
    assert soup(await desk.page("clerk", f"{AREA}/{score}")).select("tbody tr")
    await desk.page("stranger", f"{AREA}/{score}", 404)
    head, page = await desk.as_("head"), await desk.page("head", f"{AREA}/{score}")
    given = filled(page, "main form") | {"do": "object"}
    empty = await head.client.post(
        f"{AREA}/{score}", data={one: text for one, text in given.items() if one != "entries"}
    )
    assert (empty.status_code, "没有选择有异议的扣分" in text_of(empty)) == (400, True)
    given |= {"entries": "1", "reasons": "当日系统停机"}
    assert (await head.client.post(f"{AREA}/{score}", data=given)).status_code == 303
    clerk = await (await desk.as_("clerk")).send(f"{AREA}/{score}", {"do": "object", "entries": "1", "reasons": "x"})
    assert clerk.status_code == 403
    supervisor, page = await desk.as_("supervisor"), await desk.page("supervisor", f"{AREA}/{score}")
    decided = filled(page, "main form") | {"do": "upheld", "decision": "情况属实"}
    answer = await supervisor.client.post(f"{AREA}/{score}", data=decided)
    assert answer.status_code == 303
    restated = await desk.page("clerk", answer.headers["location"])
    assert "云川市测试局：100.00 分" in text_of(restated)
    assert "更正：情况属实" in text_of(restated)
    await supervisor.send(AREA, {"do": "publish", "period": "2026-Q3"}, page=AREA)
    shown = await anybody.get("/scores")
    check_markup(shown)
    (row,) = soup(shown).select("tbody tr")
    assert [one.get_text(strip=True) for one in row.select("td")] == ["100.00", "优秀", "1/1", "情况属实", "查看"]
    assert (
        "2026-Q3,1,B001,云川市测试局,100.00,优秀,2,情况属实" in (await anybody.get("/scores.csv?period=2026-Q3")).text
    )
    assert (await anybody.get("/scores?period=x")).status_code == 400
    await _leads_to_its_ledger(desk)
    assert len(await assessments.periods(desk.bureau.ctx)) == 1


async def test_bodies_units_and_posts_are_ranked_compared_and_followed_through_their_periods(
    desk: Desk, owner_url: str
) -> None:
    first = await scored(owner_url, "B001", "2026-Q2", total="99", published=True)
    last = await scored(owner_url, "B001")
    for one in (first, last):
        await parted(owner_url, one)
    await scored(owner_url, "B001", "2026-09")
    page = await desk.page("clerk", f"{AREA}?period=2026-Q3")
    check_markup(page)
    (row,) = soup(page).select("#rows ~ .table-scroll tbody tr")
    # The quarter before is compared unless another one is asked for; a month is no quarter.
    cells = [one.get_text(strip=True) for one in row.select("td")]
    assert cells[:6] == ["98.50", "优秀", "1/1", "—", "99.00", "-0.50"]
    assert len(soup(page).select("svg .course")) == 1, "a line through the periods"
    posts = await desk.page("clerk", f"{AREA}?period=2026-Q3&kind=post&with=")
    rows = [one.get_text(" ", strip=True) for one in soup(posts).select("#rows ~ .table-scroll tbody tr")]
    assert [one.split()[0] for one in rows] == ["材料审查岗", "窗口受理岗"]
    assert "1/2" in rows[0]
    assert len(soup(posts).select("svg.bars:not(.spark) rect")) == len(rows)
    sent = (await (await desk.as_("clerk")).client.get(f"{AREA}.csv?period=2026-Q3&kind=unit")).text
    assert "2026-Q3,1,B001,云川市测试局,审批科,,99.00,优秀,7,1,,2026-Q2,99.00,0.00" in sent
    # A signed number is a number, also where formulas are not let through.
    sent = (await (await desk.as_("clerk")).client.get(f"{AREA}.csv?period=2026-Q3")).text
    assert "2026-Q2,99.00,-0.50" in sent
    # The unit's page shows its lines with the numbers of the body's ledger, and where that is; nobody objects there.
    (link,) = soup(await desk.page("head", f"{AREA}?period=2026-Q3&kind=unit&with=")).select(
        "#rows ~ .table-scroll tbody a"
    )
    part = await desk.page("head", str(link["href"]))
    check_markup(part)
    assert [one.get_text(strip=True) for one in soup(part).select("main form tbody th")] == ["2. 期限已经届满"]
    assert soup(part).select_one(f'a[href="{AREA}/{last}"]')
    assert not soup(part).select("#object")
    assert "审批科 · 窗口受理岗" in text_of(await desk.page("head", f"{AREA}/{last}"))
    # Whoever may not read the ledger finds no unit and no post, here as if there were none.
    await desk.page("stranger", str(link["href"]), 404)
    stranger = await (await desk.as_("stranger")).client.get(f"{AREA}.csv?period=2026-Q3&kind=unit")
    assert len(stranger.text.strip().splitlines()) == 1
    public = await Visitor(desk.app).get("/scores?period=2026-Q2&body=B001&kind=unit")
    check_markup(public)
    assert ("审批科" in public.text, "云川市测试局的各期得分" in text_of(public)) == (False, True)


async def test_lines_of_several_pages_are_objected_to_at_once_and_a_refusal_loses_none_of_them(
    desk: Desk, owner_url: str
) -> None:
    score = await scored(owner_url, "B001")
    await lengthened(owner_url, score, 130)
    head, first = await desk.as_("head"), await desk.page("head", f"{AREA}/{score}")
    (way,) = soup(first).select("main form nav a")
    page = await desk.page("head", str(way["href"]))
    for lines, reasons, said in (
        ("1，7, x", "当日系统停机", "“x”不是明细的序号"),
        ("1，7、131", "当日系统停机", "所写的序号里有明细没有的"),
        (f"1，{'9' * 600}", "当日系统停机", "不是明细的序号"),
        ("1，7", "", "没有写明理由"),
    ):
        given = filled(page, "main form") | {"do": "object", "entries": "120", "lines": lines, "reasons": reasons}
        form = soup(page).select_one("main form")
        assert form is not None
        page = await head.client.post(str(form["action"]), data=given)
        check_markup(page)
        assert (page.status_code, said in text_of(page)) == (400, True)
        # The page of the form, its ticks and what was written stand as they were, and what is wrong leads to its field.
        assert len(soup(page).select("main form tbody tr")) == 30
        assert filled(page, "main form") | {"csrf_token": "", "do": ""} == {
            "csrf_token": "", "do": "", "entries": "120", "lines": lines, "reasons": reasons,
        }  # fmt: skip
        assert soup(page).select_one(str(soup(page).select_one(".problems a")["href"]))  # type: ignore[index]
    sent = await head.client.post(
        f"{AREA}/{score}", data=filled(page, "main form") | {"do": "object", "reasons": "停机"}
    )
    assert sent.status_code == 303
    assert "1、7、120" in text_of(await desk.page("head", f"{AREA}/{score}"))
    # A number that no row can have is not found, wherever it is written.
    for beyond in ("9" * 19, "9" * 5000):
        await desk.page("head", f"{AREA}/{beyond}", 404)
        answer = await head.send(f"{AREA}/{beyond}", {"do": "object", "entries": "1", "reasons": "x"})
        assert answer.status_code == 404
    assert (await Visitor(desk.app).get(f"/results/{beyond}")).status_code == 404
    supervisor = await desk.as_("supervisor")
    decided = {"do": "confirm", "item": "9" * 500, "decision": "属实"}
    assert (await supervisor.send(f"{AREA}/items", decided)).status_code == 404


async def _leads_to_its_ledger(desk: Desk) -> None:
    """A published total leads to its ledger for those alone who may read it."""
    for who, leads in (("clerk", 1), ("stranger", 0)):
        shown = soup(await desk.page(who, f"{AREA}?period=2026-Q3"))
        assert ("云川市测试局" in shown.get_text(), len(shown.select("tbody th a"))) == (True, leads)


async def test_a_desk_shows_the_scores_of_one_government_and_all_of_them(desk: Desk, owner_url: str) -> None:
    ctx = desk.bureau.ctx
    county = await factories.government(ctx, division_code="990101", name="云东县", level="county")
    body = await factories.body(ctx, county, code="C001", number="101", name="云东县测试局")
    score = await scored(owner_url, "B001", published=True)
    await parted(owner_url, score)
    await staffed(owner_url, score, 101)
    months = [await scored(owner_url, "B001", f"2025-0{month}") for month in range(1, 7)]
    await scored(owner_url, "C001", published=True)
    await scored(owner_url, "C001", "2026-08")
    # Ranks are among the bodies of one government: anybody chooses one, and a desk has its own alone.
    for chosen, name in (("", "云川市测试局"), (f"&government={county.id}", "云东县测试局")):
        public = await Visitor(desk.app).get(f"/scores?period=2026-Q3{chosen}")
        check_markup(public)
        (row,) = soup(public).select("#rows ~ .table-scroll tbody tr")
        assert (name in row.get_text(), "1/1" in row.get_text()) == (True, True)
        file = soup(public).select_one(".ways a[href*=csv]")
        assert file is not None
        assert len((await Visitor(desk.app).get(str(file["href"]))).text.strip().splitlines()) == 2
    for who in ("clerk", "supervisor"):
        page = await desk.page(who, f"{AREA}?government={county.id}")
        assert ("云东县" in page.text, "2026-08" in page.text, len(soup(page).select("#body"))) == (False, False, 0)
        assert "C001" not in (await (await desk.as_(who)).client.get(f"{AREA}.csv?period=2026-Q3")).text
    # The latest periods stand open, with their buttons; the others unfold.
    places = soup(page).select("#periods ~ ul, #periods ~ details")
    assert [one.name for one in places] == ["ul", "details"]
    assert [len(one.select("form")) for one in places] == [3, len(months) - 3]
    # There are more posts than a ledger shows: it leads to the list, and the file holds every one.
    (way,) = soup(await desk.page("clerk", f"{AREA}/{score}")).select("#parts ~ .ways a")
    assert way.get_text() == "全部岗位的得分"
    assert "岗位的得分：2026-Q3" in text_of(await desk.page("clerk", str(way["href"])))
    sent = await (await desk.as_("clerk")).client.get(f"{AREA}.csv?period=2026-Q3&kind=post&body=B001")
    assert len(sent.text.strip().splitlines()) == 1 + 2 + 101
    # Who supervises two governments chooses one, and publishes that one's.
    both = desk.bureau.people["both"] = await desks.official(ctx, body, "both", Role.SUPERVISION_BUREAU)
    second = await desks.post(ctx, desk.bureau.body, "两地监察岗", Role.SUPERVISION_BUREAU)
    await postings.grant(ctx, both.account_id, second, Term(ctx.today))
    visitor = await desk.as_("both")
    for government, name, other in (
        (county.id, "云东县测试局", "云川市测试局"),
        (desk.bureau.government.id, "云川市测试局", "云东县测试局"),
    ):
        page = await desk.page("both", f"{AREA}?government={government}&period=2026-Q3")
        rows = " ".join(one.get_text() for one in soup(page).select("#rows ~ .table-scroll tbody th"))
        assert (name in rows, other in rows, len(soup(page).select("#government option"))) == (True, False, 2)
    there = f"{AREA}?government={county.id}"
    answer = await visitor.send(there, {"do": "publish", "period": "2026-08"}, page=there)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{there}&period=2026-08")
    refused = await visitor.send(there, {"do": "publish", "period": "2025-01"}, page=there)
    assert refused.status_code == 404, "the other government's period"


async def test_a_period_that_takes_long_is_scored_in_the_background_and_the_desk_says_how_far_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx, supervisor = desk.bureau.ctx, await desk.as_("supervisor")
    monkeypatch.setattr(assessments_freezing, "AT_ONCE_SECONDS", 1)
    async with scoring(ctx, desk.bureau.government.id or 0, "2020", 0):
        sent = [await supervisor.send(AREA, {"do": "freeze", "period": "2020"}, page=AREA) for _ in range(2)]
    assert [(one.status_code, one.headers["location"].endswith("#orders")) for one in sent] == [(303, True)] * 2
    for state, others, leads in (("等待评定", 1, 0), ("已评定", 0, 1)):
        page = await desk.page("supervisor", AREA)
        check_markup(page)
        (order,) = soup(page).select("#orders ~ ul > li")
        assert (state in order.get_text(), len(order.select("a"))) == (True, leads)
        assert len(soup(page).select("#orders ~ p a")) == others, "the page itself, to see how far it is"
        assert not soup(await desk.page("clerk", AREA)).select("#orders")
        await assessments.freeze_ordered(ctx.acting_as(SYSTEM), lambda: ctx.now)


async def test_an_item_that_no_rule_counts_is_proposed_by_one_supervisor_and_confirmed_by_another(desk: Desk) -> None:
    bureau = desk.bureau
    own = await factories.body(bureau.ctx, bureau.government, code="B077", number="077", name="云川市监察机构")
    bureau.people["second"] = await desks.official(bureau.ctx, own, "second", Role.SUPERVISION_BUREAU)
    items, first, second = f"{AREA}/items", await desk.as_("supervisor"), await desk.as_("second")
    page = await desk.page("supervisor", items)
    assert "还没有人工评分事项" in text_of(page)
    given = filled(page, "#new") | {"do": "propose", "body": bureau.body.code, "period": "2026-09", "points": "9"}
    wrong = await first.client.post(items, data=given | {"words": "便民改革", "evidence": "督办 1 号"})
    assert (wrong.status_code, "不超过5" in text_of(wrong)) == (400, True)
    right = filled(wrong, "#new") | {"do": "propose", "points": "1.5"}
    assert [(await first.client.post(items, data=right)).status_code for _ in range(2)] == [303, 303]
    page = await desk.page("supervisor", items)
    (line,) = soup(page).select("main > ul.desk-list > li")
    assert ("便民改革" in line.get_text(), "等待另一名监察人员核定" in line.get_text()) == (True, True)
    assert not line.select("form"), "nobody decides what they proposed"
    await desk.page("clerk", items, 403)
    # Who decides says why. A refused decision stands again at its item, and the form of a new one works on.
    given = filled(await desk.page("second", items), ".desk-list form") | {"do": "confirm", "decision": "好" * 501}
    wrong = await second.client.post(items, data=given)
    check_markup(wrong)
    assert (wrong.status_code, "没有写明核定的理由，或者超过五百字" in text_of(wrong)) == (400, True)
    leads = soup(wrong).select_one(".problems a")
    assert leads is not None
    assert soup(wrong).select_one(f".desk-list input{leads['href']}[aria-invalid=true]")
    assert filled(wrong, ".desk-list form")["decision"] == "好" * 501
    assert filled(wrong, "#new")["key"]
    given = filled(wrong, ".desk-list form") | {"do": "confirm", "decision": "属实"}
    assert (await second.client.post(items, data=given)).status_code == 303
    (line,) = soup(await desk.page("supervisor", items)).select("main > ul.desk-list > li")
    assert ("已核定" in line.get_text(), "人员second：属实" in line.get_text()) == (True, True)


CUT_OFF = """[...document.querySelectorAll('.chart-plain text')].filter(one => getComputedStyle(one).display !== 'none'
  && one.getBoundingClientRect().right > one.ownerSVGElement.getBoundingClientRect().right + 1).length"""


@pytest.mark.browser
async def test_the_pages_of_scores_have_no_violation_in_any_way_of_showing(
    browser: Browser, served: Served, owner_url: str
) -> None:
    score = await scored(owner_url, "B001", published=True)
    await scored(owner_url, "B001", "2026-Q2", published=True)
    await parted(owner_url, score)
    found: list[str] = []
    for way in ("phone", "senior", "dark"):
        context = await visit(served, browser, "head", way)
        page = await context.new_page()
        for name, path in {
            "scores": "/scores?body=B001&with=2026-Q2",
            "desk": f"{AREA}?kind=post",
            "ledger": f"{AREA}/{score}",
        }.items():
            await page.goto(served.address + path)
            results = await Axe().run(page, options=RULES)
            found += [f"{name}: {one['id']} {one['nodes'][0]['html'][:200]}" for one in results.response["violations"]]
            width = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if width > 0:
                found.append(f"{name} {way}: {width} px too wide")
            if cut := await page.evaluate(CUT_OFF):
                found.append(f"{name} {way}: {cut} words run out of a chart")
            await picture(page, f"scores-{name}-{way}")
        await context.close()
    assert found == []
