"""Reports 报告: what is written and counted in one, what is still wrong with it, and what differs between two editions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

from pydantic import Field

from domain.metrics import BY_ID, Figure, Metric, change
from domain.periods import Period
from domain.profile_planning import Section
from domain.profiles import Profile
from domain.results import telling
from domain.values import Value

Kind = Literal["annual_report", "bulletin"]
KIND_NAMES: Final[dict[str, str]] = {"annual_report": "年度报告", "bulletin": "季度通报"}
LONGEST: Final = 20_000
LONGEST_NOTE: Final = 1_000


class Told(Value):
    """A figure in a report beside that of the period before."""

    metric: str
    body: str = ""
    category: str = ""
    value: int | None = None
    before: int | None = None

    @property
    def about(self) -> Metric:
        """What it counts."""
        return BY_ID[self.metric]

    @property
    def place(self) -> tuple[str, str, str]:
        """Which figure it is."""
        return (self.metric, self.body, self.category)

    @property
    def change(self) -> str:
        """How it compares with the period before."""
        return change(self.about, self.value, self.before)


class Content(Value):
    """What a report says: its sections by code, its figures, and when these were counted."""

    sections: dict[str, str] = Field({})
    figures: tuple[Told, ...] = ()
    counted_at: datetime | None = None


class Part(Value):
    """A section as it is published."""

    code: str
    name: str
    text: str


class Edition(Value):
    """What an edition says to everybody: sections with their headings, figures that may be told, the names in them."""

    parts: tuple[Part, ...]
    figures: tuple[Told, ...]
    bodies: dict[str, str] = Field({})
    categories: dict[str, str] = Field({})
    counted_at: datetime | None = None


class Wrong(NamedTuple):
    """What keeps a report from being handed in: the section, a stable code, what is wrong, what to do."""

    path: str
    code: str
    message: str
    remedy: str


def sections_of(profile: Profile, kind: str) -> tuple[Section, ...]:
    """Return the sections that the profile asks for; none where the regulation knows no such report."""
    rules = profile.planning.annual_report if kind == "annual_report" else profile.planning.bulletin
    return rules.sections if rules is not None else ()


def title_of(kind: str, period: Period, body_name: str) -> str:
    """Return the title under which a report is published."""
    if kind == "annual_report":
        return f"{body_name}{period.name}行政权力网上公开透明运行情况报告"
    return f"{period.name}行政权力网上公开透明运行情况通报"


def compared(figures: Sequence[Figure], before: Sequence[Figure]) -> tuple[Told, ...]:
    """Return figures beside those of the period before."""
    known = {one.place: one.value for one in before}
    return tuple(
        Told(metric=one.metric, body=one.body, category=one.category, value=one.value, before=known.get(one.place))
        for one in figures
    )


def written(sections: Sequence[Section], given: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of the sections that there are, in their order."""
    return {one.code: given.get(one.code, "").strip() for one in sections}


def too_much(sections: Sequence[Section], texts: Mapping[str, str]) -> Iterator[Wrong]:
    """Yield what may not even be saved: texts that are too long, and what would tell who somebody is (003-31(1))."""
    for one in sections:
        text = texts.get(one.code, "")
        if len(text) > LONGEST:
            yield Wrong(one.code, "TOO_LONG", f"“{one.name}”超过{LONGEST}字。", "请压缩篇幅。")
        if what := telling(text):
            yield Wrong(one.code, "TELLS_A_PERSON", f"“{one.name}”含有{what[0]}，报告是公开的。", "请删去。")


