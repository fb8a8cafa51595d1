"""Splitting legal bases by their tags 【法律】【法规】… into `LegalBasis` values, and joining them again.

No character is lost but tags and white space: the joined texts of the parts are the source text without its
tags. A tag of an unusual spelling stays in the text of its part, so that it can be read as published.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import cast, get_args

from domain.lists.headers import normalise
from domain.lists.texts import mend, strip_point
from domain.powers import BasisKind, LegalBasis

# The spelling in which a kind is written by our own export; reading it gives the kind back.
CANONICAL_TAGS: Mapping[str, str] = {
    "law": "法律",
    "administrative_regulation": "行政法规",
    "state_council_decision": "国务院决定",
    "local_regulation": "地方性法规",
    "department_rule": "部门规章",
    "local_rule": "地方政府规章",
    "rule": "规章",
    "regulation": "法规",
    "normative_document": "规范性文件",
    "party_document": "党内法规",
    "other": "其他",
}
_KINDS = frozenset(get_args(BasisKind))
_NUMBER = "一二三四五六七八九十百千零〇两0-9"
_TAG = re.compile(
    r"【\s*(?P<a>[^【】]{1,16}?)\s*】|(?P<l>^|\n|[。；]\s*)[［\[〔〖]\s*(?P<b>[^［］\[\]〔〕〖〗\d]{1,16}?)\s*[］\]〕〗]",
    re.MULTILINE,
)
_TAG_WORD = re.compile(r"(法律|法规|规章|文件|决定|条例|规定|解释|依据|标准|方案)$")
_TITLE = re.compile(r"《")
_ARTICLE = re.compile(
    rf"第\s*[{_NUMBER}]+\s*条(之[一二三四五六七八九十])?(\s*第\s*[{_NUMBER}]+\s*款)?"
    rf"(\s*第?\s*[（(]?\s*[{_NUMBER}]+\s*[)）]?\s*项)?"
    # 第三十、三十二、三十四条 and 第三十九至第五十条: the first of them.
    rf"|(?P<first>第\s*[{_NUMBER}]+)(?=\s*[、，,至到—~-]\s*第?\s*[{_NUMBER}]+[第{_NUMBER}、，,至到和及—~\s-]*条)"
)
# The number of a point before a tag or law belongs to what follows it.
_DANGLING = re.compile(r"(?:^|(?<=[\n。；;]))\s*(?P<point>[（(]?[一二三四五六七八九十\d]{1,3}[)）.．、])\s*$")
_DOCUMENT_NUMBER = re.compile(
    r"[\u4e00-\u9fff]{1,14}[〔\[［（(【]\s*\d{4}\s*[〕\]］）)】]\s*第?\s*\d+\s*号"
    r"|(?:中华人民共和国)?(?:国务院|主席|[\u4e00-\u9fff]{2,12}?(?:部|局|总局|委员会|委|署|政府|会|行))?令\s*"
    r"(?:\d{4}\s*年\s*)?第?\s*[一二三四五六七八九十百零〇\d]+\s*号"
    r"|第\s*\d+\s*号令"
)
# A further law of an untagged text, or of the same tag: at a line start, or numbered after a sentence. A title in
# the middle of a sentence (（二）《报告书》内容不真实) begins none: after a law's title its bracket or article follows.
_LAW = r"《[^《》\n]{2,80}(?:《[^《》\n]*》[^《》\n]{0,40})?》\s*(?:[（(《：:]|第|已|$)"
_NEXT_LAW = re.compile(
    rf"(?:^|(?<=\n))(?=(?:[（(]?[一二三四五六七八九十\d]{{1,3}}[)）.．、]\s*)?{_LAW})"
    rf"|(?<=[。；;条款项])(?=\s*\d{{1,2}}[.．、]\s*{_LAW})",
    re.MULTILINE,
)


def split_bases(text: str, tags: Mapping[str, str]) -> tuple[LegalBasis, ...]:
    """Split the text of a cell into its legal bases; `tags` is tag spelling → kind (from the header mapping)."""
    text = mend(text)
    cuts: list[tuple[int, int, str, str]] = [(0, 0, "untagged", "")]
    for match in _TAG.finditer(text):
        spelling = match["a"] or match["b"]
        kind = _kind(spelling, tags, text, match.start())
        if kind:
            start = match.start() + len(match["l"] or "")
            cuts.append((start, match.end(), kind, spelling))
    parts: list[LegalBasis] = []
    point = ""
    for (_, begin, kind, spelling), (end, *_rest) in pairwise([*cuts, (len(text), len(text), "", "")]):
        kept = "" if not spelling or normalise(spelling) == CANONICAL_TAGS[kind] else f"【{spelling}】"
        segment = text[begin:end]
        dangling = _DANGLING.search(segment) if end < len(text) else None
        if dangling:
            segment = segment[: dangling.start()]
        parts += _laws(kind, kept + point + segment.strip())
        point = dangling["point"] if dangling else ""
    return tuple(parts)


def join_bases(bases: Sequence[LegalBasis]) -> str:
    """The text of a cell from which `split_bases` makes the same bases."""
    lines = []
    for basis in bases:
        tagged = basis.kind == "untagged" or basis.text.startswith("【")
        lines.append(basis.text if tagged else f"【{CANONICAL_TAGS[basis.kind]}】{basis.text}")
    return "\n".join(lines)


def _kind(spelling: str, tags: Mapping[str, str], text: str, position: int) -> str:
    """Kind of a tag; "" when the brackets are no tag, such as the year of a document number 【2021】."""
    word = normalise(spelling)
    if word in tags:
        return tags[word] if tags[word] in _KINDS else "other"
    if any(character.isdecimal() for character in word):
        return ""
    for suffix, kind in sorted(tags.items(), key=lambda pair: -len(pair[0])):
        if len(suffix) > 1 and word.endswith(suffix):
            return kind if kind in _KINDS else "other"
    return "other" if _TAG_WORD.search(word) or (position == 0 and text[position] == "【") else ""


def _laws(kind: str, text: str) -> list[LegalBasis]:
    """One segment under a tag → one basis per law that begins a line (or is numbered after a sentence)."""
    if not text:
        return []
    cuts = sorted({0, *(match.start() for match in _NEXT_LAW.finditer(text))})
    pieces = [text[start:end].strip() for start, end in pairwise([*cuts, len(text)])]
    joined: list[str] = []
    for piece in pieces:
        # A lead such as "依据：" has no law of its own: it stays with the law that follows it.
        if joined and "《" not in joined[-1] and not _ARTICLE.search(joined[-1]):
            joined[-1] = f"{joined[-1]}\n{piece}"
        elif piece:
            joined.append(piece)
    return [_basis(kind, piece) for piece in joined]


def _basis(kind: str, text: str) -> LegalBasis:
    title, end = _title(text)
    article = _ARTICLE.search(text, end)
    number = _DOCUMENT_NUMBER.search(text, end) or _DOCUMENT_NUMBER.search(text)
    return LegalBasis(
        kind=cast(BasisKind, kind),
        title=title,
        article=re.sub(r"\s+", "", f"{article['first']}条" if article["first"] else article[0]) if article else "",
        document_number=re.sub(r"\s+|^(?:.*?通知)?[日月年由经以和及原]*", "", number[0]) if number else "",
        text=text,
        in_force_from=None,
        in_force_until=None,
    )


def _title(text: str) -> tuple[str, int]:
    """First title in 《》 with titles nested in it, without the marks, and the position after it."""
    opening = _TITLE.search(text)
    # The opening mark was forgotten.
    unopened = re.match(r"[^《》（(。；\n]{4,80}(?=》)", text)
    if unopened:
        return re.sub(r"\s+", "", unopened[0]), unopened.end() + 1
    if opening is None:
        return "", 0
    depth = 0
    for position in range(opening.start(), min(len(text), opening.start() + 200)):
        if text[position] == "《":
            depth += 1
        elif text[position] == "》":
            depth -= 1
            if depth == 0 or text[position + 1 : position + 2] in ("（", "(", "第", "的", "。", "\n", ""):
                inner = text[opening.end() : position].strip("《》 ")
                return re.sub(r"\s+", "", inner), position + 1
    # The closing mark was forgotten: the title ends where its bracket, article or line begins.
    unclosed = re.match(r"[^《》（(\n]{2,60}?(?=[（(\n]|第[^《》\n]{1,6}条)", text[opening.end() :])
    return (re.sub(r"\s+", "", unclosed[0]), opening.end() + unclosed.end()) if unclosed else ("", 0)


def law_key(text: str) -> str:
    """A title for comparison: without number, blanks and marks."""
    return normalise(strip_point(text)).strip("《》")
