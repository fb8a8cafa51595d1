"""A year of matters for the demo city, made by running the engine under a seeded clock; no row is inserted by hand.

Day by day: what time does to matters, then what people do, in the order of its time. The same seed gives the same
course of things.
"""

import asyncio
import heapq
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from deploy.demo.city import DemoBody
from deploy.demo.complaints import Hearing, hearing_day, hearing_hours
from deploy.demo.hall import HallCourse, hall_day
from deploy.demo.items import DemoItem
from deploy.demo.moves import FATES, PARTY, Course, Move, moves
from deploy.demo.papers import paper
from deploy.demo.parties import DemoParties
from deploy.demo.reports import ReportsCourse, begin, reports_day
from deploy.demo.staff import Staff, enter
from deploy.demo.supervision import supervise
from domain.actors import ANONYMOUS, Actor
from domain.calendar import Calendar
from domain.engine.matter import fold
from domain.engine.rulebook import Rulebook
from domain.powers import PowerContent
from resolvers import materials, matters, supervision
from resolvers.calendar import load_calendar
from resolvers.context import LOCAL, Context
from resolvers.errors import NotFound, Refusal
from resolvers.materials import ForOpening, ForParty, Sent, Target
from resolvers.matters import ActDone, Opened, Opening

SEED: Final = 20260811
YEAR: Final = timedelta(days=365)
LATELY: Final = timedelta(days=12)
LATE_YEAR: Final = timedelta(days=160)
SHARE_LATELY: Final = 0.45
AT_ONCE: Final = 6
HEADS_FROM: Final = 100
"""From so many cases on every body has a head who hands its yearly report in."""
BODIES_FOR: Final = 25
"""So many cases there are for each body that takes part: a small run stays with few bodies, and starts quickly."""

MORNING, EVENING = 9, 17
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class DemoCase:
    """A matter of the demo city, with the code by which its party finds it."""

    number: str
    code: str
    title: str
    phase: str


@dataclass
class Running:
    """A matter on its way."""

    item: PowerContent
    course: Course
    slow: float
    people: dict[str, Actor] = field(default_factory=dict)
    opened: Opened | None = None
    book: Rulebook | None = None
    acts: int = 0


@dataclass
class City:
    """What the generator works with."""

    ctx: Context
    staff: Staff
    calendar: Calendar
    random: Random
    places: asyncio.Semaphore
    hall: HallCourse
    reports: ReportsCourse
    parties: DemoParties
    hearing: Hearing | None = None
    queue: list[tuple[datetime, int, Running]] = field(default_factory=list)
    finished: list[Running] = field(default_factory=list)


async def load_cases(
    ctx: Context,
    bodies: Sequence[DemoBody],
    items: Sequence[DemoItem],
    count: int,
    progress: Progress,
    over: timedelta = YEAR,
    hearing: Hearing | None = None,
) -> tuple[DemoCase, ...]:
    """Run so many matters over the year before now; return them with their codes. The actor must be the system.

    With ``hearing`` citizens complain and are heard on the same days; it tells what they filed.
    """
    if count == 0:
        return ()
    random = Random(SEED)  # noqa: S311 -- the course of an invented city, no secret
    chosen, contents = _chosen(bodies, items, count)
    bureau = next((one for one in bodies if "supervision_bureau" in one.offices), None)
    staff = await enter(ctx, [*chosen, *([bureau] if bureau else [])])
    hall = HallCourse(Random(SEED + 1), staff)  # noqa: S311 -- the same
    calendar = await load_calendar(ctx)
    reporting = await begin(ctx, staff, calendar, Random(SEED + 2), heads=count >= HEADS_FROM)  # noqa: S311 -- the same
    coming = DemoParties(Random(SEED + 3))  # noqa: S311 -- the same
    city = City(ctx, staff, calendar, random, asyncio.Semaphore(AT_ONCE), hall, reporting, coming, hearing)
    for number in range(count):
        # Many of them lately, so that enough are still open.
        age = random.random() * (LATELY if random.random() < SHARE_LATELY else over)
        begun = _office_hours(city, ctx.now - timedelta(hours=30) - age)
        fate = random.choice(FATES)
        slow = 5.0 if random.random() < 0.05 else random.uniform(0.3, 1.4)
        running = Running(random.choice(contents), Course(Random(random.random()), fate), slow)  # noqa: S311
        heapq.heappush(city.queue, (begun, number, running))
    await supervision.keep_shipped(ctx)
    await _year(city, progress, count)
    if bureau:
        await supervise(ctx, staff, bureau.code)
    everybody = [one for _, _, one in city.queue] + city.finished
    return tuple(_told(one) for one in everybody if one.opened is not None)


