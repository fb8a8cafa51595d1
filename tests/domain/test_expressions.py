"""What a rule of the supervisors' own may say: names and types of the view, no loop within a loop, and nothing secret (S2)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.supervision.expressions import LONGEST, problems, used
from domain.supervision.rules import Rule
from domain.supervision.view import VIEW, trials
from resolvers.supervision_view import VIEWED

pytestmark = pytest.mark.clause("S2")
PYTHON = {"string": str, "int": int, "double": float, "bool": bool, "list": list}


@pytest.mark.parametrize(
    "good",
    [
        'supplements > 2 && kind == "case"',
        'late_steps.exists(one, one == "审查") && late_limits.all(one, one != "决定")',
        "double(supplements) / 2.0 > 1.5",
        "worst_limit == -1 || days_to_accept > 5",
        'opened_on >= "2026-03-01" ? days_open : 0',
        "size(missing_materials) // 缺多少\n",
        '"申请表" in missing_materials',
        'category in ["licence", "penalty"] && order_wrong.matches("受理.*")',
    ],
)
def test_what_a_rule_may_say_is_taken(good: str) -> None:
    assert problems(good) == ()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("", "没有写表达式"),
        ("x" * (LONGEST + 1), "最多"),
        ('party == "王某"', "办件没有“party”这一项"),
        ('title.contains("某")', "办件没有“title”这一项"),
        ('state.marks == "x"', "办件没有“state”这一项"),
        ('kind.secret == "x"', "“.secret”取不到"),
        ('supplements == "3"', "整数和文字"),
        ("summary_missing == 1", "是否和整数"),
        ('late_steps in ["a"]', "是列表"),
        ("[1000].map(a, [1000].filter(b, b > 0))", "循环里不能再有循环"),
        ("late_steps.map(a, a).map(b, b).map(c, c).map(d, d)", "最多用 3 个循环"),
        ("late_steps.exists(kind, true)", "“kind”已有含义"),
        ('timestamp("2026-01-01T00:00:00Z")', "没有“timestamp”这个函数"),
        ('{"a": 1}', "“{”不能用"),
        ("supplements > 1; true", "“;”不能用"),
        ("exists(x, true)", "写在列表的后面"),
    ],
)
def test_what_it_may_not_say_is_refused_in_a_sentence(bad: str, said: str) -> None:
    assert any(said in one for one in problems(bad)), problems(bad)


@given(st.text(max_size=60))
def test_any_text_is_judged_and_only_names_of_the_view_are_read(text: str) -> None:
    found = problems(text)
    assert all(one.endswith(("。", "：")) for one in found)
    assert set(used(text)) <= VIEW.keys()


def test_the_view_is_documented_typed_and_read_by_one_statement() -> None:
    assert list(VIEW) == list(VIEWED)
    assert all(one.words for one in VIEW.values())
    assert all(type(made[name]) is PYTHON[one.type] for made in trials() for name, one in VIEW.items())
    assert not VIEW.keys() & {"title", "party", "parties", "state", "facts", "opinion"}


def test_what_was_tried_is_what_is_switched_on(rule: Callable[..., Rule]) -> None:
    """The state, the note and the author are no part of what a rule finds; every other field is."""
    tried = rule()
    assert tried.content == rule(state="active", note="x", author="y").content
    others: list[dict[str, Any]] = [
        {"expression": "returned > 1"},
        {"name": "另一"},
        {"message": "另一"},
        {"scope": {"government": 2}},
    ]
    others += [{"grades": [{"grade": "alarm", "least": Decimal(1)}]}]
    assert all(rule(**one).content != tried.content for one in others)


@pytest.mark.parametrize("message", ["{measure:>999999999}", "{detail.__class__}", "{0}", "{", "}", "{surprise}"])
def test_a_message_fills_in_two_names_and_formats_nothing(rule: Callable[..., Rule], message: str) -> None:
    with pytest.raises(ValidationError, match="message: only"):
        rule(message=message)
    assert rule(message="{detail}：{measure} 次").worded("{measure}", Decimal("2.50")) == "{measure}：2.5 次"


@pytest.fixture
def rule() -> Callable[..., Rule]:
    base: dict[str, Any] = {
        "code": "Z01",
        "name": "规则",
        "clause": "003-37",
        "kind": "flow",
        "condition": "expression",
    }
    base |= {"expression": "supplements > 1", "message": "发现。", "grades": [{"grade": "warning", "least": 1}]}
    return lambda **changed: Rule.model_validate(base | {"state": "draft"} | changed)
