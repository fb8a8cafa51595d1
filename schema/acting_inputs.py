"""Inputs of mutations, made of the engine's own acts: what an act takes is said once, in `domain.engine.acts`.

Every field keeps its type (an amount is an exact number, a moment has its zone, a closed list is an enumeration), so a
client is told by the contract what the engine would refuse. What comes in goes on as plain data; the engine judges it.
"""

import types
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import strawberry
from pydantic.fields import FieldInfo
from strawberry import UNSET

from domain.engine import acts, parts
from domain.values import Value
from schema.fields import coded
from schema.matters_names import PartyKind
from schema.matters_values import MaterialBy, MatterVerdict

NAMES: Final[Mapping[type[Value], str]] = {
    parts.Material: "MatterMaterialInput",
    parts.Fact: "MatterFactInput",
    parts.Document: "MatterDocumentInput",
    parts.Recording: "MatterRecordingInput",
    parts.BankReceipt: "MatterBankReceiptInput",
    parts.Opinion: "MatterOpinionInput",
    parts.Outcome: "MatterOutcomeInput",
    parts.Fine: "MatterFineInput",
    parts.Fee: "MatterFeeInput",
    parts.Deviation: "MatterDeviationInput",
    parts.Approval: "MatterApprovalInput",
}
"""What the parts of acts are called in the contract."""

ServiceMethod: Final = coded(
    "ServiceMethod",
    {
        "direct": "直接送达",
        "mail": "邮寄送达",
        "electronic": "电子送达",
        "left": "留置送达",
        "entrusted": "委托送达",
        "announcement": "公告送达",
    },
    "送达方式: how a document is served (行政处罚法-61).",
)
ENUMS: Final[Mapping[tuple[str, ...], Any]] = {
    ("agree", "disagree", "neutral"): MatterVerdict,
    ("party", "organ"): MaterialBy,
    ("citizen", "organisation"): PartyKind,
    ("direct", "mail", "electronic", "left", "entrusted", "announcement"): ServiceMethod,
}
"""The enumerations of the contract by the closed lists of the domain."""

WORDS: Final[Mapping[str, str]] = {
    "amount": "金额: exact number in yuan.",
    "answer": "答复: what is answered (004-6).",
    "approval": "批准: who approved it, in which capacity, by which document (行政许可法-42).",
    "approved_by": "批准人: who approved it.",
    "bases": "基数: amounts that a multiple or a percentage is taken of, by name.",
    "bodies": "联合办理机关: codes of all bodies, the leading one included (R17).",
    "body": "机构代码: code of the body.",
    "by": "提供者或者批准人: who brought it, or who approved it.",
    "claims": "本机关的意见: whether your body holds itself to be competent (行政处罚法-25).",
    "code": "代码: its kind, as the procedure names it.",
    "confiscated": "没收金额: what is confiscated, in yuan.",
    "confirmed": "当事人同意: the party agreed in writing to electronic service (行政处罚法-61(2)).",
    "deviation": "偏离基准: a reasoned departure from the benchmark (004-7).",
    "digest": "摘要: SHA-256 of the content, 64 hexadecimal digits.",
    "document": "文书: kind of the paper.",
    "documents": "文书: papers made with the act (003-31(5)).",
    "event": "事件序号: number of the event that is corrected (003-33).",
    "facts": "要素: key facts as typed values (003-31(3)).",
    "fees": "收费: fees that are charged, within their standard (003-13).",
    "fines": "罚款: fines, one for each violation (004-7).",
    "ground": "事由: ground of the procedure's closed list (003-30).",
    "index": "卷内目录摘要: digest of the file's index.",
    "instead": "更正为: what holds instead (003-33).",
    "item": "权力编码: item of the other body under which it is to be handled, where it is known.",
    "items": "补正内容: everything that is missing, at once (行政许可法-32).",
    "lighter": "减轻情节: circumstance that allows less than the least (行政处罚法-32).",
    "limit": "期限: name of the limit.",
    "materials": "材料: materials it brings (003-31(1)).",
    "measures": "措施: measures of a penalty, by code (行政处罚法-9).",
    "method": "送达方式: how it was served.",
    "name": "名称: its name.",
    "note": "备注: a note on it.",
    "number": "编号: its number.",
    "of": "协助机关: code of the body that is asked (004-6).",
    "officers": "参与人员: account ids of officers who acted together with you (R14).",
    "opinion": "意见: your opinion; a negative one states its reasons (003-31(4)).",
    "other": "另一机关: code of the body with which there is a dispute (行政处罚法-25).",
    "outcome": "处理结果: what is decided (003-31(5)).",
    "paid_on": "缴款日期: the day of the payment.",
    "party": "当事人: reference to a registered party; never a name or a number (003-31(1)).",
    "party_kind": "当事人类别: a person or a unit.",
    "persons": "参加人员: account ids of officials who took part or signed.",
    "proposal": "处理建议: what is proposed to whoever decides.",
    "reasons": "理由: why (003-31(4)).",
    "receipts": "银行回执: the bank's receipts; the system takes no money (行政处罚法-67).",
    "received": "收到时间: when it came, if before it is recorded.",
    "recordings": "音像记录: entries of the recording manifest, by digest (004-4).",
    "referred_to": "告知去处: where the applicant can turn to (行政许可法-32).",
    "request": "协助请求: number of the request (004-6).",
    "result": "结果: its code in the procedure.",
    "right": "权利: the right of the procedure's list, such as to a hearing (行政处罚法-63).",
    "role": "职务: in which capacity.",
    "text": "内容: the words.",
    "tier": "裁量阶次: the tier of the benchmark (004-7).",
    "to": "去向: the step, the official or the body it goes to.",
    "told": "告知时限: the time needed, in the ground's unit (行政许可法-45).",
    "told_by": "告知文书: digest of the notice that told it.",
    "value": "数值: how much, in the limit's unit.",
    "verdict": "意见: what it says.",
    "violation": "违法行为: the violation, as the benchmark names it (004-7).",
    "waive": "放弃: true: the right is given up.",
    "what": "内容: what it is about.",
}
"""What a field of an act is for, where the act's own field does not say it."""


