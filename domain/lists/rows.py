"""What a single row is: a title, a section, a note, or part of an item. Words decide, then geometry."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from domain.lists.grid import Line
from domain.lists.layout import Header
from domain.lists.texts import compact, half_width, is_empty, squeeze

Meaning = Literal["category", "body", "part", "note", "title", "other"]

_NOTE = re.compile(
    r"^[*※（(\[【]?\s*(?:备\s*注|注\s*[:：]|注\d|附\s*注|附件|附表|说\s*明|填表|填报|制表|审核人|复核|联系人|联系电话|合\s*计|总\s*计|小\s*计|共\s*计"
    r"|共\s*\d+|总共|单位负责人|负责人|经办人|打印|第\s*\d+\s*页|日\s*期|截止|截至|以上|本表|本清单|数据来源|公布日期|发布日期|单位\s*[:：]"
    r"|单位名称|填报单位|部门名称|\d{4}年\d{1,2}月\d{1,2}日)"
)
_BODY = re.compile(
    r"(?:局|委员会|办公室|厅|人民政府|中心|委|院|大队|支队|总队|管理处|街道办事处|银行|公司|部|办|署|社)$"
)
_ORDINAL = re.compile(
    r"^(?:第?[一二三四五六七八九十百]+[、.．部分章节篇]+|[（(][一二三四五六七八九十\d]+[)）]|\d{1,3}[、.．])\s*"
)
_COUNT = re.compile(
    r"[（(【\[]?\s*(?:共|合计)?\s*(?P<n>\d{1,5})\s*(?:大?项|个|条|类)\s*(?:事项|职权|权力)?\s*[)）】\]]?"
)
_LIST_TITLE = re.compile(r"(清单|目录|一览表|公示表|汇总表|统计表|事项表|台账|公告|通知)")
_SERIAL = re.compile(r"^\d{1,6}(?:[.\-—]\d{1,4})*$")
_SERIALS = re.compile(r"^\d{1,6}(?:\s*[,，、;；]\s*\d{1,6})+$")
_TOTAL = re.compile(r"^(?:合\s*计|总\s*计|小\s*计|共\s*计|总数|汇总)[:：]?")


@dataclass(frozen=True, slots=True)
class Single:
    """A row that says one thing across the table: the text, where it stands, and what it means."""

    text: str
    column: int
    wide: bool
    meaning: Meaning


def single_text(line: Line, header: Header | None) -> tuple[str, int, bool] | None:
    """(text, column, wide) when the row has one text only (once, or repeated in all cells); else None."""
    fresh = line.fresh()
    if not fresh or line.hanging:
        return None
    values = {squeeze(text) for text in fresh.values()}
    if len(values) != 1:
        return None
    column = min(fresh)
    width = len(header.columns) if header else len(line.cells)
    wide = len(fresh) >= 3 or line.spans.get(column, 1) * 2 >= max(width, 3)
    return (fresh[column], column, wide) if len(fresh) == 1 or len(fresh) >= 3 else None


def single_meaning(text: str, category_of: Callable[[str], str | None]) -> Meaning:
    """What a one-text row means: a category heading, the name of a body, a note, a title, another part."""
    words = compact(text)
    if _NOTE.match(words):
        return "note"
    if len(words) <= 40 and category_of(heading_words(words)):
        return "category"
    if _LIST_TITLE.search(words) and len(words) <= 60:
        return "title"
    if len(words) <= 30 and _BODY.search(heading_words(words)):
        return "body"
    return "part" if len(words) <= 40 and not re.search(r"[。；;]", words) else "other"


def heading_words(text: str) -> str:
    """A heading without ordinal, count and colon: ``一、行政许可（11项）`` → ``行政许可``."""
    words = _ORDINAL.sub("", half_width(compact(text)))
    words = _COUNT.sub("", words)
    return re.sub(r"[（(\[【]\s*[)）\]】]", "", words).strip(" :：、,，-—")


def claimed_count(text: str) -> int | None:
    """The count that a label claims: ``行政处罚（254项）`` → 254; None when it claims none."""
    found = re.search(r"(?:共|合计)?\s*(\d{1,5})\s*项", half_width(compact(text)))
    return int(found[1]) if found else None


def is_serial(text: str) -> bool:
    """Whether a cell holds a running number, such as ``12`` or ``3.1``."""
    return bool(_SERIAL.match(half_width(squeeze(text))))


def serials(text: str) -> tuple[str, ...]:
    """Several running numbers in one cell (``2,3``); empty when it is not that."""
    words = half_width(squeeze(text))
    return tuple(re.split(r"[,、;]", words)) if _SERIALS.match(words) else ()


def is_total(text: str) -> bool:
    """Whether a cell begins a total row: 合计, 总计, 小计."""
    return bool(_TOTAL.match(compact(text)))


def is_note(text: str) -> bool:
    """Whether a text begins like a footnote or a form field (备注：, 填表人：, 联系电话：)."""
    return bool(_NOTE.match(compact(text)))


def starts_part(text: str) -> bool:
    """Whether a text begins like a heading: 一、, （一）, 第一部分."""
    return bool(
        re.match(r"^(?:第?[一二三四五六七八九十]+[、.．部章节篇]|[（(][一二三四五六七八九十]+[)）])", compact(text))
    )


def nothing_but_serial(line: Line, header: Header) -> bool:
    """Whether a row holds a running number only, as in a form that was numbered in advance."""
    fresh = {column: text for column, text in line.fresh().items() if not is_empty(text)}
    return len(fresh) == 1 and next(iter(fresh)) == header.index_of("serial") and is_serial(next(iter(fresh.values())))
