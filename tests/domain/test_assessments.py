"""A score is its ledger: every point lost has an entry with its clause, and nothing else moves the number (S7)."""

from decimal import Decimal
from importlib import resources

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.assessments.scheme import load_scheme, parse_scheme
from domain.assessments.scoring import AlertFact, Evidence, FindingFact, score, struck

pytestmark = pytest.mark.clause("S7")
SCHEME = load_scheme()


def alert(points: str, number: int = 1) -> AlertFact:
    return AlertFact(number, "R01", "003-36(1)", "alarm", Decimal(points), "期限已经届满。", 7, "B001XK2026000001")


def finding(result: str, violation: str = "limits_exceeded") -> FindingFact:
    return FindingFact(9, "B077DB2026000001", result, "属实", violation, "未按期办结")


@pytest.mark.parametrize(
    ("evidence", "total", "grade", "words"),
    [
        (Evidence(), "100", "excellent", []),
        # The table: yellow card -1, red card -1.5.
        (Evidence([alert("1"), alert("1.5", 2)]), "97.5", "excellent", ["alerts", "alerts"]),
        (Evidence(findings=[finding("established"), finding("unfounded")]), "95", "excellent", ["findings"]),
        # 97 % closed in time: one whole per cent below 98; what could not be counted costs nothing.
        (
            Evidence(figures={"timeliness": 97, "satisfaction": None, "results_late": 3}),
            "97.5",
            "excellent",
            ["timeliness", "disclosure"],
        ),
        # 一票否决.
        (Evidence(findings=[finding("established", "beyond_list")]), "59", "failed", ["findings"]),
        (Evidence(findings=[finding("unfounded", "beyond_list")]), "100", "excellent", []),
    ],
)
def test_points_are_taken_off_as_the_scheme_says(evidence: Evidence, total: str, grade: str, words: list[str]) -> None:
    found = score(SCHEME, evidence)
    assert (found.total, found.grade, [one.indicator for one in found.entries]) == (Decimal(total), grade, words)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(["0", "0.5", "1", "1.5", "2"]), max_size=60),
    st.lists(st.sampled_from(["established", "partly", "objective", "unfounded"]), max_size=12),
    st.integers(0, 100),
)
def test_the_number_is_the_sum_of_its_ledger_and_no_indicator_takes_more_than_its_weight(
    alerts: list[str], results: list[str], timeliness: int
) -> None:
    evidence = Evidence(
        [alert(points, number) for number, points in enumerate(alerts, 1)],
        [finding(result) for result in results],
        {"timeliness": timeliness},
    )
    found = score(SCHEME, evidence)
    assert found.total == SCHEME.full + sum(one.points for one in found.entries)
    assert all(one.clause and one.words and one.points <= 0 for one in found.entries)
    for one in SCHEME.indicators:
        assert -sum(entry.points for entry in found.entries if entry.indicator == one.code) <= one.most
    # Each alert and each finding that costs something stands in the ledger, also where it costs nothing any more.
    assert sum(one.alert_id is not None for one in found.entries) == sum(points != "0" for points in alerts)
    if found.entries:
        better = struck(SCHEME, found, [1], "查证不实")
        assert better.total == found.total - found.entries[0].points
        assert len(better.entries) == len(found.entries)
        assert "查证不实" in better.entries[0].words


def test_a_wrong_scheme_is_refused() -> None:
    text = resources.files("domain").joinpath("assessments", "scheme.toml").read_text("utf-8")
    for before, after in (
        ('metric = "timeliness"', 'metric = "no_such"'),
        ('least = "80"', 'least = "96"'),
        ('"beyond_list", ', '"no_such", '),
        ('code = "findings"', 'code = "alerts"'),
    ):
        with pytest.raises(ValidationError):
            parse_scheme(text.replace(before, after, 1))
