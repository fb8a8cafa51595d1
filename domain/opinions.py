"""意见征集: what an office asks the public about, by comments, a questionnaire, a hearing (002-4.2.8; 重大行政决策).

Whoever answers is not asked who that is. Only a hearing needs a name and a way to be reached, and keeps both sealed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Literal

Side = Literal["for", "against", "neither"]
SIDES: Final[Mapping[Side, str]] = MappingProxyType({"for": "赞成", "against": "反对", "neither": "其他"})
LONGEST_TITLE: Final = 100
LONGEST_CONTENT: Final = 20_000
LONGEST_COMMENT: Final = 3_000
LONGEST_WORD: Final = 120
MOST_QUESTIONS: Final = 10
MOST_OPTIONS: Final = 10
LEAST_OPTIONS: Final = 2


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the options of which one is chosen."""

    text: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """What an office asks the public about, as it is published: never changed afterwards."""

    title: str
    content: str
    closes_on: date | None
    questions: tuple[Question, ...] = ()
    hearing_at: datetime | None = None
    hearing_place: str = ""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Somebody who wants to speak at the hearing. Nothing of the first two is ever shown in public."""

    name: str = field(repr=False)
    contact: str = field(repr=False)
    side: str
    gist: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field, and what to do."""

    path: str
    code: str
    message: str
    remedy: str


def questions_of(text: str) -> tuple[Question, ...]:
    """Read a questionnaire as it is typed: a paragraph for each question, its first line asks, each other is an option."""
    blocks = [[line.strip() for line in block.splitlines() if line.strip()] for block in text.split("\n\n")]
    return tuple(Question(block[0], tuple(block[1:])) for block in blocks if block)


# The regulation sets no least number of days, so only a day that is to come is asked for.
def problems(call: Call, today: date) -> Iterator[Problem]:
    """Yield everything that is wrong with a call before it is published."""
    if not call.title or len(call.title) > LONGEST_TITLE:
        yield Problem("title", "REQUIRED", f"没有填写标题，或者超过{LONGEST_TITLE}字。", "请填写简短的标题。")
    if not call.content or len(call.content) > LONGEST_CONTENT:
        yield Problem(
            "content", "REQUIRED", f"没有填写内容，或者超过{LONGEST_CONTENT}字。", "请写明征求意见的事项和背景。"
        )
    if call.closes_on is None or call.closes_on <= today:
        yield Problem("closes_on", "TOO_EARLY", "截止日期没有填写，或者不在今天以后。", "请填写今天以后的日期。")
    yield from _of_questions(call.questions)
    if call.hearing_place and call.hearing_at is None:
        yield Problem("hearing_at", "REQUIRED", "填写了听证地点，没有填写时间。", "请填写时间，或者清空地点。")
    if call.hearing_at is not None:
        if not call.hearing_place:
            yield Problem("hearing_place", "REQUIRED", "没有填写听证地点。", "请填写。")
        if call.closes_on is not None and call.hearing_at.date() <= call.closes_on:
            yield Problem("hearing_at", "TOO_EARLY", "听证应当在报名截止以后。", "请把时间改到截止日期以后。")


def _of_questions(questions: Sequence[Question]) -> Iterator[Problem]:
    if len(questions) > MOST_QUESTIONS:
        yield Problem("questions", "TOO_MANY", f"问题超过{MOST_QUESTIONS}个。", "请减少。")
    for number, one in enumerate(questions, 1):
        if not LEAST_OPTIONS <= len(one.options) <= MOST_OPTIONS:
            told = f"第{number}个问题的选项少于{LEAST_OPTIONS}个或者多于{MOST_OPTIONS}个。"
            yield Problem("questions", "OPTIONS", told, "每个问题一段：第一行是问题，以下每行一个选项，段间空一行。")
        elif len(set(one.options)) != len(one.options):
            yield Problem("questions", "OPTIONS", f"第{number}个问题有重复的选项。", "请删除重复的。")


def of_comment(text: str, answers: Mapping[int, int], questions: Sequence[Question]) -> Iterator[Problem]:
    """Yield what is wrong with a comment and its answers: either may be missing, not both."""
    if not text and not answers:
        yield Problem("text", "REQUIRED", "没有填写意见，也没有回答问题。", "请填写意见，或者至少回答一个问题。")
    if len(text) > LONGEST_COMMENT:
        yield Problem("text", "TOO_LONG", f"意见超过{LONGEST_COMMENT}字。", "请缩短。")
    for which, option in answers.items():
        if not (0 <= which < len(questions) and 0 <= option < len(questions[which].options)):
            yield Problem("text", "UNKNOWN", "选择了没有的选项。", "请刷新页面后重新选择。")
            return


def of_attendance(given: Attendance) -> Iterator[Problem]:
    """Yield what is wrong with a registration for a hearing."""
    for name, title in (("name", "姓名"), ("contact", "联系电话")):
        text = getattr(given, name)
        if not text or len(text) > LONGEST_WORD:
            yield Problem(name, "REQUIRED", f"没有填写{title}，或者太长。", "请填写，便于通知您参加。")
    if given.side not in SIDES:
        yield Problem("side", "REQUIRED", "没有选择主要观点。", "请选择，使各方都有人参加。")
    if len(given.gist) > LONGEST_COMMENT:
        yield Problem("gist", "TOO_LONG", f"发言要点超过{LONGEST_COMMENT}字。", "请缩短。")


def tallied(questions: Sequence[Question], given: Sequence[Mapping[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Return how often each option of each question was chosen."""
    return tuple(
        tuple(sum(one.get(which) == option for one in given) for option in range(len(question.options)))
        for which, question in enumerate(questions)
    )
