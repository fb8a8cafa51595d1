"""What an evaluation needs to know of the library: the government, its bodies, its items on a day, codes ever used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from domain.body_names import BodyNames, GovernmentNames, KnownBody
from domain.fates import Held, identity
from domain.profiles import Profile
from resolvers.errors import InvalidInput

GOVERNMENT = """
SELECT id, division_code, name, short_name, level FROM government
WHERE division_code = $1 AND valid @> $2::date
"""
GOVERNMENT_BY_ID = "SELECT id, division_code, name, short_name, level FROM government WHERE id = $1"
BODIES = """
SELECT code, number, name, short_name, aliases FROM body WHERE government_id = $1 AND valid @> $2::date ORDER BY code
"""
NUMBERS = "SELECT number FROM body WHERE government_id = $1"
# An item that has no version on the day is told by version 0; a change that is already recorded for later by `later`.
HELD = """
SELECT i.id, coalesce(v.id, 0) AS version_id, i.scheme, i.code, coalesce(v.digest, ''::bytea) AS digest,
  coalesce(v.body_code, '') AS body, coalesce(v.category, '') AS category, coalesce(v.name, '') AS name,
  coalesce(v.sub_item, '') AS sub_item, coalesce(v.level, '') AS level,
  coalesce(v.content ->> 'handling_unit', '') AS handling_unit, coalesce(v.content ->> 'authority', '') AS authority,
  EXISTS (SELECT FROM power_period q WHERE q.item_id = i.id AND upper_inf(q.recorded) AND lower(q.valid) > $2) AS later
FROM power_item i
LEFT JOIN power_period p ON p.item_id = i.id AND upper_inf(p.recorded) AND p.valid @> $2::date
LEFT JOIN power_version v ON v.id = p.version_id
WHERE i.government_id = $1 ORDER BY i.id
"""
CONTENTS = "SELECT id, content::text AS content FROM power_version WHERE id = ANY($1::bigint[])"
FETCH_ROWS = 2000


@dataclass(frozen=True, slots=True)
class GovernmentFacts:
    """The government whose list it is."""

    id: int
    division_code: str
    name: str
    short_name: str
    level: str

    @property
    def names(self) -> GovernmentNames:
        """What it is called."""
        return GovernmentNames(self.name, self.short_name, self.level)


async def government_of(connection: asyncpg.Connection, division_code: str, day: date) -> GovernmentFacts:
    """Return the government with a division code on a day; raises ``InvalidInput`` when there is none."""
    row = await connection.fetchrow(GOVERNMENT, division_code, day)
    if row is None:
        raise InvalidInput(
            f"库中没有行政区划代码为“{division_code}”的政府（{day:%Y-%m-%d}）。",
            "请核对 6 位行政区划代码，或先登记这一级政府。",
        )
    return GovernmentFacts(**row)


async def government_by_id(connection: asyncpg.Connection, government_id: int) -> GovernmentFacts:
    """Return a government that is known to exist."""
    (row,) = await connection.fetch(GOVERNMENT_BY_ID, government_id)
    return GovernmentFacts(**row)


async def revision_of(connection: asyncpg.Connection) -> int:
    """Return the library's revision as this transaction sees it."""
    return int(await connection.fetchval("SELECT revision FROM library_head WHERE id = 1"))


async def body_names(
    connection: asyncpg.Connection, government: GovernmentFacts, profile: Profile, day: date
) -> BodyNames:
    """Return the government's bodies by their names on a day."""
    rows = await connection.fetch(BODIES, government.id, day)
    known = [KnownBody(row["code"], row["number"], (row["name"], row["short_name"], *row["aliases"])) for row in rows]
    return BodyNames(government.names, profile.levels, known)


async def numbers_used(connection: asyncpg.Connection, government_id: int) -> frozenset[str]:
    """Return all body numbers that were ever given in a government."""
    return frozenset(row["number"] for row in await connection.fetch(NUMBERS, government_id))


async def held_items(connection: asyncpg.Connection, government: GovernmentFacts, day: date) -> list[Held]:
    """Return every item of a government as held on a day; texts are reduced to hashes while they are read.

    Call it inside a transaction: the rows come through a server-side cursor.
    """
    return [
        Held(
            row["id"],
            row["version_id"],
            row["scheme"],
            row["code"],
            bytes(row["digest"]),
            identity(dict(row), row["body"], government.level),
            row["later"],
        )
        async for row in connection.cursor(HELD, government.id, day, prefetch=FETCH_ROWS)
    ]


async def contents(connection: asyncpg.Connection, version_ids: Sequence[int]) -> dict[int, str]:
    """Return the documents of versions as JSON text, by version."""
    return {row["id"]: row["content"] for row in await connection.fetch(CONTENTS, list(version_ids))}
