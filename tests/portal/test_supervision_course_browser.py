"""One alert by forms alone: to the rectification notice, an objection to the score that it lowered, and the restated score."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
from playwright.async_api import Browser, Page
from sqlmodel import col, select

from domain.access import Role
from domain.actors import SYSTEM
from domain.periods import Period, quarter_of
from domain.tables.bodies import Body
from resolvers import assessments, matters, supervision
from resolvers.matters import Opening
from tests import bureau
from tests.alerts import planted
from tests.portal.test_desk_browser import picture, visit
from tests.portal.test_matters_browser import Served, served
from tests.running import PENALTY

__all__ = ["served"]
pytestmark = [pytest.mark.browser, pytest.mark.clause("S3", "S5", "S7", "Q1", "Q2", "Q3")]
SUBMIT = "form.act-form > .actions button >> nth=0"
Filling = Callable[[Page], Awaitable[None]]


@dataclass
class Course:
    """People with their pages, none of which may run a script, and the case that they are about."""

    address: str
    pages: dict[str, Page]
    case: str = ""

    async def act(self, who: str, act: str, fill: Filling | None = None) -> None:
        """Do an act upon the case by its form."""
        page = self.pages[who]
        await page.goto(self.case)
        await _unfold(page)
        async with page.expect_navigation():
            await page.click(f"main a:text-is('{act}') >> nth=0")
        if fill:
            await _unfold(page)
            await fill(page)
        async with page.expect_navigation():
            await page.click(SUBMIT)
        assert "已办理" in await page.inner_text("main .done"), await page.inner_text("main")


async def _unfold(page: Page) -> None:
    await page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")


async def _agree(page: Page) -> None:
    await page.select_option("[name=verdict]", "agree")
    await page.fill("[name=opinion]", "同意")


def _with(code: str, to: str = "") -> Filling:
    """Agree, note a document that was made elsewhere, and choose the way on where there are several."""

    async def fill(page: Page) -> None:
        if await page.locator("[name=verdict]").count():
            await _agree(page)
        if code:
            await page.check(f"[name=doc-{code}]")
        if to:
            await page.select_option("[name=to]", to)

    return fill


async def _serve(page: Page) -> None:
    await page.select_option("[name=document]", "finding_notice")
    await page.select_option("[name=method]", "direct")


async def _people(served: Served) -> None:
    """Enter a head and a second supervisor beside the one that the bureau has."""
    ctx = served.made.ctx
    async with ctx.db.sessions() as session:
        body = (await session.exec(select(Body).where(col(Body.code) == "B002"))).one()
    for login, post in (("chief", "分管负责人岗"), ("checker", "案件检查岗")):
        served.made.people[login] = await bureau.enter(ctx, body, login, post, Role.SUPERVISION_BUREAU)


async def _scored(served: Served, owner: str) -> tuple[int, Period]:
    """Find something in the quarter before this one, and score that quarter; returns the alert and the quarter."""
    await supervision.keep_shipped(served.made.ctx)
    ctx = served.made.ctx
    quarter = quarter_of(ctx.today).before
    noon = datetime.combine(quarter.last - timedelta(days=20), time(4), UTC)
    opened = await matters.open_matter(ctx.at(noon), Opening(item=PENALTY, key="late"))
    alert = await planted(owner, opened.matter_id, "alarm", at=noon)
    await supervision.sweep(ctx.acting_as(SYSTEM))
    assert await assessments.freeze(ctx.acting_as(SYSTEM), served.made.government.id or 0, quarter.code)
    return alert, quarter


@pytest.mark.timeout(240)
async def test_an_alert_is_followed_to_a_rectification_notice_an_objection_and_a_restated_score(
    browser: Browser, served: Served, owner_url: str
) -> None:
    await _people(served)
    alert, quarter = await _scored(served, owner_url)
    who = ("supervisor", "chief", "checker", "head")
    pages = {one: await (await visit(served, browser, one, script=False)).new_page() for one in who}
    course = Course(served.address, pages)
    await _handled(course, alert)
    await _restated(course, quarter)


async def _handled(course: Course, alert: int) -> None:
    page = course.pages["supervisor"]
    await page.goto(f"{course.address}/desk/supervision/alerts/{alert}")
    async with page.expect_navigation():
        await page.click("main a:text-is('转为督办')")
    await page.fill("[name=requirement]", "查清原因并改正")
    await page.fill("[name=finish_on]", (datetime.now(UTC) + timedelta(days=20)).date().isoformat())
    async with page.expect_navigation():
        await page.click("main form button[type=submit]")
    course.case = page.url
    assert "云川市测试局" in await page.inner_text("main h1")
    await course.act("supervisor", "受理")
    await course.act("chief", "办结环节", _agree)
    await course.act("supervisor", "办结环节", _with("handling_notice"))
    await course.act("head", "办结环节")
    await course.act("head", "办结环节", _with("feedback_report"))
    await course.act("checker", "办结环节", _agree)
    await _found(course)
    await course.act("supervisor", "送达", _serve)
    await course.act("supervisor", "办结环节", _with("", to="rectify"))
    await course.act("head", "办结环节", _with("rectification_report"))
    await course.act("checker", "办结环节", _agree)
    await course.act("supervisor", "办结")
    await picture(page, "supervision-course-closed")
    closed = await page.inner_text("main")
    assert "无正当理由，未按期受理、办理或者办结" in closed
    assert "王某，直接责任，诫勉谈话" in closed


async def _found(course: Course) -> None:
    """Find what the case has shown, and make the notice that demands rectification."""
    page = course.pages["chief"]
    await page.goto(course.case)
    async with page.expect_navigation():
        await page.click("main a:text-is('认定')")
    await page.select_option("[name=result]", "established")
    await page.fill("[name=reasons]", "超过期限没有法定理由")
    await page.select_option("[name=violation]", label="无正当理由，未按期受理、办理或者办结（000-19(5)）")
    await page.check("[name=measures][value=rectify]")
    by = date.fromisoformat(await page.input_value("[name=rectify_by]")) + timedelta(days=5)
    await page.fill("[name=rectify_by]", by.isoformat())
    await _unfold(page)
    await page.select_option("[name=kind1]", label="直接责任")
    await page.fill("[name=who1]", "王某")
    await page.select_option("[name=measure1]", label="诫勉谈话")
    await picture(page, "supervision-course-finding")
    async with page.expect_navigation():
        await page.click("main form button[type=submit]")
    page = course.pages["supervisor"]
    await page.goto(f"{course.case}/acts/record?paper=rectification_notice")
    await _unfold(page)
    await page.check("[name=make-finding_notice]")
    await page.check("[name=make-rectification_notice]")
    # What the case says already is filled in; what only the bureau can say is asked for.
    assert "期限已经届满" in await page.input_value("[name=make-rectification_notice-problem_text]")
    assert await page.input_value("[name=make-finding_notice-responsibility_text]") == "王某，直接责任，诫勉谈话"
    assert (
        await page.input_value("[name=make-rectification_notice-rectify_text]") == f"{by.year}年{by.month}月{by.day}日"
    )
    await page.fill("[name=make-rectification_notice-requirement_text]", "建立到期提醒的办法")
    async with page.expect_navigation():
        await page.click(SUBMIT)
    assert "《限期整改通知书》" in await page.inner_text("main"), await page.inner_text("main")


async def _restated(course: Course, quarter: Period) -> None:
    page = course.pages["head"]
    await page.goto(f"{course.address}/desk/scores?period={quarter.code}")
    async with page.expect_navigation():
        await page.click("main tbody a:text-is('云川市测试局') >> nth=0")
    score, row = page.url, page.locator("main tbody tr", has_text="期限已经届满")
    before = float((await page.inner_text("main h1")).split("：")[1].split()[0])
    await row.locator("[name=entries]").check()
    await page.fill("[name=reasons]", "当日系统停机")
    async with page.expect_navigation():
        await page.click("button:text-is('提出异议')")
    page = course.pages["supervisor"]
    await page.goto(score)
    await page.fill("[name=decision]", "情况属实")
    async with page.expect_navigation():
        await page.click("button[value=upheld]")
    after = float((await page.inner_text("main h1")).split("：")[1].split()[0])
    assert after > before
    assert "更正：情况属实" in await page.inner_text("main")
    await picture(page, "supervision-course-restated")
    # Everybody sees what it is now and why, once it is published (S7).
    await page.goto(f"{course.address}/desk/scores")
    async with page.expect_navigation():
        await page.click(f"button:has-text('公布 {quarter.code}')")
    await page.goto(f"{course.address}/scores?period={quarter.code}")
    shown = await page.inner_text("main tbody tr:has-text('云川市测试局')")
    assert f"{after:.2f}" in shown
    assert "情况属实" in shown
