"""The one registry of figures: what each is called, counts, and rests on; the same on page, API, bulletin and report.

A figure is a whole number; shares are whole per cents, rounded down. Who counts is `resolvers.metrics`; here stands what
is counted, in the words that readers see, and what of it may be published (`disclosed`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from domain.small_counts import FEWEST_HIDDEN, LEAST, published

Place = tuple[str, str, str]
"""Which figure: its metric, its body, its category."""

Unit = Literal["件", "项", "次", "条", "人次", "%"]
Group = Literal["running", "complaints", "ratings", "library", "results", "supervision"]
LEAST_BASE: Final = 20
"""A share of fewer than these tells of single people, and is not published."""

GROUP_NAMES: Final[dict[str, str]] = {
    "running": "行政权力运行",
    "complaints": "咨询、投诉、求助和举报",
    "ratings": "办理评价",
    "library": "行政权力库",
    "results": "结果公示",
    "supervision": "行政监察",
}


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure: its id, name and unit, what it counts in the words that readers see, and the clause behind it.

    ``of`` makes a share of two others: how much of the second the first is. ``people``: it counts what people asked for
    or were punished for, so that small numbers are nobody's business. ``categories``: it is also counted by category.
    ``rising`` says whether more is better; None: neither.
    """

    id: str
    name: str
    unit: Unit
    group: Group
    definition: str
    clause: str
    of: tuple[str, str] | None = None
    people: bool = True
    categories: bool = False
    rising: bool | None = None


METRICS: Final[tuple[Metric, ...]] = (
    Metric(
        "received", "收到", "件", "running",
        "期内登记的办件和案件，含后来不予受理、撤回的；按登记时间计。", "003-29(1)", categories=True,
    ),
    Metric("accepted", "受理", "件", "running", "期内受理（立案）的办件和案件，按受理时间计。", "003-31(2)", categories=True),
    Metric("refused", "不予受理", "件", "running", "期内以不予受理结束的办件，按结束时间计。", "003-31(4)"),
    Metric("decided", "作出决定", "件", "running", "期内作出决定的办件和案件，按决定时间计。", "003-29(1)", categories=True),
    Metric("penalties", "行政处罚决定", "件", "running", "期内作出决定的行政处罚案件，按决定时间计。", "003-32(6)"),
    Metric(
        "closed", "办结", "件", "running", "期内结束的办件和案件，不论以何种方式结束；按结束时间计。", "003-29(1)", categories=True
    ),
    Metric(
        "on_time", "按期办结", "件", "running",
        "期内办结、并且没有超过办理期限的；期限按工作日历计算，暂停的日子不计。", "003-32(4)",
    ),
    Metric(
        "late", "超期办结", "件", "running",
        "期内办结、但办理期限届满的次日仍未办结因而已被预警或者报警的；环节的内部时限不计。", "003-32(4)", rising=False,
    ),
    Metric(
        "late_open", "期末超期未办结", "件", "running",
        "期末最后一刻仍未办结、并且已经因超过办理期限被预警或者报警的。", "003-32(4)", rising=False,
    ),
    Metric(
        "due", "应当办结", "件", "running",
        "按期办结、超期办结和期末超期未办结之和：超期未办结的也计入分母。", "003-32(4)",
    ),
    Metric(
        "timeliness", "按期办结率", "%", "running",
        "按期办结占应当办结的比例，取整数，舍去小数；应当办结不足20件的不公布。", "003-32(4)", of=("on_time", "due"), rising=True,
    ),
    Metric(
        "complaints_due", "到期的诉求", "件", "complaints",
        "答复期限的最后一日在期内的咨询、投诉、求助和举报，按承办机关计；撤回的和复核不计，还没有到期的不计。", "003-27",
    ),
    Metric("complaints_in_time", "按期答复", "件", "complaints", "到期的诉求中在最后一日以前答复的，说明理由不予受理也是答复。", "003-52"),
    Metric(
        "complaints_late", "逾期答复", "件", "complaints", "到期的诉求中逾期答复的，包括至今没有答复的。", "003-52", rising=False
    ),
    Metric(
        "complaint_timeliness", "按期答复率", "%", "complaints",
        "按期答复占到期的诉求的比例，取整数，舍去小数；到期的诉求不足20件的不公布。", "003-52",
        of=("complaints_in_time", "complaints_due"), rising=True,
    ),
    Metric(
        "rated", "收到评价", "人次", "ratings",
        "期内各月邀请的当事人作出的评价；评价的人少而不公布的机关不计入。各月评价期满以后才有这一数字。", "003-27", people=False,
    ),
    Metric("rated_bad", "差评", "人次", "ratings", "收到的评价中不满意和非常不满意的。", "003-27", people=False, rising=False),
    Metric("rated_good", "满意", "人次", "ratings", "收到的评价中基本满意、满意和非常满意的。", "003-27", people=False, rising=True),
    Metric(
        "satisfaction", "满意率", "%", "ratings", "满意占收到评价的比例，取整数，舍去小数；评价不足20人次的不公布。", "003-27",
        of=("rated_good", "rated"), people=False, rising=True,
    ),
    Metric("items_in_use", "在用事项", "项", "library", "期末状态为在用的权力事项。", "003-21(1)", people=False, categories=True),
    Metric("items_added", "新增事项", "项", "library", "期内入库的新增事项，按入库时间计。", "003-22", people=False),
    Metric("items_changed", "变更事项", "次", "library", "期内入库的修改、暂停、恢复、下放、合并、拆分和更正，按入库时间计。", "003-22", people=False),
    Metric("items_cancelled", "取消事项", "项", "library", "期内入库的取消事项，按入库时间计。", "003-22", people=False),
    Metric("results_published", "公示结果", "件", "results", "期内首次公示的许可和处罚结果，包括后来撤下的。", "004-3", people=False),
    Metric(
        "results_late", "逾期未公示", "件", "results", "期内超过公示期限、被系统记录为逾期的结果。", "004-3", people=False, rising=False
    ),
    Metric(
        "alerts_found", "发现预警", "条", "supervision",
        "期内按监察规则发现的预警，不论级别；后来因不属实或者机关没有过错摘牌的，以及试运行的规则发现的，不计。", "003-36(2)",
    ),
    Metric("cases_opened", "督办立项", "件", "supervision", "期内立项的督办件，按承办单位计。", "003-36(6)"),
    Metric(
        "cases_established", "督办认定属实", "件", "supervision",
        "期内认定为属实或者部分属实的督办件，按认定时间和承办单位计。", "003-36(6)", rising=False,
    ),
)  # fmt: skip
SUMS: Final[dict[str, tuple[str, ...]]] = {
    "due": ("on_time", "late", "late_open"),
    "complaints_due": ("complaints_in_time", "complaints_late"),
}
"""Figures that are the sum of others: whoever knows a sum and all parts but one knows that one."""

