"""The ordinary course of a matter: record, opine, assign, complete, return, decide, serve, exercise, close, archive."""

from domain.engine.acts import Archive, Assign, Close, Complete, Decide, Exercise, Opine, Record, Return, Serve
from domain.engine.events import Marked, Note, Phased
from domain.engine.matter import Visit
from domain.engine.parts import Outcome
from domain.engine.refusals import (
    ActRefused,
    NoSuchWay,
    NotInThisPhase,
    ReasonsMissing,
    TooLate,
    TooOften,
    UnknownThing,
)
from domain.engine.turns import REASONS, SEQUENCE, Turn

OTHERWISE = ("intake", "decision")
"""Functions whose steps are left by an act of their own; closure too, where the closure is the end."""


def record(turn: Turn, act: Record) -> None:
    """登记: nothing moves. The party may add materials; everything else is for whoever is in charge."""
    if act.by.kind == "party":
        turn.of_party()
        return
    if act.by.body != turn.matter.body:
        turn.on_post(turn.visit())
    else:
        turn.in_charge()
    if act.visit or len(turn.matter.open_visits) == 1:
        turn.certified(turn.visit(), *act.officers)


def opine(turn: Turn, act: Opine) -> None:
    """签署意见 in one visit."""
    visit = turn.visit()
    turn.on_post(visit)
    turn.certified(visit, *act.officers)
    if act.opinion is None:
        raise UnknownThing("没有填写意见", "003-30", "请填写意见")


def assign(turn: Turn, act: Assign) -> None:  # noqa: ARG001 -- one signature for all acts
    """分派: by an official of the body that has the visit."""
    visit = turn.visit()
    turn.of_body(visit.body or turn.matter.body)


def complete(turn: Turn, act: Complete) -> None:
    """办结环节: everything the step needs is there, and the matter goes on along the flow (R1)."""
    visit = turn.visit()
    step = turn.step(visit)
    if step.function in OTHERWISE or (step.function == "closure" and step.end):
        raise turn.not_here()
    turn.on_post(visit)
    ways = turn.way(visit, act.to)
    if act.proposal is not None:
        _check_outcome(turn, act.proposal)
    turn.pass_gates(visit, tuple(gate for way in ways for gate in way.gates))
    turn.forward(visit, ways)


# 003-30, 003-32(5): 退回 goes back along the flow, with reasons; how often is counted and controlled.
def return_(turn: Turn, act: Return) -> None:
    """退回 to an earlier step of the same branch, never past the acceptance and not after the decision."""
    visit = turn.visit()
    turn.on_post(visit)
    if "decided" in turn.matter.marks:
        raise NotInThisPhase("已经作出决定，不能退回", SEQUENCE, "决定有错误的，另行依法纠正")
    possible = earlier_steps(turn, visit)
    if act.to not in possible:
        names = "、".join(turn.book.procedure.step(key).name for key in possible)
        raise NoSuchWay("不能退回到这一环节", SEQUENCE, f"可以退回：{names or '无'}")
    rule = turn.book.procedure.returns
    if rule is not None:
        times = sum(one.how == "returned" and one.step == visit.step for one in turn.matter.visits) + 1
        name = turn.step(visit).name
        if rule.most is not None and times > rule.most:
            raise TooOften(f"“{name}”已退回{rule.most}次", rule.clause, "请作出处理")
        if times >= rule.warn_from:
            text = f"“{name}”第{times}次退回"
            turn.notes.append(Note(code="repeated_return", clause=rule.clause, message=text))
    turn.back(visit, possible[act.to])


def earlier_steps(turn: Turn, visit: Visit) -> dict[str, Visit]:
    """Return the steps a visit can be returned to, each with its latest visit, the nearest first.

    A step was passed before, lies upstream in the same branch and after the acceptance; where the flow draws returns
    from here, only those.
    """
    procedure, found = turn.book.procedure, dict[str, Visit]()
    drawn = {way.target for way in procedure.backward(visit.step)}
    if "accepted" not in turn.matter.marks:
        return found
    for one in reversed(turn.matter.visits):
        step = procedure.by_key.get(one.step)
        passed = one.how == "completed" and visit.splits[: len(one.home)] == one.home
        if not passed or step is None or step.function in ("source", "intake") or one.step in found:
            continue
        if (not drawn or one.step in drawn) and procedure.leads(one.step, visit.step):
            found[one.step] = one
    return found


def decide(turn: Turn, act: Decide) -> None:
    """作出决定: what the law asks for has happened, and the outcome is within it."""
    visit = turn.visit("decision")
    turn.on_post(visit)
    _check_outcome(turn, act.outcome)
    ways = turn.way(visit, act.to)
    turn.pass_gates(visit, tuple(gate for way in ways for gate in way.gates))
    for fine in act.outcome.fines:
        if fine.deviation is not None:
            text = f"“{fine.violation}”偏离裁量基准：{fine.deviation.reasons}"
            turn.notes.append(Note(code="deviation", clause="003-32(6)", message=text))
    turn.effects.append(Marked(name="decided", at=turn.now))
    if mark := turn.book.procedure.results[act.outcome.result].marks:
        turn.effects.append(Marked(name=mark, at=turn.now))
    turn.forward(visit, ways)


