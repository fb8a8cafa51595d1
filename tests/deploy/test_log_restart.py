"""A log that was lost is never continued under its name: it ends in the first leaf of the next, and its receipts stay good."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from deploy import log_keys
from deploy.configuration import load
from deploy.operating import operator
from deploy.services import Services
from deploy.settings import Settings
from deploy.state import StateFolder
from domain.proof.checkpoints import Checkpoint
from domain.proof.receipts import Proof
from portal import assets
from resolvers import receipts
from resolvers.addresses import plain_url
from resolvers.former_logs import formers
from resolvers.log_former import ended
from resolvers.log_publishing import LOST, UNSURE, LogBroken
from resolvers.log_sequencing import sequence, take_over
from resolvers.receipts import LostWithLog
from tests import tampering
from tests.deploy.test_backups import live, published, ran

pytestmark = [pytest.mark.clause("R9", "S1"), pytest.mark.timeout(300)]
VERIFIER = assets.FOLDER / "proof" / "verify.py"


async def receipt_of(settings: Settings, stream: str) -> str:
    """Return the receipt of the newest act of a stream."""
    async with operator(settings) as ctx:
        issuer = log_keys.issuer(settings)
        seq = await ctx.db.reads.fetchval("SELECT max(seq) FROM event WHERE stream = $1", stream)
        return await receipts.receipt(ctx, issuer, stream, seq, "B1")


def verdict(folder: Path, text: str, policy: Path) -> int:
    (folder / "evidence.txt").write_text(text)
    words = [sys.executable, "-I", str(VERIFIER), str(folder / "evidence.txt"), "--policy", str(policy)]
    return subprocess.run(words, check=False, capture_output=True).returncode


async def go_on(services: Services) -> Checkpoint:
    """Sequence and publish what waits, as the processes would."""
    assert services.postgres is not None
    connection = await asyncpg.connect(plain_url(services.postgres.url()))
    try:
        while await sequence(await take_over(connection), tampering.NOW):
            pass
        return Checkpoint.parse((await published(services, connection)).text)
    finally:
        await connection.close()


def test_a_restored_log_asks_first_and_a_lost_one_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to, keys, then, later = (tmp_path / name for name in ("backup", "keys", "then", "later"))
    with live(monkeypatch, tmp_path / "state") as system:
        system.write_and_publish(then)
        assert ran("backup", "--to", to, "--keys-to", keys).exit_code == 0
        early = asyncio.run(receipt_of(system.services.commanding, "matter:7"))
        system.write_and_publish(later)
        late = asyncio.run(receipt_of(system.services.commanding, "matter:7"))
        assert "系统须已停止" in ran("log", "restart", "--help").output
        assert ran("log", "restart", "--reason", "x", "--heads", later).exit_code == 6, "not while it runs"

    again = tmp_path / "again"
    told = ran("restore", "--from", to, "--state", again, "--keys", keys)
    assert told.exit_code == 0
    assert "公开日志已停用" in told.output
    monkeypatch.setenv("YANGGUANG_STATE_DIR", str(again))
    settings = load().settings
    log = log_keys.folder(settings)
    services = Services(StateFolder.open(again), settings)
    with pytest.raises(LogBroken, match="nobody has compared"):
        asyncio.run(published(services, None))  # type: ignore[arg-type]
    assert ran("log", "continue").exit_code == 1, "nobody was asked"
    assert ran("log", "continue", "--heads", later).exit_code == 1
    assert log.read(UNSURE) is not None
    assert log.read(LOST) is not None
    (log.path / LOST).unlink()
    good = ran("log", "continue", "--heads", then)
    assert good.exit_code == 0, good.output
    assert log.read(UNSURE) is None

    # Now what the later head says becomes known: the name must not go on.
    origin = log_keys.origin(settings)
    done = ran("log", "restart", "--reason", "备份早于最后公布的日志头", "--heads", later)
    assert done.exit_code == 0, done.output
    assert "最后的日志头 301 条" in done.output
    policy = log.path / "policy.txt"
    assert log_keys.origin(settings) != origin
    with live(monkeypatch, again) as fresh:
        head = asyncio.run(go_on(fresh.services))
        assert head.origin == log_keys.origin(settings)
        asyncio.run(found_again(fresh.services.commanding, origin, early, late, tmp_path, policy))
        sound = ran("audit", "--full", "--heads", then, "--heads", later)
        assert "没有发现异常" in sound.output, sound.output
        assert "没有发现异常" in ran("audit").output
        asyncio.run(forged_seal(fresh.services))
        assert ran("audit", "--full", "--heads", later).exit_code == 1
    assert verdict(tmp_path, early, policy) == 3
    assert verdict(tmp_path, late, policy) == 3


async def found_again(settings: Settings, origin: str, early: str, late: str, folder: Path, policy: Path) -> None:
    """What came back has its proof in the new log; what did not was lost with the old one, which nobody calls altered."""
    async with operator(settings) as ctx:
        issuer = log_keys.issuer(settings)
        text = await receipts.proof(ctx, issuer, early)
        assert text is not None
        assert Proof.parse(text).index > 0
        assert verdict(folder, text, policy) == 0
        with pytest.raises(LostWithLog, match=origin):
            await receipts.proof(ctx, issuer, late)
        [end] = await ended(ctx.db, formers(issuer.folder))
        assert (end.origin, end.size, end.reason) == (origin, 301, "备份早于最后公布的日志头")
        first = await ctx.db.reads.fetchrow(
            "SELECT e.kind, e.body FROM log_leaf g JOIN event e ON e.id = g.event_id WHERE g.place = 0"
        )
        assert first is not None
        assert first["kind"] == "log.restarted"
        assert json.loads(first["body"])["root"] == end.root


async def forged_seal(services: Services) -> None:
    """A superuser lets the log have ended with a shorter head than others keep."""
    assert services.postgres is not None
    owner = await asyncpg.connect(plain_url(services.postgres.url()))
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        await owner.execute(
            "UPDATE event SET body = replace(body, '\"size\":301', '\"size\":150') WHERE kind = 'log.restarted'"
        )
    await owner.close()
