"""Reading a time limit from words: 20个工作日, 5日, 三个月, 即办, 自受理之日起20个工作日内.

What is not understood gives None, and the caller keeps the words: a wrong limit is worse than none.
"""

import re

from domain.flows import Limit, LimitUnit
from domain.lists.texts import chinese_number, half_width, is_empty, mend

_UNITS: dict[str, LimitUnit] = {
    "工作日": "workday",
    "个工作日": "workday",
    "日": "day",
    "天": "day",
    "自然日": "day",
    "日历日": "day",
    "个月": "month",
    "月": "month",
    "年": "year",
    "小时": "hour",
    "个小时": "hour",
    "时": "hour",
}
_AMOUNT = re.compile(
    r"(?P<n>\d{1,4}|[一二三四五六七八九十百两]{1,5})\s*[(]?\s*(?P<u>个工作日|工作日|自然日|日历日|个月|个小时|小时|日|天|月|年)\s*[)]?"
)
_SIMPLE = re.compile(
    r"^(?:法定|承诺)?(?:办结|办理)?(?:期限|时限)?[:]?(?:自?(?:受理|立案|收到申请|申请受理|接件|接收材料)(?:之日|之后|后)?起?,?)?"
    r"(?:在)?(?P<amount>[^,;。]*?)(?:以?内)?(?:办结|完成|作出决定)?[。;]?$"
)
_IMMEDIATE = re.compile(
    r"^(?:即时|当场|现场|立即|马上|即刻|当即)?(?:即办|即时|当场|现场|立等可取)(?:办理|办结|办件|件|受理|决定)?[。]?$|^即办(?:件)?$"
)
_FURTHER = re.compile(r"延长|不含|不包括|不计|除外|扣除|另")


def read_limit(text: str, header: str = "") -> Limit | None:
    """A limit from the text of a cell; a bare number takes its unit from the header, such as 法定期限（工作日）.

    Words beyond a plain amount stay in the limit's note. None when the words say no limit, or not exactly one.
    """
    if is_empty(text):
        return None
    words = re.sub(r"\s+", "", half_width(mend(text)))
    if _IMMEDIATE.match(words):
        return _limit(0, "immediate", "" if words == "即办" else mend(text))
    if re.fullmatch(r"\d{1,4}", words):
        unit = _header_unit(header)
        return _limit(int(words), unit) if unit and int(words) else None
    amounts = list(_AMOUNT.finditer(words))
    if not amounts or (len(amounts) > 1 and not _FURTHER.search(words[amounts[0].end() : amounts[1].start()])):
        return None
    first = amounts[0]
    value = int(first["n"]) if first["n"].isdecimal() else chinese_number(first["n"])
    if not value or _FURTHER.search(words[: first.start()]):
        return None
    plain = _SIMPLE.match(words)
    note = "" if plain is not None and plain["amount"] == first[0] else mend(text)
    return _limit(value, _UNITS[first["u"]], note)


def limit_text(limit: Limit) -> str:
    """The words of a limit from which `read_limit` makes the same limit, where there are such words."""
    if limit.note:
        return limit.note
    units = {"workday": "个工作日", "day": "日", "month": "个月", "year": "年", "hour": "小时"}
    return "即办" if limit.unit == "immediate" else f"{limit.value}{units[limit.unit]}"


def _header_unit(header: str) -> LimitUnit | None:
    words = half_width(header)
    if "工作日" in words:
        return "workday"
    return "day" if re.search(r"[(/](?:天|日|自然日)[)/]|[(]天|[(]日", words) else None


def _limit(value: int, unit: LimitUnit, note: str = "") -> Limit:
    return Limit(value=value, unit=unit, start="accepted", clause="", note=note)
