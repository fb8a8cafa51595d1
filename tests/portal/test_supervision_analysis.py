"""The analysis on the desk: each number opens exactly the rows that it counts, and the table says what the chart shows (S3, S6)."""

from datetime import timedelta

import pytest

from domain.access import Role
from domain.flows import Flow, RiskPoint, Step
from domain.metrics import disclosed
from domain.periods import Period
from domain.supervision.risk import NAMES, load_risk, risk_of
from resolvers import matters, supervision
from resolvers.acting import actor_by_login
from resolvers.context import unit_of_work
from resolvers.metrics_counting import counted
from resolvers.supervision_watching import watch
from tests import factories
from tests.alerts import planted
from tests.bureau import Bureau, enter
from tests.desks import soup, text_of
from tests.portal.test_matters import Desk, desk
from tests.running import PENALTY, licence_item

__all__ = ["desk"]
pytestmark = pytest.mark.clause("S3", "S6")
AREA = "/desk/supervision"


def test_risk_is_the_sum_of_its_ingredients_on_the_matters_of_the_time() -> None:
    scheme = load_risk()
    counts = {"alarm": 2, "warning": 1, "reminder": 3, "established": 1, "unlifted": 4}
    risk = risk_of(scheme, 100, counts)
    assert (risk.points, risk.grade) == (sum(scheme.weights[one] * count for one, count in counts.items()), "medium")
    assert [one.code for one in risk.ingredients] == list(NAMES)
    # Few matters do not make a body risky by themselves: the base has a least.
    assert risk_of(scheme, 1, {"alarm": 1}).points == risk_of(scheme, scheme.least_matters, {"alarm": 1}).points
    assert risk_of(scheme, 500, {}).grade == "low"


NUMBERS = "td a, .figure a, a.figure, .grade-box a"


async def opens_its_rows(desk: Desk, who: str, path: str) -> int:
    """Follow every number of a page that is a link: each opens a list of as many rows. Returns how many there were."""
    addresses: dict[str, int] = {}
    for one in soup(await desk.page(who, path)).select(NUMBERS):
        if one.get_text(strip=True).isdigit():
            addresses[str(one["href"])] = int(one.get_text(strip=True))
    for address, count in addresses.items():
        rows = soup(await desk.page(who, address)).select("table.matters tbody tr")
        assert len(rows) == count, address
    return len(addresses)


async def charted(office: Bureau) -> None:
    """Let the item have a chart of its own with a risk on its first step and one on which nothing is found."""
    steps = (Step(key="accept", name="受理"), Step(key="review", name="审查"))
    risks = (RiskPoint(step="accept", risk="无故不予受理", grade="high", measures=("双岗核对",), post="窗口受理岗"),
             RiskPoint(step="review", risk="审查走过场", grade="medium", measures=("抽查",)))  # fmt: skip
    content = licence_item(internal_flow=Flow(steps=steps), risk_points=risks)
    changed = factories.change(office.government, content, "modify", valid_from=office.ctx.today)
    await factories.confirmed(office.ctx.at(office.ctx.now + timedelta(minutes=1)), office.government, [changed])


