"""Values for the arguments of the interface's fields: mostly good ones that find something, wrong ones on demand.

Values are plain JSON (an enum is the name of its value). How they are written, as a literal or through variables, is
decided elsewhere.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import Any, Final, TypeVar

from graphql import GraphQLArgument, GraphQLEnumType, get_named_type, is_required_argument

from tests.schema.facts import Facts

T = TypeVar("T")
Values = dict[str, Any]
SMALL: Final = 5
WRONG_SIZES: Final = (0, -1, 101, 2**31 - 1)
WRONG_IDS: Final = (
    "",
    "x",
    "!!!",
    "MTpMYXc6",
    "MjpMYXc6MQ",
    "MTpOb3RoaW5nOjE",
    "MTpMYXc6OTIyMzM3MjAzNjg1NDc3NTgwOA",
    "中文",
)


class Chooser:
    """Draws values by a generator of random numbers; ``mischief`` lets wrong ones in.

    ``seen`` counts what was chosen before under a name, so that what is rare gets its turn.
    """

    def __init__(self, random: Random, facts: Facts, *, mischief: bool, seen: Counter[Any] | None = None) -> None:
        self.random, self.facts, self.mischief = random, facts, mischief
        self.seen: Counter[Any] = Counter() if seen is None else seen

    def one(self, values: Iterable[T]) -> T:
        """Draw one of some values."""
        return self.random.choice(list(values))

    def rare(self, owner: str, names: Iterable[str]) -> str:
        """Draw one of some names of an owner; of two, the one that was drawn less often."""
        known = list(names)
        name = min(self.random.choices(known, k=2), key=lambda one: self.seen[owner, one])
        self.seen[owner, name] += 1
        return name

    def chance(self, of: int) -> bool:
        """Draw whether something happens that happens once in ``of``."""
        return self.random.randrange(of) == 0

    def wrong(self) -> bool:
        """Draw whether a value is to be wrong."""
        return self.mischief and self.chance(3)

    def some(self, values: Any, most: int = 3) -> list[Any]:
        """Draw a short list of values, doubles among them."""
        return self.random.choices(list(values), k=self.random.randint(0, most))


def for_field(choose: Chooser, owner: str, name: str, arguments: dict[str, GraphQLArgument], *, deep: bool) -> Values:
    """Return values for the arguments of one field of a type; ``deep`` keeps pages small."""
    if not arguments:
        return {}
    special = _SPECIAL.get(name)
    if special is not None and owner in {"Query", "PowerItem"}:
        return {one: value for one, value in special(choose).items() if one in arguments}
    values: Values = {}
    order = ""
    for argument, declared in arguments.items():
        if argument not in _PAGING and (is_required_argument(declared) or choose.chance(3)):
            values[argument] = _value(choose, name, argument, declared)
    if "first" in arguments:
        if name == "powerItems" and owner == "Query":
            order = _ordered(choose, values)
        elif name == "matters":
            order = f"matters|{(values.get('orderBy') or 'OPENED').lower()}"
        elif name == "complaints":
            order = f"complaints|{'all' if values.get('show') == 'ALL' else 'open'}"
        elif name == "legalBases" and owner == "Query":
            order = f"legalBases|{values.get('law') or 'code'}"
        values |= _page(choose, owner, name, order or _ORDER.get((owner, name), name), backward="last" in arguments,
                        deep=deep)  # fmt: skip
    return values


_PAGING: Final = frozenset({"first", "after", "last", "before"})
_ORDER: Final = {("Body", "powerItems"): "powerItems|code", ("Government", "bodies"): "bodies",
                 ("Case", "events"): "events", ("PenaltyCase", "events"): "events", ("Matter", "events"): "events"}  # fmt: skip


def _ordered(choose: Chooser, values: Values) -> str:
    """Make order and search of a list of items fit; return the name of the list's cursors."""
    order, search = values.get("orderBy"), values.get("search")
    if order == "RELEVANCE" and not search and not choose.wrong():
        values["orderBy"] = order = "CODE"
    if search and order in {None, "RELEVANCE"}:
        return f"powerItems|{search}"
    return f"powerItems|{(order or 'CODE').lower()}"


