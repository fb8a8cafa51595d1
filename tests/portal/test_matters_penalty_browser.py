"""A penalty case in the browser: after a hearing a fine beyond the range is blocked, corrected, served, paid and closed."""

from datetime import date, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from resolvers import certificates, matters
from resolvers.certificates import NewCertificate
from resolvers.matters import Opening
from tests.matters import VIOLATION, sha
from tests.portal.test_desk_browser import picture, visit
from tests.portal.test_matters_browser import Served, served
from tests.running import PENALTY, agree, paper

__all__ = ["served"]
pytestmark = [pytest.mark.browser, pytest.mark.clause("R11", "R14", "R15")]


def outcome(amount: str) -> dict[str, Any]:
    fine = {"violation": VIOLATION, "tier": "较重", "amount": amount}
    return {"result": "penalty", "reasons": "事实清楚、证据确凿", "measures": ["fine"], "fines": [fine]}


async def heard(served: Served) -> int:
    """Bring a case, weeks ago, to its hearing, which the party has asked for."""
    made, seconds = served.made, iter(range(10_000))
    start = made.ctx.now - timedelta(days=30)
    second = str(made.people["inv2"].account_id)
    opening = Opening(PENALTY, "heard", brings={"facts": [{"code": "一年内受到处罚的次数", "number": 1}]})
    opened = await matters.open_matter(made.ctx.at(start), opening)

    async def act(who: str, kind: str, **fields: Any) -> None:
        number = next(seconds)
        ctx = made.acting(who).at(start + timedelta(minutes=number + 1))
        await matters.act(ctx, opened.matter_id, {"kind": kind, "key": f"h{number}"} | fields)

    await act("inv1", "complete")
    await act("deputy", "accept", documents=[paper("filing_approval")])
    evidence = {"code": "evidence_taking", "digest": sha("v"), "began": start, "ended": start + timedelta(minutes=1)}
    reports = [paper("investigation_report")]
    await act("inv1", "complete", officers=[second], documents=reports, recordings=[evidence])
    await act("judge", "complete", opinion=agree(), proposal=outcome("3000"), to="notify")
    for document in ("penalty_notice", "hearing_right_notice"):
        await act("inv1", "record", documents=[paper(document)], officers=[second])
        await act("inv1", "serve", document=document, method="direct", officers=[second])
    until = {"code": "statement_until", "day": (start + timedelta(days=8)).date()}
    await act("inv1", "complete", facts=[until], officers=[second])
    await act("chair", "exercise", right="statement", waive=True)
    await act("chair", "exercise", right="hearing")
    await act("chair", "record", documents=[paper("hearing_notice")])
    await act("chair", "serve", document="hearing_notice", method="direct")
    await act("chair", "record", facts=[{"code": "hearing_day", "day": (start + timedelta(days=16)).date()}])
    lawyer = made.people["lawyer"].account_id
    held = NewCertificate("证lawyer", lawyer, "B001", date(2020, 1, 1), date(2030, 12, 31), legal_qualification=True)
    await certificates.enter(made.ctx, held)
    return opened.matter_id


async def done(page: Page, at: str, kind: str, **fields: str) -> None:
    """Fill in an act's form from the case page, send it, and see that it was done."""
    await page.goto(at)
    for one in await page.query_selector_all("main details"):
        await one.evaluate("one => { one.open = true }")
    await page.click(f"a[href*='/acts/{kind}']")
    await fill(page, **fields)
    await page.click("form.act-form button.primary")
    shown = await page.inner_text("main")
    assert "已办理" in shown, shown[:1500]


async def fill(page: Page, **fields: str) -> None:
    """Fill controls in by name: boxes are ticked, lists chosen from, the rest typed."""
    await page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    for given, wanted in fields.items():
        name, value = given.replace("__", "-"), wanted
        if not await page.locator(f"[name='{name}']").count():
            # A document that the step does not ask for is chosen from the list of all.
            code, _, more = name.removeprefix("doc-").partition("-")
            name, value = (f"paper1-{more}", value) if more else ("paper1", code)
        control = page.locator(f"[name='{name}']")
        tag = await control.evaluate("one => one.type")
        if tag == "checkbox":
            await control.check()
        elif tag == "select-one":
            await control.select_option(value)
        else:
            await control.fill(value)


async def test_a_fine_beyond_the_range_is_blocked_after_the_hearing_and_the_case_is_concluded(
    browser: Browser, served: Served
) -> None:
    matter = await heard(served)
    at = f"{served.address}/desk/matters/{matter}"

    async def as_(who: str) -> Page:
        return await (await visit(served, browser, who)).new_page()

    chair = await as_("chair")
    await done(chair, at, "record", doc__hearing_record="on")
    await done(chair, at, "complete", verdict="agree")
    await done(await as_("judge"), at, "complete", verdict="agree", to="audit")
    await done(await as_("lawyer"), at, "complete", verdict="agree")
    head = await as_("head")
    await head.goto(f"{at}/acts/decide?visit={await _visit(served, matter)}")
    papers = {"doc__discussion_record": "on", "doc__discussion_record__persons": "人员head\n人员deputy"}
    await fill(head, fine1__amount="6000", **papers)
    await head.click("form.act-form button.primary")
    told = await head.inner_text(".problems")
    assert "超过法定上限5000元" in told
    assert "怎么办" in told
    assert await head.input_value("[name=fine1-amount]") == "6000"
    await picture(head, "penalty-blocked")
    await fill(head, fine1__amount="3000")
    await head.click("form.act-form button.primary")
    assert "罚款3000元" in await head.inner_text("main")
    last = await as_("archivist")
    await done(last, at, "record", doc__penalty_decision="on")
    await done(last, at, "serve", document="penalty_decision")
    await done(last, at, "complete")
    await done(last, at, "complete", receipt="B1", receipt_amount="3000", receipt_day="2026-01-05")
    await done(last, at, "close", doc__closure_report="on")
    await picture(last, "penalty-closed")
    view = await matters.matter(served.made.ctx, matter)
    assert (view.row.phase, view.row.ending) == ("closed", "finished")
    await matters.rebuild(served.made.ctx, matter)


async def _visit(served: Served, matter: int) -> int:
    return (await matters.matter(served.made.ctx, matter)).matter.open_visits[0].number
