"""The goals of the issue beside the figures; a goal that was missed is called missed."""

from typing import Final

from tests.bench.measuring import number, table
from tests.bench.peers import cached, pages
from tests.bench.peers.asking import QUESTIONS, Name
from tests.bench.peers.findings import Findings
from tests.bench.peers.rounds import Measured
from tests.bench.peers.servers import COMPILED, FLOOR, FRAGMENTS, POSTGRAPHILE, best

AGAINST_PEER: Final[dict[Name, float]] = {"list": 3.0, "item": 4.0, "search": 1.2, "case": 4.0}
AGAINST_FLOOR: Final = 0.9
WITH_FRAGMENTS: Final = 8.0
SPREAD: Final = 3.0
MEMORY: Final = 150.0
KEPT: Final = 15.0
PAGE: Final = 5.0

Row = tuple[str, str, str, str, str]
HEAD: Final = ("goal", "wanted", "measured", "", "µs of CPU a request, server + PostgreSQL: ours; the other's")


def judged(goal: str, wanted: str, found: float | None, *, met: bool, spent: str = "") -> Row:
    """Return a row of the table; ``spent`` tells where the time goes."""
    if found is None:
        return goal, wanted, "–", "not measured", spent
    return goal, wanted, number(found), "met" if met else "**missed**", spent


def against(goal: str, wanted: float, one: Measured | None, other: Measured | None) -> Row:
    """Return the row of a ratio of rates that is to be reached."""
    ratio = one.rate / other.rate if one and other else None
    spent = "; ".join(f"{each.own:,.0f} + {each.database:,.0f}" for each in (one, other) if each)
    return judged(goal, f"≥ {wanted:g}", ratio, met=ratio is not None and ratio >= wanted, spent=spent)


def at_most(goal: str, wanted: float, found: float | None) -> Row:
    """Return the row of a figure that is not to be passed."""
    return judged(goal, f"≤ {wanted:g}", found, met=found is not None and found <= wanted)


def goals(found: Findings) -> str:
    """Return the table of all goals."""
    rows: list[Row] = []
    for name, wanted in AGAINST_PEER.items():
        by_server = found.one.get(name, {})
        own = by_server.get(COMPILED)
        rows.append(against(f"{name}: compiled, times PostGraphile", wanted, own, by_server.get(POSTGRAPHILE)))
        rows.append(against(f"{name}: compiled, times the floor", AGAINST_FLOOR, own, by_server.get(FLOOR)))
    fragments, peer = found.hot.get(FRAGMENTS), found.hot.get(POSTGRAPHILE)
    rows.append(against("list: fragments at hand, times PostGraphile", WITH_FRAGMENTS, fragments, peer))
    for name in QUESTIONS:
        one = found.one.get(name, {}).get(COMPILED)
        rows.append(at_most(f"{name}: p99 ÷ p50 at 16 connections", SPREAD, one.p99 / one.p50 if one else None))
    rows.append(at_most(f"MB after {found.documents:,} different documents", MEMORY, found.after))
    rows += _kept(found)
    page = found.pages.get
    rows.append(against("portal page as served, times Datasette", PAGE, page(pages.KEPT), page(pages.SAME)))
    rows.append(against("portal page made anew, times Datasette", PAGE, page(pages.MADE), page(pages.RANDOM)))
    return table("Reads: goals", HEAD, rows) + _documents(found)


def _kept(found: Findings) -> list[Row]:
    rows = []
    for name, by_row in found.cached.items():
        answer, unchanged = by_row[cached.ANSWER], by_row[cached.UNCHANGED]
        peer = found.one[name].get(POSTGRAPHILE)
        rows.append(against(f"{name}: kept GET, times PostGraphile", KEPT, answer, peer))
        rows.append(against(f"{name}: 304, times the kept GET", 1.0, unchanged, answer))
    return rows


def _documents(found: Findings) -> str:
    refused = f"; {found.documents_refused:,} of them were refused" if found.documents_refused else ""
    return (
        f"\nMemory of one process ({best()}): {found.before:.0f} MB after the rounds above,"
        f" {found.after:.0f} MB after {found.documents:,} different documents{refused}.\n"
    )
