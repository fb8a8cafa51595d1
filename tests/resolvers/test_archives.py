"""What has left for the archive is answered for: the case, the receipt, the export, the nightly checks (003-33)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy import archives as verifying
from domain.proof.archives import Month
from domain.proof.auditing import Kind
from resolvers import archives, matters, receipts, receipts_case
from resolvers.addresses import plain_url
from resolvers.archives import Bundle, InTheArchive, NoKeepingLimit, Whereabouts
from resolvers.archives_files import ids_digest, kept_in, manifest_of, write
from resolvers.auditing import Auditor, Outside, audit
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound
from resolvers.issuing import Issuer
from resolvers.log_folder import LogFolder
from schema.answers import COMPILED, Asked
from schema.limits import Limits
from schema.root import runner
from tests import factories, running, tampering
from tests.proofs import LOG_KEY, ORIGIN, WEB, WEB_KEY
from tests.running import MONDAY, Office

pytestmark = pytest.mark.clause("R9", "S1")
MARCH = Month(2026, 3)


def in_2030(of: Office, folder: Path, who: str = "") -> Context:
    """Return the context of somebody four years later, with what gives receipts."""
    issuer = Issuer(ORIGIN, WEB_KEY, WEB, LogFolder(folder))
    ctx = of.at(who).at(MONDAY + timedelta(days=4 * 365))
    return factories.context(ctx.db, now=ctx.now, profile=factories.profile(), actor=ctx.actor, issuer=issuer)


async def archived(ctx: Context, folder: Path, to: Path) -> Bundle:
    """Write, verify and register March 2026."""
    policy = to.parent / "policy.txt"
    policy.write_text(tampering.QUIET)
    LogFolder(folder).write("policy.txt", tampering.QUIET.encode())
    manifest, ids = await write(ctx, LogFolder(folder), MARCH, to, verifying.verifier())
    assert f"{len(ids)} 条记录" in verifying.verified(to, policy)
    found, sha256, sm3 = manifest_of(to)
    assert found == manifest
    return await archives.register(ctx, to.name, manifest, (sha256, sm3), ids, ids_digest(ids))


async def _asked(ctx: Context, matter_id: int) -> dict[str, Any]:
    """Ask the interface about a matter."""
    number = await ctx.db.reads.fetchval("SELECT number FROM matter WHERE id = $1", matter_id)
    query = "query($n: String!) { matter(number: $n) { archived { bundle digest first last } } }"
    compiled, ordinary = [
        await runner.run(Asked(query, None, {"n": number}), ctx, Limits(), compiled=way) for way in (True, False)
    ]
    found: dict[str, Any] = ordinary.body()["data"]["matter"]
    assert (compiled.way, compiled.data) == (COMPILED, {"matter": found})
    return found


async def away(ctx: Context, matter_id: int, where: Whereabouts, shown: str) -> None:
    """The case is there, its acts are named as being in the bundle, and its receipt is not called wrong."""
    assert await matters.archived(ctx, matter_id) == (where,)
    [told] = (await _asked(ctx, matter_id))["archived"]
    assert told == {"bundle": where.name, "digest": where.digest, "first": where.first, "last": where.last}
    assert (await matters.history(ctx, matter_id)).rows == ()
    assert (await matters.matter(ctx, matter_id)).row.phase == "closed"
    assert ctx.issuer is not None
    with pytest.raises(InTheArchive, match="2026-03"):
        await receipts.proof(ctx, ctx.issuer, shown)
    with pytest.raises(InTheArchive):
        await receipts_case.for_official(ctx, matter_id)


async def who_alters_what_is_kept_is_found(
    ctx: Context, owner: asyncpg.Connection, matter_id: int, number: str
) -> None:
    """A superuser alters a matter whose acts are away, then also what was kept of it: the one is found, and the other."""

    async def forge(*statements: str) -> None:
        async with owner.transaction():
            await owner.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                await owner.execute(statement)

    async with owner.transaction():
        found = await archives.contradictions(owner)
    assert found == []
    before = await owner.fetchval("SELECT state FROM matter WHERE id = $1", matter_id)
    for key, value in (("no_such_key", "1"), ("origin", "B009XK2026000001")):
        await owner.execute("SET session_replication_role = replica")
        forged = "UPDATE matter SET state = jsonb_set($2::jsonb, ARRAY[$3], to_jsonb($4::text)) WHERE id = $1"
        await owner.execute(forged, matter_id, before, key, value)
        await owner.execute("SET session_replication_role = origin")
        assert (await matters.check_matters(ctx, everything=True)).altered == (number,), key
    await forge(
        "UPDATE archive_matter s SET state = sha256(convert_to(m.state::text, 'UTF8')) FROM matter m"
        f" WHERE m.id = s.matter_id AND m.id = {matter_id}"
    )
    assert (await matters.check_matters(ctx, everything=True)).sound, "both were altered alike"
    assert [one.kind for one in await archives.contradictions(owner)] == [Kind.ARCHIVE_BROKEN]
    await owner.execute("SET session_replication_role = replica")
    await owner.execute("UPDATE matter SET state = $2::jsonb WHERE id = $1", matter_id, before)
    await owner.execute(
        "UPDATE archive_matter s SET state = sha256(convert_to(m.state::text, 'UTF8')) FROM matter m"
        " WHERE m.id = s.matter_id"
    )
    await owner.execute("SET session_replication_role = origin")


async def test_a_closed_case_is_answered_for_and_an_open_one_stays(
    database: Database, owner_url: str, tmp_path: Path
) -> None:
    office = await running.office(database)
    closed, running_on = await office.open(), await office.open()
    await office.act(closed, "clerk", "withdraw", reasons="申请人撤回")
    log, bundle_at = tmp_path / "log", tmp_path / "2026-03"
    owner = await asyncpg.connect(plain_url(owner_url))
    await tampering.published(owner, log, office.ctx.now)
    ctx, clerk = in_2030(office, log), in_2030(office, log, "clerk")
    assert ctx.issuer is not None
    stream = f"matter:{closed.matter_id}"
    shown = await receipts.receipt(ctx, ctx.issuer, stream, 1, "B1")
    later = await receipts.receipt(ctx, ctx.issuer, f"matter:{running_on.matter_id}", 1, "B2")
    before = await owner.fetch("SELECT * FROM event ORDER BY id")

    with pytest.raises(InvalidInput, match="003-33"):
        await archives.months(ctx.at(MONDAY + timedelta(days=3 * 365)), MARCH.following)
    with pytest.raises(NoKeepingLimit):
        await archives.months(factories.context(database, profile=factories.profile("baotou-2023")), MARCH)
    assert await archives.months(ctx, archives.newest_limit(ctx)) == [MARCH]
    bundle = await archived(ctx, log, bundle_at)
    count, stay = await archives.remove(ctx, bundle, MARCH.following)
    assert count > 0
    assert count + stay == bundle.events
    assert await archives.remove(ctx, bundle, MARCH.following) == (0, stay)

    steps = max(row["seq"] for row in before if row["stream"] == stream)
    where = Whereabouts(bundle.name, MARCH, bundle.digest, 1, steps)
    await away(clerk, closed.matter_id, where, shown)
    assert await receipts.proof(ctx, ctx.issuer, later) is not None
    stays = await _asked(clerk, running_on.matter_id)
    assert (await matters.archived(clerk, running_on.matter_id), stays["archived"]) == ((), [])
    assert len((await matters.history(clerk, running_on.matter_id)).rows) >= 1
    with pytest.raises(NotFound):
        await matters.archived(factories.context(database, actor=office.people["clerk"]), 10**9)
    assert (await matters.check_matters(ctx, everything=True)).sound
    await who_alters_what_is_kept_is_found(ctx, owner, closed.matter_id, closed.number)
    await tampering.published(owner, log, ctx.now)
    auditor = Auditor(LogFolder(log), (LOG_KEY,), (WEB_KEY,))
    report = await audit(ctx, auditor, Outside(receipts=(shown, later)))
    assert (report.findings, report.archived) == ((), count)
    assert (await audit(ctx, auditor, full=False)).findings == ()

    assert await archives.bring_back(ctx, bundle, kept_in(bundle_at)) == count
    assert await archives.bring_back(ctx, bundle, kept_in(bundle_at)) == 0
    assert (await owner.fetch("SELECT * FROM event ORDER BY id"))[: len(before)] == before
    assert await receipts.proof(ctx, ctx.issuer, shown) is not None
    assert len((await matters.history(clerk, closed.matter_id)).rows) == steps
    await owner.close()


async def test_only_what_a_bundle_holds_leaves_and_only_what_the_log_says_comes_back(
    database: Database, owner_url: str, tmp_path: Path
) -> None:
    owner = await asyncpg.connect(plain_url(owner_url))
    for number in (1, 2, 3):
        at = MONDAY + timedelta(minutes=number)
        await owner.execute(tampering.WRITE, "account:1", number, at, '{"n":1}')
    log, to = tmp_path / "log", tmp_path / "2026-03"
    await tampering.published(owner, log, MONDAY)
    ctx = factories.context(database, now=MONDAY + timedelta(days=4 * 365))
    for statement in ("DELETE FROM event WHERE seq = 1", "DELETE FROM event_leaf", "UPDATE event SET body = ''"):
        with pytest.raises(asyncpg.PostgresError, match="never changed or removed"):
            await owner.execute(statement)
    bundle = await archived(ctx, log, to)
    with pytest.raises(asyncpg.PostgresError, match="never changed or removed"):
        await owner.execute("UPDATE event SET body = '' WHERE stream = 'account:1'")
    assert await archives.remove(ctx, bundle, MARCH.following) == (2, 1), "the newest of its kind stays"
    acts = list(kept_in(to))
    for forged in (
        [replace(acts[0], act=replace(acts[0].act, body='{"n":2}'))],
        [replace(acts[0], salt=bytes(16))],
    ):
        with pytest.raises(asyncpg.PostgresError, match="not what the log says"):
            await archives.bring_back(ctx, bundle, forged)
    stranger = [replace(acts[0], event_id=10**6)]
    assert await archives.bring_back(ctx, bundle, stranger) == 0
    assert await archives.bring_back(ctx, bundle, acts) == 2
    await owner.close()
