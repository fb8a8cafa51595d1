"""What citizens of the demo city ask, complain about and report, and how its offices hear them: the file of the plan run by acts.

Everything goes through the use-cases under the seeded clock, day by day; what time does (reminder, alarm, escalation) is
done by the sweep that the worker runs. Officers and heads are entered for this alone; nobody can sign in as one of them.
"""

import tomllib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Final, NamedTuple

from deploy.demo.errors import placed
from deploy.demo.opinions import Asking, asking_hours, read_calls
from domain.access import Role
from domain.actors import ANONYMOUS, Actor
from domain.complaints import BY_OFFICIALS, Capacity, Filing, Identity
from domain.values import Value
from resolvers import complaints
from resolvers.acting import actor_by_login
from resolvers.complaints import Coming, Deed, Filed
from resolvers.context import Context
from resolvers.organisation import post_numbers
from resolvers.staff import NewOfficial, enter_staff
from resolvers.throttles import Client

FILE: Final = "complaints.toml"
TO_REPLY: Final = ((1, "route"), (2, "accept"), (3, "find"), (5, "decide"), (6, "reply"))
CLOSED: Final = (*TO_REPLY, (7, "rate"), (8, "close"), (9, "publish"))
ASKED_AGAIN: Final = (*TO_REPLY, (7, "close"), (8, "rate"), (9, "review"))
COURSES: Final[Mapping[str, tuple[tuple[int, str], ...]]] = {
    "registered": (),
    "routed": ((1, "route"),),
    "accepted": TO_REPLY[:2],
    "inquiring": (*TO_REPLY[:2], (3, "message"), (4, "say")),
    "asking": (*TO_REPLY[:2], (3, "extract")),
    "deciding": TO_REPLY[:3],
    "answered": TO_REPLY,
    "answered_and_closed": CLOSED,
    "answered_late": (*TO_REPLY[:2], (20, "find"), (22, "decide"), (23, "reply"), (24, "close")),
    "late": TO_REPLY[:2],
    "refused": ((1, "route"), (2, "refuse")),
    "transferred": ((1, "transfer"), (3, "route"), (4, "accept")),
    "withdrawn": (*TO_REPLY[:2], (4, "withdraw")),
    "review_open": (*ASKED_AGAIN, (10, "route"), (11, "accept")),
    "reviewed": (
        *ASKED_AGAIN,
        (10, "route"),
        (11, "accept"),
        (16, "find"),
        (19, "decide"),
        (20, "reply"),
        (21, "close"),
    ),
}
"""On which day after the filing what is done; whoever hears complaints is there on every day."""

OF_CITIZENS: Final = frozenset(("rate", "review", "say", "withdraw"))
BEGINS: Final = timedelta(hours=9)
BETWEEN: Final = timedelta(minutes=6)
# Whoever is named in the demo city has a number of a region that does not exist, with a right check digit.
SOMEBODY: Final = Identity("诸葛演示", "999900199001010006", "0000-80000000", "", "云川市示范大道9号")
POSTS: Final = """
SELECT DISTINCT ON (b.code) b.code AS body, u.name AS unit, t.name AS post FROM body b
JOIN unit u ON u.body_id = b.id JOIN post t ON t.unit_id = u.id WHERE $1 = ANY(t.roles) ORDER BY b.code, t.id
"""
BUREAU: Final = "SELECT code FROM body WHERE 'supervision_bureau' = ANY(offices) ORDER BY code LIMIT 1"
HELD_BY: Final = "SELECT body_code, role FROM complaint_run WHERE complaint_id = $1 AND last"


class Plan(Value):
    """One entry of the file: what is filed, when, and what becomes of it in whose words."""

    ages: tuple[int, ...]
    kind: str
    capacity: Capacity = "anonymous"
    channel: str = "online"
    body: str = ""
    item: str = ""
    text: str
    course: str
    to: str = ""
    result: str = ""
    ground: str = ""
    rating: str = ""
    finding: str = "情况属实。"
    reply: str = ""
    refusal: str = ""
    transfer: str = ""
    extract: str = ""
    message: str = ""
    said: str = ""
    remarks: str = ""
    withdrawal: str = ""
    review: str = ""
    review_finding: str = ""
    review_reply: str = ""
    question: str = ""
    answer: str = ""


