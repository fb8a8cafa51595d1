"""State is always a projection: whatever is done, folding the record gives what is kept; and a forged row is found."""

from datetime import timedelta
from types import SimpleNamespace

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy import roles
from resolvers import matters
from resolvers.database import Database
from resolvers.errors import InvalidInput
from resolvers.matters import MatterRefused, StateDiffers
from tests import running
from tests.domain.test_engine_model import Chance
from tests.matters import sha
from tests.running import Office

ACTS = 16
WALKS = 25
PEOPLE = {"accept": "clerk", "review": "reviewer", "verify": "verifier", "legality": "lawyer", "decide": "deputy"}


async def wander(office: Office, seed: int) -> int:
    """Do random acts, most of them sensible, on a new matter; return its id."""
    chance = Chance(seed)
    opened = await office.open(brings=chance.materials(0.8))
    here = SimpleNamespace(phase="received", step="accept", pauses=())
    for _ in range(ACTS):
        raw = chance.act(here, 0)  # type: ignore[arg-type]
        data = {name: value for name, value in raw.items() if name not in ("by", "key")}
        who = PEOPLE.get(here.step, "server") if chance.random.random() < 0.9 else chance.one_of(*PEOPLE.values())
        try:
            done = await office.act(opened, who, data.pop("kind"), **data)
        except (MatterRefused, InvalidInput):
            continue
        here = SimpleNamespace(phase=done.phase, step=done.steps[0] if done.steps else "", pauses=())
        office.later(hours=chance.one_of(1, 30, 80))
    return opened.matter_id


@pytest.mark.clause("R9")
async def test_the_record_alone_gives_what_is_kept_after_any_acts(database: Database) -> None:
    office = await running.office(database)
    reached: set[str] = set()
    walked = 0
    seeds: list[int] = []

    @settings(max_examples=WALKS, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.integers(0, 100_000))
    def gather(seed: int) -> None:
        seeds.append(seed)

    gather()
    # Chance alone may leave out an end that only few ways reach: then it goes on, always along the same ways.
    further = iter(range(100_001, 100_101))
    while seeds or not {"running", "closed"} <= reached:
        made = await matters.rebuild(office.ctx, await wander(office, seeds.pop() if seeds else next(further)))
        reached |= {made.phase, made.ending}
        walked += 1
    await matters.sweep(office.ctx.at(office.ctx.now + timedelta(days=90)))
    checked = await matters.check_matters(office.ctx)
    assert (checked.matters, checked.altered) == (walked, ())
    assert walked >= WALKS


@pytest.mark.clause("R9")
async def test_a_row_that_somebody_else_wrote_is_found(database: Database, owner_url: str) -> None:
    office = await running.office(database)
    opened, other = await office.open(), await office.open()
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "UPDATE matter SET state = jsonb_set(state, '{body}', '\"B999\"') WHERE id = $1", opened.matter_id
    )
    with pytest.raises(StateDiffers, match="body"):
        await matters.rebuild(office.ctx, opened.matter_id)
    checked = await matters.check_matters(office.ctx)
    assert (checked.matters, checked.altered) == (2, (opened.number,))
    await matters.rebuild(office.ctx, other.matter_id)
    for statement in ("DELETE FROM matter", "UPDATE matter SET seq = 0", "UPDATE matter SET number = 'X'"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await owner.execute(statement)
    for statement in ("UPDATE procedure_version SET version = 9", "DELETE FROM procedure_version", "DELETE FROM event"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await owner.execute(statement)
    await owner.close()


@pytest.mark.clause("R9")
async def test_within_a_week_every_matter_is_looked_at_although_nothing_happened(
    database: Database, owner_url: str
) -> None:
    office = await running.office(database)
    opened = [await office.open() for _ in range(9)]
    office.later(hours=1)
    assert (await matters.check_matters(office.ctx)).matters == 9
    owner = await asyncpg.connect(owner_url)
    await owner.execute("UPDATE matter SET state = jsonb_set(state, '{seq}', '7') WHERE id = $1", opened[4].matter_id)
    await owner.close()
    nights = []
    for _ in range(7):
        office.later(days=1)
        nights.append(await matters.check_matters(office.ctx))
    assert sum(one.matters for one in nights) == 9
    assert [one.altered for one in nights if one.altered] == [(opened[4].number,)]


@pytest.mark.clause("R9")
async def test_bodies_of_events_are_kept_byte_for_byte(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open()
    done = await office.act(opened, "clerk", "accept", documents=[{"code": "acceptance_slip", "digest": sha("慢")}])
    body = await database.reads.fetchval(
        "SELECT body FROM event WHERE stream = 'matter:' || $1::bigint AND seq = 2", opened.matter_id
    )
    assert body.encode() == done.events[-1].body()


@pytest.mark.clause("R9")
@pytest.mark.both_postgres
async def test_the_application_can_neither_remove_nor_rewrite_what_was_run(database: Database, owner_url: str) -> None:
    """The second lock: the role itself lacks the privilege, before any trigger is asked."""
    owner = await asyncpg.connect(owner_url)
    rights = await owner.fetch(
        "SELECT table_name, privilege_type FROM (TABLE information_schema.role_table_grants) t"
        " NATURAL FULL JOIN (TABLE information_schema.role_column_grants) c"
        " WHERE grantee = $1 AND table_name = ANY($2::text[])",
        roles.APPLICATION,
        ["matter", "procedure_version", "certificate", "event", "outbox", "number_series"],
    )
    await owner.close()
    given: dict[str, set[str]] = {}
    for row in rights:
        given.setdefault(row["table_name"], set()).add(row["privilege_type"])
    add, change = {"SELECT", "INSERT"}, {"SELECT", "INSERT", "UPDATE"}
    assert (given["event"], given["procedure_version"]) == (add, add)
    assert (given["matter"], given["certificate"]) == (change, change)
