"""What falls due by itself: the days of 003-10 before 5 January, the list after it, the quarters, whatever the calendar."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Calendar, published_years
from domain.engine.days import LOCAL
from domain.notice_templates import NoticeTemplateError, load_templates, parse_templates
from domain.planning import Occurrence, occurrences, outside_quiet_hours, replaced
from domain.profile_planning import QuietHours
from domain.profiles import load_profiles

pytestmark = pytest.mark.clause("N1", "N2", "N4")
PROFILE = load_profiles()["demo-city"]
CALENDAR = Calendar(published_years())
OFFICES = {"annual_report_receipt": {1: "A"}, "bulletin": {1: "A"}}


def between(first: date, last: date) -> tuple[Occurrence, ...]:
    return occurrences(PROFILE, CALENDAR, OFFICES, first, last)


def test_the_winter_of_a_year() -> None:
    """A month before, ten and three working days before, the last working day before 5 January; the list from the 6th."""
    found = {
        one.moment: one.day for one in between(date(2025, 11, 1), date(2026, 1, 31)) if one.rule == "annual_report"
    }
    # 2026-01-01 to 03 are days off and Sunday the 4th is a make-up workday, so the last working day before is the 4th.
    assert found == {
        "month": date(2025, 12, 6),
        "ten_workdays": date(2025, 12, 19),
        "three_workdays": date(2025, 12, 30),
        "last_workday": date(2026, 1, 4),
        "overdue": date(2026, 1, 6),
    }
    keys = [one.key for one in between(date(2025, 11, 1), date(2026, 1, 31))]
    assert len(keys) == len(set(keys))
    overdue = next(one for one in between(date(2026, 1, 6), date(2026, 1, 6)) if one.acts)
    assert (overdue.clause, overdue.period, overdue.due_at.astimezone(LOCAL).hour) == ("003-51(6)", "2025", 9)


def test_every_quarter_has_its_bulletin_the_day_after_it() -> None:
    found = [(one.period, one.day) for one in between(date(2026, 1, 1), date(2026, 12, 31)) if one.moment == "compiled"]
    assert found == [
        ("2025-Q4", date(2026, 1, 1)),
        ("2026-Q1", date(2026, 4, 1)),
        ("2026-Q2", date(2026, 7, 1)),
        ("2026-Q3", date(2026, 10, 1)),
    ]


def test_the_next_years_calendar_is_asked_for_until_it_is_there() -> None:
    asked = [one.day for one in between(date(2026, 11, 1), date(2026, 12, 31)) if one.rule == "calendar_notice"]
    assert asked[:2] == [date(2026, 11, 15), date(2026, 11, 22)]
    assert not [one for one in between(date(2025, 11, 1), date(2025, 12, 31)) if one.rule == "calendar_notice"]


@given(st.lists(st.integers(0, 90), min_size=1, max_size=12), st.integers(0, 300))
def test_whenever_one_looks_the_same_falls_due_once(steps: list[int], start: int) -> None:
    """Windows that follow each other, however long, find together what one look over all of them finds."""
    day = first = date(2026, 1, 1) + timedelta(days=start)
    found: list[str] = []
    for step in steps:
        found += [one.key for one in between(day, day + timedelta(days=step))]
        day += timedelta(days=step + 1)
    assert sorted(found) == sorted(one.key for one in between(first, day - timedelta(days=1)))


def test_of_reminders_that_were_missed_together_only_the_last_is_told() -> None:
    due = between(date(2025, 12, 1), date(2026, 1, 6))
    told = {one.moment for one in due if one.rule == "annual_report" and one.key not in replaced(due)}
    assert told == {"overdue"}
    before = between(date(2025, 12, 1), date(2026, 1, 5))
    assert {one.moment for one in before if one.rule == "annual_report" and one.key not in replaced(before)} == {
        "last_workday"
    }
    assert all(one.key not in replaced(due) for one in due if one.acts)


@pytest.mark.parametrize(("hour", "expected"), [(3, 8), (12, 12), (22, 32)])
def test_nothing_goes_out_in_quiet_hours(hour: int, expected: int) -> None:
    quiet = PROFILE.planning.quiet
    assert isinstance(quiet, QuietHours)
    midnight = datetime(2026, 3, 2, tzinfo=LOCAL)
    moment = midnight + timedelta(hours=hour)
    assert outside_quiet_hours(quiet, moment.astimezone(UTC)) == midnight + timedelta(hours=expected)


def test_templates_say_the_same_facts_in_every_language_and_wrong_ones_are_told() -> None:
    for one in load_templates().values():
        for language in ("zh-Hans", "en", "xx"):
            said = one.worded(language, one.facts)
            assert "{" not in said.title + said.body
    good = '[a]\nname="x"\nclause="c"\nfacts={b="1"}\n[a.texts.zh-Hans]\ntitle="t"\nbody="{b}"\n[a.texts.en]\ntitle="t"\nbody="b"\n'
    assert parse_templates({"x.toml": good})["a"].worded("zh-Hans", {"b": "{c}"}).body == "{c}"
    wrong: list[Callable[[str], str]] = [
        lambda text: text.replace("{b}", "{d}"),
        lambda text: text.partition("[a.texts.en]")[0],
    ]
    for change in wrong:
        with pytest.raises(NoticeTemplateError, match=r"x\.toml: a"):
            parse_templates({"x.toml": change(good)})
