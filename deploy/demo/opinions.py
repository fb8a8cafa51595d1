"""What offices of the demo city ask the public about, said, answered and concluded on their days by the use-cases."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from importlib import resources
from typing import Final

from deploy.demo.errors import placed
from domain.actors import ANONYMOUS, Actor
from domain.opinions import Attendance, Call, questions_of
from domain.values import Value
from resolvers import opinions, opinions_desk
from resolvers.context import LOCAL, Context
from resolvers.throttles import Client

FILE: Final = "opinions.toml"
HEARD_AT: Final = time(9, 30)
SPEAKERS: Final = (
    Attendance("诸葛演示", "0000-80000000", "for", "消费者能看见，才放心。"),
    Attendance("上官演示", "0000-80000001", "against", "小店负担重，应当分步实施。"),
)


class Said(Value):
    """What somebody said on a day, and the answer to it, three days later."""

    day: int
    text: str
    reply: str = ""


class Asked(Value):
    """A call: by whom, so many days ago, for so many days, and what came of it."""

    body: str
    age: int
    closes: int
    title: str
    content: str
    questions: str = ""
    chosen: tuple[tuple[int, ...], ...] = ()
    hearing: int | None = None
    place: str = ""
    said: tuple[Said, ...] = ()
    concluded: int | None = None
    conclusion: str = ""


@dataclass
class Asking:
    """What is asked in the demo city: the calls, and those that are published, by their place in the file."""

    calls: tuple[Asked, ...]
    published: dict[int, int] = field(default_factory=dict)


def read_calls() -> Asking:
    """Read the file; a wrong entry raises DemoError with its place."""
    text, found = resources.files("deploy").joinpath("demo", FILE).read_text("utf-8"), []
    for index, table in enumerate(tomllib.loads(text)["call"]):
        with placed(FILE, f"call[{index}]"):
            found.append(Asked(**table))
    return Asking(tuple(found))


async def asking_hours(ctx: Context, asking: Asking, begun: date, head: Callable[[str], Actor]) -> None:
    """Do what falls on the day of ``ctx`` with each call; ``begun`` is the day from which days count backwards."""
    for at, asked in enumerate(asking.calls):
        day = (ctx.today - (begun - timedelta(days=asked.age))).days
        if day < 0 or (day > 0 and at not in asking.published):
            continue  # one that was to be published before the demonstration began is none
        office = ctx.acting_as(head(asked.body))
        if day == 0:
            which = await opinions_desk.publish(office, asked.body, f"demonstration {at}", _call(ctx, asked))
            asking.published[at] = which
        await _day(ctx.acting_as(ANONYMOUS), office, asking.published[at], asked, day)


def _call(ctx: Context, asked: Asked) -> Call:
    hearing = None
    if asked.hearing is not None:
        hearing = datetime.combine(ctx.today + timedelta(days=asked.hearing), HEARD_AT, LOCAL)
    last = ctx.today + timedelta(days=asked.closes)
    return Call(asked.title, asked.content, last, questions_of(asked.questions), hearing, asked.place)


async def _day(visitor: Context, office: Context, which: int, asked: Asked, day: int) -> None:
    client = Client(f"demonstration opinions {day}")
    for number, one in enumerate(asked.said):
        key = f"demonstration of opinions {number:04}"
        if one.day == day:
            await opinions.say(visitor, which, key, one.text, {}, client)
        elif one.reply and one.day + 3 == day:
            view = await opinions_desk.desk_call(office, which)
            said = next(found for found in view.comments if found.said == one.text)
            await opinions_desk.answer(office, which, said.id, one.text, one.reply)
    for number, options in enumerate(asked.chosen):
        if number % asked.closes == day - 1:
            await opinions.say(
                visitor, which, f"demonstration of choices {number:04}", "", dict(enumerate(options)), client
            )
    if asked.hearing is not None and day == 5:
        for number, speaker in enumerate(SPEAKERS):
            await opinions.attend(visitor, which, f"demonstration of speakers {number:04}", speaker, client)
    if asked.concluded == day:
        await opinions_desk.conclude(office, which, asked.conclusion)
