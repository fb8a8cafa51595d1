"""Scoring: the score is its ledger, nothing else. Every point that is lost has an entry with rule, clause and evidence (S7).

A body's ledger is the whole. Its units and posts are scored by those of its lines that are theirs, with the same points and numbers:
so what they lost and what was given to none of them is together what the body lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from domain.assessments.scheme import ADDITIONS, Indicator, Scheme
from domain.assessments.subjects import WHOLE_BODY, How, Place, Subject
from domain.metrics import BY_ID

NOTHING: Final = Decimal(0)
FULL_WORDS: Final = "（本项已扣满，不再扣分）"
FULL_GIVEN: Final = "（本项已加满，不再加分）"


@dataclass(frozen=True, slots=True)
class AlertFact:
    """An alert of the period that was not lifted as unfounded or beyond the body's power."""

    id: int
    rule: str
    clause: str
    grade: str
    points: Decimal
    message: str
    matter_id: int | None = None
    matter_number: str = ""
    place: Place = WHOLE_BODY


@dataclass(frozen=True, slots=True)
class ManualFact:
    """What one supervisor proposed with its evidence and another one confirmed; ``points`` are never negative."""

    id: int
    indicator: str
    points: Decimal
    clause: str
    words: str


@dataclass(frozen=True, slots=True)
class FindingFact:
    """A finding of the period: its case, its result, and the violation that it names."""

    matter_id: int
    number: str
    result: str
    result_name: str
    violation: str
    words: str
    place: Place = WHOLE_BODY


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger: what was taken off, why, where the evidence is, and whose step it was; ``veto``: 一票否决, by what."""

    indicator: str
    points: Decimal
    clause: str
    words: str
    rule: str = ""
    stream: str = ""
    alert_id: int | None = None
    matter_id: int | None = None
    measure: Decimal | None = None
    unit: str = ""
    post: str = ""
    attribution: How = ""
    veto: str = ""
    no: int = 0

    def belongs(self, subject: Subject) -> bool:
        """Say whether it is a line of a subject; every line is one of the body's."""
        return subject.kind == "body" or subject in Place(self.unit, self.post).subjects


@dataclass(frozen=True, slots=True)
class Score:
    """A subject's score with its ledger; ``veto`` says what capped it."""

    total: Decimal
    grade: str
    entries: tuple[Entry, ...]
    veto: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a body in a period; ``steps``: how many stays in steps were whose, the body's own being all of them."""

    alerts: Sequence[AlertFact] = ()
    findings: Sequence[FindingFact] = ()
    figures: Mapping[str, int | None] | None = None
    manual: Sequence[ManualFact] = ()
    steps: Mapping[Subject, int] = field(default_factory=dict)


def score(scheme: Scheme, evidence: Evidence) -> Score:
    """Return the score of a body: full points, less what the ledger takes off and more what it adds, never below nothing."""
    entries = [entry for one in scheme.indicators for entry in _capped(one, _entries(one, scheme, evidence))]
    return totalled(scheme, (replace(entry, no=number) for number, entry in enumerate(entries, 1)))


def share(scheme: Scheme, whole: Score, subject: Subject) -> Score:
    """Return the score of a unit or a post of a body: full points, less its own lines of the body's ledger."""
    codes = scheme.of(subject.kind)
    return totalled(scheme, (one for one in whole.entries if one.indicator in codes and one.belongs(subject)))


def totalled(scheme: Scheme, entries: Iterable[Entry], veto: str = "") -> Score:
    """Return the score that a ledger makes; ``veto`` where it is told beside the lines."""
    kept = tuple(entries)
    total = max(NOTHING, scheme.full + sum((one.points for one in kept), NOTHING))
    veto = next((one.veto for one in kept if one.veto), veto)
    if veto:
        total = min(total, scheme.veto.most)
    return Score(total, scheme.grade(total).code, kept, veto)


