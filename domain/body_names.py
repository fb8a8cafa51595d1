"""Which body a list means by the words in its 行使主体 column.

Lists write one body in many ways: with or without the government's name, with a level's word instead of it
(地州市农业农村局), with a second name in brackets, with line breaks. Names are compared by what is left of them.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.profile_parts import Level

BLANK = re.compile(r"\s+")
BRACKETS = re.compile(r"\(([^()]*)\)")
BETWEEN = re.compile(r"[、,;/]")
GOVERNMENT = "人民政府"
# Names that only look as if they began with a level's word: 市场, 市容, 市政 (but 市政务, 市政府), 区域, 县域.
NOT_A_LEVEL = re.compile(r"市(?:场|容|民|政(?!务|府|协|法|研))|[区县州乡镇]域")


def plain(text: str) -> str:
    """Return a name in half width without white space."""
    return BLANK.sub("", unicodedata.normalize("NFKC", text))


@dataclass(frozen=True, slots=True)
class GovernmentNames:
    """What a government is called, and the code of its level."""

    name: str
    short_name: str
    level: str

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The names that stand in front of the names of its bodies, longest first."""
        found = {plain(self.name).removesuffix(GOVERNMENT), plain(self.short_name).removesuffix(GOVERNMENT)}
        return tuple(sorted(found - {""}, key=len, reverse=True))


@dataclass(frozen=True, slots=True)
class KnownBody:
    """A body of the government: its code, its number in item codes and all its names."""

    code: str
    number: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedBody:
    """What a text names: a known body's code, or the level of another government, or nothing that is known.

    ``core`` is the name without government and level: equal cores mean one body.
    """

    code: str = ""
    core: str = ""
    other_level: str = ""


# A name that begins with another place's name: 下冶镇人民政府, 上高县市场监督管理局; but not 城市…, 住房和城乡….
OTHER_PLACE = re.compile(r"(?!.{0,6}城[市镇])[\u4e00-\u9fff]{2,7}?(?:省|自治区|自治州|市|县|旗|镇)(?![场政容民域]).{2}")


class BodyNames:
    """The bodies of one government by everything they may be called."""

    def __init__(self, government: GovernmentNames, levels: Sequence[Level], bodies: Iterable[KnownBody]) -> None:
        self.government = government
        self._words = sorted(
            ((plain(word), level.code) for level in levels for word in level.words),
            key=lambda entry: len(entry[0]),
            reverse=True,
        )
        self._codes: dict[str, set[str]] = defaultdict(set)
        self.numbers: dict[str, str] = {}
        for body in bodies:
            self.add(body)

    def add(self, body: KnownBody) -> None:
        """Make a body known under all its names."""
        self.numbers[body.code] = body.number
        for name in body.names:
            for form in self._forms(name):
                self._codes[form].add(body.code)

    def find(self, text: str) -> NamedBody:
        """Return what a list means by a text; an ambiguous text means nothing that is known."""
        if not plain(text):
            return NamedBody()
        for form in self._forms(text):
            codes = self._codes.get(form, set())
            if len(codes) == 1:
                level = self._level(text)
                other = level if level and level != self.government.level and form != plain(text) else ""
                return NamedBody("" if other else next(iter(codes)), form, other)
        level = self._level(text)
        return NamedBody("", self.core(text), level if level != self.government.level else "")

    def core(self, text: str) -> str:
        """Return a name without brackets, government and level."""
        return self._without_level(self._without_government(BRACKETS.sub("", plain(text))))

    def full_name(self, text: str) -> str:
        """Return the name under which an unknown body would be entered: government's name and core.

        A name that names a place itself, this one or another, is left as it is.
        """
        core, prefix = self.core(text), self.government.prefixes[-1] if self.government.prefixes else ""
        if prefix and prefix in core:
            return BRACKETS.sub("", plain(text))
        return core if OTHER_PLACE.match(core) else f"{prefix}{core}"

    def _forms(self, text: str) -> tuple[str, ...]:
        """Return the forms of a name from the most to the least exact."""
        whole = plain(text)
        bare = BRACKETS.sub("", whole)
        inside = [part for found in BRACKETS.findall(whole) for part in BETWEEN.split(found)]
        forms: list[str] = []
        for name in (whole, bare, *inside):
            short = self._without_government(name)
            forms += [name, short, self._without_level(short)]
        return tuple(dict.fromkeys(form for form in forms if len(form) > 1))

    def _without_government(self, name: str) -> str:
        """Drop the government's own name, unless nothing would be left."""
        for prefix in self.government.prefixes:
            if name.startswith(prefix) and len(name) > len(prefix):
                return name[len(prefix) :]
        return name

    def _level(self, text: str) -> str:
        """Return the level whose word a text begins with, or "" (also when the government's name is in it)."""
        name = plain(text)
        if any(prefix in name for prefix in self.government.prefixes):
            return ""
        return next((code for word, code in self._words if name.startswith(word) and len(word) > 1), "")

    def _without_level(self, name: str) -> str:
        """Drop a level's word in front of a name, unless nothing that can be a name would be left."""
        if NOT_A_LEVEL.match(name):
            return name
        for word, _code in self._words:
            if name.startswith(word) and len(name) > len(word) + 1:
                return name[len(word) :]
        return name
