"""Making documents: number, document and the act that brings it are committed together, or none of them (R7, R13, R18).

The number is drawn in the act's own transaction, so a series has no gap; the document is typeset with it there, in a
thread of its own. What is kept is sealed: the PDF in the file store, its text beside it, each with its digest. The same
submission again finds what it made before.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import asyncpg

from domain.access import Permission
from domain.engine.acts import Act
from domain.engine.matter import Matter
from domain.engine.parts import Document
from domain.papers import plain_text
from domain.values import canonical_json
from resolvers import matters_acting as acting
from resolvers import matters_books as books
from resolvers import matters_store as store
from resolvers import record
from resolvers.context import Context, UnitOfWork
from resolvers.errors import InvalidInput, NotFound
from resolvers.file_store import held_in_memory, measure
from resolvers.files import KEEP, MOST
from resolvers.letterheads import letterhead_of
from resolvers.matters_books import Basis
from resolvers.matters_judging import Judged, doer, parse
from resolvers.matters_opening import DRAW
from resolvers.matters_refusals import KeyReused
from resolvers.matters_store import Held
from resolvers.matters_values import ActDone
from resolvers.papers_drafting import Desk, Drawn, check_code, numbered, party_facts, series_of, template_of
from resolvers.papers_values import PaperOrder, refused
from resolvers.press import NoGlyph
from resolvers.reading.fetching import ReadConnection
from resolvers.retrying import queued
from resolvers.sealing import provider_of

MOST_ORDERS: Final = 12
NOT_YET: Final = "0" * 64
"""Stands for the digest of a document that is not made yet, while the engine is asked whether the act may be done."""

ROW: Final = "SELECT title, category, code_hash FROM matter WHERE id = $1"
ADD: Final = """
INSERT INTO paper (matter_id, act_key, place, body_code, code, name, number, digest, text_digest, size, key_id, pdf_file,
  text_sealed, order_hash, made_at, made_by, made_by_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING id
"""
AGAIN: Final = "SELECT code, number, digest, order_hash FROM paper WHERE matter_id = $1 AND act_key = $2 ORDER BY place"


@dataclass(frozen=True, slots=True, repr=False)
class Made:
    """A document in its two forms, with its number."""

    drawn: Drawn
    number: str
    pdf: bytes
    text: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of the PDF."""
        return sha256(self.pdf).hexdigest()

    @property
    def document(self) -> Document:
        """The document as the act names it."""
        persons = tuple(self.drawn.order.persons)
        return Document(code=self.drawn.order.code, number=self.number, digest=self.digest, persons=persons)


@dataclass
class Workshop:
    """What makes the documents of one act inside its transaction; `resolvers.matters_acting` calls it."""

    ctx: Context
    orders: Sequence[PaperOrder]
    party: Mapping[str, str] = field(repr=False)
    made: list[Made] = field(default_factory=list)

    def promised(self) -> tuple[Document, ...]:
        """Return the documents as far as they are known before anything is made."""
        return tuple(Document(code=one.code, digest=NOT_YET, persons=tuple(one.persons)) for one in self.orders)

    async def make(self, uow: UnitOfWork, judged: Judged, act: Act) -> tuple[Document, ...]:
        """Draw the numbers and typeset; raises ``PaperRefused``."""
        connection, held = await uow.raw(), judged.held
        row = await _row(connection, held.id)
        head = await letterhead_of(connection, held.matter.body)
        desk = Desk(held.matter, held.id, judged.book, row["title"], row["category"], head, act)
        self.made = []
        for order in self.orders:
            drawn = desk.draw(self.ctx, order, self.party)
            check_code(self.ctx, drawn, held.number, row["code_hash"])
            # What is missing is told before a number is drawn.
            drawn.sheet()
            series = series_of(desk, drawn.template, self.ctx.now)
            last = await connection.fetchval(DRAW, series) if series else None
            self.made.append(await self._typeset(drawn, numbered(desk, drawn.template, self.ctx.now, last)))
        return tuple(one.document for one in self.made)

    async def _typeset(self, drawn: Drawn, number: str) -> Made:
        sheet = drawn.sheet(number=number)
        try:
            pdf = await self.ctx.press.typeset(sheet, self.ctx.now)
        except NoGlyph as error:
            raise refused(drawn.order.code, drawn.name, (drawn.unshown(error),)) from error
        return Made(drawn, number, pdf, plain_text(sheet).encode())

    async def keep(self, uow: UnitOfWork, held: Held, key: str) -> None:
        """Keep what was made: the sealed contents, a row for each, and an event with both digests."""
        for place, one in enumerate(self.made):
            await self._keep(uow, held, key, place, one)

    async def _keep(self, uow: UnitOfWork, held: Held, key: str, place: int, made: Made) -> None:
        ctx, connection = self.ctx, await uow.raw()
        provider, where = provider_of(ctx.keys), seal_place(held.id, made.digest)
        sealed = held_in_memory(provider.seal("paper", "pdf", where, made.pdf))
        measured = await measure(sealed, MOST)
        await connection.execute(KEEP, measured.digest, measured.size, ctx.now)
        await ctx.files.put(sealed, measured)
        values = (held.id, key, place, held.matter.body, made.drawn.order.code, made.drawn.name, made.number)
        digests = (made.digest, sha256(made.text).hexdigest(), len(made.pdf))
        kept = (provider.key_id, measured.digest, provider.seal("paper", "text_sealed", where, made.text))
        by = (hash_of_order(ctx, made.drawn.order), ctx.now, ctx.actor.account_id, ctx.actor.name)
        paper_id = await connection.fetchval(ADD, *values, *digests, *kept, *by)
        told = {
            "code": made.drawn.order.code,
            "digest": made.digest,
            "matter": held.id,
            "number": made.number,
            "text_digest": digests[1],
        }
        await record.append(uow, f"paper:{paper_id}", "paper.made", told, body_code=held.matter.body)

    async def again(self, connection: asyncpg.Connection, held: Held, key: str) -> tuple[Document, ...]:
        """Return what the same submission made before; raises ``KeyReused`` where something else was asked for."""
        rows = await connection.fetch(AGAIN, held.id, key)
        hashes = [hash_of_order(self.ctx, one) for one in self.orders]
        if [bytes(row["order_hash"]) for row in rows] != hashes:
            raise KeyReused("同一提交编号已用于另一操作", "003-33", "请刷新后重新提交")
        return tuple(
            Document(code=row["code"], number=row["number"], digest=row["digest"], persons=tuple(order.persons))
            for row, order in zip(rows, self.orders, strict=True)
        )


def seal_place(matter_id: int, digest: str) -> str:
    """Name the place that the contents of a document are bound to."""
    return f"{matter_id}/{digest}"


def hash_of_order(ctx: Context, order: PaperOrder) -> bytes:
    """Return the keyed hash of what was asked for; texts may hold personal data, so no plain hash will do."""
    asked = {"code": order.code, "persons": list(order.persons), "texts": dict(order.texts)}
    return ctx.keys.keyed_hash("paper-order", canonical_json(asked).decode())


async def make(ctx: Context, matter_id: int, data: Mapping[str, Any], orders: Sequence[PaperOrder]) -> ActDone:
    """Do an act that brings documents made here; ``data`` is the act as `matters.act` takes it.

    Raises ``PaperRefused`` with every gap by ``<code>.<field>``, and what `matters.act` raises.
    """
    if not orders:
        return await acting.act(ctx, matter_id, data)
    if len(orders) > MOST_ORDERS:
        raise InvalidInput(f"一次最多制作{MOST_ORDERS}件文书。", "请分次制作。")
    desk = await desk_of(ctx, matter_id)
    templates = [template_of(desk.book.procedure, one.code, desk.category) for one in orders]
    identity = any(one.identity for one in templates)
    party = await party_facts(ctx, desk.matter, matter_id, identity=identity)
    # Who wants the same series waits here, in the same order everywhere, and not for a lock of the database.
    wanted = sorted({series for one in templates if (series := series_of(desk, one, ctx.now))})
    async with AsyncExitStack() as stack:
        for series in wanted:
            await stack.enter_async_context(queued(ctx.db.url, series))
        return await acting.acting(ctx, matter_id, data, None, Workshop(ctx, orders, party))


async def desk_of(ctx: Context, matter_id: int) -> Desk:
    """Return what documents of a matter are drafted from; raises ``NotFound`` for what the actor may not act upon."""
    # One connection at a time: whoever holds one and waits for a second may wait for ever.
    async with ctx.db.reads.acquire() as connection:
        held = await store.hold(connection, matter_id, lock=False)
        if held is None or not store.may(ctx, Permission.MATTER_ACT, held.government_id, held.bodies):
            raise NotFound("办件")
        row = await _row(connection, matter_id)
        head = await letterhead_of(connection, held.matter.body)
    item = await books.item_version(ctx, held.item_version_id) if held.item_version_id is not None else None
    basis = Basis(held.procedure_id, await books.procedure(ctx, held.procedure_id), item)
    calendar = await books.calendar_for(ctx, held.matter)
    doers = books.officers_of(held.matter, *(one.by for one in held.matter.opinions), str(ctx.actor.account_id or ""))
    certificates, names = await books.register_of(ctx.db.reads, doers)
    book = books.rulebook(basis, calendar, certificates, names)
    return Desk(held.matter, matter_id, book, row["title"], row["category"], head)


async def _row(connection: ReadConnection, matter_id: int) -> asyncpg.Record:
    row = await connection.fetchrow(ROW, matter_id)
    if row is None:
        raise NotFound("办件")
    return row


def acting_on(ctx: Context, desk: Desk, data: Mapping[str, Any]) -> Desk:
    """Return the desk during the act that is being typed, as far as what was typed is an act already."""
    matter: Matter = desk.matter
    try:
        parsed = parse({"key": "preview", **data}, doer(ctx, matter, desk.book.procedure, data.get("visit")))
    except InvalidInput:
        return desk
    return desk.during(parsed)
