"""What a supervision inspection is made of, and what of a plan or a sheet is refused (000-14, 000-15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from domain.supervision.inspections import Group, load_inspections
from resolvers.context import Context
from resolvers.errors import FieldProblem, InvalidInput

MOST_SAMPLES: Final = 200
LONGEST: Final = 2000
LONGEST_TITLE: Final = 100


@dataclass(frozen=True, slots=True)
class InspectionPlan:
    """What is planned: which bodies, which contents, how, by whom, of which days, and how many matters are drawn."""

    key: str
    title: str
    way: str
    methods: tuple[str, ...]
    content: str
    bodies: tuple[str, ...]
    team: tuple[str, ...]
    first_day: date | None
    last_day: date | None
    sample_size: int


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """An inspection as the ledger lists it."""

    id: int
    number: str
    government_id: int
    bureau: str
    title: str
    way: str
    methods: tuple[str, ...]
    content: str
    bodies: tuple[str, ...]
    team: tuple[str, ...]
    first_day: date
    last_day: date
    sample_size: int
    frame_size: int
    frame_digest: bytes
    commitment: bytes
    seed: bytes | None
    state: str
    result: str
    planned_at: datetime
    planned_by: str
    drawn_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DrawnMatter:
    """A matter that was drawn."""

    id: int
    no: int
    matter_id: int
    number: str
    title: str
    body_code: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a point, of a drawn matter or of a body."""

    sample_id: int | None
    body_code: str
    point: str
    verdict: str
    note: str
    noted_at: datetime
    noted_by: str


@dataclass(frozen=True, slots=True)
class Clue:
    """A supervision case that follows the inspection up."""

    id: int
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class InspectionFilter:
    """Which inspections: everything given must hold; ``body`` is one that is inspected."""

    state: str = ""
    content: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class InspectionParts:
    """The lots, sheets and clues of an inspection; ``beacon`` is the salted hash that the record of its plan got."""

    samples: tuple[DrawnMatter, ...]
    sheets: tuple[Sheet, ...]
    clues: tuple[Clue, ...]
    beacon: bytes


@dataclass(frozen=True, slots=True)
class InspectionView:
    """An inspection with all that belongs to it."""

    row: InspectionRow
    group: Group
    parts: InspectionParts

    @property
    def samples(self) -> tuple[DrawnMatter, ...]:
        """The matters that were drawn, in the order of the lots."""
        return self.parts.samples

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """What stands on each point now."""
        return self.parts.sheets

    @property
    def clues(self) -> tuple[Clue, ...]:
        """The supervision cases that follow it up."""
        return self.parts.clues

    @property
    def beacon(self) -> bytes:
        """The salted hash of the record of the plan."""
        return self.parts.beacon


def wrong(path: str, words: str) -> InvalidInput:
    """Return the refusal of one field."""
    return InvalidInput(words, "请改正后重试。", (FieldProblem(path, "WRONG", words, "请改正后重试。"),))


def check(ctx: Context, wanted: InspectionPlan) -> None:
    """Refuse a plan that is none, with everything that is wrong."""
    contents, days = load_inspections(), (wanted.first_day, wanted.last_day)
    known_methods = bool(wanted.methods) and set(wanted.methods) <= contents.methods.keys()
    in_order = days[0] is not None and days[1] is not None and days[0] <= days[1] < ctx.today
    told = (
        ("title", bool(wanted.title.strip()) and len(wanted.title) <= LONGEST_TITLE, "没有写名称，或者超过一百字。"),
        ("way", wanted.way in contents.ways, "没有选择全面检查还是重点抽查。"),
        ("methods", known_methods, "至少选择一种检查方式。"),
        ("content", contents.group(wanted.content) is not None, "没有选择检查内容。"),
        ("bodies", bool(wanted.bodies), "没有选择被检查的机关。"),
        (
            "team",
            len({one.strip() for one in wanted.team} - {""}) >= contents.least_team,
            f"检查组至少{contents.least_team}人。",
        ),
        ("first_day", in_order, "被检查的办件应当登记在今天以前的一段期间。"),
        ("sample_size", 1 <= wanted.sample_size <= MOST_SAMPLES, f"抽取的件数在一至{MOST_SAMPLES}之间。"),
        ("key", bool(wanted.key.strip()), "没有提交编号。"),
    )
    found = tuple(FieldProblem(path, "WRONG", words, "请改正后重试。") for path, right, words in told if not right)
    if found:
        raise InvalidInput(found[0].message, found[0].remedy, found)


def check_entries(content: str, entries: Sequence[tuple[Any, str, str]]) -> None:
    """Refuse points of a sheet that are none, and a problem without words."""
    contents = load_inspections()
    group = contents.group(content)
    for point, verdict, words in entries:
        if group is None or group.point(point) is None or verdict not in contents.verdicts:
            raise wrong("verdict", "检查表的项目有误。")
        if len(words) > LONGEST or (verdict == "problem" and not words.strip()):
            raise wrong(point, "发现问题的，应当写明情况，不超过两千字。")
