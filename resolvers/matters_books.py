"""Rulebooks: what a matter is judged by, brought together from the library, the register and the calendar (R1).

Versions are immutable, so what was read once is kept in memory. Before the acceptance the newest version counts, from
it on the one that was in force then (003-29).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final

import asyncpg

from domain.calendar import Calendar
from domain.engine.matter import Matter
from domain.engine.rulebook import Certificate, FeeStandard, Rulebook
from domain.flows import Flow
from domain.powers import Chart, PowerContent
from domain.procedure_building import procedure_of
from domain.procedure_files import ProcedureError, load_procedures
from domain.procedures import Procedure
from domain.profiles import load_profiles
from domain.values import canonical_json, digest, document
from resolvers.calendar import load_calendar
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.matters_refusals import NotRunnable
from resolvers.reading.fetching import ReadConnection

ITEM: Final = """
SELECT v.id, v.no, i.government_id, v.content::text AS content
FROM power_item i JOIN power_period p ON p.item_id = i.id JOIN power_version v ON v.id = p.version_id
WHERE i.code = $1 AND upper_inf(p.recorded) AND p.valid @> $2::date AND ($3 = '' OR v.body_code = $3)
ORDER BY v.id DESC LIMIT 1
"""
VERSION: Final = """
SELECT v.id, v.no, i.government_id, v.content::text AS content
FROM power_version v JOIN power_item i ON i.id = v.item_id WHERE v.id = $1
"""
CHART: Final = """
SELECT content::text FROM chart_version WHERE government_id = $1 AND code = $2 ORDER BY no DESC LIMIT 1
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
FROM account a LEFT JOIN certificate c ON c.officer = a.id WHERE a.id::text = ANY($1::text[]) ORDER BY c.id
"""
AMOUNT: Final = re.compile(r"(\d{1,9}(?:\.\d{1,2})?)\s*元")
FEES: Final = "003-13(1)"
# R16: whoever acted in the matter that was rated, in whichever way.
ACTED: Final = """
SELECT DISTINCT e.actor_id::text AS officer FROM matter m JOIN event e ON e.stream = 'matter:' || m.id::text
WHERE m.number = $1 AND e.actor_id IS NOT NULL
"""
REVIEW: Final = "rating_review"
KEPT: Final = 2_000
GENERAL: Final = "case"
SUMMARY: Final = "penalty-summary"
JOINT: Final = "licence-joint"


@dataclass(frozen=True, slots=True)
class ItemVersion:
    """A version of an item as the library holds it."""

    id: int
    no: int
    government_id: int
    content: PowerContent


@dataclass(frozen=True, slots=True)
class Basis:
    """What a matter runs by: its procedure with the id it is kept under, and the item's version if it has an item."""

    procedure_id: int
    procedure: Procedure
    item: ItemVersion | None = None


class _Kept:
    """Immutable things read once, by database and id; the oldest go when there are too many."""

    def __init__(self) -> None:
        self.procedures: dict[tuple[str, int], Procedure] = {}
        self.items: dict[tuple[str, int], ItemVersion] = {}

    def room(self) -> None:
        for kept in (self.procedures, self.items):
            while len(kept) > KEPT:
                kept.pop(next(iter(kept)))


_KEPT: Final = _Kept()


@cache
def templates(profile: str) -> Mapping[str, Procedure]:
    """Return the procedures shipped with the program, with the numbers of a profile."""
    return load_procedures(load_profiles()[profile])


async def item_in_force(ctx: Context, code: str, body: str = "", day: date | None = None) -> ItemVersion | None:
    """Return the version of an item that is in force on a day (today), or None."""
    row = await ctx.db.reads.fetchrow(ITEM, code, day or ctx.today, body)
    return None if row is None else _item(ctx, row)


async def item_version(ctx: Context, version_id: int) -> ItemVersion:
    """Return one version of an item; raises ``NotFound``."""
    found = _KEPT.items.get((ctx.db.url, version_id))
    if found is not None:
        return found
    row = await ctx.db.reads.fetchrow(VERSION, version_id)
    if row is None:
        raise NotFound("事项版本")
    return _item(ctx, row)


def _item(ctx: Context, row: asyncpg.Record) -> ItemVersion:
    key = (ctx.db.url, int(row["id"]))
    if key not in _KEPT.items:
        content = PowerContent.model_validate_json(row["content"])
        _KEPT.items[key] = ItemVersion(row["id"], row["no"], row["government_id"], content)
        _KEPT.room()
    return _KEPT.items[key]


