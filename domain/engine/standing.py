"""What moves or stops the clock: 暂停, 恢复, 延长; and what is told about it: reminders, days counted anew."""

from domain.engine.acts import Extend, Recount, Remind, Resume, Suspend
from domain.engine.clocks import budget_left, deadline_of
from domain.engine.events import Note
from domain.engine.lapses import LEVEL_NAMES, due_reminders
from domain.engine.refusals import (
    NoSuchGround,
    NotExtendable,
    NotSuspended,
    TimeNotTold,
    TooLate,
    TooOften,
    UnknownThing,
)
from domain.engine.turns import Turn
from domain.procedure_parts import APPROVER_NAMES
from domain.words import UNIT_NAMES


# 003-30; the grounds are a closed list, and 行政许可法-45 wants the time needed to be told in writing.
def suspend(turn: Turn, act: Suspend) -> None:
    """暂停 on a lawful ground, within its budget."""
    turn.in_charge()
    ground = turn.book.procedure.by_hand.get(act.ground)
    if ground is None:
        names = "、".join(one.name for one in turn.book.procedure.by_hand.values())
        raise NoSuchGround("没有这一暂停的情形", "003-30", f"请选择：{names}" if names else "本流程不能暂停")
    if any(one.ground == act.ground for one in turn.matter.open_pauses):
        raise NoSuchGround(f"已经因“{ground.name}”暂停", ground.clause, "请先恢复")
    if ground.told and (act.told is None or act.told_by is None):
        raise TimeNotTold(f"因“{ground.name}”暂停的，所需时间应当书面告知", ground.clause, "请填写所需时间和告知书")
    left = budget_left(turn.matter, turn.book, act.ground)
    if left is not None and (act.told or 1) > left:
        unit = UNIT_NAMES[ground.unit]
        raise TimeNotTold(f"“{ground.name}”最多还可以暂停{left}{unit}", ground.clause, "请缩短所需时间")
    rule = turn.book.procedure.suspensions
    if rule is None:
        return
    times = len(turn.matter.pauses) + 1
    if rule.most is not None and times > rule.most:
        raise TooOften(f"已暂停{rule.most}次", rule.clause, "请继续办理")
    if times >= rule.warn_from:
        turn.notes.append(Note(code="repeated_suspension", clause=rule.clause, message=f"第{times}次暂停"))


def resume(turn: Turn, act: Resume) -> None:
    """恢复 of a pause that is open."""
    turn.in_charge()
    rests = act.ground not in turn.book.procedure.by_hand
    if rests or not any(one.ground == act.ground for one in turn.matter.open_pauses):
        raise NotSuspended("没有因这一情形暂停", "003-30", "请核对暂停的情形")


# 行政许可法-42: ten days more, by the head of the organ, before the limit has passed, and the reasons are told.
def extend(turn: Turn, act: Extend) -> None:
    """延长 of a limit, as far and as often as its rule allows, approved by whom the law names."""
    turn.in_charge()
    limit = turn.book.procedure.limits.get(act.limit)
    if limit is None or limit.extension is None:
        raise NotExtendable("这一期限不能延长", limit.clause if limit else "003-31(2)", "请在期限内办结")
    rule, running = limit.extension, deadline_of(turn.matter, turn.book, act.limit)
    granted = [one.value for one in turn.matter.extensions if one.limit == act.limit]
    if running is None or running.ended is not None:
        raise NotExtendable(f"“{limit.name}”不在计算之中", rule.clause, "无需延长")
    if running.passed(turn.today):
        raise TooLate(f"“{limit.name}”已于{running.due}届满，不能再延长", rule.clause, "请尽快办结并说明逾期原因")
    if len(granted) >= rule.times or sum(granted) + act.value > rule.value:
        most = f"最多延长{rule.times}次，共{rule.value}{UNIT_NAMES[limit.unit]}"
        raise NotExtendable(f"“{limit.name}”{most}", rule.clause, "请在期限内办结")
    if act.approval.role != rule.approver or act.approval.by == act.by.id:
        raise NotExtendable(f"延长应当经{APPROVER_NAMES[rule.approver]}批准", rule.clause, "请先报批")


def remind(turn: Turn, act: Remind) -> None:
    """A reminder that is due is recorded once for its visit (R10)."""
    turn.of_time()
    if act not in (one.act() for one in due_reminders(turn.matter, turn.book, turn.now)):
        raise UnknownThing(f"没有需要发出的{LEVEL_NAMES[act.level]}", "003-32(4)", "无需办理")


def recount(turn: Turn, act: Recount) -> None:  # noqa: ARG001 -- one signature for all acts
    """The move of a provisional day is journalled (house §2)."""
    turn.of_time()
