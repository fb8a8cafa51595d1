"""Matters through the interface: who may see one sees all of it, for everybody else there is none."""

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from domain.access import Role
from domain.actors import ANONYMOUS, SYSTEM, Actor
from domain.parties import Party, reference
from resolvers import matters, parties
from resolvers.context import Context
from resolvers.database import Database
from resolvers.matters import Opened
from schema.answers import COMPILED, Answer, Asked
from schema.limits import Limits
from schema.node import global_id
from schema.root import runner
from tests import factories, running
from tests.hall import served
from tests.matters import sha
from tests.running import LICENCE, PENALTY, Office, agree, paper
from tests.schema.conftest import Counted

WIDE = Limits(depth=40, aliases=10_000, selections=200_000, repeats=1_000, cost=10**9)
CASE = """query ($number: String!) { matter(number: $number) {
  __typename id number title phase ending itemCode category { code name } bodies stepKeys stepNames posts dueOn dueName
  dueProvisional paused openedAt acceptedAt decidedAt closedAt changedAt partyKind origin seq
  body { code name government { name } } itemVersion { number name }
  steps { number key name body enteredAt leftAt ending }
  opinions { seq at byName visit step stepName opinion { verdict text reasons } }
  facts { code text number amount day moment yesNo } materials { name digest by note } documents { code number digest }
  outcome { result reasons measures fines { violation tier amount lighter } confiscated }
  events(first: 100) { totalCount { count isLowerBound } pageInfo { hasNextPage endCursor } edges { cursor node {
    id matterNumber seq kind doer doerName bodyCode at reasons opinion { verdict text }
    materials { name digest } facts { code number } documents { code } outcome { result } notes { code clause message } } } }
  ... on Case { supplements { askedAt items receivedAt } } ... on PenaltyCase { merged splitOff }
} }"""
LIST = (
    "{ matters(first: 10) { totalCount { count isLowerBound } nodes { __typename number } pageInfo { hasNextPage } } }"
)


@dataclass
class Hall:
    """A body with a case, a penalty case, and people inside and outside."""

    office: Office
    case: Opened
    penalty: Opened
    bureau: Actor
    neighbour: Actor

    def outsiders(self) -> dict[str, Actor]:
        """Return those who may see nothing."""
        scopes = frozenset({"library:read", "documents:register"})
        return {
            "anonymous": ANONYMOUS,
            "integrator": Actor("integrator", name="mirror", scopes=scopes),
            "an official without a post": replace(self.office.people["clerk"], postings=()),
            "an official of another body": self.neighbour,
        }

    def insiders(self) -> dict[str, Actor]:
        """Return those who may see everything."""
        return {"clerk": self.office.people["clerk"], "bureau": self.bureau, "system": SYSTEM}


@pytest.fixture
async def hall(database: Database) -> Hall:
    office = await running.office(database)
    office.ctx = replace(office.ctx, db=database)
    case = await office.open()
    facts = [{"code": "面积", "amount": "12.50"}, {"code": "件数", "number": 3}, {"code": "起", "day": "2026-03-01"},
             {"code": "时", "moment": "2026-03-02T09:30:00+08:00"}, {"code": "是", "yes_no": True}]  # fmt: skip
    await office.act(case, "clerk", "record", facts=facts)
    await office.act(case, "clerk", "ask_supplement", items=["照片", "身份证明"])
    await office.act(case, "clerk", "supplement", materials=[{"name": "照片", "digest": sha("b")}])
    await office.act(case, "clerk", "accept")
    await office.act(case, "reviewer", "complete", opinion=agree())
    penalty = await office.open(PENALTY)
    await office.act(penalty, "inv1", "record", documents=[paper("filing_approval")])
    other = await factories.body(office.ctx, office.government, code="B002", number="002", name="邻局")
    neighbour = await running.person(office.ctx, other, "neighbour", "窗口受理岗")
    bureau = await running.person(office.ctx, other, "watcher", "监察岗", Role.SUPERVISION_BUREAU)
    return Hall(office, case, penalty, bureau, neighbour)


async def both(ctx: Context, query: str, **variables: Any) -> tuple[Answer, Answer]:
    """Return the compiled and the ordinary answer, which read the same."""
    asked = Asked(query, None, variables)
    fast, slow = await runner.run(asked, ctx, WIDE), await runner.run(asked, ctx, WIDE, compiled=False)
    assert json.dumps(json.loads(fast.encoded_body())) == json.dumps(slow.body())
    assert not slow.errors, slow.errors
    return fast, slow


