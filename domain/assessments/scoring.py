"""Scoring a body: the score is its ledger, nothing else. Every point that is lost has an entry with rule, clause and evidence (S7)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from domain.assessments.scheme import ADDITIONS, Indicator, Scheme
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
    post: str = ""


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


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger: what was taken off, why, and where the evidence is."""

    indicator: str
    points: Decimal
    clause: str
    words: str
    rule: str = ""
    stream: str = ""
    alert_id: int | None = None
    matter_id: int | None = None
    measure: Decimal | None = None
    post: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """A body's score with its ledger; ``veto`` says what capped it."""

    total: Decimal
    grade: str
    entries: tuple[Entry, ...]
    veto: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a body in a period."""

    alerts: Sequence[AlertFact] = ()
    findings: Sequence[FindingFact] = ()
    figures: Mapping[str, int | None] | None = None
    manual: Sequence[ManualFact] = ()


def score(scheme: Scheme, evidence: Evidence) -> Score:
    """Return the score of a body: full points, less what the ledger takes off and more what it adds, never below nothing."""
    entries = [entry for one in scheme.indicators for entry in _capped(one, _entries(one, evidence))]
    vetoed = next(
        (one for one in evidence.findings if one.violation in scheme.veto.violations and _counts(scheme, one)), None
    )
    return totalled(scheme, entries, vetoed.words if vetoed else "")


def totalled(scheme: Scheme, entries: Iterable[Entry], veto: str = "") -> Score:
    """Return the score that a ledger makes."""
    kept = tuple(entries)
    total = max(NOTHING, scheme.full + sum((one.points for one in kept), NOTHING))
    if veto:
        total = min(total, scheme.veto.most)
    return Score(total, scheme.grade(total).code, kept, veto)


def _counts(scheme: Scheme, finding: FindingFact) -> bool:
    return any(finding.result in one.points for one in scheme.indicators if one.source == "findings")


def _entries(one: Indicator, evidence: Evidence) -> Iterable[Entry]:
    if one.source == "alerts":
        return [_of_alert(one, alert) for alert in evidence.alerts if alert.points]
    if one.source == "findings":
        return [_of_finding(one, found) for found in evidence.findings if found.result in one.points]
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
        post=alert.post,
    )


def _of_manual(one: Indicator, fact: ManualFact) -> Entry:
    points = fact.points if one.code == ADDITIONS else -fact.points
    return Entry(one.code, points, fact.clause, fact.words, stream=f"score_item:{fact.id}")


def _of_finding(one: Indicator, found: FindingFact) -> Entry:
    return Entry(
        indicator=one.code,
        points=-one.points[found.result],
        clause=one.clause,
        words=f"督办{found.number}认定{found.result_name}：{found.words}",
        stream=f"matter:{found.matter_id}",
        matter_id=found.matter_id,
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
    yield Entry(one.code, -(beyond * one.each), one.clause, words, measure=Decimal(value))


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
        replace(entry, points=NOTHING, words=f"{entry.words}（经复核不再扣分：{why}）") if number in gone else entry
        for number, entry in enumerate(before.entries, 1)
    ]
    veto = "" if gone and all(entry.indicator != "findings" or not entry.points for entry in entries) else before.veto
    return totalled(scheme, entries, veto)