def _page(choose: Chooser, owner: str, name: str, listed: str, *, backward: bool, deep: bool) -> Values:
    if choose.wrong():
        end = choose.one(["first", "last"] if backward else ["first"])
        return {end: choose.one(WRONG_SIZES), **choose.one([{}, {"after": "x"}, {"first": 1}])}
    if owner == "Law" and choose.facts.cursors:
        listed = choose.one([one for one in choose.facts.cursors if one.startswith("legalBases|")][1:] or [listed])
    size, cursor = choose.one(["first", "last"] if backward else ["first"]), None
    known = choose.facts.cursors.get(listed, [])
    if choose.wrong():
        known = [*choose.facts.all_cursors(), "x", "", "A" * 50]
    if known and choose.chance(4):
        cursor = choose.one(known)
        if choose.wrong():
            cursor = choose.one([cursor[:-1], cursor + "A", cursor.swapcase()])
    given: Values = {}
    if cursor is None or not choose.chance(4) or deep:
        given[size] = choose.one([one for one in choose.facts.sizes if not deep or one <= SMALL] or choose.facts.sizes)
    if cursor is not None:
        given["after" if size == "first" else "before"] = cursor
    return given if given or not deep else {size: 2}


def _value(choose: Chooser, field: str, name: str, declared: GraphQLArgument) -> Any:
    facts = choose.facts
    kind = get_named_type(declared.type)
    if isinstance(kind, GraphQLEnumType):
        listed = field == "laws"
        return choose.some(kind.values) if listed else choose.one(kind.values)
    if name in {"id", "ids"}:
        ids = WRONG_IDS if choose.wrong() else facts.all_ids()
        return choose.some(ids, 4) if name == "ids" else choose.one(ids)
    if name == "filter":
        return _matters_filter(choose) if field == "matters" else _filter(choose)
    if name == "law":
        return choose.one(WRONG_IDS if choose.wrong() else facts.ids["Law"])
    if name == "subject":
        return _subject(choose)
    if field == "opinionAnswers":
        return choose.one((1, 2, 3, 9, 2**31 - 1, -1))
    pools: dict[str, Any] = {
        "code": [*facts.codes, "nothing"],
        "body": [*facts.bodies, "nowhere", ""],
        "government": [*facts.governments, "000000"],
        "article": [*facts.articles, "无"],
        "search": facts.words,
        "asOf": facts.days if not choose.wrong() else ["2026-02-30", "x", ""],
        "recordedAsOf": facts.moments if not choose.wrong() else ["2026-02-03T00:00:00", "x"],
        "since": facts.moments,
        "number": [*facts.numbers, "B001XK2026999999", "", "'"],
        "matter": [*facts.numbers, "B001XK2026999999", ""],
        "item": [*facts.codes, "nothing"],
        "undertaker": [*facts.bodies, "nowhere", ""],
        "rule": ["R01", "R12", "none", ""],
        "metric": ["timeliness", "received", "none", ""],
        "period": ["2026-10" if field == "ratings" else "2026-Q3", ""] if not choose.wrong() else ["x"],
        "decidedFrom": facts.days,
        "decidedUntil": facts.days,
        "isOpen": [True, False],
        "unit": ["审批科", "无", ""],
        "post": ["窗口受理岗", "无", ""],
        "content": ["kept", "none", ""],
    }
    return choose.one(pools[name])


def _subject(choose: Chooser) -> Values:
    """Return conditions on whose scores are asked for."""
    makers: dict[str, Callable[[], Any]] = {
        "kind": lambda: choose.one(("BODY", "UNIT", "POST")),
        "body": lambda: choose.one([*choose.facts.bodies, "nowhere", ""]),
        "unit": lambda: choose.one(("审批科", "无", "")),
        "post": lambda: choose.one(("窗口受理岗", "无", "")),
        "per": lambda: choose.one(("MONTH", "QUARTER", "YEAR")),
        "editions": lambda: choose.chance(2),
    }
    return {name: makers[name]() for name in choose.random.sample(list(makers), choose.random.randint(0, 3))}


