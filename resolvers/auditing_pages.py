"""What the portal shows is compared with the library: pages of items at every look, the whole export once a day (003-21, H9).

The auditor asks over HTTP like anybody, so that whatever stands between the library and a reader is in what it sees: kept
pages, files on disk, a proxy. What does not answer could not be checked; only an answer that says something else is bad.
"""

import hashlib
import html
import random
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Final
from urllib.parse import quote

from domain.actors import ANONYMOUS
from domain.powers import PowerContent
from domain.proof.auditing import Finding, Kind
from resolvers.auditing import Outside
from resolvers.context import Context
from resolvers.errors import NotFound, Refusal, Unavailable
from resolvers.exports import stream
from resolvers.outages import away
from resolvers.powers import power
from resolvers.reading.fetching import understood

PAGES: Final = 5
"""Pages that one look compares."""

MOST_BYTES: Final = 20_000_000
EXPORT: Final = "/downloads/powers.jsonl"
ANSWERED: Final = 200
_SOME: Final = """
SELECT code FROM power_item WHERE id >= 1 + floor($1 * (SELECT coalesce(max(id), 0) FROM power_item)) ORDER BY id LIMIT 1
"""
_TAG: Final = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_OWN: Final = (
    "code",
    "name",
    "sub_item",
    "handling_unit",
    "authority",
    "status_reason",
    "status_basis",
    "fee_note",
    "remarks",
)
_PLACES: Final = ("place", "contact_phone", "supervision_phone")

Get = Callable[[str], AbstractAsyncContextManager[tuple[int, AsyncIterator[bytes]]]]
"""``get(path)`` asks the portal; gives status and body. Raises ``OSError`` where nobody answers."""


async def served(ctx: Context, get: Get, *, full: bool) -> Outside:
    """Compare what is served with the library; ``full``: with the whole export, byte for byte.

    Whatever is away meanwhile, the audit of the record goes on: then this could not be checked.
    """
    try:
        return await _served(ctx.acting_as(ANONYMOUS), get, full=full)
    except Exception as error:
        if not (isinstance(error, Refusal) or away(error)):
            raise
        return Outside(unchecked=(f"portal: {type(error).__name__}",))


async def _served(public: Context, get: Get, *, full: bool) -> Outside:
    findings: list[Finding] = []
    unchecked: list[str] = []
    chance = random.SystemRandom()
    with understood():
        codes = [await public.db.reads.fetchval(_SOME, chance.random()) for _ in range(PAGES)]
    for code in dict.fromkeys(one for one in codes if one is not None):
        wrong, unknown = await _page(public, get, code)
        findings, unchecked = findings + wrong, unchecked + unknown
    if full:
        wrong, unknown = await _export(public, get)
        findings, unchecked = findings + wrong, unchecked + unknown
    return Outside(findings=tuple(findings), unchecked=tuple(unchecked))


async def _page(ctx: Context, get: Get, code: str) -> tuple[list[Finding], list[str]]:
    path = f"/powers/{quote(code)}"
    for _ in range(2):
        before = await ctx.db.publicity.revision()
        try:
            content = (await power(ctx, code)).content
        except NotFound:
            return [], []
        try:
            status, body = await _whole(get, path)
        except (OSError, Unavailable) as error:
            return [], [f"page {path}: {type(error).__name__}"]
        if status != ANSWERED:
            return [], [f"page {path}: {status}"]
        missing = next(lacking(content, body.decode("utf-8", "replace")), None)
        if missing is None:
            return [], []
        if await ctx.db.publicity.revision() == before:
            return [Finding(Kind.PAGE_ALTERED, path, missing)], []
    return [], [f"page {path}: the library changed meanwhile"]


async def _export(ctx: Context, get: Get) -> tuple[list[Finding], list[str]]:
    for _ in range(2):
        before = await ctx.db.publicity.revision()
        shown = hashlib.sha256()
        try:
            async with get(EXPORT) as (status, pieces):
                async for piece in pieces:
                    shown.update(piece)
            if status != ANSWERED:
                return [], [f"export {EXPORT}: {status}"]
            own = hashlib.sha256()
            async with aclosing(stream(ctx)) as made:
                async for piece in made:
                    own.update(piece)
        except (OSError, Unavailable) as error:
            return [], [f"export {EXPORT}: {type(error).__name__}"]
        if shown.digest() == own.digest():
            return [], []
        if await ctx.db.publicity.revision() == before:
            return [Finding(Kind.PAGE_ALTERED, EXPORT, f"{shown.hexdigest()[:16]} ≠ {own.hexdigest()[:16]}")], []
    return [], [f"export {EXPORT}: the library changed meanwhile"]


async def _whole(get: Get, path: str) -> tuple[int, bytes]:
    parts: list[bytes] = []
    async with get(path) as (status, pieces):
        async for piece in pieces:
            parts.append(piece)
            if sum(map(len, parts)) > MOST_BYTES:
                raise OSError("a page without end")
    return status, b"".join(parts)


def lacking(content: PowerContent, page: str) -> Iterator[str]:
    """Yield the names of fields whose text, as the library has it, the page does not show."""
    shown = _plain(html.unescape(_TAG.sub("", page)))
    for name, text in _texts(content):
        if _plain(text) not in shown:
            yield name


def _texts(content: PowerContent) -> Iterator[tuple[str, str]]:
    for name in (*_OWN, *_PLACES):
        if text := getattr(content, name):
            yield name, str(text)
    for number, basis in enumerate(content.bases):
        if basis.title:
            yield f"bases.{number}.title", basis.title
        for line in basis.text.splitlines():
            yield f"bases.{number}.text", line
    for number, fee in enumerate(content.fees):
        for name in ("name", "standard", "basis"):
            yield f"fees.{number}.{name}", getattr(fee, name)


def _plain(text: str) -> str:
    """Return what of a text is seen: spaces and characters that only control how it is shown are no part of it."""
    return "".join(one for one in text if one != "\ufffd" and unicodedata.category(one)[0] not in "CZ")
