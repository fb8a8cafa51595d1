"""Several at work on one matter: joint handling, assistance and transfer by name, work shared out, facts summed up."""

import pytest

from domain.access import Role
from domain.flows import Flow, Step, Transition
from resolvers import matters, parties
from tests import desks, factories
from tests.desks import check_markup, soup, text_of
from tests.portal.test_matters import OPENING, PERSON, Desk, desk, filled, named
from tests.running import LICENCE, PENALTY

__all__ = ["desk"]


@pytest.mark.clause("R17", "R14")
async def test_a_joint_handling_is_opened_in_the_browser_and_each_body_has_its_branch(desk: Desk) -> None:
    """Both bodies see the matter, each with its own branch by name; no code has to be typed."""
    page = await desk.page("clerk", f"{OPENING}?item={LICENCE}")
    matter, _, _ = await desk.open(**{named(page, "收到“申请表”的纸质件"): "on", "joint1": "B002"})
    await desk.does("clerk", matter, "accept")
    case = await desk.page("reviewer", f"/desk/matters/{matter}")
    branches = [one.get_text() for one in soup(case).select(".visits li.now strong")]
    assert branches == ["云川市测试局", "云川市第二局"]
    assert "联合办理" in text_of(case)
    seen = await desk.page("stranger", f"/desk/matters/{matter}")
    assert "云川市第二局" in text_of(seen)
    asked = await desk.page("reviewer", f"/desk/matters/{matter}/acts/request_assistance")
    options = [str(one["value"]) for one in soup(asked).select("#field-of option")]
    assert options == ["", "B002"]
    told = await desk.does("reviewer", matter, "request_assistance", of="B002", what="请核实地址")
    assert "云川市第二局 尚未答复" in told
    answered = await desk.does("stranger", matter, "answer_assistance", request="1", answer="地址属实")
    assert "云川市第二局 已答复" in answered


@pytest.mark.clause("R14")
async def test_what_is_transferred_is_on_the_other_desk_and_both_pages_lead_to_one_another(desk: Desk) -> None:
    matter, number, _ = await desk.open(PENALTY, "inv1")
    form = await desk.page("inv1", f"/desk/matters/{matter}/acts/transfer")
    assert [str(one["value"]) for one in soup(form).select("#field-to_body option")] == ["", "B002"]
    ground = str(soup(form).select("#field-ground option")[1]["value"])
    sent = await desk.does("inv1", matter, "transfer", ground=ground, to_body="B002", reasons="不属本机关管辖")
    assert "移送到：云川市第二局，在那里的编号 B002YS2026000001 等待接收" in sent
    inbox = await desk.page("stranger", "/desk/matters")
    (there,) = await matters.ids_of(desk.bureau.ctx, ["B002YS2026000001"])
    assert soup(inbox).select_one(f"a[href='/desk/matters/{there}']") is not None
    arrived = await desk.page("stranger", f"/desk/matters/{there}")
    assert "移送来的办件" in text_of(arrived)
    assert soup(arrived).find("a", string=number) is not None


@pytest.mark.clause("R14")
async def test_a_dispute_is_stated_by_both_and_settled_by_the_legal_office_in_the_browser(desk: Desk) -> None:
    ctx = desk.bureau.ctx
    office = await factories.body(ctx, desk.bureau.government, code="B009", number="009", name="云川市司法局")
    desk.bureau.people["legal"] = await desks.official(ctx, office, "legal", Role.LEGAL_OFFICE)
    matter, _, _ = await desk.open(PENALTY, "inv1")
    wrong = await desk.act("inv1", matter, "raise_dispute", reasons="案发地在本辖区")
    assert (
        wrong.status_code,
        soup(wrong).select_one("#field-other-problem, [aria-describedby*=other]") is not None,
    ) == (400, True)
    raised = await desk.does("inv1", matter, "raise_dispute", other="B002", claims="yes", reasons="案发地在本辖区")
    assert "与云川市第二局的管辖争议 尚未解决" in raised
    assert "协商不成的，由云川市司法局指定。" in raised
    stated = await desk.does("stranger", matter, "state_jurisdiction", claims="yes", reasons="我局最先立案")
    assert "云川市第二局：认为属于本机关管辖。我局最先立案" in stated
    record = soup(await desk.page("inv1", f"/desk/matters/{matter}")).select("table.desk-events td")
    assert any("另一机关：云川市第二局" in one.get_text() for one in record), "the record names bodies, not codes"
    answer = await desk.act("legal", matter, "designate", to_body="B001", reasons="主要违法行为地")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/matters")
    await desk.page("legal", f"/desk/matters/{matter}", 404)
    settled = text_of(await desk.page("inv1", f"/desk/matters/{matter}"))
    assert "与云川市第二局的管辖争议 由云川市测试局管辖" in settled
    english = text_of(await desk.page("inv1", f"/desk/matters/{matter}?lang=en"))
    assert "Dispute over competence" in english