def data(answer: Answer) -> Any:
    """Return the data of an answer that has some."""
    assert answer.data is not None
    return answer.data


@pytest.mark.clause("R1", "003-31", "003-33")
async def test_whoever_may_see_a_case_sees_all_of_it_compiled_or_not(hall: Hall) -> None:
    for actor in hall.insiders().values():
        ctx = hall.office.ctx.acting_as(actor)
        fast, _ = await both(ctx, CASE, number=hall.case.number)
        assert fast.way == COMPILED
        case = data(fast)["matter"]
        assert (case["__typename"], case["phase"], case["ending"]) == ("Case", "RUNNING", "NONE")
        assert [one["key"] for one in case["steps"]] == ["accept", "review", "verify"]
        assert case["steps"][0]["name"] == "受理"
        assert [(one["byName"], one["opinion"]["verdict"]) for one in case["opinions"]] == [("人员reviewer", "AGREE")]
        assert {one["code"]: one["amount"] for one in case["facts"]}["面积"] == "12.50"
        assert case["supplements"][0]["items"] == ["照片", "身份证明"]
        kinds = [edge["node"]["kind"] for edge in case["events"]["edges"]]
        assert kinds == ["OPEN", "RECORD", "ASK_SUPPLEMENT", "SUPPLEMENT", "ACCEPT", "COMPLETE"]
        assert [edge["node"]["seq"] for edge in case["events"]["edges"]] == [1, 2, 3, 4, 5, 6]
        assert case["itemVersion"]["name"] == "测试许可"
        assert case["seq"] == 6
        fast, _ = await both(ctx, CASE, number=hall.penalty.number.lower())
        assert fast.way == COMPILED
        assert (data(fast)["matter"]["__typename"], data(fast)["matter"]["merged"]) == ("PenaltyCase", [])


@pytest.mark.clause("N5", "003-28")
async def test_for_everybody_else_a_matter_is_missing(hall: Hall) -> None:
    ids = [
        data((await both(hall.office.ctx, CASE, number=one.number))[0])["matter"]["id"]
        for one in (hall.case, hall.penalty)
    ]
    node = "query ($id: ID!) { node(id: $id) { __typename id ... on Matter { number } } }"
    for name, actor in hall.outsiders().items():
        ctx = hall.office.ctx.acting_as(actor)
        answers = [await both(ctx, CASE, number=number) for number in (hall.case.number, "B001XK2026999999")]
        assert [data(fast)["matter"] for fast, _ in answers] == [None, None], name
        assert answers[0][0].encoded_body() == answers[1][0].encoded_body(), name
        empty = {"totalCount": {"count": 0, "isLowerBound": False}, "nodes": [], "pageInfo": {"hasNextPage": False}}
        assert data((await both(ctx, LIST))[0]) == {"matters": empty}, name
        assert [data((await both(ctx, node, id=one))[0])["node"] for one in ids] == [None, None], name
    for actor in hall.insiders().values():
        found = [data((await both(hall.office.ctx.acting_as(actor), node, id=one))[0])["node"] for one in ids]
        assert [one["number"] for one in found] == [hall.case.number, hall.penalty.number]


async def test_an_id_of_one_kind_never_finds_a_matter_of_the_other(hall: Hall) -> None:
    node = "query ($id: ID!) { node(id: $id) { __typename } }"
    assert (
        data((await both(hall.office.ctx, node, id=global_id("PenaltyCase", hall.case.matter_id)))[0])["node"] is None
    )


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["penalty", "case"]),
    ({"kind": ["CASE"]}, ["case"]),
    ({"phase": ["RECEIVED"]}, ["penalty"]),
    ({"item": LICENCE, "openOnly": True}, ["case"]),
    ({"body": "B002"}, []),
    ({"category": ["penalty"], "mine": False}, ["penalty"]),
    ({"step": "verify"}, ["case"]),
    ({"dueBefore": "2020-01-01"}, []),
    ({"overdue": True}, []),
    ({"search": "测试"}, ["case"]),
    ({"search": "占道", "openOnly": True}, ["penalty"]),
]


async def test_lists_are_filtered_alike_both_ways(hall: Hall) -> None:
    query = "query ($f: MattersFilter) { matters(filter: $f) { nodes { number } totalCount { count } } }"
    numbers = {"penalty": hall.penalty.number, "case": hall.case.number}
    for where, names in FILTERS:
        fast, _ = await both(hall.office.at("clerk"), query, f=where)
        assert fast.way == ("fallback: matters by words" if "search" in where else COMPILED), where
        assert [one["number"] for one in data(fast)["matters"]["nodes"]] == [numbers[one] for one in names], where
        assert data(fast)["matters"]["totalCount"]["count"] == len(names), where


