"""The entries of a profile: categories, levels, codes, limits, offices, exclusions, rules on bases and entrustment.

Each entry carries the clause it comes from, written FILE-ARTICLE for the five source regulations (003-17(1) is
article 17 paragraph 1 of the Xuzhou regulation) and LAW-ARTICLE for national law (行政许可法-15(1)).
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from domain.flows import LimitUnit
from domain.identifiers import IdentifierError, division_level, usc_code
from domain.values import Value


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


@lru_cache(maxsize=1024)
def folded(text: str) -> str:
    """Return a word of a list in the form in which words are compared: half width, without white space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Clause = Annotated[str, Field(min_length=1)]
Pattern = Annotated[str, Field(min_length=1), AfterValidator(_compiles)]
Severity = Literal["refuse", "attention"]
DayKind = Literal["working", "calendar", "clock"]

DAY_KINDS: dict[str, DayKind] = {"workday": "working", "hour": "clock"}


class Regulation(Value):
    """The document a profile comes from."""

    title: str = Field(min_length=1)
    issuer: str = ""
    number: str = ""
    dated: date | None = None
    in_force_from: date | None = None
    clause: Clause
    note: str = ""


class Worded(Value):
    """An entry that lists name by several words."""

    code: Code
    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    clause: Clause
    note: str = ""

    @cached_property
    def words(self) -> frozenset[str]:
        """All words that mean this entry, in the form in which words are compared."""
        return frozenset(folded(word) for word in (self.name, *self.aliases))


class Category(Worded):
    """A category of power (L1) with its two letters in item codes and its place in the regulation's own order."""

    letters: str = Field(pattern=r"^[A-Z]{2}$")
    other_letters: tuple[str, ...] = ()
    order: int = Field(ge=1, le=99)

    @cached_property
    def every_letters(self) -> frozenset[str]:
        """The letters new codes get, and those that other regions use for the same category."""
        return frozenset((self.letters, *self.other_letters))


class Level(Worded):
    """A level of government; order counts from the top."""

    order: int = Field(ge=1, le=9)


class Status(Worded):
    """A status that an item may have in the library."""

    code: Literal["in_use", "suspended", "cancelled"]


class Element(Value):
    """A prescribed element of an item: the field of the item's content that holds it, and whether it must be filled."""

    field: str = Field(pattern=r"^[a-z][a-z_]*$")
    name: str = Field(min_length=1)
    clause: Clause


