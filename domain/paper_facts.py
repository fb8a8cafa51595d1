"""What legal documents can say of a matter: named facts, taken from its state, its rules and the act being done.

Each has a name that templates use and words that people read. Who the party is comes in from outside, opened for this
purpose; here it is only put beside the rest. A fact that the matter does not have is empty.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from domain.engine.acts import Act
from domain.engine.clocks import Deadline
from domain.engine.days import civil_day
from domain.engine.matter import Matter
from domain.engine.parts import Fact as MatterFact
from domain.engine.parts import Fine, Outcome
from domain.engine.rulebook import Rulebook
from domain.paper_words import day_words, limit_words, moment_words, upper_yuan, yuan
from domain.powers import LegalBasis
from domain.procedure_parts import APPROVER_NAMES
from domain.procedures import Procedure
from domain.profiles import Profile

Fact = str | tuple[str, ...] | tuple[tuple[str, ...], ...]
Facts = Mapping[str, Fact]

METHODS: Final[Mapping[str, str]] = {
    "direct": "直接送达",
    "mail": "邮寄送达",
    "electronic": "电子送达",
    "left": "留置送达",
    "entrusted": "委托送达",
    "announcement": "公告送达",
}
VERDICTS: Final[Mapping[str, str]] = {"agree": "同意", "disagree": "不同意", "neutral": "其他意见"}
YES: Final = "是"


@dataclass(frozen=True, slots=True, repr=False)
class Scene:
    """What a document is drafted from. ``party`` is personal data: the facts of `FACT_NAMES` that begin with ``party_``."""

    matter: Matter
    book: Rulebook
    profile: Profile
    deadlines: Sequence[Deadline]
    title: str
    now: datetime
    head: Mapping[str, str] = field(default_factory=dict)
    party: Mapping[str, str] = field(default_factory=dict)
    act: Act | None = None


def facts_of(scene: Scene) -> dict[str, Fact]:
    """Return all facts of a scene by name; what there is not is left out."""
    found: dict[str, Fact] = {
        **scene.head,
        **rule_facts(scene.book.procedure, scene.profile),
        **_of_matter(scene),
        **_of_act(scene),
    }
    found |= _of_outcome(scene)
    found |= {"today": day_words(civil_day(scene.now)), "citizen": YES if scene.matter.party_kind == "citizen" else ""}
    found |= scene.party
    return {name: fact for name, fact in found.items() if fact}


def rule_facts(procedure: Procedure, profile: Profile) -> dict[str, Fact]:
    """Return the lengths of limits and the amounts: of the procedure, else of the profile."""
    found: dict[str, Fact] = {f"limit:{key}": limit_words(one.value, one.unit) for key, one in profile.limits.items()}
    found |= {f"limit:{key}": limit_words(one.value, one.unit) for key, one in procedure.limits.items()}
    found |= {f"amount:{key}": _amount(one.value, one.unit) for key, one in profile.amounts.items()}
    return found | {f"amount:{key}": _amount(one.value, one.unit) for key, one in procedure.amounts.items()}


def _amount(value: Decimal, unit: str) -> str:
    plain = format(value, "f")
    return f"{plain.rstrip('0').rstrip('.') if '.' in plain else plain}{unit}"


def _of_matter(scene: Scene) -> dict[str, Fact]:
    matter, book, item = scene.matter, scene.book, scene.book.item
    found: dict[str, Fact] = {
        "matter_no": matter.id,
        "matter_title": scene.title,
        "item": (item.sub_item or item.name) if item else scene.title,
        "item_code": item.code if item else "",
        "bases": tuple(_basis(one) for one in item.bases if one.title) if item else (),
        "materials": tuple(one.name for one in matter.materials if one.by == "party"),
        "evidence": (*(one.name for one in matter.materials), *_recordings(matter, book)),
        "case_facts": tuple(f"{fact_name(book, code)}：{fact_text(book, one)}" for code, one in matter.facts.items()),
        "supplement_items": matter.supplements[-1].items if matter.supplements else (),
        "opinions": tuple(_opinions(matter, book)),
        "served": tuple(_served(matter, book)),
        "receipts": tuple(f"回执{one.number}，{yuan(one.amount)}，{day_words(one.paid_on)}" for one in matter.receipts),
        "documents": tuple(_documents(matter, book)),
        "contents": tuple(_contents(matter, book)),
        "pages_count": str(len(matter.documents) + len(matter.materials) + len(matter.recordings)),
        "officers": tuple(_officers(matter, book, scene.act)),
    }
    for fact, mark in MARKS.items():
        if mark in matter.marks:
            found[fact] = day_words(civil_day(matter.marks[mark]))
    for name in KEY_FACTS:
        found[name] = next((fact_text(book, one) for one in _facts(scene) if one.code == name), "")
    due = {one.name: one.due for one in scene.deadlines if one.of == "matter"}
    return found | {"due_on": _day(due.get("decide")), "promised_on": _day(due.get("promised"))}


KEY_FACTS: Final = (
    *("place", "occurred_on", "hearing_day", "statement_until"),
    # What a supervision case is about and what was found (003-40, 003-36(6)).
    *("content", "requirement", "finish_on", "responsibility", "rectify_by"),
)
"""Key facts of a matter that documents can say by themselves."""

MARKS: Final[Mapping[str, str]] = {
    "received_on": "received",
    "accepted_on": "accepted",
    "decided_on": "decided",
    "served_on": "served",
    "closed_on": "closed",
    "statement_made": "statement_made",
    "statement_waived": "statement_waived",
    "hearing_told": "hearing_told",
    "hearing_held": "hearing_held",
}
"""Facts that are the day of a milestone; as conditions they say that it was reached."""


def _facts(scene: Scene) -> Iterator[MatterFact]:
    """The facts that the act brings, then those of the matter."""
    yield from getattr(scene.act, "facts", ())
    yield from scene.matter.facts.values()


def _day(day: date | None) -> str:
    return day_words(day) if day else ""


def _basis(one: LegalBasis) -> str:
    return f"《{one.title.strip('《》')}》{one.article}"


def fact_name(book: Rulebook, code: str) -> str:
    """Return the words of a key fact."""
    rule = book.procedure.facts.get(code)
    return rule.name if rule else code


def fact_text(book: Rulebook, one: MatterFact) -> str:
    """Return the value of a key fact as official writing has it."""
    rule = book.procedure.facts.get(one.code)
    if one.yes_no is not None:
        return YES if one.yes_no else "否"
    if one.moment is not None:
        return moment_words(one.moment)
    if one.day is not None:
        return day_words(one.day)
    return f"{one.value}{rule.unit if rule else ''}"


def _recordings(matter: Matter, book: Rulebook) -> Iterator[str]:
    rules = book.procedure.recordings
    for one in matter.recordings:
        name = rules[one.code].name if one.code in rules else one.code
        yield f"{name}（音像，{moment_words(one.began)}）"


def _opinions(matter: Matter, book: Rulebook) -> Iterator[str]:
    for one in matter.opinions:
        step = book.procedure.by_key.get(one.step)
        said = "，".join(
            text for text in (VERDICTS[one.opinion.verdict], one.opinion.text, one.opinion.reasons) if text
        )
        yield f"{step.name if step else ''}（{book.name(one.by)}，{day_words(civil_day(one.at))}）：{said}"


def _name_of(book: Rulebook, code: str) -> str:
    rule = book.procedure.documents.get(code)
    return rule.name if rule else code


def _served(matter: Matter, book: Rulebook) -> Iterator[str]:
    for one in matter.served:
        yield f"《{_name_of(book, one.document)}》于{moment_words(one.received)}{METHODS.get(one.method, one.method)}"


def _documents(matter: Matter, book: Rulebook) -> Iterator[str]:
    for one in matter.documents:
        yield f"《{_name_of(book, one.code)}》{f'（{one.number}）' if one.number else ''}"


# 003-31(5): the file's catalogue names everything in it, in its order, each with the beginning of its digest.
def _contents(matter: Matter, book: Rulebook) -> Iterator[tuple[str, str, str, str]]:
    papers = ((_name_of(book, one.code), one.number, one.digest) for one in matter.documents)
    materials = ((one.name, one.note, one.digest) for one in matter.materials)
    records = ((name, "", one.digest) for name, one in zip(_recordings(matter, book), matter.recordings, strict=True))
    for number, (name, note, digest) in enumerate((*papers, *materials, *records), 1):
        yield str(number), name, note, digest[:12]


def _officers(matter: Matter, book: Rulebook, act: Act | None) -> Iterator[str]:
    """Who took part in enforcing, each with the number of the certificate where there is one (行政处罚法-42(1))."""
    steps = {step.key for step in book.procedure.steps if step.function in ("investigation", "notice", "decision")}
    doers = [who for visit in matter.visits if visit.step in steps for who in visit.doers]
    if act is not None and act.by.kind == "official":
        doers += [act.by.id, *getattr(act, "officers", ())]
    numbers = {one.officer: one.number for one in book.certificates}
    certified = [who for who in dict.fromkeys(doers) if who in numbers]
    for who in certified:
        yield f"{book.name(who)}（执法证号{numbers[who]}）"


def _of_act(scene: Scene) -> dict[str, Fact]:
    """What the act that brings the document says: its ground, its reasons, what is asked for."""
    act: Any = scene.act
    if act is None:
        return {}
    procedure = scene.book.procedure
    lists = (procedure.refusals, procedure.pauses, procedure.terminations, procedure.transfers)
    ground = next((one[act.ground] for one in lists if getattr(act, "ground", None) in one), None)
    found: dict[str, Fact] = {
        "ground": ground.name if ground else "",
        "ground_clause": ground.clause if ground else "",
        "act_reasons": getattr(act, "reasons", ""),
        "referred_to": getattr(act, "referred_to", ""),
    }
    if act.kind == "transfer":
        found["transfer_to"] = scene.book.name(act.to)
    if act.kind == "ask_supplement":
        found["supplement_items"] = tuple(act.items)
    materials = (one.name for one in getattr(act, "materials", ()))
    if more := tuple(materials):
        found["materials"] = (*(one.name for one in scene.matter.materials if one.by == "party"), *more)
    return found | ({} if scene.matter.extensions == () else _of_extension(scene))


def _of_extension(scene: Scene) -> dict[str, Fact]:
    last = scene.matter.extensions[-1]
    limit = scene.book.procedure.limits.get(last.limit)
    if limit is None or limit.extension is None:
        return {}
    return {
        "extended_by": limit_words(last.value, limit.unit),
        "extension_reasons": last.reasons,
        "extension_approver": APPROVER_NAMES[limit.extension.approver],
    }


def outcome_of(scene: Scene) -> Outcome | None:
    """Return the outcome that a document speaks of: of the act, else decided, else proposed last."""
    act: Any = scene.act
    given = getattr(act, "outcome", None) or getattr(act, "proposal", None)
    proposed = scene.matter.proposals[-1].outcome if scene.matter.proposals else None
    return given or scene.matter.outcome or proposed


def _of_outcome(scene: Scene) -> dict[str, Fact]:
    outcome, book = outcome_of(scene), scene.book
    if outcome is None:
        return {}
    rule = book.procedure.results.get(outcome.result)
    bases = {one.violation: one.basis for one in book.benchmarks}
    return {
        "result": rule.name if rule else outcome.result,
        "granted": YES if rule and not rule.negative else "",
        "negative": YES if rule and rule.negative else "",
        "punishes": YES if rule and rule.punishes else "",
        "outcome_reasons": outcome.reasons,
        "violations": "、".join(dict.fromkeys(one.violation for one in outcome.fines)),
        "violation_bases": tuple(
            dict.fromkeys(bases[one.violation] for one in outcome.fines if one.violation in bases)
        ),
        "penalties": tuple(_penalties(outcome, book)),
        "fined": YES if outcome.fine else "",
        "fine_total": yuan(outcome.fine) if outcome.fine else "",
        "fine_upper": f"人民币{upper_yuan(outcome.fine)}" if outcome.fine else "",
        "benchmark": tuple(_benchmarks(outcome.fines, book)),
        "measures": "、".join(
            book.procedure.measures[one].name for one in outcome.measures if one in book.procedure.measures
        ),
        "ending": rule.name if rule else "",
    }


def _penalties(outcome: Outcome, book: Rulebook) -> Iterator[str]:
    measures = book.procedure.measures
    for code in outcome.measures:
        if code != "fine":
            yield measures[code].name if code in measures else code
    if outcome.confiscated is not None:
        yield f"没收违法所得{yuan(outcome.confiscated)}（人民币{upper_yuan(outcome.confiscated)}）"
    for one in outcome.fines:
        yield f"对{one.violation}的行为，处罚款{yuan(one.amount)}（人民币{upper_yuan(one.amount)}）"


# R18, 004-8: the decision shows by which benchmark and tier the fine was measured, and why where it departs from it.
def _benchmarks(fines: Iterable[Fine], book: Rulebook) -> Iterator[str]:
    known = {one.violation: one for one in book.benchmarks}
    for fine in fines:
        benchmark = known.get(fine.violation)
        if benchmark is None:
            continue
        tier = next((one for one in benchmark.tiers if one.name == fine.tier), None)
        words = f"“{fine.violation}”的处罚依据为{benchmark.basis}"
        if tier is not None:
            words += f"，按照裁量基准属于“{tier.name}”阶次，处罚标准为“{tier.measure}”{_range(tier.fine)}"
        if fine.lighter:
            words += f"；具有{fine.lighter}的情节，依法减轻处罚"
        if fine.deviation is not None:
            words += f"；经批准不按该阶次裁量，理由：{fine.deviation.reasons}"
        yield words


def _range(given: Any) -> str:
    if given is None or given.unit != "yuan":
        return ""
    most = f"以上{yuan(given.highest)}以下" if given.highest is not None else "以上"
    return f"，幅度为{yuan(given.lowest)}{most}"
