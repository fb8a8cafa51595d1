"""What a matter's file is made of, as values inside its documents: opinions, facts, materials, papers, outcomes (003-31)."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum

import strawberry

from schema.parts import part, read_amount, read_day, read_list, read_moment


@strawberry.enum(description="意见: what an opinion says (003-31(4)).")
class MatterVerdict(Enum):
    """Verdicts."""

    AGREE = strawberry.enum_value("agree", description="同意: agrees.")
    DISAGREE = strawberry.enum_value("disagree", description="不同意: disagrees; states its reasons (003-31(4)).")
    NEUTRAL = strawberry.enum_value("neutral", description="其他意见: neither.")


@strawberry.type(description="办理意见: an opinion as it was given; a negative one states its reasons (003-31(4)).")
class MatterOpinion:
    """An opinion."""

    verdict: MatterVerdict = part("verdict", "意见: what it says.")
    text: str = part("text", "内容: its words.")
    reasons: str = part("reasons", "理由: why, where it is negative (003-31(4)).")


@strawberry.type(
    description="签署的意见: an opinion with its place in the record: who, when, in which step (003-31(4))."
)
class MatterOpinionGiven:
    """An opinion with its place."""

    seq: int = part("seq", "事件序号: number of the event that gave it.")
    at: datetime = part("at", "时间: when it was given.", read_moment, None)
    by_name: str = part("by_name", "签署人: name of the official.")
    visit: int = part("visit", "环节序号: which visit of a step it belongs to; 0: none.")
    step: str = part("step", "环节: key of the step.")
    step_name: str = part("name", "环节名称: name of the step.")
    opinion: MatterOpinion = part("opinion", "意见: the opinion itself.", default=None)


@strawberry.enum(description="Who brought a material.")
class MaterialBy(Enum):
    """Who brings materials."""

    PARTY = strawberry.enum_value("party", description="当事人: handed in by the party.")
    ORGAN = strawberry.enum_value("organ", description="机关: made or taken by the organ.")


@strawberry.type(
    description="办件材料: a material of the file, by name and digest; its content lies elsewhere (003-31(1))."
)
class MatterMaterial:
    """A material."""

    name: str = part("name", "名称: its name in the guide or in the file (003-31(1)).")
    digest: str = part("digest", "摘要: SHA-256 of its content, in hexadecimal.")
    by: MaterialBy = part("by", "提供者: who brought it.", default="party")
    note: str = part("note", "备注: a note on it.")


@strawberry.type(description="要素: a key fact as a typed value; exactly one of the values is set (003-31(3)).")
class MatterFact:
    """A fact."""

    code: str = part("code", "代码: declared code of the fact, or the words of a benchmark (003-31(3)).")
    text: str | None = part("text", "文字: the value, if it is words.", default=None)
    number: int | None = part("number", "数值: the value, if it is a count.", default=None)
    amount: Decimal | None = part("amount", "数额: the value, if it is an amount.", read_amount, None)
    day: date | None = part("day", "日期: the value, if it is a day.", read_day, None)
    moment: datetime | None = part("moment", "时刻: the value, if it is a moment.", read_moment, None)
    yes_no: bool | None = part("yes_no", "是否: the value, if it is yes or no.", default=None)


@strawberry.type(description="办件文书: a legal paper made in a matter: its kind, number and digest (003-31(5)).")
class MatterDocument:
    """A legal paper."""

    code: str = part("code", "类型: kind of the paper, as the procedure names it.")
    number: str = part("number", "文号: its number, if it has one (003-31(5)).")
    digest: str = part("digest", "摘要: SHA-256 of its content, in hexadecimal.")


@strawberry.type(description="罚款: the fine for one violation, by which benchmark and tier (003-15, 004-7).")
class MatterFine:
    """A fine."""

    violation: str = part("violation", "违法行为: the violation, as the benchmark names it.")
    tier: str = part("tier", "裁量阶次: the tier that was taken.")
    amount: Decimal = part("amount", "金额: in yuan.", read_amount, None)
    lighter: str = part("lighter", "减轻情节: circumstance that allows less than the least (行政处罚法-32).")


@strawberry.type(description="处理结果: what was decided: the result, its reasons, measures and fines (003-31(5)).")
class MatterOutcome:
    """An outcome."""

    result: str = part("result", "结果: its code in the procedure.")
    reasons: str = part("reasons", "理由: why.")
    measures: list[str] = part("measures", "措施: measures of a penalty, by code.", read_list, ())
    fines: list[MatterFine] = part("fines", "罚款: fines, one for each violation.", read_list, ())
    confiscated: Decimal | None = part("confiscated", "没收金额: what is confiscated, in yuan.", read_amount, None)


@strawberry.enum(description="How a visit of a step ended.")
class StepEnding(Enum):
    """How visits end."""

    NONE = strawberry.enum_value("", description="进行中: it has not ended.")
    COMPLETED = strawberry.enum_value("completed", description="完成: the step was done.")
    RETURNED = strawberry.enum_value("returned", description="退回: back to an earlier step (003-30).")
    CANCELLED = strawberry.enum_value("cancelled", description="取消: another way was taken, or the matter ended.")


@strawberry.type(description="环节: one stay of a matter in a step of its procedure (003-29, 003-31(2)).")
class MatterStep:
    """A visit of a step."""

    number: int = part("number", "序号: number of the visit within the matter, from 1.")
    key: str = part("step", "环节代码: key of the step in the procedure.")
    name: str = part("name", "环节名称: name of the step (003-14).")
    body: str = part("body", "承办机关: code of the body, where several handle the matter together; else empty (R17).")
    entered_at: datetime = part("entered", "进入时间: when the step was entered.", read_moment, None)
    left_at: datetime | None = part("left", "离开时间: when it was left; null: it is open.", read_moment, None)
    ending: StepEnding = part("how", "结束方式: how the visit ended.")


@strawberry.type(description="补正: what was asked for, all at once, and whether it has come (003-30, 行政许可法-32).")
class MatterSupplement:
    """A supplement that was asked for."""

    asked_at: datetime = part("asked", "告知时间: when it was asked for.", read_moment, None)
    items: list[str] = part("items", "补正内容: everything that is missing.", read_list, ())
    received_at: datetime | None = part("received", "收到时间: when it came; null: not yet.", read_moment, None)


@strawberry.type(description="提示: something that was pointed out about an act although it was allowed (R10, R11).")
class MatterNote:
    """A note on an act."""

    code: str = part("code", "代码: stable code.")
    clause: str = part("clause", "依据: the clause.")
    message: str = part("message", "内容: what is pointed out.")
