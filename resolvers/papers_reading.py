"""Reading documents: drafts and previews before they are made, the made ones afterwards, by officials and by the party.

A draft holds nothing of the party; a preview does and is recorded as a reading, and nothing is made by it. Contents are
opened one document at a time; who opened which, and what for, is an event (003-31(1), L2).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from domain.access import Permission
from domain.engine.matter import Matter
from domain.paper_files import load_papers
from domain.papers import plain_text, texts_of
from domain.parties import id_of
from resolvers import files, matters_store, record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import NotFound
from resolvers.matters_judging import doer
from resolvers.matters_public import found_by_code
from resolvers.papers_drafting import Desk, numbered, party_facts, template_of
from resolvers.papers_making import acting_on, desk_of, seal_place
from resolvers.papers_values import PARTY_NAME, Draft, DraftField, PaperContent, PaperOrder, PaperView, refused
from resolvers.press import NoGlyph
from resolvers.sealing import provider_of

LISTED: Final = """
SELECT p.id, p.matter_id, p.code, p.name, p.number, p.digest, p.text_digest, p.size, p.made_at, p.made_by_name,
  p.pdf_file, p.text_sealed, p.body_code, m.government_id, m.bodies, m.state::text AS state
FROM paper p JOIN matter m ON m.id = p.matter_id
"""
OF_MATTER: Final = f"{LISTED} WHERE p.matter_id = $1 ORDER BY p.id LIMIT 500"
ONE: Final = f"{LISTED} WHERE p.matter_id = $1 AND p.id = $2"


@dataclass(frozen=True, slots=True)
class Preview:
    """A document as it would be made now; its number and whatever is missing are left open."""

    name: str
    pdf: bytes
    text: str


async def drafts(ctx: Context, matter_id: int, codes: Sequence[str] | None = None) -> tuple[Draft, ...]:
    """Return the documents that can be made in a matter, or those of some codes, with what it gives for their texts.

    Raises ``NotFound`` for a matter that the actor may not act upon.
    """
    desk = await desk_of(ctx, matter_id)
    facts = desk.facts(ctx, {})
    known = id_of(desk.matter.party) is not None or desk.matter.party not in ("", desk.matter.id)
    found = []
    body, matter = doer(ctx, desk.matter, desk.book.procedure).body, desk.matter
    for code, rule in desk.book.procedure.documents.items():
        template = load_papers().find(code, desk.book.procedure.kind, desk.category)
        if (
            template is None
            or not rule.is_of(body, matter.body, matter.bodies)
            or (codes is not None and code not in codes)
        ):
            continue
        texts = texts_of(template, facts, {})
        fields = [
            DraftField(name, one.label, one.hint, one.rows, one.required, texts[name])
            for name, one in template.fields.items()
        ]
        if not known:
            fields.insert(0, DraftField(PARTY_NAME, "当事人姓名或者名称", "当事人尚未登记确认，请写明。", 1, True, ""))
        found.append(
            Draft(code, rule.name, rule.clause, bool(template.word), template.reasoned, template.acts, tuple(fields))
        )
    return tuple(found)


async def preview(ctx: Context, matter_id: int, data: Mapping[str, Any], order: PaperOrder) -> Preview:
    """Typeset a document as it stands, marked as a preview and without a number; nothing is made.

    ``data`` is the act that is being typed, as far as it goes. Raises ``NotFound``, and ``PaperRefused`` for characters
    that cannot be printed.
    """
    desk: Desk = acting_on(ctx, await desk_of(ctx, matter_id), data)
    template = template_of(desk.book.procedure, order.code, desk.category)
    party = await party_facts(ctx, desk.matter, matter_id, identity=template.identity)
    drawn = desk.draw(ctx, order, party)
    sheet = drawn.sheet(preview=True, number=numbered(desk, template, ctx.now, None))
    try:
        pdf = await ctx.press.typeset(sheet, ctx.now)
    except NoGlyph as error:
        raise refused(order.code, drawn.name, (drawn.unshown(error),)) from error
    return Preview(drawn.name, pdf, plain_text(sheet))


async def papers_of(ctx: Context, matter_id: int) -> tuple[PaperView, ...]:
    """Return the documents that were made in a matter, in their order; none for a matter that the actor may not see."""
    rows = await ctx.db.reads.fetch(OF_MATTER, matter_id)
    return tuple(_view(row) for row in rows if _may(ctx, row))


async def paper(ctx: Context, matter_id: int, paper_id: int) -> PaperContent:
    """Open a document for an official; the reading is recorded. Raises ``NotFound`` for what may not be seen."""
    async with unit_of_work(ctx) as uow:
        row = await (await uow.raw()).fetchrow(ONE, matter_id, paper_id)
        if row is None or not _may(ctx, row):
            raise NotFound("文书")
        watches = not ctx.actor.body_codes & set(row["bodies"])
        purpose = "supervision" if ctx.actor.kind == "official" and watches else "handling"
        await _told(uow, row, purpose)
    return await _opened(ctx, row)


async def papers_of_party(ctx: Context, number: str, code: str) -> tuple[PaperView, ...]:
    """Return the documents that were served in a matter, for whoever has its number and code; raises ``NotFound``."""
    matter = await found_by_code(ctx, number, code)
    views = [_view(row) for row in await ctx.db.reads.fetch(OF_MATTER, matter["id"])]
    return tuple(one for one in views if one.served)


async def paper_of_party(ctx: Context, number: str, code: str, paper_id: int) -> PaperContent:
    """Open a document that was served, for whoever has number and code; recorded. Raises ``NotFound``."""
    matter = await found_by_code(ctx, number, code)
    async with unit_of_work(ctx) as uow:
        row = await (await uow.raw()).fetchrow(ONE, matter["id"], paper_id)
        if row is None or not _view(row).served:
            raise NotFound("文书")
        await _told(uow, row, "party_request")
    return await _opened(ctx, row)


async def _told(uow: UnitOfWork, row: asyncpg.Record, purpose: str) -> None:
    told = {"digest": row["digest"], "matter": row["matter_id"], "purpose": purpose}
    await record.append(uow, f"paper:{row['id']}", "paper.read", told, body_code=row["body_code"])


def _may(ctx: Context, row: asyncpg.Record) -> bool:
    return matters_store.may(ctx, Permission.PAPER_READ, row["government_id"], row["bodies"])


def _view(row: asyncpg.Record) -> PaperView:
    state = Matter.model_validate_json(row["state"])
    served = any(one.document == row["code"] and one.digest in ("", row["digest"]) for one in state.served)
    return PaperView(
        id=row["id"],
        matter_id=row["matter_id"],
        code=row["code"],
        name=row["name"],
        number=row["number"],
        digest=row["digest"],
        text_digest=row["text_digest"],
        size=row["size"],
        made_at=row["made_at"],
        made_by=row["made_by_name"],
        served=served,
    )


async def _opened(ctx: Context, row: asyncpg.Record) -> PaperContent:
    provider, where = provider_of(ctx.keys), seal_place(row["matter_id"], row["digest"])
    sealed = await _whole(await files.read(ctx, row["pdf_file"]))
    pdf = provider.open("paper", "pdf", where, sealed)
    text = provider.open("paper", "text_sealed", where, row["text_sealed"]).decode()
    return PaperContent(_view(row), pdf, text)


async def _whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])
