"""One run: build the peers' form, start everything, compare answers, measure, and write the report's section."""

import time
from dataclasses import replace
from typing import Final

from resolvers.context import Context
from tests.bench.peers import cached, cases, database_floor, pages, relational
from tests.bench.peers.asking import QUESTIONS, Keys, Target
from tests.bench.peers.checking import same_answers
from tests.bench.peers.findings import Findings
from tests.bench.peers.installing import Absent
from tests.bench.peers.keys import draw
from tests.bench.peers.memory import after_documents, documents
from tests.bench.peers.processes import Served
from tests.bench.peers.report import HOT_PAGES, written
from tests.bench.peers.rounds import DRAWN, Effort, measure, target
from tests.bench.peers.servers import DECODED, FLOOR, FRAGMENTS, ORDINARY, Ground, Servers, all_servers, best, floor_ask

TWO_ROUNDS: Final = 3


async def section(ctx: Context, ground: Ground, effort: Effort, machine: str, count: int) -> str:
    """Measure reads and return the section of the report; ``ctx`` may register documents, ``machine`` heads it.

    There are ``count`` cases.
    """
    started = time.monotonic()
    found = Findings()
    found.rows = await relational.build(ground.owner_url)
    found.rows["case"] = await cases.fill(ground.owner_url, count)
    ground = replace(ground, token=await cases.official(ctx))
    keys = await draw(ground.owner_url)
    await cached.registered(ctx)
    async with all_servers(ground) as servers:
        found.missing += servers.missing
        found.versions += servers.versions
        await same_answers(list(servers.peers.values()), keys)
        await _questions(ground, servers, keys, effort, found)
        await _database(ground, found, effort)
        own = servers.served[best()]
        found.cached = await cached.measured(ground, own, keys, effort)
        found.pages, missing = await pages.measured(ground, own, keys, effort)
        found.missing += missing
        await _memory(own, keys, effort, found)
    await _two_processes(ground, keys, effort, found)
    return written(found, machine, effort, time.monotonic() - started)


async def _questions(ground: Ground, servers: Servers, keys: Keys, effort: Effort, found: Findings) -> None:
    for name in QUESTIONS:
        targets = {peer.name: target(peer, name, keys) for peer in servers.peers.values()}
        if name == "list":
            asks = [floor_ask(name, key, "/decoded") for key in keys.drawn(name, DRAWN, 11)]
            targets[DECODED] = Target(servers.served[FLOOR], asks)
        found.one[name] = await measure(targets, effort, effort.seconds, ground.database)
    some = keys.few(HOT_PAGES)
    chosen = (peer for name, peer in servers.peers.items() if name != ORDINARY)
    targets = {peer.name: target(peer, "list", some) for peer in chosen}
    found.hot = await measure(targets, effort, effort.seconds, ground.database, filling=(FRAGMENTS,))
    found.memory = {name: served.memory() for name, served in servers.served.items()}


async def _memory(own: Served, keys: Keys, effort: Effort, found: Findings) -> None:
    bodies = documents(effort.documents, keys.drawn("item", 500, 9))
    found.documents = len(bodies)
    found.before, found.after, found.documents_refused = await after_documents(own, bodies)


async def _two_processes(ground: Ground, keys: Keys, effort: Effort, found: Findings) -> None:
    fewer = replace(effort, rounds=min(effort.rounds, TWO_ROUNDS))
    async with all_servers(ground, processes=2, most=False) as servers:
        for name in effort.further:
            targets = {peer.name: target(peer, name, keys) for peer in servers.peers.values()}
            found.two[name] = await measure(targets, fewer, fewer.seconds, ground.database)
        found.memory_two = {name: served.memory() for name, served in servers.served.items()}


async def _database(ground: Ground, found: Findings, effort: Effort) -> None:
    try:
        for name in effort.further:
            found.database[name] = await database_floor.transactions(
                ground.application_url, name, found.rows["item"], effort.seconds, ground.folder
            )
    except Absent as error:
        found.missing.append(f"pgbench: {error}.")
