"""Drafting a document: the scene of a matter, its facts, the template, and the sheet that comes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from domain.engine.acts import Act
from domain.engine.clocks import deadlines
from domain.engine.matter import Matter
from domain.engine.rulebook import Rulebook
from domain.identity_documents import DOCUMENT_NAMES
from domain.paper_facts import Fact, Scene, facts_of
from domain.paper_files import load_papers
from domain.paper_templates import PaperTemplate
from domain.paper_words import character_words, number_words
from domain.papers import PaperProblem, Sheet, compose, fields_with
from domain.parties import KIND_NAMES, PartyField, id_of
from domain.procedures import Procedure
from resolvers import parties
from resolvers.context import LOCAL, Context
from resolvers.errors import NotFound
from resolvers.letterheads import HeldLetterhead
from resolvers.matters_opening import hash_of
from resolvers.papers_values import PARTY_NAME, PaperOrder, refused
from resolvers.press import NoGlyph

NAMED: Final[tuple[PartyField, ...]] = ("name", "address", "phone", "representative")
"""What a document says of its party; the identity number only where the form demands it."""


@dataclass(frozen=True, slots=True, repr=False)
class Drawn:
    """A document on the drawing board: its template and its name, with the facts of its matter. Holds personal data."""

    order: PaperOrder
    template: PaperTemplate
    name: str
    facts: Mapping[str, Fact]

    def sheet(self, *, preview: bool = False, number: str = "") -> Sheet:
        """Return the finished sheet; raises ``PaperRefused`` with everything that is missing, unless it is a preview."""
        facts = {**self.facts, **({"number": number} if number else {})}
        made = compose(self.template, self.name, facts, self.order.texts, preview=preview)
        if made.problems and not preview:
            raise refused(self.order.code, self.name, made.problems)
        return made.sheet

    def unshown(self, error: NoGlyph) -> PaperProblem:
        """Return what to tell of a character that no font at hand shows: which, and in which field."""
        where = fields_with(self.template, self.facts, self.order.texts, error.character)
        places = "、".join(f"“{one}”" for one in where) or "文书"
        told = f"{places}中的字符{character_words(error.character)}没有可用的字形。"
        return PaperProblem("", "NO_GLYPH", told, "请核对这个字；确属生僻字的，请系统管理员补充字体后再制作。")


def template_of(procedure: Procedure, code: str, category: str) -> PaperTemplate:
    """Return the template of a document; raises ``NotFound`` for a document that the procedure does not have."""
    found = load_papers().find(code, procedure.kind, category) if code in procedure.documents else None
    if found is None:
        raise NotFound("文书种类")
    return found


# 003-31(1), L2: whoever makes a document reads who the party is; that is recorded with this purpose before it is used.
async def party_facts(ctx: Context, matter: Matter, matter_id: int, *, identity: bool) -> dict[str, str]:
    """Return what documents say of the party of a matter, opened for making a document."""
    party_id = id_of(matter.party)
    if party_id is None:
        return {} if matter.party in ("", matter.id) else {"party_name": matter.party}
    wanted = (*NAMED, "number") if identity else NAMED
    opened = await parties.reveal(ctx, party_id, "document", matter_id, wanted)
    found = {f"party_{name}": value for name, value in opened.values.items() if value}
    if identity:
        found["party_document"] = DOCUMENT_NAMES[opened.document]
    return found | {"party_kind": KIND_NAMES[opened.kind]}


def head_facts(ctx: Context, head: HeldLetterhead, number: str) -> dict[str, str]:
    """Return what documents say of the organ, and where the matter can be looked up."""
    site = ctx.press.site
    given = head.head
    return {
        "organ": head.organ,
        "government": head.government,
        "organ_address": given.address,
        "organ_phone": given.phone,
        "court": given.court,
        "bank_name": given.bank_name,
        "bank_account": given.bank_account,
        "status_url": status_url(site, number),
        "status_site": urlsplit(site).netloc,
    }


def status_url(site: str, number: str) -> str:
    """Return the address under which a matter can be looked up: with its number, never with its code."""
    return f"{site}/status?number={quote(number)}"


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything of a matter that documents are drafted from."""

    matter: Matter
    matter_id: int
    book: Rulebook
    title: str
    category: str
    head: HeldLetterhead
    act: Act | None = None

    def facts(self, ctx: Context, party: Mapping[str, str]) -> dict[str, Fact]:
        """Return the facts, with what is known of the party."""
        scene = Scene(
            matter=self.matter,
            book=self.book,
            profile=ctx.profile,
            deadlines=deadlines(self.matter, self.book),
            title=self.title,
            now=ctx.now,
            head=head_facts(ctx, self.head, self.matter.id),
            party=party,
            act=self.act,
        )
        return facts_of(scene)

    def during(self, act: Act | None) -> "Desk":
        """Return the same while an act is done that brings the document."""
        return replace(self, act=act)

    def draw(self, ctx: Context, order: PaperOrder, party: Mapping[str, str]) -> Drawn:
        """Return a document on the drawing board; raises ``NotFound`` for a kind that there is not."""
        template = template_of(self.book.procedure, order.code, self.category)
        facts = self.facts(ctx, party)
        if "party_name" not in facts and (said := order.texts.get(PARTY_NAME, "").strip()):
            facts["party_name"] = said
        return Drawn(order, template, self.book.procedure.documents[order.code].name, facts)


def series_of(desk: Desk, template: PaperTemplate, now: datetime) -> str:
    """Return the series of a document's number: body, word of the kind, civil year; empty if it has no number."""
    year = now.astimezone(LOCAL).year
    return f"paper:{desk.head.body}:{template.word}:{year}" if template.word else ""


def numbered(desk: Desk, template: PaperTemplate, now: datetime, number: int | None) -> str:
    """Return the number of a document in words; without a number the place for it."""
    if not template.word:
        return ""
    return number_words(f"{desk.head.head.word}{template.word}", now.astimezone(LOCAL).year, number)


def check_code(ctx: Context, drawn: Drawn, number: str, code_hash: Any) -> None:
    """A look-up code that is printed must be the one that finds the matter; raises ``PaperRefused``."""
    given = drawn.order.texts.get("receipt_code", "").strip()
    if drawn.template.qr and given and hash_of(ctx, number, given) != bytes(code_hash or b""):
        problem = PaperProblem("receipt_code", "WRONG_CODE", "查询码与办件编号不符。", "请对照收件凭证核对，或者留空。")
        raise refused(drawn.order.code, drawn.name, (problem,))
