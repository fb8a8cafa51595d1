"""Expanding an item's table: what its category shares comes from defaults.toml, the rest is the item's own.

An item is its first version plus changes; each change overwrites keys of the table before it and gives the next
version with its own valid date and recorded time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field

from deploy.demo import notation as read
from deploy.demo.city import DemoBody
from domain.flows import Flow
from domain.powers import Chart, Guide, LegalBasis, PowerContent
from domain.values import Value

SCHEME = "hubei-16"
LOCAL_TIME = timezone(timedelta(hours=8))
RECORDED_HOUR = 9
FIRST_DAY = date(2021, 8, 1)
FIRST_IMPORTS = frozenset({date(2019, 1, 1), FIRST_DAY})
FIRST_IMPORT = "初始导入"
CHANGE_KEYS = frozenset({"from", "recorded", "change", "reason"})
CHANGES = Literal["add", "modify", "suspend", "resume", "cancel", "delegate", "merge", "split", "correct"]
CHART_KINDS = ("external", "internal", "risk")


class DemoVersion(Value):
    """One version of an item: its content, from which day it holds, when that was recorded, and why."""

    content: PowerContent
    change: CHANGES
    reason: str = Field(min_length=1)
    valid_from: date
    recorded_at: datetime


class DemoItem(Value):
    """An item of a government's library with its versions, oldest record first."""

    government: str
    code: str
    versions: tuple[DemoVersion, ...] = Field(min_length=1)

    @property
    def content(self) -> PowerContent:
        """The latest content."""
        return self.versions[-1].content


@dataclass(frozen=True, slots=True)
class Shared:
    """What all items share: bodies and charts by code, laws by short title, defaults by category."""

    bodies: Mapping[str, DemoBody]
    charts: Mapping[str, Chart]
    laws: dict[str, dict[str, Any]]
    defaults: Mapping[str, Any]

    def category(self, letters: str) -> tuple[str, Mapping[str, Any]]:
        """Return the category code and its defaults for the two letters of an item code."""
        for code, table in self.defaults["category"].items():
            if table["letters"] == letters:
                return code, table
        raise ValueError(f"no category has the letters {letters}")


def item_code(body: DemoBody, table: Mapping[str, Any]) -> str:
    """Return the sixteen-character code: division, body, category letters, item number, sub-item number."""
    return f"{body.code}{table['key']}{table.get('sub', '00')}"


def expand(table: dict[str, Any], body: DemoBody, shared: Shared) -> DemoItem:
    """Expand an item's table into its versions; ValueError names what is wrong."""
    code = item_code(body, table)
    first = {key: value for key, value in table.items() if key not in {"change", "from", "recorded"}}
    start: date = table.get("from", FIRST_DAY)
    versions = [
        DemoVersion(
            content=content(first, body, shared, start),
            change="add",
            reason=FIRST_IMPORT if start in FIRST_IMPORTS else table["added"],
            valid_from=start,
            recorded_at=_recorded(start, table.get("recorded")),
        )
    ]
    state = first
    for change in table.get("change", ()):
        state = {**state, **{key: value for key, value in change.items() if key not in CHANGE_KEYS}}
        versions.append(
            DemoVersion(
                content=content(state, body, shared, change["from"]),
                change=change["change"],
                reason=change["reason"],
                valid_from=change["from"],
                recorded_at=_recorded(change["from"], change.get("recorded")),
            )
        )
    _check_history(versions)
    return DemoItem(government=body.government, code=code, versions=tuple(versions))


def _recorded(start: date, moment: datetime | None) -> datetime:
    """A change is recorded at nine on its first day, local time, unless the file says otherwise."""
    if moment is not None:
        return moment
    return datetime(start.year, start.month, start.day, RECORDED_HOUR, tzinfo=LOCAL_TIME)


def _check_history(versions: list[DemoVersion]) -> None:
    for before, after in pairwise(versions):
        if after.recorded_at <= before.recorded_at:
            raise ValueError(f"the change of {after.valid_from} is not recorded after the one before it")
        if after.content == before.content:
            raise ValueError(f"the change of {after.valid_from} changes nothing")
        if (after.valid_from == before.valid_from) != (after.change == "correct"):
            raise ValueError(f"{after.valid_from}: a correction, and only a correction, holds from the same day")


def content(table: Mapping[str, Any], body: DemoBody, shared: Shared, day: date) -> PowerContent:
    """Build one version's content; `day` is its first day, on which its laws must be in force."""
    category, common = shared.category(table["key"][:2])
    unit = body.unit(table["unit"])
    if unit is None:
        raise ValueError(f"{body.name} has no unit {table['unit']}")
    names = {one.code: (one.name, one.usc_code) for one in shared.bodies.values()}
    level = shared.defaults["level"][table.get("level", "county" if body.code[4:6] != "00" else "prefecture")]
    further = {"服务对象": table["subject"]} if "subject" in table else {}
    return PowerContent(
        scheme=SCHEME,
        code=item_code(body, table),
        name=table["name"],
        sub_item=table.get("sub_item", ""),
        category=category,
        body=body.code,
        body_name=body.name,
        handling_unit=unit.name,
        level=level["code"],
        authority=table.get("authority", level["authority"]),
        duties=body.duties,
        entrustments=tuple(read.entrustment(one, names) for one in table.get("entrust", ())),
        status=table.get("status", "in_use"),
        status_reason=table.get("status_reason", ""),
        status_basis=table.get("status_basis", ""),
        bases=_in_force(table, shared.laws, day),
        **_responsibility(table, common, shared, day),
        **_money_and_time(table, common),
        place=table.get("place", body.place),
        contact_phone=unit.contact_phone,
        supervision_phone=body.supervision_phone,
        **_running(table, common, body, shared),
        guide=_guide(table, common, shared.defaults),
        benchmarks=tuple(read.benchmark(one) for one in table.get("benchmark", ())),
        supervision=tuple(read.supervision(line) for line in table.get("supervise", ())),
        remarks=table.get("remarks", ""),
        further=further,
    )


