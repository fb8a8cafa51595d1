"""Between bodies (R14; 004-6): 移送 on a ground of the list, and disputes over which body is competent.

行政处罚法-25(2): bodies that dispute consult one another; what they do not agree upon goes to their common superior, who
designates. While they consult, the clock rests as far as the procedure lets it, and whoever was sent a matter sends it on
to nobody (市场监督管理行政处罚程序规定-15).
"""

from domain.engine.acts_between import AnswerTransfer, Designate, RaiseDispute, StateJurisdiction, Transfer
from domain.engine.clocks import budget_left
from domain.engine.events import Rested, Settled
from domain.engine.parts import Dispute
from domain.engine.refusals import NoSuchGround, NotInThisPhase, NotProvided, UnknownThing, WrongPost
from domain.engine.turns import POSTS, Turn
from domain.procedure_parts import DisputeRule

RETURNED = "returned"
"""The ground on which what was not accepted comes back: it may be sent elsewhere, to whom it belongs."""

NOT_OURS = "not_competent"
"""The ground of non-acceptance on which a matter goes back to the body that sent it; on all others it was dealt with."""

DESIGNATED = "designated"
AGREED = "agreed"
SENT_ONCE = "市场监督管理行政处罚程序规定-15"


def before_decision(turn: Turn, doing: str) -> None:
    """Refuse what may only be done while nothing is decided."""
    if "decided" in turn.matter.marks:
        raise NotInThisPhase(f"已经作出决定，不能{doing}", "003-29", "请按流程执行决定")


# 004-6, 行政处罚法-22, -27: what belongs to another body goes there, on a ground of the list.
def transfer(turn: Turn, act: Transfer) -> None:
    """移送: the matter ends here."""
    turn.in_charge()
    before_decision(turn, "移送")
    ground = turn.book.procedure.transfers.get(act.ground)
    if ground is None:
        names = "、".join(one.name for one in turn.book.procedure.transfers.values())
        raise NoSuchGround("没有这一移送的情形", "004-6", f"请选择：{names}" if names else "本流程不能移送")
    if act.to == turn.matter.body:
        raise UnknownThing("不能移送给本机关", ground.clause, "请填写其他机关")
    if turn.matter.came_by not in ("", RETURNED) and turn.book.procedure.dispute is not None:
        raise NotProvided("本件由其他机关移送，不得再自行移送", SENT_ONCE, "对管辖权有异议的，请提出管辖争议")
    if turn.matter.open_dispute is not None:
        raise NotProvided("管辖争议尚未解决，不能移送", SENT_ONCE, "请等待指定管辖")
    turn.end("transferred")


def answer_transfer(turn: Turn, act: AnswerTransfer) -> None:  # noqa: ARG001 -- one signature for all acts
    """移送回执: recorded by the system with what the other body did there."""
    turn.of_time()
    if turn.matter.sent is None or turn.matter.sent.answered is not None:
        raise UnknownThing("没有等待回执的移送", "004-6", "无需办理")


def raise_dispute(turn: Turn, act: RaiseDispute) -> None:
    """提出管辖争议 with another body, while nothing is decided."""
    turn.in_charge()
    before_decision(turn, "提出管辖争议")
    rule = _rule(turn)
    if turn.matter.open_dispute is not None:
        raise UnknownThing("已有一项管辖争议尚未解决", rule.clause, "请等待指定管辖")
    if act.other == turn.matter.body:
        raise UnknownThing("不能与本机关发生管辖争议", rule.clause, "请填写其他机关")
    if not act.superior:
        raise NotProvided("没有可以指定管辖的共同上级", rule.clause, "请报请本级人民政府指定")
    stopped = any(one.ground == rule.pause for one in turn.matter.open_pauses)
    left = budget_left(turn.matter, turn.book, rule.pause)
    if not stopped and (left is None or left > 0):
        turn.effects.append(Rested(ground=rule.pause))


def state_jurisdiction(turn: Turn, act: StateJurisdiction) -> None:
    """陈述管辖意见, by either of the two; where they agree, that settles it."""
    rule, dispute = _open(turn)
    body = act.by.body
    if act.by.kind != "official" or body not in (turn.matter.body, dispute.other):
        raise WrongPost("只有发生争议的两个机关可以陈述管辖意见", POSTS, "请由有关机关办理")
    if dispute.said(body) is not None:
        raise UnknownThing("本机关已经陈述过管辖意见", rule.clause, "请等待指定管辖")
    own = dispute.statements[0]
    if act.claims != own.claims:
        _settle(turn, rule, body if act.claims else own.body, act.becomes, AGREED)


def designate(turn: Turn, act: Designate) -> None:
    """指定管辖, by the common superior, once both have been heard or the time for it is over."""
    rule, dispute = _open(turn)
    if act.by.kind != "official" or act.by.body != dispute.superior:
        raise WrongPost("指定管辖由共同的上级机关办理", POSTS, "请由上级机关办理")
    consulting = any(one.ground == rule.pause for one in turn.matter.open_pauses)
    if dispute.said(dispute.other) is None and consulting:
        raise UnknownThing("另一机关还没有陈述管辖意见", rule.clause, "请等待其陈述，或者等待协商期限届满")
    _settle(turn, rule, act.to, act.becomes, DESIGNATED)


def _rule(turn: Turn) -> DisputeRule:
    if turn.book.procedure.dispute is None:
        raise NotProvided("本流程没有管辖争议", "004-6", "请自行办理")
    return turn.book.procedure.dispute


def _open(turn: Turn) -> tuple[DisputeRule, Dispute]:
    rule, dispute = _rule(turn), turn.matter.open_dispute
    if dispute is None:
        raise UnknownThing("没有尚未解决的管辖争议", rule.clause, "请核对办件")
    return rule, dispute


def _settle(turn: Turn, rule: DisputeRule, to: str, becomes: str, ground: str) -> None:
    """End the dispute; where another body is competent the matter ends here and begins there."""
    elsewhere = to != turn.matter.body
    turn.effects.append(Settled(to=to, pause=rule.pause, ground=ground if elsewhere else "", becomes=becomes))
    if elsewhere:
        turn.end("transferred")