def _check_outcome(turn: Turn, outcome: Outcome) -> None:
    procedure = turn.book.procedure
    rule = procedure.results.get(outcome.result)
    if rule is None:
        names = "、".join(one.name for one in procedure.results.values())
        raise UnknownThing("没有这一办理结果", SEQUENCE, f"请选择：{names}")
    if rule.negative and not outcome.reasons:
        raise ReasonsMissing(f"“{rule.name}”没有说明理由", REASONS, "请填写理由")
    if unknown := [one for one in outcome.measures if one not in procedure.measures]:
        raise UnknownThing(f"没有这一处罚种类：{'、'.join(unknown)}", "行政处罚法-9", "请选用法定的处罚种类")
    if procedure.measures and rule.punishes != bool(outcome.measures):
        text = "没有选择处罚种类" if rule.punishes else f"“{rule.name}”不应当有处罚种类"
        raise UnknownThing(text, "行政处罚法-57(1)", "请使处罚种类与办理结果一致")
    violations = [one.violation for one in outcome.fines]
    if len(set(violations)) != len(violations) and not turn.matter.merged:
        # Joined cases may hold the same violation more than once, each with a fine of its own.
        raise UnknownThing("同一违法行为写了两项罚款", "行政处罚法-29", "同一违法行为不得给予两次以上罚款")
    if outcome.fines and "fine" not in outcome.measures:
        raise UnknownThing("填写了罚款数额，但没有选择罚款", "行政处罚法-9", "请在处罚种类中选择罚款")


def serve(turn: Turn, act: Serve) -> None:
    """送达 of a document that is in the file; electronically only with the party's written consent."""
    rule = turn.book.procedure.documents.get(act.document)
    if rule is None or not any(one.code == act.document for one in (*turn.matter.documents, *act.documents)):
        raise UnknownThing("要送达的文书没有制作", "003-31(5)", "请先制作文书")
    turn.in_charge()
    turn.of_maker(rule)
    if act.method == "electronic" and not act.confirmed:
        raise ReasonsMissing("电子送达没有当事人的确认书", "行政处罚法-61(2)", "请先取得当事人确认")
    received = act.received or turn.now
    if received > turn.now or received < turn.matter.marks.get("received", received):
        raise UnknownThing("送达的时间不对", "003-31(2)", "请核对送达的时间")
    if rule.served_marks:
        turn.effects.append(Marked(name=rule.served_marks, at=received))


def exercise(turn: Turn, act: Exercise) -> None:
    """The party uses a right it was told of, within its limit, or gives it up."""
    rule = turn.book.procedure.rights.get(act.right)
    if rule is None:
        raise UnknownThing("本流程没有这项权利", SEQUENCE, "请核对权利的名称")
    turn.of_party_or_in_charge()
    told = turn.matter.marks.get(rule.told)
    if told is None:
        raise NotInThisPhase(f"尚未告知当事人“{rule.name}”的权利", rule.clause, "请先送达告知书")
    limit = turn.limit(rule.limit)
    if not act.waive and limit is not None and limit.passed(turn.today):
        raise TooLate(f"“{rule.name}”的期限已于{limit.due}届满", rule.clause, "可以告知当事人逾期的后果")
    turn.effects.append(Marked(name=rule.waived if act.waive else rule.exercised, at=turn.now))


def close(turn: Turn, act: Close) -> None:  # noqa: ARG001 -- one signature for all acts
    """办结 / 结案: in the closing step, or when all steps are done; what was to be decided is decided."""
    procedure = turn.book.procedure
    if "decided" not in turn.matter.marks and any(step.function == "decision" for step in procedure.steps):
        raise _unfinished("尚未作出决定，不能办结")
    if not turn.matter.open_visits:
        turn.of_body(turn.matter.body)
    else:
        visit = turn.visit("closure")
        if len(turn.matter.open_visits) > 1 or not turn.step(visit).end:
            raise _unfinished("还有环节没有办结")
        turn.on_post(visit)
        turn.pass_gates(visit)
    turn.end("finished", how="completed")


def _unfinished(reason: str) -> ActRefused:
    return NotInThisPhase(reason, SEQUENCE, "请按流程办完各环节")


def archive(turn: Turn, act: Archive) -> None:  # noqa: ARG001 -- one signature for all acts
    """归档: from here on only corrections."""
    turn.of_body(turn.matter.body)
    turn.effects += [Marked(name="archived", at=turn.now), Phased(phase="archived")]
