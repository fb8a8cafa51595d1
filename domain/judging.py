"""The fate of one row: what the list says, laid over what the library holds, examined and compared. Pure."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from pydantic import ValidationError

from domain.admission import Finding, examine
from domain.body_choice import BodyAnswer
from domain.difference import FieldDifference, difference
from domain.fates import Assigned, Fate, Outcome
from domain.list_coverage import overlaid
from domain.powers import PowerContent
from domain.profiles import Profile
from domain.values import digest

Severity = Literal["refuse", "blocked", "attention", "note"]


@dataclass(frozen=True, slots=True)
class RowFinding:
    """Something about a row: column or field, stable code, what is wrong, what to do, how grave, by which clause."""

    column: str
    code: str
    message: str
    advice: str
    severity: Severity
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """All that the judgement of one row rests on.

    ``said`` is the row's own content, ``paths`` what its list speaks of, ``held`` the item's document in the library;
    ``grave`` the severities of what the reading of the list found.
    """

    said: Mapping[str, Any]
    paths: Collection[str]
    body: BodyAnswer
    assigned: Assigned
    held: Mapping[str, Any] | None
    grave: frozenset[str] = frozenset()
    level_asks: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """The fate of a row, what entering would do, and why; ``status_before`` is the held status, "" for a new item."""

    fate: Fate
    outcome: Outcome
    content: PowerContent | None
    differences: tuple[FieldDifference, ...] = ()
    findings: tuple[RowFinding, ...] = field(default=())
    status_before: str = ""


TROUBLES: Mapping[str, tuple[str, str]] = {
    "duplicate_code": (
        "编码与本批次第 {detail} 条（批内序号）相同",
        "请核对编码；两条只能采用一条，采用本条前请先不采用另一条",
    ),
    "same_item_twice": (
        "与本批次第 {detail} 条（批内序号）的名称、类别、层级、承办机构和权限都相同",
        "如果是重复登载，请不采用；如果确是两个事项，请采用，系统将另行编码",
    ),
    "several_candidates": (
        "库中有几个同名事项（{detail}），无法确定对应哪一个",
        "请在清单中填写权力编码后重新导入；确是另一个事项的，请采用，系统将另行编码",
    ),
    "known_under_other_code": (
        "库中已有同名事项，编码为 {detail}",
        "请核对编码；确是另一个事项的，请采用",
    ),
    "not_in_force_yet": (
        "库中有这一编码的事项，但在本批次的生效日期尚未生效或已不再有效",
        "请核对本批次的生效日期；确需从该日起生效的，请采用",
    ),
    "later_change": (
        "库中已登记该事项在本批次生效日期之后的变更",
        "请核对；采用后，从本批次生效日期起以本清单为准",
    ),
    "no_code_left": ("无法编码：{detail}", "请在清单中填写权力编码后重新导入"),
    "no_code_possible": (
        "缺少机构编号或权力类别，或默认编码规则不能顺序编号，无法编码",
        "请先补充行使主体和权力类别，或在清单中填写权力编码",
    ),
}
# Words for what the model can find wrong, by pydantic's error type.
INVALID: Mapping[str, str] = {
    "string_too_long": "最多 {max_length} 个字",
    "string_too_short": "不能为空",
    "missing": "缺少这一项",
    "string_type": "应为文字",
    "literal_error": "应为 {expected} 之一",
    "extra_forbidden": "没有这一栏目",
    "date_from_datetime_parsing": "不是有效的日期",
    "int_parsing": "应为整数",
    "decimal_parsing": "应为数字",
    "tuple_type": "应为列表",
}
BLOCKING_TROUBLES = frozenset({"no_code_left", "no_code_possible"})
DOUBTS: Mapping[str, tuple[str, str]] = {
    "unknown_body": (
        "机构库中没有名为“{text}”的行使主体",
        "请为整批指定行使主体，或同意新增该机构，或在机构库中为已有机构补充这一别名",
    ),
    "other_level_body": (
        "行使主体“{text}”属于其他层级的政府",
        "请核对；采用后按本清单的机构入库，并保留原层级",
    ),
    "missing_body": ("行使主体为空", "请为整批指定行使主体，或在清单中填写后重新导入"),
}


def judge(case: Case, profile: Profile, day: date) -> Judgement:
    """Judge one row under a profile for the day from which it shall hold."""
    findings = [*_doubts(case), *_troubles(case)]
    content, invalid = _content(case)
    if content is None:
        known = {finding.severity for finding in findings} | case.grave
        # What lacks its body, category or code is mended, not refused; anything else that cannot be held is refused.
        blocked = "blocked" in known
        return Judgement(
            "attention" if blocked else "refused", "", None, (), (*findings, *(() if blocked else invalid))
        )
    findings += [_from_admission(finding) for finding in examine(content, profile, day)]
    outcome, differences = _compared(case, content)
    if case.level_asks and outcome != "identical":
        message = "层级与本级政府不同"
        findings.append(RowFinding("level", "other_level", message, "请核对；采用后保留原层级", "attention"))
    if _cancelled(case, content):
        findings.append(
            RowFinding(
                "status",
                "cancelled_in_library",
                "库中该事项已取消，清单中仍然列出",
                "请核对；采用后内容按清单更新，状态仍为取消",
                "attention",
            )
        )
    severities = {finding.severity for finding in findings} | case.grave
    before = str(case.held.get("status", "in_use")) if case.held else ""
    return Judgement(_fate(outcome, severities, case), outcome, content, differences, tuple(findings), before)


def _fate(outcome: Outcome, severities: Collection[str], case: Case) -> Fate:
    """Weigh what was found: what the library already holds word for word needs nobody's decision again."""
    if outcome == "identical" and not case.assigned.trouble:
        return "identical"
    if "refuse" in severities:
        return "refused"
    if "blocked" in severities or "attention" in severities:
        return "attention"
    return outcome or "attention"


