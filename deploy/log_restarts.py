"""The files of a log that ends and of the one that begins: folder, name and keys (trust 4.1(10)).

The database goes first: where the files do not follow, the publisher finds a contradiction and signs nothing.
"""

import shutil
from pathlib import Path
from typing import Final

from deploy import log_keys
from deploy.refusals import StateBroken
from deploy.settings import Settings
from domain.proof.auditing import Head, seen_head
from domain.proof.checkpoints import Checkpoint
from domain.proof.notes import Note, NoteBroken
from domain.proof.policies import Policy
from resolvers.auditing import Outside
from resolvers.former_logs import FOLDER
from resolvers.log_folder import LogFolder
from resolvers.log_publishing import CHECKPOINT, LOST, SIGNED
from resolvers.signing import VERIFY

OWN_KEYS: Final = ("log.pem", "receipts.pem")


def policy_in(folder: LogFolder) -> Policy:
    """Return the policy that lies with a log. Raises ``StateBroken``."""
    try:
        return Policy.parse((folder.read(log_keys.POLICY) or b"").decode())
    except (NoteBroken, UnicodeDecodeError) as error:
        raise StateBroken(
            f"目录 {folder.path} 里没有信任策略，不知道原来的密钥。", "请从备份恢复 log 目录。"
        ) from error


def last_head(folder: LogFolder, outside: Outside) -> tuple[Head, Note] | None:
    """Return the largest head of the log in a folder that anybody is known to have seen, others included."""
    given = [
        (name, content.decode("utf-8", "replace"))
        for name in (CHECKPOINT, SIGNED, LOST)
        if (content := folder.read(name))
    ]
    found: list[tuple[Head, Note]] = []
    keys = policy_in(folder).logs
    notes = [(name, Note.parse(text)) for name, text in given] + list(outside.heads)
    for source, note in notes:
        try:
            found.append((seen_head(source, note, keys, VERIFY), note))
        except NoteBroken:
            continue
    return max(found, key=lambda one: one[0].size, default=None)


def is_own(folder: LogFolder, given: tuple[str, Note]) -> bool:
    """Say whether a head of others is one of the log in a folder."""
    try:
        seen_head(given[0], given[1], policy_in(folder).logs, VERIFY)
    except NoteBroken:
        return False
    return True


def contradicts(folder: LogFolder, given: tuple[str, Note]) -> bool:
    """Say whether a head of others, of this log and no larger, has another root than the files lead to. Raises ``TileBroken``."""
    if not is_own(folder, given):
        return False
    head = Checkpoint.parse(given[1].text)
    return head.size <= own_size(folder) and folder.root(head.size) != head.root


def own_size(folder: LogFolder) -> int:
    """Return how many leaves the published files hold."""
    content = folder.read(CHECKPOINT)
    return Checkpoint.parse(Note.parse(content.decode()).text).size if content else 0


def retire(settings: Settings, origin: str) -> Path:
    """Put the log's folder and its keys away, the folder below the new log's own; returns where the keys are."""
    folder = log_keys.folder(settings).path
    whole = folder.with_name(f"{folder.name}.ended")
    if whole.exists():
        raise StateBroken(f"目录 {whole} 已经存在。", "上一次更换日志没有完成；请先核对并移走它。")
    folder.rename(whole)
    earlier = whole / FOLDER
    kept = folder / FOLDER
    kept.mkdir(mode=0o700, parents=True)
    for one in sorted(earlier.iterdir()) if earlier.is_dir() else ():
        one.rename(kept / one.name)
    shutil.rmtree(earlier, ignore_errors=True)
    number = sum(1 for _ in kept.iterdir()) + 1
    (whole / "origin").write_text(origin, encoding="utf-8")
    whole.rename(kept / f"{number}")
    keys = settings.state_dir.absolute() / "keys" / FOLDER / f"{number}"
    keys.mkdir(mode=0o700, parents=True)
    for name in OWN_KEYS:
        place = settings.state_dir.absolute() / "keys" / name
        if place.exists():
            place.rename(keys / name)
    return keys
