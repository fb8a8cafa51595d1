"""Consultation, complaint, help and report: what is filed, by whom, and what is wrong with it (003-26, 003-27, 003-52).

Who files says as much of oneself as one likes. ``real_name`` and ``undisclosed`` both have given a name, so both are
answered as reports under a real name are; the second asks that even the handlers work without it. Nobody's clock waits
until a name has been verified: doubt is for whoever has to answer.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from domain.identifiers import IdentifierError
from domain.identity_documents import checked_number
from domain.profile_complaints import ComplaintRules
from domain.ratings import Tally, publishable

Capacity = Literal["real_name", "undisclosed", "anonymous"]
About = Literal["body", "item", "case", "officer", "general"]
Channel = Literal["online", "phone", "visit", "letter", "token"]

CAPACITIES: Final[Mapping[Capacity, str]] = MappingProxyType(
    {"real_name": "实名", "undisclosed": "署名，但要求不公开身份", "anonymous": "匿名"}
)
ABOUT: Final[Mapping[About, str]] = MappingProxyType(
    {
        "body": "一个机关",
        "item": "一个办理事项",
        "case": "一个办件或者案件",
        "officer": "一名工作人员",
        "general": "其他，或者不清楚找哪个机关",
    }
)
CHANNELS: Final[Mapping[Channel, str]] = MappingProxyType(
    {"online": "网上", "phone": "电话", "visit": "来访", "letter": "来信", "token": "接口"}
)
BY_OFFICIALS: Final[tuple[Channel, ...]] = ("phone", "visit", "letter")
"""How something may come that an official registers."""

VERIFIED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": "没有核验",
        "number": "证件号码校验",
        "contact": "联系方式经验证码核验",
        "called": "由登记人员电话核验",
        "shown": "当面出示证件",
        "system": "由对接系统核验",
    }
)
BY_OFFICERS: Final = ("called", "shown")
"""How whoever registers may have made sure who speaks."""

LONGEST_SUBJECT: Final = 60
LONGEST_TEXT: Final = 5_000
LONGEST_WORD: Final = 120


@dataclass(frozen=True, slots=True)
class Identity:
    """Who files, as far as told. Nothing of it is ever shown, logged or compared: it is sealed at once."""

    name: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    address: str = field(default="", repr=False)

    def as_dict(self) -> dict[str, str]:
        """Return what is told, by field."""
        every = {one: str(getattr(self, one)) for one in ("name", "number", "phone", "email", "address")}
        return {name: text for name, text in every.items() if text}


@dataclass(frozen=True, slots=True)
class Filing:
    """What somebody files. ``detail`` names the case or the officer; it is as secret as the text."""

    kind: str
    capacity: Capacity
    about: About
    text: str = field(repr=False)
    subject: str = field(default="", repr=False)
    body: str = ""
    item: str = ""
    detail: str = field(default="", repr=False)
    consent: bool = False
    identity: Identity = field(default_factory=Identity, repr=False)

    @property
    def named(self) -> bool:
        """Whether a name was given, whoever may know it."""
        return self.capacity != "anonymous"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field, and what to do."""

    path: str
    code: str
    message: str
    remedy: str


def problems(filing: Filing, rules: ComplaintRules, today: date) -> tuple[Problem, ...]:
    """Return everything that is wrong with a filing, each at its field; no message repeats what was typed."""
    return (*_of_choices(filing, rules), *_of_words(filing), *_of_identity(filing, today))


def _of_choices(filing: Filing, rules: ComplaintRules) -> Iterator[Problem]:
    if filing.kind not in rules.kinds:
        yield Problem("kind", "REQUIRED", "没有选择类型。", "请选择咨询、投诉、求助或者举报。")
    if filing.capacity not in CAPACITIES:
        yield Problem("capacity", "REQUIRED", "没有选择是否署名。", "请选择实名、署名但不公开或者匿名。")
    if filing.about not in ABOUT:
        yield Problem("about", "REQUIRED", "没有选择反映的对象。", "请选择；不清楚的，选“其他”。")
    needed = {"body": ("body", "机关"), "item": ("item", "事项"), "case": ("detail", "办件编号")}
    needed["officer"] = ("detail", "工作人员")
    if filing.about in needed:
        name, words = needed[filing.about]
        if not getattr(filing, name):
            yield Problem(name, "REQUIRED", f"没有写明是哪一个{words}。", "请填写；不清楚的，把对象改为“其他”。")


