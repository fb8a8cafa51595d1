"""Alternating rounds: every server in turn, again and again, so that whatever the machine does strikes all alike."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from tests.bench.peers.asking import Ask, Key, Keys, Name, Peer, Target
from tests.bench.peers.loading import LoadFailed, load
from tests.bench.peers.processes import Served

DRAWN = 2000
"""So many different requests each server is given; the load generator draws from them."""


FILLING: Final = 5
"""So many times as long a server is warmed up that must fill its memory first."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: rounds of so many seconds, a first round to warm up, documents for the memory.

    ``further`` are the questions that are also put to two processes and to kept answers.
    """

    rounds: int = 5
    seconds: float = 2.0
    short: float = 1.0
    warm: float = 2.0
    documents: int = 10_000
    further: tuple[Name, ...] = ("list", "item")


QUICK: Final = Effort(rounds=1, seconds=0.4, short=0.3, warm=0.0, documents=100, further=("list",))


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over the rounds: requests a second, latencies in milliseconds, bytes an answer.

    ``own`` and ``database`` are microseconds of CPU a request, in the server's processes and in PostgreSQL's.
    """

    rate: float
    p50: float
    p99: float
    size: float
    own: float
    database: float


def target(peer: Peer, name: Name, keys: Keys) -> Target:
    """Return the requests of a question for a server; every server gets the same keys."""
    drawn: Sequence[Key] = keys.drawn(name, DRAWN, 11)
    return Target(peer.served, [peer.ask(name, key) for key in drawn], peer.headers.get(name, {}))


def fixed(served: Served, path: str, headers: Mapping[str, str] | None = None) -> Target:
    """Return one GET, asked again and again."""
    return Target(served, [Ask(path)], dict(headers or {}))


async def measure(
    targets: Mapping[str, Target], effort: Effort, seconds: float, database: Served, *, filling: Collection[str] = ()
) -> dict[str, Measured]:
    """Measure all servers on one question; those ``filling`` their memory first are given longer to warm up.

    Raises ``LoadFailed`` when one of them fails requests.
    """
    found: dict[str, list[Measured]] = {name: [] for name in targets}
    if effort.warm:
        for name, one in targets.items():
            await load(one, effort.warm * FILLING if name in filling else min(effort.warm, seconds), seed=99)
    names = list(targets)
    for number in range(effort.rounds):
        # Each round begins with another server.
        for name in names[number % len(names) :] + names[: number % len(names)]:
            found[name].append(await _once(name, targets[name], seconds, number + 1, database))
    return {name: _medians(rounds) for name, rounds in found.items()}


async def _once(name: str, target: Target, seconds: float, seed: int, database: Served) -> Measured:
    own, below = target.served.cpu(), database.cpu()
    one = await load(target, seconds, seed)
    if not one.requests:
        raise LoadFailed(f"{name} answered nothing within {seconds:g} seconds")
    if one.errors:
        raise LoadFailed(f"{name} failed {one.errors} requests")
    micro = 1e6 / one.requests
    spent = (target.served.cpu() - own) * micro, (database.cpu() - below) * micro
    return Measured(one.rate, one.p50, one.p99, one.size, *spent)


def _medians(found: Sequence[Measured]) -> Measured:
    return Measured(*(median(getattr(one, name) for one in found) for name in Measured.__slots__))
