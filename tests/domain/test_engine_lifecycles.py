"""Every procedure that ships, and every internal chart of the demo city, can be run from the registration to the archive.

A robot does each step as its needs ask. What it cannot finish would hold up a real case for ever.
"""

import tomllib
from datetime import timedelta
from importlib import resources
from typing import Any

import pytest

from deploy.demo.charts import read_charts
from domain.engine.matter import Visit, fold
from domain.engine.rulebook import Rulebook
from domain.procedure_building import procedure_of
from domain.procedure_files import load_procedures
from domain.procedure_parts import ProcedureStep
from domain.profiles import load_profiles
from tests.matters import BODY, CALENDAR, Run, certificate, item, paper, penalty, procedure, sha

SHIPPED = load_procedures(load_profiles()["demo-city"])
DRAWN = read_charts(tomllib.loads(resources.files("deploy").joinpath("demo", "charts.toml").read_text("utf-8")))
CHARTS = {chart.code: chart for chart in DRAWN if chart.kind == "internal"}
TEMPLATES = {"licence": "licence", "coercion": "coercion", "inspection": "inspection", "penalty": "penalty-ordinary"}
BODIES = (BODY, "320300002")


class Robot(Run):
    """Does what is next, with everything that is needed for it."""

    def to_the_end(self, bodies: tuple[str, ...] = ()) -> None:
        self.go(
            "open",
            "clerk",
            matter="M1",
            body=BODY,
            bodies=bodies,
            party="P1",
            materials=[{"name": "申请表", "digest": sha("a")}],
        )
        for _ in range(60):
            if not self.matter.open_visits:
                break
            self.one_step(self.matter.open_visits[0])
        if self.matter.phase == "running":
            self.go("close", "closer")
        self.go("archive", "closer", index=sha("目录"))

    def one_step(self, visit: Visit) -> None:
        step = self.book.procedure.step(visit.step)
        enforcing = "certified_officers" in self.book.procedure.gates_of(step)
        who = f"{step.key}{visit.body}" if not enforcing else "inv1"
        fields: dict[str, Any] = {"by": self.official(who, step, visit.body), "visit": visit.number}
        if enforcing:
            fields["officers"] = ["inv2"]
        for code in step.needs.served:
            self.serve(code, fields)
        self.tell(step, fields)
        self.go(*self.ending(step), **fields | self.needs(step))

    def official(self, who: str, step: ProcedureStep, body: str) -> dict[str, str]:
        return {"kind": "official", "id": who, "body": body or BODY, "post": step.post}

    def serve(self, code: str, fields: dict[str, Any]) -> None:
        who = {"by": fields["by"], "visit": fields["visit"]}
        self.go("record", documents=[paper(code)], **fields)
        self.go("serve", document=code, method="direct", **who)

    def tell(self, step: ProcedureStep, fields: dict[str, Any]) -> None:
        """In a penalty case the party is told and heard before the decision, wherever the flow leaves room for it."""
        procedure = self.book.procedure
        if step.function != "decision" or procedure.kind != "penalty_case" or "told" in self.matter.marks:
            return
        if "oral_notice" in procedure.documents:
            self.go("record", documents=[paper("oral_notice")], **fields)
        else:
            self.serve("penalty_notice", fields)

    def ending(self, step: ProcedureStep) -> tuple[str, str]:
        kinds = {"intake": "accept", "decision": "decide", "closure": "close" if step.end else "complete"}
        return kinds.get(step.function, "complete"), ""

    def good_result(self) -> str:
        return next(code for code, rule in self.book.procedure.results.items() if not rule.negative)

    def needs(self, step: ProcedureStep) -> dict[str, Any]:
        recordings = [
            {"code": code, "digest": sha(code), "began": self.now - timedelta(minutes=9), "ended": self.now}
            for code in step.needs.recordings
        ]
        punishing = self.book.procedure.kind == "penalty_case"
        warning = penalty(measures=("warning",))
        given: dict[str, Any] = {
            "documents": [paper(code) for code in step.needs.documents if code not in step.needs.served],
            "recordings": recordings,
            "facts": [{"code": code, "day": "2026-03-05"} for code in step.needs.facts],
            "opinion": {"verdict": "agree"},
        }
        if step.function == "decision":
            given["outcome"] = warning if punishing else {"result": self.good_result()}
        elif punishing and (
            step.needs.proposal or (step.function not in ("source", "intake", "closure") and not self.matter.proposals)
        ):
            given["proposal"] = warning
        elif step.needs.proposal:
            given["proposal"] = {"result": self.good_result()}
        onward = self.book.procedure.forward(step.key)
        if len(onward) > 1 and not step.fork:
            given["to"] = next(way.target for way in onward if not way.gates)
        return given

    def go(self, kind: str, who: str = "", /, **fields: Any) -> Any:
        made = super().go(kind, who, **fields)
        rights = self.book.procedure.rights
        marks = self.matter.marks
        if (
            "statement" in rights
            and "told" in marks
            and not {"statement_made", "statement_waived"} & set(marks)
            and kind != "exercise"
        ):
            super().go("exercise", "party", right="statement")
        return made


def book(of: Any, category: str) -> Rulebook:
    officers = tuple(certificate(one) for one in ("inv1", "inv2"))
    return Rulebook(procedure=of, calendar=CALENDAR, item=item(category), item_version=1, certificates=officers)


def finish(robot: Robot, bodies: tuple[str, ...] = ()) -> None:
    robot.to_the_end(bodies)
    matter = robot.matter
    assert (matter.phase, matter.ending, matter.open_visits) == ("archived", "finished", ())
    assert {"received", "accepted", "decided", "closed", "archived"} <= set(matter.marks)
    assert fold(robot.events) == matter


@pytest.mark.clause("R1")
@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_procedure_runs_to_its_end(name: str) -> None:
    of = SHIPPED[name]
    category = "penalty" if of.kind == "penalty_case" else (of.categories or ("licence",))[0]
    finish(Robot(book(of, category)), BODIES if name == "licence-joint" else ())


@pytest.mark.clause("R1")
@pytest.mark.clause("L5")
@pytest.mark.parametrize("code", CHARTS)
def test_every_item_of_the_demo_city_can_be_handled_to_its_end(code: str) -> None:
    category = CHARTS[code].category or "licence"
    template = "penalty-summary" if code == "penalty-summary-internal" else TEMPLATES.get(category, "case")
    built = procedure_of(procedure(template), CHARTS[code].flow, item(category), 1)
    robot = Robot(book(built, category))
    robot.to_the_end()
    assert robot.matter.phase == "archived"
    assert robot.matter.ending == "finished"
