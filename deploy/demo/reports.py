"""A year of reports in the demo city: the planner looks some days of a month, offices write, hand in, accept and publish.

Two bodies are late. In a small demonstration bodies of which nobody works here stay missing; a large one has a head for each.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from deploy.demo.staff import Staff
from domain.access import Role
from domain.actors import Actor
from domain.calendar import Calendar
from resolvers import metrics, outbox, planner, reports
from resolvers.acting import actor_by_login
from resolvers.context import Context
from resolvers.organisation import post_numbers
from resolvers.staff import NewOfficial, enter_staff

LOOKS: Final = frozenset((1, 2, 6, 7, 16, 26))
"""Days of a month on which the planner looks: enough for every date of 003-10, and quick."""

LATE: Final = 2
OFFICE: Final = "service_office"
OFFICE_POSTS: Final = """
SELECT b.code AS body, u.name AS unit, t.name AS post FROM body b JOIN unit u ON u.body_id = b.id JOIN post t ON t.unit_id = u.id
WHERE $1 = ANY(b.offices) AND $1 = ANY(t.roles) ORDER BY b.code, t.id LIMIT 1
"""
HEAD_POSTS: Final = """
SELECT DISTINCT ON (b.code) b.code AS body, u.name AS unit, t.name AS post FROM body b
JOIN unit u ON u.body_id = b.id JOIN post t ON t.unit_id = u.id
WHERE $1 = ANY(t.roles) AND b.government_id = (SELECT government_id FROM body WHERE $2 = ANY(offices) ORDER BY code LIMIT 1)
ORDER BY b.code, t.id
"""
OPEN: Final = """
SELECT id, kind, body_code, due_on, opened_at FROM report WHERE state IN ('open', 'submitted') ORDER BY id
"""
LETTERS: Final = "SELECT id FROM outbox WHERE topic = 'notice' AND done_at IS NULL AND due_at <= $1 ORDER BY id"
SUPERVISION: Final = "预警和报警均已核实处理，没有移送的线索。"
LEGAL: Final = "重大处罚决定按期报备，执法人员均持有效证件。"
ASSESSMENT: Final = "年度考核合格，上年指出的问题已经整改。"
PROBLEMS: Final = "部分事项补正次数偏多，请各机关在受理时一次告知；超期事项逐件说明原因。"


@dataclass
class ReportsCourse:
    """How reporting goes on: who writes in the office, who approves, when each body hands in."""

    random: Random
    staff: Staff
    calendar: Calendar
    office: tuple[Actor, ...] = ()
    heads: dict[str, Actor] = field(default_factory=dict)
    days: dict[int, date] = field(default_factory=dict)

    def day_of(self, report: int, due: date) -> date:
        """Return the day on which a body hands its report in: before it is due, and the first two after."""
        if report not in self.days:
            late = len(self.days) < LATE
            shift = self.random.randint(2, 6) if late else -self.random.randint(1, 18)
            day = due + timedelta(days=shift)
            while not self.calendar.day(day).working:
                day += timedelta(days=1 if late else -1)
            self.days[report] = day
        return self.days[report]


async def begin(ctx: Context, staff: Staff, calendar: Calendar, random: Random, *, heads: bool) -> ReportsCourse:
    """Enter two people in the office that receives reports, and with ``heads`` the head of every body of the city."""
    course = ReportsCourse(random, staff, calendar)
    row = await ctx.db.reads.fetchrow(OFFICE_POSTS, OFFICE)
    if row is not None:
        post = (await post_numbers(ctx))[row["body"], row["unit"], row["post"]]
        logins = ("demo.bulletin1", "demo.bulletin2")
        await enter_staff(ctx, [NewOfficial(one, f"报示{one[-1]}", post) for one in logins], date(2020, 1, 1))
        course.office = tuple([await actor_by_login(ctx, one) for one in logins])
    if heads:
        await _enter_heads(ctx, course)
    return course


async def _enter_heads(ctx: Context, course: ReportsCourse) -> None:
    rows = await ctx.db.reads.fetch(HEAD_POSTS, Role.BODY_HEAD.value, OFFICE)
    numbers = await post_numbers(ctx)
    new = [
        NewOfficial(f"demo.head{at}", f"负示{at}", numbers[row["body"], row["unit"], row["post"]])
        for at, row in enumerate(rows)
    ]
    await enter_staff(ctx, new, date(2020, 1, 1))
    for row, one in zip(rows, new, strict=True):
        course.heads[row["body"]] = await actor_by_login(ctx, one.login)


async def reports_day(ctx: Context, course: ReportsCourse) -> None:
    """Do a day of reporting."""
    if ctx.today.day in LOOKS:
        await planner.plan(ctx)
        await _told(ctx)
    if not course.office or not course.calendar.day(ctx.today).working:
        return
    for row in await ctx.db.reads.fetch(OPEN):
        if row["kind"] == "bulletin":
            await _bulletin(ctx, course, row)
        else:
            await _annual(ctx, course, row)
    if ctx.today.day == 1:
        await metrics.restate(ctx)


async def _told(ctx: Context) -> None:
    for row in await ctx.db.reads.fetch(LETTERS, ctx.now):
        await outbox.deliver(ctx, row["id"])


def _head(course: ReportsCourse, body: str) -> Actor | None:
    people = course.staff.everybody(body)
    return course.heads.get(body) or next((one for one in people if Role.BODY_HEAD.value in one.roles), None)


async def _annual(ctx: Context, course: ReportsCourse, row: Any) -> None:
    """Hand a body's report in when its day has come; the office accepts it the day after."""
    head = _head(course, row["body_code"])
    if head is None or ctx.today < course.day_of(row["id"], row["due_on"]) or ctx.today.year == row["due_on"].year - 1:
        return
    view = await reports.report(ctx, row["id"])
    if view.row.state == "submitted":
        await reports.accept(ctx.acting_as(course.office[0]), row["id"], view.row.no)
        await _told(ctx)
        return
    mine = ctx.acting_as(head)
    done = await reports.recount(mine, row["id"], view.row.no)
    texts = (await reports.report(mine, row["id"])).row.content.sections
    said = {"supervision": SUPERVISION, "legal_supervision": LEGAL, "assessment": ASSESSMENT}
    running = texts.get("running") or "本年度没有办理事项。"
    done = await reports.save(mine, row["id"], {**texts, **said, "running": running}, "", done.no)
    await reports.submit(mine, row["id"], done.no)
    await _told(ctx)


async def _bulletin(ctx: Context, course: ReportsCourse, row: Any) -> None:
    """Write the bulletin some weeks after it was compiled, when ratings are counted; a second person approves it."""
    writer, second = course.office
    if ctx.now - row["opened_at"] < timedelta(days=20):
        return
    view = await reports.report(ctx, row["id"])
    if view.row.state == "submitted":
        await reports.accept(ctx.acting_as(second), row["id"], view.row.no)
        await _told(ctx)
        return
    mine = ctx.acting_as(writer)
    done = await reports.recount(mine, row["id"], view.row.no)
    texts = (await reports.report(mine, row["id"])).row.content.sections
    filled = {code: text or "本季度没有变化。" for code, text in texts.items()}
    done = await reports.save(mine, row["id"], {**filled, "problems": PROBLEMS}, "", done.no)
    await reports.submit(mine, row["id"], done.no)
    await _told(ctx)
