"""The fate of one row: identical before all, refused with the clause, blocked, to be decided, changed or new."""

from datetime import date
from typing import Any

import pytest

from domain.body_choice import BodyAnswer
from domain.fates import Assigned, Held, identity
from domain.judging import Case, Judgement, judge
from domain.list_coverage import covered
from domain.powers import LegalBasis, PowerContent
from domain.values import digest, document
from tests.factories import power, profile

PROFILE = profile("demo-city")
DAY = date(2026, 1, 1)
LAW = LegalBasis(
    kind="law", title="中华人民共和国食品安全法", article="第三十五条", text="《中华人民共和国食品安全法》"
)
ITEM = power(code="990100001XK00100", name="食品经营许可", bases=(LAW,))
COLUMNS = covered(["name", "bases", "remarks", "body_name", "level", "category"])


def case(said: dict[str, Any], held: PowerContent | None = None, **changes: Any) -> Case:
    """Return a case of a row that is assigned to the held item, or to a new one."""
    document_held = document(held) if held else None
    known = Held(7, 70, ITEM.scheme, ITEM.code, digest(held), identity({}, "", "")) if held else None
    fields: dict[str, Any] = {
        "said": said,
        "paths": COLUMNS,
        "body": BodyAnswer("B001", "001"),
        "assigned": Assigned(1, ITEM.scheme, ITEM.code, known),
        "held": document_held,
    }
    return Case(**(fields | changes))


def row(**changes: Any) -> dict[str, Any]:
    """Return what a row of the list says."""
    plain = document(ITEM)
    return {name: plain[name] for name in ("name", "bases", "category", "level", "body_name")} | changes


def judged(one: Case) -> Judgement:
    """Judge a case under the demonstration profile."""
    return judge(one, PROFILE, DAY)


def codes(found: Judgement) -> list[str]:
    """Return the codes of the findings."""
    return [finding.code for finding in found.findings]


def test_a_new_item() -> None:
    """Nothing held: what the list says is the content."""
    found = judged(case(row()))
    assert (found.fate, found.outcome, found.content) == ("new", "new", ITEM)


def test_the_same_content_is_identical_even_if_today_it_would_be_refused() -> None:
    """The library holds it already; a list that repeats it changes nothing and asks nothing."""
    bare = ITEM.model_copy(update={"bases": ()})
    found = judged(case({name: value for name, value in row().items() if name != "bases"}, bare))
    assert (found.fate, found.outcome) == ("identical", "identical")


def test_a_change_is_told_field_by_field() -> None:
    """The difference names the field as people know it."""
    found = judged(case(row(remarks="新备注"), ITEM))
    assert (found.fate, found.outcome) == ("changed", "changed")
    assert [(one.title, one.before, one.after) for one in found.differences] == [("备注", "", "新备注")]


def test_fields_that_the_list_lacks_stay_as_held() -> None:
    """A published form without flow charts takes no flow chart away."""
    rich = ITEM.model_copy(update={"place": "政务大厅", "contact_phone": "0000-1"})
    assert judged(case(row(), rich)).fate == "identical"


@pytest.mark.clause("L10")
def test_a_row_without_basis_is_refused_with_the_clause() -> None:
    """Refused rows say why, by which clause, and what to do."""
    found = judged(case({name: value for name, value in row().items() if name != "bases"}))
    assert (found.fate, found.outcome) == ("refused", "new")
    finding = found.findings[0]
    assert (finding.code, finding.severity, finding.clause) == ("basis_missing", "refuse", "003-13")
    assert finding.message
    assert finding.advice


@pytest.mark.clause("L9")
def test_what_does_not_belong_in_a_list_is_refused() -> None:
    """Reconsideration is a power that all bodies have in common."""
    found = judged(case(row(name="行政复议")))
    assert found.fate == "refused"
    assert "not_for_list" in codes(found)


def test_a_row_whose_body_is_unknown_is_blocked_with_its_text() -> None:
    """Nothing can be built of it; the finding says whose name is unknown and what to do."""
    one = case(row(body_name="市某局"), body=BodyAnswer(doubt="unknown_body"), assigned=Assigned(1, "", ""))
    found = judged(one)
    assert (found.fate, found.content) == ("attention", None)
    assert "市某局" in found.findings[0].message
    assert found.findings[0].severity == "blocked"


def test_a_row_of_another_level_may_be_accepted_into_the_lists_body() -> None:
    """It is offered, never taken over by itself."""
    found = judged(case(row(level="county"), body=BodyAnswer("B001", "001", "other_level_body")))
    assert (found.fate, found.outcome) == ("attention", "new")
    assert found.content is not None
    assert found.content.level == "county"


def test_another_level_asks_only_under_that_policy() -> None:
    """By default a row keeps its own level and enters."""
    assert judged(case(row(level="county"))).fate == "new"
    assert judged(case(row(level="county"), level_asks=True)).fate == "attention"


def test_a_doubtful_identity_is_a_question() -> None:
    """The finding carries the detail that a person needs."""
    found = judged(case(row(), assigned=Assigned(1, ITEM.scheme, ITEM.code, None, "same_item_twice", "5")))
    assert found.fate == "attention"
    assert "第 5 条" in found.findings[0].message


def test_what_the_reading_found_blocking_blocks() -> None:
    """A row in a hidden sheet waits for a person."""
    assert judged(case(row(), grave=frozenset({"blocked"}))).fate == "attention"


def test_content_that_the_model_refuses_is_refused_with_the_field() -> None:
    """Bad input is told with its place; it never raises."""
    found = judged(case(row(name="名" * 1001)))
    assert (found.fate, found.content) == ("refused", None)
    assert [(one.column, one.code) for one in found.findings] == [("name", "invalid_field")]


def test_a_list_that_still_has_a_cancelled_item_asks() -> None:
    """The list has no column for the status, so the status stays; whether it should is for a person."""
    cancelled = ITEM.model_copy(update={"status": "cancelled", "status_reason": "依据废止"})
    found = judged(case(row(remarks="新"), cancelled))
    assert (found.fate, found.outcome) == ("attention", "changed")
    assert found.content is not None
    assert found.content.status == "cancelled"