# 003-10(2): the contents of the yearly report are prescribed.
def unfinished(sections: Sequence[Section], content: Content, edition: int, note: str) -> Iterator[Wrong]:
    """Yield what is missing before a report can be handed in."""
    for one in sections:
        if one.required and not content.sections.get(one.code):
            yield Wrong(one.code, "MISSING", f"没有填写“{one.name}”。", f"依据 {one.clause}，请填写后重新提交。")
    if content.counted_at is None:
        yield Wrong("figures", "NOT_COUNTED", "还没有取数。", "请先取数。")
    if edition > 1 and not note:
        yield Wrong("note", "MISSING", "没有说明更正了什么、为什么更正。", "更正说明与新版一起公布，请填写。")


def drafted(
    kind: str, sections: Sequence[Section], figures: Sequence[Told], body: str, period: Period
) -> dict[str, str]:
    """Return first texts, made of the figures alone; people write on from there."""
    mine = {one.metric: one for one in figures if one.body == body and not one.category}
    lines = {
        "running": _sentences(mine, ("received", "accepted", "decided", "closed", "late", "late_open", "timeliness")),
        "supervision": _sentences(mine, ("complaints_due", "complaints_late", "complaint_timeliness")),
        "library": _sentences(mine, ("items_in_use", "items_added", "items_changed", "items_cancelled")),
        "ratings": _sentences(mine, ("rated", "satisfaction", "results_published", "results_late")),
    }
    if kind == "annual_report":
        lines["running"] += _sentences(mine, ("items_in_use", "satisfaction", "results_published"))
    else:
        lines["ratings"] += lines["supervision"]
    given = {one.code: lines.get(one.code, "") for one in sections}
    if "overview" in given:
        given["overview"] = f"{period.name}，" + _sentences(mine, ("closed", "timeliness", "satisfaction"))
    return written(sections, given)


def _sentences(figures: Mapping[str, Told], wanted: Sequence[str]) -> str:
    found = [_sentence(figures[name]) for name in wanted if name in figures and figures[name].value is not None]
    return f"{'；'.join(found)}。" if found else ""


def _sentence(one: Told) -> str:
    unit = "%" if one.about.unit == "%" else f" {one.about.unit}"
    said = f"{one.about.name} {one.value}{unit}"
    if one.before is None or one.value is None:
        return said
    points = "个百分点" if one.about.unit == "%" else unit
    if one.value == one.before:
        return f"{said}，与上期持平"
    return f"{said}，比上期{'增加' if one.value > one.before else '减少'} {abs(one.value - one.before)}{points.strip() and ' ' + points.strip()}"


def published(
    sections: Sequence[Section],
    content: Content,
    told: Sequence[Told],
    bodies: Mapping[str, str],
    categories: Mapping[str, str],
) -> Edition:
    """Return an edition: what was written, with the figures that may be told and the names that stand in them."""
    used = {one.body for one in told}, {one.category for one in told}
    return Edition(
        parts=tuple(
            Part(code=one.code, name=one.name, text=content.sections[one.code])
            for one in sections
            if content.sections.get(one.code)
        ),
        figures=tuple(told),
        bodies={code: name for code, name in bodies.items() if code in used[0]},
        categories={code: name for code, name in categories.items() if code in used[1]},
        counted_at=content.counted_at,
    )


class Difference(NamedTuple):
    """What a later edition changed: a section (``metric`` empty) or a figure, with both values."""

    part: str
    metric: str
    body: str
    category: str
    before: int | None
    after: int | None


def differences(before: Edition, after: Edition) -> tuple[Difference, ...]:
    """Return what differs between two editions: sections that read otherwise, figures that are others."""
    texts = {one.code: one for one in before.parts}
    found = [
        Difference(one.name, "", "", "", None, None)
        for one in after.parts
        if one.code not in texts or texts[one.code].text != one.text
    ]
    gone = {one.code for one in after.parts}
    found += [Difference(one.name, "", "", "", None, None) for one in before.parts if one.code not in gone]
    values = {one.place: one.value for one in before.figures}
    found += [
        Difference("", one.metric, one.body, one.category, values.get(one.place), one.value)
        for one in after.figures
        if values.get(one.place) != one.value
    ]
    return tuple(found)