async def procedure(ctx: Context, procedure_id: int) -> Procedure:
    """Return a procedure by the id it is kept under; raises ``NotFound``."""
    key = (ctx.db.url, procedure_id)
    if key not in _KEPT.procedures:
        text = await ctx.db.reads.fetchval(PROCEDURE, procedure_id)
        if text is None:
            raise NotFound("办理流程")
        _KEPT.procedures[key] = Procedure.model_validate_json(text)
        _KEPT.room()
    return _KEPT.procedures[key]


async def keep_procedure(connection: ReadConnection, wanted: Procedure, now: datetime) -> int:
    """Return the id under which a procedure is kept; one that was never used before is kept from now on."""
    key = (wanted.id, wanted.version, digest(wanted))
    found = await connection.fetchval(FIND_PROCEDURE, *key)
    if found is None:
        text = canonical_json(document(wanted)).decode()
        found = await connection.fetchval(ADD_PROCEDURE, *key, text, now)
    if found is None:
        found = await connection.fetchval(FIND_PROCEDURE, *key)
    return int(found)


# 003-29: every item has its own internal flow; the template of its category says what the law asks of it.
async def procedure_for(ctx: Context, item: ItemVersion, chosen: str = "", *, joint: bool = False) -> Procedure:
    """Return the procedure of an item's version; raises ``NotRunnable`` for a procedure that does not fit the item."""
    known = templates(ctx.profile.id)
    template = known.get(chosen or _template(known, item.content.category, joint=joint))
    fitting = {_template(known, item.content.category), SUMMARY, JOINT, GENERAL}
    if template is None or template.id not in fitting or not _fits(known, template, item.content.category):
        raise NotRunnable(f"“{item.content.name}”不能按“{chosen}”办理。", "请选择该事项适用的流程。")
    flow = None if chosen or joint else await _flow(ctx, item)
    return template if flow is None else _built(template, flow, item.content, item.no)


def _template(known: Mapping[str, Procedure], category: str, *, joint: bool = False) -> str:
    if joint and JOINT in known:
        return JOINT
    return next((one.id for one in known.values() if category in one.categories), GENERAL)


def _fits(known: Mapping[str, Procedure], template: Procedure, category: str) -> bool:
    """A penalty is no case, and a case no penalty, whoever chooses."""
    return template.kind == known[_template(known, category)].kind


async def _flow(ctx: Context, item: ItemVersion) -> Flow | None:
    if item.content.internal_flow is not None or not item.content.internal_chart:
        return item.content.internal_flow
    text = await ctx.db.reads.fetchval(CHART, item.government_id, item.content.internal_chart)
    return None if text is None else Chart.model_validate_json(text).flow


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
async def calendar_for(ctx: Context, matter: Matter) -> Calendar:
    """Return the calendar that a matter is counted by."""
    return await load_calendar(ctx, None, matter.pins.calendar if matter.pins else None)


def officers_of(matter: Matter, *more: str) -> list[str]:
    """Return the ids of everybody whom a judgement of the matter may name or ask for a certificate."""
    doers = (doer for visit in matter.visits for doer in (*visit.doers, visit.assignee))
    others = (*(one.by for one in matter.pauses), *(one.by for one in matter.extensions))
    return [one for one in dict.fromkeys((*doers, *others, *more)) if one]


async def register_of(
    connection: ReadConnection | asyncpg.Pool, officers: Sequence[str]
) -> tuple[tuple[Certificate, ...], dict[str, str]]:
    """Return the certificates and the names of officials, by one statement."""
    rows = await connection.fetch(OFFICERS, list(officers)) if officers else []
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
        fees=fees_of(item.content) if item else (),
        certificates=certificates,
        known=names or {},
        barred=barred,
    )


# 003-13(1): the standard is published in words; what begins with an amount can be held against what is charged.
def fees_of(content: PowerContent) -> tuple[FeeStandard, ...]:
    """Return the standards of an item's fees whose words name an amount in yuan."""
    found = ((fee.name, AMOUNT.search(fee.standard)) for fee in content.fees)
    return tuple(FeeStandard(name=name, most=Decimal(said[1]), clause=FEES) for name, said in found if said)
