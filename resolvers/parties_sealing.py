"""Sealing parties anew after the instance's secret or its suite has changed (key rotation).

Until it is done, what an earlier secret sealed opens as long as that secret is at hand, and numbers are found under
every key. Afterwards the earlier secret can be taken away.
"""

from typing import Final
from uuid import UUID

import asyncpg

from domain.access import Permission
from domain.identity_documents import number_key
from domain.parties import FIELDS
from resolvers import parties_store as store
from resolvers import record
from resolvers.context import Context, unit_of_work
from resolvers.permits import permit
from resolvers.sealing import Provider, provider_of

LEFT: Final = "SELECT count(*) FROM party_version WHERE key_id <> $1"
CHOSEN: Final = f"""
SELECT v.id, v.party_id, v.no, {store.SEALED} FROM party_version v
WHERE v.key_id <> $1 ORDER BY v.id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
ANEW: Final = f"""
UPDATE party_version SET key_id = $2, number_index = $3,
  {", ".join(f"{name}_sealed = ${4 + place}" for place, name in enumerate(FIELDS))} WHERE id = $1
"""
INDEX: Final = "UPDATE party SET number_index = $3 WHERE id = $1 AND no = $2"


async def left_to_reseal(ctx: Context) -> int:
    """Return how many versions are sealed with a key that is not the present one. Raises ``NotPermitted``."""
    permit(ctx, Permission.PARTY_RESEAL)
    count: int = await ctx.db.reads.fetchval(LEFT, provider_of(ctx.keys).key_id)
    return count


async def reseal(ctx: Context, most: int = 500) -> int:
    """Seal up to so many versions with the present key and return how many they were; 0 when all are.

    Raises ``NotPermitted``, and ``CannotOpen`` when the key that sealed one is not at hand: then nothing is changed.
    """
    if not await left_to_reseal(ctx):
        return 0
    provider = provider_of(ctx.keys)
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        rows = await connection.fetch(CHOSEN, provider.key_id, most)
        for row in rows:
            await _anew(connection, provider, row)
        told = {"key": provider.key_id, "versions": len(rows)}
        await record.append(uow, "party_sealing", "party.resealed", told)
        return len(rows)


async def _anew(connection: asyncpg.Connection, provider: Provider, row: asyncpg.Record) -> None:
    party_id: UUID = row["party_id"]
    where, sealed, number = store.place(party_id, row["no"]), [], ""
    for name in FIELDS:
        column = f"{name}_sealed"
        plain = store.opened(provider, party_id, row["no"], name, row[column])
        sealed.append(provider.seal(store.TABLE, column, where, plain.encode()) if plain else None)
        number = plain if name == "number" else number
    index = store.number_index(provider, number_key(number))
    await connection.execute(ANEW, row["id"], provider.key_id, index, *sealed)
    await connection.execute(INDEX, party_id, row["no"], index)
