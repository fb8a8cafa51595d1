"""Parties 当事人: units and persons, checked in form, and what of them may be shown without being read (R4, 003-31(1)).

A party is personal data. It is never written into an event, a log or a refusal: `repr` hides it, problems name the
field and never the value, and whoever needs the plain text says what for (`PURPOSES`).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal, NamedTuple, get_args
from uuid import UUID

from domain.identifiers import IdentifierError
from domain.identity_documents import (
    DOCUMENT_NAMES,
    DOCUMENTS_OF,
    DocumentKind,
    PartyKind,
    checked_number,
    masked_number,
    number_key,
)

PartyField = Literal["name", "number", "phone", "email", "address", "contact", "representative"]
FIELDS: Final[tuple[PartyField, ...]] = get_args(PartyField)
"""The fields that are secret; each is sealed on its own."""

FIELD_NAMES: Final[Mapping[PartyField, str]] = {
    "name": "姓名或者名称",
    "number": "证件号码",
    "phone": "联系电话",
    "email": "电子邮箱",
    "address": "地址",
    "contact": "联系人",
    "representative": "法定代表人或者负责人",
}
KIND_NAMES: Final[Mapping[PartyKind, str]] = {"citizen": "自然人", "organisation": "单位"}

Purpose = Literal["handling", "identity_check", "contact", "service", "document", "supervision", "party_request"]
PURPOSES: Final[Mapping[Purpose, str]] = {
    "handling": "办理本事项",
    "identity_check": "核对身份",
    "contact": "联系当事人",
    "service": "送达文书",
    "document": "制作文书",
    "supervision": "监督检查",
    "party_request": "当事人本人申请查阅",
}
"""What an identity may be read for; nothing else opens it."""

CorrectionGround = Literal["mistyped", "renewed", "renamed", "contact_changed", "found_wrong"]
CORRECTION_GROUNDS: Final[Mapping[CorrectionGround, str]] = {
    "mistyped": "录入有误",
    "renewed": "证件换发",
    "renamed": "更名",
    "contact_changed": "联系方式变更",
    "found_wrong": "核对发现不符",
}
"""Why a party is corrected: chosen from a list, because a reason in free words would tell who it is."""

REFERENCE: Final = "party:"
LONGEST: Final[Mapping[PartyField, int]] = {
    "name": 100,
    "number": 40,
    "phone": 30,
    "email": 120,
    "address": 200,
    "contact": 50,
    "representative": 50,
}
MOBILE: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)
LANDLINE: Final = re.compile(r"0\d{9,11}", re.ASCII)
SERVICE_NUMBER: Final = re.compile(r"400\d{7}|800\d{7}|9\d{4,7}|1[02]\d{3}", re.ASCII)
ABROAD: Final = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
EMAIL: Final = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;.]+(\.[^\s@<>,;.]+)+")
HAN_BLANK: Final = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")


class PartyProblem(NamedTuple):
    """What is wrong with one field: never with the value."""

    field: str
    code: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, repr=False)
class Party:
    """A unit or a person. ``contact`` is whom to ask for, ``representative`` who acts for a unit."""

    kind: PartyKind
    document: DocumentKind
    name: str
    number: str
    phone: str = ""
    email: str = ""
    address: str = ""
    contact: str = ""
    representative: str = ""

    def __repr__(self) -> str:
        """Tell the kind alone: a party in a traceback or a log must not be readable."""
        return f"Party(kind={self.kind!r}, document={self.document!r})"

    def value(self, field: PartyField) -> str:
        """Return one of the secret fields."""
        found: str = getattr(self, field)
        return found


def reference(party_id: UUID) -> str:
    """Return the text by which a matter names a party (``Opening.party``)."""
    return f"{REFERENCE}{party_id}"


def id_of(text: str) -> UUID | None:
    """Return the party that a matter's text names, or None where it names none."""
    try:
        return UUID(text.removeprefix(REFERENCE)) if text.startswith(REFERENCE) else None
    except ValueError:
        return None


def _words(text: str) -> str:
    """Return a text without control and invisible characters, with single blanks, none between Han characters."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(" " if unicodedata.category(one) in ("Cc", "Zs", "Zl", "Zp") else one for one in composed)
    shown = "".join(one for one in visible if unicodedata.category(one) != "Cf")
    return HAN_BLANK.sub("", " ".join(shown.split()))


def _phone(text: str) -> str:
    """Return a telephone number as digits, the country's own without its prefix; an extension stays after a dash."""
    plain = unicodedata.normalize("NFKC", text)
    main, *extension = re.split(r"(?:转|ext\.?|#|[-\s](?=\d{1,5}$)(?<=\d{7}.))", plain, maxsplit=1, flags=re.IGNORECASE)
    digits = re.sub(r"[^\d+]", "", main) if re.fullmatch(r"[\d+\s()\-.‐-―−·\u200b-\u200f\ufeff]*", main) else main
    digits = re.sub(r"^(\+|00)86", "", digits)
    return "-".join([digits, *(part.strip() for part in extension if part.strip())])