@strawberry.input(description="命名数额: an exact number with its name.")
class NamedAmount:
    """An entry of a table of amounts."""

    name: str = strawberry.field(description="名称: its name.")
    amount: Decimal = strawberry.field(description="数额: the number.")


def made(name: str, fields: Mapping[str, tuple[Any, Any]], description: str) -> Any:
    """Return an input type made of annotations and fields by name."""
    space: dict[str, Any] = {key: field for key, (_, field) in fields.items()}
    space |= {"__annotations__": {key: annotation for key, (annotation, _) in fields.items()}, "__doc__": description}
    return strawberry.input(type(name, (), space), description=description)


def fields_of(model: type[Value], without: Collection[str] = ()) -> dict[str, tuple[Any, Any]]:
    """Return the fields of an input for a value of the domain, without some of them."""
    return {name: _field(name, info) for name, info in model.model_fields.items() if name not in without}


def _field(name: str, info: FieldInfo) -> tuple[Any, Any]:
    kind = shown(info.annotation)
    words = WORDS.get(name, f"{name}: {info.description}")
    if info.is_required():
        return kind, strawberry.field(description=words)
    return kind | None, strawberry.field(description=words, default=UNSET)


@cache
def input_of(model: type[Value]) -> Any:
    """Return the input type of a part of an act."""
    words = " ".join((model.__doc__ or "").split())
    return made(NAMES[model], fields_of(model), words)


def shown(kind: Any) -> Any:
    """Return the type of the contract for a type of the domain."""
    origin = get_origin(kind)
    if origin is Annotated:
        return shown(get_args(kind)[0])
    if origin is Literal:
        return ENUMS[get_args(kind)]
    if origin is tuple:
        return list[shown(get_args(kind)[0])]  # type: ignore[misc]
    if origin is dict:
        return list[NamedAmount]
    if origin in (Union, types.UnionType):
        return shown(next(one for one in get_args(kind) if one is not type(None)))
    if isinstance(kind, type) and issubclass(kind, Value):
        return input_of(kind)
    return _PLAIN[kind]


_PLAIN: Final[Mapping[Any, Any]] = {one: one for one in (str, int, bool, date, datetime, Decimal)} | {
    parts.Moment: datetime
}


def plain(value: Any) -> Any:
    """Return what was sent as plain data; what was left out or null is not there."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        if value and all(isinstance(one, NamedAmount) for one in value):
            return {one.name: one.amount for one in value}
        return [plain(one) for one in value]
    if hasattr(value, "__strawberry_definition__"):
        found = {name: getattr(value, name) for name in value.__dataclass_fields__}
        return {name: plain(one) for name, one in found.items() if one is not UNSET and one is not None}
    return value


ACTS: Final[Mapping[str, type[Value]]] = {
    one.model_fields["kind"].default: one
    for one in vars(acts).values()
    if isinstance(one, type) and issubclass(one, Value) and "kind" in one.model_fields
}
"""The engine's acts by kind."""
