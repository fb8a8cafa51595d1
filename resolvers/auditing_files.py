"""The published files of the log, compared with the record as the auditor passes their places.

What the tiles must hold is known from the record: so each file is read once and compared as it is, and only a file that is
another one is taken apart (`auditing_reading.published`).
"""

from dataclasses import dataclass, field

from domain.proof.copied import Copied
from domain.proof.merkle import complete_root
from domain.proof.tiles import ENTRIES, WIDTH, Tile, TileBroken, bundle
from resolvers.log_folder import LogFolder


@dataclass
class PublishedFiles:
    """The files of a tree of ``size``; ``tops`` are the roots of the whole tiles that were passed."""

    folder: LogFolder
    size: int
    tops: list[bytes] = field(default_factory=list)
    alike: bool = True
    passed: int = 0

    def take(self, found: Copied) -> bool:
        """Compare the files of places that were read; False where one is another, or none can be compared as a whole."""
        end = min(self.size, found.start + len(found.leaves))
        if found.start % WIDTH or self.passed != found.start:
            return self.give_up()
        self.passed = found.start + len(found.leaves)
        alike = True
        for at in range(found.start, end, WIDTH):
            part = slice(at - found.start, min(end, at + WIDTH) - found.start)
            number, width = at // WIDTH, part.stop - part.start
            alike &= self._is(Tile(ENTRIES, number, width), bundle(found.entries[part]))
            alike &= self._is(Tile(0, number, width), b"".join(found.leaves[part]))
        self.alike &= alike
        return alike

    def give_up(self) -> bool:
        """Leave it to those who take files apart; always False."""
        self.alike = False
        return False

    def whole(self) -> bool:
        """Say whether every file was compared and is as it must be; the levels above the leaves come last."""
        if not self.alike or self.passed < self.size:
            return False
        level, nodes = 1, self.tops[: self.size // WIDTH]
        while nodes:
            for at in range(0, len(nodes), WIDTH):
                part = nodes[at : at + WIDTH]
                if not self._is(Tile(level, at // WIDTH, len(part)), b"".join(part)):
                    return False
            nodes = [complete_root(nodes[at : at + WIDTH]) for at in range(0, len(nodes) - WIDTH + 1, WIDTH)]
            level += 1
        return True

    def _is(self, tile: Tile, content: bytes) -> bool:
        try:
            return self.folder.fetch(tile) == content
        except TileBroken:
            return False
