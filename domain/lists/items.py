"""From the joined texts of an entry to a `ListItem`: fields, category, level, limits, problems.

Nothing is lost: what has no field, or is not understood, stays under its header in ``further``.
"""

import re

from pydantic import ValidationError

from domain.flows import Limit
from domain.lists.assembly import Entry
from domain.lists.checks import check_completeness, check_rows, make_valid, report_invalid
from domain.lists.draft import CategorySource, Draft, Surroundings
from domain.lists.fields import read_field, read_json
from domain.lists.headers import HeaderMapping, normalise
from domain.lists.layout import Column, Header
from domain.lists.limits import read_limit
from domain.lists.results import ListItem
from domain.lists.texts import PARAGRAPH, clean, code_text, compact, half_width, is_empty, same
from domain.lists.words import Words, is_mark

_HANDLED = frozenset(
    ("serial", "code", "scheme", "body_code", "category", "level", "level_authority", "level_mark", "status")
)
_ENDED = re.compile("废止|取消|失效|停止|暂停|撤销|下放|不再")
_SHORT_REMARK = 60
_LIMITS = ("statutory_limit", "promised_limit")


def build_item(entry: Entry, header: Header, words: Words, around: Surroundings) -> ListItem:
    """Make an item of an entry; never raises for content, whatever is wrong becomes a problem of the item."""
    draft = Draft()
    texts = _texts_by_field(entry, header, draft)
    for name, (column, text) in texts.items():
        draft.raw[name] = text
        if name not in _HANDLED and name not in _LIMITS:
            _read(draft, name, column.header, text, words.mapping)
    category_text, source = _category(draft, texts, words, around)
    _level(draft, texts, words)
    _limits(draft, texts)
    _status(draft, words)
    serial = compact(half_width(texts["serial"][1])) if "serial" in texts else ""
    code = code_text(texts["code"][1]) if "code" in texts else ""
    check_completeness(draft, header, around)
    check_rows(draft, entry, header, serial)
    make_valid(draft, texts)
    return ListItem(
        sheet=around.sheet,
        rows=tuple(entry.rows),
        code=code,
        serial=serial,
        category_text=category_text,
        category_from=source,
        content=draft.content,
        problems=tuple(draft.problems),
        scheme=code_text(texts["scheme"][1]) if "scheme" in texts else "",
        body_code=code_text(texts["body_code"][1]) if "body_code" in texts else "",
    )


def _texts_by_field(entry: Entry, header: Header, draft: Draft) -> dict[str, tuple[Column, str]]:
    """One text per field: neighbours under one header and numbered columns are joined, doubles are kept apart."""
    texts: dict[str, tuple[Column, str]] = {}
    for column in header.columns:
        text = entry.text(column.index)
        if not column.field or column.field == "level_mark":
            if column.field != "level_mark":
                draft.keep(column.header, text)
            continue
        if column.field not in texts:
            texts[column.field] = (column, text)
            continue
        first, before = texts[column.field]
        if is_empty(text) or same(text, before):
            continue
        if is_empty(before):
            texts[column.field] = (column, text)
        elif _continues(first, column):
            texts[column.field] = (first, f"{before}{PARAGRAPH}{text}")
        else:
            _keep_double(draft, first, column, text)
    _marks(entry, header, texts)
    for index in sorted(set(entry.texts) - set(header.by_index)):
        draft.keep(f"第{index + 1}列（无表头）", entry.text(index))
    return {name: (column, text) for name, (column, text) in texts.items() if clean(text)}


def _continues(first: Column, column: Column) -> bool:
    stem = normalise(first.header).rstrip("0123456789")
    numbered = stem != normalise(first.header) and stem == normalise(column.header).rstrip("0123456789")
    return numbered or (normalise(first.header) == normalise(column.header) and column.index == first.index + 1)


def _keep_double(draft: Draft, first: Column, column: Column, text: str) -> None:
    if normalise(first.header) != normalise(column.header):
        draft.keep(column.header, text)
        return
    draft.keep(f"{column.header}（第{column.index + 1}列）", text)
    draft.report(
        column.header,
        "column_conflict",
        f"表中有两个“{column.header}”列，内容不同：采用第{first.index + 1}列，第{column.index + 1}列的内容另存于“其他规定内容”。",
        "请核对哪一列有效。",
    )


def _marks(entry: Entry, header: Header, texts: dict[str, tuple[Column, str]]) -> None:
    """Columns per level, marked or holding that level's authority → one level text."""
    marked: list[tuple[Column, str]] = []
    for column in header.columns:
        text = entry.text(column.index)
        if column.field == "level_mark" and clean(text) and is_mark(text) is not False:
            marked.append((column, "" if is_mark(text) else text))
    if not marked or "level" in texts:
        return
    names = [column.header.rsplit("·", 1)[-1] for column, _ in marked]
    texts["level"] = (marked[0][0], "、".join(names))
    said = [
        f"{name}：{text}" if len(marked) > 1 else text for name, (_, text) in zip(names, marked, strict=True) if text
    ]
    if said and "authority" not in texts:
        texts["authority"] = (marked[0][0], "\n".join(said))