def _filter(choose: Chooser) -> Values:
    facts = choose.facts
    makers: dict[str, Callable[[], Any]] = {
        "body": lambda: choose.one([*facts.bodies, "nowhere", ""]),
        "government": lambda: choose.one([*facts.governments, "000000"]),
        "category": lambda: choose.some(facts.categories),
        "status": lambda: choose.some(("IN_USE", "SUSPENDED", "CANCELLED")),
        "level": lambda: choose.some(facts.levels),
        "law": lambda: choose.one(WRONG_IDS if choose.wrong() else facts.ids["Law"]),
        "article": lambda: choose.one([*facts.articles, "无"]),
        "updatedSince": lambda: choose.one(facts.moments),
    }
    names = choose.random.sample(list(makers), choose.random.randint(0, 3))
    return {name: None if choose.chance(8) else makers[name]() for name in names}


def _matters_filter(choose: Chooser) -> Values:
    facts = choose.facts
    makers: dict[str, Callable[[], Any]] = {
        "search": lambda: choose.one([*facts.words[:6], *(one[:9] for one in facts.numbers)]),
        "body": lambda: choose.one([*facts.bodies, "nowhere"]),
        "item": lambda: choose.one([*facts.codes, "nothing"]),
        "step": lambda: choose.one([*facts.steps, "nowhere"]),
        "kind": lambda: choose.some(("CASE", "PENALTY_CASE")),
        "category": lambda: choose.some(facts.categories),
        "phase": lambda: choose.some(("RECEIVED", "RUNNING", "CLOSED", "ARCHIVED")),
        "dueBefore": lambda: choose.one(facts.days),
        **{name: lambda: choose.chance(2) for name in ("overdue", "openOnly", "mine")},
    }
    names = choose.random.sample(list(makers), choose.random.randint(0, 3))
    return {name: None if choose.chance(8) else makers[name]() for name in names}


def _item(choose: Chooser) -> Values:
    """Say which item: by code or by id."""
    if choose.wrong():
        bad: list[Values] = [{}, {"code": "a", "id": "b"}, {"id": choose.one(WRONG_IDS)}]
        return choose.one([*bad, {"id": choose.facts.ids["Law"][0]}])
    if choose.chance(3):
        return {"id": choose.one(choose.facts.ids["PowerItem"])}
    return {"code": choose.one([*choose.facts.codes, "nothing"])}


def _dated_item(choose: Chooser) -> Values:
    values = _item(choose)
    if choose.chance(3):
        values["asOf"] = choose.one(choose.facts.days)
    if choose.chance(5):
        values["recordedAsOf"] = choose.one(choose.facts.moments)
    return values


def _numbers(choose: Chooser) -> Values:
    return {"from": choose.one((1, 2, 9)), "to": choose.one((2, 1, 3))}


_SPECIAL: Final[dict[str, Callable[[Chooser], Values]]] = {
    "powerItem": _dated_item,
    "versions": _item,
    "diff": lambda choose: _numbers(choose) | _item(choose),
    "body": lambda choose: {"code": choose.one([*choose.facts.bodies, "nowhere"])},
    "calendar": lambda choose: {"from": "2026-09-28", "to": "2026-09-01" if choose.wrong() else "2026-10-08"},
    "matterCounts": lambda choose: {
        "by": choose.one(("BODY", "CATEGORY", "MONTH")),
        "from": "2026-01-01",
        "to": "2025-01-01" if choose.wrong() else "2026-12-31",
    },
    "deadline": lambda choose: {
        "start": choose.one(("2026-09-21", "2026-12-31")),
        "limit": choose.one((1, 5, 20)),
        "unit": choose.one(("WORKDAY", "DAY", "MONTH")),
    },
}
