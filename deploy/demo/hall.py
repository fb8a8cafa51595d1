"""What the hall of the demo city does in a day: parties rate, bad ratings are reviewed, results are published.

Everything goes through the use-cases under the seeded clock, once a day, so that a year costs little more than its cases.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

from deploy.demo.staff import Staff
from domain.actors import Actor
from domain.paper_words import number_words
from domain.parties import id_of
from resolvers import hall, matters, ratings, results
from resolvers.context import Context
from resolvers.errors import Refusal
from resolvers.letterheads import letterhead_of
from resolvers.ratings import Given
from resolvers.results import ResultRow, Words

ANSWERS: Final = 0.72
GRADES: Final = (
    *["very_satisfied"] * 46,
    *["satisfied"] * 33,
    *["fairly_satisfied"] * 13,
    *["dissatisfied"] * 6,
    *["very_dissatisfied"] * 2,
)
REASONS: Final = ("slow", "told_piecemeal", "many_visits", "attitude", "system", "result")
NAMES: Final = ("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴")
UNITS: Final = ("商贸有限公司", "餐饮服务有限公司", "建筑工程有限公司", "物流有限公司", "科技有限公司")
PUBLISHED: Final = 0.9
"""So large a share of the drafts is published within days; the others wait on the desk."""

OPEN_INVITATIONS: Final = """
SELECT i.matter_id FROM rating_invitation i LEFT JOIN rating r ON r.invitation_id = i.id
WHERE r.id IS NULL AND i.invited_at >= $1 AND i.invited_at <= $2 ORDER BY i.id
"""
OPEN_REVIEWS: Final = """
SELECT m.id FROM rating_review v JOIN matter m ON m.id = v.matter_id
WHERE v.closed_at IS NULL AND v.opened_at < $1 ORDER BY m.id LIMIT 40
"""
DRAFTS: Final = """
SELECT r.id, m.party FROM result r JOIN matter m ON m.id = r.matter_id
WHERE r.state = 'draft' AND r.drafted_at < $1 ORDER BY r.id LIMIT 200
"""
RESTS: Final = timedelta(days=2)


@dataclass
class HallCourse:
    """How the hall goes on: chance of its own, who works there, the codes of the parties, what was settled."""

    random: Random
    staff: Staff
    codes: dict[int, tuple[str, str]] = field(default_factory=dict)
    asked: set[tuple[str, int]] = field(default_factory=set)

    def once(self, what: str, which: int) -> bool:
        """Say whether something is met for the first time, and note that it was."""
        fresh = (what, which) not in self.asked
        self.asked.add((what, which))
        return fresh


async def hall_day(ctx: Context, course: HallCourse) -> None:
    """Do a day of the hall."""
    while (await hall.attend(ctx)).more:
        pass
    await _rate(ctx, course)
    for row in await ctx.db.reads.fetch(OPEN_REVIEWS, ctx.now - RESTS):
        await _review(ctx, course, row["id"])
    for row in await ctx.db.reads.fetch(DRAFTS, ctx.now - RESTS):
        if course.once("publish", row["id"]) and course.random.random() < PUBLISHED:
            await _publish(ctx, course, row["id"], known=id_of(row["party"]) is not None)
    await results.remind(ctx)
    if ctx.today.day == 1:
        await ratings.publish_figures(ctx)


async def _rate(ctx: Context, course: HallCourse) -> None:
    rows = await ctx.db.reads.fetch(OPEN_INVITATIONS, ctx.now - timedelta(days=14), ctx.now)
    for row in rows:
        number, code = course.codes.get(row["matter_id"], ("", ""))
        if not number or not course.once("rate", row["matter_id"]) or course.random.random() > ANSWERS:
            continue
        grade = course.random.choice(GRADES)
        found = ctx.profile.ratings.grade(grade)
        reasons = (course.random.choice(REASONS),) if found and found.bad else ()
        await ratings.give(ctx, number, code, Given(grade, reasons), course.random.choice(ratings.CHANNELS))


async def _review(ctx: Context, course: HallCourse, matter_id: int) -> None:
    """Go through a review by two people of the body who had no part in the case, as far as there are two."""
    view = await matters.matter(ctx, matter_id)
    apart = [one for one in _people(course, view.row.body_code) if str(one.account_id) not in view.book.barred]
    if len(apart) < 2:
        return
    first, second = apart[0], apart[1]
    agree = {"verdict": "agree", "text": "已核实"}
    reply = {"code": "reply", "digest": "cd" * 32}
    acts: tuple[tuple[Actor, str, dict[str, Any]], ...] = (
        (first, "accept", {}),
        (first, "complete", {"opinion": agree}),
        (second, "decide", {"outcome": {"result": "established"}}),
        (first, "complete", {"opinion": agree}),
        (first, "record", {"documents": [reply]}),
        (first, "serve", {"document": "reply", "method": "direct"}),
        (first, "complete", {}),
        (first, "close", {}),
    )
    try:
        for number, (who, kind, fields) in enumerate(acts):
            data = {**fields, "kind": kind, "key": f"hall-{number}"}
            await matters.act(ctx.acting_as(who), matter_id, data)
    except Refusal:
        return


def _people(course: HallCourse, body: str) -> list[Actor]:
    return course.staff.everybody(body)


async def _publish(ctx: Context, course: HallCourse, result_id: int, *, known: bool) -> None:
    row: ResultRow = (await results.result(ctx, result_id)).row
    people = _people(course, row.body_code)
    if not people:
        return
    content, kind = row.content, row.content.party_kind
    name = course.random.choice(NAMES) + course.random.choice("伟芳娜敏静强磊洋")
    unit = f"云川{course.random.choice(NAMES)}记{course.random.choice(UNITS)}"
    async with ctx.db.reads.acquire() as connection:
        word = (await letterhead_of(connection, row.body_code)).head.word
    words = Words(
        decision_number=content.decision_number or number_words(f"{word}决", content.decided_on.year, result_id),
        party="" if known else unit if kind == "organisation" else name,
        content=content.content,
        basis=content.basis or "法律、法规的规定",
    )
    await results.publish(ctx.acting_as(people[0]), result_id, words, row.no)