@dataclass
class Telling:
    """Something filed and what is still to be done with it."""

    plan: Plan
    number: int
    filed: Filed
    left: deque[tuple[date, str]]


class Entry(NamedTuple):
    """When something of the plan is filed; of what is filed many times, the last is published."""

    on: date
    number: int
    plan: Plan
    publishes: bool


@dataclass
class Hearing:
    """How hearing goes on: who hears in which body, what is still to be filed, what is on its way."""

    people: dict[tuple[str, Role], tuple[Actor, ...]]
    begun: date
    asking: Asking
    waiting: deque["Entry"]
    going: list[Telling] = field(default_factory=list)
    filed: list[Filed] = field(default_factory=list)

    def of(self, body: str, role: Role, which: int) -> Actor:
        """Return who holds a role in a body: the first, or the second where the first had a part before."""
        found = self.people[body, role]
        return found[min(which, len(found) - 1)]


def read_plans(text: str | None = None) -> tuple[Plan, ...]:
    """Read the file of the plan; a wrong entry raises DemoError with its place."""
    given = text or resources.files("deploy").joinpath("demo", FILE).read_text("utf-8")
    found = []
    for index, table in enumerate(tomllib.loads(given)["complaint"]):
        with placed(FILE, f"complaint[{index}]"):
            plan = Plan(**table)
            if plan.course not in COURSES:
                raise ValueError(f"no such course: {plan.course}")
            found.append(plan)
    return tuple(found)


async def begin_hearing(ctx: Context) -> Hearing:
    """Enter who hears complaints in the bodies of the plan; the actor must be the system."""
    plans = read_plans()
    entries = [
        Entry(ctx.today - timedelta(days=age), at, one, bool(one.question) and nth == len(one.ages))
        for at, one in enumerate(plans)
        for nth, age in enumerate(one.ages, 1)
    ]
    bureau = str(await ctx.db.reads.fetchval(BUREAU) or "")
    asking = read_calls()
    bodies = (
        {one.body for one in asking.calls}
        | {one.body or one.item[:9] for one in plans}
        | {one.to for one in plans if one.to}
        | {bureau}
    )
    people: dict[tuple[str, Role], tuple[Actor, ...]] = {}
    for role, name in ((Role.COMPLAINT_OFFICER, "officer"), (Role.BODY_HEAD, "chief")):
        places = [row for row in await ctx.db.reads.fetch(POSTS, role.value) if row["body"] in bodies]
        numbers = await post_numbers(ctx)
        # Two in the bureau: whoever found first has no part in the review (R16).
        wanted = [(row, which) for row in places for which in range(2 if row["body"] == bureau else 1)]
        new = [
            NewOfficial(f"demo.{name}{at}", f"访示{at}", numbers[row["body"], row["unit"], row["post"]])
            for at, (row, _) in enumerate(wanted)
        ]
        await enter_staff(ctx, new, date(2020, 1, 1))
        for (row, _), one in zip(wanted, new, strict=True):
            key = (row["body"], role)
            people[key] = (*people.get(key, ()), await actor_by_login(ctx, one.login))
    return Hearing(people, ctx.today, asking, deque(sorted(entries, key=lambda one: one[:2])))


async def hearing_day(ctx: Context, hearing: Hearing) -> None:
    """Do a day: what time does, then what is filed, then what falls on this day. ``ctx`` is at the day's beginning."""
    while hearing.waiting and hearing.waiting[0].on < ctx.today:
        hearing.waiting.popleft()  # before the demonstration began
    if not hearing.filed:
        return
    while (await complaints.sweep(ctx)).more:
        pass
    if ctx.today.day == 1:
        await complaints.publish_figures(ctx)


