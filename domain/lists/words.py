"""Words of a list → codes of the profile: categories, levels, states; tolerant of how lists write them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from domain.lists.headers import HeaderMapping, normalise
from domain.lists.rows import heading_words
from domain.lists.texts import compact, half_width, mend

_SEPARATORS = re.compile(r"[、，,;；/／\n]|和|及|与|或")
_SENTENCE = re.compile(r"^(?P<word>[^。；;，,：:\n（(]{1,12}?)\s*[。；;，,：:\n]\s*(?P<rest>.+)$", re.DOTALL)
# The lowest division that a body's name shows, and the word for its level.
_BODY_LEVELS = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"(?:乡|镇|街道)(?:人民政府|政府|办事处|党工委)", "乡级"),
        (r"(?<!自治)(?<!地)(?<!社)(?<!开发)区|县|旗", "县级"),
        (r"市|州|盟|地区", "市级"),
        (r"^(?:自治区|省)|自治区|省", "省级"),
    )
)
_LONGEST_WORD = 60
_MOST_WORDS = 10_000
_YES = frozenset(("√", "✓", "✔", "☑", "●", "○", "◆", "是", "有", "Y", "y", "1", "v", "V", "√。"))
_NO = frozenset(("×", "✗", "✘", "否", "无", "N", "n", "0", "/", "-", "—", ""))


class Vocabulary(Protocol):
    """What the reader asks of a profile (`domain.profiles.Profile` fits)."""

    def category_of(self, text: str) -> str | None:
        """Code of the category that a list means by a word such as 许可 or 行政许可, or None."""
        ...

    def level_of(self, text: str) -> str | None:
        """Code of the level that a list means by a word such as 地州市级, or None."""
        ...

    def status_of(self, text: str) -> str | None:
        """Code of the status that a list means by a word such as 在用, or None."""
        ...


@dataclass(frozen=True, slots=True)
class LevelReading:
    """Level codes found in a cell (in the order written), and the words that are left as the authority."""

    codes: tuple[str, ...]
    authority: str


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one publisher: the profile's, extended by the mapping's values."""

    vocabulary: Vocabulary
    mapping: HeaderMapping
    _known: dict[tuple[str, str], str | None] = field(default_factory=dict, repr=False, compare=False)

    def category(self, text: str) -> str | None:
        """Code of the category that a short text names, also 行政许可类, （行政许可）, 一、行政许可（11项）."""
        return self._code("category", text, self.vocabulary.category_of)

    def category_within(self, text: str) -> str | None:
        """Code of the only category named within a longer text such as a title or sheet name, else None."""
        whole = self.category(text)
        if whole is not None:
            return whole
        names = set(re.findall(r"其[他它](?:行政)?(?:权力|职权)|行政[\u4e00-\u9fff]{2}", compact(text)))
        codes = {code for code in (self.category(name) for name in names) if code is not None}
        return codes.pop() if len(codes) == 1 else None

    def level(self, text: str) -> str | None:
        """Code of the level that a word names."""
        return self._code("level", text, self.vocabulary.level_of)

    def level_of_body(self, name: str) -> str | None:
        """Code of the level that the name of a body points to: 某市某区某局 → the level of 县级."""
        word = next((word for pattern, word in _BODY_LEVELS if pattern.search(compact(name))), None)
        return self.level(word) if word else None

    def _code(self, kind: str, text: str, ask: Callable[[str], str | None]) -> str | None:
        """The code of a word in any of its variants; short words recur in every row, so answers are remembered."""
        if len(text) > _LONGEST_WORD:
            return None
        if (kind, text) not in self._known:
            if len(self._known) >= _MOST_WORDS:
                self._known.clear()
            given = self.mapping.values[kind]
            codes = (given.get(normalise(words)) or ask(words) for words in _variants(text))
            self._known[kind, text] = next((code for code in codes if code), None)
        return self._known[kind, text]

    def read_level(self, text: str) -> LevelReading:
        """Levels at the beginning of a cell, and the rest as the authority: ``地州市级。负责…``."""
        code = self.level(text)
        if code is not None:
            return LevelReading((code,), "")
        several = self._several(text)
        if several:
            return LevelReading(several, "")
        sentence = _SENTENCE.match(mend(text))
        if sentence is not None:
            codes = self._several(sentence["word"])
            if codes:
                return LevelReading(codes, sentence["rest"].strip())
        words = compact(text)
        for end in range(min(8, len(words) - 1), 1, -1):
            code = self.level(words[:end]) if words[end - 1] == "级" else None
            if code is not None:
                return LevelReading((code,), words[end:].lstrip(" ：:，,。；;、-—"))
        return LevelReading((), mend(text))

    def _several(self, text: str) -> tuple[str, ...]:
        parts = [part for part in _SEPARATORS.split(compact(text)) if part.strip()]
        codes = [self.level(part) for part in parts]
        return tuple(dict.fromkeys(code for code in codes if code)) if parts and None not in codes else ()

    def status(self, text: str) -> str | None:
        """Code of the state that a word names."""
        found = self.vocabulary.status_of(compact(text))
        return found if found is not None else self.mapping.values["status"].get(normalise(text))


def is_mark(text: str) -> bool | None:
    """A tick in a column of marks: True yes, False no, None when the cell holds words."""
    mark = half_width(compact(text))
    return True if mark in _YES else False if mark in _NO else None


def _variants(text: str) -> Iterator[str]:
    words = compact(half_width(text))
    yield words
    heading = heading_words(words)
    for variant in (heading, re.sub(r"[（(【\[].*?[)）】\]]", "", heading), heading.strip("（()）【】[] ")):
        yield variant
        yield re.sub(r"(?:事项|职权|权力|类别|类)+(?:清单|目录|表)?$", "", variant)