def _of_words(filing: Filing) -> Iterator[Problem]:
    if not filing.text:
        yield Problem("text", "REQUIRED", "没有填写内容。", "请写明时间、地点、经过和您的要求。")
    if len(filing.text) > LONGEST_TEXT:
        yield Problem("text", "TOO_LONG", f"内容超过{LONGEST_TEXT}字。", "请压缩内容，详细情况可以作为附件提交。")
    for name, most in (("subject", LONGEST_SUBJECT), ("detail", LONGEST_WORD)):
        if len(getattr(filing, name)) > most:
            yield Problem(name, "TOO_LONG", f"超过{most}字。", "请缩短。")


def _of_identity(filing: Filing, today: date) -> Iterator[Problem]:
    who = filing.identity
    if not filing.named:
        if who.as_dict():
            yield Problem("capacity", "NAMED", "选择了匿名，却填写了身份信息。", "请清空身份信息，或者改为署名。")
        return
    if not who.name:
        yield Problem("name", "REQUIRED", "没有填写姓名。", "请填写；不愿意署名的，请选择匿名。")
    if any(len(text) > LONGEST_WORD for text in who.as_dict().values()):
        yield Problem("name", "TOO_LONG", f"身份信息超过{LONGEST_WORD}字。", "请缩短。")
    if not (who.phone or who.email or who.address):
        yield Problem("phone", "REQUIRED", "没有填写联系方式。", "请填写电话、电子邮箱或者地址之一。")
    if filing.capacity == "real_name" and not who.number:
        yield Problem(
            "number", "REQUIRED", "实名需要居民身份证号码。", "请填写；不愿意填写的，请选择“署名，但要求不公开身份”。"
        )
    if who.number:
        try:
            checked_number("citizen_id", who.number, today)
        except IdentifierError as error:
            yield Problem("number", "WRONG", f"{error.reason}。", "请对照身份证重新填写。")


def plain_words(text: str, *, lines: bool = False) -> str:
    """Return typed words without what nobody sees; with ``lines`` the breaks between lines stay."""
    kept = "\n\t" if lines else ""
    seen = "".join(one for one in text.replace("\r\n", "\n") if one in kept or unicodedata.category(one)[0] != "C")
    return seen.strip()


# A case number names a body too, but whoever tells of a case need not know whose it is.
def receiver(filing: Filing, rules: ComplaintRules, *, body: str, supervisor: str, service: str) -> str:
    """Return which body receives: what it is about, whoever supervises it, or the service office where nobody is named.

    ``body`` is the body that was named or that the item belongs to. A report never goes to the body it is about,
    unless there is nobody else (003-52: it goes to whoever supervises).
    """
    if rules.kinds[filing.kind].office == "supervision":
        return supervisor or service or body
    return body or service or supervisor


@dataclass(frozen=True, slots=True)
class Answered:
    """How a body answered what fell due in a month, by kind (all kinds together: ``kind`` is empty).

    Whatever was not answered on its last day is late, answered since or not: ``due`` is the honest denominator.
    """

    body: str
    kind: str
    due: int
    in_time: int
    still_open: int
    rated: int = 0
    satisfied: int = 0
    hidden: bool = False

    @property
    def late(self) -> int:
        """How many were late: what was not answered in time."""
        return self.due - self.in_time


def shown(figures: Sequence[Answered], least: int) -> tuple[Answered, ...]:
    """Return the figures of one body in one month, its own together with those by kind, small ones hidden.

    What is hidden of the kinds is what the body has and the shown kinds have not (`domain.ratings.publishable`).
    """
    whole = Answered(
        figures[0].body if figures else "",
        "",
        sum(one.due for one in figures),
        sum(one.in_time for one in figures),
        sum(one.still_open for one in figures),
        sum(one.rated for one in figures),
        sum(one.satisfied for one in figures),
    )
    both = (whole, *figures)
    told = publishable(tuple(Tally(one.body, one.kind, one.due, one.due) for one in both), least)
    hidden = {one.item for one in told if one.hidden}
    return tuple(_told(one, least, hidden=one.kind in hidden) for one in both)


def _told(one: Answered, least: int, *, hidden: bool) -> Answered:
    """Ratings are a smaller crowd than answers: told of all kinds together, and hidden by their own count."""
    told = not one.kind and (one.rated == 0 or one.rated >= least)
    rated, satisfied = (one.rated, one.satisfied) if told else (0, 0)
    return Answered(one.body, one.kind, one.due, one.in_time, one.still_open, rated, satisfied, hidden)
