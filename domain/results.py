"""Published results 结果公示 (004-3, H7): what of a decision is published, in which words, and for how long.

A unit is published by its name; of a natural person the name is masked, and neither number nor address is published at
all. A published text is therefore also looked through for what could tell who somebody is.
"""

import re
from datetime import date
from typing import Final, Literal

from pydantic import Field

from domain.clock import period_end
from domain.engine.days import civil_day
from domain.engine.matter import Matter
from domain.engine.parts import Outcome
from domain.engine.rulebook import Rulebook
from domain.identifiers import IdentifierError, citizen_id
from domain.powers import PowerContent
from domain.procedures import Procedure
from domain.profile_hall import ResultKind, ResultRules
from domain.profiles import Profile
from domain.values import Value

PartyKind = Literal["citizen", "organisation"]
LONGEST: Final = 4000
DIGITS: Final = re.compile(r"(?<![0-9A-Za-z])\d[\d \-]{15,22}[\dXx](?![0-9A-Za-z])")
PHONE: Final = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
DECISIONS: Final = ("decision", "penalty_decision")
"""Documents whose number is the decision's number 文书号."""


class Result(Value):
    """What is published of a decision. ``party`` is the name as it is published: masked for a natural person."""

    decision_number: str = Field(max_length=200, title="决定书文号")
    party: str = Field(max_length=300, title="行政相对人")
    party_kind: PartyKind = Field(title="相对人类别")
    item_code: str = Field(title="权力编码")
    item_name: str = Field(title="事项名称")
    result: str = Field(title="决定结果")
    content: str = Field(max_length=LONGEST, title="决定内容")
    basis: str = Field(max_length=LONGEST, title="依据")
    body_name: str = Field(title="决定机关")
    decided_on: date = Field(title="决定日期")
    valid_from: date | None = Field(None, title="有效期自")
    valid_until: date | None = Field(None, title="有效期至")


def kind_of(rules: ResultRules, matter: Matter, category: str) -> tuple[str, ResultKind] | None:
    """Return the kind under which a matter's decision is published now, or None if it is not (yet)."""
    if matter.outcome is None or matter.ending in ("merged", "transferred"):
        return None
    for code, kind in rules.kinds.items():
        fits = matter.kind == kind.matter and category in kind.categories and matter.outcome.result in kind.results
        if fits and kind.ready in matter.marks:
            return code, kind
    return None


def draft(matter: Matter, book: Rulebook, body_name: str) -> Result:
    """Return what would be published of a decided matter; whoever publishes it fills in what the file does not tell."""
    outcome, item = matter.outcome, book.item
    if outcome is None or item is None:
        raise ValueError("only a decision on a power item is published")
    numbers = (one.number for code in DECISIONS if (one := matter.document(code)) is not None)
    rule = book.procedure.results.get(outcome.result)
    return Result(
        decision_number=next(numbers, ""),
        party="",
        party_kind=matter.party_kind,
        item_code=item.code,
        item_name=f"{item.name}（{item.sub_item}）" if item.sub_item else item.name,
        result=rule.name if rule else outcome.result,
        content=content_of(outcome, book.procedure)[:LONGEST],
        basis=basis_of(item)[:LONGEST],
        body_name=body_name,
        decided_on=civil_day(matter.marks["decided"]),
    )


def content_of(outcome: Outcome, procedure: Procedure) -> str:
    """Return a decision in words: for what, and which measures and sums. Reasons are not copied: they may name people."""
    rule = procedure.results.get(outcome.result)
    said = [rule.name if rule else outcome.result]
    if outcome.fines:
        said.append("事由：" + "、".join(dict.fromkeys(one.violation for one in outcome.fines)))
    measures = [procedure.measures[one].name for one in outcome.measures if one in procedure.measures]
    if measures:
        said.append("处罚种类：" + "、".join(measures))
    if outcome.fines:
        said.append(f"罚款合计：{outcome.fine.normalize():,f}元")
    if outcome.confiscated is not None:
        said.append(f"没收：{outcome.confiscated.normalize():,f}元")
    return "；".join(said)


def basis_of(item: PowerContent) -> str:
    """Return the legal bases of an item, each by title and article."""
    return "；".join(f"《{one.title}》{one.article}" if one.title else one.text[:200] for one in item.bases)


def public_name(kind: PartyKind, name: str) -> str:
    """Return a party's name as it is published: whole for a unit, the family name alone for a natural person."""
    plain = " ".join(name.split())
    return plain if kind == "organisation" or not plain else f"{plain[:1]}{'*' * max(1, len(plain) - 1)}"


def telling(text: str) -> tuple[str, ...]:
    """Return what in a text must not be published, by its kind: an identity number, a telephone number, an address."""
    found = []
    if any(_is_identity(re.sub(r"[ \-]", "", one.group())) for one in DIGITS.finditer(text)):
        found.append("居民身份证号码")
    if PHONE.search(text):
        found.append("手机号码")
    if EMAIL.search(text):
        found.append("电子邮箱")
    return tuple(found)


def _is_identity(digits: str) -> bool:
    try:
        citizen_id(digits.upper())
    except IdentifierError:
        return False
    return True


def shown_until(profile: Profile, kind: ResultKind, measures: tuple[str, ...], published_on: date) -> date | None:
    """Return the last day on which a result is shown 公示截止期, or None if the rules name no end."""
    light = bool(measures) and set(measures) <= set(kind.light)
    name = kind.light_shown_for if light and kind.light_shown_for else kind.shown_for
    return period_end(published_on, profile.limits[name]) if name else None
