"""Rights of the party and hearings: told, exercised, given up, or gone with time (行政处罚法-45, -63, -64)."""

from collections.abc import Iterator
from datetime import date, timedelta

from domain.engine.clocks import deadline_of
from domain.engine.days import civil_day
from domain.engine.matter import Matter
from domain.engine.parts import Outcome
from domain.engine.refusals import Shortfall
from domain.engine.rulebook import Rulebook
from domain.engine.scenes import Scene
from domain.procedure_parts import RightRule
from domain.procedures import Procedure

NOTICE = "hearing_notice"
HEARING_DAY = "hearing_day"


def hearing_due(outcome: Outcome, party_kind: str, procedure: Procedure) -> bool:
    """Tell whether an outcome may only be decided after a hearing was offered (行政处罚法-63(1)).

    Where no amount says what a large fine is, every fine and confiscation counts as large: the doubt is the party's
    gain. Amounts differ by province and come with the profile.
    """
    rule = procedure.hearing
    if rule is None:
        return False
    if set(outcome.measures) & set(rule.measures):
        return True
    code = rule.large_amounts.get("citizen" if party_kind == "citizen" else "organisation")
    large = procedure.amounts[code].value if code else None
    return any(amount > 0 and (large is None or amount >= large) for amount in (outcome.fine, outcome.confiscated or 0))


def right_settled(scene: Scene, right: str) -> bool:
    """Tell whether a right was told and then exercised, given up, or not used within its limit.

    A right told anew opens anew: only what happened after the last telling counts. Where the law sets no limit, the
    last day is the one that the notice told (a recorded fact); without either the right stays open.
    """
    rule = scene.book.procedure.rights.get(right)
    if rule is None:
        return True
    return rule.told in scene.matter.marks and _over(scene.matter, scene.book, rule, scene.day)


def open_rights(matter: Matter, book: Rulebook, day: date) -> tuple[str, ...]:
    """Return the rights that the party was told of and can still use on a day."""
    rules = book.procedure.rights
    return tuple(
        code for code, rule in rules.items() if rule.told in matter.marks and not _over(matter, book, rule, day)
    )


def _over(matter: Matter, book: Rulebook, rule: RightRule, day: date) -> bool:
    """Tell whether a right that was told was used, given up, or has passed."""
    told = matter.marks[rule.told]
    done = (matter.marks.get(mark) for mark in (rule.exercised, rule.waived))
    if any(mark is not None and mark >= told for mark in done):
        return True
    until = matter.facts.get(rule.until)
    if until is not None and until.day is not None and day > until.day > civil_day(told):
        return True
    limit = deadline_of(matter, book, rule.limit) if rule.limit else None
    return limit is not None and limit.passed(day)


def hearing_gaps(scene: Scene) -> Iterator[Shortfall]:
    """Yield what is missing of a hearing that the outcome calls for, or whose right the party was told of."""
    rule, outcome = scene.book.procedure.hearing, scene.outcome
    if rule is None or outcome is None:
        return
    right, marks = scene.book.procedure.rights[rule.right], scene.matter.marks
    told, asked, waived = (marks.get(mark) for mark in (right.told, right.exercised, right.waived))
    if told is None and not hearing_due(outcome, scene.matter.party_kind, scene.book.procedure):
        return
    gate, held = "hearing_held_or_waived", marks.get(rule.held)
    open_request = asked is not None and (held is None or held < asked) and (waived is None or waived < asked)
    if told is None:
        yield scene.missing(gate, rule.clause, "没有告知当事人要求听证的权利", "请制作并送达听证告知书")
    elif open_request:
        yield scene.missing(gate, rule.clause, "当事人要求听证，听证尚未举行", "请组织听证")
    elif held is not None and held >= told:
        yield from _notice_gap(scene, gate)
    elif not right_settled(scene, rule.right):
        yield scene.missing(gate, right.clause, "当事人要求听证的期限未满，也没有放弃", "请等待期限届满")


# 行政处罚法-64(1)(2): seven days before the hearing the party is told of time and place. Neither the day of the notice
# nor the day of the hearing is one of the seven: in doubt the party has the longer time.
def _notice_gap(scene: Scene, gate: str) -> Iterator[Shortfall]:
    limit, fact = scene.book.procedure.limits.get(NOTICE), scene.matter.facts.get(HEARING_DAY)
    if limit is None:
        return
    served = scene.last_served(NOTICE)
    if served is None or fact is None or fact.day is None:
        yield scene.missing(gate, limit.clause, "没有听证通知的送达记录或者听证日期", "请登记听证通知书和听证日期")
        return
    notified = civil_day(served.received)
    one = timedelta(days=1)
    between = scene.book.calendar.working_days_between(notified + one, fact.day - one)
    if between < limit.value:
        text = f"听证通知距听证只有{between}个工作日，应当不少于{limit.value}个工作日"
        yield scene.missing(gate, limit.clause, text, "请重新通知并改期举行听证")
