"""A month of the record leaves for a bundle that verifies by itself, is found there, and comes back as it was (003-33)."""

import asyncio
import hashlib
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from deploy import archives, log_keys
from deploy.archives import BundleBroken
from domain.proof.archives import MANIFEST
from resolvers.addresses import plain_url
from resolvers.log_sequencing import sequence, take_over
from tests import tampering
from tests.deploy.test_backups import Live, live, published, ran

pytestmark = [pytest.mark.clause("R9", "S1"), pytest.mark.timeout(300)]
MAY = datetime(2022, 5, 3, 4, 5, 6, 789, tzinfo=UTC)
STREAMS, ROUNDS = 60, 10


async def filled(system: Live) -> None:
    """Write acts of May 2022 and one each of today, and publish them; the streams go on beyond the month."""
    assert system.services.postgres is not None
    owner = await asyncpg.connect(plain_url(system.services.postgres.url()))
    for number in range(1, ROUNDS + 1):
        rows = [(f"account:{n}", number, MAY + timedelta(minutes=number), f'{{"n":{number}}}') for n in range(STREAMS)]
        await owner.executemany(tampering.WRITE, rows)
    await owner.executemany(
        tampering.WRITE, [(f"account:{n}", ROUNDS + 1, tampering.NOW, "{}") for n in range(STREAMS)]
    )
    await owner.close()
    await logged(system)


async def logged(system: Live) -> None:
    """Put what waits into the log, and publish it."""
    assert system.services.postgres is not None
    owner = await asyncpg.connect(plain_url(system.services.postgres.url()))
    while await sequence(await take_over(owner), tampering.NOW):
        pass
    await published(system.services, owner)
    await owner.close()


async def asked(system: Live, sql: str, *, forge: bool = False) -> list[asyncpg.Record]:
    """Ask as whoever can do everything; forge: without triggers."""
    assert system.services.postgres is not None
    owner = await asyncpg.connect(plain_url(system.services.postgres.url()))
    try:
        async with owner.transaction():
            if forge:
                await owner.execute("SET LOCAL session_replication_role = replica")
            found: list[asyncpg.Record] = await owner.fetch(sql)
            return found
    finally:
        await owner.close()


def whole(system: Live) -> list[asyncpg.Record]:
    """Return the record with its leaves, byte for byte."""
    return asyncio.run(
        asked(
            system,
            "SELECT e.*, l.salt, l.entry, l.leaf FROM event e JOIN event_leaf l ON l.event_id = e.id"
            " WHERE e.stream LIKE 'account:%' ORDER BY e.id",
        )
    )


def count(system: Live, of: str) -> int:
    return int(asyncio.run(asked(system, f"SELECT count(*) FROM {of}"))[0][0])


def test_a_month_leaves_verifies_alone_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANGGUANG_PROFILE", "xuzhou-2016")
    to, policy = tmp_path / "archive", tmp_path / "policy.txt"
    with live(monkeypatch, tmp_path / "state") as system:
        asyncio.run(filled(system))
        shutil.copy(log_keys.folder(system.services.settings).path / "policy.txt", policy)
        before = whole(system)
        early = ran("archive", "--to", to, "--before", "2026-01")
        assert early.exit_code == 1, early.output
        assert "003-33" in early.output
        made = ran("archive", "--to", to)
        assert made.exit_code == 0, made.output
        assert f"2022-05：{STREAMS * ROUNDS} 条" in made.output
        assert whole(system) == before, "without --remove everything stays"
        bundle = to / "2022-05"
        assert "没有登记证明 made.txt" in archives.verified(bundle, policy), "whether it is whole, nobody can see yet"
        early = ran("archive", "--to", to, "--remove")
        assert "先不移出" in early.output, early.output
        assert whole(system) == before, "nothing leaves before the making of its bundle is witnessed"
        asyncio.run(logged(system))
        assert "已附登记证明 made.txt" in ran("archive", "--to", to).output
        alone(bundle, policy, tmp_path / "elsewhere")
        tampered_bundles(bundle, tmp_path / "tampered", policy)
        shutil.copytree(bundle, tmp_path / "shown", dirs_exist_ok=True)

        removed = ran("archive", "--to", to, "--remove")
        assert f"移出 {STREAMS * ROUNDS} 条" in removed.output, removed.output
        assert count(system, "event WHERE stream LIKE 'account:%'") == STREAMS
        audited = ran("audit", "--full")
        assert "没有发现异常" in audited.output, audited.output
        assert f"其中 {STREAMS * ROUNDS} 条已移入归档包" in audited.output
        who_hides_behind_a_bundle_is_found(system)

        wrong = tmp_path / "tampered" / "2022-05"
        assert ran("archive", "--restore", wrong, "--policy", policy).exit_code == BundleBroken.exit_code
        assert count(system, "event WHERE stream LIKE 'account:%'") == STREAMS
        back = ran("archive", "--restore", to)
        assert f"放回 {STREAMS * ROUNDS} 条" in back.output, back.output
        assert whole(system) == before
        assert count(system, "log_pending p JOIN archive_event a ON a.event_id = p.event_id") == 0
        assert "没有发现异常" in ran("audit", "--full").output
        kinds = [
            row[0] for row in asyncio.run(asked(system, "SELECT kind FROM event WHERE stream = 'archive' ORDER BY seq"))
        ]
        assert kinds == ["archive.made", "archive.removed", "archive.restored"]


