"""Inspections through the interface: planned, drawn, noted, handed on and closed by mutations, and drawn again by a stranger's hand."""

from hashlib import sha256
from typing import Any

import pytest

from domain.access import Role
from domain.actors import ANONYMOUS
from domain.supervision.inspections import load_inspections
from resolvers.context import Context
from resolvers.reading import Read, fetch_by_keys
from resolvers.reading.inspections import DRAWN, FOLLOWING, FRAMED, SHEET
from schema.answers import Asked
from schema.http import GraphConfig
from schema.inspections_acting import inspecting
from schema.root import runner
from tests import factories, running
from tests.resolvers.test_inspections import inspected_office
from tests.running import Office
from tests.schema.test_acting import Desk

__all__ = ["inspected_office"]
pytestmark = pytest.mark.clause("S9", "N4")
LEDGER = """{ inspections(first: 5, state: CLOSED, content: "kept", body: "B001") { nodes { number title state team result }
  totalCount { count } } none: inspections(first: 5, state: PLANNED) { nodes { number } } }"""
ONE = """query One($number: String!) { inspection(number: $number) { id number state way methods content { name points { code } }
  bodyCodes firstDay plannedBy drawnAt
  draw { label commitment entry seed frameDigest frameSize sampleSize numbers redrawn
    frame(first: 4) { nodes { number } pageInfo { endCursor hasNextPage } } }
  samples { number } sheets { matterNumber point verdict } findings { pointName note bodyCode } cases { number origin } } }"""
FRAME = """query Frame($number: String!, $after: String) { inspection(number: $number) {
  draw { frame(first: 4, after: $after) { nodes { number } } } } }"""


async def asked(ctx: Context, document: str, **given: Any) -> dict[str, Any]:
    answer = await runner.run(Asked(document, None, given), ctx, GraphConfig().limits)
    assert not answer.errors, answer.errors
    assert answer.data is not None
    return dict(answer.data)


async def done(desk: Desk, name: str, typename: str, /, **given: Any) -> dict[str, Any]:
    found = await desk.send("watcher", name, **given)
    assert found["__typename"] == typename, found
    desk.used.add(name)
    return found


def drawn_by_hand(draw: dict[str, Any], frame: list[str]) -> list[str]:
    """Draw from what the interface tells, with nothing of ours."""
    label, seed, entry = draw["label"].encode(), bytes.fromhex(draw["seed"]), bytes.fromhex(draw["entry"])
    assert sha256(label + seed).hexdigest() == draw["commitment"]
    assert sha256(label + "\n".join(frame).encode()).hexdigest() == draw["frameDigest"]
    return sorted(frame, key=lambda one: sha256(label + seed + entry + one.encode()).digest())[: draw["sampleSize"]]


async def _planned(desk: Desk) -> str:
    given: dict[str, Any] = {
        "title": "许可运行检查",
        "way": "focused",
        "methods": ["dossiers"],
        "content": "kept",
        "bodies": ["B001"],
    }
    given |= {"firstDay": "2026-03-02", "lastDay": "2026-03-02", "sampleSize": 3}
    refused = await desk.send("watcher", "inspectionPlan", **given, team=["甲"])
    assert (refused["__typename"], refused["path"]) == ("ValidationError", ["team"])
    denied = await desk.send("clerk", "inspectionPlan", **given, team=["甲", "乙"])
    assert denied["__typename"] == "NotPermitted"
    await done(desk, "inspectionPlan", "InspectionActed", **given, team=["甲", "乙"])
    number: str = await desk.office.ctx.db.reads.fetchval("SELECT number FROM inspection")
    return number


