"""Who sees and does what with a matter: own body, another body, the supervisor, the citizen; at the use-case and in SQL."""

from datetime import timedelta

import pytest

from domain.access import Role
from domain.actors import ANONYMOUS, Actor
from resolvers import matters
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound, NotPermitted, NotSignedIn
from resolvers.materials import ForApplication, ForParty
from resolvers.matters import MatterFilter, Opening
from resolvers.reading import PageRequest, Read, fetch_page
from resolvers.reading.matters import MATTER, MATTER_EVENT
from tests import factories, running
from tests.matters import sha
from tests.running import LICENCE, Office

pytestmark = pytest.mark.clause("N5")


async def watchers(office: Office) -> dict[str, Context]:
    """Return contexts of everybody who may come near a matter of B001."""
    ctx = office.ctx
    beside = await factories.body(ctx, office.government, code="B002", number="002", name="云川市另一局")
    county = await factories.government(ctx, division_code="990121", name="山川县", level="county")
    far = await factories.body(ctx, county, code="B003", number="003", name="山川县测试局")
    people = {
        "own": office.people["verifier"],
        "beside": await running.person(ctx, beside, "beside", "窗口受理岗", Role.BODY_HEAD),
        "supervisor": await running.person(ctx, beside, "supervisor", "监督检查岗", Role.SUPERVISION_BUREAU),
        "far supervisor": await running.person(ctx, far, "far", "监督检查岗", Role.SUPERVISION_BUREAU),
        "bare": Actor("official", office.people["clerk"].account_id, "无岗"),
        "citizen": ANONYMOUS,
    }
    return {name: ctx.acting_as(actor) for name, actor in people.items()}


SEE = {"own", "supervisor"}


