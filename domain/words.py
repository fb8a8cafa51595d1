"""The Chinese words for the codes of an item's document: one concept, one word, on pages, in exports and differences."""

from collections.abc import Mapping
from typing import Final

BASIS_KINDS: Final[Mapping[str, str]] = {
    "law": "法律",
    "administrative_regulation": "行政法规",
    "state_council_decision": "国务院决定",
    "local_regulation": "地方性法规",
    "department_rule": "部门规章",
    "local_rule": "地方政府规章",
    "rule": "规章",
    "regulation": "法规",
    "normative_document": "规范性文件",
    "party_document": "党内法规和文件",
    "other": "其他",
    "untagged": "未标明类型",
}
UNIT_NAMES: Final[Mapping[str, str]] = {
    "workday": "个工作日",
    "day": "日",
    "month": "个月",
    "year": "年",
    "hour": "小时",
    "immediate": "即时",
}
STATUSES: Final[Mapping[str, str]] = {"in_use": "在用", "suspended": "暂停", "cancelled": "取消"}
GRADES: Final[Mapping[str, str]] = {"high": "高", "medium": "中", "low": "低"}
MATERIAL_FORMS: Final[Mapping[str, str]] = {"paper": "纸质", "electronic": "电子", "either": "纸质或电子"}
FINE_UNITS: Final[Mapping[str, str]] = {"yuan": "元", "multiple": "倍", "percent": "%"}
CONDITION_KINDS: Final[Mapping[str, str]] = {"count": "次数", "amount": "数额", "stated": "情节"}

CODES: Final[Mapping[str, str]] = {
    **BASIS_KINDS,
    **UNIT_NAMES,
    **STATUSES,
    **GRADES,
    **MATERIAL_FORMS,
    **FINE_UNITS,
    **CONDITION_KINDS,
}
"""The word of every code that a field of ``domain.powers.PowerContent`` can hold; the codes do not collide."""
