"""Power items over the interface: everything they say, as of a day, in pages, and never by more statements."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests import factories
from tests.schema import world
from tests.schema.conftest import Ask, Counted, Holder

EVERYTHING = """
query Everything($code: String!) {
  powerItem(code: $code) {
    __typename id path code scheme name subItem status statusReason statusBasis validFrom validUntil
    category { code name letters order clause } level { code name order }
    government { id divisionCode name shortName level { code name } parent { name } }
    body { id code name kind government { name } units { name posts { name duty } } itemCount }
    bodyCode bodyName handlingUnit authority duties
    entrustments { entrusted uscCode scope basis written entrustedBy validFrom validUntil }
    legalBases { kind title article text documentNumber inForceFrom inForceUntil position law { title uses } item { code } }
    responsibilities { heading text } responsibilityBases { title law { id } }
    accountablePersons accountability accountabilityBases { article } remedies
    fees { name basis standard } feeNote
    statutoryLimit { value unit start clause note text } promisedLimit { text }
    place contactPhone supervisionPhone
    externalFlow { name chartCode svgPath steps { key name unit post duty limit { text } requirements } transitions { source target condition } }
    internalFlow { name chartCode svgPath steps { key } } riskChart { chartCode svgPath points { step risk grade measures post } }
    guide { conditions materials { name form copies required source sample note } steps reviewPoints results hours online improperAct }
    benchmarks { violation } supervision { target content method procedure measures } remarks further { header text }
    version { number change reason recordedAt digest path periods { validFrom validUntil recordedFrom recordedUntil } item { code } }
    versions { number }
  }
}
"""


@pytest.mark.clause("L2")
@pytest.mark.clause("L3")
async def test_an_item_says_everything_the_library_holds(city: world.City, ask: Ask) -> None:
    answer = await ask(EVERYTHING, code=world.WHOLE)
    assert "errors" not in answer, answer["errors"]
    item = answer["data"]["powerItem"]
    assert item["name"] == "户外广告设施设置许可"
    assert item["category"] == {
        "code": "licence",
        "name": "行政许可",
        "letters": "XK",
        "order": 1,
        "clause": "003-3(1)",
    }
    assert item["body"]["units"][0]["posts"][0] == {"name": "受理岗", "duty": "核对材料"}
    assert item["legalBases"][1]["law"] == {"title": "中华人民共和国行政许可法", "uses": 1}
    assert item["legalBases"][0]["item"] == {"code": world.WHOLE}
    assert item["statutoryLimit"]["text"] == "20个工作日"
    assert item["statutoryLimit"]["unit"] == "WORKDAY"
    assert item["externalFlow"]["svgPath"] == f"/powers/{world.WHOLE}/charts/external.svg"
    assert item["externalFlow"]["transitions"] == [{"source": "accept", "target": "decide", "condition": "材料齐全"}]
    assert item["guide"]["materials"][0]["form"] == "PAPER"
    assert item["further"] == [{"header": "公开类型", "text": "主动公开"}]
    assert item["version"]["change"] == "ADD"
    assert item["version"]["recordedAt"] == "2026-03-02T09:00:00+08:00"


@pytest.mark.clause("L5")
@pytest.mark.clause("L6")
async def test_an_item_without_its_own_chart_shows_the_generic_one(city: world.City, ask: Ask) -> None:
    answer = await ask(EVERYTHING, code=world.WHOLE)
    item = answer["data"]["powerItem"]
    assert item["internalFlow"]["chartCode"] == "licence-internal"
    assert [step["key"] for step in item["internalFlow"]["steps"]] == ["accept", "decide"]
    assert item["riskChart"]["points"][0]["grade"] == "MEDIUM"


@pytest.mark.clause("L7")
async def test_conditions_of_a_tier_are_typed(city: world.City, ask: Ask) -> None:
    answer = await ask(
        """{ benchmarks(search: "户外广告") { nodes { violation range { highest } item { code } tiers { fine { highest unit }
          conditions { __typename
            ... on CountCondition { fact atMostTimes windowValue windowUnit }
            ... on AmountCondition { unit below }
            ... on StatedCondition { fact } } } } } }"""
    )
    assert "errors" not in answer, answer["errors"]
    (benchmark,) = answer["data"]["benchmarks"]["nodes"]
    assert benchmark["item"] == {"code": world.PENALTY}
    (tier,) = benchmark["tiers"]
    assert tier["fine"] == {"highest": "1000.50", "unit": "YUAN"}
    assert [one["__typename"] for one in tier["conditions"]] == ["CountCondition", "AmountCondition", "StatedCondition"]
    assert tier["conditions"][1]["below"] == "10"


@pytest.mark.clause("L4")
async def test_both_days_look_back(city: world.City, ask: Ask) -> None:
    query = """query ($code: String!, $day: Date, $then: DateTime) {
      powerItem(code: $code, asOf: $day, recordedAsOf: $then) { id name version { number } } }"""
    now = (await ask(query, code=world.PENALTY))["data"]["powerItem"]
    before = (await ask(query, code=world.PENALTY, day="2026-03-01"))["data"]["powerItem"]
    known = (await ask(query, code=world.PENALTY, then="2026-05-01T00:00:00+08:00"))["data"]["powerItem"]
    assert [now["version"]["number"], before["version"]["number"], known["version"]["number"]] == [2, 1, 1]
    assert len({now["id"], before["id"], known["id"]}) == 3
    for state in (now, before, known):
        again = await ask("query ($id: ID!) { node(id: $id) { id ... on PowerItem { name } } }", id=state["id"])
        assert again["data"]["node"] == {"id": state["id"], "name": state["name"]}


@pytest.mark.clause("H1")
async def test_versions_and_what_differs(city: world.City, ask: Ask) -> None:
    answer = await ask(
        """query ($code: String!) { versions(code: $code) { number change reason name item { name } }
        diff(code: $code, from: 1, to: 2) { path title before after kind }
        lost: diff(code: $code, from: 1, to: 9) { path }
        powerItem(code: $code) { diff(from: 1, to: 2) { title } } }""",
        code=world.PENALTY,
    )
    assert "errors" not in answer, answer["errors"]
    data = answer["data"]
    assert [one["number"] for one in data["versions"]] == [2, 1]
    assert data["versions"][0]["change"] == "CORRECT"
    assert {"path": "name", "title": "事项名称", "kind": "CHANGED"}.items() <= data["diff"][0].items()
    assert data["diff"][1]["kind"] == "ADDED"
    assert data["lost"] is None
    assert [one["title"] for one in data["powerItem"]["diff"]] == ["事项名称", "备注"]


@pytest.mark.clause("H1")
async def test_filters_search_and_order(city: world.City, ask: Ask) -> None:
    query = """query ($filter: PowerItemFilter, $search: String! = "", $order: PowerItemOrder) {
      powerItems(filter: $filter, search: $search, orderBy: $order) { nodes { code } totalCount { count isLowerBound } }
      powerItemFacets(filter: $filter, search: $search) { total status { value title count } body { title } } }"""

    async def codes(**variables: Any) -> list[str]:
        answer = await ask(query, **variables)
        assert "errors" not in answer, answer["errors"]
        found = [node["code"] for node in answer["data"]["powerItems"]["nodes"]]
        assert answer["data"]["powerItems"]["totalCount"] == {"count": len(found), "isLowerBound": False}
        assert answer["data"]["powerItemFacets"]["total"] == len(found)
        return found

    everything = await codes()
    assert everything == sorted(everything)
    assert len(everything) == 5
    assert await codes(search="廣告") == await codes(search="广告")
    assert len(await codes(search="广告")) == 2
    assert await codes(filter={"status": ["SUSPENDED"]}) == ["990100002QT00100"]
    assert await codes(filter={"category": ["penalty", "reward"]}) == [world.PENALTY, "990100002JL00100"]
    assert len(await codes(filter={"body": "990100-002", "government": "990100"})) == 3
    assert await codes(filter={"updatedSince": "2026-05-01T00:00:00+08:00"}) == [world.PENALTY]
    assert (await codes(order="CHANGED"))[0] == world.PENALTY


async def test_facets_count_under_several_filters_on_any_day(city: world.City, ask: Ask) -> None:
    query = """query ($search: String! = "", $then: DateTime) {
      powerItemFacets(search: $search, recordedAsOf: $then, filter: {status: [IN_USE], category: ["penalty", "reward"]}) {
        total category { value count } status { value count } } }"""
    for variables in ({}, {"then": "2026-10-01T00:00:00+08:00"}, {"search": "户外广告"}):
        found = (await ask(query, **variables))["data"]["powerItemFacets"]
        assert {"value": "penalty", "count": 1} in found["category"]
        assert {"value": "in_use", "count": found["total"]} in found["status"]
        assert found["total"] == (1 if "search" in variables else 2)


async def test_every_page_size_walks_the_whole_list_both_ways(city: world.City, ask: Ask) -> None:
    query = """query ($first: Int, $after: String, $last: Int, $before: String) {
      powerItems(first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { code } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    everything = [one["node"]["code"] for one in (await ask(query))["data"]["powerItems"]["edges"]]
    for size in (1, 2, 5):
        ahead: list[str] = []
        page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
        while page["pageInfo"]["hasNextPage"]:
            page = (await ask(query, first=size, after=page["pageInfo"]["endCursor"]))["data"]["powerItems"]
            ahead += [one["node"]["code"] for one in page["edges"]]
        assert ahead == everything
        back: list[str] = []
        page = {"pageInfo": {"hasPreviousPage": True, "startCursor": None}}
        while page["pageInfo"]["hasPreviousPage"]:
            page = (await ask(query, last=size, before=page["pageInfo"]["startCursor"]))["data"]["powerItems"]
            back = [one["node"]["code"] for one in page["edges"]] + back
        assert back == everything


LIST = """query ($first: Int!) { powerItems(first: $first) { totalCount { count } nodes { id code name
  body { name government { name } units { name posts { name } } itemCount } government { name }
  legalBases { title law { title legalBases(first: 2) { totalCount { count } nodes { article item { code } } } } }
  guide { hours } benchmarks { violation } internalFlow { name }
  version { number periods { validFrom } } versions { number name feeNote } diff(from: 1, to: 2) { title } } } }"""


async def test_more_items_never_mean_more_statements(
    city: world.City, ask: Ask, holder: Holder, counted: Counted
) -> None:
    await world.more_items(holder.ctx, city, 30)
    counts = []
    for first in (2, 35):
        async with counted() as statements:
            answer = await ask(LIST, first=first)
        assert "errors" not in answer, answer["errors"]
        assert len(answer["data"]["powerItems"]["nodes"]) == first
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 16


async def test_a_page_of_plain_columns_is_one_statement(city: world.City, ask: Ask, counted: Counted) -> None:
    async with counted() as statements:
        answer = await ask("{ powerItems { totalCount { count } edges { cursor node { id code name status } } } }")
    assert "errors" not in answer, answer["errors"]
    assert len(statements) == 1


async def test_operations_at_once_share_nothing(city: world.City, ask: Ask) -> None:
    query = "query ($code: String!) { powerItem(code: $code) { code remarks legalBases { item { code } } } }"
    codes = [world.WHOLE, world.PENALTY, "990100002QZ00100", "990100002QT00100"] * 8
    answers = await asyncio.gather(*(ask(query, code=code) for code in codes))
    assert [one["data"]["powerItem"]["code"] for one in answers] == codes
    for code, answer in zip(codes, answers, strict=True):
        assert {basis["item"]["code"] for basis in answer["data"]["powerItem"]["legalBases"]} <= {code}


@pytest.mark.clause("L4")
async def test_the_next_operation_sees_what_was_confirmed(city: world.City, ask: Ask, holder: Holder) -> None:
    query = "query ($code: String!) { library { revision } powerItem(code: $code) { name version { number } } }"
    before = (await ask(query, code="990100002QT00100"))["data"]
    content = factories.power(
        code="990100002QT00100", name="养犬登记（改）", category="other_power", body=city.bureau.code
    )
    then = holder.ctx.acting_as(factories.SYSTEM)
    await factories.confirmed(then, city.government, [factories.change(city.government, content, "modify")])
    holder.ctx = holder.ctx.at(holder.ctx.now + timedelta(seconds=1))
    after = (await ask(query, code="990100002QT00100"))["data"]
    assert after["library"]["revision"] == before["library"]["revision"] + 1
    assert after["powerItem"] == {"name": "养犬登记（改）", "version": {"number": 2}}
