"""Published questions: what somebody asked and was answered, in words that an official has looked at (003-26, 003-27).

Only with the consent of whoever asked, only of kinds that the rules let be published, and never in the words that were
typed: question and answer are written anew and looked through for numbers and addresses. What is public does not say
which complaint it came from.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from domain.access import Permission, Target
from domain.complaints import LONGEST_TEXT, plain_words
from domain.results import telling
from resolvers import complaints_store as store
from resolvers import record
from resolvers.complaints_acting import hold_to_read
from resolvers.complaints_store import Draft
from resolvers.context import Context, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest, Read, Row
from resolvers.reading.complaints import PUBLISHED_QUESTION
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing

ADD: Final = """
INSERT INTO published_question (government_id, body_code, item_code, question, answer, published_at)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
"""
OWNER: Final = "SELECT government_id, body_code FROM published_question WHERE id = $1 AND withdrawn_at IS NULL"
TAKE_DOWN: Final = """
UPDATE published_question SET question = '', answer = '', withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Question:
    """A published question with its answer."""

    id: int
    body_code: str
    body_name: str
    item_code: str
    question: str
    answer: str
    published_at: datetime


COLUMNS: Final = tuple(one.name for one in fields(Question))


async def publish(ctx: Context, complaint_id: int, question: str, answer: str, key: str) -> int:
    """Publish a question with its answer; returns its id.

    Raises ``NotFound``, ``NotPermitted``, ``Conflict`` (no consent, not answered, published before), ``InvalidInput``.
    """
    held = await hold_to_read(ctx, complaint_id)
    permit(ctx, Permission.COMPLAINT_ACT, Target(held.government_id, held.body_code))
    words = {"question": plain_words(question, lines=True), "answer": plain_words(answer, lines=True)}
    _check(words)
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        now = await store.hold(connection, complaint_id)
        if now is None:
            raise NotFound("反映")
        kind = ctx.profile.complaints.kinds[now.kind]
        if not now.consent or not kind.published:
            raise Conflict("提出人没有同意公开，或者这一类不公开。", "只能公开征得同意的咨询。")
        written = await store.texts(ctx, connection, complaint_id, ("reply", "published"))
        if not any(one.kind == "reply" for one in written):
            raise Conflict("还没有答复，不能公开。", "请先答复。")
        if any(one.kind == "published" for one in written):
            raise Conflict("已经公开过。", "需要修改的，请先撤下。")
        values = (now.government_id, now.body_code, now.item_code, words["question"], words["answer"], ctx.now)
        which = int(await connection.fetchval(ADD, *values))
        draft = Draft("published", words | {"id": str(which)}, f"publish {key}")
        await store.write(uow, complaint_id, now.id, draft, by=ctx.actor.account_id)
        stream = store.case_stream(complaint_id)
        await record.append(uow, stream, "complaint.published", {}, body_code=now.body_code)
    return which


def _check(words: dict[str, str]) -> None:
    found = []
    for name, title in (("question", "问题"), ("answer", "答复")):
        text = words[name]
        if not text:
            found.append(FieldProblem(name, "REQUIRED", f"没有填写{title}。", "请改写后填写。"))
        if len(text) > LONGEST_TEXT:
            found.append(FieldProblem(name, "TOO_LONG", f"{title}超过{LONGEST_TEXT}字。", "请缩短。"))
        if told := telling(text):
            found.append(FieldProblem(name, "PERSONAL", f"{title}中有{'、'.join(told)}。", "请删除个人信息后再公开。"))
    if found:
        raise InvalidInput(found[0].message, found[0].remedy, tuple(found))


async def take_down_of(ctx: Context, complaint_id: int) -> None:
    """Take down what was published of a complaint. Raises ``NotFound``, ``NotPermitted``."""
    await hold_to_read(ctx, complaint_id)
    written = await store.texts(ctx, ctx.db.reads, complaint_id, ("published",))
    if not written:
        raise NotFound("问答")
    await take_down(ctx, int(written[-1].words["id"]))


async def take_down(ctx: Context, question_id: int) -> None:
    """Take a published question down; no word of it stays public. Raises ``NotFound``, ``NotPermitted``."""
    row = await ctx.db.reads.fetchrow(OWNER, question_id)
    if row is None:
        raise NotFound("问答")
    permit(ctx, Permission.COMPLAINT_ACT, Target(row["government_id"], row["body_code"]))
    async with unit_of_work(ctx) as uow:
        await (await uow.raw()).execute(TAKE_DOWN, question_id, ctx.now)
        stream = f"published_question:{question_id}"
        await record.append(uow, stream, "published_question.withdrawn", {}, body_code=row["body_code"])


def listing(page: PageRequest = PageRequest(), words: str = "", body: str = "") -> Listing:
    """Return the listing of published questions, the latest first."""
    asked = {"shown": True, "words": words.strip().lower() or None, "body": body or None}
    filters = {name: value for name, value in asked.items() if value is not None}
    return Listing(PUBLISHED_QUESTION, Read(COLUMNS, filters, "latest"), page)


async def list_questions(
    ctx: Context, page: PageRequest = PageRequest(), words: str = "", body: str = ""
) -> Page[Question]:
    """Return a page of published questions, the latest first."""
    return (await fetch_listing(ctx, listing(page, words, body))).map(_question)


def _question(row: Row) -> Question:
    return Question(**{name: row[name] for name in COLUMNS})
