"""What is asked: questions, their keys, requests of any server, and the common form in which answers are compared."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tests.bench.peers.processes import Served

Name = Literal["list", "item", "search", "case"]
QUESTIONS: Final[tuple[Name, ...]] = ("list", "item", "search", "case")
PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Key:
    """What one request asks for: the item or case it names, or whose successors it lists; for a search only a text."""

    code: str
    item_id: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """One HTTP request: a GET, or a POST of JSON where there is a body. Neither holds a line break."""

    path: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A server, its processes, and the requests drawn at random for it; ``headers`` go with each."""

    served: Served
    asks: Sequence[Ask]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server: how it is asked, and how its answer is brought into the common form.

    The common form of an item is ``{code, name, handlingUnit, place, validFrom, body, bases, duties}``; of a list
    ``{nodes, more}``; of a search ``{nodes}``, by code; of a case ``{number, title, phase, dueOn, body, steps}``.
    ``headers`` go with every request of a question: who must be somebody to be answered says who it is.
    """

    name: str
    served: Served
    ask: Callable[[Name, Key], Ask]
    read: Callable[[Name, Any], Any]
    headers: dict[Name, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of every question, drawn once so that every server is asked the same."""

    by_question: dict[Name, tuple[Key, ...]]

    def few(self, count: int) -> "Keys":
        """Return the first so many keys of each question: what is asked for again and again."""
        return Keys({name: keys[:count] for name, keys in self.by_question.items()})

    def drawn(self, name: Name, count: int, seed: int) -> list[Key]:
        """Return so many keys of a question at random, the same for the same seed."""
        return random.Random(seed).choices(self.by_question[name], k=count)


def by_code(nodes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return items in the order of their codes: every server has its own order of relevance."""
    return sorted(nodes, key=lambda node: str(node["code"]))
