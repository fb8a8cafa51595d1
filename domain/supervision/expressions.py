"""Checking an expression of the supervisors' own before anything evaluates it: names, types, functions, loops, size (003-37).

The language is CEL. Its grammar is checked by the library; here stands what of it a rule may use, so that every rule ends
soon and can only tell what the view tells. Comparing things of different types is no error in CEL, it is simply never so:
that is what the check of types is for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from domain.supervision.view import TYPE_NAMES, VIEW

LONGEST: Final = 1000
MOST_LOOPS: Final = 3
LOOPS: Final = ("all", "exists", "exists_one", "filter", "map")
FUNCTIONS: Final = ("size", "contains", "startsWith", "endsWith", "matches", "int", "double", "string")
WORDS: Final = ("true", "false", "in")
COMPARED: Final = ("==", "!=", "<", "<=", ">", ">=")

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<string>r?"(?:\\.|[^"\\\n])*"|r?'(?:\\.|[^'\\\n])*')
    |(?P<double>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)
    |(?P<int>0[xX][0-9a-fA-F]+|\d+)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()\[\]])""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of an expression."""

    kind: str
    text: str


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of an expression; what is none of the language has the kind ``other``."""
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            yield Token("other", text[place])
            place += 1
            continue
        place = found.end()
        if found.lastgroup != "space":
            yield Token(found.lastgroup or "", found.group())


def problems(text: str) -> tuple[str, ...]:
    """Return what is wrong with an expression, each in a sentence of its own."""
    if not text.strip():
        return ("没有写表达式。",)
    if len(text) > LONGEST:
        return (f"表达式有 {len(text)} 字，最多 {LONGEST} 字。",)
    words = list(tokens(text))
    if other := next((one for one in words if one.kind == "other"), None):
        return (f"“{other.text}”不能用在表达式里。",)
    found = [*_names(words), *_loops(words), *_types(words)]
    return tuple(dict.fromkeys(found))


def _called(words: Sequence[Token], place: int) -> bool:
    return place + 1 < len(words) and words[place + 1].text == "("


def _bound(words: Sequence[Token]) -> set[str]:
    """Return the names that loops give to what they look at: ``late_steps.exists(one, …)``."""
    return {
        words[place + 2].text
        for place, one in enumerate(words[:-2])
        if one.text in LOOPS and words[place + 1].text == "(" and words[place + 2].kind == "name"
    }


def _names(words: Sequence[Token]) -> Iterator[str]:
    own = _bound(words)
    for name in sorted(own & set(VIEW)):
        yield f"“{name}”已有含义，循环里的变量请另取名称。"
    for place, one in enumerate(words):
        if one.kind != "name" or one.text in WORDS:
            continue
        after_dot = place > 0 and words[place - 1].text == "."
        if _called(words, place):
            if one.text not in (*FUNCTIONS, *LOOPS):
                yield f"没有“{one.text}”这个函数，可以用的是：{'、'.join((*FUNCTIONS, *LOOPS))}。"
            elif one.text in LOOPS and not after_dot:
                yield f"“{one.text}”写在列表的后面，例如 late_steps.{one.text}(…)。"
        elif after_dot:
            yield f"“.{one.text}”取不到：办件的各项都没有下级的项目。"
        elif one.text not in VIEW and one.text not in own:
            yield f"办件没有“{one.text}”这一项，规则看不到它。可以用的项目列在下面。"


# Loops within loops take the time of one times the other: forty seconds for a line of text.
def _loops(words: Sequence[Token]) -> Iterator[str]:
    count, depth, open_at = 0, 0, list[int]()
    for place, one in enumerate(words):
        if one.text == "(":
            depth += 1
            if place and words[place - 1].text in LOOPS:
                count += 1
                if open_at:
                    yield "循环里不能再有循环，请拆成两条规则。"
                open_at.append(depth)
        elif one.text == ")":
            if open_at and open_at[-1] == depth:
                open_at.pop()
            depth -= 1
    if count > MOST_LOOPS:
        yield f"最多用 {MOST_LOOPS} 个循环。"


def _types(words: Sequence[Token]) -> Iterator[str]:
    for place, one in enumerate(words[1:-1], 1):
        if one.text not in COMPARED:
            continue
        left, right = _type(words, place - 1, first=False), _type(words, place + 1, first=True)
        if not left or not right or left == right or {left, right} == {"int", "double"}:
            continue
        texts = f"{words[place - 1].text} {one.text} {words[place + 1].text}"
        yield f"“{texts}”两边的类型不同：{TYPE_NAMES[left]}和{TYPE_NAMES[right]}，永远不会成立。"
    for before, after in pairwise(words):
        if after.text == "in" and before.text in VIEW and VIEW[before.text].type == "list":
            yield f"“{before.text}”是列表，“in”的左边应当是文字。"


def _type(words: Sequence[Token], place: int, *, first: bool) -> str:
    """Return the type of a word that stands alone beside a comparison; empty where it is a part of something longer."""
    one = words[place]
    beyond = place + 1 if first else place - 1
    near = words[beyond].text if 0 <= beyond < len(words) else ""
    if near in (".", "[", "+", "-", "*", "/", "%") or (first and near == "("):
        return ""
    if one.kind in ("string", "int", "double"):
        return one.kind
    if one.text in ("true", "false"):
        return "bool"
    return VIEW[one.text].type if one.text in VIEW else ""


def used(text: str) -> tuple[str, ...]:
    """Return what of the view an expression names, in the order of the view: nothing else is read for it."""
    named = {one.text for one in tokens(text) if one.kind == "name"}
    return tuple(name for name in VIEW if name in named)
