"""Two ways of answering one request, and what tells their answers apart.

An answer is compared as its JSON reads: order of fields kept, numbers as written, errors and extensions included.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from uuid import UUID

from graphql import parse
from graphql.language import NonNullTypeNode, OperationDefinitionNode

from domain.access import Role
from domain.actors import ANONYMOUS, SYSTEM, Actor, Posting
from domain.profiles import load_profiles
from resolvers.context import Context
from resolvers.database import Database
from schema.answers import ORDINARY, Answer, Asked
from schema.limits import Limits
from schema.operations import Runner
from tests.schema import odd_city
from tests.schema.documents import Request
from tests.schema.facts import WORDS, Facts

LIMITS: Final = Limits()
FAILED: Final = "fallback: failed"
TRIES: Final = 10


@dataclass(frozen=True)
class Members:
    """A JSON object as it reads: its members in order, doubles included."""

    pairs: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Number:
    """A JSON number as it is written."""

    text: str


def reading(body: bytes) -> Any:
    """Return JSON as it reads, so that 1 and 1.0 differ, and {"a":1,"b":2} and {"b":2,"a":1}."""
    return json.loads(body, object_pairs_hook=lambda pairs: Members(tuple(pairs)), parse_int=Number, parse_float=Number)


def difference(left: Any, right: Any, path: str = "$") -> str:
    """Return where two readings differ first, and how; nothing if they are equal."""
    if isinstance(left, Members) and isinstance(right, Members):
        keys = [[key for key, _ in one.pairs] for one in (left, right)]
        if keys[0] != keys[1]:
            return f"{path}: keys {keys[0]} and {keys[1]}"
        pairs = zip(left.pairs, right.pairs, strict=True)
        return next((found for (key, a), (_, b) in pairs if (found := difference(a, b, f"{path}.{key}"))), "")
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return f"{path}: {len(left)} entries and {len(right)}"
        places = enumerate(zip(left, right, strict=True))
        return next((found for n, (a, b) in places if (found := difference(a, b, f"{path}[{n}]"))), "")
    return "" if (type(left), left) == (type(right), right) else f"{path}: {left!r:.300} and {right!r:.300}"


def _official(role: Role) -> Actor:
    posting = Posting(1, 1, "990100-001", 2, frozenset({role.value}))
    return Actor("official", UUID(int=1), f"official {role.value}", (posting,))


ACTORS: Final = {
    "anonymous": ANONYMOUS,
    "integrator": Actor("integrator", name="mirror", scopes=frozenset({"library:read"})),
    "system": SYSTEM,
    **{
        role.value: _official(role)
        for role in (Role.SERVICE_OFFICE, Role.BODY_EDITOR, Role.SECURITY_ADMIN, Role.SUPERVISION_BUREAU)
    },
}
TIMES: Final = (odd_city.NOW, datetime(2026, 5, 1, 0, 0, tzinfo=UTC), datetime(2027, 1, 1, 15, 59, tzinfo=UTC))
PROFILES: Final = tuple(sorted(load_profiles(), key=lambda name: name != "xuzhou-2016"))


@dataclass(frozen=True)
class Asker:
    """Who asks, when, and under which regulation."""

    actor: str = "anonymous"
    now: datetime = odd_city.NOW
    profile: str = PROFILES[0]

    def context(self, ctx: Context) -> Context:
        """Return the context of whoever asks."""
        known = load_profiles()[self.profile]
        return Context(db=ctx.db, now=self.now, profile=known, actor=ACTORS[self.actor], request_id="r1")


@dataclass(frozen=True)
class Asking:
    """A request, who asks it, who asked it before, and other variables to ask it with afterwards."""

    request: Request
    again: Mapping[str, Any]
    asker: Asker = Asker()
    earlier: Asker = Asker()

    def __str__(self) -> str:
        """Show the asking as a person would read it."""
        return f"{self.asker}\nafter {self.earlier}\n{self.request!r}\nthen with {self.again!r}"


def _other(random: Random, value: Any) -> Any:
    """Return another value like one that was sent."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return random.randint(1, 6)
    if isinstance(value, list):
        return random.choices(value, k=random.randint(0, 3)) if value else value
    return random.choice((*WORDS, "2026-04-01")) if isinstance(value, str) and not value.isupper() else value


def other_variables(random: Random, request: Request) -> dict[str, Any]:
    """Return variables for the same document: some sent before are changed or left out, where they may be."""
    required = _required(request.query)
    sent: dict[str, Any] = {}
    for name, value in request.variables.items():
        way = random.choice(["same", "other", "same", "left out", "null"])
        if way in {"left out", "null"} and name in required:
            way = "other"
        if way == "null":
            sent[name] = None
        elif way != "left out":
            sent[name] = _other(random, value) if way == "other" else value
    return sent


def _required(query: str) -> set[str]:
    """Return the names of the variables that must be sent."""
    definitions = [one for one in parse(query).definitions if isinstance(one, OperationDefinitionNode)]
    variables = definitions[0].variable_definitions or ()
    return {one.variable.name.value for one in variables if isinstance(one.type, NonNullTypeNode)}


def _asker(random: Random) -> Asker:
    now = random.choice((*TIMES[:1] * 3, *TIMES))
    return Asker(random.choice(list(ACTORS)), now, random.choice((PROFILES[0], *PROFILES)))


def askings(random: Random, requests: Iterable[Request]) -> Iterator[Asking]:
    """Yield askings of all kinds."""
    for request in requests:
        again = other_variables(random, request) if request.variables else {}
        yield Asking(request, again, _asker(random), _asker(random))


@dataclass
class Ways:
    """The same schema, compiled and not; counts what was answered how. ``bare`` keeps no fragments."""

    ctx: Context
    bare: Database
    facts: Facts
    compiled: Runner
    ordinary: Runner
    counts: Counter[str] = field(default_factory=Counter)

    async def check(self, asking: Asking) -> None:
        """Ask all ways, after somebody else did: from what is kept, again, without it, and with other variables."""
        ctx, request = asking.asker.context(self.ctx), asking.request
        plain = replace(ctx, db=self.bare)
        first = Asked(request.query, request.operation_name, request.variables)
        await self.compiled.run(first, asking.earlier.context(self.ctx), LIMITS)
        for variables, contexts in ((request.variables, (ctx, plain)), (asking.again, (ctx,))):
            asked = Asked(request.query, request.operation_name, variables)
            for one in contexts:
                await self._compare(asked, ctx, one)

    async def _compare(self, asked: Asked, ctx: Context, other: Context) -> None:
        """Ask both ways and compare. Where both were the ordinary executor's, of two failures either may be told."""
        found = ""
        for _ in range(TRIES):
            slow = await self.ordinary.run(asked, ctx, LIMITS)
            fast = await self.compiled.run(asked, other, LIMITS)
            assert slow.way == ORDINARY
            assert fast.way != FAILED, f"the compiled read failed, see the log; variables {asked.variables!r}"
            found = difference(reading(fast.encoded_body()), reading(slow.encoded_body()))
            if not found or fast.encoded is not None or not (slow.errors and fast.errors):
                break
        self._count(fast, slow)
        assert not found, f"{found} ({fast.way}, then ordinary); variables {asked.variables!r}"

    def _count(self, fast: Answer, slow: Answer) -> None:
        self.counts["asked"] += 1
        if slow.refused or slow.errors:
            self.counts["refused" if slow.refused else "with errors"] += 1
        else:
            self.counts["answered"] += 1
            self.counts[fast.way] += 1
