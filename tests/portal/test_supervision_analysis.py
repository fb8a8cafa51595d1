"""The analysis on the desk: each number opens exactly the rows that it counts, and the table says what the chart shows (S3, S6)."""

from datetime import timedelta

import pytest

from domain.supervision.risk import NAMES, load_risk, risk_of
from resolvers import matters, supervision
from tests.alerts import planted
from tests.desks import soup, text_of
from tests.portal.test_matters import Desk, desk

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


async def test_every_number_of_the_analysis_opens_its_rows(desk: Desk, owner_url: str) -> None:
    await supervision.keep_shipped(desk.bureau.ctx)
    made = [(await desk.open())[0] for _ in range(2)]
    await planted(owner_url, made[0], "alarm")
    await planted(owner_url, made[1], "warning", "R04")
    refusal = {"kind": "refuse_acceptance", "key": "one", "ground": "not_needed", "reasons": "不需要许可"}
    clerk = desk.bureau.acting("clerk")
    await matters.act(clerk.at(clerk.now + timedelta(days=2)), made[0], refusal)
    page = soup(await desk.page("supervisor", f"{AREA}/analysis"))
    # The only step that is over has all the days, in the chart as in its table.
    steps = [one.get_text() for one in page.select("section[aria-labelledby=steps] td.figure")]
    assert (steps[0], steps[-1]) == ("1", "100.0%")
    assert "100.0%" in page.select_one("svg.bars").get_text()  # type: ignore[union-attr]
    counted = 0
    for number in page.select("td a[href*='alerts?']"):
        rows = soup(await desk.page("supervisor", str(number["href"]))).select("tbody tr")
        assert len(rows) == int(number.get_text()), number["href"]
        counted += 1
    assert counted == 2, "the week, and the post at whose step both were"
    assert [one.get_text() for one in page.select("table.heat td.figure")] == ["2"]
    assert "报警 1" in page.get_text()
    csv = (await (await desk.as_("supervisor")).get(f"{AREA}/analysis.csv")).text
    assert "热力图,B001 云川市测试局" in csv
    assert "风险,B001 云川市测试局,报警,1" in csv
    # A week with nothing has no rows, and one that is none is no filter.
    before = (desk.bureau.ctx.today - timedelta(days=21)).isoformat()
    assert "没有" in text_of(await desk.page("supervisor", f"{AREA}/alerts?week={before}"))
    assert soup(await desk.page("supervisor", f"{AREA}/alerts?week=none")).select("tbody tr")
    # The body sees its own, a stranger nothing.
    assert soup(await desk.page("clerk", f"{AREA}/analysis")).select("table.heat")
    assert not soup(await desk.page("stranger", f"{AREA}/analysis")).select("table.heat td a")
