"""Identifiers with a rule of their own: credit codes, citizen numbers, division codes, document numbers.

Item codes are checked by the scheme of a profile (`domain.profile_parts.CodeScheme`).

Every function takes the text as written and returns a value, or raises `IdentifierError` with a reason that can be
shown to a user. Nothing is looked up anywhere: form, date and check digit only.
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Literal

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength, ValidationError
from stdnum.iso7064 import mod_11_2

from domain.values import Value

DivisionLevel = Literal["province", "prefecture", "county"]
BLANK = re.compile(r"\s+")


class IdentifierError(ValueError):
    """An identifier is wrong; `identifier` is its kind, `text` what was written, `reason` why, in Chinese."""

    def __init__(self, identifier: str, text: str, reason: str) -> None:
        self.identifier, self.text, self.reason = identifier, text, reason
        super().__init__(reason)


def normalised(text: str) -> str:
    """Return the text in half width, without white space, in capitals: the form in which identifiers are compared."""
    return BLANK.sub("", unicodedata.normalize("NFKC", text)).upper()


# GB 32100-2015: 18 characters without I O S V Z; the last is the check character.
def usc_code(text: str) -> str:
    """Return a unified social credit code 统一社会信用代码 in its 18-character form, or raise IdentifierError."""
    code = normalised(text)
    try:
        return str(uscc.validate(code))
    except InvalidLength as error:
        raise IdentifierError("usc_code", text, f"统一社会信用代码应为18位，现为{len(code)}位") from error
    except InvalidFormat as error:
        raise IdentifierError("usc_code", text, "统一社会信用代码含有不允许的字符（不使用 I、O、S、V、Z）") from error
    except InvalidChecksum as error:
        raise IdentifierError("usc_code", text, "统一社会信用代码的校验位不正确，请核对是否抄错") from error
    except ValidationError as error:
        raise IdentifierError("usc_code", text, "统一社会信用代码有误") from error


# GB/T 2260: two digits each for province, prefecture and county; 00 means "the whole of the level above".
def division_level(text: str) -> DivisionLevel:
    """Return the level of a six-digit administrative division code 行政区划代码, or raise IdentifierError."""
    code = normalised(text)
    if re.fullmatch(r"[1-9][0-9]{5}", code) is None:
        raise IdentifierError("division", text, "行政区划代码应为6位数字，且首位不为0")
    province, prefecture, county = code[:2], code[2:4], code[4:]
    if province == "00" or (prefecture == "00" and county != "00"):
        raise IdentifierError("division", text, "行政区划代码的上级段为00，下级段不能再有编号")
    if prefecture == "00":
        return "province"
    return "prefecture" if county == "00" else "county"


class Division(Value):
    """An administrative division code with its level and the codes of the levels above it."""

    code: str
    level: DivisionLevel

    @property
    def parents(self) -> tuple[str, ...]:
        """Codes of the divisions above, from the top."""
        above = {"province": 0, "prefecture": 1, "county": 2}[self.level]
        return tuple(self.code[: 2 * depth].ljust(6, "0") for depth in range(1, above + 1))


def division(text: str) -> Division:
    """Return a GB/T 2260 code with its level, by form only; whether it exists on a day is for the library to say."""
    return Division(code=normalised(text), level=division_level(text))


class CitizenId(Value):
    """What a citizen identity number says: the division of first registration, day of birth and sex."""

    number: str
    division: str
    born: date
    male: bool


# GB 11643-1999: 6 digits of division, 8 of birth, 3 of order (odd: male), check character by ISO 7064 MOD 11-2.
# The division is checked for form only: numbers keep codes that were abolished long ago.
def citizen_id(text: str, today: date | None = None) -> CitizenId:
    """Return a citizen identity number 公民身份号码 taken apart, or raise IdentifierError.

    ``today``, when given, refuses a day of birth that lies after it. The number is personal data: keep it secret.
    """
    number = normalised(text)
    shown = f"{number[:3]}…"  # a refusal must not repeat the whole number in a log
    if re.fullmatch(r"[1-9]\d{16}[\dX]", number) is None:
        raise IdentifierError("citizen_id", shown, "公民身份号码应为18位：17位数字加1位数字或X")
    try:
        born = datetime.strptime(number[6:14], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise IdentifierError("citizen_id", shown, "公民身份号码中的出生日期不存在") from error
    if today is not None and born > today:
        raise IdentifierError("citizen_id", shown, "公民身份号码中的出生日期晚于今天")
    if not mod_11_2.is_valid(number):
        raise IdentifierError("citizen_id", shown, "公民身份号码的校验位不正确，请核对是否抄错")
    return CitizenId(number=number, division=number[:6], born=born, male=int(number[16]) % 2 == 1)


class DocumentNumber(Value):
    """A document number 发文字号: issuer's abbreviation, year and serial, such as 徐政办发〔2016〕80号."""

    issuer: str
    year: int
    serial: int

    def __str__(self) -> str:
        """Write the number as GB/T 9704 does: hexagonal brackets, no leading zero, no 第."""
        return f"{self.issuer}〔{self.year}〕{self.serial}号"


DOCUMENT_NUMBER = re.compile(
    r"(?P<issuer>[^\d\s〔〕\[\]【】((][^\d〔〕\[\]【】((]{0,29})[〔\[【(（](?P<year>\d{4})[〕\]】)）](?P<zero>第?0*)(?P<serial>[1-9]\d{0,5})号"
)


# GB/T 9704-2012: 发文机关代字 + 年份 in hexagonal brackets + serial number without 第 and without leading zeros.
def document_number(text: str) -> DocumentNumber:
    """Read a document number in any of the brackets in use; raise IdentifierError if it is none."""
    written = BLANK.sub("", text)
    match = DOCUMENT_NUMBER.fullmatch(written)
    if match is None:
        raise IdentifierError("document_number", text, "发文字号应形如“某政发〔2026〕1号”")
    return DocumentNumber(issuer=match["issuer"], year=int(match["year"]), serial=int(match["serial"]))
