"""Alternating rounds: every server in turn, again and again, so that whatever the machine does strikes all alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.peers.asking import Ask, Key, Keys, Name, Peer, Target
from tests.bench.peers.loading import Load, LoadFailed, load

DRAWN = 2000
"""So many different requests each server is given; the load generator draws from them."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: rounds of so many seconds, a first round to warm up, documents for the memory."""

    rounds: int = 5
    seconds: float = 2.0
    short: float = 1.0
    warm: float = 3.0
    documents: int = 10_000
    fetch: bool = True


QUICK = Effort(rounds=1, seconds=1.0, warm=0.0, documents=150, fetch=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over the rounds: requests a second, latencies in milliseconds, bytes an answer."""

    rate: float
    p50: float
    p99: float
    size: float


def target(peer: Peer, name: Name, keys: Keys) -> Target:
    """Return the requests of a question for a server; every server gets the same keys."""
    drawn: Sequence[Key] = keys.drawn(name, DRAWN, 11)
    return Target(peer.port, [peer.ask(name, key) for key in drawn])


def fixed(port: int, path: str, headers: Mapping[str, str] | None = None) -> Target:
    """Return one GET, asked again and again."""
    return Target(port, [Ask(path)], dict(headers or {}))


async def measure(targets: Mapping[str, Target], effort: Effort, seconds: float) -> dict[str, Measured]:
    """Measure all servers on one question. Raises ``LoadFailed`` when one of them fails requests."""
    loads: dict[str, list[Load]] = {name: [] for name in targets}
    if effort.warm:
        for one in targets.values():
            await load(one, effort.warm, seed=99)
    names = list(targets)
    for number in range(effort.rounds):
        # Each round begins with another server.
        for name in names[number % len(names) :] + names[: number % len(names)]:
            found = await load(targets[name], seconds, seed=number + 1)
            if found.errors:
                raise LoadFailed(f"{name} failed {found.errors} requests")
            loads[name].append(found)
    return {name: _medians(found) for name, found in loads.items()}


def _medians(found: Sequence[Load]) -> Measured:
    return Measured(
        median(one.rate for one in found),
        median(one.p50 for one in found),
        median(one.p99 for one in found),
        median(one.size for one in found),
    )
