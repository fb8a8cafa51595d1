"""The power item 行政权力事项: everything the library holds about one power, as one frozen document.

One version of an item is one `PowerContent`. The titles are the field's standard Chinese terms and serve page,
difference, export and JSON Schema alike, so that one field has one name everywhere.
"""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.benchmarks import DiscretionBenchmark
from domain.flows import Flow, Limit, RiskPoint
from domain.values import Value

ItemStatus = Literal["in_use", "suspended", "cancelled"]
BasisKind = Literal[
    "law",
    "administrative_regulation",
    "state_council_decision",
    "local_regulation",
    "department_rule",
    "local_rule",
    "rule",
    "regulation",
    "normative_document",
    "party_document",
    "other",
    "untagged",
]


class LegalBasis(Value):
    """One legal basis: kind, title, article and text (001-7)."""

    kind: BasisKind = Field("untagged", title="依据类型", description="Kind of the document, from its 【tag】.")
    title: str = Field("", title="依据名称", description="Title of the law or document, without 《》.")
    article: str = Field("", title="条款", description="Article, paragraph and item, such as 第四十二条第一款.")
    text: str = Field("", title="依据内容", description="The text as published.")
    document_number: str = Field("", title="文号", description="Number of the document, such as 国务院令第591号.")
    in_force_from: date | None = Field(None, title="施行日期", description="First day in force, if known.")
    in_force_until: date | None = Field(None, title="失效日期", description="First day no longer in force, if known.")


class ResponsibilityMatter(Value):
    """One responsibility matter 责任事项 under its heading (001-6)."""

    heading: str = Field("", title="责任类别", description="Heading such as 直接实施责任.")
    text: str = Field(min_length=1, title="责任内容", description="What the body has to do.")


class Fee(Value):
    """A fee with its basis and standard (003-13)."""

    name: str = Field(min_length=1, title="收费项目", description="What is charged for.")
    basis: str = Field(min_length=1, title="收费依据", description="Document that allows the charge.")
    standard: str = Field(min_length=1, title="收费标准", description="How much, in words as published.")


class Material(Value):
    """A material that an applicant hands in."""

    name: str = Field(min_length=1, title="材料名称", description="Name of the material.")
    form: Literal["paper", "electronic", "either"] = Field("either", title="材料形式", description="Accepted form.")
    copies: int = Field(1, ge=0, le=99, title="份数", description="How many copies.")
    required: bool = Field(True, title="是否必要", description="Whether an application fails without it.")
    source: str = Field("", title="来源渠道", description="Who issues it.")
    sample: str = Field("", title="填写样本", description="What a filled-in sample looks like, or where it lies.")
    note: str = Field("", title="说明", description="Anything the applicant should know.")


# 002-4.2.5: the service guide of an item.
class Guide(Value):
    """The service guide 办事指南."""

    conditions: tuple[str, ...] = Field((), title="办理条件", description="What must be met.")
    materials: tuple[Material, ...] = Field((), title="申请材料", description="What must be handed in.")
    steps: tuple[str, ...] = Field((), title="办理程序", description="What the applicant goes through.")
    review_points: tuple[str, ...] = Field((), title="审查要点", description="What is looked at.")
    results: tuple[str, ...] = Field((), title="办理结果", description="What the applicant receives.")
    hours: str = Field("", title="办理时间", description="Office hours.")
    online: bool = Field(False, title="可网上办理", description="Whether the item can be applied for online.")
    improper_act: str = Field("", title="违规责任", description="What an improper act of the officer costs.")


class Entrustment(Value):
    """An entrustment 委托: to whom, on what basis, in what form (001-13.3)."""

    entrusted: str = Field(min_length=1, title="受委托组织", description="Name of the entrusted organisation.")
    usc_code: str = Field("", title="统一社会信用代码", description="Its unified social credit code.")
    scope: str = Field(min_length=1, title="委托权限", description="What is entrusted.")
    basis: str = Field("", title="委托依据", description="Law, regulation or rule that allows it.")
    written: bool = Field(False, title="书面委托", description="Whether there is a written instrument.")
    entrusted_by: str = Field("", title="转委托主体", description="Set when an entrusted body entrusts again.")
    valid_from: date | None = Field(None, title="起始日期", description="First day.")
    valid_until: date | None = Field(None, title="终止日期", description="First day after its end.")


# 000-10: rules for supervision during and after the act.
class SupervisionMeasure(Value):
    """An in-process and after-the-fact supervision rule 事中事后监管细则."""

    target: str = Field(min_length=1, title="监管对象", description="Who is supervised.")
    content: str = Field(min_length=1, title="监管内容", description="What is looked at.")
    method: str = Field("", title="监管方式", description="How: random, key, document …")
    procedure: str = Field("", title="监管程序", description="In what steps.")
    measures: str = Field("", title="监管措施", description="What follows from a finding.")