BY_ID: Final = {one.id: one for one in METRICS}
"""Rows that come with later nouns are added here, and their counting beside the others."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a period: of a government (``body`` empty) or a body, in all or in one category. None: not told."""

    metric: str
    body: str
    category: str
    value: int | None

    @property
    def place(self) -> Place:
        """Which figure it is."""
        return (self.metric, self.body, self.category)


def completed(counted: Iterable[Figure]) -> tuple[Figure, ...]:
    """Return counted figures with what follows from them: sums over bodies, the denominators, the shares.

    What was counted is of bodies and, where a figure has them, categories. A figure that could not be counted is absent.
    """
    cells: dict[Place, int] = {}
    for one in counted:
        metric = BY_ID[one.metric]
        value = one.value or 0
        places = {(one.body, ""), ("", "")} | ({("", one.category)} if metric.categories and one.category else set())
        for body, category in places:
            cells[one.metric, body, category] = cells.get((one.metric, body, category), 0) + value
    for body in {body for _, body, _ in cells}:
        parts = [cells[name, body, ""] for name in SUMS["due"] if (name, body, "") in cells]
        if parts:
            cells["due", body, ""] = sum(parts)
    shares = [
        Figure(metric.id, body, "", 100 * cells.get((metric.of[0], body, ""), 0) // whole if whole else None)
        for metric in METRICS
        if metric.of is not None
        for (name, body, category), whole in cells.items()
        if name == metric.of[1] and not category
    ]
    order = {one.id: number for number, one in enumerate(METRICS)}
    found = [*(Figure(*place, value) for place, value in cells.items()), *shares]
    return tuple(sorted(found, key=lambda one: (one.body, one.category, order[one.metric])))


# 003-31(1), 004-3: what a few people asked for, or were punished for, must not be read from a number.
def disclosed(figures: Sequence[Figure], least: int = LEAST) -> tuple[Figure, ...]:
    """Return the figures as they may be published; pass all figures of a period together.

    Counts of people are, by body and by category, rounded to fives and hidden below five, with others beside them, as
    `domain.small_counts` does it everywhere; sums of a government are exact, and hidden below five, with another part of
    the same sum beside them (`SUMS`). A share is told where its base has twenty and nothing of it is hidden.
    """
    exact = {one.place: one.value or 0 for one in figures}
    told: dict[Place, int | None] = {}
    for metric in METRICS:
        mine = [one for one in figures if one.metric == metric.id]
        if metric.of is None and metric.people:
            told |= _of_people(metric.id, mine, least)
        else:
            told |= {one.place: one.value for one in mine}
    _hide_beside(told, exact, least)
    for one in figures:
        of = BY_ID[one.metric].of
        if of is not None:
            part, base = ((name, one.body, "") for name in of)
            hidden = not one.body and told.get(part, 0) is None
            told[one.place] = one.value if exact.get(base, 0) >= LEAST_BASE and not hidden else None
    return tuple(replace(one, value=told[one.place]) for one in figures)


def _hide_beside(told: dict[Place, int | None], exact: Mapping[Place, int], least: int) -> None:
    """Hide further parts of a government's sums, the smallest first, until no hidden one is what is left of the sum."""
    for parts in SUMS.values():
        places = [(name, "", "") for name in parts if exact.get((name, "", ""))]
        hidden = [place for place in places if told[place] is None]
        others = sorted((place for place in places if told[place] is not None), key=lambda place: exact[place])
        while hidden and others and (len(hidden) < FEWEST_HIDDEN or sum(exact[place] for place in hidden) < least):
            hidden.append(others.pop(0))
            told[hidden[-1]] = None


def _of_people(metric: str, mine: Sequence[Figure], least: int) -> dict[Place, int | None]:
    bodies = published({one.body: one.value or 0 for one in mine if one.body}, least)
    categories = published({one.category: one.value or 0 for one in mine if one.category}, least)
    told: dict[Place, int | None] = {(metric, body, ""): value for body, value in bodies.items()}
    told |= {(metric, "", category): value for category, value in categories.items()}
    for one in mine:
        if not one.body and not one.category:
            told[one.place] = None if 0 < (one.value or 0) < least else one.value
    return told


def change(metric: Metric, now: int | None, before: int | None) -> Literal["", "better", "worse", "same", "other"]:
    """Say how a figure compares with that of the period before; empty where one of them is not there."""
    if now is None or before is None:
        return ""
    if now == before:
        return "same"
    if metric.rising is None:
        return "other"
    return "better" if (now > before) is metric.rising else "worse"
