"""Rulebooks: what a matter is judged by, brought together from the library, the register and the calendar (R1).

Versions are immutable, so what was read once is kept in memory. Before the acceptance the newest version counts, from
it on the one that was in force then (003-29).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from typing import Any, Final, cast
from uuid import UUID

import asyncpg

from domain.calendar import Calendar
from domain.engine.matter import Matter
from domain.engine.rulebook import Certificate, FeeStandard, ItemDigests, Rulebook, digests_of
from domain.flows import Flow
from domain.powers import Chart, PowerContent
from domain.procedure_building import procedure_of
from domain.procedure_files import ProcedureError, load_procedures
from domain.procedures import Procedure
from domain.profiles import load_profiles
from domain.values import canonical_json, document
from resolvers.calendar import load_calendar
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.matters_refusals import NotRunnable
from resolvers.reading.fetching import ReadConnection, rows_of
from resolvers.shelf import Kept

ITEM: Final = """
SELECT h.revision, found.* FROM public_head h LEFT JOIN LATERAL (
  SELECT v.id, v.no, i.government_id, v.content::text AS content
  FROM power_item i JOIN power_period p ON p.item_id = i.id JOIN power_version v ON v.id = p.version_id
  WHERE i.code = $1 AND upper_inf(p.recorded) AND p.valid @> $2::date AND ($3 = '' OR v.body_code = $3)
  ORDER BY v.id DESC LIMIT 1
) found ON true WHERE h.id = 1
"""
VERSION: Final = """
SELECT v.id, v.no, i.government_id, v.content::text AS content
FROM power_version v JOIN power_item i ON i.id = v.item_id WHERE v.id = $1
"""
CHART: Final = """
SELECT h.revision, (SELECT c.content::text FROM chart_version c WHERE c.government_id = $1 AND c.code = $2
  ORDER BY c.no DESC LIMIT 1) AS content
FROM public_head h WHERE h.id = 1
"""
PROCEDURE: Final = "SELECT document::text FROM procedure_version WHERE id = $1"
FIND_PROCEDURE: Final = "SELECT id FROM procedure_version WHERE code = $1 AND version = $2 AND digest = $3"
ADD_PROCEDURE: Final = """
INSERT INTO procedure_version (code, version, digest, document, recorded_at)
VALUES ($1, $2, $3, $4::text::jsonb, $5) ON CONFLICT DO NOTHING RETURNING id
"""
OFFICERS: Final = """
SELECT a.id::text AS officer, a.name, c.number, c.body_code, c.fields, c.valid_from, c.valid_until, c.ended_on,
  c.aide, c.legal_qualification
FROM account a LEFT JOIN certificate c ON c.officer = a.id WHERE a.id = ANY($1::uuid[]) ORDER BY c.id
"""
ACCOUNT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
AMOUNT: Final = re.compile(r"(\d{1,9}(?:\.\d{1,2})?)\s*元")
FEES: Final = "003-13(1)"
# R16: whoever acted in the matter that was rated, in whichever way.
ACTED: Final = """
SELECT DISTINCT e.actor_id::text AS officer FROM matter m JOIN event e ON e.stream = 'matter:' || m.id::text
WHERE m.number = $1 AND e.actor_id IS NOT NULL
"""
REVIEW: Final = "rating_review"
GENERAL: Final = "case"
SUMMARY: Final = "penalty-summary"
JOINT: Final = "licence-joint"


@dataclass(frozen=True)
class ItemVersion:
    """A version of an item as the library holds it, with what every act upon it asks for."""

    id: int
    no: int
    government_id: int
    content: PowerContent

    @cached_property
    def fees(self) -> tuple[FeeStandard, ...]:
        """The standards of its fees that can be held against what is charged."""
        return fees_of(self.content)

    @cached_property
    def digests(self) -> ItemDigests:
        """What a matter that is accepted under it is bound to."""
        return digests_of(self.content, self.fees)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a matter runs by: its procedure with the id it is kept under, and the item's version if it has an item."""

    procedure_id: int
    procedure: Procedure
    item: ItemVersion | None = None


@cache
def templates(profile: str) -> Mapping[str, Procedure]:
    """Return the procedures shipped with the program, with the numbers of a profile."""
    return load_procedures(load_profiles()[profile])


async def kept_now(ctx: Context) -> Kept:
    """Return the shelf of the public revision of this moment, for whoever stands in no transaction (yet)."""
    return ctx.db.shelf.of(await ctx.db.publicity.revision())