def _entries(one: Indicator, scheme: Scheme, evidence: Evidence) -> Iterable[Entry]:
    if one.source == "alerts":
        return [_of_alert(one, alert) for alert in evidence.alerts if alert.points]
    if one.source == "findings":
        known = scheme.veto.violations
        return [_of_finding(one, found, known) for found in evidence.findings if found.result in one.points]
    if one.source == "manual":
        return [_of_manual(one, fact) for fact in evidence.manual if fact.indicator == one.code]
    return _of_metric(one, (evidence.figures or {}).get(one.metric))


def _of_alert(one: Indicator, alert: AlertFact) -> Entry:
    about = f"{alert.matter_number}：" if alert.matter_number else ""
    return Entry(
        indicator=one.code,
        points=-alert.points,
        clause=alert.clause,
        words=f"{about}{alert.message}",
        rule=alert.rule,
        stream=f"alert:{alert.id}",
        alert_id=alert.id,
        matter_id=alert.matter_id,
        **_placed(alert.place),
    )


def _placed(place: Place) -> dict[str, Any]:
    return {"unit": place.unit, "post": place.post, "attribution": place.how}


def _of_manual(one: Indicator, fact: ManualFact) -> Entry:
    points = fact.points if one.code == ADDITIONS else -fact.points
    return Entry(one.code, points, fact.clause, fact.words, stream=f"score_item:{fact.id}", attribution="whole")


def _of_finding(one: Indicator, found: FindingFact, vetoing: Sequence[str]) -> Entry:
    return Entry(
        indicator=one.code,
        points=-one.points[found.result],
        clause=one.clause,
        words=f"督办{found.number}认定{found.result_name}：{found.words}",
        stream=f"matter:{found.matter_id}",
        matter_id=found.matter_id,
        **_placed(found.place),
        veto=found.words if found.violation in vetoing else "",
    )


# A figure that could not be counted says nothing, and costs nothing.
def _of_metric(one: Indicator, value: int | None) -> Iterable[Entry]:
    if value is None:
        return
    beyond = one.threshold - value if one.direction == "higher" else value - one.threshold
    if beyond <= 0:
        return
    metric = BY_ID[one.metric]
    side = "低于" if one.direction == "higher" else "高于"
    words = f"{metric.name}{value}{metric.unit}，{side}{one.threshold.normalize():f}{metric.unit}"
    yield Entry(one.code, -(beyond * one.each), one.clause, words, measure=Decimal(value), attribution="whole")


def _capped(one: Indicator, entries: Iterable[Entry]) -> Iterable[Entry]:
    """Yield entries as far as the indicator goes; what comes after is told, and costs nothing."""
    left, adds = one.most, one.code == ADDITIONS
    for entry in entries:
        taken = min(left, abs(entry.points))
        left -= taken
        full = taken < abs(entry.points)
        words = f"{entry.words}{FULL_GIVEN if adds else FULL_WORDS}" if full else entry.words
        yield replace(entry, points=taken if adds else -taken, words=words)


def struck(scheme: Scheme, before: Score, numbers: Iterable[int], why: str) -> Score:
    """Return a score whose entries of these numbers (from 1) cost nothing any more; they stay, with the reason (restatement)."""
    gone = set(numbers)
    entries = [
        replace(entry, points=NOTHING, veto="", words=f"{entry.words}（经复核不再扣分：{why}）")
        if number in gone
        else entry
        for number, entry in enumerate(before.entries, 1)
    ]
    # A veto of a time when lines did not say that they are the veto ends with the last finding.
    told = bool(before.veto) and not any(entry.veto for entry in before.entries)
    left = any(entry.indicator == "findings" and entry.points for entry in entries)
    return totalled(scheme, entries, before.veto if told and left else "")


def subjects_of(scheme: Scheme, whole: Score, steps: Iterable[Subject]) -> tuple[Subject, ...]:
    """Return the units and posts of a body that are scored: those that had a step in the period, and those with a line."""
    lines = (one for entry in whole.entries for one in Place(entry.unit, entry.post).subjects)
    return tuple(sorted(one for one in {*steps, *lines} if one.kind != "body" and scheme.of(one.kind)))