def alone(bundle: Path, policy: Path, elsewhere: Path) -> None:
    """The bundle is proven by what lies in it, on a machine that has nothing of this system."""
    shutil.copytree(bundle, elsewhere)
    words = [sys.executable, "-I", str(elsewhere / "verify.py"), str(elsewhere), "--policy", str(policy)]
    done = subprocess.run(words, cwd="/", env={}, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{STREAMS * ROUNDS} 条记录都在公开日志中" in done.stdout
    assert f"Complete: the making of this bundle with its {STREAMS * ROUNDS} acts is itself in the log." in done.stdout
    assert ran("archive", "--verify", elsewhere.parent, "--policy", policy).exit_code == 0


def tampered_bundles(bundle: Path, to: Path, policy: Path) -> None:
    """Whatever is changed in a bundle is found, also where the manifest is made to fit."""
    lines = (bundle / "events.jsonl").read_bytes().splitlines(keepends=True)
    entries = (bundle / "entries").read_bytes()
    forged = {
        "text": {"events.jsonl": b"".join([lines[0].replace(b'"n\\":1', b'"n\\":2'), *lines[1:]])},
        "cut": {"events.jsonl": b"".join(lines[:-1])},
        "swapped": {"events.jsonl": b"".join([lines[1], lines[0], *lines[2:]])},
        "entry": {"entries": entries[:-1] + bytes([entries[-1] ^ 1])},
        "short": {"entries": entries[:-39]},
    }
    for name, changed in forged.items():
        # That acts were cut off shows in the digest that the log keeps of the manifest, not in what is left.
        for fitting in (False, True):
            shutil.rmtree(to, ignore_errors=True)
            shutil.copytree(bundle, to / bundle.name)
            for file, content in changed.items():
                assert (to / bundle.name / file).read_bytes() != content, name
                (to / bundle.name / file).write_bytes(content)
            if fitting:
                refitted(to / bundle.name)
            with pytest.raises(BundleBroken):
                archives.verified(to / bundle.name, policy)


def refitted(bundle: Path) -> None:
    """Make a manifest that fits the files, as whoever can write the bundle can."""
    manifest = json.loads((bundle / MANIFEST).read_text())
    for name in manifest["files"]:
        content = (bundle / name).read_bytes()
        manifest["files"][name] = [len(content), hashlib.sha256(content).hexdigest(), ""]
    manifest["events"] = len((bundle / "events.jsonl").read_bytes().splitlines())
    (bundle / MANIFEST).write_text(json.dumps(manifest))


def who_hides_behind_a_bundle_is_found(system: Live) -> None:
    """A superuser deletes an act of today and enters it among those of the bundle: the bundle is not what was logged."""
    one = "(SELECT id FROM event WHERE stream = 'account:7')"
    hidden = f"""WITH held AS (INSERT INTO archive_event SELECT e.id, b.id, e.stream, e.seq FROM event e, archive_bundle b
                               WHERE e.id = {one} RETURNING event_id),
                      bare AS (DELETE FROM event_leaf WHERE event_id = {one})
                 DELETE FROM event WHERE id = {one} RETURNING *"""
    kept = asyncio.run(asked(system, "SELECT * FROM event_leaf WHERE event_id = " + one))[0]
    [gone] = asyncio.run(asked(system, hidden, forge=True))
    found = ran("audit", "--full")
    assert found.exit_code == 1, found.output
    assert "归档登记与记录不符 2022-05" in found.output
    values = (
        f"{gone['id']}, '{gone['stream']}', {gone['seq']}, 'k', NULL, '王明', 'B1', '{gone['at'].isoformat()}', '{{}}'"
    )
    for mended in (
        f"INSERT INTO event (id, stream, seq, kind, actor_id, actor_name, body_code, at, body) OVERRIDING SYSTEM VALUE VALUES ({values})",
        f"INSERT INTO event_leaf VALUES ({gone['id']}, '\\x{kept['salt'].hex()}', '\\x{kept['entry'].hex()}', '\\x{kept['leaf'].hex()}')",
        f"DELETE FROM archive_event WHERE event_id = {gone['id']}",
    ):
        asyncio.run(asked(system, mended, forge=True))
