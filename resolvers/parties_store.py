"""Parties as they are kept: sealing a version for its row, opening it, and who may see which (R4, 003-31(1))."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID

import asyncpg

from domain.access import Permission, Target, allowed
from domain.identity_documents import DocumentKind, PartyKind
from domain.parties import FIELDS, REFERENCE, Party, PartyField
from domain.tables.parties import PartyVersion
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.sealing import Provider, provider_of

TABLE: Final = "party_version"
SEALED: Final = ", ".join(f"v.{name}_sealed" for name in FIELDS)
KEPT: Final = f"""
SELECT p.id, p.no, p.government_id, p.body_code, p.kind, v.document, {SEALED}
FROM party p JOIN party_version v ON v.party_id = p.id AND v.no = p.no
"""
BY_IDS: Final = f"{KEPT} WHERE p.id = ANY($1::uuid[])"
AS_ENTERED: Final = f"""
SELECT p.id, v.no, p.government_id, p.body_code, p.kind, v.document, {SEALED}
FROM party p JOIN party_version v ON v.party_id = p.id AND v.no = 1 WHERE p.id = $1
"""
# The present key's index and those of earlier keys, until everything is sealed anew.
BY_NUMBER: Final = f"""
{KEPT} WHERE p.number_index = ANY($1::bytea[]) AND ($2::text[] IS NULL OR p.body_code = ANY($2))
ORDER BY p.entered_at DESC, p.id LIMIT 100
"""
# A party is its body's; another body sees it through a matter that both work on, never because it wrote the reference.
# Without its first condition the index of those matters that name a party would not be taken.
BODIES_BESIDE: Final = """
SELECT party, array_agg(DISTINCT body) AS bodies FROM (
  SELECT m.party, unnest(m.bodies) AS body FROM matter m JOIN party p ON m.party = $2 || p.id::text
  WHERE m.party <> '' AND p.id = ANY($1::uuid[]) AND p.body_code = ANY(m.bodies)
) AS beside GROUP BY party
"""
OF_MATTER: Final = """
SELECT m.government_id, m.bodies FROM matter m JOIN party p ON m.party = $3 || p.id::text
WHERE m.id = $1 AND p.id = $2 AND p.body_code = ANY(m.bodies)
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A party as it is kept; nothing of it is in plain text."""

    id: UUID
    no: int
    government_id: int
    body: str
    kind: PartyKind
    document: DocumentKind
    sealed: Mapping[PartyField, bytes | None]

    def open(self, provider: Provider, fields: Sequence[PartyField] = FIELDS) -> dict[PartyField, str]:
        """Return fields in plain text; raises ``CannotOpen`` where one was put into another place."""
        return {name: opened(provider, self.id, self.no, name, self.sealed[name]) for name in fields}

    def party(self, provider: Provider) -> Party:
        """Return the whole party in plain text: for masking and comparing, never to be handed on unrecorded."""
        values: dict[str, Any] = {str(name): text for name, text in self.open(provider).items()}
        return Party(self.kind, self.document, **values)


def place(party_id: UUID, no: int) -> str:
    """Name the row of a version: what its fields are bound to."""
    return f"{party_id}/{no}"


def opened(provider: Provider, party_id: UUID, no: int, name: PartyField, sealed: bytes | None) -> str:
    """Return one field in plain text; an empty field is kept as nothing at all."""
    return "" if sealed is None else provider.open(TABLE, f"{name}_sealed", place(party_id, no), sealed).decode()


def sealed_fields(provider: Provider, party_id: UUID, no: int, party: Party) -> dict[str, Any]:
    """Return the sealed columns of a version: bytes, or None for a field that is empty."""
    where = place(party_id, no)
    made: dict[str, Any] = {}
    for name in FIELDS:
        text, column = party.value(name), f"{name}_sealed"
        made[column] = provider.seal(TABLE, column, where, text.encode()) if text else None
    return made


def version_of(ctx: Context, party_id: UUID, no: int, party: Party, ground: str = "") -> PartyVersion:
    """Return a version, sealed for its row."""
    provider = provider_of(ctx.keys)
    return PartyVersion(
        party_id=party_id,
        no=no,
        document=party.document,
        ground=ground,
        key_id=provider.key_id,
        number_index=number_index(provider, party.number),
        recorded_at=ctx.now,
        **sealed_fields(provider, party_id, no, party),
    )


# The key of the index is its own; the number is in its one form, whatever the kind of document.
def number_index(provider: Provider, number: str) -> bytes:
    """Return the blind index of a normalised number."""
    return provider.index("party", "number_index", number)


def number_indexes(provider: Provider, number: str) -> list[bytes]:
    """Return the blind indexes of a normalised number under every key at hand."""
    return list(provider.indexes("party", "number_index", number))


def held(row: asyncpg.Record) -> Held:
    """Return a row of ``KEPT`` as a value."""
    sealed = {name: row[f"{name}_sealed"] for name in FIELDS}
    kind, document = cast(PartyKind, row["kind"]), cast(DocumentKind, row["document"])
    return Held(row["id"], row["no"], row["government_id"], row["body_code"], kind, document, sealed)


def may(ctx: Context, permission: Permission, government: int, bodies: Sequence[str]) -> bool:
    """Say whether the actor has a permission about one of the bodies."""
    return any(allowed(ctx.actor, permission, Target(government, body)) for body in bodies)


async def readable(ctx: Context, ids: Sequence[UUID]) -> tuple[Held, ...]:
    """Return those of the parties that the actor may see masked; of the others there is nothing to tell."""
    found = [held(row) for row in await ctx.db.reads.fetch(BY_IDS, list(ids))]
    rows = await ctx.db.reads.fetch(BODIES_BESIDE, list(ids), REFERENCE)
    beside = {row["party"]: row["bodies"] for row in rows}
    return tuple(
        one
        for one in found
        if may(ctx, Permission.PARTY_READ, one.government_id, [one.body, *beside.get(f"{REFERENCE}{one.id}", ())])
    )


async def within_matter(
    ctx: Context, connection: asyncpg.Connection, permission: Permission, party_id: UUID, matter_id: int
) -> tuple[Held, list[str]]:
    """Return a party of a matter with the matter's bodies.

    Raises ``NotFound``: no such party, no such matter, not its party, not permitted.
    """
    matter = await connection.fetchrow(OF_MATTER, matter_id, party_id, REFERENCE)
    row = await connection.fetchrow(BY_IDS, [party_id])
    if matter is None or row is None or not may(ctx, permission, matter["government_id"], matter["bodies"]):
        raise NotFound("当事人")
    return held(row), matter["bodies"]
