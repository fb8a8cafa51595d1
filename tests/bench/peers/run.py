"""One run: build the peers' form, start everything, compare answers, measure, and write the report's section."""

import time

from resolvers.context import Context
from tests.bench.peers import cached, database_floor, pages, relational
from tests.bench.peers.asking import QUESTIONS, Keys, Name, Target
from tests.bench.peers.checking import same_answers
from tests.bench.peers.findings import Findings
from tests.bench.peers.installing import Absent
from tests.bench.peers.keys import draw
from tests.bench.peers.memory import after_documents, documents
from tests.bench.peers.report import written
from tests.bench.peers.rounds import DRAWN, Effort, measure, target
from tests.bench.peers.servers import DECODED, FLOOR, Ground, all_servers, best, floor_ask

TWO_QUESTIONS: tuple[Name, ...] = ("list", "item")
TWO_ROUNDS = 3


async def section(ctx: Context, ground: Ground, effort: Effort, machine: str) -> str:
    """Measure reads and return the section of the report; ``ctx`` may register documents, ``machine`` heads it."""
    started = time.monotonic()
    found = Findings()
    found.rows = await relational.build(ground.owner_url)
    keys = await draw(ground.owner_url)
    await _one_process(ground, keys, effort, found)
    await _two_processes(ground, keys, effort, found)
    await cached.registered(ctx)
    found.cached = await cached.measured(ground, keys, effort)
    found.pages, missing = await pages.measured(ground, keys, effort)
    found.missing += missing
    return written(found, machine, effort, time.monotonic() - started)


async def _one_process(ground: Ground, keys: Keys, effort: Effort, found: Findings) -> None:
    async with all_servers(ground) as servers:
        found.missing += servers.missing
        found.versions += servers.versions
        await same_answers(list(servers.peers.values()), keys)
        for name in QUESTIONS:
            targets = {peer.name: target(peer, name, keys) for peer in servers.peers.values()}
            if name == "list":
                asks = [floor_ask(name, key, "/decoded") for key in keys.drawn(name, DRAWN, 11)]
                targets[DECODED] = Target(servers.peers[FLOOR].port, asks)
            found.one[name] = await measure(targets, effort, effort.seconds)
        found.memory = {name: served.memory() for name, served in servers.served.items()}
        await _database(ground, found, effort)
        found.documents = effort.documents
        bodies = documents(effort.documents, keys.drawn("item", 500, 9))
        served = servers.served[best()]
        found.before, found.after, found.documents_refused = await after_documents(served, bodies)


async def _two_processes(ground: Ground, keys: Keys, effort: Effort, found: Findings) -> None:
    some = Effort(min(effort.rounds, TWO_ROUNDS), effort.seconds, effort.short, effort.warm, 0, effort.fetch)
    async with all_servers(ground, processes=2, most=False) as servers:
        for name in TWO_QUESTIONS:
            targets = {peer.name: target(peer, name, keys) for peer in servers.peers.values()}
            found.two[name] = await measure(targets, some, some.seconds)
        found.memory_two = {name: served.memory() for name, served in servers.served.items()}


async def _database(ground: Ground, found: Findings, effort: Effort) -> None:
    try:
        for name in TWO_QUESTIONS:
            found.database[name] = await database_floor.transactions(
                ground.application_url, name, found.rows["item"], effort.seconds, ground.folder
            )
    except Absent as error:
        found.missing.append(f"pgbench: {error}.")