async def item_in_force(ctx: Context, kept: Kept, code: str, body: str = "") -> ItemVersion | None:
    """Return the version of an item that is in force today, or None; raises ``Moved``."""

    async def read() -> tuple[int, ItemVersion | None]:
        (row,) = await ctx.db.reads.fetch(ITEM, code, ctx.today, body)
        return row["revision"], None if row["id"] is None else _item(ctx, row)

    return await kept.get(("item", code, ctx.today, body), read)


async def item_version(ctx: Context, version_id: int) -> ItemVersion:
    """Return one version of an item; raises ``NotFound``."""
    found = ctx.db.shelf.forever.get(("item", version_id))
    if found is None:
        row = await ctx.db.reads.fetchrow(VERSION, version_id)
        if row is None:
            raise NotFound("事项版本")
        found = _item(ctx, row)
    return cast(ItemVersion, found)


def _item(ctx: Context, row: asyncpg.Record) -> ItemVersion:
    key = ("item", int(row["id"]))
    known = ctx.db.shelf.forever.get(key)
    if known is not None:
        return cast(ItemVersion, known)
    content = PowerContent.model_validate_json(row["content"])
    return ctx.db.shelf.keep(key, ItemVersion(row["id"], row["no"], row["government_id"], content))


async def procedure(ctx: Context, procedure_id: int) -> Procedure:
    """Return a procedure by the id it is kept under; raises ``NotFound``."""
    key = ("procedure", procedure_id)
    found = ctx.db.shelf.forever.get(key)
    if found is None:
        text = await ctx.db.reads.fetchval(PROCEDURE, procedure_id)
        if text is None:
            raise NotFound("办理流程")
        found = ctx.db.shelf.keep(key, Procedure.model_validate_json(text))
    return cast(Procedure, found)


async def keep_procedure(ctx: Context, connection: ReadConnection, wanted: Procedure) -> int:
    """Return the id under which a procedure is kept; one that was never used before is kept from now on."""
    key = (wanted.id, wanted.version, bytes.fromhex(wanted.digest))
    known = ctx.db.shelf.forever.get(key)
    if known is not None:
        return int(known)
    # What is not committed yet may never be: only what others see already is remembered.
    found = await ctx.db.reads.fetchval(FIND_PROCEDURE, *key)
    if found is not None:
        return int(ctx.db.shelf.keep(key, found))
    text = canonical_json(document(wanted)).decode()
    found = await connection.fetchval(ADD_PROCEDURE, *key, text, ctx.now)
    return int(found if found is not None else await connection.fetchval(FIND_PROCEDURE, *key))


# 003-29: every item has its own internal flow; the template of its category says what the law asks of it.
async def procedure_for(
    ctx: Context, kept: Kept, item: ItemVersion, chosen: str = "", *, joint: bool = False
) -> Procedure:
    """Return the procedure of an item's version; raises ``NotRunnable`` for one that does not fit the item, ``Moved``."""
    known = templates(ctx.profile.id)
    template = known.get(chosen or _template(known, item.content.category, joint=joint))
    fitting = {_template(known, item.content.category), SUMMARY, JOINT, GENERAL}
    if template is None or template.id not in fitting or not _fits(known, template, item.content.category):
        raise NotRunnable(f"“{item.content.name}”不能按“{chosen}”办理。", "请选择该事项适用的流程。")
    if chosen or joint:
        return template
    key = ("procedure", item.id, template.id, ctx.profile.id)
    if key not in kept.things:
        flow = await _flow(ctx, kept, item)
        kept.things[key] = template if flow is None else _built(template, flow, item.content, item.no)
    return cast(Procedure, kept.things[key])


def general(profile: str, ran_by: Procedure, category: str) -> Procedure:
    """Return the procedure of the kind by which a matter goes on where there is no item for it."""
    known = templates(profile)
    return known.get(ran_by.id) or known[_template(known, category)]


def _template(known: Mapping[str, Procedure], category: str, *, joint: bool = False) -> str:
    if joint and JOINT in known:
        return JOINT
    return next((one.id for one in known.values() if category in one.categories), GENERAL)


def _fits(known: Mapping[str, Procedure], template: Procedure, category: str) -> bool:
    """A penalty is no case, and a case no penalty, whoever chooses."""
    return template.kind == known[_template(known, category)].kind