async def test_every_number_of_the_analysis_opens_its_rows(desk: Desk, owner_url: str) -> None:
    await supervision.keep_shipped(desk.bureau.ctx)
    made = [(await desk.open())[0] for _ in range(2)]
    await charted(desk.bureau)
    first = await planted(owner_url, made[0], "alarm")
    await planted(owner_url, made[1], "warning", "R04")
    refusal = {"kind": "refuse_acceptance", "key": "one", "ground": "not_needed", "reasons": "不需要许可"}
    clerk = desk.bureau.acting("clerk")
    await matters.act(clerk.at(clerk.now + timedelta(days=2)), made[0], refusal)
    async with unit_of_work(desk.bureau.ctx, unrecorded="a test") as uow:
        await watch(await uow.raw(), made)
    page = soup(await desk.page("supervisor", f"{AREA}/analysis"))
    # The only step that is over has all the days, in the chart as in its table.
    (step,) = [
        [cell.get_text() for cell in row.select("td.figure")] for row in page.select("[aria-labelledby=steps] tbody tr")
    ]
    assert (step[:2], step[-1]) == (["1", "1"], "100.0%")
    assert "100.0%" in page.select_one("[aria-labelledby=steps] svg.bars").get_text()  # type: ignore[union-attr]
    assert [one.get_text() for one in page.select("[aria-labelledby=heat] td.figure")] == ["2"]
    await _registered(desk, 2)
    assert len(page.select("svg.bars rect.part-warning")) == 4, "a bar for the week by region, unit, post and power"
    assert {one["aria-labelledby"] for one in page.select("section[aria-labelledby^=trend]")} == {
        f"trend-{name}" for name in ("governments", "units", "posts", "powers")
    }
    (fired,) = page.select("[aria-labelledby=fired] tbody tr")
    assert "无故不予受理" in fired.get_text()
    counts = [await opens_its_rows(desk, who, f"{AREA}/analysis") for who in ("supervisor", "clerk")]
    assert counts == [18, 18]
    await _alerts_without_their_matters(desk)
    await _on_the_chart(desk, str(fired.select("td a")[0]["href"]))
    csv = (await (await desk.as_("supervisor")).get(f"{AREA}/analysis.csv")).text
    for line in ("热力图,B001 云川市测试局", "风险,B001 云川市测试局,报警,1", "趋势：按岗位,B001 窗口受理岗"):
        assert line in csv
    # A week with nothing has no rows, and one that is none is no filter.
    before = (desk.bureau.ctx.today - timedelta(days=21)).isoformat()
    assert "没有" in text_of(await desk.page("supervisor", f"{AREA}/alerts?week={before}"))
    assert soup(await desk.page("supervisor", f"{AREA}/alerts?week=none")).select("tbody tr")
    assert not soup(await desk.page("stranger", f"{AREA}/analysis")).select("table.heat td a")
    watcher = desk.bureau.ctx.acting_as(await actor_by_login(desk.bureau.ctx, "supervisor"))
    await supervision.lift(watcher, [first], "unfounded", "时钟有误")
    await _registered(desk, 1)


async def _alerts_without_their_matters(desk: Desk) -> None:
    """The legal office reads alerts and no matters: where the days go is not told, and what measures a risk is no link."""
    office = desk.bureau
    legal = await factories.body(office.ctx, office.government, code="B003", number="003", name="云川市司法局")
    office.people["justice"] = await enter(office.ctx, legal, "justice", "法制审核岗", Role.LEGAL_OFFICE)
    page = soup(await desk.page("justice", f"{AREA}/analysis"))
    assert ([one.get_text() for one in page.select("[aria-labelledby=heat] td.figure")], page.select("#steps")) == (
        ["2"],
        [],
    )
    assert ([one.get_text() for one in page.select("td[data-label=办件]")], page.select("td[data-label=办件] a")) == (
        ["2"],
        [],
    )
    assert await opens_its_rows(desk, "justice", f"{AREA}/analysis") == 16


async def _registered(desk: Desk, count: int) -> None:
    """The registry of figures counts the same alerts in this quarter, which reports and the interface show."""
    office, today = desk.bureau, desk.bureau.ctx.today
    quarter = Period(today.year, (today.month + 2) // 3)
    async with unit_of_work(office.ctx, unrecorded="a test") as uow:
        found = await counted(office.ctx, await uow.raw(), office.government.id or 0, quarter)
    figures = {(one.metric, one.body): one.value for one in found}
    assert [figures["alerts_found", body] for body in ("", "B001")] == [count, count]
    assert (figures["cases_opened", ""], figures["cases_established", ""]) == (0, 0)
    told = {(one.metric, one.body): one.value for one in disclosed(found)}
    # So few are nobody's business: they tell of single officials.
    assert (told["alerts_found", ""], told["alerts_found", "B001"], told["cases_opened", ""]) == (None, None, 0)


async def _on_the_chart(desk: Desk, address: str) -> None:
    """The chart says at the step what was found there, in the drawing, in its text alternative, and in the table."""
    page = soup(await desk.page("supervisor", address))
    assert [one.get_text() for one in page.select("svg.chart .chart-fired-text")] == ["发现 2 条"]
    assert "受理：发现 2 条" in page.select_one("svg.chart desc").get_text()  # type: ignore[union-attr]
    assert [row.select("td")[-1].get_text() for row in page.select("tbody tr")] == ["2", "0"]
    assert await opens_its_rows(desk, "supervisor", address) == 1
    assert "没有廉政风险防控图" in text_of(await desk.page("supervisor", f"{AREA}/risks/{PENALTY}"))
    assert not soup(await desk.page("stranger", address)).select(".chart-fired-text")
