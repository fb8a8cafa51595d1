"""What goes into and comes out of the use-cases on batches: plain frozen values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

LevelPolicy = Literal["keep", "attention"]
# refuse: the row stays out; blocked: somebody has to mend the row before it can enter; attention: somebody has to
# decide; note: only said.
Severity = Literal["refuse", "blocked", "attention", "note"]
Decision = Literal["accepted", "rejected", ""]
# A correction mends what was published by mistake: same first day, recorded later, both versions stay visible.
BatchKind = Literal["import", "adjustment", "correction"]

# What is called while a long work goes on: the step's name, how much is done, of how much (0: not known yet).
Progress = Callable[[str, int, int], None]

STEP_READ, STEP_MATCH, STEP_COMPARE, STEP_RECORD = "读取", "识别", "比对", "入库"


def no_progress(step: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to import: the name it was given under, and where its bytes are.

    The name is only told: characters that no page can show or no database can hold are dropped from it.
    """

    name: str
    path: Path

    def __post_init__(self) -> None:
        shown = "".join(letter for letter in self.name if letter.isprintable())
        object.__setattr__(self, "name", shown or self.path.name)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is asked for with the files.

    ``government`` is a division code, ``body`` the code of the body to which every row goes (empty: by the list's
    own column). ``level_policy`` "attention" sends rows of another level to a person. ``create_bodies`` is the
    explicit consent that unknown bodies are entered on confirmation. ``profile`` is a profile's id (empty: the
    context's). ``mappings`` are TOML files that extend the recognition of headers and values (as in
    ``domain/lists/headers.toml``). ``kind`` tells a first import, a later adjustment and a correction of a published mistake apart.
    """

    government: str
    valid_from: date
    body: str = ""
    profile: str = ""
    level_policy: LevelPolicy = "keep"
    create_bodies: bool = False
    title: str = ""
    reason: str = ""
    kind: BatchKind = "import"
    mappings: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something about a row: column, stable code, what is wrong, what to do, how grave, and the clause if any.

    ``by`` tells who found it: the reading of the list (once), or the review (again with every evaluation).
    """

    column: str
    code: str
    message: str
    advice: str = ""
    severity: Severity = "note"
    clause: str = ""
    by: Literal["list", "review"] = "review"

    def to_plain(self) -> dict[str, str]:
        """Return the JSON form that is kept with the row."""
        return {
            "column": self.column,
            "code": self.code,
            "message": self.message,
            "advice": self.advice,
            "severity": self.severity,
            "clause": self.clause,
            "by": self.by,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "RowProblem":
        """Read the JSON form back."""
        return cls(**{name: plain[name] for name in cls.__slots__ if name in plain})


@dataclass(frozen=True, slots=True)
class KeptGovernment:
    """A government whose list the actor keeps; ``bodies`` are (code, name)."""

    division_code: str
    name: str
    bodies: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NewBodyProposal:
    """A body that the list names and the government does not have: entered on confirmation, after consent."""

    code: str
    number: str
    name: str
    aliases: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class SourceNote:
    """A sentence of the report about a file or a sheet."""

    file: str
    sheet: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch as it is shown: where it came from, the state of its review, and the counts by fate."""

    id: int
    government_id: int
    division_code: str
    government: str
    kind: str
    state: str
    profile: str
    title: str
    reason: str
    valid_from: date
    files: tuple[Mapping[str, Any], ...]
    options: Mapping[str, Any]
    counts: Mapping[str, int]
    notes: tuple[SourceNote, ...]
    new_bodies: tuple[NewBodyProposal, ...]
    based_on: int
    created_at: datetime
    created_by: UUID | None
    confirmed_at: datetime | None
    confirmed_by: UUID | None
    revision: int | None

    @property
    def rows(self) -> int:
        """How many source rows were read; every one of them has one fate."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class BatchRowView:
    """One source row with its fate, why, what to do, and what would change."""

    seq: int
    file: str
    sheet: str
    row: int
    first_row: int
    fate: str
    outcome: str
    role: str
    name: str
    scheme: str
    code: str
    decision: str
    decision_reason: str
    content: Mapping[str, Any] | None
    differences: tuple[Mapping[str, Any], ...]
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class MissingItem:
    """An item of a body of the batch that the list does not have any more; never cancelled by itself."""

    item_id: int
    code: str
    name: str
    body_name: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The answer to a confirmation; ``repeated`` when the batch had been confirmed before and nothing was done."""

    batch_id: int
    revision: int
    versions: int
    bodies: int
    left_out: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """A row whose outcome is no longer what was reviewed, since the library changed in between."""

    seq: int
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Enters:
    """What a confirmation would do now: versions by kind of change, bodies, and what stays out."""

    new: int = 0
    changed: int = 0
    identical: int = 0
    cancelled: int = 0
    bodies: int = 0
    refused: int = 0
    undecided: int = 0
    rejected: int = 0
    other: int = 0
    by_body: Mapping[str, int] = field(default_factory=dict)
