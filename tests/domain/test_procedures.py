"""Procedures: what ships is the law's, what is wrong is told with its place, and an item's flow becomes one."""

import csv
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.charts import read_charts
from domain.engine.gates import GATES
from domain.flows import Flow, Limit, Step
from domain.gate_names import GATE_NAMES
from domain.procedure_building import procedure_of
from domain.procedure_files import ProcedureError, load_procedures, parse_procedures
from domain.procedure_parts import Needs
from domain.procedures import Procedure
from domain.profiles import load_profiles
from tests.matters import item, procedure

SHIPPED = load_procedures(load_profiles()["demo-city"])
FILES = {
    one.name: one.read_text("utf-8")
    for one in resources.files("domain").joinpath("procedures").iterdir()
    if one.name.endswith(".toml")
}


# Every legal number stands beside its row of the table of deadline rules.
@pytest.mark.clause("R5")
@pytest.mark.parametrize(
    ("row", "name", "limit"),
    [
        ("XK-01", "licence", "supplement_notice"),
        ("XK-03", "licence", "decide"),
        ("XK-04", "licence-joint", "decide"),
        ("XK-06", "licence", "certificate"),
        ("XK-07", "licence", "request_hearing"),
        ("XK-08", "licence", "organise_hearing"),
        ("XK-09", "licence", "hearing_notice"),
        ("CF-01", "penalty-ordinary", "decide"),
        ("CF-02", "penalty-ordinary", "request_hearing"),
        ("CF-03", "penalty-ordinary", "hearing_notice"),
        ("CF-04", "penalty-ordinary", "serve_decision"),
        ("CF-05", "penalty-ordinary", "registered_evidence"),
        ("CF-06", "penalty-summary", "pay_fine"),
        ("QZ-01", "coercion", "report_urgent"),
        ("QZ-02", "coercion", "decide"),
        ("QZ-03", "coercion", "serve_freeze"),
        ("QZ-04", "coercion", "freeze"),
    ],
)
def test_limits_are_those_of_the_law(row: str, name: str, limit: str, shared_data: Path) -> None:
    with (shared_data / "tables" / "deadline-rules-machine.csv").open(encoding="utf-8-sig") as file:
        rule = next(one for one in csv.DictReader(file) if one["id"] == row)
    ours = SHIPPED[name].limits[limit]
    assert (str(ours.value), ours.unit, ours.direction, ours.who) == (
        rule["limit"],
        rule["unit"],
        rule["direction"],
        "party" if rule["counted_by"] == "party" else "organ",
    )
    assert ours.clause.startswith(f"{rule['law']}-{rule['article'].split('(')[0]}")
    extension = (str(ours.extension.value), ours.extension.approver) if ours.extension else ("", "")
    # 行政处罚法-66 defers the payment of a fine, it does not extend the limit.
    assert extension == (rule["extension"], rule["extension_approver"] if rule["extension"] else "")


@pytest.mark.clause("R1")
@pytest.mark.parametrize("one", SHIPPED.values(), ids=SHIPPED)
def test_every_rule_of_a_shipped_procedure_names_its_clause(one: Procedure) -> None:
    def clauses(node: Any, path: str) -> list[str]:
        if isinstance(node, list):
            return [found for number, child in enumerate(node) for found in clauses(child, f"{path}[{number}]")]
        if not isinstance(node, dict):
            return []
        own = [path] if "clause" in node and not node["clause"] else []
        return own + [found for key, child in node.items() for found in clauses(child, f"{path}.{key}")]

    assert clauses(one.model_dump(), one.id) == []
    assert all(limit.clause for limit in one.limits.values())


@pytest.mark.clause("R12")
def test_the_stages_of_a_penalty_are_the_nine() -> None:
    stages = SHIPPED["penalty-ordinary"].stages
    assert stages == ("来源登记", "立案", "调查", "一次讨论", "陈述申辩和听证", "二次讨论", "处罚决定", "执行", "结案")
    assert [step.stage for step in SHIPPED["penalty-ordinary"].steps] == sorted(
        (step.stage for step in SHIPPED["penalty-ordinary"].steps), key=stages.index
    )


