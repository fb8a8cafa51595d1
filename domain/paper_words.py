"""Words of legal documents: days, limits, sums and numbers as official writing has them, and characters that it refuses."""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from domain.engine.days import LOCAL
from domain.flows import LimitUnit

UNITS: Final[Mapping[LimitUnit, str]] = {
    "workday": "个工作日",
    "day": "日",
    "month": "个月",
    "year": "年",
    "hour": "小时",
    "immediate": "",
}
DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
PLACES: Final = ("", "拾", "佰", "仟")
GROUPS: Final = ("", "万", "亿", "万亿", "亿亿")
INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Kinds of characters that a paper cannot show: controls, marks that turn the direction of writing, what is unassigned."""

LEFT, RIGHT = "〔", "〕"


# GB/T 9704-2012, 7.3.5.3: a date is written in Arabic figures, months and days without a leading zero.
def day_words(day: date) -> str:
    """Return a day: 2026年3月2日."""
    return f"{day.year}年{day.month}月{day.day}日"


def moment_words(moment: datetime) -> str:
    """Return a moment: 2026年3月2日9时5分."""
    local = moment.astimezone(LOCAL)
    return f"{day_words(local.date())}{local.hour}时{local.minute}分"


def limit_words(value: int, unit: LimitUnit) -> str:
    """Return the length of a limit: 20个工作日."""
    return "立即" if unit == "immediate" else f"{value}{UNITS[unit]}"


# GB/T 9704-2012, 7.2.5: the year stands whole in hexagonal brackets; the number has no 第 and no leading zero.
def number_words(word: str, year: int, number: int | None) -> str:
    """Return the number of a document: 市监罚〔2026〕12号; without a number the place for it."""
    return f"{word}{LEFT}{year}{RIGHT}{'　' if number is None else number}号"


def yuan(amount: Decimal) -> str:
    """Return a sum in figures, without needless decimals: 1500元."""
    plain = format(amount.quantize(Decimal("0.01")), "f")
    return f"{plain.removesuffix('.00')}元"


def upper_yuan(amount: Decimal) -> str:
    """Return a sum in capital numerals as banks ask for it: 壹仟伍佰元整."""
    cents = int(amount.quantize(Decimal("0.01")) * 100)
    whole, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    words = f"{_capitals(whole)}元" if whole or not (jiao or fen) else ""
    if not (jiao or fen):
        return f"{words}整"
    words += f"{DIGITS[jiao]}角" if jiao else "零" if whole else ""
    return words + (f"{DIGITS[fen]}分" if fen else "整")


def _capitals(whole: int) -> str:
    if whole == 0:
        return DIGITS[0]
    groups: list[int] = []
    while whole:
        whole, group = divmod(whole, 10_000)
        groups.append(group)
    words = ""
    for place in reversed(range(len(groups))):
        group = groups[place]
        if group:
            # A gap before the group, of one zero however wide it is.
            gap = words and (group < 1000 or groups[place + 1] % 10 == 0)
            words += f"{DIGITS[0] if gap else ''}{_group(group)}{GROUPS[place]}"
    return words


def _group(group: int) -> str:
    words, gap = "", False
    for place in reversed(range(4)):
        digit = group // 10**place % 10
        if digit:
            words += f"{DIGITS[0] if gap and words else ''}{DIGITS[digit]}{PLACES[place]}"
            gap = False
        else:
            gap = True
    return words


def unfit(text: str) -> str:
    """Return the first character of a text that no paper may have; empty if there is none."""
    return next((one for one in text if one not in "\n\t" and unicodedata.category(one) in INVISIBLE), "")


def character_words(character: str) -> str:
    """Name a character so that people can find it, also one that cannot be seen: “𠮷”（U+20BB7）."""
    code = f"U+{ord(character):04X}"
    return code if unicodedata.category(character) in INVISIBLE else f"“{character}”（{code}）"