def _in_force(table: Mapping[str, Any], laws: dict[str, dict[str, Any]], day: date) -> tuple[LegalBasis, ...]:
    """Read the bases; each is in force on the first day of the version, unless the version cancels the item."""
    bases = tuple(read.basis(line, laws) for line in table["bases"])
    for basis in bases:
        if basis.in_force_from is not None and basis.in_force_from > day:
            raise ValueError(f"{basis.title} is in force only from {basis.in_force_from}, the version holds from {day}")
        ended = basis.in_force_until is not None and basis.in_force_until <= day
        if ended and table.get("status") != "cancelled":
            raise ValueError(f"{basis.title} is no longer in force on {day}")
    return bases


def _then_in_force(lines: Iterable[str], laws: dict[str, dict[str, Any]], day: date) -> tuple[LegalBasis, ...]:
    """Shared bases that were in force on the day: an old version does not cite a law that came later."""
    bases = (read.basis(line, laws) for line in lines)
    return tuple(basis for basis in bases if basis.in_force_from is None or basis.in_force_from <= day)


def _responsibility(table: Mapping[str, Any], common: Mapping[str, Any], shared: Shared, day: date) -> dict[str, Any]:
    """What the category shares on responsibility, and what the item adds to it."""
    defaults, laws = shared.defaults, shared.laws
    lines = (*common["responsibilities"], *table.get("responsibilities", ()))
    grounds = (*common.get("accountability_bases", ()), *defaults["accountability_bases"])
    return {
        "responsibilities": tuple(read.responsibility(line) for line in lines),
        "responsibility_bases": _then_in_force(common["responsibility_bases"], laws, day),
        "accountable_persons": tuple(defaults["persons"]),
        "accountability": (
            *common["accountability"],
            *table.get("accountability", ()),
            defaults["closing_accountability"],
        ),
        "accountability_bases": _then_in_force(grounds, laws, day),
        "remedies": tuple(table.get("remedies", defaults["remedies"])),
    }


def _money_and_time(table: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    start = common["start"]
    lawful = table.get("statutory", common.get("statutory"))
    promised = table.get("promised")
    fees = tuple(read.fee(line) for line in table.get("fees", ()))
    return {
        "fees": fees,
        "fee_note": table.get("fee_note", "" if fees else "不收费"),
        "statutory_limit": read.statutory(lawful, start) if lawful else None,
        "promised_limit": read.statutory([promised, "", "", lawful[3] if lawful and len(lawful) > 3 else ""], start)
        if promised
        else None,
    }


def _running(table: Mapping[str, Any], common: Mapping[str, Any], body: DemoBody, shared: Shared) -> dict[str, Any]:
    """Own flows where the item has them, the class's generic charts otherwise."""
    chosen = table.get("charts", common["charts"])
    codes = {kind: f"{chosen}-{kind}" for kind in CHART_KINDS}
    if unknown := set(codes.values()) - set(shared.charts):
        raise ValueError(f"unknown charts: {', '.join(sorted(unknown))}")
    external, internal = _own_flow(table, "external"), _own_flow(table, "internal")
    if internal is None and table.get("own_flow"):
        internal = _with_units(shared.charts[codes["internal"]].flow, table, body)
    risks = tuple(read.risk(line) for line in table.get("risks", ()))
    internal = internal and read.fitted(internal, table.get("promised", ""))
    drawn = internal or shared.charts[codes["internal"]].flow
    if lost := {point.step for point in risks} - {step.key for step in drawn.steps}:
        raise ValueError(f"risks on unknown steps: {', '.join(sorted(lost))}")
    return {
        "external_flow": external,
        "external_chart": "" if external else codes["external"],
        "internal_flow": internal,
        "internal_chart": "" if internal else codes["internal"],
        "risk_points": risks,
        "risk_chart": "" if risks else codes["risk"],
    }


def _own_flow(table: Mapping[str, Any], kind: str) -> Flow | None:
    own = table.get(f"{kind}_flow")
    title = {"external": "外部流程图", "internal": "内部流程图"}[kind]
    return read.flow(f"{table['name']}{title}", own["steps"], own.get("ways", ())) if own else None


def _with_units(flow: Flow, table: Mapping[str, Any], body: DemoBody) -> Flow:
    """Take the class's internal flow over and name the unit of every post: the handling unit where it has the post."""
    units = sorted(body.units, key=lambda unit: unit.name != table["unit"])
    located = []
    for step in flow.steps:
        unit = next((unit for unit in units if any(post.name == step.post for post in unit.posts)), None)
        if unit is None:
            raise ValueError(f"no unit of {body.name} has the post {step.post}")
        located.append(step.model_copy(update={"unit": unit.name}))
    return Flow(name=f"{table['name']}内部流程图", steps=tuple(located), transitions=flow.transitions)


def _guide(table: Mapping[str, Any], common: Mapping[str, Any], defaults: Mapping[str, Any]) -> Guide | None:
    """Items that somebody applies for have a guide; what an officer starts (penalty, inspection …) has none."""
    if "steps" not in common or "materials" not in table:
        return None
    return Guide(
        conditions=tuple(table["conditions"]),
        materials=tuple(read.material(line, defaults["sample"]) for line in table["materials"]),
        steps=tuple(table.get("steps", common["steps"])),
        review_points=tuple(table.get("review", ())),
        results=tuple(table.get("results", common["results"])),
        hours=table.get("hours", defaults["hours"]),
        online=table.get("online", True),
        improper_act=defaults["improper"],
    )
