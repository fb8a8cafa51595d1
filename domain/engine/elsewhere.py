"""What leads out of the matter or joins it to others: assistance, 并案, 分案, withdrawal, termination, correction."""

from domain.engine.acts import (
    AnswerAssistance,
    BeMerged,
    Correct,
    Merge,
    RequestAssistance,
    Split,
    Terminate,
    Withdraw,
)
from domain.engine.between import before_decision
from domain.engine.parts import OtherMatter
from domain.engine.refusals import NoSuchGround, NotMergeable, NotProvided, UnknownThing
from domain.engine.turns import Turn

UNALTERED = "003-33"


# R14 (004-6, 行政处罚法-26): another body assists; the request is answered before the decision where a gate asks so.
def request_assistance(turn: Turn, act: RequestAssistance) -> None:
    """请求协助."""
    turn.in_charge()
    if turn.book.procedure.assistance is None:
        raise NotProvided("本流程没有协助", "004-6", "请自行办理")
    if act.of == turn.matter.body:
        raise UnknownThing("不能请求本机关协助", turn.book.procedure.assistance.clause, "请填写其他机关")


def answer_assistance(turn: Turn, act: AnswerAssistance) -> None:
    """答复协助, by the body asked or by whoever is in charge here."""
    asked = next((one for one in turn.matter.assistances if one.number == act.request), None)
    if asked is None or asked.answered is not None:
        raise UnknownThing("没有这一尚未答复的协助请求", "004-6", "请核对协助请求")
    if act.by.kind != "official" or act.by.body != asked.of:
        turn.in_charge()


# 003-30: several penalties are joined; the cases are of one party and one body, and none is decided.
def merge(turn: Turn, act: Merge) -> None:
    """并案: this case goes on and takes the others up."""
    turn.in_charge()
    before_decision(turn, "并案")
    known = {turn.matter.id, *turn.matter.merged}
    for other in act.others:
        if other.id in known:
            raise NotMergeable(f"{other.id}已在本案之中", "003-30", "请核对案件编号")
        known.add(other.id)
        _mergeable(turn, other)


def be_merged(turn: Turn, act: BeMerged) -> None:
    """并入: this case ends and goes on within the other."""
    turn.in_charge()
    before_decision(turn, "并案")
    if act.into.id == turn.matter.id:
        raise NotMergeable("不能并入本案自身", "003-30", "请核对案件编号")
    _mergeable(turn, act.into)
    turn.end("merged")


def _mergeable(turn: Turn, other: OtherMatter) -> None:
    matter, ground = turn.matter, turn.book.procedure.merging
    if ground is None:
        raise NotProvided("只有行政处罚案件可以并案", "003-30", "请分别办理")
    flaws = {
        f"{other.id}不是行政处罚案件": other.kind != matter.kind,
        f"{other.id}由其他机关办理": other.body != matter.body,
        f"{other.id}的当事人不同": not matter.party or other.party != matter.party,
        f"{other.id}不在办理之中": other.phase != "running",
        f"{other.id}已经作出决定": other.decided,
    }
    for flaw, found in flaws.items():
        if found:
            raise NotMergeable(f"{flaw}，不能并案", ground.clause, "请分别办理")


def split(turn: Turn, act: Split) -> None:
    """分案: further cases begin with this one as their origin."""
    turn.in_charge()
    before_decision(turn, "分案")
    if turn.book.procedure.splitting is None:
        raise NotProvided("本流程不能分案", "003-30", "请继续办理")
    taken = {turn.matter.id, *turn.matter.split_off}
    if len(set(act.off)) != len(act.off) or taken & set(act.off):
        raise UnknownThing("分出的案件编号重复", "003-30", "请使用新的案件编号")


def withdraw(turn: Turn, act: Withdraw) -> None:  # noqa: ARG001 -- one signature for all acts
    """撤回 by the applicant, while nothing is decided."""
    ground = turn.book.procedure.withdrawal
    if ground is None:
        raise NotProvided("依职权办理的事项不能撤回", "003-30", "请按流程办理")
    before_decision(turn, "撤回")
    turn.of_party_or_in_charge()
    turn.end("withdrawn")


def terminate(turn: Turn, act: Terminate) -> None:
    """终止 on a ground of the list."""
    turn.in_charge()
    ground = turn.book.procedure.terminations.get(act.ground)
    if ground is None:
        names = "、".join(one.name for one in turn.book.procedure.terminations.values())
        raise NoSuchGround("没有这一终止的情形", "003-30", f"请选择：{names}" if names else "本流程不能终止")
    if not ground.also_decided:
        before_decision(turn, "终止")
    turn.end("terminated")


# 003-33: what was recorded is not altered; a correction is a further act that points at the earlier one.
def correct(turn: Turn, act: Correct) -> None:
    """更正: of something that was recorded in this matter, by its body."""
    turn.of_body(turn.matter.body)
    if act.event > turn.matter.seq:
        raise UnknownThing(f"没有第{act.event}号记录", UNALTERED, "请核对记录的序号")