def test_every_gate_has_its_name_and_its_code() -> None:
    assert sorted(GATES) == list(GATE_NAMES) == sorted(GATE_NAMES)


def test_kinds_of_matters_are_kept_apart() -> None:
    assert {one.kind for name, one in SHIPPED.items() if name.startswith("penalty")} == {"penalty_case"}
    assert {one.kind for name, one in SHIPPED.items() if name.startswith("rating")} == {"rating_review"}
    heard = ("consultation", "complaint", "report")
    assert {one.kind for name, one in SHIPPED.items() if name.startswith(heard)} == {"complaint"}
    apart = ("penalty", "rating", "supervision", *heard)
    others = {one.kind for name, one in SHIPPED.items() if not name.startswith(apart)}
    assert others == {"case"}
    assert all(one.merging is None for one in SHIPPED.values() if one.kind == "case")


# 行政处罚法-63: without an amount of the region every fine is large; the demo city has amounts.
@pytest.mark.clause("R11")
def test_amounts_come_from_the_profile() -> None:
    without = load_procedures(load_profiles()["xuzhou-2016"])["penalty-ordinary"]
    assert without.hearing is not None
    assert without.hearing.large_amounts == {}
    assert set(SHIPPED["penalty-ordinary"].amounts) - set(without.amounts) == {
        "large_fine_citizen",
        "large_fine_organisation",
    }


SMALL = """
id = "small"
version = 1
name = "小"
kind = "case"
clause = "003-29"
stages = ["一"]
steps = [
  { key = "a", name = "受理", function = "intake" },
  { key = "b", name = "办理", function = "handling", fork = true },
  { key = "c", name = "甲", function = "handling" },
  { key = "d", name = "乙", function = "handling" },
  { key = "e", name = "汇合", function = "review", join = "b" },
  { key = "f", name = "办结", function = "closure", end = true },
]
ways = [
  { source = "a", target = "b" },
  { source = "b", target = "c" },
  { source = "b", target = "d" },
  { source = "c", target = "e" },
  { source = "d", target = "e" },
  { source = "e", target = "f" },
]
[limits.decide]
name = "期限"
value = 5
unit = "workday"
clause = "003-53"
[results]
done = { name = "完成", negative = false, clause = "003-29" }
"""


def test_a_fork_with_its_join_is_well_formed() -> None:
    assert parse_procedures({"small.toml": SMALL})["small"].by_key["e"].join == "b"


