"""What the desks of the odd city have done: inspections, calls for opinions, complaints, with words that have to be escaped."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from domain.access import Role
from domain.actors import ANONYMOUS, Actor, Posting
from domain.complaints import Filing
from domain.opinions import Call, Question
from domain.tables.bodies import Body
from resolvers import complaints, inspections, opinions, opinions_desk
from resolvers.complaints import Deed
from resolvers.context import Context
from resolvers.inspections_values import InspectionPlan
from resolvers.throttles import Client
from tests import running
from tests.schema.odd_items import ODD_TEXT

# As after a change of the contents that the program is shipped with: the ledger itself never changes.
FORGOTTEN = """ALTER TABLE inspection DISABLE TRIGGER USER;
UPDATE inspection SET content = 'forgotten' WHERE sample_size = 1; ALTER TABLE inspection ENABLE TRIGGER USER"""
# As after months that left: two bundles have acts of every second matter.
ARCHIVED = """WITH bundle AS (INSERT INTO archive_bundle (name, month, sha256, events, first_place, end_place, size, made_at)
  SELECT 'b' || n, make_date(2020, n, 1), sha256(n::text::bytea), 9, n, n + 1, n + 1, now() FROM generate_series(1, 2) n RETURNING id)
INSERT INTO archive_event (event_id, bundle_id, stream, seq) SELECT 1000000000 + m.id * 100 + b.id * 10 + n, b.id,
  'matter:' || m.id, 10 * b.id + n FROM matter m, bundle b, generate_series(1, 3) n WHERE m.id % 2 = 1"""
CLIENT = Client("203.0.113.9")
QUESTIONS = (Question("票价“涨”多少\\？", ("不涨", 'a "quoted"', "")), Question("常坐吗？", ("常坐", "不常坐")))


def official(body: str, government: int, *roles: Role) -> Actor:
    """Return an official of a body with a name that has to be escaped."""
    posting = Posting(1, 1, body, government, frozenset(one.value for one in roles), "监察岗")
    return Actor("official", UUID(int=8), "经办“\\”", (posting,))


async def build(ctx: Context, government: int, offices: Sequence[Body]) -> None:
    """Let the desks of a government work; the first two bodies are its own, and their matters run already."""
    bodies = [one.code for one in offices]
    await _inspections(ctx, government, tuple(bodies[:2]))
    await _opinions(ctx, government, bodies)
    posts: dict[str, tuple[str, tuple[Role, ...]]] = {
        "odd": ("信访“岗”", (Role.COMPLAINT_OFFICER,)),
        "odd_head": ("首长", (Role.BODY_HEAD,)),
    }
    await _complaints(ctx, await running.people(ctx, offices[0], posts), bodies)


async def _inspections(ctx: Context, government: int, bodies: tuple[str, ...]) -> None:
    """Inspect: one that found something and was handed on, one that is only planned, one whose content nobody knows any more."""
    at = ctx.now + timedelta(days=9, microseconds=7)
    today, ctx = ctx.today, ctx.at(at).acting_as(official(bodies[0], government, Role.SUPERVISION_BUREAU))
    plan = InspectionPlan(
        key="odd", title=ODD_TEXT.strip()[:90], way="focused", methods=("dossiers", "asking"), content="kept", bodies=bodies,
        team=("甲“", "乙\\"), first_day=today, last_day=date(2026, 11, 28), sample_size=3,
    )  # fmt: skip
    whole = await inspections.plan(ctx, plan)
    await inspections.plan(ctx, replace(plan, key="none", way="full", bodies=bodies[:1], content="cancelled"))
    forgotten = await inspections.plan(ctx, replace(plan, key="gone", sample_size=1))
    for number in (whole, forgotten):
        await inspections.draw_samples(ctx, number)
        view = await inspections.inspection(ctx, number)
        for verdict in ("sound", "problem"):
            for sample in view.samples:
                entries = [("limits", verdict, ODD_TEXT), ("risks", "not_applicable", "")]
                await inspections.note(ctx, number, "", sample.id, entries)
        for body in bodies:
            await inspections.note(ctx, number, body, None, [("lawful", "problem", "a\tb"), ("charts", "sound", "")])
    await inspections.transfer(ctx, whole, bodies[1], ODD_TEXT, date(2026, 12, 20), "handed on")
    await inspections.close(ctx, whole, ODD_TEXT)


async def _opinions(ctx: Context, government: int, bodies: Sequence[str]) -> None:
    """Ask: one that is concluded, one that runs with a hearing and answers, one without a questionnaire that has passed."""
    begun, day = ctx.at(ctx.now - timedelta(days=30)), ctx.today
    editor = official(bodies[0], government, Role.BODY_EDITOR, Role.BODY_HEAD)
    title = json.dumps(ODD_TEXT)[:90]
    calls = {
        "done": Call(title, ODD_TEXT, day - timedelta(days=2), QUESTIONS),
        "runs": Call(
            "公交“调价”", ODD_TEXT, day, QUESTIONS, ctx.now + timedelta(days=9, microseconds=50), "三楼\t会议室"
        ),
        "past": Call("无问卷", "内容", day - timedelta(days=1)),
    }
    made = {
        key: await opinions_desk.publish(begun.acting_as(editor), bodies[0], key, one) for key, one in calls.items()
    }
    for number in range(7):
        which = made["done" if number % 3 else "runs"]
        said = begun.at(begun.now + timedelta(hours=number, microseconds=number * 110)).acting_as(ANONYMOUS)
        words = f"不要涨。{ODD_TEXT}" if number < 5 else ""
        await opinions.say(said, which, f"a key of a test, long enough {number}", words, {0: number % 3, 1: 1}, CLIENT)
    for place, row in enumerate(
        await ctx.db.reads.fetch("SELECT id, call_id FROM opinion_comment WHERE said <> '' ORDER BY id")
    ):
        answering = begun.at(begun.now + timedelta(days=3, microseconds=place % 2)).acting_as(editor)
        await opinions_desk.answer(answering, row["call_id"], row["id"], "不要“涨”。\\", f"已经研究。{ODD_TEXT}")
    await opinions_desk.conclude(ctx.acting_as(editor), made["done"], ODD_TEXT)


async def _complaints(ctx: Context, people: Mapping[str, Actor], bodies: Sequence[str]) -> None:
    """File with three bodies, some of it long ago; let one go through to its answer and two some of the way."""
    filings = (("complaint", 0), ("consultation", 1), ("help", 0), ("report", 0), ("complaint", 2), ("report", 1))
    for number, (kind, body) in enumerate(filings):
        at = ctx.at(ctx.now - timedelta(days=20 - 3 * number, microseconds=7 * number))
        filing = Filing(kind, "anonymous", "body", ODD_TEXT, body=bodies[body])
        filed = await complaints.file(at.acting_as(ANONYMOUS), filing, f"a key of a test, long enough {number}", CLIENT)
        if body == 0 and number < 3:
            for step, verb in enumerate(("route", "accept", "find", "decide", "reply")[: 5 - number]):
                result = "solved" if verb in ("find", "decide") else ""
                deed = Deed(verb, f"a key of a test, long enough {step}", "已经“核实”。", result=result)
                await complaints.act(
                    at.at(at.now + timedelta(hours=step + 1)).acting_as(
                        people["odd_head" if verb == "decide" else "odd"]
                    ),
                    filed.complaint_id,
                    deed,
                )
    await complaints.sweep(ctx)
