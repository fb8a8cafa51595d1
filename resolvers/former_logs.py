"""The files of logs that came before: each whole below `former/`, with the policy that named its keys."""

from dataclasses import dataclass
from typing import Final

from domain.proof.checkpoints import Checkpoint
from domain.proof.notes import Key, Note, NoteBroken
from domain.proof.policies import Policy
from domain.proof.tiles import Tile, tiles_of
from resolvers.log_folder import LogFolder

FOLDER: Final = "former"


@dataclass(frozen=True, slots=True)
class FormerLog:
    """A log that ended: its name, the keys that signed under it, and its files."""

    origin: str
    logs: tuple[Key, ...]
    receipts: tuple[Key, ...]
    folder: LogFolder

    @property
    def size(self) -> int:
        """How many leaves its files hold."""
        content = self.folder.read("checkpoint")
        return Checkpoint.parse(Note.parse(content.decode()).text).size if content else 0

    def holds(self, leaf: bytes) -> bool:
        """Say whether a leaf stands in its files."""
        for tile in (one for one in tiles_of(self.size) if one.level == 0):
            content = self.folder.fetch(Tile(0, tile.index, tile.width))
            if any(content[at : at + 32] == leaf for at in range(0, len(content), 32)):
                return True
        return False


def formers(folder: LogFolder) -> tuple[FormerLog, ...]:
    """Return the logs that came before the one in a folder, the oldest first; what cannot be read is left out."""
    place = folder.path / FOLDER
    if not place.is_dir():
        return ()
    found = []
    for one in sorted((one for one in place.iterdir() if one.name.isdigit()), key=lambda one: int(one.name)):
        try:
            given = Policy.parse((one / "policy.txt").read_text("utf-8"))
            name = (one / "origin").read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError, NoteBroken):
            continue
        own = tuple(key for key in given.logs if key.name == name)
        receipts = tuple(key for key in given.receipts if key.name.startswith(f"{name}/"))
        found.append(FormerLog(name, own, receipts, LogFolder(one)))
    return tuple(found)
