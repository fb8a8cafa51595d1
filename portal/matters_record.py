"""The record 办理记录 in words: what each act said, so that nobody has to read events as data (003-31, 003-33)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from domain.engine.parts import Outcome
from domain.procedures import Procedure
from portal.labels import mark
from portal.matters_words import METHODS, PARTIES, VERDICTS, act_name
from portal.rendering import LOCAL
from resolvers.matters import EventView, MatterView

Said = tuple[str, str]
OF_BODIES: Final = ("to", "of", "other")
"""Fields that may hold the code of a body."""

LEVELS: Final = {"reminder": mark("提醒"), "warning": mark("预警"), "alarm": mark("报警")}
DEEMED: Final = {
    "accepted": mark("逾期没有告知，视为受理"),
    "abandoned": mark("逾期没有补正，视为放弃"),
    "pause_over": mark("暂停的期限已满，恢复计时"),
}


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One event as it is told: what was said in it, and what was pointed out about it with its clause."""

    seq: int
    name: str
    by: str
    at: datetime
    said: tuple[Said, ...]
    notes: tuple[Said, ...]


def lines_of(
    view: MatterView, events: tuple[EventView, ...], bodies: Mapping[str, str] = MappingProxyType({})
) -> tuple[RecordLine, ...]:
    """Return the record in words, in the order of the events; ``bodies`` are names of bodies by their codes."""
    return tuple(
        RecordLine(
            one.seq,
            act_name(one.kind, view.row.kind),
            one.by,
            one.at,
            tuple(_said(view, one, bodies)),
            tuple((note.message, note.clause) for note in one.event.notes),
        )
        for one in events
    )


def _said(view: MatterView, event: EventView, bodies: Mapping[str, str]) -> Iterator[Said]:
    act, procedure = event.event.act, view.procedure
    given = dict(act)
    ground = _ground(procedure, event.kind, given.get("ground"))
    if ground:
        yield mark("情形"), ground
    if "claims" in given:
        yield mark("本机关的意见"), mark("属于本机关管辖") if given["claims"] else mark("不属于本机关管辖")
    for name, label, words in PLAIN:
        value = given.get(name)
        if value not in (None, "", (), False):
            of_step = name == "limit" and given.get("limit_of") == "step"
            named = bodies.get(value) if name in OF_BODIES else None
            yield label, named or (_step(view, value) if of_step else words(view, value))
    yield from _brought(view, given)


def _ground(procedure: Procedure, kind: str, code: str | None) -> str:
    if not code:
        return ""
    for found in (procedure.refusals, procedure.pauses, procedure.terminations, procedure.transfers):
        if code in found:
            return f"{found[code].name}（{found[code].clause}）"
    return f"{kind}：{code}"


def _brought(view: MatterView, given: dict[str, Any]) -> Iterator[Said]:
    procedure = view.procedure
    if materials := given.get("materials"):
        yield mark("材料"), "、".join(f"{one.name}{'（' + one.note + '）' if one.note else ''}" for one in materials)
    if documents := given.get("documents"):
        names = procedure.documents
        yield mark("文书"), "、".join(names[one.code].name if one.code in names else one.code for one in documents)
    if recordings := given.get("recordings"):
        rules = procedure.recordings
        yield mark("音像记录"), "、".join(rules[one.code].name if one.code in rules else one.code for one in recordings)
    if facts := given.get("facts"):
        rule = procedure.facts
        yield mark("事实"), "、".join(f"{rule[one.code].name if one.code in rule else one.code}" for one in facts)
    if receipts := given.get("receipts"):
        yield mark("银行回执"), "、".join(f"{one.number}，{one.amount:f}元" for one in receipts)


def outcome_text(view: MatterView, outcome: Outcome) -> str:
    """Return a proposal or decision in one sentence."""
    procedure = view.procedure
    result = procedure.results.get(outcome.result)
    words = [result.name if result else outcome.result]
    words += [procedure.measures[one].name for one in outcome.measures if one in procedure.measures]
    words += [
        f"{one.violation}罚款{one.amount:f}元{'（' + one.tier + '）' if one.tier else ''}" for one in outcome.fines
    ]
    words += [f"收取{one.name}{one.amount:f}元" for one in outcome.fees]
    if outcome.confiscated is not None:
        words.append(f"没收{outcome.confiscated:f}元")
    text = "；".join(words)
    return f"{text}。理由：{outcome.reasons}" if outcome.reasons else text


def _step(view: MatterView, key: Any) -> str:
    found = view.procedure.by_key.get(str(key))
    return found.name if found else view.name(str(key))


def _plain(view: MatterView, value: Any) -> str:  # noqa: ARG001 -- one signature for all words
    return str(value)


def _moment(view: MatterView, value: Any) -> str:  # noqa: ARG001 -- one signature for all words
    return str(value.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")) if isinstance(value, datetime) else str(value)


def _list(view: MatterView, value: Any) -> str:
    return "；".join(view.name(str(one)) for one in value)


def _opinion(view: MatterView, value: Any) -> str:  # noqa: ARG001 -- one signature for all words
    return "；".join(one for one in (VERDICTS[value.verdict], value.text, value.reasons) if one)


def _approval(view: MatterView, value: Any) -> str:
    return f"{view.name(value.by)}{'，' + value.document if value.document else ''}"


def _document(view: MatterView, value: Any) -> str:
    found = view.procedure.documents.get(value)
    return found.name if found else str(value)


def _limit(view: MatterView, value: Any) -> str:
    found = view.procedure.limits.get(value)
    return found.name if found else _step(view, value)


def _right(view: MatterView, value: Any) -> str:
    found = view.procedure.rights.get(value)
    return found.name if found else str(value)


PLAIN: Final[tuple[tuple[str, str, Callable[[MatterView, Any], str]], ...]] = (
    ("to", mark("去向"), _step),
    ("reasons", mark("理由"), _plain),
    ("referred_to", mark("告知向何处申请"), _plain),
    ("items", mark("需要补正的内容"), _list),
    ("opinion", mark("意见"), _opinion),
    ("proposal", mark("拟作出的决定"), outcome_text),
    ("outcome", mark("决定"), outcome_text),
    ("document", mark("送达的文书"), _document),
    ("method", mark("送达方式"), lambda _, value: METHODS.get(value, value)),
    ("received", mark("收到的时间"), _moment),
    ("right", mark("权利"), _right),
    ("waive", mark("放弃"), lambda _, __: "是"),
    ("told", mark("告知的所需时间"), _plain),
    ("limit", mark("期限"), _limit),
    ("value", mark("延长多少"), _plain),
    ("approval", mark("批准人"), _approval),
    ("of", mark("请求协助的机关"), _plain),
    ("answer", mark("答复"), _plain),
    ("officers", mark("共同办理的人员"), _list),
    ("party_kind", mark("当事人的类型"), lambda _, value: PARTIES.get(value, value)),
    ("level", mark("级别"), lambda _, value: LEVELS.get(value, value)),
    ("what", mark("内容"), lambda _, value: DEEMED.get(value, value)),
    ("instead", mark("更正为"), _plain),
    ("event", mark("更正哪一条记录"), _plain),
    ("off", mark("分出的案件"), _list),
    ("other", mark("另一机关"), _plain),
    ("accepted", mark("已接收"), lambda _, __: "是"),
    ("becomes", mark("在另一机关或者退回后的编号"), _plain),
)
"""Fields of acts that are told, with their words."""
