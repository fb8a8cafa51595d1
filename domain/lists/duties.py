"""Splitting responsibility matters by their headings, accountability into situations, persons and remedies."""

import re
from itertools import pairwise

from domain.lists.texts import is_empty, mend, split_points, strip_point, tokens
from domain.powers import ResponsibilityMatter

_HEADING = re.compile(
    r"(?:^|(?<=\n)|(?<=[。；;)）…:： ])\s*)"
    r"(?P<number>(?:\d{1,2}|[一二三四五六七八九十]{1,3})[.．、]\s*|[（(][一二三四五六七八九十\d]{1,2}[)）]\s*)?"
    r"(?P<name>[\u4e00-\u9fff、和与及（）()]{2,16}(?:责任|阶段|环节))\s*(?P<end>[:：])"
)


def split_responsibilities(text: str) -> tuple[ResponsibilityMatter, ...]:
    """Split by headings such as 直接实施责任：, 1.受理责任：; the number of a heading stays in it.

    Where unnumbered headings exist they alone divide the text, and numbered ones are points under them.
    """
    text = mend(text)
    found = list(_HEADING.finditer(text))
    plain = [match for match in found if not match["number"]]
    headings = plain or found
    matters: list[ResponsibilityMatter] = []
    lead = text[: headings[0].start()].strip() if headings else text
    if lead:
        matters.append(ResponsibilityMatter(heading="", text=lead))
    for match, end in pairwise([*headings, None]):
        body = text[match.end() : end.start() if end else len(text)].strip() if match else ""
        heading = ((match["number"] or "") + match["name"]).strip() if match else ""
        if body:
            matters.append(ResponsibilityMatter(heading=heading, text=body))
        elif heading:
            matters.append(ResponsibilityMatter(heading="", text=f"{heading}："))
    return tuple(matters)


def join_responsibilities(matters: tuple[ResponsibilityMatter, ...]) -> str:
    """The text of a cell from which `split_responsibilities` makes the same matters."""
    return "\n".join(f"{matter.heading}：\n{matter.text}" if matter.heading else matter.text for matter in matters)


def split_situations(text: str) -> tuple[str, ...]:
    """Accountability situations: one entry per numbered point, numbers kept; a lead sentence is the first entry."""
    return () if is_empty(text) else split_points(text)


def split_persons(text: str) -> tuple[str, ...]:
    """Accountable persons: their order is kept, the numbers and end signs before and after them are not."""
    return () if is_empty(text) else tokens(text)


def split_paragraphs(text: str) -> tuple[str, ...]:
    """Numbered points or paragraphs as published: duties, remedies, conditions, steps."""
    return () if is_empty(text) else split_points(text)


def split_names(text: str) -> tuple[str, ...]:
    """Numbered points without their numbers and end signs: names of materials, conditions."""
    if is_empty(text):
        return ()
    return tuple(name for name in (strip_point(point).rstrip("；;。") for point in split_points(text)) if name)