class CodeScheme(Value):
    """How one region writes item codes. Named groups `usc` and `division` in the pattern are checked further."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    name: str = Field(min_length=1)
    pattern: Pattern
    example: str = Field(min_length=1)
    note: str = ""
    source: Clause

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    @model_validator(mode="after")
    def _example_fits(self) -> Self:
        if reason := self.check(self.example):
            raise ValueError(f"the example does not fit the scheme itself: {reason}")
        return self

    def parts(self, code: str) -> dict[str, str] | None:
        """Return the named parts of a code (division, body, letters, item, sub, usc …), or None if it does not fit."""
        match = self._compiled.fullmatch(code)
        return {name: part for name, part in match.groupdict().items() if part is not None} if match else None

    def check(self, code: str) -> str | None:
        """Return None if the code fits the scheme, else the reason in Chinese. No known scheme has a check digit."""
        parts = self.parts(code)
        if parts is None:
            return f"编码“{code}”不符合“{self.name}”的格式，应形如 {self.example}"
        try:
            if "division" in parts:
                division_level(parts["division"])
            if "usc" in parts:
                usc_code(parts["usc"])
        except IdentifierError as error:
            return f"编码“{code}”中的一段有误：{error.reason}"
        return None


class ProfileLimit(Value):
    """A limit that the regulation sets: so many units from a start event."""

    value: int = Field(ge=1, le=9999)
    unit: LimitUnit
    direction: Literal["max", "min"] = "max"
    start: Code
    actor: str = ""
    clause: Clause
    unit_clause: str = ""
    note: str = ""
    warn_after: int | None = Field(
        None, ge=1, description="After so many units it is pointed out that the end is near."
    )

    @model_validator(mode="after")
    def _warns_before_its_end(self) -> Self:
        if self.warn_after is not None and self.warn_after >= self.value:
            raise ValueError("warn_after: a warning comes before the limit")
        return self

    @property
    def day_kind(self) -> DayKind:
        """Whether the limit counts working days, the calendar or the clock."""
        return DAY_KINDS.get(self.unit, "calendar")


class ProfileAmount(Value):
    """A number that the region sets and that is no time, such as what counts as a large fine (行政处罚法-63(1))."""

    value: Decimal = Field(ge=0, max_digits=18, decimal_places=2)
    unit: str = Field(min_length=1)
    clause: Clause
    note: str = ""


class ProfileDate(Value):
    """A day of every year by which something is due, that day included or not."""

    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)
    included: bool
    actor: str = ""
    clause: Clause
    note: str = ""

    @model_validator(mode="after")
    def _exists_every_year(self) -> Self:
        date(2025, self.month, self.day)
        return self

    def in_year(self, year: int) -> date:
        """Return the day in a given year."""
        return date(year, self.month, self.day)


class ProfileFrequency(Value):
    """Something that must happen so many times in every period."""

    times: int = Field(ge=1, le=366)
    per: Literal["year", "quarter", "month"]
    at_least: bool = True
    actor: str = ""
    clause: Clause
    note: str = ""


class Office(Value):
    """An office with a role in the regulation (003-7, 001-4, 000-7): its local name then and what it is called today."""

    name: str = Field(min_length=1)
    present_name: str = ""
    duties: tuple[str, ...] = ()
    clause: Clause
    note: str = ""


class Task(Value):
    """Which office (by role) does a task."""

    office: Code
    clause: Clause
    note: str = ""


# 003-32(4): a limit that nears or has passed is reminded of; the list of open matters shows it by grades.
class UrgencyGrade(Value):
    """A grade of urgency: the most working days that are left (negative: late; none: however many), and its name."""

    code: Code
    name: str = Field(min_length=1)
    at_most: int | None = Field(None, ge=-99, le=99)
    clause: Clause


class Platform(Value):
    """A platform by its role, with its local name."""

    name: str = Field(min_length=1)
    office: str = ""
    clause: Clause


class Catalogue(Value):
    """A numbered enumeration in the regulation: functions, record classes, violations."""

    name: str = Field(min_length=1)
    entries: tuple[str, ...] = Field(min_length=1)
    open_ended: bool = False
    clause: Clause


class Exclusion(Value):
    """A kind of matter that does not belong in a list (001-8), recognised by the item's name."""

    id: Code
    kind: Literal["abstract", "internal", "common", "other"]
    name: str = Field(min_length=1)
    severity: Severity
    patterns: tuple[Pattern, ...] = ()
    exceptions: tuple[Pattern, ...] = ()
    except_categories: tuple[Code, ...] = ()
    reason: str = Field(min_length=1)
    clause: Clause

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        return re.compile("|".join(f"(?:{one})" for one in self.patterns)) if self.patterns else None

    @cached_property
    def _exception(self) -> re.Pattern[str] | None:
        return re.compile("|".join(f"(?:{one})" for one in self.exceptions)) if self.exceptions else None

    def excludes(self, name: str, category: str) -> bool:
        """Tell whether an item with this name and category code is a matter of this kind."""
        if self._pattern is None or not name or category in self.except_categories:
            return False
        words = folded(name)
        return bool(self._pattern.search(words)) and not (self._exception and self._exception.search(words))


class AdmittedKinds(Value):
    """Kinds of document on which a power may rest."""

    admitted: tuple[str, ...] = Field(min_length=1)
    doubtful: tuple[str, ...] = ()
    clause: Clause
    note: str = ""


class BasisRules(AdmittedKinds):
    """Rules on legal bases (L10): admitted kinds in general and by category, and the temporary licence."""

    by_category: dict[str, AdmittedKinds] = Field({})
    temporary_category: Code
    temporary_kinds: tuple[str, ...]
    temporary_limit: Code
    temporary_clause: Clause
    # What an act of legislation says of itself, such as 国务院令第503号: a list may have tagged it wrongly.
    signs_of_legislation: tuple[Pattern, ...] = ()

    def sign_of_legislation(self, text: str) -> str:
        """Return the words by which a text shows itself to be legislation, or an empty string."""
        matches = (re.search(sign, text) for sign in self.signs_of_legislation)
        return next((match.group() for match in matches if match), "")


class EntrustmentRules(Value):
    """Rules on entrustment (L13): keys are category codes, values the clause that forbids or demands."""

    no_re_entrustment: dict[Code, Clause]
    written: dict[Code, Clause]
    basis: dict[Code, Clause]
    basis_in_general: str = ""
    announced: str = ""
    filed: str = ""
