"""What time does: silence is acceptance, reminders, pauses that are over; once each, and caught up after any downtime."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.calendar import SpecialDay, statutory_holidays
from domain.engine.acts import Remind
from resolvers import matters, matters_time
from resolvers.calendar import Notice, load_notice
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.errors import NotPermitted
from tests import running
from tests.matters import sha
from tests.running import Office, agree
from workers.matters import check_matters, due_acts

KINDS = "SELECT kind FROM event WHERE stream = 'matter:' || $1::bigint ORDER BY seq"


async def kinds(office: Office, matter_id: int) -> list[str]:
    return [row["kind"].removeprefix("matter.") for row in await office.ctx.db.reads.fetch(KINDS, matter_id)]


@pytest.mark.clause("R2", "R10")
@pytest.mark.both_postgres
async def test_silence_counts_as_acceptance_and_is_recorded_once(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    assert (await matters.sweep(office.ctx)).looked == 0
    office.later(days=8)  # five working days have passed on Monday, the ninth
    swept = await asyncio.gather(*(matters.sweep(office.ctx) for _ in range(8)))
    assert await kinds(office, opened.matter_id) == ["open", "deem"]
    assert sum(one.events for one in swept) == 1
    view = await matters.matter(office.ctx, opened.matter_id)
    assert (view.row.phase, view.row.steps) == ("running", ("review",))
    assert view.row.accepted_at == view.row.opened_at
    by = (await matters.history(office.ctx, opened.matter_id)).rows[-1].by
    assert by == "系统"
    await matters.rebuild(office.ctx, opened.matter_id)


@pytest.mark.clause("R10")
async def test_reminders_come_by_level_and_a_downtime_is_caught_up(database: Database) -> None:
    office = await running.office(database)
    numbers = [(await office.open()).matter_id for _ in range(12)]
    for one in numbers:
        await office.act(one, "clerk", "accept")
    wake = await database.reads.fetchval("SELECT min(wake_at) FROM matter")
    assert wake.date() <= date(2026, 3, 30)
    office.later(days=28)  # the twentieth working day: due today
    assert (await matters.sweep(office.ctx, 5)).looked == 5
    while (await matters.sweep(office.ctx, 5)).looked:
        pass
    assert await kinds(office, numbers[0]) == ["open", "accept", "remind"]
    office.later(days=60)
    await matters.sweep(office.ctx)
    history = (await matters.history(office.ctx, numbers[0])).rows
    assert [one.event.act.level for one in history if isinstance(one.event.act, Remind)] == ["reminder", "alarm"]
    assert (await matters.sweep(office.ctx)).looked == 0, "nothing is ever due twice"
    row = (await matters.inbox(office.at("reviewer"))).rows[0]
    assert row.urgency is not None
    assert (row.urgency.grade, row.urgency.words) == ("overdue", "已超期")
    assert row.urgency.days_left is not None
    assert row.urgency.days_left < -30


@pytest.mark.clause("R2")
async def test_a_pause_ends_with_its_told_time(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    await office.act(opened, "clerk", "accept")
    told = {"ground": "appraisal", "reasons": "检验", "told": 3, "told_by": sha("n")}
    await office.act(opened, "reviewer", "suspend", **told)
    assert (await matters.matter(office.ctx, opened.matter_id)).row.paused
    office.later(days=4)
    assert (await matters.sweep(office.ctx)).events == 1
    assert await kinds(office, opened.matter_id) == ["open", "accept", "suspend", "deem"]
    assert not (await matters.matter(office.ctx, opened.matter_id)).row.paused
    await office.act(opened, "reviewer", "complete", opinion=agree())


@pytest.mark.clause("N4")
async def test_a_provisional_day_is_counted_anew_when_the_notice_comes(database: Database) -> None:
    """A day off in January moves the limits that run over it, and each move is an event that keeps the old day."""
    office = await running.office(database, datetime(2026, 12, 21, 1, 0, tzinfo=UTC))
    opened = await office.open()
    await office.act(opened, "clerk", "accept")
    before = (await matters.matter(office.ctx, opened.matter_id)).row
    assert before.due_provisional
    office.later(days=1)
    async with unit_of_work(office.ctx) as uow:
        days = {day: SpecialDay(kind="holiday", name=name) for day, name in statutory_holidays().days(2027).items()}
        days |= {date(2027, 1, day): SpecialDay(kind="holiday", name="元旦") for day in (4, 5)}
        await load_notice(uow, Notice(2027, "放假通知", days))
    office.later(minutes=1)
    assert (await matters.recount(office.ctx)).events > 0
    after = (await matters.matter(office.ctx, opened.matter_id)).row
    assert not after.due_provisional
    assert before.due_on is not None
    assert after.due_on is not None
    assert after.due_on > before.due_on
    assert "recount" in await kinds(office, opened.matter_id)
    assert (await matters.recount(office.ctx)).looked == 0
    await matters.rebuild(office.ctx, opened.matter_id)


@pytest.mark.clause("N4")
async def test_whoever_acts_before_the_days_were_counted_anew_counts_them_first(database: Database) -> None:
    office = await running.office(database, datetime(2026, 12, 21, 1, 0, tzinfo=UTC))
    opened = await office.open()
    accepted = await office.act(opened, "clerk", "accept")
    office.later(days=1)
    async with unit_of_work(office.ctx) as uow:
        days = {day: SpecialDay(kind="holiday", name=name) for day, name in statutory_holidays().days(2027).items()}
        days |= {date(2027, 1, day): SpecialDay(kind="holiday", name="元旦") for day in (4, 5)}
        await load_notice(uow, Notice(2027, "放假通知", days))
    office.later(minutes=1)
    act = {"key": "c", "seen": accepted.seq, "opinion": agree()}
    done = await office.act(opened, "reviewer", "complete", **act)
    assert (await kinds(office, opened.matter_id))[2:] == [*["recount"] * (len(done.events) - 1), "complete"]
    assert len(done.events) > 1
    again = await office.act(opened, "reviewer", "complete", **act)
    assert (again.events, again.seq, again.repeated) == (done.events, done.seq, True)
    assert (await matters.recount(office.ctx)).looked == 0
    await matters.rebuild(office.ctx, opened.matter_id)


async def test_only_the_system_lets_time_pass(database: Database) -> None:
    office = await running.office(database)
    with pytest.raises(NotPermitted):
        await matters_time.sweep(office.at("head"))


@pytest.mark.clause("R10")
async def test_a_reminder_holds_nobody_up_who_had_the_page_open(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    accepted = await office.act(opened, "clerk", "accept")
    office.later(days=28)
    assert (await matters.sweep(office.ctx)).events == 1
    done = await office.act(opened, "reviewer", "complete", key="c", seen=accepted.seq, opinion=agree())
    again = await office.act(opened, "reviewer", "complete", key="c", seen=accepted.seq, opinion=agree())
    assert (again.seq, again.repeated) == (done.seq, True)
    with pytest.raises(matters.ChangedMeanwhile):
        await office.act(opened, "verifier", "complete", seen=accepted.seq, opinion=agree(), to="decide")


async def test_the_worker_does_what_is_due_and_checks_once_a_day(database: Database) -> None:
    office = await running.office(database, datetime(2026, 6, 1, 1, 0, tzinfo=UTC))
    opened = await office.open()
    jobs = {"database": database, "profile": office.ctx.profile, "now": lambda: datetime.now(UTC)}
    await due_acts(jobs)
    await due_acts(jobs)
    assert (await kinds(office, opened.matter_id)).count("deem") == 1
    for _ in range(2):
        await check_matters(jobs)
    checks = "SELECT body FROM event WHERE kind = 'matters.checked'"
    assert [row["body"] for row in await database.reads.fetch(checks)] == [
        '{"altered":[],"altered_count":0,"matters":1}'
    ]


@pytest.mark.clause("N4")
async def test_a_matter_that_is_older_than_the_calendar_is_not_counted_anew_and_stops_nobody(
    database: Database,
) -> None:
    """A demonstration's matters run in a year before its calendar was loaded."""
    office = await running.office(database)
    past = replace(office, ctx=office.ctx.at(office.ctx.now - timedelta(days=3)))
    opened = await past.open()
    assert (await office.act(opened, "clerk", "accept")).phase == "running"
