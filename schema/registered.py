"""Answers to registered documents over GET: fresh at every request, kept ready in memory, and confirmed by a tag.

An answer is kept under the public revision. Every request waits for a read of that number which began after the
request arrived (`resolvers.publicity`), so nothing older than the request's own past is ever given out, whichever process
made the change. An answer is kept only if the number was the same before and after it was made: it then shows one
state of the library and no mixture. What has errors, shows more than published data (`schema.registered_keeping`), or was
made by a clock behind the library's, is not kept.

Only visitors are served from here; who brings a token or a session goes the ordinary way.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final, Literal, NamedTuple, cast

from resolvers.context import Context
from resolvers.documents import Directory, Found
from resolvers.kept import IDENTITY, Head, Kept, KeptBodies, coding_for
from resolvers.publicity import Publicity, PublicState
from schema.answers import Answer, Asked
from schema.limits import Limits
from schema.registered_asking import MARKS, AskedById, DocumentNotRegistered, DocumentUnknown
from schema.registered_keeping import may_be_kept
from schema.registered_tags import Today, base_of, build, confirms, own_tag, seal, tag_in
from schema.requests import from_query

ATTEMPTS: Final = 3
"""So often an answer is made again that the library overtook; then it is given out and not kept."""

VARY: Final = b"Accept, Accept-Encoding, Authorization"
PACKED_ASIDE_BYTES: Final = 65_536
"""Longer bodies are packed in a thread, so that nobody waits for it."""

Run = Callable[[Asked], Awaitable[Answer]]
Which = Literal["any", "registered"]


@dataclass(frozen=True, slots=True)
class Registering:
    """What a deployment decides: who may send texts, how long caches need not ask, and where answers are kept."""

    documents: Which = "any"
    cache_seconds: int = 0
    kept: KeptBodies = field(default_factory=lambda: KeptBodies(32_000_000))

    @property
    def cache_control(self) -> bytes:
        """The header field: caches always ask, unless the operator lets them answer alone for a while."""
        if self.cache_seconds:
            return b"public, max-age=%d, must-revalidate" % self.cache_seconds
        return b"public, no-cache"


class Ready(NamedTuple):
    """An HTTP answer that needs nothing more: status, header lines, body."""

    status: int
    head: Head
    body: bytes


class _Key(NamedTuple):
    """Under one revision an answer is told by the address, the media type and the day; ``coding`` is how it is packed."""

    query: bytes
    media: str
    day: date
    coding: str


class _Making(NamedTuple):
    """An answer that is to be made: what is asked of which document, under which tag and key, in which state."""

    asked: AskedById
    document: Found
    tag: str
    key: _Key
    state: PublicState

    @property
    def whole(self) -> _Key:
        """The key of the answer as it is, not packed."""
        return self.key._replace(coding=IDENTITY)


@lru_cache(maxsize=256)
def _coding(accepted: bytes) -> str:
    return coding_for(accepted.decode("latin-1"))


class RegisteredAnswers:
    """Resolves the names of documents, and answers visitors' GET requests for them. One a process."""

    def __init__(self, given: Registering, limits: Limits, always: Head = ()) -> None:
        self._given, self._always = given, always
        self._kept = given.kept
        self._longest = limits.body_bytes
        # Whatever shapes every answer of this process: its files, and its limits.
        self._fixed = f"{build()} {limits}"
        self._directory = Directory()
        self._today = Today()
        self._secret = b""
        # Answers that are being made; the result says whether waiting for another one may help.
        self._made: dict[_Key, asyncio.Future[bool]] = {}
        self.counted = dict.fromkeys(("hits", "misses", "unchanged", "overtaken", "not_kept"), 0)

    def counters(self) -> Mapping[str, int]:
        """Return what happened so far: answers from memory, made, confirmed, overtaken by a change, not kept."""
        return {**self.counted, "bytes": self._kept.size, "entries": len(self._kept)}

    async def resolved(self, asked: Asked, ctx: Context) -> Asked:
        """Return what is asked with its text. Raises ``DocumentUnknown`` or ``DocumentNotRegistered``."""
        if isinstance(asked, AskedById):
            found = await self._directory.find(ctx, asked.identifier)
            if found is None:
                raise DocumentUnknown
            return Asked(found.text, asked.operation_name, asked.variables)
        if self._given.documents == "registered" and ctx.actor.kind == "anonymous":
            digest = hashlib.sha256(asked.query.encode("utf-8", "surrogatepass")).hexdigest()
            if await self._directory.find(ctx, digest) is None:
                raise DocumentNotRegistered
        return asked

    async def at_hand(self, query: bytes, media: str, accepted: bytes, publicity: Publicity) -> Kept | None:
        """Return what is kept for a visitor's GET, for :meth:`ready`; None if :meth:`answer` must be asked.

        That takes no context, and a fraction of the time: most requests for what is kept end here.
        """
        if not (MARKS[0] in query or MARKS[1] in query):
            return None
        state = await publicity.state()
        return self._kept.get(_Key(query, media, self._today.at(time.time()), _coding(accepted)), state.revision)

    def ready(self, kept: Kept, condition: bytes) -> Ready:
        """Return an answer that was kept, or that it is unchanged."""
        self.counted["hits"] += 1
        return self._ready(kept, condition)

    async def answer(
        self, query: bytes, media: str, accepted: bytes, condition: bytes, ctx: Context, run: Run
    ) -> Ready | Answer | None:
        """Answer a visitor's GET; ``condition`` is its If-None-Match, ``run`` runs what is not kept.

        Returns an ``Answer`` where the answer may not be kept, and None where this is no such request. Raises
        ``DocumentUnknown``, ``Unavailable``, and ``BadRequest`` for a malformed request.
        """
        if ctx.actor.kind != "anonymous" or not (MARKS[0] in query or MARKS[1] in query):
            return None
        state = await ctx.db.publicity.state()
        key = _Key(query, media, ctx.today, _coding(accepted))
        kept = self._kept.get(key, state.revision)
        if kept is not None:
            return self.ready(kept, condition)
        asked = from_query(query, self._longest)
        if not isinstance(asked, AskedById):
            return None
        return await self._made_now(asked, key, state, condition, ctx, run)

    async def _made_now(
        self, asked: AskedById, key: _Key, state: PublicState, condition: bytes, ctx: Context, run: Run
    ) -> Ready | Answer:
        """Confirm the tag, or make the answer; of several requests for one answer one makes it for all."""
        attempts, waits = 0, ATTEMPTS
        while True:
            document = await self._directory.find(ctx, asked.identifier, state.revision)
            if document is None:
                raise DocumentUnknown
            making = _Making(asked, document, self._tag(asked, document, key, state, ctx), key, state)
            if confirms(condition, making.tag):
                self.counted["unchanged"] += 1
                return self._unchanged(own_tag(condition, making.tag))
            made = self._kept.get(making.whole, state.revision)
            if made is None and waits and (other := self._made.get(making.whole)) is not None:
                # Where nothing can be kept nobody queues behind the others.
                waits = waits - 1 if await asyncio.shield(other) else 0
                state = await ctx.db.publicity.state()
                continue
            found = made or await self._make(making, ctx, run, last=attempts == ATTEMPTS)
            if isinstance(found, Kept):
                return self._ready(await self._packed(making, found), condition)
            if isinstance(found, Answer):
                return found
            # The library changed meanwhile: once more, in the state of now.
            state, attempts = found, attempts + 1

    async def _make(self, making: _Making, ctx: Context, run: Run, *, last: bool) -> Kept | PublicState | Answer:
        """Make an answer and keep it. An ``Answer`` is one that cannot be kept; a state, one that the library overtook."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        first, helps = self._made.setdefault(making.whole, done) is done, False
        try:
            answer = await run(Asked(making.document.text, making.asked.operation_name, making.asked.variables))
            if answer.errors or answer.refused or answer.wrong_method or not _lasts(making, ctx):
                self.counted["not_kept"] += 1
                return answer
            after = await ctx.db.publicity.state()
            # The same number before and after: nothing public was committed in between.
            if after.revision == making.state.revision:
                self.counted["misses"] += 1
                kept = self._keep(making.whole, making, answer.encoded_body())
                helps = kept.size > 0
                return kept
            self.counted["overtaken"] += 1
            helps = True
            return answer if last else after
        finally:
            if first:
                del self._made[making.whole]
            done.set_result(helps)

    async def _packed(self, making: _Making, plain: Kept) -> Kept:
        """Return an answer in the coding asked for, and keep it in that one too."""
        coding = making.key.coding
        if coding == IDENTITY:
            return plain
        if len(plain.body) > PACKED_ASIDE_BYTES:
            used, body = await asyncio.to_thread(Kept(plain.body).encoded, coding)
        else:
            used, body = Kept(plain.body).encoded(coding)
        return self._keep(making.key, making, body, used)

    def _keep(self, key: _Key, making: _Making, body: bytes, coding: str = IDENTITY) -> Kept:
        """Keep a body with the whole head that it is sent with."""
        head = [
            (b"etag", tag_in(making.tag, coding)),
            (b"cache-control", self._given.cache_control),
            (b"vary", VARY),
            (b"content-type", f"{key.media}; charset=utf-8".encode()),
            (b"content-length", b"%d" % len(body)),
            *self._always,
        ]
        if coding != IDENTITY:
            head.append((b"content-encoding", coding.encode()))
        unchanged = self._unchanged(head[0][1])
        return self._kept.put(key, making.state.revision, body, tuple(head), unchanged)

    def _ready(self, kept: Kept, condition: bytes) -> Ready:
        """Return an answer, or that it is unchanged."""
        if not condition:
            return Ready(200, kept.head, kept.body)
        tag, unchanged = kept.head[0][1], kept.note
        if condition != tag:
            base = base_of(tag)
            if not confirms(condition, base):
                return Ready(200, kept.head, kept.body)
            unchanged = self._unchanged(own_tag(condition, base))
        self.counted["unchanged"] += 1
        return cast(Ready, unchanged)

    def _unchanged(self, tag: bytes) -> Ready:
        head = ((b"etag", tag), (b"cache-control", self._given.cache_control), (b"vary", VARY), *self._always)
        return Ready(304, head, b"")

    def _tag(self, asked: AskedById, document: Found, key: _Key, state: PublicState, ctx: Context) -> str:
        """Return the tag of an answer, without its coding."""
        if not self._secret:
            self._secret = ctx.keys.derive("etag")
        parts = (
            *(self._fixed, state.revision, key.day.isoformat(), ctx.profile.id),
            *(document.sha256, asked.operation_name or "", key.media),
            json.dumps(asked.variables or {}, sort_keys=True, separators=(",", ":")),
        )
        return seal(self._secret, parts)


def _lasts(making: _Making, ctx: Context) -> bool:
    """Say whether an answer holds for everybody and for the day, as long as nothing public changes.

    Where this process's clock is behind the library's, it leaves out now what it would show a little later.
    """
    changed_at = making.state.changed_at
    behind = changed_at is not None and ctx.now < changed_at
    return not behind and may_be_kept(making.document.text, making.asked.operation_name)
