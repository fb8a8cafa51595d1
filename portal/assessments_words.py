"""Words of scores, and their rows as CSV."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from domain.assessments.orders import OrderState
from domain.assessments.subjects import SubjectKind
from portal.labels import mark
from resolvers.assessments import ScoreRow

GRADES: Final[Mapping[str, str]] = {
    "excellent": mark("优秀"),
    "good": mark("良好"),
    "passed": mark("合格"),
    "failed": mark("不合格"),
}
STATES: Final[Mapping[str, str]] = {"filed": mark("待复核"), "upheld": mark("成立"), "rejected": mark("不成立")}
ORDER_STATES: Final[Mapping[OrderState, str]] = {
    "waiting": mark("等待评定"),
    "running": mark("正在评定"),
    "scored": mark("已评定"),
    "failed": mark("没有评定"),
}
KINDS: Final[Mapping[SubjectKind, str]] = {"body": mark("机关"), "unit": mark("内设机构"), "post": mark("岗位")}
NOT_GIVEN: Final[Mapping[str, str]] = {
    "": mark("评定时没有区分"),
    "several": mark("几个机构都有这一岗位，记录没有说明是哪一个"),
    "unknown": mark("没有机构设有这一岗位"),
    "whole": mark("针对整个机关"),
}
"""Why a line of a ledger is given to no unit."""
COLUMNS: Final = ("考核期", "名次", "机关代码", "机关", "得分", "等次", "版次", "更正理由")
DESK_COLUMNS: Final = (
    "考核期",
    "名次",
    "机关代码",
    "机关",
    "内设机构",
    "岗位",
    "得分",
    "等次",
    "环节",
    "版次",
    "更正理由",
)
OTHER_COLUMNS: Final = ("对比考核期", "对比得分", "增减")


def difference(row: ScoreRow, other: ScoreRow | None) -> str:
    """Return by how much a score is better than that of another period, with its sign; empty where there is none."""
    if other is None:
        return ""
    found = Decimal(row.total) - Decimal(other.total)
    return f"+{found}" if found > 0 else f"{found}"


def changes(rows: Sequence[ScoreRow], others: Mapping[str, ScoreRow]) -> dict[str, str]:
    """Return by how much scores are better than those of another period, by subject."""
    found = {one.subject_key: difference(one, others.get(one.subject_key)) for one in rows}
    return {key: text for key, text in found.items() if text}


def public_line(row: ScoreRow) -> tuple[str, ...]:
    """Return a score as a line of the published CSV."""
    place = (row.period, str(row.rank), row.body_code, row.body_name)
    return (*place, row.total, GRADES[row.grade], str(row.edition), row.reason)


def desk_line(row: ScoreRow) -> tuple[str, ...]:
    """Return a score as a line of the desk's CSV."""
    place = (row.period, str(row.rank), row.body_code, row.body_name, row.unit, row.post)
    steps = "" if row.steps is None else str(row.steps)
    return (*place, row.total, GRADES[row.grade], steps, str(row.edition), row.reason)


def beside(row: ScoreRow, others: Mapping[str, ScoreRow], period: str) -> tuple[str, ...]:
    """Return what stands beside a score when another period is compared."""
    other = others.get(row.subject_key)
    return (period, other.total if other else "", difference(row, other))


def by_subject(rows: Sequence[ScoreRow]) -> dict[str, list[ScoreRow]]:
    """Return rows of many subjects by subject, in the order they came."""
    found: dict[str, list[ScoreRow]] = {}
    for one in rows:
        found.setdefault(one.subject_key, []).append(one)
    return found
