"""R14: what is sent begins at the other body's desk and is answered; disputes are settled by the two or by their superior."""

from dataclasses import replace

import pytest

from domain.access import Role
from domain.engine.acts_between import Designate, Transfer
from domain.tables.bodies import Body
from resolvers import matters
from resolvers.database import Database
from resolvers.errors import NotFound, NotPermitted
from resolvers.matters import ActDone, MatterView, Opened
from tests import factories, running
from tests.running import PENALTY, Office

pytestmark = pytest.mark.clause("R14")
SENT = {"ground": "jurisdiction", "to": "B002", "reasons": "违法行为发生地不在本辖区"}
CLAIM = {"claims": True, "reasons": "最先立案"}


@pytest.fixture
async def office(database: Database) -> Office:
    """Three bodies of one government: two that enforce, and its legal office."""
    made = await running.office(database)
    second = await factories.body(made.ctx, made.government, code="B002", number="002", name="第二局")
    legal = await factories.body(made.ctx, made.government, code="B009", number="009", name="司法局")
    posts = {"receiver": "执法办案岗", "filer": "分管负责人岗"}
    made.people |= await running.people(made.ctx, second, {login: (post, ()) for login, post in posts.items()})
    of_office = {"superior": ("指定管辖岗", (Role.LEGAL_OFFICE,)), "typist": ("文书岗", ())}
    made.people |= await running.people(made.ctx, legal, of_office)
    await certified(made, second, "receiver")
    return made


async def certified(office: Office, body: Body, login: str) -> None:
    await running.certify(office, login, body=body.code)


def number_of(done: ActDone) -> str:
    """Return the number under which a matter goes on elsewhere."""
    act = done.events[-1].act
    assert isinstance(act, Transfer | Designate)
    return act.becomes


async def view(office: Office, who: str, number: str | int) -> MatterView:
    return await matters.matter(office.at(who), number)


async def sent(office: Office) -> tuple[Opened, MatterView]:
    """Let the first body send a case to the second; return both sides."""
    case = await office.open(PENALTY, "inv1")
    await office.act(case, "inv1", "transfer", **SENT)
    here = await view(office, "inv1", case.matter_id)
    assert here.matter.sent is not None
    return case, await view(office, "receiver", here.matter.sent.number)


async def test_what_is_sent_begins_there_with_a_link_and_its_acceptance_is_a_receipt_here(office: Office) -> None:
    case, there = await sent(office)
    assert (there.row.number, there.matter.origin, there.matter.came_by) == (
        "B002YS2026000001",
        case.number,
        "jurisdiction",
    )
    assert there.matter.marks["received"] == office.ctx.now.replace(minute=office.ctx.now.minute - 1)
    assert [one.number for one in (await matters.inbox(office.at("receiver"))).rows] == [there.row.number]
    # Whoever was sent it reads the file it comes from; nobody else's cases.
    assert (await view(office, "receiver", case.number)).row.ending == "transferred"
    untouched = await office.open(PENALTY, "inv1")
    with pytest.raises(NotFound):
        await view(office, "receiver", untouched.number)
    await office.act(there.row.id, "receiver", "complete")
    await office.act(there.row.id, "filer", "accept", documents=[running.paper("filing_approval")])
    receipt = (await view(office, "inv1", case.matter_id)).matter.sent
    assert receipt is not None
    assert (receipt.accepted, receipt.answered is not None, receipt.back) == (True, True, "")
    for one in (case.matter_id, there.row.id):
        await matters.rebuild(office.ctx, one)


async def test_what_the_other_body_is_not_competent_for_comes_back_once(office: Office) -> None:
    case, there = await sent(office)
    await office.act(there.row.id, "receiver", "complete")
    refusal = {"ground": "not_competent", "reasons": "违法行为发生地在移送机关辖区"}
    await office.act(there.row.id, "filer", "refuse_acceptance", **refusal)
    receipt = (await view(office, "inv1", case.matter_id)).matter.sent
    assert receipt is not None
    assert not receipt.accepted
    back = await view(office, "inv1", receipt.back)
    assert (back.matter.origin, back.matter.came_by, back.row.item_code) == (there.row.number, "returned", PENALTY)
    assert [one.number for one in (await matters.inbox(office.at("inv1"))).rows] == [back.row.number]
    await matters.rebuild(office.ctx, case.matter_id)


async def test_sent_twice_it_begins_once_and_what_the_sender_says_of_numbers_does_not_count(office: Office) -> None:
    case = await office.open(PENALTY, "inv1")
    data = {**SENT, "kind": "transfer", "key": "sent", "becomes": "B002CF2026999999"}
    first = await matters.act(office.at("inv1"), case.matter_id, data)
    again = await matters.act(office.at("inv1"), case.matter_id, {**SENT, "kind": "transfer", "key": "sent"})
    assert (again.repeated, again.events) == (True, first.events)
    count = "SELECT count(*) FROM matter WHERE origin = $1 AND number = 'B002YS2026000001'"
    assert await office.ctx.db.reads.fetchval(count, case.number) == 1
    with pytest.raises(matters.KeyReused):
        await matters.act(office.at("inv1"), case.matter_id, {**data, "to": "B009"})


async def test_to_whoever_is_none_of_our_bodies_a_case_just_goes(office: Office) -> None:
    case = await office.open(PENALTY, "inv1")
    done = await office.act(case, "inv1", "transfer", ground="crime", to="市公安局", reasons="涉嫌犯罪")
    assert (done.ending, number_of(done)) == ("transferred", "")


@pytest.mark.parametrize("to", ["B001", "B002"])
async def test_the_legal_office_designates_and_the_matter_goes_on_where_it_says(office: Office, to: str) -> None:
    case = await office.open(PENALTY, "inv1")
    with pytest.raises(NotFound):
        await view(office, "receiver", case.number)
    await office.act(case, "inv1", "raise_dispute", other="B002", superior="B002", **CLAIM)
    dispute = (await view(office, "superior", case.number)).matter.open_dispute
    assert dispute is not None
    assert dispute.superior == "B009", "the server names the superior"
    offered = {one.act for one in matters.possible(office.at("receiver"), await view(office, "receiver", case.number))}
    assert offered == {"state_jurisdiction"}
    await office.act(case, "receiver", "state_jurisdiction", **CLAIM)
    designation = {"to": to, "reasons": "主要违法行为地"}
    with pytest.raises(NotPermitted):
        await office.act(case, "typist", "designate", **designation)
    offered = {one.act for one in matters.possible(office.at("superior"), await view(office, "superior", case.number))}
    assert offered == {"designate"}
    done = await office.act(case, "superior", "designate", **designation)
    with pytest.raises(NotFound):  # what is settled is no business of theirs any more
        await view(office, "superior", case.number)
    if to == "B001":
        assert (done.phase, done.steps) == ("received", ("source",))
        await office.act(case, "inv1", "complete")
    else:
        there = await view(office, "receiver", number_of(done))
        assert (done.ending, there.matter.came_by, there.matter.origin) == ("transferred", "designated", case.number)
    await matters.rebuild(office.ctx, case.matter_id)


async def test_a_dispute_whose_time_is_over_lets_the_clock_run_by_itself(office: Office) -> None:
    case = await office.open(PENALTY, "inv1")
    await office.act(case, "inv1", "raise_dispute", other="B002", **CLAIM)
    late = replace(office, ctx=office.ctx)
    late.later(days=14)
    assert (await matters.sweep(late.ctx)).events >= 1
    after = await view(office, "inv1", case.number)
    assert not after.matter.open_pauses
    assert after.matter.open_dispute is not None
