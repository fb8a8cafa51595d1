"""意见征集 on the desk: publishing, reading what was said, answering it in public, concluding (002-4.2.8, H10).

What is published of a comment are words that an official has looked at, without numbers and addresses of anybody.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from domain import opinions as rules
from domain.access import Permission, Target, allowed
from domain.complaints import plain_words
from domain.opinions import Call, tallied
from domain.results import telling
from resolvers import opinions, record
from resolvers.context import Context, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound, NotSignedIn
from resolvers.opinions_values import CallRow, Comment, DeskCall, Speaker
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest
from resolvers.sealing import provider_of

SHOWN: Final = 50
BODY: Final = "SELECT government_id FROM body WHERE code = $1 AND valid @> $2::date"
BEFORE: Final = "SELECT id FROM opinion_call WHERE key_hash = $1"
ADD: Final = """
INSERT INTO opinion_call (government_id, body_code, title, content, questions, closes_on, hearing_at, hearing_place,
  published_at, key_hash)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9, $10) RETURNING id
"""
COMMENTS: Final = """
SELECT id, said, answers::text AS answers, at, reply FROM opinion_comment
WHERE call_id = $1 AND said <> '' AND id < coalesce($2, 9223372036854775807) ORDER BY id DESC LIMIT $3
"""
COUNTS: Final = """
SELECT count(*)::int AS received, count(*) FILTER (WHERE said <> '' AND replied_at IS NULL)::int AS waiting
FROM opinion_comment WHERE call_id = $1
"""
CHOSEN: Final = """
SELECT answers::text AS answers, count(*)::int AS times FROM opinion_comment WHERE call_id = $1 GROUP BY 1
"""
SPEAKERS: Final = (
    "SELECT id, key_hash, side, sealed, at FROM opinion_attendance WHERE call_id = $1 ORDER BY id LIMIT 200"
)
ANSWER: Final = """
UPDATE opinion_comment SET shown = $3, reply = $4, replied_at = $5 WHERE id = $2 AND call_id = $1 AND replied_at IS NULL
RETURNING id
"""
CONCLUDE: Final = """
UPDATE opinion_call SET conclusion = $2, concluded_at = $3, received = $4, results = $5::text::jsonb
WHERE id = $1 AND concluded_at IS NULL RETURNING id
"""


def permit_any(ctx: Context, what: Permission = Permission.OPINION_RUN) -> None:
    """Let pass whoever may run, or read, 意见征集 for at least one body. Raises ``NotSignedIn``, ``NotPermitted``."""
    held = [Target(one.government_id, one.body_code) for one in ctx.actor.postings]
    passed = next((one for one in held if allowed(ctx.actor, what, one)), Target())
    permit(ctx, what, passed)


def own_bodies(ctx: Context) -> tuple[str, ...]:
    """Return the bodies for which the actor may run 意见征集."""
    held = {one.body_code: one.government_id for one in ctx.actor.postings}
    return tuple(sorted(b for b, g in held.items() if allowed(ctx.actor, Permission.OPINION_RUN, Target(g, b))))


async def publish(ctx: Context, body: str, key: str, given: Call) -> int:
    """Publish what a body asks; the same key gives the same call. Raises ``NotPermitted``, ``NotFound``, ``InvalidInput``."""
    government = await ctx.db.reads.fetchval(BODY, body, ctx.today)
    permit(ctx, Permission.OPINION_RUN, Target(government, body))
    if government is None:
        raise NotFound("机关")
    clean = replace(
        given,
        title=plain_words(given.title),
        content=plain_words(given.content, lines=True),
        hearing_place=plain_words(given.hearing_place),
    )
    wrong = tuple(FieldProblem(one.path, one.code, one.message, one.remedy) for one in rules.problems(clean, ctx.today))
    if wrong or clean.closes_on is None:
        raise InvalidInput(wrong[0].message, wrong[0].remedy, wrong)
    hashed = ctx.keys.keyed_hash("opinion-call", f"{ctx.actor.account_id}|{key}")
    asked = json.dumps([asdict(one) for one in clean.questions], ensure_ascii=False)
    async with unit_of_work(ctx, unrecorded="a call for opinions that was published before under its key") as uow:
        connection = await uow.raw()
        known = await connection.fetchval(BEFORE, hashed)
        if known is not None:
            return int(known)
        values = (clean.title, clean.content, asked, clean.closes_on, clean.hearing_at, clean.hearing_place)
        which = int(await connection.fetchval(ADD, government, body, *values, ctx.now, hashed))
        told: dict[str, Any] = {"closes_on": clean.closes_on.isoformat(), "title": clean.title}
        await record.append(uow, f"opinion:{which}", "opinion.published", told, body_code=body)
    return which


async def desk_calls(ctx: Context, page: PageRequest = PageRequest()) -> Page[CallRow]:
    """Return a page of what the actor's body asked. Raises ``NotSignedIn``, ``NotPermitted``."""
    permit_any(ctx, Permission.OPINION_READ)
    return await opinions.list_calls(ctx, page, body=next(iter(own_bodies(ctx)), ""))


