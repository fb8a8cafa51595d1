"""A year of a city at work with breaches planted in it, each of its own kind, and what of them must be found (S1, S2, S10).

The matters are written past the program, as departments' own systems and intruders might leave them; what is planted in
one matter, item or body is listed beside what has to be found, so that a missing and a needless alert both show.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import asyncpg

from domain.powers import Fee, Guide, Material
from domain.tables.bodies import Government
from resolvers import exchange_platforms, supervision
from resolvers.addresses import plain_url
from resolvers.calendar import seed_calendar
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from tests import factories, planted_scores

NOW: Final = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
BEGAN: Final = datetime(2025, 10, 8, 1, 0, tzinfo=UTC)
CLEAN: Final = 500
BODIES: Final = 20
Found = tuple[str, str, str]
"""What has to be found: rule, grade, and what it is about (the number of a matter, a code of an item or a body)."""

SLIP: Final = [{"code": "acceptance_slip"}]
VISITS: Final = [
    {"number": 1, "step": "accept", "how": "completed", "doers": ["one"]},
    {"number": 2, "step": "review", "how": "completed", "doers": ["two"]},
]
SOUND: Final[dict[str, Any]] = {
    "visits": VISITS,
    "marks": {
        "received": "2026-03-02T01:00:00Z",
        "accepted": "2026-03-02T02:00:00Z",
        "decided": "2026-03-09T01:00:00Z",
        "served": "2026-03-10T01:00:00Z",
        "closed": "2026-03-10T02:00:00Z",
    },
    "supplements": [],
    "pauses": [],
    "materials": [{"name": "申请表"}],
    "facts": {"place": {"text": "x"}},
    "documents": [*SLIP, {"code": "decision"}],
    "outcome": {"result": "granted", "fees": [{"name": "工本费", "amount": "100"}]},
    "reminded": [],
    "bodies": [],
}
PROCEDURE: Final = """
INSERT INTO procedure_version (code, version, digest, document, recorded_at)
VALUES ('planted', 1, sha256('planted'), $1::text::jsonb, now()) RETURNING id
"""
DOCUMENT: Final = {
    "limits": {"decide": {"name": "办理期限"}, "start": {"name": "签收"}},
    "steps": [
        {"key": "accept", "name": "受理"},
        {"key": "review", "name": "审查"},
        {"key": "feedback", "name": "反馈", "until": "finish_on"},
        {"key": "rectify", "name": "整改", "until": "rectify_by"},
    ],
    "documents": {"acceptance_slip": {}, "decision": {"served_marks": "served"}},
}
MATTERS: Final = """
INSERT INTO matter (number, kind, government_id, body_code, bodies, item_code, title, title_key, category,
  item_version_id, procedure_id, phase, ending, steps, step_names, posts, assignees, doers, due_rank, due_name,
  due_provisional, paused, opened_at, accepted_at, decided_at, closed_at, wake_at, party, party_kind, origin, state, seq,
  changed_at, calendar_at, opening)
SELECT n.number, n.kind, $2, n.body, ARRAY[n.body], n.item, n.title, n.title, n.category, v.id, $3, n.phase, n.ending, '{}',
  '{}', '{}', '{}', '{}', date '2027-12-31', '', false, false, n.opened, n.accepted, n.decided, n.closed, n.wake, '',
  'citizen', '', n.state, 1, n.opened, n.opened, sha256(n.number::bytea)
FROM jsonb_to_recordset($1::text::jsonb) AS n (number text, kind text, body text, item text, title text, category text,
  phase text, ending text, opened timestamptz, accepted timestamptz, decided timestamptz, closed timestamptz,
  wake timestamptz, state jsonb, version text)
