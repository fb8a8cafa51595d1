"""The portal's listing page beside Datasette's table page of the same twenty rows."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg

from resolvers.addresses import plain_url
from resolvers.reading.cursors import encode
from resolvers.reading.fetching import cursor_scope
from resolvers.reading.library import POWER
from tests.bench.peers import installing, ours
from tests.bench.peers.asking import PAGE, Ask, Key, Keys, Target
from tests.bench.peers.checking import Different, ask_once
from tests.bench.peers.installing import Absent
from tests.bench.peers.processes import NotStarted, Served, free_port, running
from tests.bench.peers.rounds import DRAWN, Effort, Measured, fixed, measure
from tests.bench.peers.servers import Ground

KEPT: Final = "portal, one page again and again (kept)"
MADE: Final = "portal, pages at random, each made anew"
SAME: Final = "Datasette, one page again and again"
RANDOM: Final = "Datasette, pages at random"

QUICKER: Final = ("--setting", "suggest_facets", "off")

COLUMNS: Final = ("code", "name", "category", "status", "level", "body_name", "handling_unit", "place", "valid_from")
ROWS: Final = (
    "SELECT i.code, i.name, i.category, i.status, i.level, b.name, i.handling_unit, i.place, i.valid_from::text"
    " FROM peer.item i JOIN peer.body b ON b.code = i.body_code ORDER BY i.code"
)


async def write_sqlite(owner_url: str, file: Path) -> None:
    """Write the items of the library into an SQLite file, one row each, by code."""
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        rows = [tuple(row) for row in await connection.fetch(ROWS)]
    finally:
        await connection.close()
    with sqlite3.connect(file) as written:
        listed = ", ".join(f"{name} TEXT{' PRIMARY KEY' if name == 'code' else ''}" for name in COLUMNS)
        written.execute(f"CREATE TABLE item ({listed}) WITHOUT ROWID")
        written.executemany(f"INSERT INTO item VALUES ({', '.join('?' * len(COLUMNS))})", rows)
    written.close()


@asynccontextmanager
async def datasette(ground: Ground) -> AsyncIterator[Served]:
    """Run Datasette on the file, told that it never changes, and without suggesting facets: both make it faster.

    Raises ``Absent`` or ``NotStarted``.
    """
    program = await installing.datasette(fetch=ground.fetch)
    file, port = ground.folder / "bench.db", free_port()
    await write_sqlite(ground.owner_url, file)
    command = [str(program), "serve", "-i", str(file), "--host", "127.0.0.1", "--port", str(port), *QUICKER]
    async with running([command], port, ground.folder / "datasette.log") as served:
        yield served


def portal_path(key: Key) -> str:
    """Return the address of the page behind an item."""
    return f"/powers?after={quote(encode(cursor_scope(POWER, 'code'), [key.code, key.item_id]))}"


def datasette_path(key: Key) -> str:
    """Return the address of the same page of Datasette."""
    return f"/bench/item?_size={PAGE}&_next={quote(key.code)}"


async def same_rows(portal: Served, table: Served | None, keys: Keys) -> None:
    """Check that both pages show the same twenty items. Raises ``Different``."""
    for key in keys.drawn("list", 3, 5):
        paths = [(portal, portal_path(key)), *([(table, datasette_path(key))] if table else [])]
        shown = []
        for served, path in paths:
            status, _, body = await ask_once(served.port, Ask(path))
            codes = dict.fromkeys(re.findall(r"\b990\d{6}[A-Z]{2}\d{5}\b", body.decode()))
            codes.pop(key.code, None)
            shown.append(sorted(codes)[:PAGE])
            if status != 200 or not codes:
                raise Different(f"{path} answered {status} with {len(codes)} items")
        if any(one != shown[0] for one in shown):
            raise Different(f"the pages after {key.code} show other items: {shown}")


async def measured(ground: Ground, portal: Served, keys: Keys, effort: Effort) -> tuple[dict[str, Measured], list[str]]:
    """Measure our server and Datasette; returns what was measured and what is missing."""
    missing: list[str] = []
    urls = (ground.application_url, ground.redis_url)
    drawn = keys.drawn("list", DRAWN, 11)
    async with AsyncExitStack() as stack:
        targets = {KEPT: fixed(portal, "/powers")}
        bare = portal
        if ours.can_switch("bodies"):
            off = ours.switched_off("bodies")
            bare = await stack.enter_async_context(ours.serving(ground.folder, urls, off=off, name="portal-bare"))
        targets[MADE] = Target(bare, [Ask(portal_path(key)) for key in drawn])
        table = None
        try:
            table = await stack.enter_async_context(datasette(ground))
            targets[SAME] = fixed(table, f"/bench/item?_size={PAGE}")
            targets[RANDOM] = Target(table, [Ask(datasette_path(key)) for key in drawn])
        except (Absent, NotStarted) as error:
            missing.append(f"Datasette: {error}.")
        await same_rows(bare, table, keys)
        return await measure(targets, effort, effort.short, ground.database), missing
