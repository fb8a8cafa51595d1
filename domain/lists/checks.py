"""Checks of an item that was read: what is missing, what looks wrong, and making its content valid."""

from collections.abc import Sequence

from pydantic import ValidationError

from domain.lists.assembly import Entry
from domain.lists.draft import Draft, Surroundings, name_of
from domain.lists.fields import GUIDE_FIELDS
from domain.lists.layout import Column, Header
from domain.lists.results import ListItem
from domain.lists.rows import serials
from domain.lists.texts import compact, same, squeeze
from domain.powers import Guide, PowerContent

# Fields of the responsibility side that a list fills for every item once it has the column (001-6).
_EXPECTED = ("responsibilities", "accountable_persons", "accountability")
# Spreadsheet programs cut a cell at these lengths (characters).
_CUT_LENGTHS = frozenset((255, 32767))


def check_completeness(draft: Draft, header: Header, around: Surroundings) -> None:
    """Report what every item should have and this one lacks; a body named by a heading is taken."""
    content = draft.content
    if "name" not in content:
        draft.report(
            "事项名称", "missing_name", "没有事项名称。", "请补充事项名称，或确认本行应并入上一事项。", blocking=True
        )
    elif same(str(content["name"]), str(content.get("sub_item", ""))):
        del content["sub_item"]
    if "bases" not in content:
        draft.report("实施依据", "missing_basis", "没有实施依据。", "请补充实施依据。")
    for name in _EXPECTED:
        if name in header.fields and name not in content:
            title = name_of(name)
            draft.report(title, "missing_field", f"表中有“{title}”一栏，本行空白。", f"请补充{title}。")
    if "body_name" not in content:
        if around.body_name:
            content["body_name"] = around.body_name
        elif "body_name" in header.fields:
            draft.report("行使主体", "missing_body", "没有行使主体。", "请补充行使主体。")


def check_rows(draft: Draft, entry: Entry, header: Header, serial: str) -> None:
    """Report what the making of the item shows: several serials, loose rows, filled, hidden, doubled or cut texts."""
    several = serials(serial)
    if several:
        message = f"序号写着“{serial}”：一行对应清单中的 {len(several)} 个序号，按一个事项登记。"
        draft.report("序号", "several_serials", message, "请核对是否应分列为多个事项。")
    if entry.loose:
        rows = "、".join(str(row) for row in entry.loose)
        draft.report(
            "", "orphan_rows", f"第{rows}行没有事项名称，也没有合并单元格，已作为本事项的续行接上。", "请核对续行。"
        )
    names = {column.index: column.header for column in header.columns}
    filled = [names[index] for index in sorted(entry.filled) if names.get(index) and index != header.index_of("name")]
    if filled:
        draft.report(
            "", "filled_down", f"下列栏目空白或写“同上”，沿用上一行：{'、'.join(filled)}。", "请核对沿用的内容。"
        )
    for row, column, text in entry.hidden:
        message = (
            f"第{row}行合并单元格下藏有未显示的文字：“{compact(text)[:300]}”（共{len(squeeze(text))}字），未采用。"
        )
        draft.report(names.get(column, f"第{column + 1}列"), "hidden_text", message, "请核对隐藏的文字是否应当保留。")
    for name, text in draft.raw.items():
        half = squeeze(text)
        if len(half) >= 24 and len(half) % 2 == 0 and half[: len(half) // 2] == half[len(half) // 2 :]:
            draft.report(name_of(name), "duplicated_text", "单元格中同一段文字出现两次。", "请删去重复的一段。")
        if len(text) in _CUT_LENGTHS and not text.rstrip().endswith(("。", "；", ".", "）")):
            draft.report(
                name_of(name), "truncated_text", f"文字恰好 {len(text)} 字，可能被表格软件截断。", "请对照原件补全。"
            )


def make_valid(draft: Draft, texts: dict[str, tuple[Column, str]]) -> None:
    """Make the content such that it builds; a field that does not fit moves under its header."""
    guide = {name: draft.content.pop(name) for name in sorted(GUIDE_FIELDS) if name in draft.content}
    if guide and "guide" not in draft.content:
        draft.content["guide"] = Guide(**guide)
    if draft.further:
        draft.content["further"] = dict(draft.further)
    stand_in = {"scheme": "-", "code": "-", "body": "-", "name": "-", "category": "-"}
    for _ in range(3):
        known = {name: value for name, value in draft.content.items() if value != ""}
        try:
            PowerContent(**{**stand_in, **known})
        except ValidationError as error:
            _move_aside(draft, error, texts)
        else:
            return


def _move_aside(draft: Draft, error: ValidationError, texts: dict[str, tuple[Column, str]]) -> None:
    for name in dict.fromkeys(str(problem["loc"][0]) for problem in error.errors() if problem["loc"]):
        draft.content.pop(name, None)
        header = texts[name][0].header if name in texts else name_of(name)
        further = {**draft.content.get("further", {}), **({header: texts[name][1]} if name in texts else {})}
        if further:
            draft.content["further"] = further
        if name == "name":
            draft.content["name"] = texts[name][1][:1000]
            draft.report(
                header, "name_too_long", "事项名称超过 1000 字，已截取；全文另存。", "请核对事项名称。", blocking=True
            )
    report_invalid(draft, "", error)


def report_invalid(draft: Draft, header: str, error: ValidationError) -> None:
    """Report the fields that the content refuses."""
    for problem in error.errors()[:3]:
        place = "·".join(str(part) for part in problem["loc"])
        column = header or name_of(place.split("·")[0])
        draft.report(
            column,
            "invalid_field",
            f"“{column}”的内容不符合要求（{problem['type']}），原文已保留。",
            "请在审核时改正。",
        )


def duplicate_key(item: ListItem) -> tuple[str, ...]:
    """What makes two items of one list the same: code, or body, category, level, name and sub-item."""
    if item.code:
        return ("code", item.code)
    content = item.content
    parts: Sequence[object] = [content.get(key, "") for key in ("body_name", "category", "level", "name", "sub_item")]
    return tuple(squeeze(str(part)) for part in parts)
