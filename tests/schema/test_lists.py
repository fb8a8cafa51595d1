"""The other lists: bodies, laws, legal bases, benchmarks, changes; nested pages walk like plain ones."""

from itertools import product
from typing import Any

import pytest

from schema.limits import Limits
from schema.operations import Asked
from schema.root import runner
from tests.schema import world
from tests.schema.conftest import Ask, Counted, Holder


async def test_nested_pages_walk_the_whole_list(city: world.City, ask: Ask, holder: Holder) -> None:
    await world.more_items(holder.ctx, city, 9)
    query = """query ($after: String) { body(code: "990100-002") { powerItems(first: 3, after: $after) {
      totalCount { count isLowerBound } nodes { code } pageInfo { hasNextPage endCursor hasPreviousPage } } } }"""
    found: list[str] = []
    after: str | None = None
    while True:
        page = (await ask(query, after=after))["data"]["body"]["powerItems"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert page["totalCount"] == {"count": 7, "isLowerBound": False}
        found += [one["code"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == sorted(found)
    assert len(found) == 7
    plain = await ask('{ powerItems(filter: { body: "990100-002" }) { nodes { code } } }')
    assert [one["code"] for one in plain["data"]["powerItems"]["nodes"]] == found


async def test_pages_of_many_parents_are_one_statement_and_their_totals_another_and_compiled_all_are_one(
    city: world.City, holder: Holder, counted: Counted
) -> None:
    query = "{ bodies { nodes { name powerItems(first: 2) { %s nodes { code } } } } }"
    numbers = []
    for compiled, total in product((False, True), ("", "totalCount { count }")):
        async with counted() as statements:
            answer = await runner.run(Asked(query % total), holder.ctx, Limits(), compiled=compiled)
        assert answer.data is not None
        assert [len(one["powerItems"]["nodes"]) for one in answer.data["bodies"]["nodes"]] == [2, 2]
        numbers.append(len(statements))
    assert numbers == [2, 3, 1, 1]


@pytest.mark.clause("L10")
async def test_bases_are_found_by_law_and_article(city: world.City, ask: Ask) -> None:
    laws = (await ask('{ laws(search: "管理条例") { nodes { id title kind documentNumber } } }'))["data"]["laws"][
        "nodes"
    ]
    assert [one["title"] for one in laws] == ["城市市容和环境卫生管理条例"]
    query = """query ($law: ID!, $article: String) { legalBases(law: $law, article: $article) {
      nodes { kind article law { id } item { code name validFrom body { name } version { number } } } totalCount { count } } }"""
    both = (await ask(query, law=laws[0]["id"]))["data"]["legalBases"]
    assert both["totalCount"] == {"count": 2}
    one = (await ask(query, law=laws[0]["id"], article="第三十六条"))["data"]["legalBases"]["nodes"]
    assert [basis["item"]["code"] for basis in one] == [world.PENALTY]
    assert one[0]["item"]["version"] == {"number": 2}
    assert one[0]["kind"] == "ADMINISTRATIVE_REGULATION"
    resting = await ask(
        'query ($law: ID!) { powerItems(filter: { law: $law, article: "第三十六条" }) { nodes { code } } }',
        law=laws[0]["id"],
    )
    assert [item["code"] for item in resting["data"]["powerItems"]["nodes"]] == [world.PENALTY]


async def test_bases_and_benchmarks_look_back_too(city: world.City, ask: Ask) -> None:
    query = """query ($day: Date) { legalBases(asOf: $day, body: "990100-001") { nodes { item { code name } } }
      benchmarks(asOf: $day) { nodes { position item { name } } } }"""
    now, before, never = [(await ask(query, day=day))["data"] for day in (None, "2026-03-01", "2019-12-31")]
    assert now["benchmarks"]["nodes"] == [{"position": 1, "item": {"name": "对擅自设置大型户外广告的处罚"}}]
    assert before["benchmarks"]["nodes"] == [{"position": 1, "item": {"name": "对擅自设置户外广告的处罚"}}]
    assert {"code": world.PENALTY, "name": "对擅自设置户外广告的处罚"} in [
        one["item"] for one in before["legalBases"]["nodes"]
    ]
    assert never == {"legalBases": {"nodes": []}, "benchmarks": {"nodes": []}}


@pytest.mark.clause("H11")
async def test_changes_come_latest_first_and_the_library_says_its_revision(city: world.City, ask: Ask) -> None:
    answer = await ask(
        """{ library { revision changedAt inUse suspended cancelled bodies governments laws }
        changes(first: 2) { nodes { code number change reason recordedAt item { code } } pageInfo { hasNextPage } }
        late: changes(since: "2026-05-01T00:00:00+08:00") { nodes { code } totalCount { count } } }"""
    )
    data: dict[str, Any] = answer["data"]
    assert data["library"] == {
        "revision": 2,
        "changedAt": "2026-06-01T09:00:00+08:00",
        "inUse": 4,
        "suspended": 1,
        "cancelled": 0,
        "bodies": 2,
        "governments": 1,
        "laws": 2,
    }
    assert data["changes"]["nodes"][0] == {
        "code": world.PENALTY,
        "number": 2,
        "change": "CORRECT",
        "reason": "名称有误",
        "recordedAt": "2026-06-01T09:00:00+08:00",
        "item": {"code": world.PENALTY},
    }
    assert data["changes"]["pageInfo"] == {"hasNextPage": True}
    assert data["late"] == {"nodes": [{"code": world.PENALTY}], "totalCount": {"count": 1}}


async def test_bodies_are_found_by_name_kind_and_government(city: world.City, ask: Ask) -> None:
    query = """query ($search: String! = "", $kind: BodyKind, $government: String! = "") {
      bodies(search: $search, kind: $kind, government: $government) { nodes { code itemCount } } }"""

    async def codes(**variables: Any) -> list[str]:
        return [one["code"] for one in (await ask(query, **variables))["data"]["bodies"]["nodes"]]

    assert await codes(search="公安") == ["990100-002"]
    assert sorted(await codes(kind="STATUTORY", government="990100")) == ["990100-001", "990100-002"]
    assert await codes(kind="ENTRUSTED") == []
    assert (
        await ask(
            '{ body(code: "nobody") { name } powerItem(code: "nothing") { name } versions(code: "nothing") { number } }'
        )
    )["data"] == {"body": None, "powerItem": None, "versions": []}


@pytest.mark.clause("N4")
async def test_a_deadline_accounts_for_every_day(city: world.City, ask: Ask) -> None:
    answer = await ask(
        """{ deadline(start: "2026-09-29", limit: 3) { due provisional summary versions { year version }
          days { day counted reason number text official } }
        later: deadline(start: "2027-01-04", limit: 20) { provisional }
        hours: deadline(start: "2026-09-29", startAt: "2026-09-29T15:30:00+08:00", limit: 24, unit: HOUR) { dueAt }
        calendar(from: "2026-10-01", to: "2026-10-01") { kind name working official } }"""
    )
    data = answer["data"]
    days = data["deadline"]["days"]
    assert days[0] == {
        "day": "2026-09-29",
        "counted": False,
        "reason": "START",
        "number": 0,
        "text": days[0]["text"],
        "official": True,
    }
    assert [one["number"] for one in days if one["counted"]] == [1, 2, 3]
    assert {one["reason"] for one in days if not one["counted"]} == {"START", "HOLIDAY"}
    assert data["deadline"]["due"] == days[-1]["day"] == "2026-10-09"
    assert data["later"] == {"provisional": True}
    assert data["hours"] == {"dueAt": "2026-09-30T15:30:00+08:00"}
    assert data["calendar"] == [{"kind": "HOLIDAY", "name": "国庆节", "working": False, "official": True}]
