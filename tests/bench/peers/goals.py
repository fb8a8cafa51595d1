"""The goals of the issue beside the figures; a goal that was missed is called missed."""

from typing import Final

from tests.bench.measuring import number, table
from tests.bench.peers import cached, pages
from tests.bench.peers.asking import QUESTIONS, Name
from tests.bench.peers.findings import Findings
from tests.bench.peers.servers import COMPILED, FLOOR, FRAGMENTS, POSTGRAPHILE, best

AGAINST_PEER: Final[dict[Name, float]] = {"list": 3.0, "item": 4.0, "search": 1.2}
AGAINST_FLOOR: Final = 0.9
WITH_FRAGMENTS: Final = 8.0
SPREAD: Final = 3.0
MEMORY: Final = 150.0
KEPT: Final = 15.0
PAGE: Final = 5.0

Row = tuple[str, str, str, str]


def judged(goal: str, wanted: str, found: float | None, *, met: bool) -> Row:
    """Return a row of the table."""
    if found is None:
        return goal, wanted, "–", "not measured"
    return goal, wanted, number(found), "met" if met else "**missed**"


def at_least(goal: str, wanted: float, one: float | None, other: float | None) -> Row:
    """Return the row of a ratio that is to be reached."""
    ratio = one / other if one is not None and other else None
    return judged(goal, f"≥ {wanted:g}", ratio, met=ratio is not None and ratio >= wanted)


def at_most(goal: str, wanted: float, found: float | None) -> Row:
    """Return the row of a figure that is not to be passed."""
    return judged(goal, f"≤ {wanted:g}", found, met=found is not None and found <= wanted)


def goals(found: Findings) -> str:
    """Return the table of all goals."""
    rows: list[Row] = []
    for name, wanted in AGAINST_PEER.items():
        own = found.rate(name, COMPILED)
        rows.append(at_least(f"{name}: compiled, times PostGraphile", wanted, own, found.rate(name, POSTGRAPHILE)))
        rows.append(at_least(f"{name}: compiled, times the floor", AGAINST_FLOOR, own, found.rate(name, FLOOR)))
    fragments, peer = found.hot.get(FRAGMENTS), found.hot.get(POSTGRAPHILE)
    rates = (fragments.rate if fragments else None, peer.rate if peer else None)
    rows.append(at_least("list: with fragments at hand, times PostGraphile", WITH_FRAGMENTS, *rates))
    rows.append(("case by number: times PostGraphile", "≥ 4", "–", "not built yet"))
    for name in QUESTIONS:
        one = found.one.get(name, {}).get(COMPILED)
        rows.append(at_most(f"{name}: p99 ÷ p50 at 16 connections", SPREAD, one.p99 / one.p50 if one else None))
    rows.append(at_most(f"MB after {found.documents:,} different documents", MEMORY, found.after))
    rows += _kept(found)
    rows.append(_page(found, "portal page as served, times Datasette", pages.KEPT, pages.SAME))
    rows.append(_page(found, "portal page made anew, times Datasette", pages.MADE, pages.RANDOM))
    title = "Reads: goals"
    text = table(title, ("goal", "wanted", "measured", ""), rows)
    return text + _documents(found)


def _kept(found: Findings) -> list[Row]:
    rows = []
    for name, by_row in found.cached.items():
        answer, unchanged = by_row[cached.ANSWER].rate, by_row[cached.UNCHANGED].rate
        rows.append(at_least(f"{name}: kept GET, times PostGraphile", KEPT, answer, found.rate(name, POSTGRAPHILE)))
        rows.append(at_least(f"{name}: 304, times the kept GET", 1.0, unchanged, answer))
    return rows


def _page(found: Findings, goal: str, own: str, peer: str) -> Row:
    one, other = found.pages.get(own), found.pages.get(peer)
    return at_least(goal, PAGE, one.rate if one else None, other.rate if other else None)


def _documents(found: Findings) -> str:
    refused = f"; {found.documents_refused:,} of them were refused" if found.documents_refused else ""
    return (
        f"\nMemory of one process ({best()}): {found.before:.0f} MB after the rounds above,"
        f" {found.after:.0f} MB after {found.documents:,} different documents{refused}.\n"
    )
