"""Many at once: one key one event, the second officer is told, and nothing is half done whatever dies (F1, F3)."""

import asyncio
from typing import Any

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from deploy import migrating
from resolvers import matters, matters_acting, matters_store
from resolvers.database import Database
from resolvers.errors import NotFound
from resolvers.materials import ForMatter
from resolvers.matters import ChangedMeanwhile, KeyReused, Opening
from resolvers.retrying import Interrupted, queued
from tests import running
from tests.matters import sha
from tests.running import LICENCE, Office, agree

EVENTS = "SELECT count(*) FROM event WHERE stream = 'matter:' || $1::bigint"


async def events_of(office: Office, matter_id: int) -> int:
    return int(await office.ctx.db.reads.fetchval(EVENTS, matter_id))


@pytest.mark.clause("R9")
@pytest.mark.both_postgres
async def test_fifty_parallel_acts_with_one_key_make_one_event(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = await running.office(database)
    opened = await office.open()
    # Without the queue of this process: as if each came to another process.
    monkeypatch.setattr(matters_acting, "queued", lambda url, thing: queued(url, f"{thing}{id(object())}"))
    data = {"kind": "accept", "key": "accept-once", "seen": 1}
    done = await asyncio.gather(*(matters.act(office.at("clerk"), opened.matter_id, data) for _ in range(50)))
    assert await events_of(office, opened.matter_id) == 2
    assert {(one.seq, one.phase, one.steps) for one in done} == {(2, "running", ("review",))}
    assert [one.repeated for one in done].count(False) == 1
    assert len({tuple(event.body() for event in one.events) for one in done}) == 1
    outbox = await database.reads.fetch("SELECT key, payload FROM outbox ORDER BY id")
    assert [row["key"] for row in outbox] == [f"matter:{opened.matter_id}:1", f"matter:{opened.matter_id}:2"]


@pytest.mark.clause("R9")
async def test_fifty_parallel_acts_with_different_keys_are_all_done_in_one_order(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()

    async def record(number: int) -> int:
        materials = [{"name": f"材料{number}", "digest": sha(str(number))}]
        data = {"kind": "record", "key": f"r{number}", "materials": materials}
        data = await running.handed_in(office.at("clerk"), ForMatter(opened.matter_id), data)
        return (await matters.act(office.at("clerk"), opened.matter_id, data)).seq

    assert sorted(await asyncio.gather(*(record(number) for number in range(50)))) == list(range(2, 52))
    await matters.rebuild(office.ctx, opened.matter_id)


@pytest.mark.clause("R9")
async def test_of_two_officers_at_once_the_second_is_told_what_changed(database: Database) -> None:
    office = await running.office(database)
    office.people["clerk2"] = await running.person(office.ctx, office.body, "clerk2", "窗口受理岗")
    opened = await office.open()
    first, second = [
        {"kind": kind, "key": kind, "seen": 1, **more}
        for kind, more in (("accept", {}), ("ask_supplement", {"items": ["照片"]}))
    ]
    answers = await asyncio.gather(
        matters.act(office.at("clerk"), opened.matter_id, first),
        matters.act(office.at("clerk2"), opened.matter_id, second),
        return_exceptions=True,
    )
    (refused,) = [one for one in answers if isinstance(one, BaseException)]
    assert isinstance(refused, ChangedMeanwhile)
    (happened,) = refused.happened
    assert (happened.seq, happened.by) in ((2, "人员clerk"), (2, "人员clerk2"))
    assert happened.name in refused.message
    assert await events_of(office, opened.matter_id) == 2


@pytest.mark.clause("R9")
async def test_the_same_opening_again_gives_the_same_answer_and_another_one_is_refused(database: Database) -> None:
    office = await running.office(database)
    opening = Opening(item=LICENCE, key="one-key", party="P1")
    first, *others = await asyncio.gather(*(matters.open_matter(office.at("clerk"), opening) for _ in range(10)))
    assert {(one.matter_id, one.number, one.code) for one in others} == {(first.matter_id, first.number, first.code)}
    assert await events_of(office, first.matter_id) == 1
    with pytest.raises(KeyReused):
        await matters.open_matter(office.at("clerk"), Opening(item=LICENCE, key="one-key", party="P2"))
    other = await matters.open_matter(office.at("reviewer"), opening)
    assert other.number != first.number, "a key is the sender's own"
    assert other.code != first.code


@pytest.mark.clause("R5")
@pytest.mark.both_postgres
async def test_a_series_of_numbers_has_no_gap_however_many_draw_at_once(database: Database) -> None:
    office = await running.office(database)

    async def draw(number: int) -> str:
        unknown = number % 5 == 0
        opening = Opening(item=LICENCE, key=f"n{number}", bodies=("B001", "B404") if unknown else ())
        try:
            return (await matters.open_matter(office.at("clerk"), opening)).number
        except matters.MatterRefused:
            return ""
        except Exception as error:  # noqa: BLE001 -- an unknown body is refused before or after the number
            return "" if "B404" in str(error) else repr(error)

    numbers = sorted(one for one in await asyncio.gather(*(draw(number) for number in range(30))) if one)
    assert numbers == [f"B001XK2026{number:06}" for number in range(1, 25)]


@pytest.mark.clause("R9")
async def test_a_key_used_for_another_act_or_by_another_person_is_refused(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    done = await office.act(opened, "clerk", "accept", key="k")
    again = await office.act(opened, "clerk", "accept", key="k")
    assert (again.seq, again.repeated, again.events) == (done.seq, True, done.events)
    with pytest.raises(KeyReused):
        await office.act(opened, "clerk", "opine", key="k", opinion=agree())
    with pytest.raises(KeyReused):
        await office.act(opened, "reviewer", "accept", key="k")


@pytest.mark.clause("R9")
@pytest.mark.both_postgres
async def test_a_connection_that_dies_between_event_and_commit_leaves_nothing_half_done(
    database: Database, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the control: when the commit came before the death, the act is there, once, although nobody was told."""
    office = await running.office(database)
    opened = await office.open()
    saved = matters_store.save

    async def save_and_die(uow: Any, *more: Any) -> None:
        await saved(uow, *more)
        pid = await (await uow.raw()).fetchval("SELECT pg_backend_pid()")
        owner = await asyncpg.connect(owner_url)
        await owner.execute("SELECT pg_terminate_backend($1)", pid)
        await owner.close()

    monkeypatch.setattr(matters_store, "save", save_and_die)
    with pytest.raises(Interrupted):
        await office.act(opened, "clerk", "accept", key="once")
    assert await events_of(office, opened.matter_id) == 1
    assert (await matters.rebuild(office.ctx, opened.matter_id)).phase == "received"
    monkeypatch.setattr(matters_store, "save", saved)
    assert not (await office.act(opened, "clerk", "accept", key="once")).repeated
    assert (await office.act(opened, "clerk", "accept", key="once")).repeated
    assert await events_of(office, opened.matter_id) == 2


async def test_a_matter_that_is_not_there_is_not_found(database: Database) -> None:
    office = await running.office(database)
    with pytest.raises(NotFound):
        await office.act(404, "clerk", "accept")


@pytest.mark.clause("R9")
async def test_as_many_as_the_pool_has_places_can_ask_at_once_whether_an_act_may_be(database: Database) -> None:
    """Whoever holds a connection and waits for a second would wait for ever here."""
    office = await running.office(database)
    opened = await office.open()
    asked = {"kind": "accept", "key": "p"}
    many = 3 * database.reads.get_max_size()
    async with asyncio.timeout(60):
        found = await asyncio.gather(*(matters.probe(office.at("clerk"), opened.matter_id, asked) for _ in range(many)))
    assert found == [None] * many


@pytest.mark.clause("R9")
async def test_keys_of_before_get_the_kind_of_their_act(owner_url: str, database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    await office.act(opened, "clerk", "accept")
    step = ScriptDirectory.from_config(migrating.configuration()).get_revision("2026_11_29_0021").module
    owner = await asyncpg.connect(owner_url)
    await owner.execute(step.UNNAMED)
    with pytest.raises(matters.StateDiffers, match="keys"):
        await matters.rebuild(office.ctx, opened.matter_id)
    for _ in range(2):
        await owner.execute(step.NAMED)
        await matters.rebuild(office.ctx, opened.matter_id)
    await owner.close()
