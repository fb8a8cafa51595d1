"""Ratings 评价 (003-27, H6): what may be said, when somebody is invited, and which figures may be published.

003-27 has the party rate how its matter was handled and the ratings public. A figure is public only where so many
answered that nobody can be told from it, also by taking one figure from another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from domain.engine.days import civil_day
from domain.engine.matter import Matter
from domain.profile_hall import RatingRules

MOST_REASONS: Final = 5
LONGEST_REMARKS: Final = 1000
RATED_KINDS: Final = ("case", "penalty_case")
"""What the party of a power's exercise rates; the government's own matters are rated by nobody."""


class Wrong(NamedTuple):
    """What cannot be taken: the field, a stable code, what is wrong, what to do."""

    path: str
    code: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Given:
    """A rating as it is given. ``remarks`` are for whoever reviews it, and never published."""

    grade: str
    reasons: tuple[str, ...] = ()
    remarks: str = ""


def problems(rules: RatingRules, given: Given) -> tuple[Wrong, ...]:
    """Return what is wrong with a rating: a grade of the list, reasons of the list for bad ones and for those alone."""
    found: list[Wrong] = []
    grade = rules.grade(given.grade)
    if grade is None:
        names = "、".join(one.name for one in rules.grades)
        found.append(Wrong("grade", "MISSING", "没有选择评价等级。", f"请在{names}中选择一项。"))
    if any(rules.reason(one) is None for one in given.reasons) or len(set(given.reasons)) != len(given.reasons):
        found.append(Wrong("reasons", "UNKNOWN", "选择的原因不在列出的范围内。", "请重新选择。"))
    elif grade is not None and grade.bad and not given.reasons:
        found.append(Wrong("reasons", "MISSING", f"评价为“{grade.name}”，请说明原因。", "请至少选择一项原因。"))
    elif grade is not None and not grade.bad and given.reasons:
        names = "、".join(one.name for one in rules.grades if one.bad)
        found.append(Wrong("reasons", "NOT_ASKED", f"原因只在评价为{names}时选择。", "请去掉原因，或者改选等级。"))
    if len(given.reasons) > MOST_REASONS:
        found.append(Wrong("reasons", "TOO_MANY", f"最多选择{MOST_REASONS}项原因。", "请选择最主要的。"))
    if len(given.remarks) > LONGEST_REMARKS:
        found.append(Wrong("remarks", "TOO_LONG", f"补充说明超过{LONGEST_REMARKS}字。", "请写得简短一些。"))
    return tuple(found)


def invited_at(rules: RatingRules, matter: Matter) -> datetime | None:
    """Return when the party of a matter is to be invited: at the first of the rules' milestones, or None."""
    if matter.kind not in RATED_KINDS or matter.ending in rules.not_after:
        return None
    reached = [matter.marks[name] for name in rules.invited_from if name in matter.marks]
    return min(reached, default=None)


def month_of(moment: datetime) -> date:
    """Return the month, by its first day, to which an invitation counts."""
    return civil_day(moment).replace(day=1)


def settled(month: date, window_days: int, today: date) -> bool:
    """Say whether everybody who was invited in a month has had the time to answer."""
    following = (month + timedelta(days=32)).replace(day=1)
    return following + timedelta(days=window_days) < today


@dataclass(frozen=True, slots=True)
class Tally:
    """The ratings of a body (``item`` empty) or of one of its items in a month: how many were invited and answered.

    ``grades`` counts the first answers by grade, ``bad`` those of them that are bad; ``reviewed`` how many of the bad
    ones were reviewed and ``in_time`` within the limit; ``again`` and ``better`` how many rated anew, and better.
    """

    body: str
    item: str
    invited: int
    answered: int
    grades: Mapping[str, int] = field(default_factory=dict)
    bad: int = 0
    reviewed: int = 0
    in_time: int = 0
    again: int = 0
    better: int = 0
    hidden: bool = False


def publishable(tallies: Sequence[Tally], least: int) -> tuple[Tally, ...]:
    """Return the tallies of one body in one month with those hidden that would tell of fewer than ``least`` people.

    The body's own tally and those of its items are shown together, so what is hidden of the items is what the body
    has and the shown items have not: the hidden ones must be ``least`` people together, or the next small one is
    hidden with them (complementary suppression). What nobody answered tells of nobody.
    """
    whole = [one for one in tallies if not one.item]
    parts = [one for one in tallies if one.item]
    hidden = {one.item for one in parts if 0 < one.answered < least}
    shown = sorted((one for one in parts if one.answered >= least), key=lambda one: (one.answered, one.item))
    while hidden and shown and sum(one.answered for one in parts if one.item in hidden) < least:
        hidden.add(shown.pop(0).item)
    # What is hidden of the items is what is left of the body: with too little to hide behind, the body is hidden too.
    left = sum(one.answered for one in parts if one.item in hidden)
    told = [replace(one, hidden=0 < one.answered < least or 0 < left < least) for one in whole]
    return (*told, *(replace(one, hidden=one.item in hidden) for one in parts))


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of tallies that are shown; hidden ones count among the invited only, so nothing tells of them."""
    kept = list(tallies)
    shown = [one for one in kept if not one.hidden]
    grades: dict[str, int] = {}
    for one in shown:
        for code, count in one.grades.items():
            grades[code] = grades.get(code, 0) + count
    return Tally(
        body="",
        item="",
        invited=sum(one.invited for one in kept),
        answered=sum(one.answered for one in shown),
        grades=grades,
        bad=sum(one.bad for one in shown),
        reviewed=sum(one.reviewed for one in shown),
        in_time=sum(one.in_time for one in shown),
        again=sum(one.again for one in shown),
        better=sum(one.better for one in shown),
    )


def better(rules: RatingRules, first: str, then: str) -> bool:
    """Say whether a later grade is better than the first; grades stand with the best first."""
    order = [one.code for one in rules.grades]
    return order.index(then) < order.index(first)