async def desk_call(ctx: Context, call_id: int, before: int | None = None) -> DeskCall:
    """Return a call with what was said. Raises ``NotFound`` for whoever may not run it."""
    row = await _own(ctx, call_id, Permission.OPINION_READ)
    reads = ctx.db.reads
    (counts,) = await reads.fetch(COUNTS, call_id)
    found = await reads.fetch(COMMENTS, call_id, before, SHOWN + 1)
    comments = tuple(
        Comment(one["id"], one["said"], _chosen(one["answers"]), one["at"], one["reply"]) for one in found[:SHOWN]
    )
    more = comments[-1].id if len(found) > SHOWN else None
    speakers = tuple(_speaker(ctx, call_id, one) for one in await reads.fetch(SPEAKERS, call_id))
    tally = await _counted(ctx, row)
    return DeskCall(row, counts["received"], counts["waiting"], tally, comments, more, speakers)


async def _own(ctx: Context, call_id: int, what: Permission = Permission.OPINION_RUN) -> CallRow:
    if ctx.actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    row = await opinions.call(ctx, call_id)
    if not allowed(ctx.actor, what, Target(row.government_id, row.body_code)):
        raise NotFound("征集")
    return row


async def _counted(ctx: Context, row: CallRow) -> tuple[tuple[int, ...], ...]:
    found = await ctx.db.reads.fetch(CHOSEN, row.id)
    return tallied(row.questions, [_chosen(one["answers"]) for one in found for _ in range(one["times"])])


def _chosen(text: str) -> Mapping[int, int]:
    return {int(which): int(option) for which, option in json.loads(text).items()}


def _speaker(ctx: Context, call_id: int, row: Any) -> Speaker:
    where = f"{call_id}/{bytes(row['key_hash']).hex()}"
    plain = json.loads(provider_of(ctx.keys).open(opinions.TABLE, opinions.COLUMN, where, row["sealed"]))
    return Speaker(row["id"], row["side"], row["at"], plain["name"], plain["contact"], plain["gist"])


async def answer(ctx: Context, call_id: int, comment_id: int, shown: str, reply: str) -> None:
    """Publish a comment in looked-through words, with the answer; once. Raises ``NotFound``, ``Conflict``, ``InvalidInput``."""
    row = await _own(ctx, call_id)
    words = {"shown": plain_words(shown, lines=True), "reply": plain_words(reply, lines=True)}
    _check(words, {"shown": "公布的意见", "reply": "答复"})
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        done = await connection.fetchval(ANSWER, call_id, comment_id, words["shown"], words["reply"], ctx.now)
        if done is None:
            raise Conflict("这条意见已经答复，或者没有这条意见。", "请刷新页面。")
        told = {"comment": comment_id, **words}
        await record.append(uow, f"opinion:{call_id}", "opinion.answered", told, body_code=row.body_code)


async def conclude(ctx: Context, call_id: int, text: str) -> None:
    """Publish what came of it: how much was said, what was chosen, what was taken up and why not; once.

    Raises ``NotFound``, ``Conflict`` before the last day is over, ``InvalidInput``.
    """
    row = await _own(ctx, call_id)
    words = plain_words(text, lines=True)
    _check({"conclusion": words}, {"conclusion": "采纳情况"})
    if ctx.today <= row.closes_on:
        raise Conflict("还没有到截止日期，不能公布结果。", "请在截止以后公布。")
    (received,) = await ctx.db.reads.fetch(COUNTS, call_id)
    results = json.dumps(await _counted(ctx, row))
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        done = await connection.fetchval(CONCLUDE, call_id, words, ctx.now, received["received"], results)
        if done is None:
            raise Conflict("结果已经公布。", "请刷新页面。")
        told = {"conclusion": words, "received": received["received"]}
        await record.append(uow, f"opinion:{call_id}", "opinion.concluded", told, body_code=row.body_code)


def _check(words: Mapping[str, str], titles: Mapping[str, str]) -> None:
    found = []
    for name, title in titles.items():
        text = words[name]
        if not text or len(text) > rules.LONGEST_CONTENT:
            found.append(FieldProblem(name, "REQUIRED", f"没有填写{title}，或者太长。", "请填写。"))
        if told := telling(text):
            found.append(FieldProblem(name, "PERSONAL", f"{title}中有{'、'.join(told)}。", "请删除个人信息后再公布。"))
    if found:
        raise InvalidInput(found[0].message, found[0].remedy, tuple(found))