def _told(one: Running) -> DemoCase:
    opened = one.opened
    if opened is None:
        raise ValueError("not opened")
    return DemoCase(opened.number, opened.code, one.item.name, one.course.matter.phase)


def _chosen(
    bodies: Sequence[DemoBody], items: Sequence[DemoItem], count: int
) -> tuple[list[DemoBody], list[PowerContent]]:
    """Choose the bodies with the most items, as many as the number of cases can keep busy."""
    now = [item.versions[-1].content for item in items]
    running = [one for one in now if one.status == "in_use"]
    owned: dict[str, int] = {}
    for one in running:
        owned[one.body] = owned.get(one.body, 0) + 1
    most = sorted(owned, key=lambda code: (-owned[code], code))[: max(3, count // BODIES_FOR)]
    chosen = [body for body in bodies if body.code in most]
    return chosen, [one for one in running if one.body in most]


async def _year(city: City, progress: Progress, count: int) -> None:
    day, last = city.queue[0][0].astimezone(LOCAL).date(), city.ctx.today
    first = day
    while day <= last:
        start = datetime.combine(day, time(), LOCAL)
        end = min(start + timedelta(days=1), city.ctx.now)
        await _sweep(city, start)
        if city.hearing is not None:
            await hearing_hours(city.ctx.at(start), city.hearing, end)
        todays: dict[int, list[tuple[datetime, int, Running]]] = {}
        while city.queue and city.queue[0][0] < end:
            entry = heapq.heappop(city.queue)
            if entry[2].opened is None:
                await _open(city, entry[2], entry[0], entry[1])
            todays.setdefault(entry[1], []).append(entry)
        await asyncio.gather(*(_go(city, entry, end) for entries in todays.values() for entry in entries))
        day += timedelta(days=1)
        progress("办件", count * (day - first).days // max(1, (last - first).days + 1), count)
    await _sweep(city, city.ctx.now)


async def _sweep(city: City, at: datetime) -> None:
    while (await matters.sweep(city.ctx.at(at))).more:
        pass
    await hall_day(city.ctx.at(at), city.hall)
    if city.hearing is not None:
        await hearing_day(city.ctx.at(at), city.hearing)
    await reports_day(city.ctx.at(at), city.reports)
    # Once a week in the end is enough to see how it went.
    local = at.astimezone(LOCAL)
    if local.weekday() == 0 and city.ctx.now - at < LATE_YEAR:
        await supervision.sweep(city.ctx.at(at))


async def _open(city: City, running: Running, at: datetime, number: int) -> None:
    """Register the matter at the first step's post."""
    item = running.item
    clerk = next(
        (
            one
            for post in ("窗口受理岗", "执法办案岗", "业务经办岗", "分管负责人岗")
            for one in city.staff.of(item.body, post)
        ),
        None,
    )
    if clerk is None:
        return
    needed = [one.name for one in item.guide.materials] if item.guide else []
    key = f"demo-{number}"
    ctx = city.ctx.at(at).acting_as(clerk)
    try:
        brought = await _handed_in(ctx, ForOpening(key, item.body), item, needed)
        party, kind = await city.parties.of(ctx, item.body)
        opening = Opening(item=item.code, key=key, party=party, party_kind=kind, brings={"materials": brought})
        running.opened = await matters.open_matter(ctx, opening)
        view = await matters.matter(ctx, running.opened.matter_id)
    except Refusal:
        running.opened = None
        return
    city.hall.codes[running.opened.matter_id] = (running.opened.number, running.opened.code)
    running.course.matter, running.book = view.matter, view.book


async def _handed_in(ctx: Context, aim: Target, item: PowerContent, names: Sequence[str]) -> list[dict[str, str]]:
    """Hand a page in for each material, and return what an act is to take up."""
    found = []
    for name in names:
        sent = Sent(io.BytesIO(paper(name, item.name)), f"{name}.pdf", "application/pdf", name[:200])
        found.append({"name": name, "digest": (await materials.upload(ctx, aim, sent)).digest})
    return found


async def _go(city: City, entry: tuple[datetime, int, Running], end: datetime) -> None:
    """Do what falls into this day, one act after the other, and queue what comes later."""
    at, number, running = entry
    async with city.places:
        await _refresh(city, running, at)
        while at < end and running.opened is not None and running.acts < 60:
            if not await _step(city, running, at):
                break
            at = _office_hours(city, at + _pause(running))
    if running.opened is not None and running.course.matter.phase in ("received", "running", "closed") and at >= end:
        heapq.heappush(city.queue, (at, number, running))
    else:
        city.finished.append(running)


def _pause(running: Running) -> timedelta:
    hours = running.course.random.expovariate(1 / 14) * running.slow + 0.3
    return timedelta(hours=min(hours, 240))


async def _step(city: City, running: Running, at: datetime) -> bool:
    """Do the next act; try another way where one is refused. Returns whether anything was done."""
    if running.book is None:
        return False
    for move in moves(running.course, running.book, at):
        try:
            done = await _do(city, running, move, at)
        except Refusal:
            continue
        running.acts += 1
        running.course.matter = fold(done.events, running.course.matter)
        return True
    return False


async def _refresh(city: City, running: Running, at: datetime) -> None:
    """Take up what time has recorded since: silence, pauses, reminders."""
    if running.opened is not None:
        view = await matters.matter(city.ctx.at(at), running.opened.matter_id)
        running.course.matter, running.book = view.matter, view.book


async def _do(city: City, running: Running, move: Move, at: datetime) -> ActDone:
    opened, ctx = running.opened, city.ctx.at(at)
    if opened is None:
        raise ValueError("not opened")
    data: dict[str, Any] = {**move.fields, "kind": move.kind, "key": f"d{running.acts}-{move.kind}"}
    if move.post == PARTY:
        if names := [one["name"] for one in move.fields.get("materials", ())]:
            aim = ForParty(opened.number, opened.code)
            data["materials"] = await _handed_in(ctx.acting_as(ANONYMOUS), aim, running.item, names)
        return await matters.act_as_party(ctx, opened.number, opened.code, data)
    refused: Refusal = NotFound("岗位")
    for actor in _holders(city, running, move.post):
        if "officers" in move.fields:
            others = (one for one in city.staff.of(running.item.body, move.post) if one is not actor)
            data["officers"] = [str(one.account_id) for one in others]
        try:
            return await matters.act(ctx.acting_as(actor), opened.matter_id, data)
        except Refusal as error:
            refused = error
    raise refused


def _holders(city: City, running: Running, post: str) -> list[Actor]:
    """Return who could do it: whoever has done this post's part before, then the colleagues."""
    holders = list(city.staff.of(running.item.body, post))
    if holders:
        usual = running.people.setdefault(post, running.course.random.choice(holders))
        holders.sort(key=lambda one: one is not usual)
    return holders


def _office_hours(city: City, at: datetime) -> datetime:
    """Return the moment itself if offices work then, else the next at which they do."""
    local = at.astimezone(LOCAL)
    if local.hour >= EVENING or not city.calendar.day(local.date()).working:
        day: date = city.calendar.working_day_after(local.date(), 1)
        return datetime.combine(day, time(MORNING, local.minute), LOCAL)
    if local.hour < MORNING:
        return local.replace(hour=MORNING)
    return local
