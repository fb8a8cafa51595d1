"""The working-day calendar: official years, provisional years, notices and local holidays."""

from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest

from domain.calendar import (
    Calendar,
    CalendarError,
    CalendarYear,
    LocalHoliday,
    SpecialDay,
    notice_problems,
    provisional_year,
    published_years,
    statutory_holidays,
)

OFFICIAL = Calendar(published_years())


def days_of(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@pytest.mark.clause("N4")
def test_every_day_of_2018_to_2026_agrees_with_two_independent_libraries() -> None:
    china = holidays.country_holidays("CN", years=range(2018, 2027))
    for day in days_of(date(2018, 1, 1), date(2026, 12, 31)):
        ours = OFFICIAL.day(day).working
        assert ours == chinese_calendar.is_workday(day), day
        assert ours == china.is_working_day(day), day


@pytest.mark.clause("N4")
def test_working_days_in_each_official_year() -> None:
    # Counted by hand from the notices: domain facts, chapter 4.
    counts = {2018: 250, 2019: 250, 2020: 249, 2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248}
    assert {year: len(OFFICIAL.working_ordinals(year)) for year in counts} == counts


@pytest.mark.clause("N4")
@pytest.mark.parametrize(
    ("day", "kind", "name", "working"),
    [
        (date(2026, 9, 23), "workday", "", True),
        (date(2026, 9, 25), "holiday", "中秋节", False),
        (date(2026, 10, 7), "holiday", "国庆节调休", False),
        (date(2026, 10, 10), "make_up_workday", "国庆节调休上班", True),  # a Saturday
        (date(2026, 10, 11), "weekend", "", False),
        (date(2018, 12, 29), "make_up_workday", "元旦调休上班", True),  # moved by the notice of 2019
    ],
)
def test_a_day_says_what_it_is_and_why(day: date, kind: str, name: str, *, working: bool) -> None:
    found = OFFICIAL.day(day)
    assert (found.kind, found.name, found.working, found.official) == (kind, name, working, True)


@pytest.mark.clause("N4")
def test_a_year_without_notice_is_provisional_with_thirteen_statutory_days() -> None:
    year = provisional_year(2027)
    assert not year.official
    assert len(year.days) == 13  # 全国年节及纪念日放假办法 art 2
    assert {special.kind for special in year.days.values()} == {"holiday"}
    new_year = [date(2027, 2, 5) + timedelta(days=number) for number in range(4)]  # the eve and three days
    assert [day for day, special in year.days.items() if special.name == "春节"] == new_year
    found = OFFICIAL.day(date(2027, 10, 1))
    assert (found.name, found.working, found.official) == ("国庆节", False, False)
    assert OFFICIAL.day(date(2027, 2, 20)).kind == "weekend"  # no make-up day is ever guessed


@pytest.mark.clause("N4")
def test_statutory_holidays_of_the_century_agree_with_an_independent_computation() -> None:
    for year in range(2027, 2100):
        theirs = holidays.country_holidays("CN", years=year, observed=False)
        assert set(statutory_holidays().days(year)) == set(theirs), year


@pytest.mark.clause("N4")
def test_two_holidays_on_one_day_are_both_named() -> None:
    both = [day for year in range(2027, 2100) for day, name in statutory_holidays().days(year).items() if "、" in name]
    assert both, "mid-autumn meets National Day in some year of the century"
    assert all(day.month == 10 for day in both)


@pytest.mark.clause("N4")
def test_published_years_rest_on_the_rule_of_their_time() -> None:
    for year in (2025, 2026):
        notice = next(one for one in published_years() if one.year == year)
        assert notice_problems(year, notice.days) == ()


@pytest.mark.clause("N4")
def test_a_notice_that_cannot_be_right_is_told_day_by_day() -> None:
    days = dict(provisional_year(2027).days)
    days[date(2027, 2, 10)] = SpecialDay(kind="make_up_workday")  # a Wednesday
    days[date(2028, 1, 1)] = SpecialDay(kind="holiday")
    del days[date(2027, 10, 1)]  # a Friday
    problems = notice_problems(2027, days)
    assert [problem.day for problem in problems] == [date(2027, 2, 10), date(2027, 10, 1), date(2028, 1, 1)]
    assert "国庆节" in problems[1].reason


@pytest.mark.clause("N4")
def test_a_new_notice_moves_days_of_the_december_before() -> None:
    days = {**provisional_year(2027).days, date(2026, 12, 26): SpecialDay(kind="make_up_workday", name="元旦调休上班")}
    coming = CalendarYear(year=2027, notice="试", version=1, official=True, days=days)
    assert not OFFICIAL.day(date(2026, 12, 26)).working
    assert Calendar([*published_years(), coming]).day(date(2026, 12, 26)).working


@pytest.mark.clause("N4")
def test_local_holidays_of_an_autonomous_area_are_configuration() -> None:
    day = date(2026, 5, 27)
    local = LocalHoliday(day=day, name="古尔邦节", clause="全国年节及纪念日放假办法-4")
    calendar = Calendar(published_years(), [local])
    assert OFFICIAL.day(day).working
    assert (calendar.day(day).working, calendar.day(day).name) == (False, "古尔邦节")
    assert calendar.working_day_after(date(2026, 5, 26), 1) == date(2026, 5, 28)


@pytest.mark.parametrize(
    ("years", "words"),
    [
        ([], "空"),
        ([published_years()[0], published_years()[0]], "两个版本"),
    ],
)
def test_a_calendar_without_years_or_with_two_versions_of_one_is_refused(years: list[CalendarYear], words: str) -> None:
    with pytest.raises(CalendarError, match=words):
        Calendar(years)


def test_days_beyond_what_is_known_are_refused_not_guessed() -> None:
    with pytest.raises(CalendarError, match="2004"):
        OFFICIAL.day(date(2003, 12, 31))
    with pytest.raises(CalendarError, match="2099"):
        OFFICIAL.day(date(2100, 1, 1))
    gap = Calendar([published_years()[0], published_years()[5]])
    with pytest.raises(CalendarError, match="没有2006年"):
        gap.day(date(2006, 6, 1))