LEFT JOIN power_version v ON v.code = coalesce(n.version, n.item) AND v.no = 1
"""
ENDED: Final = """
WITH made AS (INSERT INTO law (title, title_key, kind, in_force_until) VALUES ($1, $1, 'law', $2) RETURNING id)
INSERT INTO power_basis (version_id, position, law_id) SELECT v.id, 90, made.id FROM made, power_version v WHERE v.code = $3
"""


def body_code(number: int) -> str:
    """Return the code of a body of the city."""
    return f"B{number:03}"


def item_code(body: int, number: int = 0) -> str:
    """Return the code of an item of a body."""
    return f"990100{body:03}XK{number:03}00"


@dataclass(frozen=True, slots=True)
class Planted:
    """A matter with its breach: what it is called, how it differs from a sound one, and what has to be found of it."""

    name: str
    finds: tuple[tuple[str, str], ...] = ()
    kind: str = "case"
    body: int = 1
    ending: str = "finished"
    opened: str = "2026-03-02"
    closed: str | None = "2026-03-10"
    item: str | None = None
    title: str = "测试事项"
    wake: str | None = None
    state: dict[str, Any] = field(default_factory=dict)

    def row(self, number: str) -> dict[str, Any]:
        """Return the matter as plain data."""
        at = f"{self.opened}T01:00:00Z"
        own = item_code(self.body) if self.item is None else self.item
        running = self.closed is None
        return {
            "number": number,
            "kind": self.kind,
            "body": body_code(self.body),
            "item": "" if self.kind == "supervision_case" else own,
            "version": None if self.kind == "supervision_case" else item_code(self.body),
            "title": self.title,
            "category": "licence",
            "phase": "running" if running else "closed",
            "ending": "" if running else self.ending,
            "opened": at,
            "accepted": at,
            "decided": None if running else f"{self.closed}T01:00:00Z",
            "closed": None if running else f"{self.closed}T01:00:00Z",
            "wake": self.wake,
            "state": SOUND | ({"outcome": None} if running else {}) | self.state,
        }


def _late(limit: str, level: str) -> dict[str, Any]:
    return {"reminded": [{"visit": 1, "limit": limit, "level": level}]}


def _marks(**changed: str) -> dict[str, Any]:
    return {"marks": SOUND["marks"] | changed}


def _times(name: str, count: int, **one: Any) -> dict[str, Any]:
    return {name: [one] * count}


def _asked(step: str, **days: str) -> dict[str, Any]:
    """Return a case that stays in a step, with the days that it sets."""
    gone = [one | {"left": "2026-11-03T01:00:00Z"} for one in VISITS]
    facts = {code: {"day": day} for code, day in days.items()}
    return {"visits": [*gone, {"number": 3, "step": step, "doers": []}], "facts": facts}


def _returned(times: int) -> dict[str, Any]:
    back = {"number": 2, "step": "review", "how": "returned", "doers": ["two"]}
    return {"visits": [*VISITS, *[back] * times]}


EARLY, AFTER = "2026-03-02T01:30:00Z", "2026-03-05T01:00:00Z"
NOVEMBER: Final[dict[str, Any]] = {"opened": "2026-11-02", "closed": None}
CASE: Final[dict[str, Any]] = {"kind": "supervision_case", "ending": "", **NOVEMBER}
OF_MATTERS: Final = (
    Planted("期限届满", (("R01", "reminder"),), **NOVEMBER, state=_late("decide", "reminder")),
    Planted("超期一个工作日", (("R01", "warning"),), **NOVEMBER, state=_late("decide", "warning")),
    Planted("超期两个工作日以上", (("R01", "alarm"),), **NOVEMBER, state=_late("decide", "alarm")),
    Planted("环节超时", (("R04", "alarm"),), state=_late("review", "alarm")),
    Planted("没有案件摘要", (("R05", "reminder"),), kind="penalty_case", state={"facts": {}}, title="{item}"),
    Planted("缺少必要材料", (("R06", "reminder"),), state={"materials": []}),
    Planted("没有受理通知书", (("R07", "reminder"),), state={"documents": [{"code": "decision"}]}),
    Planted("没有办理结果", (("R08", "reminder"),), state={"outcome": None}),
    Planted("没有办理记录", (("R09", "reminder"),), state={"visits": [one | {"doers": []} for one in VISITS]}),
    Planted("没有决定文书", (("R10", "reminder"),), state={"documents": SLIP}),
    Planted("受理早于登记", (("R11", "reminder"),), state=_marks(accepted="2026-03-01T01:00:00Z")),
    Planted("决定早于受理", (("R11", "reminder"),), state=_marks(decided=EARLY)),
    Planted("送达早于决定", (("R11", "reminder"),), state=_marks(served=AFTER)),
    Planted("办结早于登记", (("R11", "reminder"),), state=_marks(closed="2026-03-01T01:00:00Z")),
    Planted("不予受理", (("R12", "reminder"),), ending="not_accepted"),
    Planted("多次补正", (("R13", "warning"),), state=_times("supplements", 2, asked="2026-03-02T01:30:00Z")),
    Planted("受理后补正", (("R14", "alarm"),), state=_times("supplements", 1, asked=AFTER)),
    Planted("退回两次", (("R22", "reminder"),), state=_returned(2)),
    Planted("退回三次", (("R22", "warning"),), state=_returned(3)),
    Planted("暂停两次", (("R23", "reminder"),), state=_times("pauses", 2)),
    Planted("暂停三次", (("R23", "warning"),), state=_times("pauses", 3)),
    Planted("多收费", (("R15", "warning"),), state={"outcome": {"result": "granted", "fees": [{"name": "工本费", "amount": "112"}]}}),
    Planted("少收费", (("R15", "warning"),), state={"outcome": {"result": "granted", "fees": [{"name": "工本费", "amount": "80"}]}}),
    Planted("罚款偏离基准", (("R24", "warning"),), kind="penalty_case", state={"outcome": {"result": "penalty", "fines": [{"deviation": {"reasons": "x"}}]}}),
    Planted("督办签收届满", (("R16", "reminder"),), **CASE, state=_late("start", "reminder")),
    Planted("督办签收逾期", (("R16", "warning"),), **CASE, state=_late("start", "warning")),
    Planted("督办签收逾期两日", (("R16", "alarm"),), **CASE, state=_late("start", "alarm")),
    Planted("督办到期", (("R17", "reminder"),), **CASE, state=_asked("feedback", finish_on="2026-11-27")),
    Planted("督办逾期", (("R17", "warning"),), **CASE, state=_asked("feedback", finish_on="2026-11-26")),
    Planted("督办逾期三日", (("R17", "alarm"),), **CASE, state=_asked("feedback", finish_on="2026-11-24")),
    Planted("整改逾期", (("R17", "warning"),), **CASE, state=_asked("rectify", finish_on="2026-11-09", rectify_by="2026-11-26")),
    Planted("督办环节超时", (("R25", "alarm"),), **CASE, state=_late("feedback", "alarm")),
    Planted("清单以外的权力", (("S01", "alarm"),), item="990100001XK99900"),
    Planted("已取消的权力", (("S02", "alarm"),), body=2, item=item_code(2, 1)),
    Planted("已暂停的权力", (("S02", "alarm"),), body=2, item=item_code(2, 2)),
    Planted("到期没有处理", (), **NOVEMBER, wake="2026-11-25T01:00:00Z"),
    Planted("长期没有办结（自定规则）", (("Z01", "warning"),), opened="2026-11-03", closed=None, state=_times("pauses", 1)),
)  # fmt: skip
"""One breach each, in matters that no rate of a body counts: closed in spring, or opened this month."""

RATES: Final[tuple[tuple[int, str, Planted, int, str, str], ...]] = (
    (3, "不予受理率", Planted("", (("R12", "reminder"),), ending="not_accepted"), 4, "R18B", "reminder"),
    (4, "报警率", Planted("", (("R04", "alarm"),), state=_late("review", "alarm")), 2, "R18C", "warning"),
    (5, "超期率", Planted("", (("R01", "warning"),), state=_late("decide", "warning")), 1, "R18D", "warning"),
    (6, "内容不规范率", Planted("", (("R10", "reminder"),), state={"documents": SLIP}), 3, "R18E", "reminder"),
    (7, "流程不规范率", Planted("", (("R23", "reminder"),), state=_times("pauses", 2)), 3, "R18F", "reminder"),
    (8, "裁量偏离率", Planted("", (("R15", "warning"),), state={"outcome": {"result": "granted", "fees": [{"name": "工本费", "amount": "80"}]}}), 2, "R18G", "reminder"),
    (9, "督办异常率", Planted("", (("R16", "warning"),), kind="supervision_case", state=_late("start", "warning")), 3, "R18H", "reminder"),
)  # fmt: skip
"""Bodies in whose last month too many matters have the same breach: so many of 25, and what is found of the body."""

# Whoever refuses a sixth of what is brought also has too many matters with something wrong in their flow.
ALSO: Final = frozenset({("R18F", "reminder", "B003")})
OF_A_MONTH: Final = 25
OCTOBER: Final[dict[str, Any]] = {"opened": "2026-10-12", "closed": "2026-10-20"}
BUREAU: Final = BODIES
"""The body that supervises, and decides objections to scores."""

LATE_BASES: Final = (("2026-11-06", "reminder"), ("2026-10-29", "warning"), ("2026-09-25", "alarm"))


@dataclass(frozen=True, slots=True)
class City:
    """The year: the context of its last day, what has to be found, and by what name it was planted."""

    ctx: Context
    expected: frozenset[Found]
    kinds: tuple[str, ...]


async def city(database: Database, owner_url: str, clean: int = CLEAN) -> City:
    """Let a city work for a year, with so many sound matters beside the breaches; the sweep comes afterwards."""
    ctx = factories.context(database, now=NOW, profile=factories.profile("demo-city"))
    async with unit_of_work(ctx.at(BEGAN)) as uow:
        await seed_calendar(uow)
    government = await factories.government(ctx)
    for number in range(1, BODIES + 1):
        offices = ("supervision_bureau",) if number == BUREAU else ()
        fields = {
            "code": body_code(number),
            "number": f"{number:03}",
            "name": f"云川市第{number}局",
            "offices": offices,
        }
        await factories.body(ctx, government, **fields)
    await _library(ctx, government)
    # Nobody has taken anything yet; the third one was added an hour ago and is not late.
    for name, hours in (("省平台", 30), ("部平台", 13), ("新平台", 1)):
        await exchange_platforms.add(ctx.at(NOW - timedelta(hours=hours)), name)
    await supervision.keep_shipped(ctx)
    matters = list(_numbered(clean))
    owner = await asyncpg.connect(plain_url(owner_url))
    try:
        procedure = await owner.fetchval(PROCEDURE, json.dumps(DOCUMENT))
        rows = json.dumps([one.row(number) for number, one in matters], ensure_ascii=False)
        await owner.execute(MATTERS, rows, government.id, procedure)
        await _past_the_program(owner)
        await planted_scores.plant(owner, owner_url, body_code)
    finally:
        await owner.close()
    of_matters = {(rule, grade, number) for number, one in matters for rule, grade in one.finds}
    others = dict(_others())
    kinds = (*(one.name for one in OF_MATTERS), *(name for _, name, *_ in RATES), *others)
    rates = {(rule, grade, body_code(body)) for body, _, _, _, rule, grade in RATES}
    return City(ctx, frozenset(of_matters | rates | ALSO | set(others.values())), kinds)


def _numbered(clean: int) -> Iterator[tuple[str, Planted]]:
    numbers = (f"P{number:06}" for number in itertools.count(1))
    for one in OF_MATTERS:
        yield next(numbers), replace(one, title=one.title.format(item=f"事项{item_code(one.body)}"))
    for body, _, one, count, *_ in RATES:
        sound = replace(one, body=body, finds=(), ending="finished", state={})
        for place in range(OF_A_MONTH):
            yield next(numbers), replace(replace(one, body=body) if place < count else sound, **OCTOBER)
    # A body that has answered in time is late with nothing while the bureau checks.
    yield next(numbers), Planted("", **CASE, state=_asked("check", finish_on="2026-11-09"))
    # A body at work without a list of its own; another one with ten powers of which it uses one.
    yield next(numbers), Planted("", body=10, item="")
    for place in range(12):
        yield (
            next(numbers),
            Planted("", body=11, opened=f"2026-{place % 8 + 3:02}-16", closed=f"2026-{place % 8 + 3:02}-24"),
        )
    for body in (2, 12, 13, 14):
        yield next(numbers), Planted("", body=body)
    for place in range(clean):
        month, day = place % 10 + 1, place % 18 + 1
        one = Planted(
            "", body=15 + place % 5, opened=f"2026-{month:02}-{day:02}", closed=f"2026-{month:02}-{day + 8:02}"
        )
        yield next(numbers), one


def _others() -> Iterator[tuple[str, Found]]:
    yield "没有公布目录", ("S04", "alarm", body_code(10))
    yield "权力运行率", ("R18A", "reminder", body_code(11))
    yield "没有公布流程图", ("S05", "warning", body_code(12))
    yield "要素未经确认", ("S03", "alarm", item_code(13, 1))
    yield "长期不使用", ("S07", "reminder", item_code(14, 1))
    for number, (_, grade) in enumerate(LATE_BASES, 1):
        yield f"依据失效没有申请调整（{grade}）", ("S06", grade, item_code(15, number))
    yield from planted_scores.found(body_code, BUREAU)
    yield "规则静默", ("S08", "reminder", "Z90")
    yield "时限看守静默", ("S09", "alarm", "watchman")
    yield "数据上报静默", ("S11", "alarm", "省平台")
    yield "数据上报将近期限", ("S11", "warning", "部平台")


async def _library(ctx: Context, government: Government) -> None:
    """Enter the powers: one in use of each body but the tenth, and those of the breaches."""

    def item(body: int, number: int = 0, **more: Any) -> Any:
        guide = Guide(materials=(Material(name="申请表"),))
        fee = Fee(name="工本费", basis="测试", standard="每件100元")
        fields: dict[str, Any] = {
            "code": item_code(body, number),
            "body": body_code(body),
            "body_name": f"云川市第{body}局",
        }
        fields |= {
            "name": f"事项{item_code(body, number)}",
            "external_chart": "licence",
            "guide": guide,
            "fees": (fee,),
        }
        return factories.change(government, factories.power(**(fields | more)))

    lately = [item(body) for body in range(1, BODIES + 1) if body != 10]
    lately += [item(11, number) for number in range(1, 10)] + [item(15, number) for number in (1, 2, 3)]
    lately += [item(12, 1, external_chart="")]
    lately += [item(2, 1, status="cancelled"), item(2, 2, status="suspended")]
    await factories.confirmed(ctx.at(datetime(2026, 9, 1, 1, 0, tzinfo=UTC)), government, lately)
    await factories.confirmed(ctx.at(BEGAN), government, [item(14, 1)])
    await factories.confirmed(ctx, government, [item(13, 1)])


async def _past_the_program(owner: asyncpg.Connection) -> None:
    """Do what no program of ours does: an unconfirmed batch in the list, an ended law, a rule that is silent for long."""
    for table in ("batch", "power_basis", "supervision_rule"):
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    unconfirmed = "SELECT batch_id FROM power_version WHERE code = $1"
    await owner.execute(
        f"UPDATE batch SET state = 'draft', confirmed_at = NULL WHERE id = ({unconfirmed})", item_code(13, 1)
    )
    for number, (until, _) in enumerate(LATE_BASES, 1):
        await owner.execute(ENDED, f"测试法{number}", date.fromisoformat(until), item_code(15, number))
    silent = _own("Z90", "false", "不会发现")
    long_open = _own("Z01", 'kind == "case" && closed_on == "" && opened_on == "2026-11-03"', "长期没有办结")
    for rule, at in ((silent, datetime(2026, 4, 1, tzinfo=UTC)), (long_open, NOW)):
        await owner.execute(
            "INSERT INTO supervision_rule (code, version, state, document, digest, recorded_at)"
            " VALUES ($1, 1, 'active', $2::text::jsonb, sha256($1::text::bytea), $3)",
            rule["code"],
            json.dumps(rule, ensure_ascii=False),
            at,
        )
    for table in ("batch", "power_basis", "supervision_rule"):
        await owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _own(code: str, expression: str, message: str) -> dict[str, Any]:
    return {
        "code": code,
        "name": message,
        "clause": "003-37",
        "kind": "flow",
        "condition": "expression",
        "expression": expression,
        "grades": [{"grade": "warning", "least": "1"}],
        "message": f"{message}。",
        "state": "active",
    }


def told(expected: frozenset[Found], found: Sequence[Found], kinds: Sequence[str]) -> str:
    """Return precision and recall in words, with what is missing and what was needless."""
    right = expected & set(found)
    precision, recall = len(right) / max(1, len(found)), len(right) / len(expected)
    lines = [f"{len(kinds)} kinds of breaches planted: {'、'.join(kinds)}"]
    lines += [f"{len(found)} alerts, precision {precision:.1%}, recall {recall:.1%}"]
    lines += [f"missing: {one}" for one in sorted(expected - set(found))]
    lines += [f"needless: {one}" for one in sorted(set(found) - expected)]
    return "\n".join(lines)
