"""Repairing the text of a cell: broken lines, stray spaces, full-width digits, numbered points.

A published cell was often wrapped by hand to fit its column, so a line break is a paragraph only where the text
says so: before a numbered point, a 【tag】, an article or a heading, or after the end of a sentence.
All functions keep every character that is not white space (digits of codes excepted, which become half-width).
"""

import re
import unicodedata
from itertools import pairwise

# Set between texts that came from different cells: never a broken word.
PARAGRAPH = "\u2029"
_CJK = r"\u2e80-\u2fff\u3005-\u3007\u3040-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PUNCTUATION = "，。；：、！？（）《》〈〉【】〔〕［］「」『』“”‘’…—·"
_SPACES = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f\x7f]|_x000[dD]_")
_NEAR_PUNCTUATION = re.compile(rf" (?=[{_PUNCTUATION}])|(?<=[{_PUNCTUATION}]) ")
_BETWEEN_CJK = re.compile(rf"(?<=[{_CJK}{_PUNCTUATION}]) +(?=[{_CJK}{_PUNCTUATION}])")
# Blanks that typing left inside dates and article numbers: 12 月8 日, 第 30 条.
_IN_DATE = re.compile(r"(?<=\d) (?=[年月日号条款项元万])|(?<=[年月第]) (?=\d)")
_SENTENCE_END = re.compile(r"[。；;！!？?：:…]$|[。；！？][”’」』）)》]$")
_CHINESE_NUMBER = "一二三四五六七八九十百零〇"
_POINT = re.compile(
    rf"(?:\d{{1,3}}[.．、](?!\d)|[（(]\d{{1,3}}[)）]|\d{{1,3}}[)）]|[{_CHINESE_NUMBER}]{{1,4}}[、.．]"
    rf"|[（(][{_CHINESE_NUMBER}]{{1,4}}[)）]|[①-⑳⑴-⒇⒈-⒛㈠-㈩])"
)
_OPENING = re.compile(
    rf"{_POINT.pattern}|[【〖]|[［\[〔](?![\d]).{{1,10}}[］\]〕]|第[{_CHINESE_NUMBER}千\d]+[条章节款](?![的规第、，,和至]) ?"
    rf"|[{_CJK}]{{2,12}}责任[:：]|《[^《》]{{2,60}}》(?=[（(第]|$)"
)
# A longer line was not broken to fit a column: its end is meant.
_WIDEST_WRAPPED = 120
# A line that ends a clause after one or two characters goes on with a word of the line before: 会议通⏎过，现予公布.
_REST_OF_WORD = re.compile(rf"[{_CJK}]{{1,2}}[，。；、）]")
# Only in wider cells than this does a line that ends early show that its end is meant.
_NARROWEST_FREE = 40
# After these an article number continues the sentence: 违反本法第二十条、⏎第二十一条.
_JOINING = (
    "，",
    ",",
    "、",
    "《",
    "（",
    "(",
    "和",
    "及",
    "或",
    "与",
    "至",
    "按",
    "照",
    "据",
    "违反",
    "依照",
    "根据",
    "》",
    "对",
    "以",
    "为",
    "在",
    "由",
    "是",
    "于",
    "之",
)
_UNIT_END = re.compile(r"(?:科|室|处|局|中心|队|站|所|办|厅|委|部|股|院|校|馆|会|组|公司|政府|机构|[)）])$")
_EMPTY = frozenset(
    (
        "",
        "/",
        "\\",
        "／",
        "-",
        "－",
        "—",
        "——",
        "–",
        "无",
        "无。",
        "暂无",
        "空",
        "空白",
        "n/a",
        "na",
        "null",
        "none",
        "#n/a",
    )
)
_DITTO = frozenset(("同上", "同前", "同上一项", "同上项", "同上行", "〃", "″", "″″", '"'))
_LONGEST_EMPTY = max(len(word) for word in _EMPTY)


def clean(text: str) -> str:
    """Normalise line ends, blanks and invisible characters; keep the lines."""
    if text.isprintable() and "  " not in text and "_x000" not in text:
        return text.strip(" ")
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n").replace("\f", "\n"))
    text = text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\x85", "\n")
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n")).strip("\n")


