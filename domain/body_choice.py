"""Which body each row of a list goes to: by the batch's own choice, by the list's column, or nobody knows yet.

A row that names a body of another government (自治区农业农村厅 in a city's list) never makes a body: it is offered to
the list's own body with its own level, and a person decides.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from domain.body_names import BodyNames, KnownBody, NamedBody

Doubt = Literal["", "unknown_body", "other_level_body", "missing_body"]
LAST_NUMBER = 999
# 地州市商务主管部门 names a kind of body, not a body.
GENERIC = re.compile(r"(?:主管|有关|相关|职能)(?:部门|机关|机构)$")


@dataclass(frozen=True, slots=True)
class BodyGroup:
    """Rows of one file that say the same about their body; ``numbers`` are the body numbers in their own codes.

    ``hint`` is the body that the file's title names.
    """

    file: str
    text: str
    given: str
    rows: int
    numbers: frozenset[str] = frozenset()
    hint: str = ""

    @property
    def name(self) -> str:
        """What names the body: the text, unless it only says "the department in charge" or nothing at all."""
        return self.hint if self.hint and (not self.text.strip() or GENERIC.search(self.text)) else self.text


@dataclass(frozen=True, slots=True)
class BodyAnswer:
    """The body of a group of rows: its code and number, and why there is none or why a person has to look."""

    code: str = ""
    number: str = ""
    doubt: Doubt = ""


@dataclass(frozen=True, slots=True)
class ProposedBody:
    """A body that the list names and the government does not have."""

    number: str
    name: str
    aliases: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The answers by (file, text, given code), and the bodies that could be entered."""

    answers: Mapping[tuple[str, str, str], BodyAnswer]
    proposed: tuple[ProposedBody, ...] = field(default=())


def body_code(division: str, number: str) -> str:
    """Return the code under which a body is entered: division and number."""
    return f"{division}{number}"


def choose(
    names: BodyNames,
    division: str,
    groups: Sequence[BodyGroup],
    chosen: str,
    *,
    create: bool,
    used: frozenset[str] = frozenset(),
) -> Choice:
    """Find the body of every group; ``chosen`` takes all rows, ``create`` lets unknown bodies count as entered.

    ``used`` are the body numbers that were ever given in the government: they are not given again.
    """
    if chosen:
        whole = BodyAnswer(chosen, names.numbers.get(chosen, ""))
        return Choice({(group.file, group.text, group.given): whole for group in groups})
    proposed = _proposals(names, groups, used)
    if create:
        for body in proposed:
            names.add(KnownBody(body_code(division, body.number), body.number, (body.name, *body.aliases)))
    found = {group: _named(names, group) for group in groups}
    own = _own_bodies(groups, found)
    answers: dict[tuple[str, str, str], BodyAnswer] = {}
    for group in groups:
        named = found[group]
        code, doubt = named.code, _doubt(named, group)
        if not code and doubt != "unknown_body":
            code = own.get(group.file, "")
        answers[(group.file, group.text, group.given)] = BodyAnswer(code, names.numbers.get(code, ""), doubt)
    return Choice(answers, proposed)


def _named(names: BodyNames, group: BodyGroup) -> NamedBody:
    """A code that the row itself gives wins over the name beside it, if the government has that body."""
    return NamedBody(code=group.given) if group.given in names.numbers else names.find(group.name)


def _doubt(named: NamedBody, group: BodyGroup) -> Doubt:
    if named.code:
        return ""
    if named.other_level:
        return "other_level_body"
    return "unknown_body" if group.name.strip() else "missing_body"


def _own_bodies(groups: Iterable[BodyGroup], found: Mapping[BodyGroup, NamedBody]) -> dict[str, str]:
    """Return the body that most rows of a file name: the list's body."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for group in groups:
        if found[group].code:
            counts[group.file][found[group].code] += group.rows
    return {file: counter.most_common(1)[0][0] for file, counter in counts.items()}


def _proposals(names: BodyNames, groups: Sequence[BodyGroup], used: frozenset[str]) -> tuple[ProposedBody, ...]:
    """Make one proposal of all names with the same core, numbered by the list's own codes or counted on."""
    cores: dict[str, list[BodyGroup]] = defaultdict(list)
    for group in groups:
        named = _named(names, group)
        if _doubt(named, group) == "unknown_body":
            cores[named.core].append(group)
    taken = {*names.numbers.values(), *used}
    proposals: list[ProposedBody] = []
    for same in cores.values():
        own = frozenset[str]().union(*(group.numbers for group in same)) - taken
        number = next(iter(own)) if len(own) == 1 else _next_number(taken)
        if not number:
            continue
        taken.add(number)
        name = names.full_name(max((group.name.strip() for group in same), key=len))
        texts = dict.fromkeys(text.strip() for group in same for text in (group.text, group.name))
        aliases = tuple(text for text in texts if text not in ("", name))
        proposals.append(ProposedBody(number, name, aliases, sum(group.rows for group in same)))
    return tuple(proposals)


def _next_number(taken: set[str]) -> str:
    """Return the number after the highest one in use, or "" when there is none left."""
    last = max((int(number) for number in taken if number.isdecimal()), default=0)
    return f"{last + 1:03}" if last < LAST_NUMBER else ""
