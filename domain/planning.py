"""What falls due by itself, worked out from a profile and the calendar: which notice or act, on which day, and why.

Pure: the same profile, calendar and days give the same occurrences. Each has a key made of what it is about and never of
its day, so that a calendar that moves a day makes nothing fall due twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from domain.calendar import Calendar
from domain.engine.days import LOCAL
from domain.periods import Period, quarter_of
from domain.profile_planning import Moment, QuietHours
from domain.profiles import Profile

Rule = Literal["annual_report", "bulletin", "calendar_notice", "overdue_digest"]
RULE_NAMES: Final[Mapping[str, str]] = {
    "annual_report": "年度报告",
    "bulletin": "季度通报",
    "calendar_notice": "放假通知",
    "overdue_digest": "超期提示",
}
MOMENT_NAMES: Final[Mapping[str, str]] = {
    "month": "提前三十天提醒",
    "ten_workdays": "十个工作日提醒",
    "three_workdays": "三个工作日提醒",
    "last_workday": "最后一个工作日提醒",
    "overdue": "逾期名单",
    "compiled": "取数拟稿",
    "twenty_workdays": "二十个工作日提醒",
    "asked": "提醒载入",
    "weekly": "每周提示",
}
WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that falls due on a day: by which rule, at which moment, about which period, by which clause.

    ``chain`` is what later occurrences replace: of several reminders that were missed only the last is told. An ``acts``
    occurrence is carried out whatever comes after it.
    """

    rule: Rule
    moment: str
    government_id: int | None
    period: str
    day: date
    due_at: datetime
    clause: str
    acts: bool = False

    @property
    def key(self) -> str:
        """What it is known by."""
        return f"{self.rule}:{self.government_id or 0}:{self.period}:{self.moment}"

    @property
    def chain(self) -> str:
        """What it belongs to."""
        period = self.period if self.rule in ("annual_report", "bulletin") else ""
        return f"{self.rule}:{self.government_id or 0}:{period}"


def moment_day(anchor: date, moment: Moment, calendar: Calendar) -> date:
    """Return the day of a moment: so many days, or working days, before or after a day."""
    if moment.unit == "day":
        return anchor - timedelta(days=moment.before) + timedelta(days=moment.after)
    if moment.after:
        return calendar.working_day_after(anchor, moment.after)
    day, left = anchor, moment.before
    while left:
        day -= timedelta(days=1)
        left -= calendar.day(day).working
    return day


def occurrences(
    profile: Profile, calendar: Calendar, offices: Mapping[str, Mapping[int, str]], first: date, last: date
) -> tuple[Occurrence, ...]:
    """Return what falls due from one day to another, both included, in the order of time.

    ``offices`` names, by task, the governments in which some body holds it.
    """
    found = [
        *_annual(profile, calendar, offices, first, last),
        *_bulletins(profile, calendar, offices, first, last),
        *_calendar_notices(profile, calendar, first, last),
        *_digests(profile, first, last),
    ]
    return tuple(sorted((one for one in found if first <= one.day <= last), key=lambda one: (one.due_at, one.key)))


def _at(profile: Profile, day: date) -> datetime:
    return datetime.combine(day, time(profile.planning.hour), LOCAL)


# 003-10(1): the report on a year is due on a day of the year after; 003-51(6): from the next day on it is missed.
def _annual(
    profile: Profile, calendar: Calendar, offices: Mapping[str, Mapping[int, str]], first: date, last: date
) -> Iterator[Occurrence]:
    rules = profile.planning.annual_report
    if rules is None:
        return
    for year in range(first.year - 1, last.year + 1):
        due = profile.dates[rules.date].in_year(year + 1)
        for moment in (*rules.reminders, rules.overdue):
            day = moment_day(due, moment, calendar)
            clause = rules.consequence if moment is rules.overdue else profile.dates[rules.date].clause
            for government in offices.get(rules.task, {}):
                yield Occurrence(
                    *("annual_report", moment.code, government, Period(year).code, day, _at(profile, day), clause),
                    acts=moment is rules.overdue,
                )


# 003-6: once a quarter.
def _bulletins(
    profile: Profile, calendar: Calendar, offices: Mapping[str, Mapping[int, str]], first: date, last: date
) -> Iterator[Occurrence]:
    rules = profile.planning.bulletin
    if rules is None:
        return
    one, end = quarter_of(first).before, quarter_of(last)
    while one <= end:
        for moment in (rules.compiled, *rules.reminders):
            day = moment_day(one.last, moment, calendar)
            for government in offices.get(rules.task, {}):
                yield Occurrence(
                    *("bulletin", moment.code, government, one.code, day, _at(profile, day), rules.clause),
                    acts=moment is rules.compiled,
                )
        one = one.following


# 003-53: asked for from a day of the year on, again and again, until the year is official or has begun.
def _calendar_notices(profile: Profile, calendar: Calendar, first: date, last: date) -> Iterator[Occurrence]:
    rules = profile.planning.calendar_notice
    if rules is None:
        return
    for year in range(first.year, last.year + 1):
        if calendar.official(year + 1):
            continue
        day, number = date(year, rules.month, rules.day), 1
        while day.year == year:
            yield Occurrence(
                "calendar_notice", f"asked{number}", None, str(year + 1), day, _at(profile, day), rules.clause
            )
            day, number = day + timedelta(days=rules.every), number + 1


# 003-32(4): once a week.
def _digests(profile: Profile, first: date, last: date) -> Iterator[Occurrence]:
    rules = profile.planning.overdue_digest
    if rules is None:
        return
    day = first + timedelta(days=(rules.weekday - first.isoweekday()) % WEEK)
    while day <= last:
        year, week, _ = day.isocalendar()
        yield Occurrence("overdue_digest", "weekly", None, f"{year}-W{week:02}", day, _at(profile, day), rules.clause)
        day += timedelta(days=WEEK)


def replaced(due: tuple[Occurrence, ...]) -> frozenset[str]:
    """Return the keys of those among what is due at once that a later one of their chain replaces."""
    latest = {one.chain: one.key for one in due}
    return frozenset(one.key for one in due if not one.acts and latest[one.chain] != one.key)


def outside_quiet_hours(quiet: QuietHours, moment: datetime) -> datetime:
    """Return the moment itself, or the end of the quiet hours in which it lies."""
    local = moment.astimezone(LOCAL)
    clock = local.time()
    if quiet.begins <= quiet.ends:
        silent = quiet.begins <= clock < quiet.ends
    else:
        silent = clock >= quiet.begins or clock < quiet.ends
    if not silent:
        return moment
    end = datetime.combine(local.date(), quiet.ends, LOCAL)
    return end if end > moment else end + timedelta(days=1)
