"""Gates: conditions on a step, evaluated by pure code, each with the clause that asks for it.

A gate looks at a scene — the matter, the act, the step, the rulebook and the moment — and yields what is missing. It
never changes anything, and it says everything at once. The table at the foot is the whole list; a procedure can ask
for no other (`domain.gate_names`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, get_args

from domain.engine import fines
from domain.engine.hearings import hearing_gaps, right_settled
from domain.engine.refusals import Shortfall
from domain.engine.reviews import review_due, review_gaps
from domain.engine.scenes import Scene
from domain.gate_names import GateName

Gate = Callable[[Scene], Iterator[Shortfall]]

LEAST_OFFICERS: Final = "least_officers"
LEAST_DISCUSSING: Final = "least_discussing"
SUMMARY_MOST: Final = {"citizen": "summary_most_citizen", "organisation": "summary_most_organisation"}
SUMMARY_MEASURES: Final = frozenset({"warning", "fine"})


# 行政处罚法-42(1), 004-11, 004-12: at least two qualified officers; nobody without a valid certificate, no aide.
def certified_officers(scene: Scene) -> Iterator[Shortfall]:
    """Everyone who acts must be certified on the day for body and field; who acted before was asked on that day."""
    yield from uncertified(scene, (scene.act.by.id, *scene.brought.officers))
    rule = scene.book.procedure.amounts.get(LEAST_OFFICERS)
    if rule is not None and len(scene.officers) < rule.value:
        yield scene.missing(
            "certified_officers",
            rule.clause,
            f"执法人员不得少于{rule.value.normalize():f}人，现有{len(scene.officers)}人",
            "请写明共同办理的执法人员",
        )


def uncertified(scene: Scene, officers: Iterable[str]) -> Iterator[Shortfall]:
    """Yield every officer without a certificate that is valid on the day, for the body and the field."""
    for officer in dict.fromkeys(officers):
        if scene.book.certified(officer, scene.body, scene.day) is None:
            name = scene.book.name(officer)
            yield scene.missing(
                "certified_officers",
                "004-11",
                f"{name}在{scene.day}没有本机关本领域有效的行政执法证件",
                "请由持有效执法证件的人员办理",
            )


# R16 (002-4.2.1): who accepted or investigated does not decide; 行政处罚法-64(4): nor chair the hearing.
def separation_of_duties(scene: Scene) -> Iterator[Shortfall]:
    """The doer must not have acted in a step whose function is kept apart from this one."""
    rule = scene.book.procedure.rule(scene.step.function)
    for visit in scene.matter.visits:
        past = scene.book.procedure.by_key.get(visit.step)
        if rule is None or past is None or past.function not in rule.apart_from or visit.number == scene.visit.number:
            continue
        if scene.act.by.id in visit.doers:
            yield scene.missing(
                "separation_of_duties",
                rule.clause,
                f"{scene.book.name(scene.act.by.id)}办理过“{past.name}”，不能再办理“{scene.step.name}”",
                "请改由其他人员办理",
            )
            return


# R8 (003-32(2)): the materials are checked against the guide of the pinned version.
def materials_complete(scene: Scene) -> Iterator[Shortfall]:
    """Every required material of the guide must be in the file."""
    guide = scene.book.item.guide if scene.book.item else None
    held = {one.name for one in (*scene.matter.materials, *scene.brought.materials)}
    for material in guide.materials if guide else ():
        if material.required and material.name not in held:
            yield scene.missing(
                "materials_complete", "003-32(2)", f"缺少必要材料“{material.name}”", "请一次告知申请人补正"
            )


# R11 (003-32(6), 003-15): a penalty beyond the law or the benchmark is stopped, unless a lawful deviation carries it.
def fine_within_range(scene: Scene) -> Iterator[Shortfall]:
    """Every fine must be inside the law and its tier, or deviate with reasons and approval."""
    outcome = scene.outcome
    if outcome is None:
        return
    facts = {**scene.matter.facts, **{fact.code: fact for fact in scene.brought.facts}}
    if "fine" in outcome.measures and not outcome.fines:
        yield scene.missing("fine_within_range", "003-32(6)", "决定罚款，但没有写明罚款的依据和数额", "请逐项填写罚款")
    for fine in outcome.fines:
        findings = tuple(fines.judge(fine, scene.book.benchmarks, facts))
        flaw = fines.deviation_flaw(fine, scene.act.by.id)
        for finding in findings:
            hard = finding.verdict in fines.HARD or finding.verdict == "below_law"
            if not hard and flaw is None:
                continue
            clause = "行政处罚法-32" if finding.verdict == "below_law" else "003-32(6)"
            todo = "请调整罚款数额" if hard else f"偏离裁量基准的，{flaw}"
            yield scene.missing("fine_within_range", clause, f"“{fine.violation}”：{finding.message}", todo)


# 行政许可法-59, 003-13(1): only published fees, within their standard.
def fee_within_standard(scene: Scene) -> Iterator[Shortfall]:
    """Every fee must be published and within its standard."""
    standards = {one.name: one for one in scene.book.fees}
    for fee in scene.outcome.fees if scene.outcome else ():
        standard = standards.get(fee.name)
        if standard is None:
            yield scene.missing(
                "fee_within_standard", "行政许可法-59", f"收费项目“{fee.name}”没有公布", "请取消该项收费"
            )
        elif fee.amount > standard.most:
            text = f"“{fee.name}”收费{fee.amount}元，超过标准{standard.most}元"
            yield scene.missing("fee_within_standard", standard.clause, text, "请按公布的标准收费")


# 行政处罚法-57(2): what is complex or grave is decided by the heads together.
def collective_discussion(scene: Scene) -> Iterator[Shortfall]:
    """Where a legality review is due, a record of a discussion by several persons must be in the file."""
    if not review_due(scene):
        return
    rule = scene.book.procedure.amounts.get(LEAST_DISCUSSING)
    record = scene.document("discussion_record")
    if record is None:
        yield scene.missing("collective_discussion", "行政处罚法-57(2)", "没有集体讨论记录", "请先经负责人集体讨论")
    elif rule is not None and len(set(record.persons)) < rule.value:
        text = f"集体讨论记录中只有{len(set(record.persons))}人参加"
        yield scene.missing("collective_discussion", rule.clause, text, "请由负责人集体讨论并记录参加人")


# R12 (004-5, 行政处罚法-58): no decision before the legality review has passed.
def legality_review_passed(scene: Scene) -> Iterator[Shortfall]:
    """The last legality review must have agreed to what is to be decided."""
    return review_gaps(scene)


# 行政处罚法-44, -62: no decision before the party was told what is intended and which rights it has.
def rights_told(scene: Scene) -> Iterator[Shortfall]:
    """A notice of the intended penalty must have been served, after it was proposed."""
    if scene.told_proposal is None and scene.punishing:
        text = "没有就拟作出的处罚告知当事人"
        yield scene.missing("rights_told", "行政处罚法-44", text, "请制作并送达行政处罚告知书")


# 行政处罚法-45(1), -62: the party is heard, unless it gives the right up in so many words or lets its time pass.
def statement_heard_or_waived(scene: Scene) -> Iterator[Shortfall]:
    """Statement and defence must have been made, given up, or not used in time."""
    if scene.punishing and not right_settled(scene, "statement"):
        yield scene.missing(
            "statement_heard_or_waived",
            "行政处罚法-45(1)",
            "当事人陈述、申辩的期间未满，也没有放弃",
            "请等待当事人陈述、申辩",
        )


# 行政处罚法-63, -64: where a hearing is due it was held, given up, or not asked for in time.
def hearing_held_or_waived(scene: Scene) -> Iterator[Shortfall]:
    """A hearing that the outcome calls for must be settled."""
    return hearing_gaps(scene)


# 行政处罚法-45(2): nobody is punished harder for having spoken up; what is new must be told anew.
def not_heavier_than_told(scene: Scene) -> Iterator[Shortfall]:
    """The decision must not go beyond what the party was told."""
    proposal, outcome = scene.told_proposal, scene.outcome
    if proposal is None or outcome is None:
        return
    told = proposal.outcome
    added = [one for one in outcome.measures if one not in told.measures]
    more = (outcome.confiscated or 0) > (told.confiscated or 0)
    if outcome.fine > told.fine or added or more:
        yield scene.missing(
            "not_heavier_than_told",
            "行政处罚法-45(2)",
            "决定的处罚重于告知当事人的处罚",
            "请减轻处罚；事实有变化的，重新告知",
        )


# 行政处罚法-57(1)(2)(3), -44: only who punishes must tell before; the shorter way is for everything else.
def no_penalty_intended(scene: Scene) -> Iterator[Shortfall]:
    """Nothing may be intended that has to be told first."""
    if scene.punishing:
        text = "拟给予行政处罚，应当先告知当事人"
        yield scene.missing("no_penalty_intended", "行政处罚法-44", text, "请进入告知环节")


# 行政处罚法-51: on the spot only a warning or a small fine.
def summary_ceiling(scene: Scene) -> Iterator[Shortfall]:
    """The outcome must be one that can be decided on the spot."""
    outcome = scene.outcome
    rule = scene.book.procedure.amounts.get(SUMMARY_MOST[scene.matter.party_kind])
    if outcome is None:
        return
    if set(outcome.measures) - SUMMARY_MEASURES:
        yield scene.missing("summary_ceiling", "行政处罚法-51", "简易程序只能给予警告或者小额罚款", "请改用普通程序")
    if rule is None or outcome.fine > rule.value:
        most = "" if rule is None else f"（{rule.value.normalize():f}元以下）"
        yield scene.missing(
            "summary_ceiling", "行政处罚法-51", f"罚款{outcome.fine}元超过简易程序的限额{most}", "请改用普通程序"
        )


# R9 (004-4, 行政处罚法-47): audio and video of the steps that need them.
def recording_complete(scene: Scene) -> Iterator[Shortfall]:
    """Every recording the procedure names for a step that was visited must be in the manifest."""
    held = {one.code for one in (*scene.matter.recordings, *scene.brought.recordings)}
    visited = {visit.step for visit in scene.matter.visits}
    for step in scene.book.procedure.steps:
        for code in step.needs.recordings if step.key in visited else ():
            if code not in held:
                name = scene.book.procedure.recordings[code].name
                text = f"环节“{step.name}”缺少音像记录“{name}”"
                yield scene.missing("recording_complete", "004-4", text, "请补充登记音像记录")


# R15 (行政处罚法-67): the system records the bank's receipts and takes no money.
def fine_settled(scene: Scene) -> Iterator[Shortfall]:
    """Fines and confiscations must be covered by the bank's receipts, or by a document on how they were enforced."""
    outcome = scene.matter.outcome
    if outcome is None or scene.document("enforcement_result") is not None:
        return
    owed = outcome.fine + (outcome.confiscated or 0)
    paid = sum(one.amount for one in (*scene.matter.receipts, *scene.brought.receipts))
    if paid < owed:
        text = f"应缴{owed}元，银行回执合计{paid}元"
        yield scene.missing("fine_settled", "行政处罚法-67(3)", text, "请登记银行缴款回执，或者登记强制执行结果")


