"""A body's ledger is the whole: what its units and posts lost and what is given to none of them is what it lost (003-36(5); S7)."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.assessments.scheme import Scheme, load_scheme
from domain.assessments.scoring import AlertFact, Evidence, FindingFact, ManualFact, score, share, struck, subjects_of
from domain.assessments.subjects import Place, Subject, placed, together
from domain.values import document

pytestmark = pytest.mark.clause("S7")
SCHEME = load_scheme()
UNITS, POSTS = ("一科", "二科", ""), ("受理岗", "审查岗", "")
PLACES = st.builds(
    placed, st.sampled_from(POSTS), st.lists(st.sampled_from(UNITS[:2])), st.lists(st.sampled_from(UNITS[:2]))
)
ALERTS = st.lists(st.tuples(st.sampled_from(["0", "0.5", "1", "1.5"]), PLACES), max_size=60)
FINDINGS = st.lists(
    st.tuples(st.sampled_from(["established", "partly", "unfounded"]), st.sampled_from(["limits_exceeded", "beyond_list"]),
              st.lists(PLACES, max_size=3)), max_size=8)  # fmt: skip
EVIDENCE = st.builds(
    lambda alerts, findings, figure: Evidence(
        [AlertFact(no, "R01", "003-36(1)", "alarm", Decimal(points), "逾期", place=place)
         for no, (points, place) in enumerate(alerts)],
        [FindingFact(no, f"DB{no}", result, "属实", violation, "超期", together(places))
         for no, (result, violation, places) in enumerate(findings)],
        {"timeliness": figure}, [ManualFact(1, "others", Decimal(2), "003-43", "档案不全")]),
    ALERTS, FINDINGS, st.integers(80, 100))  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(EVIDENCE, st.sets(st.integers(1, 70), max_size=5))
def test_what_units_lost_and_what_is_given_to_none_is_the_body_s_ledger_restated_as_well(
    evidence: Evidence, gone: set[int]
) -> None:
    first = score(SCHEME, evidence)
    again = struck(SCHEME, first, gone, "查证不实")
    for whole in (first, again):
        subjects = subjects_of(SCHEME, whole, [Subject("三科")])
        shares = {one: share(SCHEME, whole, one) for one in subjects}
        for kind in ("unit", "post"):
            own = [one for subject, made in shares.items() if subject.kind == kind for one in made.entries]
            left = [one for one in whole.entries if not one.unit or (kind == "post" and not one.post)]
            assert sorted(own + left, key=lambda one: one.no) == list(whole.entries)
        # A unit's lines are those of its posts, and of none of them; a veto is whose line it is.
        for subject, made in shares.items():
            assert made.total == min(
                max(Decimal(0), SCHEME.full + sum(one.points for one in made.entries)),
                SCHEME.veto.most if any(one.veto for one in made.entries) else SCHEME.full,
            )
            assert all(one.unit == subject.unit and subject.post in ("", one.post) for one in made.entries)
        assert Subject("三科") in subjects, "who had steps and lost nothing has full points"
    assert [one.no for one in again.entries] == [one.no for one in first.entries]
    assert subjects_of(SCHEME, again, ()) == subjects_of(SCHEME, first, ())


@pytest.mark.parametrize(
    ("post", "having", "held", "unit", "how"),
    [
        ("受理岗", ["一科"], [], "一科", "post"),
        # Two units have posts of one name: whoever had the step tells which; nobody had it, and nothing is guessed.
        ("受理岗", ["一科", "二科"], ["二科"], "二科", "assignee"),
        ("受理岗", ["一科", "二科"], [], "", "several"),
        ("受理岗", ["一科", "二科"], ["一科", "二科"], "", "several"),
        ("受理岗", [], [], "", "unknown"),
        ("", ["一科"], ["一科"], "", "whole"),
    ],
)
def test_a_step_is_given_to_a_unit_only_where_the_record_tells_which(
    post: str, having: list[str], held: list[str], unit: str, how: str
) -> None:
    found = placed(post, having, held)
    assert (found.unit, found.post, found.how) == (unit, post, how)


def test_a_finding_is_its_alerts_where_they_agree() -> None:
    one, other, elsewhere = (
        Place("一科", "受理岗", "post"),
        Place("一科", "审查岗", "post"),
        Place("二科", "审查岗", "post"),
    )
    assert together([]).how == "whole"
    assert together([one, one]) == one
    assert together([one, other]) == Place("一科", "", "unit")
    assert together([one, elsewhere]) == Place("", "", "several")


def test_a_veto_is_lifted_with_the_finding_that_it_is_and_with_no_other() -> None:
    facts = [FindingFact(no, f"DB{no}", "established", "属实", violation, "办理清单外事项", Place("一科", "受理岗", "post"))
             for no, violation in enumerate(("beyond_list", "limits_exceeded"))]  # fmt: skip
    whole = score(SCHEME, Evidence(findings=facts))
    assert (whole.total, share(SCHEME, whole, Subject("一科")).total) == (Decimal(59), Decimal(59))
    assert struck(SCHEME, whole, [2], "不实").total == Decimal(59)
    assert (struck(SCHEME, whole, [1], "不实").total, struck(SCHEME, whole, [1], "不实").veto) == (Decimal(95), "")


def test_scores_of_the_first_versions_are_read_by_the_scheme_they_were_made_with() -> None:
    first = document(SCHEME) | {"version": 2, "freeze_after": 5}
    del first["periods"], first["subjects"]
    read = Scheme.model_validate(first)
    assert ([one.kind for one in read.periods], [one.kind for one in read.subjects]) == (["quarter", "year"], ["body"])
    assert subjects_of(read, score(read, Evidence()), [Subject("一科")]) == ()
