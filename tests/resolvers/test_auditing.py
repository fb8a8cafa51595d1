"""What the auditor keeps: checks, what each was the first to find, and no work for itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from domain.actors import ANONYMOUS
from domain.proof.auditing import Kind, Verdict
from resolvers import auditing, closing
from resolvers.addresses import plain_url
from resolvers.auditing import Auditor, Outside, audit
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotPermitted, NotSignedIn
from resolvers.log_folder import LogFolder
from resolvers.outside_heads import gather
from tests import factories, tampering
from tests.tampering import LATER, Scene
from workers.auditing import audit_record

pytestmark = pytest.mark.clause("R9", "S1")


@pytest.fixture
async def scene(owner_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    owner = await asyncpg.connect(plain_url(owner_url))
    yield await tampering.made(owner, tmp_path / "log")
    await owner.close()


@pytest.fixture
def ctx(database: Database) -> Context:
    return factories.context(database).at(LATER)


async def forged(scene: Scene, number: int) -> None:
    """Edit an act as a superuser can."""
    async with scene.owner.transaction():
        await scene.owner.execute("SET LOCAL session_replication_role = replica")
        await scene.owner.execute("UPDATE event SET body = '{}' WHERE stream = 'matter:1' AND seq = $1", number)


async def counts(scene: Scene) -> tuple[int, ...]:
    """Return how many checks, findings and acts there are."""
    return tuple(
        [await scene.owner.fetchval(f"SELECT count(*) FROM {name}") for name in ("log_audit", "log_finding", "event")]
    )


async def test_a_tail_goes_on_from_the_last_check_and_makes_no_work_for_itself(ctx: Context, scene: Scene) -> None:
    auditor = scene.auditor()
    first = await audit(ctx, auditor, full=False)
    assert (first.verdict, first.frontier.size) == (Verdict.SOUND, tampering.STREAMS * tampering.ROUNDS)
    before = await counts(scene)
    assert before == (1, 0, 96)
    for _ in range(3):
        await audit(ctx, auditor, full=False)
    assert await counts(scene) == before
    await forged(scene, 2)
    assert (await audit(ctx, auditor, full=False)).verdict == Verdict.SOUND, "what lies behind is for the night"
    await scene.owner.execute(tampering.WRITE, "matter:1", tampering.ROUNDS + 1, tampering.NOW, "{}")
    await tampering.published(scene.owner, scene.folder)
    await forged(scene, tampering.ROUNDS + 1)
    # An act that is `{}` already is not altered by being made `{}`.
    await scene.owner.execute(tampering.WRITE, "matter:1", tampering.ROUNDS + 2, tampering.NOW, '{"n":1}')
    await tampering.published(scene.owner, scene.folder)
    await forged(scene, tampering.ROUNDS + 2)
    tail = await audit(ctx, auditor, full=False)
    assert [one.kind for one in tail.findings] == [Kind.ACT_ALTERED]


async def test_a_finding_is_kept_once_and_stays_when_it_is_repaired(ctx: Context, scene: Scene) -> None:
    body = await scene.owner.fetchval("SELECT body FROM event WHERE stream = 'matter:1' AND seq = 2")
    await forged(scene, 2)
    found = await audit(ctx, scene.auditor(), scene.outside)
    assert [one.kind for one in found.fresh] == [Kind.ACT_ALTERED]
    assert (await audit(ctx, scene.auditor())).fresh == ()
    async with scene.owner.transaction():
        await scene.owner.execute("SET LOCAL session_replication_role = replica")
        await scene.owner.execute("UPDATE event SET body = $1 WHERE stream = 'matter:1' AND seq = 2", body)
    assert (await audit(ctx, scene.auditor())).verdict == Verdict.SOUND
    assert (await counts(scene))[:2] == (3, 1)
    for statement in ("UPDATE log_audit SET verdict = 'sound'", "DELETE FROM log_finding", "TRUNCATE log_finding"):
        with pytest.raises(asyncpg.PostgresError):
            await scene.owner.execute(statement)
    told = await scene.owner.fetch("SELECT kind FROM event WHERE stream = 'record' ORDER BY seq")
    assert [row[0] for row in told] == [auditing.AUDITED] * 3
    notices = await scene.owner.fetch("SELECT roles, address, facts ->> 'kinds' AS kinds FROM notice ORDER BY id")
    assert {row["roles"][0]: row["address"] for row in notices} == {one.value: at for one, at in auditing.TOLD.items()}
    assert {row["kinds"] for row in notices} == {"记录与日志不符"}, "whoever looks after it is told, once"


@pytest.mark.clause("H9")
async def test_something_new_closes_the_public_side_once(ctx: Context, scene: Scene) -> None:
    auditor = replace(scene.auditor(), closes=True)
    await audit(ctx, auditor)
    assert await closing.closure(ctx.db) is None
    await forged(scene, 2)
    await audit(ctx, auditor)
    closed = await closing.closure(ctx.db)
    assert closed is not None
    assert closed.reason == auditing.CLOSED_BECAUSE
    assert await closing.reopen(ctx, "已核实并修复")
    # A person decided with this finding before his eyes; only another one closes again.
    await audit(ctx, auditor)
    assert await closing.closure(ctx.db) is None
    await forged(scene, 3)
    await audit(ctx, auditor)
    assert await closing.closure(ctx.db) is not None


@pytest.mark.clause("H9", "N5")
async def test_closing_and_opening_are_acts_with_a_reason(ctx: Context) -> None:
    with pytest.raises(InvalidInput):
        await closing.close(ctx, "  ")
    assert await closing.close(ctx, "页面  被篡改")
    assert not await closing.close(ctx, "又一次")
    closed = await closing.closure(ctx.db)
    assert closed is not None
    assert (closed.reason, closed.since) == ("页面 被篡改", ctx.now)
    assert await closing.reopen(ctx, "已恢复")
    assert not await closing.reopen(ctx, "已恢复")
    rows = await ctx.db.reads.fetch("SELECT kind, actor_name FROM event WHERE stream = 'portal' ORDER BY seq")
    assert [row["kind"] for row in rows] == [closing.CLOSED, closing.OPENED]
    nobody = factories.context(ctx.db, actor=ANONYMOUS)
    with pytest.raises((NotPermitted, NotSignedIn)):
        await closing.close(nobody, "x")
    with pytest.raises((NotPermitted, NotSignedIn)):
        await audit(nobody, Auditor(LogFolder(Path("none")), ()))


async def test_a_database_that_is_away_is_no_forgery(database_url: str, scene: Scene) -> None:
    database = await Database.connect(database_url, pool_size=2)
    ctx = factories.context(database)
    await database.close()
    report = await audit(ctx, scene.auditor())
    assert report.verdict == Verdict.UNCHECKED
    assert report.unchecked[0].startswith("database")


async def test_a_night_that_could_not_check_everything_is_tried_again(
    ctx: Context, scene: Scene, tmp_path: Path
) -> None:
    now = ctx.at(ctx.now.replace(hour=3))
    assert await auditing.full_is_due(now)
    assert (await audit(now, scene.auditor(tmp_path / "none"))).verdict == Verdict.UNCHECKED
    assert not await auditing.full_is_due(now.at(now.now + timedelta(minutes=59)))
    assert await auditing.full_is_due(now.at(now.now + timedelta(hours=1)))
    await audit(now.at(now.now + timedelta(hours=1)), scene.auditor())
    assert not await auditing.full_is_due(now.at(now.now + timedelta(hours=3)))


async def test_heads_of_others_are_read_from_files_and_what_is_missing_is_said(
    ctx: Context, scene: Scene, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    for number, (_, note) in enumerate(scene.outside.heads):
        (kept / f"{number}.txt").write_text(f"{'a key line' if number else ''}\n\n{note.whole}\n")
    found = await gather((str(kept), str(tmp_path / "none"), "http://127.0.0.1:9/"))
    assert len(found.heads) == len(scene.outside.heads)
    assert len(found.unchecked) == 2
    report = await audit(ctx, scene.auditor(), found)
    assert (report.outside, report.verdict) == (4, Verdict.UNCHECKED)


async def test_the_worker_checks_all_once_a_day_and_the_tail_else(ctx: Context, scene: Scene) -> None:
    async def outside() -> Outside:
        return scene.outside

    job = {"database": ctx.db, "profile": ctx.profile, "auditor": scene.auditor, "outside": outside}
    for later in (timedelta(), timedelta(minutes=1), timedelta(days=1)):
        await audit_record({**job, "now": lambda later=later: ctx.now + later})
    rows = await scene.owner.fetch("SELECT scope, verdict, outside FROM log_audit ORDER BY id")
    assert [row["scope"] for row in rows] == ["full", "full"], "a tail that found nothing new leaves nothing"
