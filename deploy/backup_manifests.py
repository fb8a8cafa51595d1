"""The list of what is in a backup: every file with size and SHA-256, and the head of the log at that time.

It is written last and whole: a folder without it is no backup, but the beginning of one.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from deploy.refusals import StartRefused

NAME: Final = "manifest.json"
FORMAT: Final = "yangguang/backup/v1"
BASE, DUMP = "base", "dump"


class BackupBroken(StartRefused):
    """A folder that is no backup, or not the one that was made."""

    exit_code = 9


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``database`` says whether it is a base backup or a dump; ``head`` is the published head."""

    made_at: datetime
    database: str
    revision: str
    head: str
    files: dict[str, tuple[int, str]]

    def write(self, folder: Path) -> None:
        """Write it whole."""
        half = folder / f".{NAME}"
        plain = {"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}
        half.write_text(json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
        half.rename(folder / NAME)

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read it. Raises ``BackupBroken``."""
        try:
            plain = json.loads((folder / NAME).read_text("utf-8"))
            if plain.pop("format") != FORMAT:
                raise ValueError("format")
            files = {name: (int(size), str(digest)) for name, (size, digest) in plain.pop("files").items()}
            return cls(made_at=datetime.fromisoformat(plain.pop("made_at")), files=files, **plain)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupBroken(
                f"{folder} 不是完整的备份：{NAME} 缺失或损坏。", "请换一份备份；中断的备份不能用于恢复。"
            ) from error

    def verify(self, folder: Path) -> None:
        """Compare every file with what was listed, and refuse any that was not. Raises ``BackupBroken``."""
        found = listed(folder)
        for name in sorted(self.files.keys() | found.keys()):
            if self.files.get(name) != found.get(name):
                how = "缺失" if name not in found else "多出" if name not in self.files else "被改动"
                raise BackupBroken(f"备份 {folder} 中的文件 {name} {how}。", "不要使用这份备份；请换一份。")


def listed(folder: Path) -> dict[str, tuple[int, str]]:
    """Return every file of a folder with size and digest, the manifest itself left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != NAME:
            with path.open("rb") as file:
                found[name] = (path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
    return found