def is_empty(text: str) -> bool:
    """Whether an optional cell says nothing: blank, or one of ``/``, 无, — and the like."""
    if len(text) > _LONGEST_EMPTY and len(text.strip()) > _LONGEST_EMPTY and text.isprintable():
        return False
    return clean(text).strip().casefold() in _EMPTY


def is_ditto(text: str) -> bool:
    """Whether a cell says the same as the one above it: 同上, 〃."""
    return len(text) < 12 and squeeze(text).strip("（）()。“”") in _DITTO


def half_width(text: str) -> str:
    """Full-width letters, digits and signs → half-width; for numbers and codes only, never for prose."""
    return unicodedata.normalize("NFKC", text)


def compact(text: str) -> str:
    """One line for names, bodies and words: broken lines joined, blanks between Chinese characters removed."""
    text = clean(text)
    if "\n" not in text and " " not in text:
        return text
    lines = [line for line in text.split("\n") if line]
    joined = ""
    for line in lines:
        joined = _glue(joined, line)
    return _BETWEEN_CJK.sub("", _NEAR_PUNCTUATION.sub("", joined)).strip()


def code_text(text: str) -> str:
    """A code: half-width, without any blank; an empty word gives ""."""
    return "" if is_empty(text) else re.sub(r"\s+", "", half_width(clean(text)))


def mend(text: str) -> str:
    """Prose with its real paragraphs: lines broken inside a sentence are joined, numbered points stay lines.

    `PARAGRAPH` in the text ends a paragraph whatever follows.
    """
    if PARAGRAPH in text:
        return "\n".join(part for part in map(mend, text.split(PARAGRAPH)) if part)
    before, mended = text, _mend(text)
    # Joining changes how wide the lines are; the form that is kept is the one that mending leaves as it is.
    while mended != before and "\n" in mended:
        before, mended = mended, _mend(mended)
    return mended


def _mend(text: str) -> str:
    lines = [line for line in clean(text).split("\n") if line]
    narrow = _is_narrow(lines)
    widest = max((_width(line) for line in lines), default=0)
    enough = widest * 0.7 if widest > _NARROWEST_FREE else 0
    paragraphs: list[str] = []
    for index, line in enumerate(lines):
        ahead = line + (lines[index + 1] if len(line) < 8 and index + 1 < len(lines) else "")
        full = narrow or enough <= _width(lines[index - 1]) <= _WIDEST_WRAPPED or _REST_OF_WORD.match(line)
        if paragraphs and full and not _begins_paragraph(paragraphs[-1], ahead):
            paragraphs[-1] = _glue(paragraphs[-1], line)
        else:
            paragraphs.append(line)
    return "\n".join(_tidy(paragraph, narrow=narrow) for paragraph in paragraphs)


def units(text: str) -> str:
    """Handling units: lines that are whole units stay apart (joined by 、), a unit broken over lines is joined."""
    lines = [line for line in clean(text).split("\n") if line]
    if len(lines) > 1 and all(_UNIT_END.search(line.rstrip("、，,；; ")) for line in lines):
        return "、".join(compact(line).rstrip("、，,；;") for line in lines)
    return compact(text)


def same(left: str, right: str) -> bool:
    """Whether two texts are equal but for white space."""
    return squeeze(left) == squeeze(right)


def squeeze(text: str) -> str:
    """The text without any white space or invisible character, for comparison."""
    return "".join((text if text.isprintable() else _INVISIBLE.sub("", text)).split())


def split_points(text: str) -> tuple[str, ...]:
    """Split prose into its numbered points of the outermost style; a lead sentence is its own first entry.

    Numbers stay with their points, so that joining the entries gives the text back (modulo white space).
    Points are taken at the start of a line, and inside a line where they continue the count.
    """
    text = mend(text)
    style = _outer_style(text)
    if style is None:
        return tuple(line for line in text.split("\n") if line)
    cuts = [0]
    expected = 1
    for match in style.finditer(text):
        at_line = match.start() == 0 or text[match.start() - 1] == "\n"
        number = _number(match.group("n"))
        after = text[: match.start()].rstrip()
        if at_line or (number == expected and (not after or _SENTENCE_END.search(after) or number > 1)):
            cuts.append(match.start())
            expected = number + 1
    parts = [text[start:end].strip() for start, end in pairwise([*sorted(set(cuts)), len(text)])]
    return tuple(part for part in parts if part)


