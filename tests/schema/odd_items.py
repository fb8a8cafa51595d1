"""Contents of items in awkward words: everything filled, everything empty, amounts to the last digit."""

from typing import Any, Final

from domain.powers import PowerContent
from tests import factories
from tests.schema import world

ODD_TEXT: Final = "“引”'号'\"双\" \\反斜 /斜\n换行\t制表\u0001\u001f\u007f\u2028😀𠮷 <b>&amp;</b> %s {a} $1 :value;--"
LONG_TEXT: Final = "长" * 3_000 + "😀" * 40

ODD_CODES: Final = (
    "a/b",
    "a b",
    "编码-中文",
    "100%",
    "~tilde_-.",
    "q?x=1&y#z",
    "'单\"双\\",
    "x" * 80,
    "+-*!()[]",
    "é\u0301𠮷😀",
    "a%2Fb",
    "..",
)
"""Codes that must be percent-encoded in a path, or look as if they were already."""

NAMES: Final = (
    ODD_TEXT,
    "行政处罚",
    "户外广告设施设置许可",
    "户外广告设施设置许可",
    "a",
    "長沙臺灣",
    LONG_TEXT[:900],
    "№①２　全角",
    'name "with" quotes',
    "\\u0041 \\n",
    "养犬登记",
    "null",
)
LAW: Final = {"kind": "law", "title": "中华人民共和国治安管理处罚法", "article": "第十二条", "text": ODD_TEXT}
BASES: Final[list[dict[str, Any]]] = [
    LAW,
    LAW | {"article": "第十二条"},
    {"kind": "local_regulation", "title": "云川市养犬管理条例", "article": "", "document_number": "〔2019〕第1号",
     "in_force_from": "2019-01-01", "in_force_until": "9999-12-31"},
    {"kind": "rule", "title": "", "article": "第一条", "text": "没有名称的依据"},
    {"title": '无标签文件 "A\\B"', "in_force_from": "0001-01-01"},
    {"kind": "party_document", "title": "党内文件"},
]  # fmt: skip

FLOW: Final[dict[str, Any]] = {
    "name": 'own "flow"',
    "steps": [
        {"key": "a", "name": "一", "requirements": ["甲", "", ODD_TEXT]},
        {"key": "b", "name": "二", "limit": {"value": 9999, "unit": "hour", "note": ODD_TEXT}},
        {"key": "c", "name": "三", "limit": {"value": 0, "unit": "immediate", "start": ""}},
        {"key": "d", "name": "四", "unit": "科", "post": "岗", "duty": "责", "limit": {"value": 1, "unit": "month"}},
    ],
}


def chart(code: str, kind: str) -> dict[str, Any]:
    """Return a generic chart without transitions of its own."""
    return {"code": code, "kind": kind, "name": "通用图", "category": "licence", "flow": FLOW}


