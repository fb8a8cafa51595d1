"""Other bodies by name: whom a matter can be handed to, who is asked to assist or handles it jointly (R14, R17)."""

from collections.abc import Sequence
from typing import Final

from resolvers.context import Context

MOST: Final = 2_000
IN_FORCE: Final = """
SELECT b.code, b.name FROM body b JOIN government g ON g.id = b.government_id
WHERE b.valid @> $2::date ORDER BY b.government_id <> $1, g.division_code, b.name_key, b.id LIMIT $3
"""
NAMED: Final = "SELECT code, name FROM body WHERE code = ANY($1::text[])"


async def neighbours(ctx: Context, government_id: int, *without: str) -> tuple[tuple[str, str], ...]:
    """Return the bodies in force today with their names, those of the government first; bodies are public."""
    rows = await ctx.db.reads.fetch(IN_FORCE, government_id, ctx.today, MOST)
    return tuple((row["code"], f"{row['name']}（{row['code']}）") for row in rows if row["code"] not in without)


async def body_names(ctx: Context, codes: Sequence[str]) -> dict[str, str]:
    """Return the names of bodies by code; one that nobody knows is left out."""
    rows = await ctx.db.reads.fetch(NAMED, list(dict.fromkeys(codes)))
    return {row["code"]: row["name"] for row in rows}
