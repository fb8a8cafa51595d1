"""A backup of a live system comes back and verifies; what was published after it is found, and the old name does not go on."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import asyncpg
import pytest
from click.testing import CliRunner, Result

from deploy import backups, log_keys
from deploy.backup_manifests import BackupBroken, Manifest
from deploy.commands import main
from deploy.configuration import load
from deploy.drills import apart
from deploy.refusals import StateBroken
from deploy.services import Services, available
from deploy.state import StateFolder
from domain.proof.notes import Note
from resolvers.addresses import plain_url
from resolvers.log_publishing import LOST, LogBroken, Publisher
from resolvers.log_sequencing import sequence, take_over
from tests import desks, tampering

pytestmark = [pytest.mark.clause("R9", "S1"), pytest.mark.timeout(300)]


@dataclass
class Live:
    """A system that runs on a folder of its own."""

    services: Services
    rounds: int = 0

    def write_and_publish(self, heads: Path) -> None:
        """Write acts, put them into the log, publish, and let others keep the head."""
        self.rounds += 1
        heads.mkdir(exist_ok=True)
        note = asyncio.run(self._round())
        (heads / f"{self.rounds}.txt").write_text(note.whole)

    async def _round(self) -> Note:
        assert self.services.postgres is not None
        connection = await asyncpg.connect(plain_url(self.services.postgres.url()))
        rows = [(f"matter:{n}", self.rounds, tampering.NOW, "{}") for n in range(150)]
        await connection.executemany(tampering.WRITE, rows)
        while await sequence(await take_over(connection), tampering.NOW):
            pass
        note = await published(self.services, connection)
        await connection.close()
        return note


async def published(services: Services, connection: asyncpg.Connection) -> Note:
    """Publish as this copy, with its own name and key, witnessed by nobody."""
    settings = services.settings

    async def nobody(address: str, body: bytes) -> tuple[int, bytes]:
        raise ConnectionRefusedError(address)

    key, signer = log_keys.log_key(settings), log_keys.log_signer(settings)
    publisher = Publisher(log_keys.folder(settings), key, signer, log_keys.policy(settings), nobody)
    await publisher.publish(connection, tampering.NOW)
    return Note.parse((publisher.folder.read("checkpoint") or b"").decode())


@contextmanager
def live(monkeypatch: pytest.MonkeyPatch, state: Path) -> Iterator[Live]:
    for name, value in {"YANGGUANG_STATE_DIR": str(state), "YANGGUANG_DEMO": "0"}.items():
        monkeypatch.setenv(name, value)
    with available(load().settings) as services:
        yield Live(services)


def ran(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_backup_go_on_writing_drill_and_restore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to, keys, then, later = (tmp_path / name for name in ("backup", "keys", "then", "later"))
    with live(monkeypatch, tmp_path / "state") as system:
        (tmp_path / "state" / "files").mkdir(exist_ok=True)
        (tmp_path / "state" / "files" / "material").write_bytes(b"handed in")
        system.write_and_publish(then)
        made = ran("backup", "--to", to, "--keys-to", keys)
        assert made.exit_code == 0, made.output
        assert "由不同的人保管" in made.output
        system.write_and_publish(later)
        # Of data alone nobody signs or opens anything.
        assert not [path for path in to.rglob("*") if path.suffix == ".pem" or path.name == "secret-key"]
        good = ran("drill", "--from", to, "--keys", keys, "--heads", then)
        assert good.exit_code == 0, good.output
        assert "抽查凭证 100 张，100 张" in good.output
        assert "对照外部留存的日志头 1 个" in good.output
        assert "已记入运行中系统的记录" in good.output
        told = asyncio.run(drilled(system.services))
        assert told["verdict"] == "sound"
    assert not list(Path("/tmp").glob("yangguang-drill-*")), "nothing is left behind"
    bad = ran("drill", "--from", to, "--keys", keys, "--heads", later)
    assert bad.exit_code == 1, bad.output
    assert "日志比留存的日志头短" in bad.output
    assert ran("backup", "--to", to, "--keys-to", tmp_path / "more").exit_code == StateBroken.exit_code
    assert (
        "公告最后一个被见证的日志头"
        in ran("restore", "--from", to, "--state", tmp_path / "short", "--keys", keys, "--heads", later).output
    )
    short = apart(load().settings, tmp_path / "short")
    with pytest.raises(LogBroken, match="must not go on"):
        asyncio.run(published(Services(StateFolder.open(short.state_dir), short), cast("asyncpg.Connection", None)))
    assert (tmp_path / "short" / "log" / LOST).read_text() == (later / "2.txt").read_text()
    assert (tmp_path / "short" / "files" / "material").read_bytes() == b"handed in"


async def drilled(services: Services) -> dict[str, object]:
    connection = await asyncpg.connect(plain_url(services.operator_url))
    body = await connection.fetchval("SELECT body FROM event WHERE kind = 'record.drilled'")
    await connection.close()
    return dict(json.loads(body))


def test_a_restore_that_lost_nothing_goes_on_under_its_name_and_a_dump_comes_back_too(
    owner_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"DATABASE_URL": owner_url, "REDIS_URL": redis_url, "YANGGUANG_SECRET_KEY": desks.SECRET}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    to, keys, heads = (tmp_path / name for name in ("backup", "keys", "heads"))
    with live(monkeypatch, tmp_path / "state") as system:
        asyncio.run(filled(system, owner_url, heads))
        backups.backup(system.services, to, keys)
    assert Manifest.read(to).database == "dump"
    for name in given:
        monkeypatch.delenv(name)
    state = tmp_path / "back"
    assert ran("restore", "--from", to, "--state", state, "--keys", keys, "--heads", heads).exit_code == 0
    assert ran("restore", "--from", to, "--state", state, "--keys", keys).exit_code == StateBroken.exit_code
    with live(monkeypatch, state) as system:
        system.rounds = 1
        system.write_and_publish(heads)
        checked = ran("audit", "--full", "--heads", heads)
        assert checked.exit_code == 0, checked.output
        assert "日志共 300 条；对照外部留存的日志头 2 个" in checked.output


async def filled(system: Live, url: str, heads: Path) -> None:
    connection = await asyncpg.connect(plain_url(url))
    rows = [(f"matter:{n}", 1, tampering.NOW, "{}") for n in range(150)]
    await connection.execute("DELETE FROM log_pending")
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("DELETE FROM event_leaf")
    await connection.execute("DELETE FROM event")
    await connection.execute("SET session_replication_role = origin")
    await connection.executemany(tampering.WRITE, rows)
    while await sequence(await take_over(connection), tampering.NOW):
        pass
    note = await published(system.services, connection)
    await connection.close()
    heads.mkdir()
    (heads / "1.txt").write_text(note.whole)


def test_a_backup_that_was_touched_or_torn_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    folder.mkdir()
    (folder / "database.dump").write_bytes(b"dump")
    with pytest.raises(BackupBroken, match="不是完整的备份"):
        Manifest.read(folder)
    Manifest(tampering.NOW, "dump", "r", "", {"database.dump": (4, "x")}).write(folder)
    with pytest.raises(BackupBroken, match=r"database.dump 被改动"):
        Manifest.read(folder).verify(folder)
    (folder / "more").write_bytes(b"")
    (folder / "database.dump").unlink()
    with pytest.raises(BackupBroken, match=r"database.dump 缺失"):
        Manifest.read(folder).verify(folder)
    for torn in ("", "[]", "{}", '{"format": "other"}'):
        (folder / "manifest.json").write_text(torn)
        with pytest.raises(BackupBroken):
            Manifest.read(folder)
