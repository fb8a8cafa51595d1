"""The report's section on reads, in Markdown: figures, ratios, goals, and plainly what was missed."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Final

from tests.bench.measuring import number, table
from tests.bench.peers import cached, pages
from tests.bench.peers.asking import QUESTIONS, Name
from tests.bench.peers.findings import Findings
from tests.bench.peers.goals import goals
from tests.bench.peers.loading import CONNECTIONS, GENERATOR
from tests.bench.peers.rounds import Effort, Measured
from tests.bench.peers.servers import DECODED, FLOOR, POSTGRAPHILE, forms

HOT_PAGES: Final = 400
"""Different pages of lists that are asked for again and again; with twenty items each they fit into the fragments."""

LIBRARIES: Final = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "asyncpg")
COST: Final = "µs of CPU: server + PostgreSQL"
HEAD: Final = ("requests/s (times PostGraphile; times the floor)", "list of 20", "item", "search", "case by number")


def order() -> list[str]:
    """Return the servers in the order of the table."""
    own = list(forms())
    return [POSTGRAPHILE, *reversed(own), DECODED, FLOOR]


def rate_cell(found: Measured | None, peer: float | None, floor: float | None) -> str:
    """Return a rate with its ratios."""
    if found is None:
        return "–"
    ratios = [f"{found.rate / other:.2f}" if other else "–" for other in (peer, floor)]
    return f"{found.rate:,.0f} ({'; '.join(ratios)})"


def rates(title: str, found: Mapping[Name, Mapping[str, Measured]], names: Sequence[str]) -> str:
    """Return a table of rates by server and question."""
    rows: list[tuple[object, ...]] = []
    for server in names:
        cells = []
        for name in QUESTIONS:
            by_server = found.get(name, {})
            peer, floor = by_server.get(POSTGRAPHILE), by_server.get(FLOOR)
            cells.append(rate_cell(by_server.get(server), peer.rate if peer else None, floor.rate if floor else None))
        rows.append((server, *cells))
    return table(title, HEAD, rows)


def latencies(found: Findings) -> str:
    """Return the table of latencies and of what an answer weighs."""
    rows: list[tuple[object, ...]] = []
    for server in order():
        cells = []
        for name in QUESTIONS:
            one = found.one.get(name, {}).get(server)
            cells.append(f"{number(one.p50)} / {number(one.p99)} ({one.p99 / one.p50:.1f})" if one else "–")
        memory = found.memory.get(server)
        size = found.one["list"].get(server)
        rows.append((server, *cells, f"{size.size / 1000:.1f}" if size else "–", f"{memory:.0f}" if memory else "–"))
    head = (
        "p50 / p99 ms (p99 ÷ p50)",
        "list of 20",
        "item",
        "search",
        "case by number",
        "kB a list, with headers",
        "memory, MB",
    )
    return table("Reads: latencies and memory, one process", head, rows)


def computing(found: Findings) -> str:
    """Return the table of CPU: it tells where time goes, also on a machine that others use as well."""
    rows: list[tuple[object, ...]] = []
    for server in order():
        cells = []
        for name in QUESTIONS:
            one = found.one.get(name, {}).get(server)
            cells.append(f"{one.own:,.0f} + {one.database:,.0f}" if one else "–")
        rows.append((server, *cells))
    head = (COST, "list of 20", "item", "search", "case by number")
    return table("Reads: what a request costs", head, rows)


def floors(found: Findings) -> str:
    """Return what the database alone does with the floor's statements."""
    rows = [(name, f"{rate:,.0f}", number(found.one[name][FLOOR].rate / rate)) for name, rate in found.database.items()]
    head = ("pgbench on the floor's statement", "transactions/s", "the floor reaches of it")
    return table("Reads: the database alone", head, rows) if rows else ""


def hot(found: Findings) -> str:
    """Return the table of lists that are asked for again and again."""
    rows: list[tuple[object, ...]] = []
    peer, floor = found.hot.get(POSTGRAPHILE), found.hot.get(FLOOR)
    for server in order():
        if one := found.hot.get(server):
            cell = rate_cell(one, peer.rate if peer else None, floor.rate if floor else None)
            spread = f"{number(one.p50)} / {number(one.p99)} ({one.p99 / one.p50:.1f})"
            rows.append((server, cell, spread, f"{one.own:,.0f} + {one.database:,.0f}"))
    head = (HEAD[0], "list of 20", "p50 / p99 ms (p99 ÷ p50)", COST)
    return table(f"Reads: {HOT_PAGES} pages of the list again and again, one process", head, rows)


