"""What the use-cases of materials take and give: plain values."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Literal
from uuid import UUID

from domain.materials import FileKind, kind_of
from resolvers.errors import Conflict, InvalidInput

Scan = Literal["unscanned", "waiting", "clean", "infected"]


class FileRefused(InvalidInput):
    """A file is not taken; its code says why."""

    code = "FILE_REFUSED"
    status = 422

    def __init__(self, code: str, name: str, message: str, remedy: str) -> None:
        super().__init__(f"“{name}”没有收下：{message}", remedy)
        self.reason = code


class TooManyFiles(Conflict):
    """A matter or a draft holds as many files as it may."""

    code = "TOO_MANY_FILES"


class NotScanned(Conflict):
    """A file that nobody may open yet, or ever: it waits for the scanner, or the scanner found something in it."""

    code = "FILE_NOT_SCANNED"


@dataclass(frozen=True, slots=True)
class ForMatter:
    """A file that an official adds to a matter."""

    matter_id: int


@dataclass(frozen=True, slots=True)
class ForOpening:
    """A file for a matter that an official will open under this key."""

    key: str
    body: str


@dataclass(frozen=True, slots=True)
class ForParty:
    """A file that the party of a matter adds to it, shown by number and code."""

    number: str
    code: str


@dataclass(frozen=True, slots=True)
class ForApplication:
    """A file for an application that will be sent from the hall under this key, which is a secret until then."""

    key: str


Target = ForMatter | ForOpening | ForParty | ForApplication


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent: its bytes, and what the sender says of it. ``title`` is which material of the guide it is."""

    file: IO[bytes]
    name: str
    declared: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class MaterialView:
    """A material that was handed in."""

    id: UUID
    digest: str
    name: str
    title: str
    kind_code: str
    size: int
    side: str
    sender: str
    uploaded_by: UUID | None
    uploaded_by_name: str
    uploaded_at: datetime
    scan: Scan
    seq: int | None
    taken_at: datetime | None

    @property
    def kind(self) -> FileKind:
        """What kind of file it is."""
        return kind_of(self.kind_code)

    @property
    def readable(self) -> bool:
        """Whether it may be opened."""
        return self.scan in ("clean", "unscanned")


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file that is being read: what it is, which bytes of it, and the bytes."""

    material: MaterialView
    start: int
    end: int
    pieces: AsyncIterator[bytes]
