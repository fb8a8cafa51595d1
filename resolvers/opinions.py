"""意见征集 for everybody: reading what is asked, saying something, registering for a hearing (002-4.2.8, H10).

Nobody is asked who says something, and nothing ties it to anybody: what holds floods off is a count of addresses under a
hash whose key is another one each day. The record has a digest of what was said, so that nothing can go missing.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import fields
from hashlib import sha256
from typing import Any, Final, NamedTuple

from domain import opinions as rules
from domain.access import Permission
from domain.complaints import plain_words
from domain.opinions import Attendance, Question
from resolvers import receipts, record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.opinions_values import AnsweredComment, CallRow
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest, Read, Row
from resolvers.reading.fetching import fetch_by_keys
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.opinions import OPINION_ANSWER, OPINION_CALL
from resolvers.sealing import provider_of
from resolvers.throttles import Client, take_opinion

LEAST_KEY: Final = 22
TABLE, COLUMN = "opinion_attendance", "sealed"
COLUMNS: Final = tuple(one.name for one in fields(CallRow))
ANSWER_COLUMNS: Final = tuple(one.name for one in fields(AnsweredComment))
SAID_BEFORE: Final = "SELECT said, answers::text AS answers FROM opinion_comment WHERE call_id = $1 AND key_hash = $2"
SAY: Final = (
    "INSERT INTO opinion_comment (call_id, key_hash, said, answers, at) VALUES ($1, $2, $3, $4::text::jsonb, $5)"
)
COMES_BEFORE: Final = "SELECT sealed FROM opinion_attendance WHERE call_id = $1 AND key_hash = $2"
COME: Final = "INSERT INTO opinion_attendance (call_id, key_hash, side, sealed, at) VALUES ($1, $2, $3, $4, $5)"
RECORDED: Final = "SELECT seq FROM event WHERE stream = $1 AND kind = $2 AND body::jsonb ->> 'digest' = $3"
OPEN: Final = """
SELECT body_code, closes_on >= $2::date AND concluded_at IS NULL AS open, hearing_at IS NOT NULL AS heard
FROM opinion_call WHERE id = $1
"""


def listing(page: PageRequest = PageRequest(), *, body: str = "", is_open: bool | None = None) -> Listing:
    """Return the listing of what is asked, what closes last first."""
    asked = {"body": body or None, "open": is_open}
    filters = {name: value for name, value in asked.items() if value is not None}
    return Listing(OPINION_CALL, Read(COLUMNS, filters, "latest"), page)


async def list_calls(
    ctx: Context, page: PageRequest = PageRequest(), *, body: str = "", is_open: bool | None = None
) -> Page[CallRow]:
    """Return a page of what is asked."""
    return (await fetch_listing(ctx, listing(page, body=body, is_open=is_open))).map(row_of)


def row_of(row: Row) -> CallRow:
    """Return a call as it was read."""
    values = {name: row[name] for name in COLUMNS}
    values["questions"] = tuple(Question(one["text"], tuple(one["options"])) for one in _plain(row["questions"]))
    values["results"] = tuple(tuple(one) for one in _plain(row["results"]) or ())
    return CallRow(**values)


def _plain(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


async def call(ctx: Context, call_id: int) -> CallRow:
    """Return what is asked. Raises ``NotFound``."""
    found = await fetch_by_keys(ctx, OPINION_CALL, Read(COLUMNS), [call_id])
    if call_id not in found:
        raise NotFound("征集")
    return row_of(found[call_id][0])


def answers_listing(call_id: int, page: PageRequest) -> Listing:
    """Return the listing of what was said and answered, the latest answer first."""
    return Listing(OPINION_ANSWER, Read(ANSWER_COLUMNS, {"call": call_id}, "latest"), page)


async def list_answers(ctx: Context, call_id: int, page: PageRequest = PageRequest()) -> Page[AnsweredComment]:
    """Return a page of what was said and answered."""
    found = await fetch_listing(ctx, answers_listing(call_id, page))
    return found.map(lambda row: AnsweredComment(**{name: row[name] for name in ANSWER_COLUMNS}))


class Written(NamedTuple):
    """The digest of what was given, and whether it was not there before."""

    digest: str
    new: bool = True


async def say(ctx: Context, call_id: int, key: str, text: str, answers: Mapping[int, int], client: Client) -> str:
    """Take a comment and what was chosen, and return the receipt; the same key changes nothing and gives the first one.

    Raises ``NotFound``, ``Conflict`` for what is closed, ``InvalidInput``, ``TooMany``.
    """
    permit(ctx, Permission.OPINION_SAY)
    found, said = await call(ctx, call_id), plain_words(text, lines=True)
    _check(key, rules.of_comment(said, answers, found.questions))
    await take_opinion(ctx, client)
    chosen = {str(which): option for which, option in sorted(answers.items())}

    async def write(uow: UnitOfWork, hashed: bytes) -> Written:
        connection = await uow.raw()
        if (before := await connection.fetchrow(SAID_BEFORE, call_id, hashed)) is not None:
            return Written(_digest({"answers": json.loads(before["answers"]), "said": before["said"]}), new=False)
        await connection.execute(SAY, call_id, hashed, said, json.dumps(chosen), ctx.now)
        return Written(_digest({"answers": chosen, "said": said}))

    return await _kept(ctx, call_id, key, "opinion.said", write)


async def attend(ctx: Context, call_id: int, key: str, given: Attendance, client: Client) -> str:
    """Take somebody's wish to speak at the hearing, sealed; returns and raises as ``say`` does."""
    permit(ctx, Permission.OPINION_SAY)
    words = {"name": plain_words(given.name), "contact": plain_words(given.contact)}
    clean = Attendance(side=given.side, gist=plain_words(given.gist, lines=True), **words)
    _check(key, rules.of_attendance(clean))
    await take_opinion(ctx, client)

    async def write(uow: UnitOfWork, hashed: bytes) -> Written:
        connection = await uow.raw()
        if (before := await connection.fetchval(COMES_BEFORE, call_id, hashed)) is not None:
            return Written(sha256(before).hexdigest(), new=False)
        plain = json.dumps({**words, "gist": clean.gist}, ensure_ascii=False).encode()
        sealed = provider_of(ctx.keys).seal(TABLE, COLUMN, f"{call_id}/{hashed.hex()}", plain)
        await connection.execute(COME, call_id, hashed, clean.side, sealed, ctx.now)
        return Written(sha256(sealed).hexdigest())

    return await _kept(ctx, call_id, key, "opinion.attends", write, heard=True)


