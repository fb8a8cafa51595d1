"""The calendar of an installation: complete after each start, extended by a file."""

from datetime import date

import pytest

from deploy import calendars
from domain.calendar import provisional_year
from domain.notice_files import HolidaySpan, NoticeFile
from resolvers.calendar import CalendarMissing, NoticeWrong

PROFILE = "xuzhou-2016"


def notice(*left_out: date) -> NoticeFile:
    """A notice that says exactly what the rule on holidays says, without some days."""
    days = [(day, special.name) for day, special in provisional_year(2027).days.items() if day not in left_out]
    spans = tuple(HolidaySpan(name=name, first=day, last=day) for day, name in days)
    return NoticeFile(year=2027, title="放假通知", holidays=spans)


@pytest.mark.clause("N4")
def test_a_start_completes_the_calendar_once(owner_url: str) -> None:
    with pytest.raises(CalendarMissing):
        calendars.current(owner_url, PROFILE)
    assert calendars.complete(owner_url, PROFILE) == tuple(range(2004, 2027))
    assert calendars.complete(owner_url, PROFILE) == ()
    assert calendars.current(owner_url, PROFILE).last_year == 2026


@pytest.mark.clause("N4")
def test_an_operator_loads_the_notice_of_the_coming_year(owner_url: str) -> None:
    calendars.complete(owner_url, PROFILE)
    with pytest.raises(NoticeWrong, match="1处"):
        calendars.load(owner_url, PROFILE, notice(date(2027, 10, 1)))
    assert calendars.load(owner_url, PROFILE, notice()).version == 1
    assert calendars.current(owner_url, PROFILE).official(2027)
