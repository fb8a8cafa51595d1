"""Acts have one order: who waits for a matter decides by what is there when its turn comes, and nothing kept is stale.

Acts lock their matter and then read everything else at once (`resolvers.matters_briefing`). Each promise stands here
with the control that breaks it: reading before the lock, and keeping without asking for the revision.
"""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from domain.engine.parts import Doer
from resolvers import matters, matters_acting
from resolvers.context import plain_unit_of_work
from resolvers.database import Database
from resolvers.errors import InvalidInput
from resolvers.matters_briefing import Briefing, briefed
from resolvers.matters_judging import parse
from resolvers.matters_store import hold
from resolvers.retrying import Moved
from resolvers.shelf import Kept, Shelf
from tests import factories, running
from tests.running import Office, licence_item

pytestmark = pytest.mark.clause("R9", "R1")
ASKED = ("BEGIN", "lock", "look", "write", "COMMIT")
LEFT = "UPDATE posting SET valid = daterange(lower(valid), $2) WHERE account_id = $1"


async def assigned_while_leaving(office: Office, owner_url: str, matter_id: int) -> Any:
    """Let the deputy assign a step to the reviewer, who leaves office while the deputy waits for the matter."""
    owner = await asyncpg.connect(owner_url)
    try:
        data = {"kind": "assign", "key": "assigned", "to": office.id_of("reviewer")}
        async with owner.transaction():
            await owner.execute("SELECT FROM matter WHERE id = $1 FOR UPDATE", matter_id)
            waiting = asyncio.create_task(matters.act(office.at("clerk"), matter_id, data))
            for _ in range(1000):
                if await owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                    break
                await asyncio.sleep(0.01)
            beside = await asyncpg.connect(owner_url)
            await beside.execute(LEFT, office.people["reviewer"].account_id, office.ctx.today)
            await beside.close()
        return (await asyncio.gather(waiting, return_exceptions=True))[0]
    finally:
        await owner.close()


async def test_who_waits_for_a_matter_decides_by_what_is_there_when_its_turn_comes(
    database: Database, owner_url: str
) -> None:
    office = await running.office(database)
    opened = await office.open()
    refused = await assigned_while_leaving(office, owner_url, opened.matter_id)
    assert isinstance(refused, InvalidInput)
    assert refused.problems[0].code == "NOT_IN_OFFICE"


async def test_read_before_the_lock_it_would_decide_by_what_was(
    database: Database, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the same, but what it is judged by was read before it waited."""
    office = await running.office(database)
    opened = await office.open()
    held = await hold(database.reads, opened.matter_id, lock=False)
    assert held is not None
    data = {"kind": "assign", "key": "assigned", "to": office.id_of("reviewer")}
    ctx = office.at("clerk")
    early = await briefed(ctx, database.reads, held, parse(data, clerk(office)))

    async def as_it_was(*_given: Any) -> Briefing:
        return early

    monkeypatch.setattr(matters_acting, "briefed", as_it_was)
    done = await assigned_while_leaving(office, owner_url, opened.matter_id)
    assert done.seq == 2


def clerk(office: Office) -> Doer:
    """Return the clerk as the engine knows them."""
    post = office.people["clerk"].postings[0].post
    return Doer(kind="official", id=office.id_of("clerk"), body=office.body.code, post=post)


@pytest.mark.both_postgres
async def test_what_another_process_publishes_counts_from_its_commit_on(database: Database, owner_url: str) -> None:
    """Two processes with memories of their own: one opens and accepts, the other changes the item between (003-29)."""
    office = await running.office(database)
    first, second = await office.open(), await office.open()
    await office.act(first, "clerk", "accept")
    other = await Database.connect(database.url, pool_size=2)
    try:
        elsewhere = factories.context(other, now=office.ctx.now, profile=office.ctx.profile)
        changed = factories.change(office.government, licence_item(sub_item="新的内容"), kind="modify")
        await factories.confirmed(elsewhere, office.government, [changed])
    finally:
        await other.close()
    await office.act(second, "clerk", "accept")
    third = await office.open()
    pinned = [(await matters.matter(office.ctx, one.matter_id)).matter.pins for one in (first, second)]
    assert [one.item_version for one in pinned if one] == [1, 2]
    assert (await matters.matter(office.ctx, third.matter_id)).row.title == "新的内容"


async def test_what_is_kept_belongs_to_one_revision() -> None:
    shelf, read = Shelf(), 0

    async def found(revision: int, thing: str) -> tuple[int, str]:
        nonlocal read
        read += 1
        return revision, thing

    old = shelf.of(7)
    assert await old.get("item", lambda: found(7, "old")) == "old"
    assert await shelf.of(7).get("item", lambda: found(7, "again")) == "old"
    assert read == 1
    assert await shelf.of(9).get("item", lambda: found(9, "new")) == "new"
    with pytest.raises(Moved):  # what was read belongs to a later state than what was asked for
        await shelf.of(9).get("other", lambda: found(11, "later"))
    assert shelf.of(7).things == {}, "nobody is given what an older revision said"


async def test_an_act_that_a_change_overtakes_begins_anew(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    office = await running.office(database)
    opened = await office.open()
    got, tries = Kept.get, 0

    async def overtaken(self: Kept, key: Any, read: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Moved
        return await got(self, key, read)

    monkeypatch.setattr(Kept, "get", overtaken)
    assert (await office.act(opened, "clerk", "accept")).phase == "running"
    assert tries > 1


async def test_a_usual_act_asks_the_database_five_times(database: Database) -> None:
    """Begin, lock, look, write, commit: what holds the matter's lock is short, and nobody waits for long."""
    office = await running.office(database)
    opened = [await office.open() for _ in range(2)]
    alone = await Database.connect(database.url, pool_size=1)
    try:
        ctx = replace(office.at("clerk"), db=alone)
        await matters.act(ctx, opened[0].matter_id, {"kind": "accept", "key": "first"})
        asked: list[str] = []
        async with plain_unit_of_work(ctx, unrecorded="a look at the one connection") as uow:
            (await uow.raw()).add_query_logger(lambda query: asked.append(" ".join(query.query.split())[:60]))
        asked.clear()
        await matters.act(ctx, opened[1].matter_id, {"kind": "accept", "key": "second"})
    finally:
        await alone.close()
    assert len(asked) == len(ASKED), asked
