"""What a library really holds, gathered through the interface itself: codes, ids, words, days, and cursors of lists.

Documents made of facts find something; a cursor is kept under the list, and the order of it, that gave it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

Run = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Runs a document with its variables and returns its data."""

WORDS: Final = ("", "设置", "户外广告", "户外 广告", "外", "長沙", "广告設施", "W-1", "a/b", "没有这样的", "100%", "“", "a",
                "養犬", "处罚法", "条例", "\\", "'; DROP", "😀", "擅自", "城管", "quoted", "x" * 60)  # fmt: skip
SEARCHED: Final = ("设置", "广告", "事项", "a", "外")
CATEGORIES: Final = ("licence", "penalty", "coercion", "reward", "levy", "mystery", "none")
LEVELS: Final = ("prefecture", "county", "beyond", "")
SIZES: Final = (1, 2, 3, 5, 7, 20, 100)
DAYS: Final = tuple(
    date.fromisoformat(day)
    for day in ("2026-11-20", "2026-03-02", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01", "2026-12-31",
                "2027-01-01", "2020-01-01", "1988-07-01", "2019-12-31", "0001-01-01", "9998-12-31")
)  # fmt: skip

ORDERS: Final = {
    "powerItems|code": "powerItems(first: 40, orderBy: CODE)",
    "powerItems|name": "powerItems(first: 40, orderBy: NAME)",
    "powerItems|changed": "powerItems(first: 40, orderBy: CHANGED)",
    **{f"powerItems|{word}": f'powerItems(first: 40, search: "{word}")' for word in SEARCHED},
    "changes": "changes(first: 40)",
    "benchmarks": "benchmarks(first: 40)",
    "legalBases|code": "legalBases(first: 40)",
    "laws": "laws(first: 40)",
    "bodies": "bodies(first: 40)",
    "inspections": "inspections(first: 40)",
    "opinions": "opinions(first: 40)",
    "opinionAnswers": "opinionAnswers(number: 1, first: 40)",
    **{f"complaints|{show}": f"complaints(first: 40, show: {show.upper()})" for show in ("open", "all")},
    **{f"matters|{order}": f"matters(first: 40, orderBy: {order.upper()})" for order in ("opened", "due", "number")},
}
"""Lists by the name their cursors are kept under."""

THINGS: Final = """{
  powerItems(first: 100) { nodes { id code legalBases { article } versions { id } } }
  powerItems2: powerItems(first: 40, asOf: "2026-04-15") { nodes { id } }
  powerItems3: powerItems(first: 40, recordedAsOf: "2026-05-01T00:00:00.000001+08:00") { nodes { id } }
  changes(first: 100) { nodes { id code recordedAt } }
  bodies(first: 100) { nodes { id code units { id posts { id } } } }
  laws(first: 100) { nodes { id title } }
  governments { id divisionCode }
  matters(first: 100) { nodes { __typename id number stepKeys events { edges { cursor } } } }
  inspections(first: 100) { nodes { id number draw { frame { edges { cursor } } } } }
}"""


@dataclass
class Facts:
    """What documents are made of."""

    codes: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    governments: list[str] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)
    moments: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=lambda: [*SEARCHED, *WORDS])
    categories: list[str] = field(default_factory=lambda: list(CATEGORIES))
    levels: list[str] = field(default_factory=lambda: list(LEVELS))
    sizes: list[int] = field(default_factory=lambda: list(SIZES))
    numbers: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    ids: dict[str, list[str]] = field(default_factory=dict)
    cursors: dict[str, list[str]] = field(default_factory=dict)

    def all_ids(self) -> list[str]:
        """Return ids of every type."""
        return [one for ids in self.ids.values() for one in ids]

    def all_cursors(self) -> list[str]:
        """Return cursors of every list."""
        return [one for cursors in self.cursors.values() for one in cursors[:2]]


def _spread(values: list[str]) -> list[str]:
    """Return distinct values, in their order."""
    return list(dict.fromkeys(values))


def _written(moment: datetime) -> list[str]:
    """Return a moment and its neighbours, in several ways of writing."""
    tick = timedelta(microseconds=1)
    utc = moment.astimezone(tz=None).isoformat()
    return [moment.isoformat(), utc, (moment - tick).isoformat(), (moment + tick).isoformat()]


async def gather(run: Run) -> Facts:
    """Ask a library for what it holds."""
    found = await run(THINGS, {})
    items, bodies = found["powerItems"]["nodes"], found["bodies"]["nodes"]
    facts = Facts()
    facts.codes = _spread([one["code"] for one in (*items, *found["changes"]["nodes"])])
    facts.bodies = [one["code"] for one in bodies]
    facts.governments = [one["divisionCode"] for one in found["governments"]]
    facts.articles = _spread([basis["article"] for one in items for basis in one["legalBases"]])
    recorded = _spread([one["recordedAt"] for one in found["changes"]["nodes"]])
    facts.moments = _spread([text for one in recorded for text in _written(datetime.fromisoformat(one))])
    near = {day + timedelta(days=more) for day in DAYS[:-2] for more in (-1, 0, 1)}
    facts.days = [day.isoformat() for day in (*DAYS, *sorted(near - set(DAYS)))]
    others = (*found["powerItems2"]["nodes"], *found["powerItems3"]["nodes"])
    units = [unit for body in bodies for unit in body["units"]]
    facts.ids = {
        "PowerItem": [one["id"] for one in (*items, *others)],
        "PowerVersion": _spread([one["id"] for item in items for one in item["versions"]]),
        "Body": [one["id"] for one in bodies],
        "Government": [one["id"] for one in found["governments"]],
        "Unit": [one["id"] for one in units],
        "Post": [post["id"] for unit in units for post in unit["posts"]],
        "Law": [one["id"] for one in found["laws"]["nodes"]],
    }
    running = found["matters"]["nodes"]
    inspected = found["inspections"]["nodes"]
    facts.numbers = [one["number"] for one in (*running, *inspected)]
    facts.ids["Inspection"] = [one["id"] for one in inspected]
    facts.steps = _spread([step for one in running for step in one["stepKeys"]])
    for one in running:
        facts.ids.setdefault(one["__typename"], []).append(one["id"])
    facts.cursors["events"] = [edge["cursor"] for one in running for edge in one["events"]["edges"]]
    facts.cursors["frame"] = [edge["cursor"] for one in inspected for edge in one["draw"]["frame"]["edges"]]
    lists = dict(ORDERS)
    for law in facts.ids["Law"]:
        lists[f"legalBases|{law}"] = f'legalBases(first: 40, law: "{law}")'
    for name, asked in lists.items():
        page = await run("{ page: %s { edges { cursor } } }" % asked, {})  # noqa: UP031 - braces all over
        facts.cursors[name] = [edge["cursor"] for edge in page["page"]["edges"]]
    return facts
