"""From the registration to the acceptance: 登记, 受理, 不予受理, 一次告知补正 (行政许可法-32; for penalties 立案, 行政处罚法-54)."""

from datetime import datetime

from domain.engine.acts import Accept, AskSupplement, Deem, NameParty, Open, RefuseAcceptance, Supplement
from domain.engine.days import civil_day
from domain.engine.events import Marked, Note, Phased
from domain.engine.lapses import due_acts
from domain.engine.refusals import (
    AlreadySupplemented,
    NoSuchGround,
    NotInThisPhase,
    NotProvided,
    TooLate,
    UnknownThing,
    WaitingForSupplement,
)
from domain.engine.turns import Turn


def open_(turn: Turn, act: Open) -> None:
    """登记: the matter begins; the materials came when they came, but never later than now."""
    received = _not_in_future(turn, act.received)
    if act.bodies and act.body not in act.bodies:
        raise UnknownThing("牵头机关不在联合办理的机关之列", "003-11", "请把牵头机关列入")
    if len(set(act.bodies)) != len(act.bodies):
        raise UnknownThing("联合办理的机关有重复", "003-11", "请核对联合办理的机关")
    turn.begin()
    turn.effects += [
        Marked(name="received", at=received),
        Marked(name="materials_received", at=received),
        Phased(phase="received"),
    ]


def _not_in_future(turn: Turn, moment: datetime | None) -> datetime:
    if moment is not None and turn.act.by.kind == "party":
        raise UnknownThing("收到的时间由系统登记", "003-31(2)", "请勿填写收到的时间")
    if moment is not None and moment > turn.now:
        raise UnknownThing("收到的时间晚于登记的时间", "003-31(2)", "请核对收到的时间")
    return moment or turn.now


def name_party(turn: Turn, act: NameParty) -> None:  # noqa: ARG001 -- one signature for all acts
    """确认当事人 by whoever is in charge; after a decision it is a matter of another decision."""
    turn.in_charge()
    if "decided" in turn.matter.marks:
        raise NotInThisPhase("已经作出决定，不能改变当事人", "003-31(1)", "确有错误的，另行依法纠正")


def accept(turn: Turn, act: Accept) -> None:
    """受理 / 立案: what the step needs is there, the clock starts, the rules are fixed, the first step is entered."""
    visit = turn.visit("intake")
    turn.on_post(visit)
    _refuse_while_waiting(turn)
    turn.pass_gates(visit)
    ways = turn.way(visit, act.to)
    turn.accepted(turn.now)
    turn.forward(visit, ways)


def refuse_acceptance(turn: Turn, act: RefuseAcceptance) -> None:
    """不予受理: on a lawful ground, with reasons; a written voucher is served afterwards (行政许可法-32(2))."""
    visit = turn.visit("intake")
    turn.on_post(visit)
    if act.ground not in turn.book.procedure.refusals:
        names = "、".join(ground.name for ground in turn.book.procedure.refusals.values())
        raise NoSuchGround("没有这一不予受理的情形", "行政许可法-32(1)", f"请选择：{names}")
    turn.end("not_accepted", how="completed")


# 行政许可法-32(1)(4): once, all at once, within the limit; 003-32(5): repetition is controlled.
def ask_supplement(turn: Turn, act: AskSupplement) -> None:
    """一次告知补正."""
    visit = turn.visit("intake")
    turn.on_post(visit)
    rule = turn.book.procedure.supplement
    if rule is None:
        raise NotProvided("本流程没有补正", "003-30", "请直接决定是否受理")
    _refuse_while_waiting(turn)
    if len(turn.matter.supplements) >= rule.times:
        raise AlreadySupplemented(
            f"已经告知补正{rule.times}次，不得再次要求补正", rule.clause, "请根据现有材料决定是否受理"
        )
    limit = turn.limit(rule.limit)
    if limit is not None and limit.passed(turn.today):
        # Where silence is not acceptance the party may still be told, late; the lateness is pointed out.
        message = f"告知补正的期限已于{limit.due}届满"
        turn.notes.append(Note(code="late_supplement", clause=rule.clause, message=message))
    if len(set(act.items)) != len(act.items):
        raise UnknownThing("补正内容有重复", rule.clause, "请核对补正内容")


def supplement(turn: Turn, act: Supplement) -> None:
    """补正: the materials have come; the limit for the acceptance begins anew with them."""
    asked = turn.matter.open_supplement
    if asked is None:
        raise NotProvided("没有尚未补正的告知", "行政许可法-32(1)", "请直接登记材料")
    received = _not_in_future(turn, act.received)
    if received < asked.asked:
        raise UnknownThing("补正的时间早于告知的时间", "003-31(2)", "请核对补正的时间")
    turn.of_party_or_in_charge()
    turn.effects.append(Marked(name="materials_received", at=received))


def _refuse_while_waiting(turn: Turn) -> None:
    if (asked := turn.matter.open_supplement) is not None:
        text = f"已于{civil_day(asked.asked)}告知补正，材料尚未补正"
        raise WaitingForSupplement(text, "行政许可法-32(1)", "请等待申请人补正")


def deem(turn: Turn, act: Deem) -> None:
    """What time has done: only what is due at this moment can be recorded, word for word."""
    turn.of_time()
    if act not in due_acts(turn.matter, turn.book, turn.now):
        raise TooLate("期限没有届满，或者已经记录", "003-32(4)", "无需办理")
    if act.what == "accepted":
        visit = turn.visit("intake")
        turn.accepted(act.since)
        turn.forward(visit, turn.book.procedure.forward(visit.step)[:1])
    elif act.what == "abandoned":
        turn.end("abandoned")