@pytest.mark.clause("R1")
@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('clause = "003-53"', 'clause = ""', "limits.decide.clause", "at least 1 character"),
        ('clause = "003-53"', "", "limits.decide.clause", "Field required"),
        ('{ source = "e", target = "f" },', '{ source = "e", target = "f" }, { source = "e", target = "z" },', "(file)", "unknown steps: z"),
        ('{ source = "e", target = "f" },', '{ source = "e", target = "f" }, { source = "e", target = "f" },', "(file)", "drawn twice"),
        ('key = "f"', 'key = "e"', "(file)", "two steps have the same key"),
        ('{ source = "b", target = "c" },', '{ source = "b", target = "c" }, { source = "b", target = "e" },', "(file)", "straight into its join"),
        ('{ source = "e", target = "f" },', "", "(file)", "cannot be reached: f"),
        (", end = true }", " }", "(file)", "dead end: f"),
        ('{ source = "d", target = "e" },', "", "(file)", "dead end: d"),
        (', join = "b"', "", "(file)", "forks without a join: b"),
        (", fork = true", "", "(file)", "joins of steps that do not fork: b"),
        ('{ source = "d", target = "e" }', '{ source = "d", target = "f" }', "(file)", "outside the fork b|does not lead"),
        ('{ source = "c", target = "e" },', '{ source = "c", target = "e" }, { source = "a", target = "c" },', "(file)", "entered from outside: c"),
        ('{ source = "e", target = "f" },', '{ source = "e", target = "f" }, { source = "e", target = "b" },', "(file)", "circle"),
        ('{ source = "e", target = "f" },', '{ source = "e", target = "f" }, { source = "b", target = "f", back = true },', "(file)", "does not go back"),
        ('function = "review"', 'function = "review", gates = ["luck"]', "steps.e.gates.0", "Input should be"),
        ('function = "review"', 'function = "nonsense"', "steps.e.function", "Input should be"),
        ('function = "review"', 'function = "intake"', "(file)", "exactly one step of the function intake"),
        ('function = "review"', 'function = "review", needs = { documents = ["letter"] }', "(file)", "steps.e.needs.documents: letter"),
        ('unit = "workday"', 'unit = "workday"\nstart = "full_moon"', "(file)", "limits.decide.start: full_moon"),
        ("value = 5", "value = 0", "limits.decide", "0 goes with the unit"),
        ("value = 5", 'profile = "reply_real_name"', "limits.decide.profile", "no profile"),
        ('id = "small"', 'id = "large"', "id", "must be called large.toml"),
        ('id = "small"', 'extends = "nothing"\nid = "small"', "extends", "no such procedure"),
        ("version = 1", "version = ", "(file)", "not TOML"),
        ("version = 1", "version = 1\nspeed = 2", "speed", "not permitted"),
    ],
)  # fmt: skip
def test_a_wrong_procedure_is_told_with_file_key_and_reason(old: str, new: str, key: str, reason: str) -> None:
    assert old in SMALL
    with pytest.raises(ProcedureError, match=reason) as caught:
        parse_procedures({"small.toml": SMALL.replace(old, new, 1)})
    assert (caught.value.file, caught.value.key) == ("small.toml", key)


def test_a_limit_may_be_that_of_the_profile() -> None:
    text = SMALL.replace('value = 5\nunit = "workday"\nclause = "003-53"', 'profile = "reply_real_name"')
    limit = parse_procedures({"small.toml": text}, load_profiles()["xuzhou-2016"])["small"].limits["decide"]
    assert (limit.value, limit.unit, limit.clause) == (7, "workday", "003-52")


def test_no_procedure_file_is_left_unread() -> None:
    assert {name.removesuffix(".toml") for name in FILES if not name.startswith("_")} == set(SHIPPED)
    assert all(tomllib.loads(text) for text in FILES.values())


# -- from the flows of items -------------------------------------------------------------------------------------------


DRAWN = read_charts(tomllib.loads(resources.files("deploy").joinpath("demo", "charts.toml").read_text("utf-8")))
CHARTS = {chart.code: chart for chart in DRAWN if chart.kind == "internal"}
TEMPLATES = {
    "coercion": "coercion",
    "inspection": "inspection",
    "licence": "licence",
    "penalty": "penalty-ordinary",
    "penalty-summary-internal": "penalty-summary",
}


@pytest.mark.clause("L5")
@pytest.mark.parametrize("code", CHARTS)
def test_every_internal_chart_of_the_demo_city_becomes_a_procedure(code: str) -> None:
    chart = CHARTS[code]
    category = chart.category or "licence"
    built = procedure_of(procedure(TEMPLATES.get(code, TEMPLATES.get(category, "case"))), chart.flow, item(category), 3)
    assert built.version == 3
    assert [step.name for step in built.steps][-len(chart.flow.steps) :] == [step.name for step in chart.flow.steps]
    assert [step.function for step in built.steps].count("intake") == 1
    assert all(step.limit.clause for step in built.steps if step.limit)
    assert {risk.step for risk in built.risk_points} <= set(built.by_key)


@pytest.mark.clause("R1")
def test_returns_of_a_chart_are_told_from_its_ways_on() -> None:
    built = procedure_of(procedure("licence"), CHARTS["licence-internal"].flow, item(), 1)
    assert [(way.source, way.target) for way in built.ways if way.back] == [("verify", "review")]
    assert {step.key: step.function for step in built.steps} == {
        "accept": "intake",
        "review": "review",
        "inspect": "investigation",
        "verify": "review",
        "decide": "decision",
        "deliver": "service",
    }
    assert built.step("deliver").needs.served == ("decision",)
    assert built.step("review").needs == built.step("verify").needs == Needs()