@pytest.mark.both_postgres
async def test_who_sees_a_matter(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    for name, ctx in (await watchers(office)).items():
        for entity, read in (
            (MATTER, Read(("id",), {}, "due", "open")),
            (MATTER, Read(("id",), {"search": "许可"}, "number", "all")),
            (MATTER_EVENT, Read(("id", "body"), {"matter": opened.matter_id}, "told")),
        ):
            rows = (await fetch_page(ctx, entity, read, PageRequest())).rows
            assert bool(rows) is (name in SEE), f"{name} {entity.name}"
        for read_it in (matters.matter, matters.history, matters.receipts, matters.rebuild):
            if name in SEE:
                await read_it(ctx, opened.matter_id)
            else:
                with pytest.raises(NotFound):
                    await read_it(ctx, opened.matter_id)


async def test_missing_and_forbidden_look_the_same(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    people = await watchers(office)
    for name in ("beside", "far supervisor", "bare"):
        answers = []
        for matter_id in (opened.matter_id, 404):
            with pytest.raises(NotFound) as refused:
                await matters.act(people[name], matter_id, {"kind": "accept", "key": "k"})
            answers.append((refused.value.code, refused.value.message, refused.value.remedy))
        assert answers[0] == answers[1]
    with pytest.raises(NotPermitted):
        await matters.act(people["supervisor"], opened.matter_id, {"kind": "accept", "key": "k"})
    for matter_id in (opened.matter_id, 404):
        with pytest.raises(NotSignedIn):
            await matters.act(people["citizen"], matter_id, {"kind": "accept", "key": "k"})


async def test_who_opens_and_who_watches_the_load(database: Database) -> None:
    office = await running.office(database)
    people = await watchers(office)
    for name in ("beside", "supervisor", "far supervisor", "bare"):
        with pytest.raises(NotPermitted):
            await matters.open_matter(people[name], Opening(item=LICENCE, key="k"))
    with pytest.raises(NotSignedIn):
        await matters.open_matter(people["citizen"], Opening(item=LICENCE, key="k"))
    assert (await matters.loads(people["supervisor"], "B001")).body == "B001"
    for name in ("own", "beside", "far supervisor", "citizen"):
        with pytest.raises(NotFound):
            await matters.loads(people[name], "B001")
    for list_them in (matters.inbox, matters.list_matters):
        with pytest.raises(NotSignedIn):
            await list_them(people["citizen"])


@pytest.mark.clause("R17", "R14")
async def test_a_body_that_is_asked_to_assist_sees_the_matter_from_then_on(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    beside = (await watchers(office))["beside"]
    await office.act(opened, "clerk", "accept")
    await office.act(opened, "reviewer", "request_assistance", of="B002", what="核实住址")
    assert (await matters.inbox(beside)).rows[0].number == opened.number
    view = await matters.matter(beside, opened.number)
    assert [one.act for one in matters.possible(beside, view)] == ["answer_assistance"]
    answer = {"kind": "answer_assistance", "key": "a", "request": 1, "answer": "属实", "seen": view.row.seq}
    done = await matters.act(beside.at(office.ctx.now), opened.matter_id, answer)
    assert done.events[-1].act.by.body == "B002"


@pytest.mark.clause("H2")
async def test_the_hall_applies_asks_and_withdraws_by_number_and_code(database: Database) -> None:
    office = await running.office(database)
    citizen = office.ctx.acting_as(ANONYMOUS)
    materials = {"materials": [{"name": "申请表", "digest": sha("a")}]}
    keys = ("0123456789abcdef0123456789abcdef", "f" * 32)
    first, second = [await running.handed_in(citizen, ForApplication(key), materials) for key in keys]
    opening = Opening(item=LICENCE, key=keys[0], brings=first)
    opened = await matters.apply(citizen, opening)
    assert (await matters.apply(citizen, opening)).code == opened.code
    assert len(opened.code) == 16
    spaced = f" {opened.code[:4]}-{opened.code[4:].lower()} "
    assert (await matters.status(citizen, opened.number, spaced)).phase == "received"
    answers = []
    other = await matters.apply(citizen, Opening(item=LICENCE, key=keys[1], brings=second))
    for number, code in ((opened.number, "0" * 16), ("B001XK2026999999", opened.code), (opened.number, other.code)):
        for ask in (
            matters.status(citizen, number, code),
            matters.act_as_party(citizen, number, code, {"kind": "withdraw", "key": "w"}),
        ):
            with pytest.raises(NotFound) as refused:
                await ask
            answers.append((refused.value.code, refused.value.message, refused.value.remedy))
    assert len(set(answers)) == 1
    with pytest.raises(InvalidInput):
        await matters.act_as_party(citizen, opened.number, opened.code, {"kind": "accept", "key": "x"})
    done = await matters.act_as_party(citizen, opened.number, opened.code, {"kind": "withdraw", "key": "w"})
    assert (done.phase, done.ending) == ("closed", "withdrawn")
    assert (await matters.act_as_party(citizen, opened.number, opened.code, {"kind": "withdraw", "key": "w"})).repeated
    stored = await database.reads.fetch("SELECT to_jsonb(m)::text AS row FROM matter m")
    events = await database.reads.fetch("SELECT body AS row FROM event")
    assert not [row for row in (*stored, *events) if opened.code in row["row"] or opening.key in row["row"]]


async def test_filters_of_lists(database: Database) -> None:
    office = await running.office(database)
    first, second = await office.open(), await office.open(title="夜间施工许可")
    await office.act(first, "clerk", "accept")
    await office.act(first, "reviewer", "assign", to=office.id_of("verifier"))

    async def found(who: str, **fields: object) -> list[str]:
        where = MatterFilter(**fields)  # type: ignore[arg-type]
        return [row.number for row in (await matters.list_matters(office.at(who), where, order="number")).rows]

    both = [first.number, second.number]
    assert await found("clerk") == both
    assert await found("clerk", search="夜间") == [second.number]
    assert await found("clerk", search="许可") == both
    assert await found("clerk", search="没有") == []
    assert await found("clerk", search=first.number.lower()) == [first.number]
    assert await found("clerk", phase=("running",)) == [first.number]
    assert await found("clerk", kind=("penalty_case",)) == []
    assert await found("clerk", category=("licence",), item=LICENCE, body="B001") == both
    assert await found("clerk", assignee=office.id_of("verifier")) == [first.number]
    assert await found("clerk", step="accept") == [second.number]
    assert await found("clerk", mine=True) == [second.number]
    assert await found("reviewer", mine=True) == []
    assert await found("clerk", overdue=True) == []


@pytest.mark.clause("H2", "R15")
@pytest.mark.parametrize(
    "brings",
    [
        {"documents": [{"code": "acceptance_slip", "digest": sha("d")}]},
        {"receipts": [{"number": "B1", "amount": "1", "paid_on": "2026-03-02"}]},
        {"opinion": {"verdict": "agree"}},
        {"materials": [{"name": "鉴定意见", "digest": sha("d"), "by": "organ"}]},
    ],
)
async def test_a_party_brings_materials_and_nothing_that_is_the_organs(
    database: Database, brings: dict[str, object]
) -> None:
    office = await running.office(database)
    citizen = office.ctx.acting_as(ANONYMOUS)
    first = await running.handed_in(citizen, ForApplication("a" * 32), brings)
    with pytest.raises(matters.MatterRefused):
        await matters.apply(citizen, Opening(item=LICENCE, key="a" * 32, brings=first))
    opened = await matters.apply(citizen, Opening(item=LICENCE, key="b" * 32))
    brings = await running.handed_in(citizen, ForParty(opened.number, opened.code), brings)
    with pytest.raises(matters.MatterRefused):
        await matters.act_as_party(citizen, opened.number, opened.code, {"kind": "record", "key": "r", **brings})


@pytest.mark.clause("H2")
async def test_a_party_says_nothing_about_when_and_how(database: Database) -> None:
    """A day of receipt in the past would make silence an acceptance at once."""
    office = await running.office(database)
    citizen = office.ctx.acting_as(ANONYMOUS)
    earlier = office.ctx.now - timedelta(days=30)
    opening = Opening(item=LICENCE, key="a" * 32, received=earlier, title="急件", origin="X", procedure="case")
    opened = await matters.apply(citizen, opening)
    view = await matters.matter(office.ctx, opened.number)
    assert view.matter.marks["materials_received"] == office.ctx.now
    assert (view.row.title, view.matter.origin, view.procedure.id) == ("测试许可", "", "licence")
    assert (await matters.sweep(office.ctx)).events == 0
    await office.act(opened.matter_id, "clerk", "ask_supplement", items=["照片"])
    data = {"kind": "supplement", "key": "s", "received": earlier}
    with pytest.raises(InvalidInput):
        await matters.act_as_party(citizen.at(office.ctx.now), opened.number, opened.code, data)
    names = await database.reads.fetch("SELECT actor_id, actor_name FROM event WHERE kind = 'matter.open'")
    assert [tuple(row) for row in names] == [(None, "")]


async def test_time_in_a_matter_never_runs_back_whatever_the_clock_says(database: Database) -> None:
    """F7: the machine's clock an hour back, between two acts."""
    office = await running.office(database)
    opened = await office.open()
    office.later(hours=-1)
    await office.act(opened, "clerk", "accept")
    rows = (await matters.history(office.ctx, opened.matter_id)).rows
    assert rows[1].at >= rows[0].at
    await matters.rebuild(office.ctx, opened.matter_id)