# 004-6: what another body was asked for is answered before the matter is decided.
def no_open_assistance(scene: Scene) -> Iterator[Shortfall]:
    """Every request for assistance must be answered or taken back."""
    for one in scene.matter.assistances:
        if one.answered is None:
            text = f"向{one.of}提出的协助请求尚未答复"
            yield scene.missing("no_open_assistance", "004-6", text, "请登记答复或者撤回请求")


GATES: Final[Mapping[GateName, Gate]] = MappingProxyType(
    {
        "certified_officers": certified_officers,
        "collective_discussion": collective_discussion,
        "fee_within_standard": fee_within_standard,
        "fine_settled": fine_settled,
        "fine_within_range": fine_within_range,
        "hearing_held_or_waived": hearing_held_or_waived,
        "legality_review_passed": legality_review_passed,
        "materials_complete": materials_complete,
        "no_open_assistance": no_open_assistance,
        "no_penalty_intended": no_penalty_intended,
        "not_heavier_than_told": not_heavier_than_told,
        "recording_complete": recording_complete,
        "rights_told": rights_told,
        "separation_of_duties": separation_of_duties,
        "statement_heard_or_waived": statement_heard_or_waived,
        "summary_ceiling": summary_ceiling,
    }
)


def shut(scene: Scene, names: tuple[GateName, ...]) -> tuple[Shortfall, ...]:
    """Return everything that the named gates miss, in their order."""
    return tuple(gap for name in names for gap in GATES[name](scene))


if set(GATES) != set(get_args(GateName)):
    raise RuntimeError("the table of gates and the list of their names differ")