def _read(draft: Draft, name: str, header: str, text: str, mapping: HeaderMapping) -> None:
    if name == "further":
        kept = read_json(name, text)
        if isinstance(kept, dict):
            draft.further.update(kept)
        return
    if name == "fee_note" and read_json("fees", text):
        draft.content["fees"] = read_json("fees", text)
        return
    try:
        value = read_field(name, text, mapping)
    except ValidationError as error:
        draft.keep(header, text)
        report_invalid(draft, header, error)
        return
    if value is not None:
        draft.content[name] = value
    elif not is_empty(text):
        draft.keep(header, text)


def _category(
    draft: Draft, texts: dict[str, tuple[Column, str]], words: Words, around: Surroundings
) -> tuple[str, CategorySource]:
    """The row's own category wins; else that of the section, the sheet or the title."""
    column, text = texts.get("category", (None, ""))
    header = column.header if column else "权力类型"
    if is_empty(text):
        code = words.category_within(around.category_text) if around.category_text else None
        draft.content["category"] = code or ""
        if code is None:
            draft.report(
                header,
                "missing_category",
                "没有写明权力类型，工作表名称和标题中也没有。",
                "请补充权力类型。",
                blocking=True,
            )
        return around.category_text, around.category_from if code else "nowhere"
    said = compact(text)
    code = words.category(text) or words.category_within(said)
    draft.content["category"] = code or ""
    if code is None:
        draft.report(
            header,
            "unknown_category",
            f"权力类型“{said}”不在所用规则的类别之中。",
            "请改为规则中的类别，或在映射文件中说明这个词。",
            blocking=True,
        )
    around_code = words.category_within(around.category_text) if around.category_text else None
    if code and around_code and code != around_code:
        message = f"本行权力类型为“{said}”，而{_WHERE[around.category_from]}写的是“{compact(around.category_text)}”；以本行为准。"
        draft.report(header, "category_conflict", message, "请核对权力类型。")
    return said, "row"


_WHERE = {"row": "本行", "section": "上方分类行", "sheet": "工作表名称", "title": "标题", "nowhere": "别处"}


def _level(draft: Draft, texts: dict[str, tuple[Column, str]], words: Words) -> None:
    column, text = texts.get("level") or texts.get("level_authority") or (None, "")
    if column is None or is_empty(text):
        return
    reading = words.read_level(text)
    authority = str(draft.content.get("authority", ""))
    if authority and (same(authority, text) or same(authority, reading.authority)):
        authority = ""
    if reading.codes:
        own = words.level_of_body(str(draft.content.get("body_name", "")))
        draft.content["level"] = own if own in reading.codes else reading.codes[0]
        rest = reading.authority
        if len(reading.codes) > 1:
            draft.keep("行使层级", text)
            draft.report(
                column.header,
                "several_levels",
                f"一行写有多个层级：“{compact(text)[:40]}”；按主体所在层级或第一个层级登记。",
                "请核对，必要时按层级分别列出。",
            )
    else:
        rest = reading.authority
        draft.report(
            column.header,
            "unknown_level",
            f"没有认出层级：“{compact(text)[:40]}”；文字已作为权限保留。",
            "请补充行使层级。",
        )
    joined = "\n".join(part for part in (rest, authority) if part)
    if joined:
        draft.content["authority"] = joined


def _limits(draft: Draft, texts: dict[str, tuple[Column, str]]) -> None:
    for name in _LIMITS:
        if name not in texts:
            continue
        column, text = texts[name]
        limit = read_json(name, text) or read_limit(text, column.header)
        if isinstance(limit, Limit):
            draft.content[name] = limit
        elif not is_empty(text):
            draft.keep(column.header, text)
            draft.report(
                column.header,
                "limit_not_understood",
                f"没有认出唯一的期限：“{compact(text)[:40]}”；原文已保留。",
                "请在审核时填写期限的数值和单位。",
            )


def _status(draft: Draft, words: Words) -> None:
    text = draft.raw.get("status", "")
    if is_empty(text):
        remarks = compact(draft.raw.get("remarks", ""))
        if len(remarks) <= _SHORT_REMARK and _ENDED.search(remarks):
            message = f"备注写有“{remarks}”，事项可能已不再行使；按在用登记。"
            draft.report("备注", "status_in_remarks", message, "请核对权力状态，必要时改为暂停或取消。")
        return
    code = words.status(text)
    if code in ("in_use", "suspended", "cancelled"):
        draft.content["status"] = code
    else:
        draft.keep("状态", text)
        draft.report(
            "状态",
            "status_not_understood",
            f"没有认出状态“{compact(text)[:20]}”；按在用登记，原文已保留。",
            "请核对权力状态。",
        )
