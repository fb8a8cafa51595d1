"""What is asked for: codes drawn at random, and phrases out of names that between one and twenty items hold."""

import random
from typing import Final

import asyncpg

from resolvers.addresses import plain_url
from tests.bench import city
from tests.bench.peers import cases
from tests.bench.peers.asking import PAGE, Key, Keys

MOST: Final = 3000
PHRASES: Final = 300
LENGTHS: Final = (6, 7, 8, 9, 10)

CODES: Final = "SELECT code, id AS item_id FROM power_item ORDER BY hashint8(id) LIMIT $1"
NAMES: Final = "SELECT name FROM peer.item ORDER BY hashint8(id) LIMIT $1"
HITS: Final = "SELECT count(*) FROM (SELECT 1 FROM peer.search_items($1) LIMIT $2) found"


async def draw(owner_url: str) -> Keys:
    """Draw the keys; the same library gives the same ones.

    A phrase with at most a page of hits must give every server the same items, whatever its order of relevance.
    """
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        codes = tuple(Key(row["code"], row["item_id"]) for row in await connection.fetch(CODES, MOST))
        return Keys(
            {
                "list": codes,
                "item": codes,
                "search": await _phrases(connection),
                "case": await cases.keys(owner_url, MOST),
            }
        )
    finally:
        await connection.close()


async def _phrases(connection: asyncpg.Connection) -> tuple[Key, ...]:
    chance = random.Random(city.SEED)
    found: list[Key] = []
    for row in await connection.fetch(NAMES, MOST):
        name, length = row["name"], chance.choice(LENGTHS)
        if len(name) <= length + 1:
            continue
        start = chance.randrange(1, len(name) - length)
        phrase = name[start : start + length]
        # Brackets and stops are no part of a normal form; a phrase with them would be another question for each server.
        if phrase.isalnum() and 1 <= await connection.fetchval(HITS, phrase, PAGE + 1) <= PAGE:
            found.append(Key(phrase))
        if len(found) == PHRASES:
            break
    return tuple(found)
