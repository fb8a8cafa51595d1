"""Running matters on a real database: from the application to the archive, every act an event, nothing twice."""

from datetime import date

import pytest

from domain.actors import ANONYMOUS
from domain.powers import Fee
from resolvers import matters
from resolvers.database import Database
from resolvers.errors import InvalidInput
from resolvers.matters import MatterRefused
from tests import factories, running
from tests.matters import sha
from tests.running import agree, paper


@pytest.mark.clause("R1")
@pytest.mark.both_postgres
async def test_a_licence_runs_from_the_application_to_the_archive(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    assert opened.number == "B001XK2026000001"
    await office.act(opened, "clerk", "accept")
    await office.act(opened, "reviewer", "complete", opinion=agree())
    await office.act(opened, "verifier", "complete", opinion=agree(), to="decide")
    done = await office.act(opened, "deputy", "decide", outcome={"result": "granted"})
    assert done.steps == ("serve",)
    await office.act(opened, "server", "record", documents=[paper("decision")])
    await office.act(opened, "server", "serve", document="decision", method="direct")
    await office.act(opened, "server", "complete")
    closed = await office.act(opened, "server", "close")
    assert (closed.phase, closed.ending) == ("closed", "finished")
    archived = await office.act(opened, "server", "archive", index=sha("i"))
    assert archived.phase == "archived"


@pytest.mark.clause("R5", "R10", "H2")
@pytest.mark.both_postgres
async def test_what_is_read_of_a_matter(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    await office.act(opened, "clerk", "accept")
    ctx = office.at("reviewer")
    (row,) = (await matters.inbox(ctx)).rows
    assert (row.number, row.steps, row.step_names, row.posts) == (
        opened.number,
        ("review",),
        ("审查",),
        ("材料审查岗",),
    )
    assert row.urgency is not None
    assert (row.urgency.grade, row.urgency.days_left) == ("normal", 20)
    view = await matters.matter(ctx, opened.number)
    assert view == await matters.matter(ctx, opened.matter_id)
    assert {one.act for one in matters.possible(ctx, view)} >= {"complete", "suspend", "record"}
    assert matters.possible(office.at("deputy"), view) == ()
    missing = await matters.probe(ctx, opened.matter_id, {"kind": "complete", "key": "p"})
    assert missing is not None
    assert [one.message for one in missing.shortfalls] == ["没有签署意见"]
    assert await matters.probe(ctx, opened.matter_id, {"kind": "complete", "key": "p", "opinion": agree()}) is None
    happened = (await matters.history(ctx, opened.matter_id)).rows
    assert [(one.seq, one.kind, one.by) for one in happened] == [(1, "open", "人员clerk"), (2, "accept", "人员clerk")]
    limits = await matters.receipts(ctx, opened.matter_id)
    assert limits[0].receipt.days[0].reason == "start"
    assert (await matters.rebuild(ctx, opened.matter_id)) == view.matter
    status = await matters.status(office.ctx.acting_as(ANONYMOUS), opened.number, opened.code.lower())
    assert (status.phase, status.step_names, status.title) == ("running", ("审查",), "测试许可")
    load = await matters.loads(office.at("head"), "B001")
    assert [(one.step, one.open) for one in load.loads] == [("审查", 1)]
    assert [(one.name, one.visits, one.share) for one in load.rotation] == [("人员clerk", 1, 1.0)]


@pytest.mark.clause("R14")
async def test_only_people_in_office_are_named_as_officers(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    other = await factories.body(office.ctx, office.government, code="B002", number="002", name="云川市另一局")
    stranger = await running.person(office.ctx, other, "stranger", "窗口受理岗")
    for to in (str(stranger.account_id), "nobody", ""):
        with pytest.raises(InvalidInput):
            await office.act(opened, "clerk", "assign", to=to)
    with pytest.raises(InvalidInput):
        await office.act(opened, "clerk", "accept", officers=[str(stranger.account_id)])
    done = await office.act(opened, "clerk", "assign", to=office.id_of("clerk"))
    assert done.seq == 2


@pytest.mark.clause("R15")
async def test_a_fee_is_held_against_the_published_standard(database: Database) -> None:
    office = await running.office(database)
    fees = (
        Fee(name="工本费", basis="价格文件", standard="每证10元"),
        Fee(name="检测费", basis="价格文件", standard="据实收取"),
    )
    changed = factories.change(
        office.government, running.licence_item(fees=fees), "modify", valid_from=date(2026, 1, 1)
    )
    office.later(minutes=1)
    await factories.confirmed(office.ctx, office.government, [changed])
    opened = await office.open()
    await office.act(opened, "clerk", "accept")
    await office.act(opened, "reviewer", "complete", opinion=agree())
    await office.act(opened, "verifier", "complete", opinion=agree(), to="decide")
    for name, amount in (("工本费", "11"), ("检测费", "1"), ("加急费", "1")):
        charged = {"result": "granted", "fees": [{"name": name, "amount": amount}]}
        with pytest.raises(MatterRefused) as refused:
            await office.act(opened, "deputy", "decide", outcome=charged)
        assert refused.value.shortfalls[0].gate == "fee_within_standard"
    charged = {"result": "granted", "fees": [{"name": "工本费", "amount": "10"}]}
    assert (await office.act(opened, "deputy", "decide", outcome=charged)).steps == ("serve",)