NORMALISED: Final[Mapping[PartyField, Callable[[str], str]]] = {
    "name": _words,
    "number": number_key,
    "phone": _phone,
    "email": lambda text: unicodedata.normalize("NFKC", text).strip(),
    "address": _words,
    "contact": _words,
    "representative": _words,
}


def normalised(party: Party) -> Party:
    """Return a party with every field in its one form, whether or not it is right."""
    made: dict[str, Any] = {field: NORMALISED[field](party.value(field)) for field in FIELDS}
    return replace(party, **made)


# R4: name, number and contact are kept, and checked for form.
def checked(party: Party, today: date) -> tuple[Party, tuple[PartyProblem, ...]]:
    """Return the party in its one form with everything that is wrong with it, each with its field."""
    made = normalised(party)
    found = [*_missing(made), *_kinds(made), *_sizes(made), *_forms(made)]
    if made.document in DOCUMENT_NAMES and made.number:
        try:
            checked_number(made.document, made.number, today)
        except IdentifierError as error:
            found.append(PartyProblem("number", "MALFORMED", f"{error.reason}。", "请对照证件核对后重新填写。"))
    return made, tuple(found)


def _missing(party: Party) -> list[PartyProblem]:
    found = [
        PartyProblem(field, "MISSING", f"没有填写{FIELD_NAMES[field]}。", "请对照证件填写。")
        for field in ("name", "number")
        if not getattr(party, field)
    ]
    if not (party.phone or party.email or party.address):
        found.append(PartyProblem("phone", "MISSING", "没有填写任何联系方式。", "请填写电话、邮箱、地址中的至少一项。"))
    return found


def _kinds(party: Party) -> list[PartyProblem]:
    if party.kind not in DOCUMENTS_OF:
        return [PartyProblem("kind", "UNKNOWN", "当事人类别有误。", "请选择“自然人”或者“单位”。")]
    if party.document not in DOCUMENTS_OF[party.kind]:
        names = "、".join(DOCUMENT_NAMES[one] for one in DOCUMENTS_OF[party.kind])
        return [
            PartyProblem("document", "UNFIT", f"证件种类不适用于{KIND_NAMES[party.kind]}。", f"可以选择：{names}。")
        ]
    return []


def _sizes(party: Party) -> list[PartyProblem]:
    return [
        PartyProblem(field, "TOO_LONG", f"{FIELD_NAMES[field]}超过{most}个字符。", "请缩短后重新填写。")
        for field, most in LONGEST.items()
        if len(party.value(field)) > most
    ]


def _forms(party: Party) -> list[PartyProblem]:
    found = [
        PartyProblem(field, "MALFORMED", f"{FIELD_NAMES[field]}中没有文字。", "请填写姓名或者名称，而不是号码。")
        for field in ("name", "contact", "representative")
        if (text := getattr(party, field)) and not any(unicodedata.category(one)[0] == "L" for one in text)
    ]
    if party.phone and not _is_phone(party.phone):
        message = "联系电话的格式有误。"
        found.append(PartyProblem("phone", "MALFORMED", message, "请填写11位手机号码，或者带区号的固定电话。"))
    if party.email and EMAIL.fullmatch(party.email) is None:
        found.append(PartyProblem("email", "MALFORMED", "电子邮箱的格式有误。", "应形如 name@example.com。"))
    return found


def _is_phone(text: str) -> bool:
    main, _, extension = text.partition("-")
    if extension and re.fullmatch(r"\d{1,6}", extension, re.ASCII) is None:
        return False
    return any(form.fullmatch(main) for form in (MOBILE, LANDLINE, SERVICE_NUMBER, ABROAD))


def masked(party: Party) -> Party:
    """Return what a list may show: enough to tell two parties of a matter apart, too little to find them elsewhere."""
    return replace(
        party,
        name=masked_name(party.kind, party.name),
        number=masked_number(party.number),
        phone=_masked_phone(party.phone),
        email=re.sub(r"^(.).*(@.*)$", r"\1***\2", party.email),
        address=f"{party.address[: min(6, len(party.address) // 3)]}***" if party.address else "",
        contact=masked_name("citizen", party.contact),
        representative=masked_name("citizen", party.representative),
    )


def masked_name(kind: PartyKind, name: str) -> str:
    """Return 王* for a person; a unit keeps its first two characters and its last two where enough stay hidden."""
    if kind == "organisation" and len(name) >= 6:
        return f"{name[:2]}{'*' * (len(name) - 4)}{name[-2:]}"
    return f"{name[:1]}{'*' * max(1, len(name) - 1)}" if name else ""


def _masked_phone(phone: str) -> str:
    main, _, _ = phone.partition("-")
    return f"{main[:3]}{'*' * (len(main) - 7)}{main[-4:]}" if len(main) >= 11 else masked_number(main)
