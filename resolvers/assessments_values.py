"""Scores as pages and the interface see them (S7)."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from domain.assessments.scheme import PeriodKind, Scheme
from domain.assessments.subjects import SubjectKind
from resolvers.reading import Page


@dataclass(frozen=True, slots=True)
class ScoreFilter:
    """Which scores: of bodies unless another kind is asked for, as they stand unless every edition is."""

    period: str = ""
    per: str = ""
    kind: str = "body"
    body: str = ""
    unit: str = ""
    post: str = ""
    government: int | None = None
    subjects: tuple[str, ...] = ()
    edition: int | None = None
    until: str = ""
    published: bool = False
    every_edition: bool = False

    def filters(self) -> dict[str, Any]:
        """Return what is asked for as the entity's filters."""
        given = {
            one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("every_edition", "published")
        }
        found = {name: value for name, value in given.items() if value not in ("", None, ())}
        found |= {"subjects": list(self.subjects)} if self.subjects else {}
        found |= {"published": True} if self.published else {}
        return found if self.every_edition else {**found, "current": True}


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A score as lists show it; ``total`` is decimal text, ``rank`` and ``of_bodies`` are among its peers."""

    id: int
    assessment_id: int
    government_id: int
    government_name: str
    period: str
    body_code: str
    body_name: str
    kind: str
    unit: str
    post: str
    steps: int | None
    edition: int
    total: str
    grade: str
    rank: int
    of_bodies: int
    veto: str
    reason: str
    recorded_at: datetime
    frozen_at: datetime
    published_at: datetime | None
    is_current: bool
    per: PeriodKind
    subject_key: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A line of a ledger."""

    id: int
    score_id: int
    no: int
    indicator: str
    points: str
    clause: str
    words: str
    rule_code: str
    stream: str
    alert_id: int | None
    matter_id: int | None
    matter_number: str | None
    measure: str | None
    unit: str
    post: str
    attribution: str


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection of a body, and what was decided."""

    id: int
    score_id: int
    entries: tuple[int, ...]
    reasons: str
    filed_at: datetime
    filed_by: str
    due_on: date
    state: str
    decided_at: datetime | None
    decided_by: str
    decision: str


@dataclass(frozen=True, slots=True)
class ScoreView:
    """A score with its ledger, the scheme it was made by, and what was objected.

    ``parts`` are the first scores of a body's units and posts in the same edition, ``more_parts`` the kinds of which there are more; ``whole`` is the id of the body's score of a unit or post.
    ``own_work``: who reads it had a hand in it, and somebody else decides.
    """

    row: ScoreRow
    entries: Page[EntryRow]
    scheme: Scheme
    objection: Objection | None
    editions: tuple[ScoreRow, ...]
    history: tuple[ScoreRow, ...]
    parts: tuple[ScoreRow, ...]
    more_parts: tuple[SubjectKind, ...]
    whole: int | None
    object_until: date
    may_object: bool
    may_decide: bool
    own_work: bool


@dataclass(frozen=True, slots=True)
class OpenObjection:
    """An objection that waits for its decision."""

    score_id: int
    period: str
    body_code: str
    body_name: str
    filed_at: datetime
    due_on: date
    overdue: bool


@dataclass(frozen=True, slots=True)
class FrozenPeriod:
    """A period that was scored."""

    period: str
    government_id: int
    government: str
    frozen_at: datetime
    published_at: datetime | None


ROW: Final = tuple(one.name for one in fields(ScoreRow))
LINE: Final = tuple(one.name for one in fields(EntryRow))
OPEN: Final = tuple(one.name for one in fields(OpenObjection))
