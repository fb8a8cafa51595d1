"""Every act through the interface: whole lives of matters, each mutation an event, each refusal typed, nothing twice."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from domain.access import Role
from domain.actors import ANONYMOUS
from resolvers.database import Database
from resolvers.materials import ForApplication, ForMatter, ForOpening, ForParty
from resolvers.materials_values import Target
from schema.acting_openings import APPLY, MERGE, OPEN, SPLIT
from schema.acting_table import OFFICIAL, PARTY
from schema.answers import Asked
from schema.assessments_acting import assessing
from schema.complaints import complaint_mutations
from schema.http import GraphConfig
from schema.inspections_acting import inspecting
from schema.reports_acting import acts as report_acts
from schema.root import runner, schema
from schema.score_items import proposing
from schema.supervision_acting import supervising
from tests import factories, running
from tests.matters import VIOLATION, sha
from tests.running import LICENCE, PENALTY, Office, handed_in

ERROR = "... on UserError { code message path remedy }"
ACTED = "number seq at receipt events phase ending stepKeys stepNames repeated notes { code } matter { number seq }"
DONE = f"""... on MatterActed {{ {ACTED} }} ... on MatterOpened {{ code acted {{ {ACTED} }} }}
  ... on MatterParted {{ numbers acted {{ {ACTED} }} }} ... on MatterRefused {{ clause shortfalls {{ gate message remedy }} }}
  ... on ChangedMeanwhile {{ clause happened {{ seq kind name by at }} }} ... on ValidationError {{ problems {{ path code }} }}"""
GRAPH = schema._schema
EVENTS = "SELECT count(*) FROM event"


def document(name: str) -> str:
    """Return the document of a mutation that asks for everything its result can say."""
    assert GRAPH.mutation_type is not None
    union = GRAPH.mutation_type.fields[name].type
    members = {one.name for one in getattr(union, "of_type", union).types}
    told = [one for one in DONE.split("...") if one.strip() and one.split()[1] in members]
    title = name[0].upper() + name[1:]
    parts = " ".join(f"...{one}" for one in told)
    return f"mutation ($input: {title}Input!) {{ done: {name}(input: $input) {{ __typename {ERROR} {parts} }} }}"


@dataclass
class Desk:
    """People who act through the interface; every act that was done is remembered."""

    office: Office
    used: set[str] = field(default_factory=set)
    count: int = 0

    async def send(self, who: str, name: str, /, **given: Any) -> dict[str, Any]:
        """Send a mutation as one of the people (nobody: a visitor) and return its result."""
        ctx = self.office.at(who) if who else self.office.ctx.acting_as(ANONYMOUS)
        self.count += 1
        sent = {"idempotencyKey": f"a random key of a test {self.count}", **given}
        if "materials" in sent:
            sent = await handed_in(ctx, await self._aim(name, sent), sent)
        answer = await runner.run(Asked(document(name), None, {"input": sent}), ctx, GraphConfig().limits)
        assert not answer.errors, answer.errors
        self.office.later(minutes=1)
        assert answer.data is not None
        found: dict[str, Any] = answer.data["done"]
        return found

    async def _aim(self, name: str, sent: dict[str, Any]) -> Target:
        """Return where the files of a mutation are handed in."""
        if name == "matterOpen":
            return ForOpening(sent["idempotencyKey"], self.office.body.code)
        if name == "matterApply":
            return ForApplication(sent["idempotencyKey"])
        if "code" in sent:
            return ForParty(sent["number"], sent["code"])
        found = "SELECT id FROM matter WHERE number = $1"
        return ForMatter(await self.office.ctx.db.reads.fetchval(found, sent["number"]))

    async def do(self, who: str, name: str, /, **given: Any) -> dict[str, Any]:
        """Send a mutation that is done, and leaves at least one event."""
        before = await self.office.ctx.db.reads.fetchval(EVENTS)
        found = await self.send(who, name, **given)
        assert found["__typename"] in {"MatterActed", "MatterOpened", "MatterParted"}, (name, found)
        assert await self.office.ctx.db.reads.fetchval(EVENTS) > before, name
        self.used.add(name)
        return found


@pytest.fixture
async def desk(database: Database) -> Desk:
    return Desk(await running.office(database))


def paper(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "digest": sha(code), **more}


AGREE = {"verdict": "AGREE", "text": "同意"}
FORM = [{"name": "申请表", "digest": sha("a")}]


async def licence(desk: Desk) -> None:
    """Let a licence run from the counter to the archive, with everything that may happen on the way."""
    opened = await desk.do("clerk", "matterOpen", item=LICENCE, materials=FORM, partyKind="ORGANISATION")
    number = opened["acted"]["number"]
    assert opened["acted"]["matter"] == {"number": number, "seq": 1}
    await desk.do("clerk", "matterNameParty", number=number, party="P1", partyKind="CITIZEN")
    await desk.do("clerk", "matterAssign", number=number, to=desk.office.id_of("clerk"))
    facts = [{"code": "area", "amount": "12.50"}, {"code": "occurred_on", "day": "2026-03-01"}]
    await desk.do("clerk", "matterRecord", number=number, facts=facts, documents=[paper("supplement_notice")])
    await desk.do("clerk", "matterAskSupplement", number=number, items=["照片"])
    await desk.do("clerk", "matterSupplement", number=number, materials=[{"name": "照片", "digest": sha("p")}])
    await desk.do("clerk", "matterAccept", number=number)
    await desk.do("reviewer", "matterOpine", number=number, opinion=AGREE)
    await desk.do("reviewer", "matterRequestAssistance", number=number, of="B002", what="核实产权")
    await desk.do("helper", "matterAnswerAssistance", number=number, request=1, answer="属实")
    told = paper("time_notice")
    await desk.do("reviewer", "matterRecord", number=number, documents=[told])
    await desk.do("reviewer", "matterSuspend", number=number, ground="appraisal", reasons="委托鉴定", told=5,
                  toldBy=told["digest"])  # fmt: skip
    await desk.do("reviewer", "matterResume", number=number, ground="appraisal")
    await desk.do("reviewer", "matterComplete", number=number, opinion=AGREE)
    await desk.do("verifier", "matterReturn", number=number, to="review", reasons="需补充核实")
    await desk.do("reviewer", "matterComplete", number=number, opinion=AGREE)
    await desk.do("verifier", "matterComplete", number=number, opinion=AGREE, to="decide")
    approval = {"by": desk.office.id_of("head"), "role": "organ_head", "document": "批准书"}
    await desk.do(
        "deputy", "matterExtend", number=number, limit="decide", value=5, reasons="案情复杂", approval=approval
    )
    decided = await desk.do("deputy", "matterDecide", number=number, outcome={"result": "granted"})
    assert decided["stepKeys"] == ["serve"]
    await desk.do("server", "matterRecord", number=number, documents=[paper("decision")])
    await desk.do("server", "matterServe", number=number, document="decision", method="DIRECT")
    await desk.do("server", "matterComplete", number=number)
    closed = await desk.do("server", "matterClose", number=number)
    assert (closed["phase"], closed["ending"]) == ("CLOSED", "FINISHED")
    await desk.do("server", "matterArchive", number=number, index=sha("i"))
    await desk.do("server", "matterCorrect", number=number, event=4, what="面积", instead="12.60", reasons="笔误")


async def penalties(desk: Desk) -> None:
    """Join and part penalty cases, and let one be investigated until the party may speak."""
    numbers = []
    for _ in range(2):
        opened = await desk.do("inv1", "matterOpen", item=PENALTY, party="P9", title="占道")
        number = opened["acted"]["number"]
        await desk.do("inv1", "matterComplete", number=number)
        await desk.do("deputy", "matterAccept", number=number, documents=[paper("filing_approval")])
        numbers.append((number, opened["code"]))
    (number, code), (other, _) = numbers
    await desk.do("inv1", "matterMerge", number=number, others=[other], reasons="同一当事人")
    parted = await desk.do("inv1", "matterSplit", number=number, titles=["另一行为"], reasons="行为无关")
    assert len(parted["numbers"]) == 1
    office, now = desk.office, desk.office.ctx.now
    evidence = {"code": "evidence_taking", "digest": sha("v"), "began": (now - timedelta(hours=1)).isoformat(),
                "ended": now.isoformat()}  # fmt: skip
    second = [office.id_of("inv2")]
    await desk.do("inv1", "matterComplete", number=number, officers=second, recordings=[evidence],
                  documents=[paper("investigation_report")])  # fmt: skip
    fine = {"violation": VIOLATION, "tier": "较轻", "amount": "1000"}
    proposal = {"result": "penalty", "reasons": "事实清楚", "measures": ["fine"], "fines": [fine]}
    await desk.do("judge", "matterComplete", number=number, opinion=AGREE, proposal=proposal, to="notify")
    await desk.do("inv1", "matterRecord", number=number, documents=[paper("penalty_notice")], officers=second)
    await desk.do("inv1", "matterServe", number=number, document="penalty_notice", method="LEFT", officers=second)
    until = [{"code": "statement_until", "day": "2026-03-10"}]
    await desk.do("inv1", "matterExercise", number=number, right="statement", waive=False)
    await desk.do("inv1", "matterComplete", number=number, facts=until, officers=second)
    await desk.do("", "matterPartyExercise", number=number, code=code, right="statement", waive=True)
    await desk.do("", "matterPartyRecord", number=number, code=code, materials=[{"name": "陈述", "digest": sha("s")}])


async def endings(desk: Desk) -> None:
    """Let applications end in the other ways, by the organ and by the party itself."""
    opened = [await desk.do("", "matterApply", item=LICENCE, materials=FORM) for _ in range(2)]
    (refused, _), (withdrawn, code) = ((one["acted"]["number"], one["code"]) for one in opened)
    assert opened[0]["acted"]["matter"] is None, "a party sees no file"
    await desk.do("clerk", "matterRefuseAcceptance", number=refused, ground="not_needed", reasons="依法不需要许可")
    await desk.do("clerk", "matterAskSupplement", number=withdrawn, items=["照片"])
    photo = [{"name": "照片", "digest": sha("p")}]
    await desk.do("", "matterPartySupplement", number=withdrawn, code=code, materials=photo)
    await desk.do("", "matterPartyWithdraw", number=withdrawn, code=code, reasons="不再需要")
    third = (await desk.do("clerk", "matterOpen", item=LICENCE, materials=FORM))["acted"]["number"]
    await desk.do("clerk", "matterWithdraw", number=third, reasons="当事人书面撤回")
    for name, given in (
        ("matterTerminate", {"ground": "purpose_gone", "reasons": "前提已不存在"}),
        ("matterTransfer", {"ground": "not_competent", "to": "B002", "reasons": "不属于本机关职权"}),
    ):
        number = (await desk.do("clerk", "matterOpen", item=LICENCE, materials=FORM))["acted"]["number"]
        await desk.do("clerk", "matterAccept", number=number)
        await desk.do("reviewer", name, number=number, **given)
    await disputed(desk)


async def disputed(desk: Desk) -> None:
    """Let two bodies dispute over a case, and their legal office designate (行政处罚法-25)."""
    number = (await desk.do("inv1", "matterOpen", item=PENALTY))["acted"]["number"]
    view = {"claims": True, "reasons": "最先立案"}
    await desk.do("inv1", "matterRaiseDispute", number=number, other="B002", **view)
    await desk.do("helper", "matterStateJurisdiction", number=number, **view)
    done = await desk.do("legal", "matterDesignate", number=number, to="B002", reasons="主要违法行为地")
    assert done["matter"] is None, "whoever has designated has nothing more to do with it"


@pytest.mark.clause("R1", "N4", "003-28", "003-30", "003-31")
@pytest.mark.timeout(240)
async def test_every_mutation_is_done_in_some_life_and_leaves_an_event(desk: Desk) -> None:
    office = desk.office
    other = await factories.body(office.ctx, office.government, code="B002", number="002", name="邻局")
    office.people["helper"] = await running.person(office.ctx, other, "helper", "窗口受理岗")
    legal = await factories.body(office.ctx, office.government, code="B009", number="009", name="司法局")
    office.people["legal"] = await running.person(office.ctx, legal, "legal", "指定管辖岗", Role.LEGAL_OFFICE)
    await licence(desk)
    await penalties(desk)
    await endings(desk)
    names = {one.name for one in (*OFFICIAL, *PARTY, OPEN, APPLY, MERGE, SPLIT)}
    assert GRAPH.mutation_type is not None
    # Those of supervision, scores, reports and complaints are done in files of their names.
    elsewhere = (*supervising(), *inspecting(), *assessing(), *proposing(), *report_acts(), *complaint_mutations())
    assert names | {one.name for one in elsewhere} == set(GRAPH.mutation_type.fields)
    assert names - desk.used == set()


@pytest.mark.clause("N5", "R14", "003-33")
async def test_every_refusal_has_a_type_a_code_and_what_to_do(desk: Desk) -> None:
    opened = await desk.do("clerk", "matterOpen", item=LICENCE, materials=FORM)
    number, code = opened["acted"]["number"], opened["code"]
    other = await factories.body(desk.office.ctx, desk.office.government, code="B002", number="002", name="邻局")
    desk.office.people["stranger"] = await running.person(desk.office.ctx, other, "stranger", "窗口受理岗")
    before = await desk.office.ctx.db.reads.fetchval(EVENTS)
    cases: list[tuple[str, str, dict[str, Any], str, str]] = [
        ("reviewer", "matterAccept", {"number": number}, "MatterRefused", "WRONG_POST"),
        ("clerk", "matterRefuseAcceptance", {"number": number, "ground": "whim", "reasons": "x"}, "MatterRefused", ""),
        ("clerk", "matterArchive", {"number": number, "index": "xyz"}, "ValidationError", "BAD_USER_INPUT"),
        ("clerk", "matterAssign", {"number": number, "to": "nobody"}, "ValidationError", "BAD_USER_INPUT"),
        ("stranger", "matterAccept", {"number": number}, "NotFound", "NOT_FOUND"),
        ("", "matterAccept", {"number": number}, "NotFound", "NOT_FOUND"),
        ("clerk", "matterAccept", {"number": "B001XK2026999999"}, "NotFound", "NOT_FOUND"),
        ("", "matterOpen", {"item": LICENCE}, "NotPermitted", "UNAUTHENTICATED"),
        ("stranger", "matterOpen", {"item": LICENCE}, "NotPermitted", "FORBIDDEN"),
        ("clerk", "matterOpen", {"item": "none"}, "NotFound", "NOT_FOUND"),
        ("", "matterPartyWithdraw", {"number": number, "code": "WRONG"}, "NotFound", "NOT_FOUND"),
        ("", "matterApply", {"item": PENALTY}, "Conflict", "NOT_RUNNABLE"),
        ("clerk", "matterAccept", {"number": number, "seen": 0}, "ChangedMeanwhile", "CHANGED_MEANWHILE"),
        ("clerk", "matterAccept", {"number": number, "idempotencyKey": " "}, "ValidationError", "BAD_USER_INPUT"),
    ]  # fmt: skip
    for who, name, given, kind, expected in cases:
        found = await desk.send(who, name, **given)
        assert found["__typename"] == kind, (name, given, found)
        assert found["code"] == expected or not expected, (name, found)
        assert found["message"]
        assert found["remedy"], (name, found)
        if kind == "ChangedMeanwhile":
            assert [one["kind"] for one in found["happened"]] == ["open"]
        if name == "matterArchive":
            assert found["path"] == ["index"]
    missing = await desk.send("clerk", "matterComplete", number=number)
    assert missing["__typename"] == "MatterRefused"
    assert missing["clause"]
    assert await desk.office.ctx.db.reads.fetchval(EVENTS) == before
    assert code


@pytest.mark.clause("003-33")
async def test_a_key_sent_again_gives_the_same_answer_and_for_something_else_an_error(desk: Desk) -> None:
    same = {"idempotencyKey": "one random key for this opening"}
    first = await desk.do("clerk", "matterOpen", item=LICENCE, materials=FORM, **same)
    again = await desk.send("clerk", "matterOpen", item=LICENCE, materials=FORM, **same)
    assert (again["acted"]["repeated"], again["code"]) == (True, first["code"])
    assert again["acted"]["number"] == first["acted"]["number"]
    other = await desk.send(
        "clerk", "matterOpen", item=LICENCE, materials=FORM, title="另一件", partyKind="ORGANISATION", **same
    )
    assert (other["__typename"], other["code"]) == ("IdempotencyKeyReused", "IDEMPOTENCY_KEY_REUSED")
    number, key = first["acted"]["number"], {"idempotencyKey": "k"}
    done = await desk.do("clerk", "matterAccept", number=number, **key)
    repeated = await desk.send("clerk", "matterAccept", number=number, **key)
    assert {**repeated, "matter": None} == {**done, "repeated": True, "matter": None}
    for who, name in (("clerk", "matterRecord"), ("reviewer", "matterAccept")):
        reused = await desk.send(who, name, number=number, **key)
        assert reused["__typename"] == "IdempotencyKeyReused", (name, reused)
        assert reused["path"] == ["idempotencyKey"]