def together(found: Findings) -> str:
    """Return what the two processes of each server weigh."""
    weights = ", ".join(f"{name} {memory:.0f} MB" for name, memory in found.memory_two.items())
    return f"Memory of both processes: {weights}. Load, PostgreSQL and servers share the machine's cores.\n"


def kept(found: Findings) -> str:
    """Return the table of kept answers."""
    rows: list[tuple[object, ...]] = []
    for row in (cached.ANSWER, cached.UNCHANGED, cached.CONSTANT):
        cells: list[str] = []
        for name in found.cached:
            one = found.cached[name][row]
            cells.append(rate_cell(one, found.rate(name, POSTGRAPHILE), found.cached[name][cached.CONSTANT].rate))
            cells.append(f"{number(one.p50)} / {number(one.p99)}; {one.own:,.0f} + {one.database:,.0f}")
        rows.append((row, *cells))
    more = (part for name in found.cached for part in (name, f"p50 / p99 ms; {COST}"))
    head = ("requests/s (times PostGraphile's POST; times the floor)", *more)
    return table("Reads: registered documents over GET", head, rows)


def listing_pages(found: Findings) -> str:
    """Return the table of pages for people."""
    peers = {pages.KEPT: pages.SAME, pages.SAME: pages.SAME, pages.MADE: pages.RANDOM, pages.RANDOM: pages.RANDOM}
    rows: list[tuple[object, ...]] = []
    for name, one in found.pages.items():
        peer = found.pages.get(peers[name])
        times = f"{one.rate / peer.rate:.1f}" if peer else "–"
        latency, cost = f"{number(one.p50)} / {number(one.p99)}", f"{one.own:,.0f} + {one.database:,.0f}"
        rows.append((name, f"{one.rate:,.0f}", times, latency, cost, f"{one.size / 1000:.0f}"))
    head = ("the listing page of the same 20 rows", "pages/s", "times Datasette", "p50 / p99 ms", COST, "kB")
    return table("Reads: the portal's listing page", head, rows)


def written(found: Findings, machine: str, effort: Effort, seconds: float) -> str:
    """Return the section; ``machine`` says on what it was measured, line by line."""
    two = [POSTGRAPHILE, *[name for name in order() if name in found.two.get("list", {}) and name != POSTGRAPHILE]]
    parts = [
        method(found, machine, effort, seconds),
        rates("Reads: one server process", found.one, order()),
        hot(found),
        latencies(found),
        computing(found),
        floors(found),
        rates("Reads: two server processes each", found.two, two),
        together(found),
        kept(found),
        listing_pages(found),
        goals(found),
    ]
    return "\n".join(part for part in parts if part)


def method(found: Findings, machine: str, effort: Effort, seconds: float) -> str:
    """Return how it was measured."""
    rows = ", ".join(f"{count:,} {name} rows" for name, count in found.rows.items())
    said = [
        f"Load: {GENERATOR}, {CONNECTIONS} kept connections, in a process of its own on the same machine, loopback.",
        (
            f"{effort.rounds} alternating rounds of {effort.seconds:.0f} s for each server (kept answers and pages:"
            f" {effort.short:.0f} s; two processes: at most 3 rounds), medians; {effort.warm:.0f} s to warm up."
        ),
        f"Data: {rows}, the same for all; keys drawn at random for every request, the same for all servers.",
        "Before measuring, every server's answers were compared with the first one's, question by question.",
        (
            "A list and an item show name, code, unit, place, since when, body, legal bases (title, article, text) and"
            " responsibilities. Searches are phrases out of names with 1 to 20 hits. A case shows number, title, phase,"
            " due day, body and its steps; ours asks by an official's session, whose rights are read at every request,"
            " all others ask without."
        ),
        "PostGraphile reads normalised tables of its own with the indexes it wants; floor and our server read ours.",
        f"Ours: {', '.join(f'{name} {version(name)}' for name in LIBRARIES)}.",
        *found.versions,
        *(f"Not measured: {reason}" for reason in found.missing),
        f"This part took {seconds:,.0f} seconds.",
    ]
    title = "## Reads: over HTTP, beside PostGraphile and the floor\n\n"
    return title + machine + "".join(f"* {line}\n" for line in said)
