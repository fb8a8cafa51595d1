"""Identifiers with a rule of their own: credit codes, citizen numbers, division codes, item codes, document numbers.

Every function takes the text as written and returns a value, or raises `IdentifierError` with a reason that can be
shown to a user. Nothing is looked up anywhere: form, date and check digit only.
"""

import re
import unicodedata
from typing import Literal

from stdnum.cn import uscc
from stdnum.exceptions import (
    InvalidChecksum,
    InvalidFormat,
    InvalidLength,
    ValidationError,
)

DivisionLevel = Literal["province", "prefecture", "county"]
BLANK = re.compile(r"\s+")
DIGITS = "0123456789X"


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
        raise IdentifierError("usc_code", text, f"统一社会信用代码应为18位,现为{len(code)}位") from error
    except InvalidFormat as error:
        raise IdentifierError("usc_code", text, "统一社会信用代码含有不允许的字符(不使用 I、O、S、V、Z)") from error
    except InvalidChecksum as error:
        raise IdentifierError("usc_code", text, "统一社会信用代码的校验位不正确,请核对是否抄错") from error
    except ValidationError as error:
        raise IdentifierError("usc_code", text, "统一社会信用代码有误") from error


# GB/T 2260: two digits each for province, prefecture and county; 00 means "the whole of the level above".
def division_level(text: str) -> DivisionLevel:
    """Return the level of a six-digit administrative division code 行政区划代码, or raise IdentifierError."""
    code = normalised(text)
    if re.fullmatch(r"[1-9][0-9]{5}", code) is None:
        raise IdentifierError("division", text, "行政区划代码应为6位数字,且首位不为0")
    province, prefecture, county = code[:2], code[2:4], code[4:]
    if province == "00" or (prefecture == "00" and county != "00"):
        raise IdentifierError("division", text, "行政区划代码的上级段为00,下级段不能再有编号")
    if prefecture == "00":
        return "province"
    return "prefecture" if county == "00" else "county"
