"""Search text: what of an item can be found, in which form, and which grams find it.

Finding must never miss a literal substring. Therefore normalisation works character by character: the normal form
of a part of a text is a part of the normal form of the text, whatever stands around it. (Phrase-wise conversion of
Traditional to Simplified does not have this property, so single characters are converted.) Grams only find
candidates; the normal forms themselves decide.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

from opencc import OpenCC

SEPARATOR: Final = "\n"
"""Stands between the texts of one field; it is in no normal form, so nothing is found across it."""

SHORT_NAME: Final = 16
"""Names up to this many characters count as short: of two names that contain a word the shorter is the better."""

MOST_TERMS: Final = 8
MOST_CHARACTERS: Final = 200
CODE_GRAMS: Final = (8, 4, 2, 1)
"""Codes share most of their digits, so pairs of them find nothing; longer grams do."""


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def _normal_character(character: str) -> str:
    """Return the normal form of one character: simplified, compatible, without case, marks and punctuation."""
    decomposed = unicodedata.normalize("NFKD", character)
    kept = [one for one in decomposed.casefold() if one.isalnum()]
    return "".join(_converter().convert(one) if one > "\u2e7f" else one for one in kept)


class _Table(dict[int, str]):
    """A translation table that learns each character when it meets it first."""

    def __missing__(self, code_point: int) -> str:
        normal = self[code_point] = _normal_character(chr(code_point))
        return normal


_TABLE: Final = _Table()


def normal(text: str) -> str:
    """Return the normal form of a text; empty when it holds neither letters nor digits."""
    return text.translate(_TABLE)


@dataclass(frozen=True, slots=True)
class Searchable:
    """The normal forms of one version: code, name, sub-item, what is near it (body, law) and other texts."""

    code: str
    name: str
    sub_item: str
    near: str
    other: str

    @property
    def is_short(self) -> bool:
        """Whether the name counts as short."""
        return len(self.name) + len(self.sub_item) <= SHORT_NAME


def _joined(texts: Iterable[str]) -> str:
    """Join the normal forms of texts, each only once."""
    return SEPARATOR.join(dict.fromkeys(form for form in map(normal, texts) if form))


def near_texts(content: dict[str, Any], body_names: Iterable[str] = ()) -> Iterator[str]:
    """Yield the names of body and unit, and title, article and number of each law, of a version's content."""
    yield from body_names
    for key in ("body_name", "handling_unit"):
        yield content.get(key, "")
    for field in ("bases", "responsibility_bases", "accountability_bases"):
        for basis in content.get(field, ()):
            yield basis.get("title", "") + basis.get("article", "")
            yield basis.get("document_number", "")


def other_texts(content: dict[str, Any]) -> Iterator[str]:
    """Yield the further short texts of a version's content in which people look for words."""
    for key in ("authority", "status_reason", "status_basis", "place", "fee_note", "remarks"):
        yield content.get(key, "")
    for fee in content.get("fees", ()):
        yield fee.get("name", "")
    for entrustment in content.get("entrustments", ()):
        yield entrustment.get("entrusted", "")
    guide = content.get("guide") or {}
    for material in guide.get("materials", ()):
        yield material.get("name", "")
    yield from guide.get("conditions", ())
    yield from guide.get("results", ())
    for benchmark in content.get("benchmarks", ()):
        yield benchmark.get("violation", "")
    yield from content.get("further", {}).values()


def searchable(content: dict[str, Any], body_names: Iterable[str] = ()) -> Searchable:
    """Return the normal forms of a version's content (plain JSON); ``body_names`` are the body's other names."""
    return Searchable(
        normal(content.get("code", "")),
        normal(content.get("name", "")),
        normal(content.get("sub_item", "")),
        _joined(near_texts(content, body_names)),
        _joined(other_texts(content)),
    )


def _grams(prefix: str, text: str) -> Iterator[str]:
    """Yield each character and each pair of neighbours of a normal form that may hold separators."""
    for part in text.split(SEPARATOR):
        for character in part:
            yield prefix + character
        for left, right in pairwise(part):
            yield prefix + left + right


def tokens(text: Searchable) -> set[str]:
    """Return the grams that find a version: ``n`` name (``s`` too, if short), ``^`` leading, ``c`` code, ``x`` near, ``o`` other."""
    found = {*_grams("x", text.near), *_grams("o", text.other)}
    # A code is usually plain ASCII and found by longer grams; one that is not counts as a name here.
    for name in (text.name, text.sub_item, "" if text.code.isascii() else text.code):
        found |= {*_grams("n", name), *("^" + name[:length] for length in (1, 2) if name)}
    for length in CODE_GRAMS:
        found |= {"c" + text.code[at : at + length] for at in range(len(text.code) - length + 1)}
    if text.is_short:
        found |= {*_grams("s", text.name), *_grams("s", text.sub_item)}
    return found


@dataclass(frozen=True, slots=True)
class Query:
    """A question in normal form: its terms, and the phrase they make together."""

    terms: tuple[str, ...]

    @property
    def phrase(self) -> str:
        """The terms as one text: exact and leading matches are judged by it."""
        return "".join(self.terms)


def query(text: str) -> Query:
    """Return what is asked by a search text: all its words must be found, in any field and order."""
    words = [form for form in map(normal, text[:MOST_CHARACTERS].split()) if form]
    if len(words) > MOST_TERMS:
        words = [*words[: MOST_TERMS - 1], "".join(words[MOST_TERMS - 1 :])]
    return Query(tuple(dict.fromkeys(words)))


def term_grams(prefix: str, term: str) -> tuple[str, ...]:
    """Return grams that every text with this term in it has; ``prefix`` names the field."""
    if prefix == "c":
        length = next(one for one in CODE_GRAMS if one <= len(term))
        return tuple(dict.fromkeys("c" + term[at : at + length] for at in range(len(term) - length + 1)))
    if len(term) == 1:
        return (prefix + term,)
    return tuple(dict.fromkeys(prefix + term[at : at + 2] for at in range(len(term) - 1)))


def leading_grams(phrase: str) -> tuple[str, ...]:
    """Return grams that every name beginning with this phrase has."""
    return ("^" + phrase[:2], *(term_grams("n", phrase) if len(phrase) > 2 else ()))
