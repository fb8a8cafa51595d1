"""Sample data for looking at templates before anything runs by them: an invented city, its party and its case."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from domain.paper_facts import Fact, rule_facts
from domain.paper_templates import PaperTemplate
from domain.paper_words import number_words
from domain.procedures import Procedure
from domain.profiles import Profile

NOON: Final = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
FACTS: Final[Mapping[str, Fact]] = {
    "organ": "云川市城市管理局",
    "government": "云川市人民政府",
    "organ_address": "云川市政务服务中心二楼12号窗口",
    "organ_phone": "0000-6000000",
    "bank_name": "云川银行营业部",
    "bank_account": "6200000000000000001",
    "court": "云川市中级人民法院",
    "today": "2026年3月20日",
    "status_url": "https://power.example.gov.cn/status?number=B001XK2026000001",
    "status_site": "power.example.gov.cn",
    "matter_no": "B001XK2026000001",
    "matter_title": "擅自占用道路",
    "item": "临时占用城市道路审批",
    "item_code": "999900001XK00100",
    "bases": ("《云川市城市管理条例》第十条", "《城市道路管理条例》第三十一条"),
    "party_name": "云川市某某餐饮有限公司",
    "party_kind": "单位",
    "party_document": "统一社会信用代码",
    "party_number": "91650301MA0000000X",
    "party_address": "云川市中山路12号",
    "party_phone": "0000-6111111",
    "party_representative": "王示例",
    "received_on": "2026年3月2日",
    "accepted_on": "2026年3月3日",
    "decided_on": "2026年3月19日",
    "served_on": "2026年3月20日",
    "closed_on": "2026年3月20日",
    "due_on": "2026年3月31日",
    "materials": ("申请表", "营业执照", "现场平面图"),
    "evidence": ("现场检查笔录", "询问笔录", "现场照片六张", "调查取证记录（音像，2026年3月2日9时0分）"),
    "place": "云川市中山路12号",
    "occurred_on": "2026年3月2日",
    "supplement_items": ("施工单位资质证书复印件一份", "经审核的交通疏解方案一份"),
    "result": "准予行政许可",
    "granted": "是",
    "fined": "是",
    "violations": "擅自占用道路",
    "violation_bases": ("《云川市城市管理条例》第十条",),
    "penalties": ("对擅自占用道路的行为，处罚款1000元（人民币壹仟元整）",),
    "benchmark": (
        "“擅自占用道路”的处罚依据为《云川市城市管理条例》第十条，按照裁量基准属于“较轻”阶次，幅度为500元以上1500元以下",
    ),
    "fine_total": "1000元",
    "fine_upper": "人民币壹仟元整",
    "opinions": ("审查（李岚，2026年3月10日）：同意，材料真实完整", "审核（周正，2026年3月12日）：同意"),
    "officers": ("李岚（执法证号6503010001）", "周正（执法证号6503010002）"),
    "served": ("《行政处罚决定书》于2026年3月20日10时0分直接送达",),
    "receipts": ("回执B0001，1000元，2026年3月20日",),
    "documents": ("《行政处罚决定书》（云城罚〔2026〕1号）",),
    "contents": (
        ("1", "立案审批表", "云城立〔2026〕1号", "3f2a9c01d4e5"),
        ("2", "行政处罚事先告知书", "云城罚告〔2026〕1号", "8be1047762aa"),
        ("3", "行政处罚决定书", "云城罚〔2026〕1号", "c09d11ef3320"),
        ("4", "现场照片六张", "6份", "77a0b1c2d3e4"),
    ),
    "pages_count": "4",
}


def sample_facts(template: PaperTemplate, procedure: Procedure, profile: Profile) -> dict[str, Fact]:
    """Return the facts of the sample with the numbers of a procedure and of a profile."""
    found: dict[str, Fact] = dict(FACTS)
    found |= rule_facts(procedure, profile)
    found["number"] = number_words(f"云城{template.word}", NOON.year, 1)
    return found


def sample_texts(template: PaperTemplate) -> dict[str, str]:
    """Return what an officer might have written, as the template says."""
    return {name: rule.sample for name, rule in template.fields.items()}
