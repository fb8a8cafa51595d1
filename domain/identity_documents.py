"""Kinds of identity documents: their words, the one form of their numbers, and what a number must look like (R4).

No refusal repeats a number: what is refused here ends up in pages and logs.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, Literal

from domain.identifiers import IdentifierError, citizen_id, usc_code

PartyKind = Literal["citizen", "organisation"]
DocumentKind = Literal[
    "usc_code",
    "organisation_code",
    "business_registration",
    "other_unit",
    "citizen_id",
    "residence_permit",
    "foreign_permanent",
    "passport",
    "mainland_permit",
    "taiwan_permit",
    "military",
    "other_person",
]

DOCUMENT_NAMES: Final[Mapping[DocumentKind, str]] = {
    "usc_code": "统一社会信用代码",
    "organisation_code": "组织机构代码",
    "business_registration": "工商注册号",
    "other_unit": "其他单位证照",
    "citizen_id": "居民身份证",
    "residence_permit": "港澳台居民居住证",
    "foreign_permanent": "外国人永久居留身份证",
    "passport": "护照",
    "mainland_permit": "港澳居民来往内地通行证",
    "taiwan_permit": "台湾居民来往大陆通行证",
    "military": "军人证件",
    "other_person": "其他个人证件",
}
DOCUMENTS_OF: Final[Mapping[PartyKind, tuple[DocumentKind, ...]]] = {
    "organisation": ("usc_code", "organisation_code", "business_registration", "other_unit"),
    "citizen": (
        "citizen_id",
        "residence_permit",
        "foreign_permanent",
        "passport",
        "mainland_permit",
        "taiwan_permit",
        "military",
        "other_person",
    ),
}
"""Which kinds a party can have; the first is what is usual."""

# Kinds whose number has no check digit that anybody may compute: by their form only, with the words for it.
FORMS: Final[Mapping[DocumentKind, tuple[str, str]]] = {
    "organisation_code": (r"[0-9A-Z]{8}[0-9X]", "组织机构代码应为9位：8位数字或大写字母加1位校验码"),
    "business_registration": (r"\d{13}|\d{15}", "工商注册号应为15位（早期13位）数字"),
    "other_unit": (r"[0-9A-Z\u4e00-\u9fff()]{3,40}", "证照编号应为3至40位数字、字母或汉字"),
    "passport": (r"(?=.*\d)[0-9A-Z]{5,20}", "护照号码应为5至20位字母和数字"),
    "mainland_permit": (r"[HM]\d{8}(\d{2})?", "港澳居民来往内地通行证号码应为字母H或M加8位（或10位）数字"),
    "taiwan_permit": (r"\d{8}(\d{2})?", "台湾居民来往大陆通行证号码应为8位（或10位）数字"),
    "military": (r"(?=.*\d)[0-9A-Z\u4e00-\u9fff()]{4,30}", "军人证件编号应为4至30位，形如“某字第123456号”"),
    "other_person": (r"(?=.*\d)[0-9A-Z\u4e00-\u9fff()]{3,40}", "证件编号应为3至40位数字、字母或汉字，至少有1位数字"),
}
RESIDENCE: Final = re.compile(r"8[123]0000")
OLD_PERMANENT: Final = re.compile(r"[A-Z]{3}\d{12}")
DASHES: Final = "-‐‑‒–—―−·•.﹣_"


def number_key(text: str) -> str:
    """Return the one form of a number: half width, capitals, without white space, dashes and invisible characters.

    What is equal here is the same number, however it was written; the blind index is made of this form.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    return "".join(one for one in plain if one not in DASHES and unicodedata.category(one)[0] not in "ZC")


def checked_number(document: DocumentKind, text: str, today: date | None = None) -> str:
    """Return the number in its one form, or raise ``IdentifierError`` with a reason that does not repeat it."""
    number = number_key(text)
    if not number:
        raise IdentifierError(document, "", f"没有填写{DOCUMENT_NAMES[document]}号码")
    if document == "usc_code":
        return _hidden(document, lambda: usc_code(number))
    if document == "citizen_id":
        return _hidden(document, lambda: citizen_id(number, today).number)
    if document == "residence_permit":
        if RESIDENCE.match(number) is None:
            raise IdentifierError(document, "", "港澳台居民居住证号码应以810000、820000或830000开头")
        return _hidden(document, lambda: citizen_id(number, today).number)
    if document == "foreign_permanent":
        if OLD_PERMANENT.fullmatch(number):
            return number
        if not number.startswith("9"):
            raise IdentifierError(document, "", "外国人永久居留身份证号码应为3位字母加12位数字，或者以9开头的18位号码")
        return _hidden(document, lambda: citizen_id(number, today).number)
    form, reason = FORMS[document]
    if re.fullmatch(form, number, re.ASCII) is None:
        raise IdentifierError(document, "", reason)
    return number


def _hidden(document: DocumentKind, check: Callable[[], str]) -> str:
    try:
        return check()
    except IdentifierError as error:
        reason = error.reason.replace("公民身份号码", f"{DOCUMENT_NAMES[document]}号码")
    raise IdentifierError(document, "", reason)


def masked_number(number: str) -> str:
    """Return a number of which the middle is hidden: ``3203**********1234``; short ones keep less."""
    shown = min(4, len(number) // 4)
    hidden = len(number) - 2 * shown
    return number[:shown] + "*" * hidden + number[len(number) - shown :]