def strip_point(text: str) -> str:
    """A point without its number: ``1.具体承办人；`` → ``具体承办人；``."""
    return re.sub(rf"^\s*(?:{_POINT.pattern})\s*", "", text)


def tokens(text: str) -> tuple[str, ...]:
    """Short enumerations (persons, units): numbered points or parts between 、；, numbers and end signs dropped."""
    points = split_points(text)
    if len(points) == 1:
        points = tuple(re.split(r"[；;\n]|、(?![^（(]*[)）])", points[0]))
    stripped = (strip_point(point).strip(" 、，,；;：:。.") for point in points)
    return tuple(dict.fromkeys(token for token in stripped if token))


def _tidy(paragraph: str, *, narrow: bool) -> str:
    paragraph = _IN_DATE.sub("", _NEAR_PUNCTUATION.sub("", paragraph))
    return _BETWEEN_CJK.sub("", paragraph) if narrow else paragraph


def _is_narrow(lines: list[str]) -> bool:
    """Whether the cell was wrapped by hand in a narrow column: many lines, nearly all of them short."""
    if len(lines) < 4:
        return False
    lengths = sorted(len(line) for line in lines)
    return lengths[len(lengths) // 2] <= 16 and lengths[-1] <= 40


def _width(line: str) -> int:
    """Width in half-width columns."""
    return 2 * len(line) - len(line.encode("ascii", "ignore"))


def _begins_paragraph(before: str, line: str) -> bool:
    """Whether `line` (with what follows a very short line) opens a paragraph after `before`."""
    if _SENTENCE_END.search(before):
        return True
    opening = _OPENING.match(line)
    return opening is not None and not (opening[0][0] in "第《" and before.endswith(_JOINING))


def _glue(before: str, line: str) -> str:
    if before and before[-1].isascii() and before[-1].isalpha() and line[0].isascii() and line[0].isalpha():
        return f"{before} {line}"
    return before + line


_STYLES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<n>[{_CHINESE_NUMBER}]{{1,4}})[、.．]",
        rf"[（(](?P<n>[{_CHINESE_NUMBER}]{{1,4}})[)）]",
        r"(?<![\d.．第〔（(])(?P<n>\d{1,3})[.．、](?!\d)",
        r"[（(](?P<n>\d{1,3})[)）]",
        r"(?<![\d（(])(?P<n>\d{1,3})[)）]",
        r"(?P<n>[①-⑳])",
        r"(?P<n>[⑴-⒇])",
        r"(?P<n>[⒈-⒛])",
    )
)


def _outer_style(text: str) -> re.Pattern[str] | None:
    """The style whose number one comes first at the start of a line, else first after a sentence."""
    best: tuple[int, int, re.Pattern[str]] | None = None
    for style in _STYLES:
        for match in style.finditer(text):
            before = text[: match.start()]
            at_line = not before or before.endswith("\n")
            ends = bool(_SENTENCE_END.search(before.rstrip()))
            if at_line or (ends and _number(match.group("n")) == 1):
                rank = (0 if at_line else 1, match.start(), style)
                if best is None or rank[:2] < best[:2]:
                    best = rank
                break
    return best[2] if best else None


def _number(text: str) -> int:
    """Value of a point's number: Arabic, Chinese up to 99, or a circled digit."""
    if text.isdecimal():
        return int(text)
    if len(text) == 1 and unicodedata.numeric(text, None) is not None and text not in _CHINESE_NUMBER:
        return int(unicodedata.numeric(text))
    return chinese_number(text)


def chinese_number(text: str) -> int:
    """A Chinese numeral below one thousand → its value; 0 when it is none."""
    digits = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
    total, digit = 0, 0
    for character in text:
        if character in digits:
            digit = digits[character]
        elif character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            return 0
    return total + digit