async def hearing_hours(ctx: Context, hearing: Hearing, until: datetime) -> None:
    """Do what citizens and offices do in the hours of a day, one after the other, and nothing after ``until``."""
    moment, today = ctx.now + BEGINS, ctx.today
    while hearing.waiting and hearing.waiting[0].on == today and moment < until:
        hearing.going.append(await _file(ctx.at(moment), hearing, hearing.waiting.popleft()))
        moment += BETWEEN
    for one in hearing.going:
        while one.left and one.left[0][0] <= today and moment < until:
            _, verb = one.left.popleft()
            await _do(ctx.at(moment), hearing, one, verb)
            moment += BETWEEN
    hearing.going = [one for one in hearing.going if one.left]
    if moment < until:
        await asking_hours(
            ctx.at(moment), hearing.asking, hearing.begun, lambda body: hearing.of(body, Role.BODY_HEAD, 0)
        )


async def _file(ctx: Context, hearing: Hearing, entry: Entry) -> Telling:
    plan, number = entry.plan, entry.number
    named = plan.capacity != "anonymous" and ctx.identity_keys is not None
    who = SOMEBODY if plan.capacity == "real_name" else replace(SOMEBODY, number="")
    filing = Filing(
        kind=plan.kind,
        capacity=plan.capacity if named else "anonymous",
        about="item" if plan.item else "body",
        text=plan.text,
        body=plan.body,
        item=plan.item,
        consent=bool(plan.question),
        identity=who if named else Identity(),
    )
    key = f"demonstration {number:04} {len(hearing.filed):04}"
    if plan.channel in BY_OFFICIALS:
        officer = ctx.acting_as(hearing.of(plan.body, Role.COMPLAINT_OFFICER, 0))
        coming = Coming(plan.channel, verified="shown" if named else "")
        filed = await complaints.register(officer, filing, key, coming, plan.body)
    else:
        filed = await complaints.file(ctx.acting_as(ANONYMOUS), filing, key, Client(f"demonstration {number}"))
    hearing.filed.append(filed)
    unwanted = {"rate" if not plan.rating else "", "publish" if not entry.publishes else ""}
    course = [(ctx.today + timedelta(days=day), verb) for day, verb in COURSES[plan.course] if verb not in unwanted]
    left = deque(course)
    return Telling(plan, number, filed, left)


async def _do(ctx: Context, hearing: Hearing, one: Telling, verb: str) -> None:
    plan, key = one.plan, f"demonstration {verb} {len(one.left)} of {one.number}"
    if verb in OF_CITIZENS:
        await _say(ctx.acting_as(ANONYMOUS), one, verb, key)
        return
    (row,) = await ctx.db.reads.fetch(HELD_BY, one.filed.complaint_id)
    role = Role.BODY_HEAD if verb == "decide" else Role.COMPLAINT_OFFICER
    again = row["role"] == "review"
    ctx = ctx.acting_as(hearing.of(row["body_code"], role, int(again)))
    if verb == "publish":
        await complaints.publish_question(ctx, one.filed.complaint_id, plan.question, plan.answer, key)
        return
    words = {
        "find": plan.review_finding if again else plan.finding,
        "decide": "同意经办人认定。",
        "reply": plan.review_reply if again else plan.reply,
        "refuse": plan.refusal,
        "transfer": plan.transfer,
        "extract": plan.extract,
        "message": plan.message,
    }
    result = ("solved" if again else plan.result) if verb in ("find", "decide") else ""
    ground = {"refuse": plan.ground, "transfer": "competent"}.get(verb, "")
    to = plan.to if verb in ("transfer", "extract") else ""
    await complaints.act(ctx, one.filed.complaint_id, Deed(verb, key, words.get(verb, ""), result, ground, to))


async def _say(ctx: Context, one: Telling, verb: str, key: str) -> None:
    plan, code, client = one.plan, one.filed.code, Client(f"demonstration {one.number}")
    if verb == "rate":
        await complaints.rate(ctx, code, key, plan.rating, plan.remarks, client)
    elif verb == "review":
        await complaints.ask_review(ctx, code, key, plan.review, client)
    elif verb == "say":
        await complaints.say(ctx, code, key, plan.said, client)
    elif verb == "withdraw":
        await complaints.withdraw(ctx, code, key, plan.withdrawal, client)