class PowerContent(Value):
    """Everything one version of a power item says (003-13, 001-6, 000-8, 002-4.2.5)."""

    # Identity
    scheme: str = Field(min_length=1, title="编码规则", description="Code scheme of the code, from the profile.")
    code: str = Field(min_length=1, max_length=80, title="权力编码", description="Code of the item in its scheme.")
    name: str = Field(min_length=1, max_length=1000, title="事项名称", description="Name of the power item.")
    sub_item: str = Field("", max_length=1000, title="子项名称", description="Name of the sub-item, if it is one.")
    category: str = Field(min_length=1, title="权力类别", description="Category code of the profile.")
    # Who exercises it
    body: str = Field(min_length=1, title="责任主体代码", description="Code of the responsible body in the library.")
    body_name: str = Field("", title="行使主体", description="The body's name as published in the list.")
    handling_unit: str = Field("", title="承办机构", description="The unit that handles the item.")
    level: str = Field("", title="行使层级", description="Level code of the profile.")
    authority: str = Field("", title="权限", description="What this level may do, in words.")
    duties: tuple[str, ...] = Field((), title="部门职责", description="Duties of the body behind the power.")
    entrustments: tuple[Entrustment, ...] = Field((), title="委托", description="Entrustments of this power.")
    # State
    status: ItemStatus = Field("in_use", title="权力状态", description="In use, suspended or cancelled (003-21).")
    status_reason: str = Field("", title="状态原因", description="Why it is suspended or cancelled.")
    status_basis: str = Field("", title="状态依据", description="On what basis it is.")
    # Law and responsibility
    bases: tuple[LegalBasis, ...] = Field((), title="实施依据", description="Legal bases of the power.")
    responsibilities: tuple[ResponsibilityMatter, ...] = Field(
        (), title="责任事项", description="Duties in exercising."
    )
    responsibility_bases: tuple[LegalBasis, ...] = Field((), title="责任事项依据", description="Their bases.")
    accountable_persons: tuple[str, ...] = Field((), title="追责对象范围", description="Who can be held to account.")
    accountability: tuple[str, ...] = Field((), title="追责情形", description="When they are held to account.")
    accountability_bases: tuple[LegalBasis, ...] = Field((), title="追责依据", description="On what basis.")
    remedies: tuple[str, ...] = Field((), title="救济渠道", description="What the party can do against the act.")
    # Money and time
    fees: tuple[Fee, ...] = Field((), title="收费", description="Fees with basis and standard.")
    fee_note: str = Field("", title="收费说明", description="What the list says about fees, such as 不收费.")
    statutory_limit: Limit | None = Field(None, title="法定期限", description="Limit set by law.")
    promised_limit: Limit | None = Field(None, title="承诺期限", description="Limit the body promises.")
    # Place and contact
    place: str = Field("", title="办理地点", description="Where it is handled.")
    contact_phone: str = Field("", title="联系电话", description="Phone for questions.")
    supervision_phone: str = Field("", title="监督电话", description="Phone for complaints.")
    # How it runs
    external_flow: Flow | None = Field(None, title="外部流程图", description="The flow chart the public sees.")
    external_chart: str = Field("", title="通用外部流程图", description="Code of a generic chart used instead.")
    internal_flow: Flow | None = Field(None, title="内部流程图", description="The flow down to the post.")
    internal_chart: str = Field("", title="通用内部流程图", description="Code of a generic chart used instead.")
    risk_points: tuple[RiskPoint, ...] = Field((), title="廉政风险点", description="Risk points of the flow.")
    risk_chart: str = Field("", title="通用廉政风险防控图", description="Code of a generic chart used instead.")
    guide: Guide | None = Field(None, title="办事指南", description="The service guide.")
    benchmarks: tuple[DiscretionBenchmark, ...] = Field((), title="裁量基准", description="Discretion benchmarks.")
    supervision: tuple[SupervisionMeasure, ...] = Field((), title="事中事后监管", description="Supervision rules.")
    remarks: str = Field("", title="备注", description="Remarks as published.")
    # What a list says beyond the fields above is kept under the list's own header, so that nothing is lost.
    further: dict[str, str] = Field({}, title="其他规定内容", description="Further columns of the list by header.")


class Chart(Value):
    """A generic chart shared by items of one class 通用流程图 / 通用廉政风险防控图 (000-8)."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$", title="图编码", description="Code of the chart.")
    kind: Literal["external", "internal", "risk"] = Field(title="图类型", description="What the chart shows.")
    name: str = Field(min_length=1, title="图名称", description="Name of the chart.")
    category: str = Field("", title="适用类别", description="Category it is made for; empty: any.")
    flow: Flow = Field(title="流程", description="Its flow.")
    risk_points: tuple[RiskPoint, ...] = Field((), title="廉政风险点", description="Its risk points.")