@pytest.mark.clause("R2")
async def test_cases_of_one_party_are_offered_for_joining(desk: Desk) -> None:
    """Others' cases are not offered, and what is ticked is joined."""
    party = await parties.enter(desk.bureau.ctx, "B001", PERSON)
    numbers = [await desk.open(PENALTY, "inv1", party=f"party:{party}") for _ in range(2)]
    await desk.open(PENALTY, "inv1")
    for matter, _, _ in numbers:
        await desk.does("inv1", matter, "complete")
        await desk.does("deputy", matter, "accept", {"doc-filing_approval": "on"})
    first, second = numbers[0][0], numbers[1][0]
    form = await desk.page("inv1", f"/desk/matters/{first}/acts/merge")
    assert [one["name"] for one in soup(form).select("input[name^=case-]")] == [f"case-{second}"]
    await desk.does("inv1", first, "merge", {f"case-{second}": "on"}, reasons="同一当事人")
    assert (await matters.matter(desk.bureau.ctx, second)).row.ending == "merged"


@pytest.mark.clause("R16")
async def test_work_is_shared_out_from_the_load_of_the_officials(desk: Desk) -> None:
    first, _, _ = await desk.open()
    second, _, _ = await desk.open()
    load = await desk.page("head", "/desk/matters/loads")
    assert "任职时间" in text_of(load)
    way = soup(load).select_one("a[href^='/desk/matters/assign']")
    assert way is not None
    page = await desk.page("head", str(way["href"]))
    form = filled(page, "form.act-form")
    head, clerk = await desk.as_("head"), str(desk.bureau.people["clerk"].account_id)
    nothing = await head.client.post("/desk/matters/assign", data=form)
    assert nothing.status_code == 400
    given = form | {f"matter-{first}": "on", f"matter-{second}": "on", "assignee": clerk}
    done = await head.client.post("/desk/matters/assign", data=given)
    assert done.status_code == 303
    shown = await desk.page("head", done.headers["location"])
    assert "已分派 2 件" in text_of(shown)
    view = await matters.matter(desk.bureau.ctx, first)
    assert view.matter.open_visits[0].assignee == clerk
    again = await head.client.post("/desk/matters/assign", data=given)
    assert again.status_code == 303, "sent twice, it is done once"
    assert (await matters.matter(desk.bureau.ctx, first)).row.seq == view.row.seq
    late = await head.client.post("/desk/matters/assign", data=given | {"key": "another", "step": "decide"})
    check_markup(late)
    assert late.status_code == 409
    assert "已经离开该环节" in text_of(late)
    other = await (await desk.as_("stranger")).get("/desk/matters/assign?body=B001")
    assert other.status_code == 404


@pytest.mark.clause("R6")
async def test_facts_are_summed_up_as_values_and_go_out_as_csv(desk: Desk) -> None:
    for area in ("100.5", "20"):
        matter, _, _ = await desk.open()
        form = await desk.page("clerk", f"/desk/matters/{matter}/acts/record")
        await desk.does("clerk", matter, "record", {named(form, "面积"): area, named(form, "地点"): "=某路1号"})
    page = text_of(await desk.page("clerk", "/desk/matters/facts"))
    assert "面积 （平方米） 2 120.5 60.25 20 100.5" in page.replace("（平方米）", " （平方米）").replace("  ", " ")
    sent = await (await desk.as_("clerk")).get(f"/desk/matters/facts.csv?item={LICENCE}")
    assert "面积,平方米,2,,120.5,60.25,20,100.5" in sent.text
    assert (await (await desk.as_("stranger")).get("/desk/matters/facts?body=B001")).status_code == 404
    assert "没有登记的事实" in text_of(await desk.page("stranger", "/desk/matters/facts"))
    assert "没有登记的事实" in text_of(await desk.page("clerk", "/desk/matters/facts?item=none"))


@pytest.mark.clause("R1")
async def test_a_flow_without_a_closing_step_is_closed_when_all_its_steps_are_done(desk: Desk) -> None:
    """A city's own flow may end with the service; the matter must not stand there for ever."""
    flow = Flow(
        steps=(
            Step(key="accept", name="受理", post="窗口受理岗"),
            Step(key="examine", name="查看", post="窗口受理岗"),
        ),
        transitions=(Transition(source="accept", target="examine"),),
    )
    item = factories.power(code="999900001QT00100", name="测试服务", category="other_power", internal_flow=flow)
    bureau = desk.bureau
    await factories.confirmed(bureau.ctx, bureau.government, [factories.change(bureau.government, item)])
    matter, _, _ = await desk.open(item.code)
    await desk.does("clerk", matter, "accept")
    await desk.does("clerk", matter, "complete")
    assert "已办理：办结" in await desk.does("clerk", matter, "close")
