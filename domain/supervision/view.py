"""What a rule of the supervisors' own sees of a matter (003-37): names, types and meaning of each, and nothing else.

Parties, titles and words of opinions are not in it: a rule that cannot name them cannot tell of them. The names are the
contract between expressions (`expressions.py`) and the statement that reads them (`resolvers/supervision_view.py`).
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Type = Literal["string", "int", "double", "bool", "list"]

TYPE_NAMES: Final[Mapping[str, str]] = {
    "string": "文字",
    "int": "整数",
    "double": "小数",
    "bool": "是否",
    "list": "文字的列表",
}
TRIALS: Final = 48
"""On so many made-up matters an expression is tried before it is kept."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One name: its type, what it says, and values that matters have, for trying an expression."""

    name: str
    type: Type
    words: str
    examples: tuple[Any, ...]


_DAY: Final = ("", "2026-03-02", "2026-11-27")
_NAMES: Final[tuple[list[str], ...]] = ([], ["申请表"], ["申请表", "身份证明"])

VIEW: Final[Mapping[str, Seen]] = {
    one.name: one
    for one in (
        Seen(
            "kind",
            "string",
            "种类：case 办件，penalty_case 处罚案件，supervision_case 督办件",
            ("case", "penalty_case"),
        ),
        Seen("category", "string", "权力类别的代码，例如 licence", ("licence", "penalty", "")),
        Seen("body", "string", "登记机关的机构代码", ("B001", "B002")),
        Seen("undertaker", "string", "承办机关的机构代码；督办件是承办单位", ("B001", "B002")),
        Seen("item", "string", "权力编码", ("320300001XK00001", "")),
        Seen(
            "ending",
            "string",
            "结束方式：空为在办，finished 办结，not_accepted 不予受理，withdrawn 撤回",
            ("", "finished"),
        ),
        Seen("opened_on", "string", "登记日期，例如 2026-03-02", _DAY[1:]),
        Seen("accepted_on", "string", "受理（立案）日期，没有则为空", _DAY),
        Seen("decided_on", "string", "决定日期，没有则为空", _DAY),
        Seen("closed_on", "string", "结束日期，没有则为空", _DAY),
        Seen("days_open", "int", "从登记到结束（没有结束的到今天）的日历日数", (0, 7, 60)),
        Seen("days_to_accept", "int", "从登记到受理的日历日数，没有受理则为 -1", (-1, 0, 5)),
        Seen("days_to_decide", "int", "从受理到决定的日历日数，没有决定则为 -1", (-1, 0, 20)),
        Seen("supplements", "int", "告知补正的次数", (0, 1, 3)),
        Seen("supplements_late", "int", "受理以后又要求补正的次数", (0, 1)),
        Seen("returned", "int", "同一环节退回的最多次数", (0, 2)),
        Seen("suspensions", "int", "暂停的次数", (0, 1, 3)),
        Seen("missing_materials", "list", "受理时缺少的必要材料的名称", _NAMES),
        Seen("late_limits", "list", "已经届满或者超过的期限的名称", _NAMES),
        Seen("late_steps", "list", "超过时限的环节的名称", _NAMES),
        Seen(
            "worst_limit",
            "int",
            "期限的程度：-1 没有届满，0 届满当日，1 超过一个工作日，2 超过两个工作日以上",
            (-1, 0, 2),
        ),
        Seen("summary_missing", "bool", "没有案件摘要", (False, True)),
        Seen("acceptance_notice_missing", "bool", "没有受理通知书", (False, True)),
        Seen("result_missing", "bool", "办结时没有办理结果", (False, True)),
        Seen("process_missing", "bool", "办结时没有办理记录", (False, True)),
        Seen("decision_text_missing", "bool", "办结时没有决定文书", (False, True)),
        Seen("order_wrong", "string", "时间先后颠倒的说明，没有颠倒则为空", ("", "受理早于登记")),
        Seen("fee_deviation", "double", "实际收费偏离标准的百分比，没有收费则为 0.0", (0.0, 12.5)),
        Seen("tier_deviations", "int", "罚款偏离裁量基准的项数", (0, 1)),
    )
}
"""Everything that an expression can name, in the order in which it is documented."""


def trials() -> tuple[dict[str, Any], ...]:
    """Return made-up matters on which an expression is tried: the same ones every time."""
    chance = random.Random(37)  # noqa: S311 -- the same examples every time, nothing secret
    return tuple({name: chance.choice(one.examples) for name, one in VIEW.items()} for _ in range(TRIALS))
