"""Supervision inspections: the seed is committed to before the draw, anybody draws the same, and the ledger keeps all (S9)."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import draw
from domain.access import Role
from domain.supervision.inspections import load_inspections
from resolvers import inspections, inspections_reading
from resolvers.addresses import plain_url
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound, NotPermitted
from resolvers.inspections import InspectionMoved
from resolvers.inspections_values import InspectionPlan
from tests import factories, running
from tests.running import Office

pytestmark = pytest.mark.clause("S9")


@given(
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
    st.sets(st.text(min_size=1)),
    st.integers(0, 9),
)
def test_lots_depend_on_seed_and_beacon_and_on_nothing_else(
    seed: bytes, beacon: bytes, names: set[str], size: int
) -> None:
    lots = draw.drawn(seed, beacon, sorted(names), size)
    assert lots == draw.drawn(seed, beacon, sorted(names, reverse=True), size)
    assert len(lots) == min(size, len(names)) == len(set(lots))
    assert set(lots) <= names
    assert draw.frame_digest(sorted(names)) == draw.frame_digest(sorted(names, reverse=True))
    # Who takes a name away that was not drawn changes nothing; the lots of the others stay in their order.
    left = [one for one in names if one in lots]
    assert draw.drawn(seed, beacon, left, size) == lots


def test_contents_are_those_of_the_regulation() -> None:
    contents = load_inspections()
    assert [one.clause for one in contents.groups] == [f"000-14({number})" for number in (1, 2, 3, 4)]
    assert {"full", "focused"} == contents.ways.keys()


@pytest.fixture(name="office")
async def inspected_office(database: Database) -> Office:
    """Return a body that has registered matters some days ago, with two supervisors beside it."""
    made = await running.office(database)
    bureau = await factories.body(made.ctx, made.government, code="B077", number="077", name="云川市监察机构")
    holders: dict[str, tuple[str, tuple[Role, ...]]] = {
        "watcher": ("监察一岗", (Role.SUPERVISION_BUREAU,)),
        "other": ("监察二岗", (Role.SUPERVISION_BUREAU,)),
    }
    made.people |= await running.people(made.ctx, bureau, holders)
    for _ in range(5):
        await made.open()
    made.later(days=3)
    return made


def planned(office: Office, **changes: Any) -> InspectionPlan:
    day = date(2026, 3, 2)
    fields: dict[str, Any] = {"key": "one", "title": "许可运行检查", "way": "focused", "methods": ("dossiers",)}
    fields |= {
        "content": "kept",
        "bodies": (office.body.code,),
        "team": ("甲", "乙"),
        "first_day": day,
        "last_day": day,
    }
    return InspectionPlan(**(fields | {"sample_size": 3} | changes))


async def told(office: Office, number: int) -> list[tuple[str, dict[str, Any]]]:
    sql = "SELECT kind, body FROM event WHERE stream = $1 ORDER BY seq"
    rows = await office.ctx.db.reads.fetch(sql, f"inspection:{number}")
    return [(row["kind"], json.loads(row["body"])) for row in rows]


async def test_an_inspection_from_the_plan_to_the_ledger(
    office: Office, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = office.at("watcher")
    with pytest.raises(InvalidInput) as refused:
        await inspections.plan(watcher, planned(office, title="", team=("甲",), methods=(), last_day=watcher.today))
    assert {one.path for one in refused.value.problems} == {"title", "team", "methods", "first_day"}
    with pytest.raises(NotPermitted):
        await inspections.plan(office.at("clerk"), planned(office))
    number = await inspections.plan(watcher, planned(office))
    assert await inspections.plan(watcher, planned(office)) == number
    with pytest.raises(InspectionMoved):
        await inspections.note(watcher, number, office.body.code, None, [("lawful", "sound", "")])
    assert [await inspections.draw_samples(watcher, number) for _ in range(2)] == [3, 3]
    view = await inspections.inspection(office.at("other"), number)
    (_, plan), (_, drawing) = await told(office, number)
    # What was recorded before the draw is the hash of what is shown after it, and whoever has both draws the same.
    seed, beacon = bytes.fromhex(drawing["seed"]), bytes.fromhex(drawing["beacon"])
    assert draw.commitment(seed).hex() == plan["commitment"]
    numbers = [row["number"] for row in await office.ctx.db.reads.fetch("SELECT number FROM matter")]
    assert list(draw.drawn(seed, beacon, numbers, 3)) == drawing["drawn"] == [one.number for one in view.samples]
    assert await inspections.drawn_again(watcher, view.row, beacon, drawing["drawn"])
    assert view.row.frame_size == 5
    # All that could be drawn is read in pieces; whoever notes or hands on reads none of it.
    monkeypatch.setattr(inspections_reading, "FRAME_ROWS", 2)
    pieces = [one async for one in await inspections.frame(watcher, number)]
    assert ([len(one) for one in pieces], [one for piece in pieces for one in piece]) == ([2, 2, 1], sorted(numbers))
    monkeypatch.setattr(inspections_reading, "FRAME", "SELECT 1 / 0")
    lots = [await inspections.sample_of(watcher, number, one.number.lower()) for one in view.samples]
    assert lots == [one.id for one in view.samples]
    with pytest.raises(NotFound):
        await inspections.sample_of(watcher, number, "B001X")
    with pytest.raises(InvalidInput, match="还有 3 件"):
        await inspections.close(watcher, number, "总体规范")
    for one in view.samples:
        await inspections.note(watcher, number, "", one.id, [("lawful", "sound", ""), ("limits", "not_applicable", "")])
    with pytest.raises(InvalidInput, match="写明情况"):
        await inspections.note(watcher, number, "", lots[0], [("limits", "problem", " ")])
    late = [("limits", "problem", "超期未告知")]
    assert [await inspections.note(watcher, number, "", lots[0], late) for _ in range(2)] == [1, 0]
    for _ in range(2):
        await inspections.close(watcher, number, "总体规范，一件超期")
    after = await inspections.inspection(watcher, number)
    assert [one.note for one in after.sheets if one.verdict == "problem"] == ["超期未告知"]
    assert [one.state for one in (await inspections.inspections(watcher)).rows] == ["closed"]
    kinds = [kind for kind, _ in await told(office, number)]
    assert (kinds[:2], kinds[-1]) == (["inspection.planned", "inspection.drawn"], "inspection.closed")
    with pytest.raises(InspectionMoved):
        await inspections.note(watcher, number, "", lots[0], [("lawful", "sound", "")])
    await _nothing_of_it_is_changed(owner_url)


async def _nothing_of_it_is_changed(owner_url: str) -> None:
    connection = await asyncpg.connect(plain_url(owner_url))
    for sql in ("UPDATE inspection SET result = 'x'", "DELETE FROM inspection", "DELETE FROM inspection_sample",
                "UPDATE inspection_sheet SET verdict = 'sound'"):  # fmt: skip
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await connection.execute(sql)
    await connection.close()


async def test_a_draw_that_was_tampered_with_is_refused_and_strangers_find_nothing(office: Office) -> None:
    watcher = office.at("watcher")
    number = await inspections.plan(watcher, planned(office))
    # A matter that is registered as of a day before the plan would change what can be drawn.
    later = office.ctx.now
    office.ctx = office.ctx.at(later.replace(day=2, hour=9))
    await office.open()
    office.ctx = office.ctx.at(later)
    with pytest.raises(InspectionMoved, match="与计划时登记的不同"):
        await inspections.draw_samples(watcher, number)
    another = await factories.government(office.ctx, division_code="990199", name="别县")
    body = await factories.body(office.ctx, another, code="C001", number="101", name="别县监察机构")
    actor = await running.person(office.ctx, body, "foreign", "监察岗", Role.SUPERVISION_BUREAU)
    for who in (office.ctx.acting_as(actor), office.at("clerk")):
        with pytest.raises(NotFound):
            await inspections.inspection(who, number)
        with pytest.raises(NotFound):
            await inspections.draw_samples(who, number)
    with pytest.raises(InvalidInput, match="不是本级政府的机关"):
        await inspections.plan(watcher, replace(planned(office), key="two", bodies=("C001",)))
