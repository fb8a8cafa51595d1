"""Sealing anew whatever is sealed beside parties: documents, ratings, complaints, drafts, second factors (key rotation).

Parties have an index as well and a module of their own (`resolvers.parties_sealing`). Each step seals some rows in one
transaction, so that everything goes on meanwhile and an interrupted run is taken up again. A row is known to be of
another key by what it begins with.
"""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Final

import asyncpg

from domain.access import Permission
from resolvers import (
    application_drafts,
    complaints_store,
    drafts,
    files,
    opinions,
    ratings_store,
    record,
    second_factors,
)
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.file_store import held_in_memory, measure
from resolvers.keys import CannotOpen
from resolvers.papers_making import seal_place
from resolvers.permits import permit
from resolvers.sealing import Provider, provider_of

STREAM: Final = "sealing"
OTHER: Final = "substr({column}, 1, octet_length($1::bytea)) <> $1::bytea"
PAPERS: Final = """
SELECT id, matter_id, digest, pdf_file, text_sealed FROM paper WHERE key_id <> $1
ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
PAPER: Final = "UPDATE paper SET key_id = $2, pdf_file = $3, text_sealed = $4 WHERE id = $1"
RATINGS: Final = f"""
SELECT id, invitation_id, remarks_sealed FROM rating WHERE {OTHER.format(column="remarks_sealed")}
ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
RATING: Final = "UPDATE rating SET remarks_sealed = $2 WHERE id = $1"
# Who filed is sealed to keys that this system does not have: nothing of that can be sealed anew, nor has it to be.
WORDS: Final = f"""
SELECT id, complaint_id, no, sealed FROM complaint_text WHERE {OTHER.format(column="sealed")}
ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
WORD: Final = "UPDATE complaint_text SET sealed = $2 WHERE id = $1"
ATTACHED: Final = f"""
SELECT id, name_sealed, content_sealed FROM complaint_file WHERE {OTHER.format(column="name_sealed")}
ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
ATTACHMENT: Final = "UPDATE complaint_file SET name_sealed = $2, content_sealed = $3 WHERE id = $1"
SPEAKERS: Final = f"""
SELECT id, call_id, key_hash, sealed FROM opinion_attendance WHERE {OTHER.format(column="sealed")}
ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
SPEAKER: Final = "UPDATE opinion_attendance SET sealed = $2 WHERE id = $1"
PLACE: Final = "account_id = $1 AND matter_id = $2 AND kind = $3 AND visit = $4"
DRAFTS: Final = f"""
SELECT account_id, matter_id, kind, visit, sealed FROM draft WHERE {OTHER.format(column="sealed")}
ORDER BY account_id, matter_id, kind, visit LIMIT $2 FOR UPDATE SKIP LOCKED
"""
DRAFT: Final = f"UPDATE draft SET sealed = $5 WHERE {PLACE}"
UNSENT: Final = f"""
SELECT code_hash, sealed FROM application_draft WHERE {OTHER.format(column="sealed")}
ORDER BY code_hash LIMIT $2 FOR UPDATE SKIP LOCKED
"""
UNSENT_AGAIN: Final = "UPDATE application_draft SET sealed = $2 WHERE code_hash = $1"
# What is not confirmed opens only in its session, and sessions end with the secret.
FACTORS: Final = f"""
SELECT id, totp_sealed FROM account WHERE totp_confirmed_at IS NOT NULL AND {OTHER.format(column="totp_sealed")}
ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
FACTOR: Final = "UPDATE account SET totp_sealed = $2 WHERE id = $1"

Step = Callable[[UnitOfWork, int], Awaitable[int]]


async def reseal(ctx: Context, what: str, most: int = 20) -> int:
    """Seal up to so many rows of ``what`` (a key of ``STEPS``) anew and return how many they were; 0 when all are.

    Raises ``NotPermitted``, and ``CannotOpen`` when the key that sealed one is not at hand: then nothing is changed.
    """
    permit(ctx, Permission.PARTY_RESEAL)
    async with unit_of_work(ctx, unrecorded="nothing was left to seal anew") as uow:
        count = await STEPS[what](uow, most)
        if count:
            told = {"key": provider_of(ctx.keys).key_id, "rows": count, "what": what}
            await record.append(uow, STREAM, "sealing.renewed", told)
    return count


def _again(provider: Provider, table: str, column: str, where: str, sealed: bytes) -> bytes:
    return provider.seal(table, column, where, provider.open(table, column, where, sealed))


def _start(provider: Provider) -> bytes:
    return bytes.fromhex(provider.key_id)


async def _papers(uow: UnitOfWork, most: int) -> int:
    connection, provider = await uow.raw(), provider_of(uow.ctx.keys)
    rows = await connection.fetch(PAPERS, provider.key_id, most)
    for row in rows:
        await _paper(uow, connection, provider, row)
    return len(rows)