def _content(case: Case) -> tuple[PowerContent | None, tuple[RowFinding, ...]]:
    """Build the item's content after the list; None with the reasons when the model refuses it."""
    plain = overlaid(case.held or {}, case.said, case.paths)
    plain.update({"scheme": case.assigned.scheme, "code": case.assigned.code, "body": case.body.code})
    try:
        return PowerContent.model_validate_json(json.dumps(plain, ensure_ascii=False)), ()
    except ValidationError as error:
        return None, tuple(
            RowFinding(
                ".".join(str(part) for part in one["loc"]) or "content",
                "invalid_field",
                f"内容不符合要求：{_reason(dict(one))}",
                "请修改后重新导入",
                "refuse",
            )
            for one in error.errors(include_url=False)[:10]
        )


def _reason(error: Mapping[str, Any]) -> str:
    """Return in Chinese why the model refuses a value; a kind of error without words of its own is named."""
    known = INVALID.get(str(error["type"]))
    return known.format(**error.get("ctx", {})) if known else str(error["msg"])


def _compared(case: Case, content: PowerContent) -> tuple[Outcome, tuple[FieldDifference, ...]]:
    held = case.assigned.held
    if held is None or not held.version_id or case.held is None:
        return "new", ()
    if digest(content) == held.digest:
        return "identical", ()
    before = PowerContent.model_validate_json(json.dumps(case.held, ensure_ascii=False))
    return "changed", difference(before, content)


def _cancelled(case: Case, content: PowerContent) -> bool:
    """Tell whether the list still has what the library has cancelled, without itself saying a status."""
    return bool(case.held) and content.status == "cancelled" and "status" not in case.paths


def _troubles(case: Case) -> list[RowFinding]:
    trouble = case.assigned.trouble
    # What keeps a row from having a code is said where it lies: a missing category, an unknown body.
    nameless_body = bool(case.body.doubt) and not case.body.code
    if not trouble or (trouble == "no_code_possible" and ("blocked" in case.grave or nameless_body)):
        return []
    message, advice = TROUBLES[trouble]
    severity: Severity = "blocked" if trouble in BLOCKING_TROUBLES or not case.assigned.code else "attention"
    return [RowFinding("code", trouble, message.format(detail=case.assigned.detail), advice, severity)]


def _doubts(case: Case) -> list[RowFinding]:
    doubt = case.body.doubt
    if not doubt:
        return []
    message, advice = DOUBTS[doubt]
    text = str(case.said.get("body_name") or "")
    severity: Severity = "attention" if case.body.code else "blocked"
    if doubt == "missing_body" and case.body.code:
        severity, advice = "note", "按本清单的机构入库"
    return [RowFinding("body_name", doubt, message.format(text=text), advice, severity)]


def _from_admission(finding: Finding) -> RowFinding:
    return RowFinding(
        finding.field, finding.code, finding.message_zh, finding.what_to_do, finding.severity, finding.clause
    )