def _check(key: str, found: Iterable[rules.Problem]) -> None:
    wrong = tuple(FieldProblem(one.path, one.code, one.message, one.remedy) for one in found)
    if len(key) < LEAST_KEY:
        wrong = (FieldProblem("", "KEY", "提交编号太短。", "请刷新页面后重新提交。"), *wrong)
    if wrong:
        raise InvalidInput(wrong[0].message, wrong[0].remedy, wrong)


async def _kept(
    ctx: Context,
    call_id: int,
    key: str,
    kind: str,
    write: Callable[[UnitOfWork, bytes], Awaitable[Written]],
    *,
    heard: bool = False,
) -> str:
    """Write something once under its key, while it is open, with the digest in the record; returns the receipt of that."""
    stream = f"opinion:{call_id}"
    hashed = ctx.keys.keyed_hash("opinion", f"{call_id}|{key}")
    async with unit_of_work(ctx, unrecorded="an opinion that was given before under its key") as uow:
        row = await (await uow.raw()).fetchrow(OPEN, call_id, ctx.today)
        if row is None or (heard and not row["heard"]):
            raise NotFound("征集")
        if not row["open"]:
            raise Conflict("征集已经截止。", "请看公布的结果；仍有意见的，可以向征集的机关提出。")
        written = await write(uow, hashed)
        if written.new:
            seq = (await record.append(uow, stream, kind, {"digest": written.digest}, body_code=row["body_code"])).seq
        else:
            seq = await (await uow.raw()).fetchval(RECORDED, stream, kind, written.digest)
    return await receipts.given(ctx, stream, seq, stream) if seq else ""


def _digest(words: Mapping[str, Any]) -> str:
    return sha256(json.dumps(words, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