async def test_an_inspection_is_run_by_mutations_and_drawn_again_from_what_is_told(office: Office) -> None:
    desk, watcher = Desk(office), office.at("watcher")
    number = await _planned(desk)
    before = (await asked(watcher, ONE, number=number))["inspection"]
    assert (before["state"], before["draw"]["seed"], before["draw"]["redrawn"]) == ("PLANNED", None, None)
    for _ in range(2):
        await done(desk, "inspectionDraw", "InspectionActed", inspection=number)
    one = (await asked(watcher, ONE, number=number))["inspection"]
    page = one["draw"]["frame"]
    rest = await asked(watcher, FRAME, number=number, after=page["pageInfo"]["endCursor"])
    frame = [x["number"] for x in (*page["nodes"], *rest["inspection"]["draw"]["frame"]["nodes"])]
    assert one["draw"]["commitment"] == before["draw"]["commitment"]
    assert len(frame) == one["draw"]["frameSize"] == 5
    drawn = drawn_by_hand(one["draw"], frame)
    assert drawn == one["draw"]["numbers"] == [x["number"] for x in one["samples"]]
    assert one["draw"]["redrawn"] is True
    early = await desk.send("watcher", "inspectionClose", inspection=number, result="规范")
    assert (early["__typename"], early["path"]) == ("ValidationError", ["result"])
    nothing = {"inspection": number, "body": "B001", "requirement": "查清原因", "finishOn": "2026-03-20"}
    assert (await desk.send("watcher", "inspectionTransfer", **nothing))["path"] == ["body"]
    sound, bad = (
        {"point": "lawful", "verdict": "SOUND"},
        {"point": "limits", "verdict": "PROBLEM", "note": "超期未告知"},
    )
    for matter, entries in zip(drawn, ([sound, bad], [sound], [sound]), strict=True):
        await done(desk, "inspectionNote", "InspectionActed", inspection=number, matter=matter, entries=entries)
    await done(desk, "inspectionNote", "InspectionActed", inspection=number, body="B001", entries=[sound])
    neither = await desk.send("watcher", "inspectionNote", inspection=number, entries=[sound])
    assert (neither["__typename"], neither["path"]) == ("ValidationError", ["matter"])
    case = (await done(desk, "inspectionTransfer", "MatterActed", **nothing))["number"]
    await done(desk, "inspectionClose", "InspectionActed", inspection=number, result="一件超期")
    assert desk.used == {made.name for made in inspecting()}
    after = (await asked(watcher, ONE, number=number))["inspection"]
    name = next(one.name for one in load_inspections().groups[0].points if one.code == "limits")
    assert after["findings"] == [{"pointName": name, "note": "超期未告知", "bodyCode": "B001"}]
    assert (after["cases"], len(after["sheets"])) == ([{"number": case, "origin": number}], 5)
    listed = await asked(watcher, LEDGER)
    (row,) = listed["inspections"]["nodes"]
    assert (row["number"], row["team"], row["result"], listed["none"]["nodes"]) == (
        number,
        ["甲", "乙"],
        "一件超期",
        [],
    )
    refetched = await asked(watcher, f'{{ node(id: "{after["id"]}") {{ ... on Inspection {{ number }} }} }}')
    assert refetched == {"node": {"number": number}}
    await _strangers_find_nothing(office, number, after["id"])


async def _strangers_find_nothing(office: Office, number: str, node: str) -> None:
    another = await factories.government(office.ctx, division_code="990199", name="别县")
    body = await factories.body(office.ctx, another, code="C001", number="101", name="别县监察机构")
    foreign = office.ctx.acting_as(await running.person(office.ctx, body, "foreign", "监察岗", Role.SUPERVISION_BUREAU))
    for ctx in (office.ctx.acting_as(ANONYMOUS), office.at("clerk"), foreign):
        assert await asked(ctx, ONE, number=number) == {"inspection": None}
        assert (await asked(ctx, LEDGER))["inspections"]["nodes"] == []
        assert await asked(ctx, f'{{ node(id: "{node}") {{ __typename }} }}') == {"node": None}
        # Each part has the guard itself, however it is reached.
        for part in (SHEET, DRAWN, FRAMED, FOLLOWING):
            assert await fetch_by_keys(ctx, part, Read(), [1], "inspection_id") == {}
            assert await fetch_by_keys(office.at("watcher"), part, Read(), [1], "inspection_id") != {}
    desk = Desk(office)
    office.people["foreign"] = foreign.actor
    hidden = await desk.send("foreign", "inspectionDraw", inspection=number)
    assert hidden["__typename"] == "NotFound"