async def test_pages_of_matters_go_on_where_they_ended(hall: Hall) -> None:
    query = """query ($after: String, $by: MatterSort) { matters(first: 1, after: $after, orderBy: $by) {
      nodes { number } pageInfo { hasNextPage endCursor } } }"""
    for by in ("OPENED", "DUE", "NUMBER"):
        seen, after = [], None
        for _ in range(2):
            fast, _ = await both(hall.office.at("clerk"), query, after=after, by=by)
            seen += [one["number"] for one in data(fast)["matters"]["nodes"]]
            after = data(fast)["matters"]["pageInfo"]["endCursor"]
        assert sorted(seen) == sorted([hall.case.number, hall.penalty.number]), by
        assert not data(fast)["matters"]["pageInfo"]["hasNextPage"]


async def test_a_list_with_everything_below_takes_as_many_statements_as_one_row(hall: Hall, counted: Counted) -> None:
    query = (
        CASE.replace("query ($number: String!) { matter(number: $number) {", "{ matters(first: 50) { nodes {") + " }"
    )
    numbers = []
    for _ in range(2):
        for compiled in (True, False):
            async with counted() as seen:
                answer = await runner.run(Asked(query), hall.office.ctx, WIDE, compiled=compiled)
            assert not answer.errors
            numbers.append(len(seen))
        for _ in range(3):
            await hall.office.open()
    assert numbers[0] == numbers[2] == 1
    assert numbers[1] == numbers[3], "a statement for each row"
    assert (await matters.list_matters(hall.office.at("clerk"))).rows


@pytest.mark.clause("N4", "003-31")
async def test_limits_come_with_their_receipt_day_by_day(hall: Hall, counted: Counted) -> None:
    query = """{ matters(filter: {kind: [CASE]}) { nodes { number deadlines { name title of who state daysLeft atLeast ended
      receipt { start due provisional summary days { day counted reason number } } } } } }"""
    ctx = hall.office.at("clerk")
    fast, _ = await both(ctx, query)
    assert fast.way == "fallback: Case.deadlines"
    (case,) = data(fast)["matters"]["nodes"]
    limits = {one["name"]: one for one in case["deadlines"]}
    decide = limits["decide"]
    assert (decide["state"], decide["of"], decide["who"], decide["daysLeft"]) == ("RUNNING", "MATTER", "ORGAN", 20)
    assert decide["receipt"]["days"][0]["reason"] == "START"
    assert decide["receipt"]["days"][-1]["day"] == decide["receipt"]["due"]
    async with counted() as once:
        await both(ctx, query)
    for _ in range(3):
        await hall.office.open()
    async with counted() as more:
        await both(ctx, query)
    assert len(more) == len(once), "a statement for each matter"


@pytest.mark.clause("003-31(1)", "R4")
async def test_a_party_is_masked_for_those_who_may_see_the_matter(hall: Hall) -> None:
    party = Party("citizen", "citizen_id", "王小明", "11010519491231002X", phone="13800138000")
    party_id = await parties.enter(hall.office.at("clerk"), "B001", party)
    opened = await hall.office.open(party=reference(party_id))
    query = "query ($number: String!) { matter(number: $number) { party { kind name number phone } } }"
    answer, _ = await both(hall.office.at("clerk"), query, number=opened.number)
    told = data(answer)["matter"]["party"]
    assert told["kind"] == "CITIZEN"
    assert told["name"].startswith("王")
    assert not {"王小明", "11010519491231002X", "13800138000"} & set(told.values())
    assert data((await both(hall.office.at("clerk"), query, number=hall.case.number))[0])["matter"]["party"] is None
    assert data((await both(hall.office.ctx.acting_as(ANONYMOUS), query, number=opened.number))[0])["matter"] is None