def full(**changes: Any) -> PowerContent:
    """Return an item that says everything, in awkward words."""
    fields: dict[str, Any] = {
        **world.whole(),
        "name": "齐全事项",
        "sub_item": ODD_TEXT,
        "handling_unit": "许可科\t一组",
        "authority": LONG_TEXT,
        "duties": ["", ODD_TEXT, "甲"],
        "entrustments": [
            {"entrusted": "甲中心", "scope": "受理", "valid_from": "0001-01-01", "valid_until": "9999-12-31"},
            {"entrusted": "乙中心", "usc_code": "X", "scope": ODD_TEXT, "basis": "规定", "written": True,
             "entrusted_by": "甲中心"},
        ],
        "bases": BASES,
        "responsibilities": [{"text": "无标题责任"}, {"heading": ODD_TEXT, "text": ODD_TEXT}],
        "responsibility_bases": BASES[:2],
        "accountability_bases": BASES[2:4],
        "fees": [{"name": "费", "basis": ODD_TEXT, "standard": "1元"}, {"name": "另费", "basis": "b", "standard": "s"}],
        "statutory_limit": {"value": 2, "unit": "year", "start": "received", "clause": "x", "note": ODD_TEXT},
        "promised_limit": {"value": 0, "unit": "immediate"},
        "external_flow": None,
        "external_chart": "odd-external",
        "internal_flow": FLOW,
        "risk_points": [
            {"step": "a", "risk": "压件", "grade": "high", "measures": ["甲", ODD_TEXT], "post": "岗"},
            {"step": "b", "risk": "漏", "grade": "low", "measures": ["乙"]},
        ],
        "guide": {"materials": [{"name": "证", "copies": 0, "required": False, "source": "公安", "sample": "s",
                                 "note": ODD_TEXT}, {"name": "书", "form": "electronic"}],
                  "conditions": [], "hours": ""},
        "supervision": [{"target": "t", "content": ODD_TEXT, "method": "m", "procedure": "p", "measures": "x"},
                        {"target": "t", "content": "c"}],
        "remarks": ODD_TEXT,
        "further": {"公开类型": "主动", "": "空列名", "z": ODD_TEXT, 'q"k': "", "a": "1", "数": "123456789012345678901"},
    }  # fmt: skip
    return factories.power(**(fields | changes))


def _tier(name: str, **changes: Any) -> dict[str, Any]:
    return {"name": name, "measure": "罚款"} | changes


def benchmarked(**changes: Any) -> PowerContent:
    """Return a penalty with benchmarks: all kinds of conditions, amounts with zeros behind the point."""
    conditions: list[dict[str, Any]] = [
        {"kind": "count", "fact": "次数"},
        {"kind": "stated", "fact": ODD_TEXT},
        {"kind": "amount", "fact": "货值", "unit": "元", "at_least": "1500.00", "below": "9999999999999999.99"},
        {
            "kind": "count",
            "fact": "处罚",
            "at_least": 2,
            "at_most": 2**31 - 1,
            "window_value": 2,
            "window_unit": "year",
        },
        {"kind": "amount", "fact": "面积", "unit": "平方米", "at_least": "0.10"},
        {"kind": "amount", "fact": "重", "unit": "吨", "below": "0.01"},
        {"kind": "stated", "fact": "主动改正"},
    ]
    yuan = {"lowest": "0.10", "highest": "1500.00"}
    multiple = {"lowest": "1", "highest": "5.0", "unit": "multiple", "base": "违法所得"}
    fields: dict[str, Any] = {
        "name": "裁量事项",
        "category": "penalty",
        "bases": BASES[:1],
        "benchmarks": [
            {"violation": "擅自设置", "basis": "第三十六条", "range": {"lowest": "0.00", "highest": "5000"},
             "range_text": ODD_TEXT,
             "tiers": [_tier("轻", conditions=conditions, fine=yuan, text=ODD_TEXT), _tier("重")]},
            {"violation": "违法养犬", "basis": "第一条", "range": {"lowest": "0", "unit": "percent", "base": "货值"},
             "tiers": [_tier("中", fine=multiple, conditions=conditions[1:2])]},
            {"violation": ODD_TEXT, "basis": ODD_TEXT, "tiers": [_tier("无", fine={})]},
        ],
    }  # fmt: skip
    return factories.power(**(fields | changes))


def odd(number: int, **changes: Any) -> PowerContent:
    """Return a plain item, each with another name and another category."""
    categories = ("licence", "penalty", "levy", "coercion", "benefit", "reward", "confirmation", "other_power")
    levels = ("prefecture", "county", "")
    fields: dict[str, Any] = {
        "name": NAMES[number % len(NAMES)],
        "category": categories[number % len(categories)],
        "level": levels[number % len(levels)],
        "bases": BASES[number % len(BASES) :][:2],
        "external_chart": "odd-external" if number % 2 else "gone",
        "risk_chart": "licence-internal" if number % 3 == 0 else "",
        "statutory_limit": {"value": number, "unit": "day"} if number else None,
    }
    return factories.power(**(fields | changes))
