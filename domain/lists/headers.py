"""Recognition of column headers by a mapping that is data (`headers.toml`) and can be extended by the operator.

A header is compared after normalisation: full-width to half-width, no blanks, line breaks or quotes. First exact
spellings, then the header without its bracketed unit, then its words, then regular expressions.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.lists.texts import clean, half_width
from domain.powers import Guide, PowerContent

# Fields that a mapping may name: those of the content, and those that the reader turns into content.
READER_FIELDS = frozenset(("serial", "body_code", "level_authority", "level_mark", *Guide.model_fields))
FIELDS = (frozenset(PowerContent.model_fields) - {"body", "further"}) | READER_FIELDS | {"further"}

_NOISE = re.compile(r"[\s\"'“”‘’*＊:：]+")
_BRACKETS = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]")
_COLUMN_MARK = re.compile(r"\(第\d+列")
_NUMBERED = re.compile(r"^(?P<stem>\D+?)(?P<number>\d{1,2})$")
_LONGEST_HEADER = 60
_LONGEST_SPELLING = 24


class MappingError(ValueError):
    """The mapping file is wrong; the text says which table and key, and why."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a header was recognised as: the field ("" = known column without field) and its number, as in 责任事项2."""

    field: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class HeaderMapping:
    """The mapping, ready for use: all spellings are normalised, all patterns compiled."""

    fields: Mapping[str, str]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    known: frozenset[str]
    known_patterns: tuple[re.Pattern[str], ...]
    spans: Mapping[str, tuple[str, ...]]
    long: Mapping[str, frozenset[str]]
    tags: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]

    def match(self, header: str) -> Match | None:
        """Recognise one header; None when nothing fits."""
        text = normalise(header)
        if not text or len(text) > _LONGEST_HEADER:
            return None
        found = self._exact(text)
        if found is None and not _COLUMN_MARK.search(text):
            found = self._numbered(text) or self._without_brackets(text) or self._words(header) or self._pattern(text)
        return found

    def knows_two(self, texts: Iterable[str]) -> bool:
        """Whether at least two of the texts are spellings of headers: the cheap question before the dear one."""
        found = 0
        for text in texts:
            found += len(text) <= _LONGEST_SPELLING and normalise(text) in self.fields
            if found > 1:
                return True
        return False

    def _exact(self, text: str) -> Match | None:
        if text in self.fields:
            return Match(self.fields[text])
        return Match("") if text in self.known else None

    def _numbered(self, text: str) -> Match | None:
        numbered = _NUMBERED.match(text)
        if numbered is None:
            return None
        found = self._exact(numbered["stem"]) or self._pattern(numbered["stem"])
        return None if found is None else Match(found.field, int(numbered["number"]))

    def _without_brackets(self, text: str) -> Match | None:
        stripped = _BRACKETS.sub("", text)
        return self._exact(stripped) if stripped and stripped != text else None

    def _words(self, header: str) -> Match | None:
        """``实施主体 责任主体``, ``事项名称/项目名称``: all known words name the same field."""
        words = [normalise(word) for word in re.split(r"[\s/／、|]+", clean(header)) if word]
        found = [self._exact(word) for word in words]
        fields = {match.field for match in found if match is not None}
        return Match(fields.pop()) if len(words) > 1 and len(fields) == 1 and None not in found else None

    def _pattern(self, text: str) -> Match | None:
        if len(text) > 20:
            return None
        for name, pattern in self.patterns:
            if pattern.search(text):
                return Match(name)
        return Match("") if any(pattern.search(text) for pattern in self.known_patterns) else None


def normalise(header: str) -> str:
    """A header for comparison: half-width, without blanks, line breaks, quotes and colons."""
    return _NOISE.sub("", half_width(clean(header)))


def parse_mapping(text: str, extras: Iterable[str] = ()) -> HeaderMapping:
    """Build the mapping from TOML texts; an operator's text adds to the shipped one and wins where both speak.

    Raises `MappingError` with table, key and reason.
    """
    documents = [_parse(text, "headers.toml")]
    documents += [_parse(extra, f"extra mapping {number}") for number, extra in enumerate(extras, 1)]
    fields: dict[str, str] = {}
    patterns: list[tuple[str, re.Pattern[str]]] = []
    values: dict[str, dict[str, str]] = {"category": {}, "level": {}, "status": {}}
    for document in documents:
        fields.update(_spellings(document.get("fields", {}), FIELDS, "fields"))
        patterns[:0] = _patterns(document.get("patterns", {}))
        for key, words in document.get("values", {}).items():
            if key not in values:
                raise MappingError(f"[values.{key}]: only category, level and status have values")
            values[key].update({normalise(word): str(code) for word, code in words.items()})
    return HeaderMapping(
        fields=fields,
        patterns=tuple(patterns),
        known=frozenset(normalise(word) for document in documents for word in _known(document, "headers")),
        known_patterns=tuple(_regex(p, "known") for document in documents for p in _known(document, "patterns")),
        spans={key: tuple(value) for document in documents for key, value in document.get("spans", {}).items()},
        long=_groups(documents, "long"),
        tags={word: kind for document in documents for word, kind in _tags(document).items()},
        values=values,
    )


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{name}: not a TOML file: {error}") from error
    unknown = set(document) - {"fields", "patterns", "known", "spans", "long", "tags", "values"}
    if unknown:
        raise MappingError(f"{name}: unknown table {min(unknown)!r}")
    for key, value in document.items():
        if not isinstance(value, dict):
            raise MappingError(f"{name}: [{key}] is not a table")
    return document


def _spellings(table: Mapping[str, Sequence[str]], allowed: frozenset[str], where: str) -> dict[str, str]:
    spellings: dict[str, str] = {}
    for field, words in table.items():
        if field not in allowed:
            raise MappingError(f"[{where}] {field}: there is no such field")
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise MappingError(f"[{where}] {field}: expected a list of texts")
        for word in words:
            spellings[normalise(word)] = field
    return spellings


def _patterns(table: Mapping[str, Sequence[str]]) -> list[tuple[str, re.Pattern[str]]]:
    _spellings(table, FIELDS, "patterns")
    return [(field, _regex(pattern, field)) for field, patterns in table.items() for pattern in patterns]


def _regex(pattern: str, where: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise MappingError(f"{where}: {pattern!r} is not a regular expression: {error}") from error


def _known(document: Mapping[str, Any], key: str) -> Sequence[str]:
    words: Sequence[str] = document.get("known", {}).get(key, [])
    return words


def _tags(document: Mapping[str, Any]) -> dict[str, str]:
    return {normalise(word): kind for kind, words in document.get("tags", {}).items() for word in words}


def _groups(documents: Sequence[Mapping[str, Any]], key: str) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for document in documents:
        for name, words in document.get(key, {}).items():
            groups.setdefault(name, set()).update(normalise(word) for word in words)
    return {name: frozenset(words) for name, words in groups.items()}