@pytest.mark.clause("H2")
async def test_a_party_finds_its_matter_by_number_and_code_and_nobody_by_one_of_them(hall: Hall) -> None:
    query = """query ($number: String!, $code: String!) { matterStatus(number: $number, code: $code) {
      number title bodyName phase ending stages stage stepNames dueOn daysLeft acts seq
      rights { code name clause until provisional } remedies { kind to value unit clause since until provisional } } }"""
    ctx = hall.office.ctx.acting_as(ANONYMOUS)
    number, code = hall.case.number, hall.case.code
    found = data((await both(ctx, query, number=number, code=code))[0])["matterStatus"]
    assert (found["number"], found["phase"], found["seq"]) == (number, "RUNNING", 6)
    assert (found["rights"], found["remedies"]) == ([], [])
    wrong = [(number, "WRONG"), ("B001XK2026999999", code), (number, ""), (hall.penalty.number, code)]
    answers = [(await both(ctx, query, number=one, code=other))[0].encoded_body() for one, other in wrong]
    assert data((await both(ctx, query, number=number, code="x"))[0])["matterStatus"] is None
    assert len(set(answers)) == 1


@pytest.mark.clause("H2", "R18")
async def test_a_party_is_told_its_rights_and_who_looks_at_the_decision_until_when(hall: Hall) -> None:
    query = """query ($number: String!, $code: String!) { matterStatus(number: $number, code: $code) {
      rights { code name clause until provisional } remedies { kind to value unit clause since until provisional } } }"""
    ctx, office = hall.office.ctx.acting_as(ANONYMOUS), hall.office
    await office.act(hall.case, "verifier", "record", documents=[paper("hearing_right_notice")])
    await office.act(hall.case, "verifier", "serve", document="hearing_right_notice", method="direct")
    found = data((await both(ctx, query, number=hall.case.number, code=hall.case.code))[0])["matterStatus"]
    (right,) = found["rights"]
    assert (right["code"], right["until"] is not None) == ("hearing", True)
    done = await served(office)
    found = data((await both(ctx, query, number=done.number, code=done.code))[0])["matterStatus"]
    # Served on 2 March: the sixtieth day is a holiday, so the last one is the first working day after it (民法典-203).
    ways = [(one["kind"], one["to"], one["since"], one["until"]) for one in found["remedies"]]
    assert ways == [
        ("RECONSIDERATION", "云川市", "2026-03-02", "2026-05-06"),
        ("LAWSUIT", "有管辖权的人民法院", "2026-03-02", "2026-09-02"),
    ]
    assert (found["rights"], found["remedies"][0]["clause"]) == ([], "行政复议法-20(1)")


@pytest.mark.clause("H2")
@pytest.mark.parametrize("compiled", [True, False])
async def test_one_request_tries_one_code_whatever_it_names_its_fields(hall: Hall, *, compiled: bool) -> None:
    ctx = hall.office.ctx.acting_as(ANONYMOUS)
    tries = [f'a{n}: matterStatus(number: "{hall.case.number}", code: "WRONG{n}") {{ number }}' for n in range(5)]
    tries.append(f'right: matterStatus(number: "{hall.case.number}", code: "{hall.case.code}") {{ number }}')
    asked = Asked(f"{{ {' '.join(tries[:3])} ...rest }} fragment rest on Query {{ {' '.join(tries[3:])} }}", None, {})
    answer = await runner.run(asked, ctx, WIDE, compiled=compiled)
    body = json.loads(answer.encoded_body())
    assert set(body["data"].values()) == {None}
    assert [one["path"] for one in body["errors"]] == [["a1"], ["a2"], ["a3"], ["a4"], ["right"]]
    assert {one["extensions"]["code"] for one in body["errors"]} == {"BAD_USER_INPUT"}


@pytest.mark.clause("H7")
async def test_the_public_gets_counts_and_small_ones_are_hidden(hall: Hall) -> None:
    for _ in range(6):
        await hall.office.open()
    query = (
        """query ($by: MatterCountBy!) { matterCounts(by: $by, from: "2026-01-01", to: "2026-12-31") { key count } }"""
    )
    ctx = hall.office.ctx.acting_as(ANONYMOUS)
    by_month = data((await both(ctx, query, by="MONTH"))[0])["matterCounts"]
    assert by_month == [{"key": "2026-03", "count": 10}]
    by_category = data((await both(ctx, query, by="CATEGORY"))[0])["matterCounts"]
    assert by_category == [{"key": "licence", "count": None}, {"key": "penalty", "count": None}]
    days = query.replace("2026-12-31", "2026-12-30")
    refused = await runner.run(Asked(days, None, {"by": "BODY"}), ctx, WIDE)
    assert [(one.extensions or {})["code"] for one in refused.errors] == ["BAD_USER_INPUT"]
    assert data((await both(ctx, query, by="BODY"))[0])["matterCounts"] == [{"key": "B001", "count": 10}]
