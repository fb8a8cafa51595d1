"""Backups: made of the running system, restored into an empty folder (trust 4.4).

Of the embedded cluster a base backup is taken; of a database that is given by address a dump, since its files are not ours.
The log's files are copied before the database and uploaded files after it: so the database is never behind the log's
signed head, and never names a file that is not there. Keys are kept apart: whoever has data and keys has everything.
"""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from deploy import log_keys, revisions
from deploy.backup_manifests import BASE, DUMP, BackupBroken, Manifest, listed
from deploy.embedded import OWNER, PostgresBinaries
from deploy.file_stores import FOLDER as FILES
from deploy.refusals import StateBroken
from deploy.services import Services
from deploy.settings import Settings
from deploy.state import StateFolder
from domain.proof.auditing import Head, seen_head
from domain.proof.checkpoints import Checkpoint
from domain.proof.notes import Note, NoteBroken
from domain.proof.policies import Policy
from resolvers.addresses import plain_url
from resolvers.auditing import Outside
from resolvers.log_folder import LogFolder
from resolvers.log_publishing import CHECKPOINT, LOST, UNSURE
from resolvers.signing import VERIFY

DATABASE_DUMP: Final = "database.dump"
CLUSTER: Final = "postgres"
KEYS: Final = "keys"
SECRET: Final = "secret-key"  # noqa: S105 - the name of a file


def backup(services: Services, to: Path, keys_to: Path) -> Manifest:
    """Write a backup into an empty folder, and the keys into another. Raises ``StateBroken`` or ``BackupBroken``."""
    state = services.state.path
    for folder in (to, keys_to):
        _empty(folder)
    _copied(state / log_keys.LOG_FOLDER, to / log_keys.LOG_FOLDER)
    head = (LogFolder(to / log_keys.LOG_FOLDER).read(CHECKPOINT) or b"").decode("utf-8", "replace")
    kind = BASE if services.postgres is not None else DUMP
    if services.postgres is not None:
        _base(services.postgres.binaries, services.postgres.sockets, to / CLUSTER)
    else:
        _dump(services.owner_url, to / DATABASE_DUMP)
    _copied(state / FILES, to / FILES)
    _copied(state / KEYS, keys_to / KEYS)
    if (state / SECRET).exists():
        shutil.copy2(state / SECRET, keys_to / SECRET)
    manifest = Manifest(datetime.now(UTC), kind, revisions.head(), head, listed(to))
    manifest.write(to)
    return manifest


def _empty(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise StateBroken(f"目录 {folder} 不是空的。", "请指定一个新的或者空的目录；已有的内容不会被覆盖。")
    except OSError as error:
        raise StateBroken(f"目录 {folder} 无法使用：{error}。", "请检查路径、权限和磁盘空间。") from error


def _copied(source: Path, target: Path) -> None:
    """Copy a folder while its owner goes on writing: files appear whole or not at all, and some go meanwhile."""
    for path in sorted(source.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            place = target / path.relative_to(source)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                shutil.copy2(path, place)
            except FileNotFoundError:
                continue  # a partial tile whose full one was published meanwhile; that one is copied too


def _run(command: Sequence[object], what: str) -> None:
    done = subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        raise BackupBroken(f"{what}失败：{last}", "请检查磁盘空间和数据库状态后重试。")


def _base(binaries: PostgresBinaries, sockets: Path, to: Path) -> None:
    program = binaries.folder / "pg_basebackup"
    where = ("-h", sockets, "-p", "5432", "-U", OWNER)
    _run((program, *where, "-D", to, "-X", "stream", "-c", "fast", "--manifest-checksums=SHA256"), "数据库基础备份")


def _dump(url: str, to: Path) -> None:
    program = PostgresBinaries.find().folder / "pg_dump"
    _run((program, "-d", plain_url(url), "-Fc", "--no-acl", "-f", to), "数据库导出")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. ``lost`` is the head of others that the restored log does not reach: its name must not go on.

    ``unsure``: no head of others was there to compare with, so that nobody knows; nothing is signed until somebody does.
    """

    manifest: Manifest
    lost: Head | None
    unsure: bool = False


def restore(settings: Settings, source: Path, state: Path, keys: Path | None, outside: Outside) -> Restored:
    """Bring a verified backup into an empty folder. Raises ``BackupBroken`` or ``StateBroken``; then nothing was changed."""
    manifest = Manifest.read(source)
    manifest.verify(source)
    if manifest.database == BASE:
        _run((PostgresBinaries.find().folder / "pg_verifybackup", "-q", source / CLUSTER), "核对数据库基础备份")
    _empty(state)
    opened = StateFolder.open(state)
    for name in (log_keys.LOG_FOLDER, FILES):
        if (source / name).exists():
            shutil.copytree(source / name, opened.path / name)
    if keys is not None:
        _copied(keys, opened.path)
    if manifest.database == BASE:
        shutil.copytree(source / CLUSTER, opened.path / CLUSTER)
        (opened.path / CLUSTER).chmod(0o700)
    else:
        _load(source / DATABASE_DUMP, Services(opened, settings))
    folder = LogFolder(opened.path / log_keys.LOG_FOLDER)
    found = _compared(folder, outside)
    if found is None and folder.read(CHECKPOINT) is not None:
        folder.write(UNSURE, f"restored from a backup of {manifest.made_at.isoformat()}\n".encode())
        return Restored(manifest, None, unsure=True)
    return Restored(manifest, found[0] if found else None)


def _load(dump: Path, services: Services) -> None:
    """Load a dump into an embedded cluster that is made for it; rights are given at the next start."""
    try:
        services.start()
        if services.postgres is None:
            raise BackupBroken("导出的备份要恢复到内置数据库。", "恢复时请不要设置 DATABASE_URL。")
        words = ("--no-acl", "--no-owner", "--exit-on-error", "--single-transaction")
        program = services.postgres.binaries.folder / "pg_restore"
        _run((program, *words, "-d", plain_url(services.postgres.url()), dump), "载入数据库导出")
    finally:
        services.stop()


def _compared(folder: LogFolder, outside: Outside) -> tuple[Head | None] | None:
    """Compare the restored log with the heads of others; one that it does not reach is written down beside the log.

    From then on the publisher signs nothing under this name: two trees of one log would be a fork (trust 4.1(10)).
    Returns None where there is no head of this log to compare with.
    """
    own = folder.read(CHECKPOINT)
    size = Checkpoint.parse(Note.parse(own.decode()).text).size if own else 0
    policy = folder.read(log_keys.POLICY)
    keys = Policy.parse(policy.decode()).logs if policy else ()
    found: list[tuple[Head, Note]] = []
    for source, note in outside.heads:
        try:
            found.append((seen_head(source, note, keys, VERIFY), note))
        except NoteBroken:
            continue  # of another log; a full audit says so
    if not found:
        return None
    last, note = max(found, key=lambda one: one[0].size)
    if last.size <= size:
        return (None,)
    folder.write(LOST, note.whole.encode())
    return (last,)
