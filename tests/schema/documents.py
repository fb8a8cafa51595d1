"""Documents over the whole schema, made from the schema itself: valid ones that find something, and some that do not.

Every type and field is reached: aliases, nested selections, fragments on types, interfaces and union members, fields
that merge, `@skip` and `@include`, variables of every kind. What merges is kept track of, so that documents stay valid.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from tests.schema.arguments import Chooser, for_field
from tests.schema.facts import Facts
from tests.schema.writing import Variables

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
Lines = list[str]
Merged = dict[str, tuple[str, "Merged"]]
"""What stands at one place of the answer: response key → what it is, and what stands below it."""

DEEPEST: Final = 7
FIELDS: Final = 45
INDENT: Final = "  "
LISTED: Final = ("powerItems", "powerItem", "changes", "bodies", "laws", "benchmarks", "legalBases", "versions", "body",
                 "governments", "node", "matters", "matter", "inspections", "inspection",
                 "opinions", "opinionAnswers", "complaints")  # fmt: skip
"""Root fields that are asked for more often than the others."""

KEYS: Final = ("a", "b", "x1", "_", "nodes", "id", "code", "name", "data", "select", "order", "Item", "__x", "cursor")
"""Response keys: short, so that they merge; names that other fields have, words of SQL."""


@dataclass(frozen=True)
class Request:
    """A document, which operation of it, and the variables."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None

    def __repr__(self) -> str:
        """Show the document as a person would read it."""
        return f"operation {self.operation_name!r}, variables {self.variables!r}\n{self.query}"


def merge(target: Merged, more: Merged) -> bool:
    """Put ``more`` into ``target`` unless a key would mean two things; say whether it was done."""
    if not _fits(target, more):
        return False
    for key, (sign, below) in more.items():
        merge(target.setdefault(key, (sign, {}))[1], below)
    return True


def _fits(target: Merged, more: Merged) -> bool:
    return all(
        key not in target or (target[key][0] == sign and _fits(target[key][1], below))
        for key, (sign, below) in more.items()
    )