async def _flow(ctx: Context, kept: Kept, item: ItemVersion) -> Flow | None:
    code = item.content.internal_chart
    if item.content.internal_flow is not None or not code:
        return item.content.internal_flow

    async def read() -> tuple[int, Flow | None]:
        (row,) = await ctx.db.reads.fetch(CHART, item.government_id, code)
        text = row["content"]
        return row["revision"], None if text is None else Chart.model_validate_json(text).flow

    return await kept.get(("chart", item.government_id, code), read)


def _built(template: Procedure, flow: Flow, item: PowerContent, no: int) -> Procedure:
    try:
        return _build(
            canonical_json(document(template)), canonical_json(document(flow)), canonical_json(document(item)), no
        )
    except ProcedureError:
        # A published flow that cannot be run: the law's own general procedure of the category stands in for it.
        return template


@lru_cache(maxsize=500)
def _build(template: bytes, flow: bytes, item: bytes, no: int) -> Procedure:
    return procedure_of(
        Procedure.model_validate_json(template),
        Flow.model_validate_json(flow),
        PowerContent.model_validate_json(item),
        no,
    )


# R1: official calendar years that were known at the acceptance stay; a provisional year gives way to its notice.
async def calendar_for(ctx: Context, matter: Matter, kept: Kept | None = None) -> Calendar:
    """Return the calendar that a matter is counted by; with ``kept`` also raises ``Moved``."""
    return await load_calendar(ctx, None, matter.pins.calendar if matter.pins else None, kept)


def officers_of(matter: Matter, *more: str) -> list[str]:
    """Return the ids of everybody whom a judgement of the matter may name or ask for a certificate."""
    doers = (doer for visit in matter.visits for doer in (*visit.doers, visit.assignee))
    others = (*(one.by for one in matter.pauses), *(one.by for one in matter.extensions))
    return [one for one in dict.fromkeys((*doers, *others, *more)) if one]


async def register_of(
    connection: ReadConnection | asyncpg.Pool, officers: Sequence[str]
) -> tuple[tuple[Certificate, ...], dict[str, str]]:
    """Return the certificates and the names of officials, by one statement."""
    accounts = accounts_of(officers)
    return registered(rows_of(await connection.fetch(OFFICERS, accounts)) if accounts else [])


def accounts_of(doers: Iterable[str]) -> list[UUID]:
    """Return those doers that are accounts; parties and time itself are none."""
    return [UUID(one) for one in doers if ACCOUNT.fullmatch(one)]


def registered(rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[Certificate, ...], dict[str, str]]:
    """Return rows of the register as certificates, and the names by account."""
    certificates = tuple(
        Certificate(
            officer=row["officer"],
            number=row["number"],
            body=row["body_code"],
            fields=tuple(row["fields"]),
            valid_from=row["valid_from"],
            valid_until=row["valid_until"],
            ended=row["ended_on"],
            aide=row["aide"],
            legal_qualification=row["legal_qualification"],
        )
        for row in rows
        if row["number"] is not None
    )
    return certificates, {row["officer"]: row["name"] for row in rows}


async def barred_from(connection: ReadConnection | asyncpg.Pool, matter: Matter) -> frozenset[str]:
    """Return the officials who may not act in a matter, because it looks into what they did (R16)."""
    if matter.kind != REVIEW:
        return frozenset()
    return frozenset(row["officer"] for row in await connection.fetch(ACTED, matter.origin))


def rulebook(
    basis: Basis,
    calendar: Calendar,
    certificates: tuple[Certificate, ...] = (),
    names: Mapping[str, str] | None = None,
    barred: frozenset[str] = frozenset(),
) -> Rulebook:
    """Return the rulebook made of its parts."""
    item = basis.item
    return Rulebook(
        procedure=basis.procedure,
        calendar=calendar,
        item=item.content if item else None,
        item_version=item.no if item else 0,
        digests=item.digests if item else None,
        fees=item.fees if item else (),
        certificates=certificates,
        known=names or {},
        barred=barred,
    )


# 003-13(1): the standard is published in words; what begins with an amount can be held against what is charged.
def fees_of(content: PowerContent) -> tuple[FeeStandard, ...]:
    """Return the standards of an item's fees whose words name an amount in yuan."""
    found = ((fee.name, AMOUNT.search(fee.standard)) for fee in content.fees)
    return tuple(FeeStandard(name=name, most=Decimal(said[1]), clause=FEES) for name, said in found if said)
