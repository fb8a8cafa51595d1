"""Cases joined and parted: both sides in one transaction, once, and only where the law lets them be joined."""

import pytest

from resolvers import matters
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound
from resolvers.matters import KeyReused, MatterRefused, Opened
from tests import factories, running
from tests.running import PENALTY, Office, agree, paper

pytestmark = pytest.mark.clause("R2")


async def filed(office: Office, **fields: str) -> Opened:
    """Open and file a penalty case."""
    opened = await office.open(PENALTY, "inv1", **fields)
    await office.act(opened, "inv1", "complete")
    await office.act(opened, "deputy", "accept", documents=[paper("filing_approval")])
    return opened


@pytest.mark.both_postgres
async def test_cases_of_one_party_are_joined_and_the_others_end_within(database: Database) -> None:
    office = await running.office(database)
    main, second, third = await filed(office), await filed(office), await filed(office)
    ids = [second.matter_id, third.matter_id]
    done = await matters.merge(office.at("inv1"), main.matter_id, ids, "同一当事人", "m")
    again = await matters.merge(office.at("inv1"), main.matter_id, ids[::-1], "同一当事人", "m")
    assert (again.seq, again.repeated, done.repeated) == (done.seq, True, False)
    with pytest.raises(KeyReused):
        await matters.merge(office.at("inv1"), main.matter_id, ids[:1], "同一当事人", "m")
    for one in ids:
        view = await matters.matter(office.ctx, one)
        assert (view.row.phase, view.row.ending) == ("closed", "merged")
        await matters.rebuild(office.ctx, one)
    assert (await matters.rebuild(office.ctx, main.matter_id)).merged == (second.number, third.number)


async def test_what_cannot_be_joined_stays_as_it_was_on_every_side(database: Database) -> None:
    office = await running.office(database)
    main, good, other = await filed(office), await filed(office), await filed(office, party="P2")
    with pytest.raises(MatterRefused, match="当事人不同") as refused:
        await matters.merge(office.at("inv1"), main.matter_id, [good.matter_id, other.matter_id], "理由", "m")
    assert refused.value.code == "NOT_MERGEABLE"
    for one in (main, good, other):
        assert (await matters.matter(office.ctx, one.matter_id)).row.phase == "running"
        await matters.rebuild(office.ctx, one.matter_id)
    with pytest.raises(NotFound):
        await matters.merge(office.at("inv1"), main.matter_id, [404], "理由", "m")
    with pytest.raises(InvalidInput):
        await matters.merge(office.at("inv1"), main.matter_id, [main.matter_id], "理由", "m")
    for kind in ("merge", "be_merged", "split", "open", "deem"):
        with pytest.raises(InvalidInput):
            await office.act(main, "inv1", kind)


async def test_a_case_is_parted_into_cases_with_numbers_of_their_own(database: Database) -> None:
    office = await running.office(database)
    main = await filed(office)
    parted = await matters.split(office.at("inv1"), main.matter_id, ["甲路段", "乙路段"], "分别处理", "s")
    again = await matters.split(office.at("inv1"), main.matter_id, ["甲路段", "乙路段"], "分别处理", "s")
    assert (again.numbers, again.done.repeated) == (parted.numbers, True)
    assert parted.numbers == ("B001CF2026000002", "B001CF2026000003")
    for number, title in zip(parted.numbers, ("甲路段", "乙路段"), strict=True):
        view = await matters.matter(office.ctx, number)
        assert (view.row.title, view.matter.origin, view.row.party) == (title, main.number, "P1")
    assert (await matters.rebuild(office.ctx, main.matter_id)).split_off == parted.numbers
    with pytest.raises(KeyReused):
        await matters.split(office.at("inv1"), main.matter_id, ["甲路段"], "分别处理", "s")


@pytest.mark.clause("R17")
async def test_several_bodies_handle_a_matter_jointly_each_its_own_part(database: Database) -> None:
    office = await running.office(database)
    other = await factories.body(office.ctx, office.government, code="B002", number="002", name="云川市另一局")
    for name, post in (("review2", "材料审查岗"), ("verify2", "业务审核岗")):
        office.people[name] = await running.person(office.ctx, other, name, post)
    opened = await office.open(bodies=("B001", "B002"))
    await office.act(opened, "clerk", "accept")
    view = await matters.matter(office.at("review2"), opened.number)
    assert view.procedure.id == "licence-joint"
    parts = {(visit.step, visit.body) for visit in view.matter.open_visits}
    assert {body for _, body in parts} == {"B001", "B002"}
    assert [one.number for one in (await matters.inbox(office.at("review2"))).rows] == [opened.number]
    first = await office.act(opened, "reviewer", "complete", opinion=agree(), visit=_part(view, "B001"))
    assert len(first.steps) == 1, "the other body's part is still open"
    last = await office.act(opened, "review2", "complete", opinion=agree(), visit=_part(view, "B002"))
    assert last.steps
    assert last.steps != first.steps
    await matters.rebuild(office.ctx, opened.matter_id)


def _part(view: matters.MatterView, body: str) -> int:
    return next(visit.number for visit in view.matter.open_visits if visit.body == body)
