"""The clocks of a matter: limits between milestones, the time of steps, pauses and budgets, reminders, doubtful years."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.calendar import Calendar, CalendarYear, provisional_year, published_years
from domain.clock import deadline as count
from domain.engine.clocks import ELSEWHERE, Deadline, budget_left, deadline_of, deadlines, nearest
from domain.engine.days import LOCAL, civil_day
from domain.engine.lapses import due_acts, due_reminders, next_day, recounts
from domain.engine.refusals import ActRefused
from domain.procedures import Procedure
from tests.matters import CALENDAR, Run, procedure, rulebook, sha

AGREE: dict[str, Any] = {"opinion": {"verdict": "agree"}}


def at(day: str, hour: int = 9) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), LOCAL) + timedelta(hours=hour)


def on(run: Run, day: str) -> Run:
    run.now = at(day)
    return run


def running(run: Run, name: str = "decide") -> Deadline:
    found = deadline_of(run.matter, run.book, name)
    assert found is not None
    return found


def step_of(run: Run, key: str) -> Deadline:
    return next(one for one in deadlines(run.matter, run.book) if (one.of, one.name) == ("step", key))


def timed(name: str = "licence", **more: Any) -> Procedure:
    """A procedure whose review has three working days; a ground of pauses with a budget of six."""
    base = procedure(name)
    limit = {"value": 3, "unit": "workday", "clause": "003-14"}
    steps = [step.model_dump() | ({"limit": limit} if step.key == "review" else {}) for step in base.steps]
    capped = base.pauses["appraisal"].model_dump() | {"most": 6}
    pauses = {key: ground.model_dump() for key, ground in base.pauses.items()} | {"appraisal": capped}
    return Procedure.model_validate(base.model_dump() | {"steps": steps, "pauses": pauses} | more)


SUSPEND: dict[str, Any] = {"ground": "appraisal", "reasons": "检测", "told": 4, "told_by": sha("t")}


# -- limits of the matter ----------------------------------------------------------------------------------------------


@pytest.mark.clause("R5")
@pytest.mark.clause("N4")
def test_a_limit_runs_from_milestone_to_milestone_and_explains_every_day() -> None:
    run = on(Run(rulebook()), "2026-04-20").opened()
    on(run, "2026-04-24").go("accept")
    one = running(run)
    # Labour Day: 1 to 5 May off, 9 May a make-up Saturday
    assert one.due == date(2026, 5, 26)
    days = one.receipt.days
    assert [line.day for line in days] == [date(2026, 4, 24) + timedelta(days=n) for n in range(33)]
    assert {line.reason for line in days} == {"start", "workday", "weekend", "holiday", "make_up_workday"}
    assert one.receipt.counted == 20
    assert one.state(date(2026, 5, 26)) == "running"
    assert one.state(date(2026, 5, 27)) == "overdue"
    assert one.days_left(date(2026, 5, 25)) == 1
    assert one.days_left(date(2026, 5, 28)) == -2


@pytest.mark.clause("R5")
def test_what_was_done_in_time_is_met() -> None:
    run = Run(rulebook()).licence_at("close")
    found = {one.name: (one.state(date(2027, 1, 1)), one.ended) for one in deadlines(run.matter, run.book)}
    assert found["decide"] == ("met", date(2026, 3, 2))
    assert found["supplement_notice"] == ("met", date(2026, 3, 2))
    assert found["certificate"] == ("met", date(2026, 3, 2))


# 行政许可法-44: the ten days for the certificate are those of a licence that was granted.
@pytest.mark.clause("R5")
@pytest.mark.parametrize("result", ["granted", "refused"])
def test_certificates_are_due_where_a_licence_was_granted(result: str) -> None:
    run = Run(rulebook()).licence_at("decide")
    run.go("decide", outcome={"result": result, "reasons": "理由"})
    found = deadline_of(run.matter, run.book, "certificate")
    assert (found and found.due) == (date(2026, 3, 16) if result == "granted" else None)


# 行政处罚法-60, -67(3): days of the calendar; the last day moves over a day off (民法典-203).
@pytest.mark.clause("R5")
def test_penalties_are_counted_in_days_of_the_calendar() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    assert running(run).due == date(2026, 3, 2) + timedelta(days=91)  # 31 May is a Sunday
    assert running(run).receipt.days[-1].reason == "moved"


# Every start day 2016–2035 agrees with the clock below; days of a year without its notice are provisional.
@pytest.mark.clause("N4")
@pytest.mark.parametrize("year", range(2016, 2036))
def test_every_day_of_twenty_years_has_its_deadline(year: int) -> None:
    run = Run(rulebook()).licence_at("review")
    limit = run.book.procedure.limits["decide"]
    day = date(year, 1, 1)
    while day.year == year:
        noon = datetime.combine(day, datetime.min.time(), LOCAL) + timedelta(hours=23, minutes=59)
        matter = run.matter.model_copy(update={"marks": {"accepted": noon}})
        one = deadline_of(matter, run.book, "decide")
        assert one is not None
        assert one.receipt == count(day, limit, CALENDAR)
        assert one.due is not None
        assert one.due > day
        assert one.receipt.provisional == (one.due.year > 2026)
        if not one.receipt.provisional:
            assert CALENDAR.working_days_between(day + timedelta(days=1), one.due) == 20
            assert CALENDAR.day(one.due).working
        day += timedelta(days=1)


def test_days_begin_at_midnight_in_china() -> None:
    assert civil_day(datetime.fromisoformat("2026-03-01T16:00:00+00:00")) == date(2026, 3, 2)
    assert civil_day(datetime.fromisoformat("2026-03-01T15:59:59+00:00")) == date(2026, 3, 1)
    with pytest.raises(ValueError, match="time zone"):
        civil_day(datetime(2026, 3, 1))  # noqa: DTZ001 -- the point of the test


# -- pauses and budgets ------------------------------------------------------------------------------------------------


# 行政许可法-45: the time needed does not count; the day of the suspension is still the old clock's.
@pytest.mark.clause("R2")
def test_a_pause_does_not_count_and_is_explained() -> None:
    run = on(Run(rulebook()).licence_at("review"), "2026-03-04")
    plain = running(run).due
    run.go("suspend", **(SUSPEND | {"told": 10}))
    on(run, "2026-03-09").go("resume", ground="appraisal")
    one = running(run)
    assert plain == date(2026, 3, 30)
    assert one.due == date(2026, 4, 2)  # Thursday, Friday and Monday did not count
    paused = [line for line in one.receipt.days if line.reason == "paused"]
    assert [line.day for line in paused] == [date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 9)]
    assert "检验、检测、检疫、鉴定（of材料审查岗）" in paused[0].text


@pytest.mark.clause("R2")
def test_a_pause_within_one_day_gains_nothing() -> None:
    run = on(Run(rulebook()).licence_at("review"), "2026-03-04")
    for _ in range(3):
        run.go("suspend", **SUSPEND)
        run.go("resume", ground="appraisal")
    assert running(run).due == date(2026, 3, 30)
    assert [note.code for event in run.events for note in event.notes] == ["repeated_suspension"] * 2


@pytest.mark.clause("R2")
def test_a_pause_of_one_day_is_one_day() -> None:
    run = on(Run(rulebook()).licence_at("review"), "2026-03-04")
    run.go("suspend", **(SUSPEND | {"told": 1}))
    on(run, "2026-03-05").go("resume", ground="appraisal")
    assert running(run).due == date(2026, 3, 31)


# The time that was told is the budget: what goes beyond it counts again, resumed or not.
@pytest.mark.clause("R2")
def test_a_pause_ends_with_the_time_that_was_told() -> None:
    run = on(Run(rulebook()).licence_at("review"), "2026-03-04")
    run.go("suspend", **SUSPEND)
    assert running(run).state(date(2026, 3, 6)) == "paused"
    assert running(run).due == date(2026, 4, 3)
    on(run, "2026-03-11")
    (over,) = due_acts(run.matter, run.book, run.now)
    assert (over.what, civil_day(over.since)) == ("pause_over", date(2026, 3, 10))
    events = run.go("complete", **AGREE)
    assert [event.act.kind for event in events] == ["deem", "complete"]
    assert running(run).due == date(2026, 4, 3)


@pytest.mark.clause("R2")
def test_a_ground_has_one_budget_for_all_its_pauses() -> None:
    run = on(Run(rulebook(procedure=timed())).licence_at("review"), "2026-03-04")
    run.go("suspend", **SUSPEND)
    assert budget_left(run.matter, run.book, "appraisal") == 2
    on(run, "2026-03-06").go("resume", ground="appraisal")
    assert budget_left(run.matter, run.book, "appraisal") == 4
    with pytest.raises(ActRefused, match="最多还可以暂停4个工作日"):
        run.go("suspend", **(SUSPEND | {"told": 5}))
    run.go("suspend", **SUSPEND)
    assert running(run).due == date(2026, 4, 8)  # six working days, no more; 4 to 6 April are off


# 行政处罚法-60 names no pause: the ninety days run on while the steps stand still.
@pytest.mark.clause("R2")
def test_the_ninety_days_do_not_stand_still() -> None:
    run = Run(rulebook("penalty-ordinary")).penalty_at("investigate")
    due = running(run).due
    run.go("suspend", ground="appraisal", reasons="送检")
    assert running(run).due == due


# 行政许可法-42(1): ten more, and the receipt says which days are of the extension.
@pytest.mark.clause("R2")
def test_an_extension_lengthens_the_limit_and_shows() -> None:
    run = Run(rulebook()).licence_at("review")
    head = {"by": "局长", "role": "organ_head"}
    run.go("extend", limit="decide", value=10, reasons="情况复杂", approval=head)
    one = running(run)
    assert one.due == date(2026, 4, 14)
    assert one.receipt.days[-1].text == "第30个工作日（延长期限内）"
    assert one.receipt.extension is not None
    assert one.receipt.extension.clause == "行政许可法-42(1)"


# -- the time of steps -------------------------------------------------------------------------------------------------


# R04: three days are three days, however often the step is visited; days elsewhere are told as such.
@pytest.mark.clause("R10")
def test_the_time_of_a_step_adds_up_over_its_visits() -> None:
    run = Run(rulebook(procedure=timed())).licence_at("review")
    assert step_of(run, "review").due == date(2026, 3, 5)
    on(run, "2026-03-04").go("complete", **AGREE)
    assert step_of(run, "review").ended == date(2026, 3, 4)
    on(run, "2026-03-09").go("return", to="review", reasons="不清")
    again = step_of(run, "review")
    assert (again.ended, again.visit, again.due) == (None, 4, date(2026, 3, 10))
    away = [line.day for line in again.receipt.days if line.reason == "paused"]
    assert away == [date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 9)]
    assert ELSEWHERE in next(line.text for line in again.receipt.days if line.reason == "paused")
    assert again.receipt.counted == 3


@pytest.mark.clause("R10")
def test_back_on_the_same_day_no_day_is_gained() -> None:
    run = Run(rulebook(procedure=timed())).licence_at("review")
    for _ in range(4):
        run.go("complete", **AGREE)
        run.go("return", to="review", reasons="不清")
    assert step_of(run, "review").due == date(2026, 3, 5)


# -- reminders ---------------------------------------------------------------------------------------------------------


def levels(run: Run, day: str) -> list[tuple[int, str, str]]:
    return [(one.visit, one.deadline.name, one.level) for one in due_reminders(run.matter, run.book, at(day))]


# R10 (003-32(4)), R01–R04: on the last day, a day after, two days after; a step a day after.
@pytest.mark.clause("R10")
@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2026-03-27", []),
        ("2026-03-30", [(2, "decide", "reminder")]),
        ("2026-03-31", [(2, "decide", "warning")]),
        ("2026-04-01", [(2, "decide", "alarm")]),
    ],
)
def test_reminders_come_with_the_last_day_and_after_it(day: str, found: list[tuple[int, str, str]]) -> None:
    assert levels(Run(rulebook()).licence_at("review"), day) == found


# A procedure may have warnings before the last day: here three working days before it, over a weekend.
@pytest.mark.clause("R10")
def test_a_reminder_may_come_before_the_last_day() -> None:
    early = {"level": "reminder", "after": -3, "of": "matter", "clause": "003-32(4)"}
    run = Run(rulebook(procedure=timed(reminders=[early]))).licence_at("verify")
    assert running(run).due == date(2026, 3, 30)
    assert levels(run, "2026-03-24") == []
    assert next_day(run.matter, run.book, date(2026, 3, 3)) == date(2026, 3, 25)
    assert levels(run, "2026-03-25") == [(3, "decide", "reminder")]
    assert levels(run, "2026-03-30") == [(3, "decide", "reminder")]


@pytest.mark.clause("R10")
def test_a_reminder_is_given_once_and_belongs_to_the_visit() -> None:
    run = Run(rulebook(procedure=timed())).licence_at("review")
    assert levels(run, "2026-03-05") == []
    assert levels(run, "2026-03-06") == [(2, "review", "alarm")]
    on(run, "2026-03-06")
    (reminder,) = due_reminders(run.matter, run.book, run.now)
    run.go("remind", "time", **reminder.act().model_dump(exclude={"kind", "by"}))
    assert levels(run, "2026-03-06") == []
    run.go("complete", **AGREE)
    run.go("return", to="review", reasons="不清")
    # whoever has the step now is reminded anew
    assert levels(run, "2026-03-09") == [(4, "review", "alarm")]


@pytest.mark.clause("R10")
def test_no_lower_level_follows_a_higher_one() -> None:
    run = Run(rulebook()).licence_at("review")
    on(run, "2026-04-01")
    (alarm,) = due_reminders(run.matter, run.book, run.now)
    run.go("remind", "time", **alarm.act().model_dump(exclude={"kind", "by"}))
    assert levels(run, "2026-03-31") == []


def test_a_reminder_that_is_not_due_is_not_recorded() -> None:
    run = Run(rulebook()).licence_at("review")
    with pytest.raises(ActRefused, match="没有需要发出的"):
        run.go("remind", "time", visit_of=2, limit="decide", level="alarm")
    with pytest.raises(ActRefused, match="自动记录"):
        run.go("remind", visit_of=2, limit="decide", level="alarm")


@pytest.mark.clause("R10")
def test_nobody_is_reminded_while_the_clock_stands_still() -> None:
    run = on(Run(rulebook(procedure=timed())).licence_at("review"), "2026-03-04")
    run.go("suspend", **(SUSPEND | {"told": 6}))
    assert levels(run, "2026-03-12") == []


# A sweep looks at a matter on the days that `next_day` names; on all other days there is nothing to find.
@pytest.mark.clause("R10")
@pytest.mark.parametrize("step", ["accept", "review"])
def test_time_speaks_only_on_the_days_that_were_foretold(step: str) -> None:
    run = Run(rulebook(procedure=timed())).licence_at(step)
    if step == "review":
        run.go("suspend", **SUSPEND)
    today = date(2026, 3, 2)
    foretold = next_day(run.matter, run.book, today)
    spoke = []
    for _ in range(70):
        today += timedelta(days=1)
        on(run, today.isoformat())
        due = (*due_acts(run.matter, run.book, run.now), *due_reminders(run.matter, run.book, run.now))
        assert not due or today == foretold, (today, foretold, due)
        for act in due_acts(run.matter, run.book, run.now):
            run.go("deem", "time", **act.model_dump(exclude={"kind", "by"}))
        for reminder in due_reminders(run.matter, run.book, run.now):
            run.go("remind", "time", **reminder.act().model_dump(exclude={"kind", "by"}))
        spoke += [today] if due else []
        foretold = next_day(run.matter, run.book, today) if today == foretold else foretold
    assert len(spoke) >= 4
    assert foretold is None


@pytest.mark.clause("R5")
def test_the_nearest_limit_is_the_due_day_of_the_matter() -> None:
    run = Run(rulebook(procedure=timed())).licence_at("review")
    one = nearest(run.matter, run.book)
    assert (one and one.name, one and one.due) == ("review", date(2026, 3, 5))
    assert nearest(Run(rulebook()).licence_at("close").matter, run.book) is None


# -- doubtful years ----------------------------------------------------------------------------------------------------


# House §2: a provisional day is shown as such and held against nobody, and its move is journalled.
@pytest.mark.clause("N4")
def test_a_provisional_day_is_held_against_nobody_and_is_counted_anew() -> None:
    run = on(Run(rulebook()), "2026-12-21").opened()
    run.go("accept")
    one = running(run)
    assert one.receipt.provisional
    assert one.due is not None
    assert not one.passed(one.due + timedelta(days=30))
    assert levels(run, "2027-03-01") == []
    days = dict(provisional_year(2027).days)
    days[date(2027, 1, 4)] = next(iter(days.values()))  # the notice makes another day off
    notice = CalendarYear(year=2027, notice="2027年通知", version=1, official=True, days=days)
    after = rulebook(calendar=Calendar([*published_years(), notice]))
    moved = recounts(run.matter, run.book, after)
    assert {act.limit: (act.before, act.after) for act in moved} == {
        "decide": (one.due, one.due + timedelta(days=1)),
    }
    run.book = after
    run.go("recount", "time", **moved[0].model_dump(exclude={"kind", "by"}))
    assert recounts(run.matter, after, after) == ()
    assert running(run).passed(one.due + timedelta(days=2))


# What was official at acceptance stays: another version of such a year is not taken.
@pytest.mark.clause("R1")
def test_an_official_year_stays_as_it_was_at_acceptance() -> None:
    run = Run(rulebook()).licence_at("review")
    changed = [one.model_copy(update={"version": 2}) if one.year == 2026 else one for one in published_years()]
    run.book = rulebook(calendar=Calendar(changed))
    with pytest.raises(ActRefused, match="工作日历"):
        run.go("complete", **AGREE)


@pytest.mark.clause("N4")
def test_silence_in_a_doubtful_year_accepts_nothing_yet() -> None:
    run = on(Run(rulebook()), "2026-12-29").opened()
    assert due_acts(run.matter, run.book, at("2027-02-01")) == ()