async def _paper(uow: UnitOfWork, connection: asyncpg.Connection, provider: Provider, row: asyncpg.Record) -> None:
    """Seal a document's two contents; the file of before is loose from then on and goes with housekeeping."""
    ctx, where = uow.ctx, seal_place(row["matter_id"], row["digest"])
    sealed = b"".join([piece async for piece in await files.read(ctx, row["pdf_file"])])
    pdf = provider.open("paper", "pdf", where, sealed)
    if sha256(pdf).hexdigest() != row["digest"]:
        raise CannotOpen("not the document that was made")
    content = held_in_memory(provider.seal("paper", "pdf", where, pdf))
    measured = await measure(content, files.MOST)
    await connection.execute(files.KEEP, measured.digest, measured.size, ctx.now)
    await ctx.files.put(content, measured)
    text = _again(provider, "paper", "text_sealed", where, row["text_sealed"])
    await connection.execute(PAPER, row["id"], provider.key_id, measured.digest, text)


async def _ratings(uow: UnitOfWork, most: int) -> int:
    connection, provider = await uow.raw(), provider_of(uow.ctx.keys)
    rows = await connection.fetch(RATINGS, _start(provider), most)
    place = (ratings_store.TABLE, ratings_store.COLUMN)
    for row in rows:
        anew = _again(provider, *place, str(row["invitation_id"]), row["remarks_sealed"])
        await connection.execute(RATING, row["id"], anew)
    return len(rows)


async def _words(uow: UnitOfWork, most: int) -> int:
    """Seal what was written about complaints, and then their files. The digest in the record stays that of the first seal."""
    connection, provider = await uow.raw(), provider_of(uow.ctx.keys)
    rows = await connection.fetch(WORDS, _start(provider), most)
    for row in rows:
        place = (complaints_store.TABLE, complaints_store.COLUMN, f"{row['complaint_id']}/{row['no']}")
        await connection.execute(WORD, row["id"], _again(provider, *place, row["sealed"]))
    if rows:
        return len(rows)
    found = await connection.fetch(ATTACHED, _start(provider), most)
    for row in found:
        name = _again(provider, "complaint_file", "name_sealed", str(row["id"]), row["name_sealed"])
        content = _again(provider, "complaint_file", "content_sealed", str(row["id"]), row["content_sealed"])
        await connection.execute(ATTACHMENT, row["id"], name, content)
    return len(found)


async def _speakers(uow: UnitOfWork, most: int) -> int:
    connection, provider = await uow.raw(), provider_of(uow.ctx.keys)
    rows = await connection.fetch(SPEAKERS, _start(provider), most)
    for row in rows:
        where = f"{row['call_id']}/{bytes(row['key_hash']).hex()}"
        await connection.execute(
            SPEAKER, row["id"], _again(provider, opinions.TABLE, opinions.COLUMN, where, row["sealed"])
        )
    return len(rows)


async def _drafts(uow: UnitOfWork, most: int) -> int:
    """Seal the drafts of officials anew, and then those of applications."""
    connection, provider = await uow.raw(), provider_of(uow.ctx.keys)
    rows = await connection.fetch(DRAFTS, _start(provider), most)
    for row in rows:
        place = (row["account_id"], row["matter_id"], row["kind"], row["visit"])
        where = "/".join(map(str, place))
        await connection.execute(DRAFT, *place, _again(provider, drafts.TABLE, drafts.COLUMN, where, row["sealed"]))
    if rows:
        return len(rows)
    found = await connection.fetch(UNSENT, _start(provider), most)
    for row in found:
        where = bytes(row["code_hash"]).hex()
        anew = _again(provider, application_drafts.TABLE, application_drafts.COLUMN, where, row["sealed"])
        await connection.execute(UNSENT_AGAIN, row["code_hash"], anew)
    return len(found)


async def _factors(uow: UnitOfWork, most: int) -> int:
    connection, keys = await uow.raw(), uow.ctx.keys
    rows = await connection.fetch(FACTORS, keys.header, most)
    for row in rows:
        where = second_factors.sealed_place(row["id"])
        await connection.execute(FACTOR, row["id"], keys.seal(where, keys.open(where, row["totp_sealed"])))
    return len(rows)


# Drafts come last: one that does not open is no loss of the record, ends by itself in days, and must stop nothing else.
STEPS: Final[Mapping[str, Step]] = MappingProxyType(
    {
        "second_factor": _factors,
        "rating": _ratings,
        "paper": _papers,
        "complaint": _words,
        "opinion": _speakers,
        "draft": _drafts,
    }
)