# A chart may list its steps in any order: what counts is the way, not the place in the list.
def test_a_way_to_a_step_listed_before_is_no_return_by_that() -> None:
    steps = tuple(Step(key=key, name=name) for key, name in (("a", "受理"), ("c", "归总"), ("b", "办理")))
    flow = Flow.model_validate(
        {"steps": steps, "transitions": [{"source": "a", "target": "b"}, {"source": "b", "target": "c"}]}
    )
    built = procedure_of(procedure("case"), flow, item("levy"), 1)
    assert [way for way in built.ways if way.back] == []
    assert [step.key for step in built.steps if step.end] == ["c"]


@pytest.mark.clause("R5")
def test_the_limits_of_the_item_come_first() -> None:
    flow = CHARTS["licence-internal"].flow
    usual = item(statutory_limit=Limit(value=20), promised_limit=Limit(value=12))
    built = procedure_of(procedure("licence"), flow, usual, 1)
    assert built.limits["decide"].extension is not None
    assert (built.limits["promised"].value, built.limits["promised"].clause) == (12, "002-4.2.5")
    assert "promised" in built.pauses["hearing"].stops
    special = item(statutory_limit=Limit(value=45, unit="day", clause="某法第三条"))
    own = procedure_of(procedure("licence"), flow, special, 1).limits["decide"]
    assert (own.value, own.unit, own.clause, own.extension) == (45, "day", "某法第三条", None)


def test_a_flow_without_acceptance_gets_it() -> None:
    flow = Flow(steps=(Step(key="assess", name="核定"), Step(key="settle", name="对账")))
    built = procedure_of(procedure("case"), flow, item("levy"), 1)
    assert [(step.key, step.function) for step in built.steps] == [
        ("accept", "intake"),
        ("assess", "handling"),
        ("settle", "handling"),
    ]


@pytest.mark.parametrize(
    ("names", "functions"),
    [
        (("来源登记", "立案", "调查"), ["source", "intake", "investigation"]),
        (("来源登记", "调查", "立案"), ["source", "intake", "handling", "investigation", "handling"]),
        (("立案", "调查", "再次立案"), ["intake", "investigation", "handling"]),
    ],
)
def test_only_what_comes_first_is_the_acceptance(names: tuple[str, ...], functions: list[str]) -> None:
    flow = Flow(steps=tuple(Step(key=f"s{number}", name=name) for number, name in enumerate(names)))
    built = procedure_of(procedure("penalty-ordinary"), flow, item("penalty"), 1)
    assert [step.function for step in built.steps] == functions


def test_a_flow_that_cannot_run_is_refused_with_its_item() -> None:
    flow = Flow(steps=(Step(key="a", name="受理"), Step(key="b", name="办理")))
    with pytest.raises(ProcedureError, match="exactly one step of the function intake, here: a, b") as caught:
        procedure_of(procedure("case"), flow, item("levy"), 1, functions={"a": "intake", "b": "intake"})
    assert caught.value.file == f"item {item('levy').code}"


def test_of_several_approvals_the_last_is_the_decision() -> None:
    built = procedure_of(procedure("coercion"), CHARTS["coercion-internal"].flow, item("coercion"), 1)
    functions = {step.key: step.function for step in built.steps}
    assert (functions["approve"], functions["act"], functions["resolve"]) == ("review", "investigation", "decision")
    assert built.gates_of(built.step("act")) == ("certified_officers",)


# Every category of the demo city has exactly one procedure that its items run by when they have no flow of their own.
@pytest.mark.clause("L1")
def test_every_category_has_its_procedure() -> None:
    served = [category for one in SHIPPED.values() for category in one.categories]
    assert sorted(served) == sorted(category.code for category in load_profiles()["demo-city"].categories)
