"""Filling the projections that search and facets read, inside the transaction that records new versions."""

import json
from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from domain.search_text import Searchable, searchable, tokens
from resolvers.context import UnitOfWork

CHUNK: Final = 2000

CONTENTS: Final = """
SELECT v.id, v.content::text AS content, i.government_id, b.name AS body_name, b.short_name, b.aliases,
  ARRAY(SELECT DISTINCT p.law_id FROM power_basis p WHERE p.version_id = v.id) AS laws
FROM power_version v JOIN power_item i ON i.id = v.item_id LEFT JOIN body b ON b.code = v.body_code
WHERE v.id = ANY($1::bigint[])
"""
# An odd factor modulo 2^32 maps every item to its own place: an even order that has nothing to do with content.
ADD: Final = """
INSERT INTO power_search (version_id, item_id, government_id, scatter, length, code, body_code, category, status,
  level, code_key, name_key, sub_key, near_key, other_key, tokens)
SELECT v.id, v.item_id, n.government_id, (v.item_id * 2654435761 % 4294967296 - 2147483648)::int,
  char_length(n.name_key) + char_length(n.sub_key), v.code, v.body_code, v.category, v.status, v.level,
  n.code_key, n.name_key, n.sub_key, n.near_key, n.other_key, array_to_tsvector(string_to_array(n.tokens, ' '))
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
  AS n(version_id, government_id, code_key, name_key, sub_key, near_key, other_key, tokens)
JOIN power_version v ON v.id = n.version_id ON CONFLICT (version_id) DO NOTHING
"""
TOUCHED: Final = """
SELECT DISTINCT other.body_code FROM power_version new JOIN power_version other ON other.item_id = new.item_id
WHERE new.id = ANY($1::bigint[])
"""
COUNT_AGAIN: Final = """
INSERT INTO power_tally (government_id, body_code, category, status, level, valid, recorded, items)
SELECT s.government_id, s.body_code, s.category, s.status, s.level, p.valid, p.recorded, count(*)
FROM power_search s JOIN power_period p ON p.version_id = s.version_id
WHERE s.body_code = ANY($1::text[]) GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


async def index_versions(uow: UnitOfWork, versions: Sequence[int]) -> None:
    """Make new versions findable and count the library again where they touch it.

    Runs after their periods are recorded, in the same transaction.
    """
    if not versions:
        return
    connection = await uow.raw()
    if len(versions) > CHUNK:
        # Grams that fill their list during a load are merged in large portions; ends with the transaction.
        await connection.execute("SET LOCAL work_mem = '64MB'")
    ordered = sorted(versions)
    for start in range(0, len(ordered), CHUNK):
        await _add(connection, ordered[start : start + CHUNK])
    await connection.execute("SELECT power_search_merge()")
    await _count(connection, versions)


async def reindex(uow: UnitOfWork) -> int:
    """Make the projections anew from the library, such as after a release that changed the normal form.

    Returns how many versions there are. Searches go on with the old projections until the unit of work ends.
    """
    connection = await uow.raw()
    await connection.execute("SELECT 1 FROM library_head WHERE id = 1 FOR UPDATE")
    await connection.execute("DELETE FROM power_search")
    versions = [row["id"] for row in await connection.fetch("SELECT id FROM power_version ORDER BY id")]
    await index_versions(uow, versions)
    return len(versions)


async def _add(connection: asyncpg.Connection, versions: Sequence[int]) -> None:
    """Add one chunk of versions."""
    rows = [_search_row(row) for row in await connection.fetch(CONTENTS, list(versions))]
    await connection.execute(ADD, *(list(column) for column in zip(*rows, strict=True)))


def _search_row(row: Any) -> tuple[Any, ...]:
    """Return the columns of one search row."""
    content = json.loads(row["content"])
    names = (row["body_name"] or "", row["short_name"] or "", *(row["aliases"] or ()))
    text: Searchable = searchable(content, names)
    lexemes = tokens(text) | dimension_tokens(content, row["government_id"], row["laws"])
    found = " ".join(lexemes)
    return row["id"], row["government_id"], text.code, text.name, text.sub_item, text.near, text.other, found


def dimension_token(dimension: str, value: object) -> str:
    """Return the token for a value of a filter, so that one index answers words and filters together."""
    return f"@{dimension}:{value}".replace(" ", "_")


def dimension_tokens(content: dict[str, Any], government_id: int, laws: Sequence[int]) -> set[str]:
    """Return the tokens of all filters that an index search can use."""
    found = {dimension_token("government", government_id), *(dimension_token("law", law) for law in laws)}
    found.add(dimension_token("body", content.get("body", "")))
    found.add(dimension_token("category", content.get("category", "")))
    found.add(dimension_token("status", content.get("status", "in_use")))
    found.add(dimension_token("level", content.get("level", "")))
    return found


async def _count(connection: asyncpg.Connection, versions: Sequence[int]) -> None:
    """Count again what the bodies hold whose items these versions changed."""
    bodies = [row["body_code"] for row in await connection.fetch(TOUCHED, list(versions))]
    await connection.execute("DELETE FROM power_tally WHERE body_code = ANY($1::text[])", bodies)
    await connection.execute(COUNT_AGAIN, bodies)