class Writer:
    """Writes one operation."""

    def __init__(self, schema: GraphQLSchema, choose: Chooser, roots: Sequence[str] = ()) -> None:
        self.schema, self.choose, self.roots = schema, choose, roots
        self.variables = Variables(choose)
        self.fragments: dict[str, tuple[Composite, Lines, Merged]] = {}
        self.left = FIELDS
        self.keys = 0

    def selection(self, on: Composite, depth: int) -> tuple[Lines, Merged]:
        """Write the selections on a type; there is always one."""
        merged: Merged = {}
        lines: Lines = []
        entries = (1, 1, 1, 2, 3) if on.name == "Query" else (1, 2, 3, 4, 6)
        for _ in range(self.choose.one(entries)):
            lines += self._entry(on, depth, merged)
        return lines or self._leaf("__typename", merged), merged

    def _entry(self, on: Composite, depth: int, merged: Merged) -> Lines:
        choose = self.choose
        ways = ["field"] * 10 + ["leaves", "leaves", "typename", "inline", "named"]
        way = choose.one(ways) if not isinstance(on, GraphQLUnionType) else choose.one(["inline", "named", "typename"])
        if way == "field" and self.left > 0:
            again = merged and choose.chance(8)
            return self._again(on, depth, merged) if again else self._any_field(on, depth, merged)
        if way in {"inline", "named"} and self.left > 0:
            return self._inline(on, depth, merged) if way == "inline" else self._named(on, depth, merged)
        if way == "leaves":
            leaves = [name for name, one in _fields(on) if is_leaf_type(get_named_type(one.type))]
            return [line for name in leaves for line in self._leaf(name, merged, on)]
        return self._leaf("__typename", merged)

    def _leaf(self, name: str, merged: Merged, on: Composite | None = None) -> Lines:
        fields = dict(_fields(on)) if on is not None else {}
        if name in fields and fields[name].args:
            return []
        sign = f"{name}: {fields[name].type}" if name in fields else "__typename: String!"
        return [name] if merge(merged, {name: (sign, {})}) else []

    def _any_field(self, on: Composite, depth: int, merged: Merged) -> Lines:
        choose = self.choose
        known = dict(_fields(on))
        if on.name == "Query" and (self.roots or not choose.chance(12)):
            known = {name: known[name] for name in self.roots or LISTED}
        elif depth >= DEEPEST or self.left < DEEPEST:
            known = {name: one for name, one in known.items() if is_leaf_type(get_named_type(one.type))}
        if not known:
            return self._leaf("__typename", merged)
        often = on.name == "Query" and not self.roots and choose.chance(4)
        name = "powerItems" if often else choose.rare(on.name, known)
        return self._field(on, name, known[name], depth, merged)

    def _field(self, on: Composite, name: str, declared: GraphQLField, depth: int, merged: Merged) -> Lines:
        choose = self.choose
        if name in merged and is_leaf_type(get_named_type(declared.type)) and not choose.chance(4):
            return []  # the same leaf many times over proves nothing more, and is limited
        self.left -= 1
        arguments = self._arguments(on, name, declared, depth)
        kind = get_named_type(declared.type)
        lines, below = ([], {}) if is_leaf_type(kind) else self.selection(_composite(kind), depth + 1)
        sign = f"{name}{arguments}: {declared.type}"
        key = choose.one(KEYS) if choose.chance(5) else name
        if not merge(merged, {key: (sign, below)}):
            self.keys += 1
            key = f"k{self.keys}"
            merge(merged, {key: (sign, below)})
        head = (
            f"{name}{arguments}{self._directives()}" if key == name else f"{key}: {name}{arguments}{self._directives()}"
        )
        return [f"{head} {{", *_in(lines), "}"] if lines else [head]

    def _again(self, on: Composite, depth: int, merged: Merged) -> Lines:
        """Ask for a field that is asked for already, which merges with it."""
        key = self.choose.one(merged)
        sign = merged[key][0]
        head, _, _ = sign.rpartition(": ")
        name = re.split(r"\W", head)[0]
        declared = dict(_fields(on)).get(name)
        if declared is None or f"{head}: {declared.type}" != sign:
            return self._leaf("__typename", merged)
        kind = get_named_type(declared.type)
        lines, below = ([], {}) if is_leaf_type(kind) else self.selection(_composite(kind), depth + 1)
        if not merge(merged, {key: (sign, below)}):
            return []
        head = (head if key == name else f"{key}: {head}") + self._directives()
        return [f"{head} {{", *_in(lines), "}"] if lines else [head]

    def _arguments(self, on: Composite, name: str, declared: GraphQLField, depth: int) -> str:
        values = for_field(self.choose, on.name, name, declared.args, deep=depth > 1)
        written = [f"{one}: {self.variables.argument(value, declared.args[one])}" for one, value in values.items()]
        for one, argument in declared.args.items():
            if one not in values and not is_required_argument(argument) and self.choose.chance(12):
                written.append(f"{one}: {self.variables.omitted(argument)}")
        return f"({', '.join(written)})" if written else ""

    def _directives(self) -> str:
        choose = self.choose
        names = [name for name in ("include", "skip") if choose.chance(14)]
        return "".join(f" @{name}(if: {self.variables.condition()})" for name in names)

    def _inline(self, on: Composite, depth: int, merged: Merged) -> Lines:
        target = on if self.choose.chance(3) else self._condition(on)
        lines, below = self.selection(target, depth)
        if not merge(merged, below):
            return self._leaf("__typename", merged)
        head = "..." if target is on and self.choose.chance(3) else f"... on {target.name}"
        return [f"{head}{self._directives()} {{", *_in(lines), "}"]

    def _named(self, on: Composite, depth: int, merged: Merged) -> Lines:
        fitting = [name for name, (target, _, _) in self.fragments.items() if self._overlap(on, target)]
        if fitting and self.choose.chance(2):
            name = self.choose.one(fitting)
        else:
            target = self._condition(on)
            lines, below = self.selection(target, depth)
            name = f"F{len(self.fragments) + 1}"
            self.fragments[name] = (target, lines, below)
        if not merge(merged, self.fragments[name][2]):
            return self._leaf("__typename", merged)
        return [f"...{name}{self._directives()}"]

    def _condition(self, on: Composite) -> Composite:
        """Draw a type that a fragment on a type may be about."""
        kinds = [_composite(one) for one in self.schema.type_map.values() if _is_composite(one)]
        overlapping = [one for one in kinds if not one.name.startswith("__") and self._overlap(on, one)]
        names = {one.name: one for one in overlapping}
        return _composite(names[self.choose.rare(f"... {on.name}", names)])

    def _overlap(self, one: Composite, other: Composite) -> bool:
        return bool(self._possible(one) & self._possible(other))

    def _possible(self, kind: Composite) -> set[str]:
        if isinstance(kind, GraphQLObjectType):
            return {kind.name}
        return {one.name for one in self.schema.get_possible_types(kind)}

    def request(self) -> Request:
        """Write the document."""
        choose, query = self.choose, self.schema.query_type
        assert query is not None
        lines, _ = self.selection(query, 1)
        parts = ["{", *_in(lines), "}"]
        spread = self._spread("\n".join(parts))
        fragments = [
            "\n".join([f"fragment {name} on {self.fragments[name][0].name} {{", *_in(self.fragments[name][1]), "}"])
            for name in spread
        ]
        used = {one[1:] for text in (*parts, *fragments) for one in re.findall(r"\$v\d+", text)}
        defined = [text for name, text in self.variables.definitions.items() if name in used]
        sent = {name: value for name, value in self.variables.sent.items() if name in used}
        name = "Asked" if choose.chance(3) else ""
        if defined or name:
            parts[0] = f"query {name}{'(' + ', '.join(defined) + ')' if defined else ''} {{"
        second = ["query Other { library { revision } }"] if name and choose.chance(3) else []
        if choose.chance(10):
            sent["unknown"] = [1, {"a": "b"}]
        return Request("\n".join(["\n".join(parts), *fragments, *second]), sent, name if second else None)

    def _spread(self, text: str) -> list[str]:
        """Return the names of the fragments that a text reaches."""
        found: list[str] = []
        waiting = re.findall(r"\.\.\.(F\d+)", text)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.append(name)
                waiting += re.findall(r"\.\.\.(F\d+)", "\n".join(self.fragments[name][1]))
        return sorted(found)


def _in(lines: Lines) -> Lines:
    return [INDENT + line for line in lines]


def _fields(kind: Composite) -> Iterator[tuple[str, GraphQLField]]:
    if not isinstance(kind, GraphQLUnionType):
        yield from kind.fields.items()


def _is_composite(kind: GraphQLNamedType) -> bool:
    return isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)


def _composite(kind: GraphQLNamedType) -> Composite:
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
    return kind


def requests(schema: GraphQLSchema, facts: Facts, random: Random, roots: Sequence[str] = ()) -> Iterator[Request]:
    """Yield requests over a schema and a library without end; most are answered, one in eight may be wrong somewhere.

    ``roots`` are the only root fields to ask for; none named: all.
    Not drawn through hypothesis: its mutations repeat half of the documents, and leave the rare fields out.
    """
    seen: Counter[Any] = Counter()
    while True:
        mischief = random.randrange(8) == 0
        yield Writer(schema, Chooser(random, facts, mischief=mischief, seen=seen), roots).request()
