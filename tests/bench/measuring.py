"""Measuring: many calls one after another, their percentiles, and tables in Markdown."""

import os
import platform
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

FEW = 10
"""Calls below which the rounds are multiplied."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of calls, in milliseconds."""

    p50: float
    p95: float
    p99: float
    calls: int


async def latency(calls: Sequence[Callable[[], Awaitable[object]]], rounds: int) -> Latency:
    """Make every call once to warm up, then all of them in turn for some rounds, and time each.

    Where there are few calls, more rounds are made: percentiles of a handful tell nothing.
    """
    rounds = max(rounds, rounds * FEW // (2 * len(calls)))
    for call in calls:
        await call()
    times: list[float] = []
    for _ in range(rounds):
        for call in calls:
            started = time.perf_counter()
            await call()
            times.append((time.perf_counter() - started) * 1000)
    times.sort()

    def at(share: float) -> float:
        return times[min(len(times) - 1, int(share * len(times)))]

    return Latency(at(0.50), at(0.95), at(0.99), len(times))


def number(value: float) -> str:
    """Return a figure with as many digits as it deserves."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table under a heading; figures stand to the right."""
    lines = [f"## {title}", "", "| " + " | ".join(head) + " |"]
    lines.append("|" + "|".join(" --- " if at == 0 else " ---: " for at in range(len(head))) + "|")
    for row in rows:
        cells = [number(cell) if isinstance(cell, float) else str(cell) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def latency_row(name: str, own: Latency, floor: Latency | None) -> tuple[object, ...]:
    """Return a row: own percentiles, the floor's median, and how many times the floor the own median is."""
    if floor is None:
        return name, own.p50, own.p95, own.p99, "–", "–"
    return name, own.p50, own.p95, own.p99, floor.p50, own.p50 / floor.p50


def busy(before: float) -> str:
    """Return when it was measured and what ran beside it: the load of the machine ``before`` and now, one being this alone."""
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return (
        f"Measured {now} on {os.cpu_count()} cores; load average {before:.1f} before, {os.getloadavg()[0]:.1f} after.\n"
    )


async def machine(connection: asyncpg.Connection, items: int) -> str:
    """Return on what was measured, and when."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    version = await connection.fetchval("SHOW server_version")
    buffers = await connection.fetchval("SHOW shared_buffers")
    busy = os.getloadavg()[0]
    said = [f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {cpu}, {os.cpu_count()} cores, {memory:.0f} GB."]
    said.append(f"Load average at the start: {busy:.1f}.")
    said.append(
        f"Python {platform.python_version()}; PostgreSQL {version} as embedded ({buffers} shared buffers), no fsync."
    )
    said.append(
        f"Library: {items:,} items, about {items * 3:,} bases and as many responsibilities, a tenth of the items amended; all in memory."
    )
    said.append("Other machines give other figures; the ratio is what to compare.")
    return "".join(f"* {line}\n" for line in said)
