"""督办 from an alert to the finding and the rectification: every hop by whom it belongs to, within its own limit (S5, Q1–Q3)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from domain.access import Role
from domain.assessments.subjects import Place
from domain.periods import quarter_of
from domain.supervision.rule_files import load_rules
from domain.supervision.violations import Responsible, load_violations
from resolvers import matters, outbox, supervision
from resolvers.addresses import plain_url
from resolvers.assessments_evidence import evidence_of
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound, NotPermitted
from resolvers.matters import KeyReused, MatterRefused
from resolvers.supervision import AlertFilter, CaseFinding, CaseOpening
from tests import factories, running
from tests.running import Office, agree, paper

pytestmark = pytest.mark.clause("S5", "Q1", "Q2", "Q3")
OPENING = CaseOpening("case-1", "不予受理的核查", "", "不予受理没有说明去处", "查清原因并改正", date(2026, 3, 20))


@pytest.fixture
async def office(database: Database) -> Office:
    """Return a body at work, with a supervision bureau beside it: two supervisors and their head."""
    made = await running.office(database)
    bureau = await factories.body(made.ctx, made.government, code="B077", number="077", name="云川市监察机构")
    holders: dict[str, tuple[str, tuple[Role, ...]]] = {
        "watcher": ("监督检查岗", (Role.SUPERVISION_BUREAU,)),
        "checker": ("案件检查岗", (Role.SUPERVISION_BUREAU,)),
        "chief": ("分管负责人岗", (Role.SUPERVISION_BUREAU,)),
    }
    made.people |= await running.people(made.ctx, bureau, holders)
    await supervision.keep_shipped(made.ctx)
    return made


async def told(of: Office) -> None:
    while claimed := await outbox.claim(of.ctx):
        for one in claimed:
            await outbox.deliver(of.ctx, one.id)


async def alarmed(of: Office) -> int:
    """Commit a breach and return its alert."""
    refused = await of.open()
    await of.act(refused, "clerk", "refuse_acceptance", ground="not_needed", reasons="不需要许可")
    await told(of)
    rows = (await supervision.list_alerts(of.ctx, AlertFilter(rule="R12"))).rows
    return max(one.id for one in rows)


async def opened(of: Office, **changes: Any) -> int:
    asked = replace(OPENING, undertaker=of.body.code, **changes)
    return (await supervision.open_case(of.at("watcher"), asked)).matter_id


async def _to_the_finding(of: Office, case: int) -> None:
    await of.act(case, "watcher", "accept")
    await of.act(case, "chief", "complete", opinion=agree())
    await of.act(case, "watcher", "complete", documents=[paper("handling_notice")])
    await of.act(case, "head", "complete")
    await of.act(case, "head", "record", documents=[paper("delay_statement")])
    await of.act(case, "watcher", "record", documents=[paper("expedite_notice")])
    await of.act(case, "head", "complete", opinion=agree(), documents=[paper("feedback_report")])
    await of.act(case, "checker", "complete", opinion=agree())


async def test_an_alert_is_followed_to_its_finding_and_the_rectification(office: Office, owner_url: str) -> None:
    alert = await alarmed(office)
    case = await opened(office, source="alert", alerts=(alert,))
    assert await opened(office, source="alert", alerts=(alert,)) == case
    view = await supervision.alert(office.at("watcher"), alert)
    assert (view.row.case_id, [one.kind for one in view.history]) == (case, ["alert.opened", "alert.taken_up"])
    await _to_the_finding(office, case)
    finding = CaseFinding(
        key="find-1",
        result="established",
        reasons="没有告知去处",
        violation="procedure_not_followed",
        measures=("rectify",),
        responsible=(
            Responsible(kind="direct", who="王某", measure="admonishing_talk"),
            Responsible(kind="collective"),
        ),
        rectify_by=office.ctx.today + timedelta(days=30),
    )
    done = await supervision.find_case(office.at("chief"), case, finding)
    assert (done.steps, (await supervision.find_case(office.at("chief"), case, finding)).repeated) == (("tell",), True)
    office.later(minutes=1)
    await office.act(case, "watcher", "record", documents=[paper("finding_notice"), paper("rectification_notice")])
    await office.act(case, "watcher", "serve", document="finding_notice", method="direct")
    await office.act(case, "watcher", "complete", to="rectify")
    await office.act(case, "head", "complete", opinion=agree(), documents=[paper("rectification_report")])
    await office.act(case, "checker", "complete", opinion=agree(), to="close")
    await office.act(case, "watcher", "close")
    shown = await matters.matter(office.at("watcher"), case)
    assert (shown.row.kind, shown.row.phase, shown.matter.ending) == ("supervision_case", "closed", "finished")
    facts = {code: one.value for code, one in shown.matter.facts.items()}
    assert facts["violation"] == "procedure_not_followed 未按内部流程图规定的程序行使权力（003-51(4)）"
    assert facts["responsibility"] == "王某，直接责任，诫勉谈话；集体责任"
    assert facts["grounds"] == f"监察预警：R12#{alert}"
    assert {visit.body for visit in shown.matter.visits if visit.step in ("sign", "feedback", "rectify")} == {
        office.body.code
    }
    await _a_trial_says_nothing(office, owner_url, alert)


async def _a_trial_says_nothing(of: Office, owner_url: str, alert: int) -> None:
    """Whose steps a finding is about is said by the alerts that count, and not by one of a rule on trial (003-43)."""

    async def places() -> list[Place]:
        async with unit_of_work(of.ctx, unrecorded="evidence is only read") as uow:
            found = await evidence_of(of.ctx, uow, of.government.id or 0, quarter_of(of.ctx.today))
        return [one.place for one in found[of.body.code].findings]

    await told(of)
    before = await places()
    owner = await asyncpg.connect(plain_url(owner_url))
    of_table = "SELECT column_name FROM information_schema.columns WHERE table_name = 'alert' AND column_name <> 'id'"
    columns = [row["column_name"] for row in await owner.fetch(of_table)]
    other = {"trial": "{trial}", "occasion": "'{trial}'", "post": "'另一岗位'"}
    values = ", ".join(other.get(one, one) for one in columns)
    copied = f"INSERT INTO alert ({', '.join(columns)}) SELECT {values} FROM alert WHERE id = $1"
    moved = []
    for trial in ("true", "false"):
        await owner.execute(copied.replace("{trial}", trial), alert)
        moved.append(await places() != before)
    await owner.close()
    assert (len(before), moved) == (1, [False, True])


async def test_nobody_does_what_is_anothers_part(office: Office) -> None:
    case = await opened(office)
    await office.act(case, "watcher", "accept")
    with pytest.raises(MatterRefused):
        await office.act(case, "watcher", "complete", opinion=agree())
    await office.act(case, "chief", "complete", opinion=agree())
    await office.act(case, "watcher", "complete", documents=[paper("handling_notice")])
    for who in ("watcher", "chief"):
        with pytest.raises(MatterRefused):
            await office.act(case, who, "complete")
    with pytest.raises(NotPermitted):
        await supervision.open_case(office.at("clerk"), replace(OPENING, key="k2", undertaker=office.body.code))
    stranger = await factories.body(office.ctx, office.government, code="B088", number="088", name="云川市第八局")
    outside = office.ctx.acting_as(await running.person(office.ctx, stranger, "other", "窗口受理岗"))
    with pytest.raises(NotFound):
        await matters.matter(outside, case)


async def test_a_finding_names_a_violation_of_the_catalogue_and_a_measure_that_it_allows(office: Office) -> None:
    case = await opened(office)
    await _to_the_finding(office, case)
    finding = CaseFinding("f", "established", "查实", "list_not_published", ("rectify",), rectify_by=date(2026, 4, 30))
    wrong = {
        "violation": replace(finding, violation="no_such"),
        "measures": replace(finding, measures=("hold_to_account",)),
        "responsible": replace(finding, responsible=(Responsible(kind="direct"),)),
    }
    unclear = (
        {"rectify_by": None},
        {"rectify_by": office.ctx.today},
        {"measures": ("criticise",)},
        {"rectify_by": office.ctx.today + timedelta(days=367)},
    )
    asked = [*wrong.items(), *(("rectify_by", replace(finding, **one)) for one in unclear)]
    for field, one in asked:
        with pytest.raises(InvalidInput) as refused:
            await supervision.find_case(office.at("chief"), case, one)
        assert refused.value.problems[0].path == field
    # Who has checked does not find (002-4.2.1).
    with pytest.raises(MatterRefused):
        await supervision.find_case(office.at("checker"), case, finding)
    assert (await supervision.find_case(office.at("chief"), case, finding)).steps == ("tell",)


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"undertaker": "B077"}, "undertaker"),
    ({"undertaker": "none"}, "undertaker"),
    ({"finish_on": date(2026, 3, 2)}, "finish_on"),
    ({"content": " "}, "content"),
    ({"source": "rumour"}, "source"),
)


async def test_what_a_case_needs_is_asked_for_at_its_field(office: Office) -> None:
    for change, field in WRONG:
        asked = replace(OPENING, **{"undertaker": office.body.code} | change)
        with pytest.raises(InvalidInput) as refused:
            await supervision.open_case(office.at("watcher"), asked)
        assert [one.path for one in refused.value.problems] == [field]
    await opened(office)
    with pytest.raises(KeyReused):
        await opened(office, content="另一件事")


async def test_late_hops_raise_alerts_against_whose_they_are(office: Office) -> None:
    """R16, R17: not signed and not finished in time, by grade; a late supervisor is found as well."""
    slow = await opened(office, key="slow")
    case = await opened(office)
    await office.act(case, "watcher", "accept")
    await office.act(case, "chief", "complete", opinion=agree())
    await office.act(case, "watcher", "complete", documents=[paper("handling_notice")])
    office.later(days=25)
    await matters.sweep(office.ctx)
    await told(office)
    await supervision.sweep(office.ctx)
    rows = (await supervision.list_alerts(office.ctx)).rows
    of = {(one.rule_code, one.matter_id): (one.grade, one.body_code) for one in rows if one.matter_id}
    assert of["R16", case] == ("alarm", office.body.code)
    assert of["R17", case] == ("alarm", office.body.code)
    assert of["R25", slow] == ("alarm", "B077")
    assert not any(code == "R01" for code, _ in of)


@pytest.mark.clause("S5", "S8", "003-39")
async def test_a_late_supervisor_is_for_the_bureau_one_level_up(office: Office, owner_url: str) -> None:
    """Not approved in time: seen and handled by the bureau above, known to the late one, and not lifted by it."""
    above = await factories.government(office.ctx, division_code="990000", name="云川省", level="province")
    upper = await factories.body(office.ctx, above, code="P077", number="077", name="云川省监察机构")
    chief = office.ctx.acting_as(await running.person(office.ctx, upper, "upper", "监察岗", Role.SUPERVISION_BUREAU))
    connection = await asyncpg.connect(plain_url(owner_url))
    await connection.execute("UPDATE government SET parent_id = $1 WHERE id = $2", above.id, office.government.id)
    await connection.execute("UPDATE body SET offices = '{supervision_bureau}' WHERE code = 'B077'")
    await connection.close()
    slow = await opened(office)
    await office.act(slow, "watcher", "accept")
    office.later(days=9)
    await matters.sweep(office.ctx)
    await told(office)
    where, chief = AlertFilter(rule="R25"), chief.at(office.ctx.now)
    (late,) = (await supervision.list_alerts(chief, where)).rows
    assert (late.body_code, late.government_name, late.matter_open) == ("B077", "云川省", False)
    assert "报批" in late.message
    assert (await supervision.board(chief)).whole.alarm == 1
    (known,) = (await supervision.list_alerts(office.at("watcher"), where)).rows
    assert (known.id, known.matter_open) == (late.id, True)
    assert (await supervision.list_alerts(office.at("clerk"), where)).rows == ()
    with pytest.raises(NotPermitted):
        await supervision.lift(office.at("watcher"), [late.id], "objective", "忙")
    assert ("B077", "云川市监察机构") in await supervision.undertakers(chief)
    asked = replace(OPENING, undertaker="B077", source="alert", alerts=(late.id,), finish_on=date(2026, 4, 3))
    case = await supervision.open_case(chief, asked)
    assert (await matters.matter(office.at("watcher"), case.matter_id)).row.bodies == ("P077", "B077")
    with pytest.raises(InvalidInput):
        await supervision.open_case(chief, replace(OPENING, key="k3", undertaker=office.body.code))


def test_every_violation_has_a_clause_and_measures_that_a_finding_may_choose() -> None:
    catalogue = load_violations()
    clauses = {clause for one in catalogue.violations for clause in (one.clause, *one.also)}
    listed = {f"003-51({number})" for number in range(1, 8)} | {f"000-18({number})" for number in range(1, 6)}
    assert listed | {f"000-19({number})" for number in range(1, 8)} | {"001-16(2)", "001-17", "003-50"} <= clauses
    assert set(catalogue.responsibilities) == {"collective", "direct", "main_leader", "important_leader"}
    assert load_rules().lifting
