"""What use-cases of 意见征集 take and give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from domain.opinions import Question


@dataclass(frozen=True, slots=True)
class CallRow:
    """What an office asks, with what came of it. ``results``: how often each option was chosen, once it is concluded."""

    id: int
    government_id: int
    body_code: str
    body_name: str
    title: str
    content: str
    questions: tuple[Question, ...]
    closes_on: date
    hearing_at: datetime | None
    hearing_place: str
    published_at: datetime
    conclusion: str
    concluded_at: datetime | None
    received: int | None
    results: tuple[tuple[int, ...], ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class AnsweredComment:
    """Something that was said, in the words that are published, with the office's answer."""

    id: int
    call_id: int
    shown: str
    reply: str
    replied_at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """Something that was said, for the desk: as it was typed, what was chosen, and whether it is answered."""

    id: int
    said: str
    answers: Mapping[int, int]
    at: datetime
    reply: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who wants to speak at the hearing, for the desk."""

    id: int
    side: str
    at: datetime
    name: str = field(repr=False)
    contact: str = field(repr=False)
    gist: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeskCall:
    """A call on the desk: counts so far, a page of comments, who wants to speak."""

    row: CallRow
    received: int
    waiting: int
    counts: tuple[tuple[int, ...], ...]
    comments: tuple[Comment, ...]
    more: int | None
    speakers: tuple[Speaker, ...]
