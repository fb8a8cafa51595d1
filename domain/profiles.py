"""Profiles: what one regulation fixes — categories, levels, codes, limits, offices, exclusions — as checked data.

A profile is a TOML file in `domain/profiles/`; every value in it names its clause. Regulations that disagree stay
different profiles. A file may extend another one (`extends = "_national"`): maps are merged key by key, everything
else is replaced. A file whose name begins with an underscore is only extended, never a profile itself.
Reading the package's own TOML files is the only reading done in `domain/`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from domain.calendar import LocalHoliday
from domain.profile_complaints import ComplaintRules
from domain.profile_hall import RatingRules, ResultRules
from domain.profile_parts import (
    BasisRules,
    Catalogue,
    Category,
    CodeScheme,
    Element,
    EntrustmentRules,
    Exclusion,
    Level,
    Office,
    Platform,
    ProfileAmount,
    ProfileDate,
    ProfileFrequency,
    ProfileLimit,
    Regulation,
    Status,
    Task,
    UrgencyGrade,
    Worded,
    folded,
)
from domain.profile_planning import Planning
from domain.values import Value


class ProfileError(Exception):
    """A profile file is wrong: names the file, the key inside it and the reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        self.file, self.key, self.reason = file, key, reason
        super().__init__(f"{file}: {key}: {reason}")


class Profile(Value):
    """Everything one regulation fixes, with the clause of every value."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", title="标识")
    name: str = Field(min_length=1, title="名称")
    regulation: Regulation = Field(title="规定")
    default_scheme: str = Field(
        title="默认编码规则",
        description="Scheme that codes items which come without a code.",
    )
    categories: tuple[Category, ...] = Field(min_length=1, title="权力类别")
    levels: tuple[Level, ...] = Field(min_length=1, title="行使层级")
    statuses: tuple[Status, ...] = Field(min_length=1, title="权力状态")
    elements: tuple[Element, ...] = Field(min_length=1, title="要素")
    code_schemes: dict[str, CodeScheme] = Field(title="编码规则")
    limits: dict[str, ProfileLimit] = Field(title="期限")
    amounts: dict[str, ProfileAmount] = Field({}, title="数额")
    dates: dict[str, ProfileDate] = Field({}, title="固定日期")
    frequencies: dict[str, ProfileFrequency] = Field({}, title="频次")
    offices: dict[str, Office] = Field(title="机构职责")
    tasks: dict[str, Task] = Field(title="分工")
    platforms: dict[str, Platform] = Field(title="平台")
    catalogues: dict[str, Catalogue] = Field({}, title="列举")
    exclusions: dict[str, Exclusion] = Field({}, title="不列入清单的事项")
    local_holidays: tuple[LocalHoliday, ...] = Field((), title="地方性节日")
    urgency: tuple[UrgencyGrade, ...] = Field(min_length=1, title="紧急程度")
    basis: BasisRules = Field(title="依据规则")
    entrustment: EntrustmentRules = Field(title="委托规则")
    ratings: RatingRules = Field(title="评价")
    results: ResultRules = Field(title="结果公示")
    planning: Planning = Field(Planning(), title="报告和通知")
    complaints: ComplaintRules = Field(title="咨询投诉举报")

    @model_validator(mode="after")
    def _refers_to_itself(self) -> Self:
        _refuse_doubles("categories", [category.code for category in self.categories])
        _refuse_doubles("categories.letters", [category.letters for category in self.categories])
        _refuse_doubles("levels", [level.code for level in self.levels])
        for kind in ("categories", "levels", "statuses"):
            _refuse_doubles(
                f"{kind}.aliases",
                [word for one in getattr(self, kind) for word in one.words],
            )
        if self.default_scheme not in self.code_schemes:
            raise ValueError(f"default_scheme names the unknown scheme {self.default_scheme!r}")
        if lost := {
            f"tasks.{key}: {task.office}" for key, task in self.tasks.items() if task.office not in self.offices
        }:
            raise ValueError(f"unknown office in {', '.join(sorted(lost))}")
        if self.basis.temporary_limit not in self.limits:
            raise ValueError(f"basis.temporary_limit names the unknown limit {self.basis.temporary_limit!r}")
        _refuse_doubles("urgency", [grade.code for grade in self.urgency])
        most = [grade.at_most for grade in self.urgency]
        if most[-1] is not None or None in most[:-1] or most[:-1] != sorted(most[:-1], key=lambda one: one or 0):
            raise ValueError("urgency: grades rise by at_most, and only the last has none")
        if lost := _limits_of_the_hall(self) - set(self.limits):
            raise ValueError(f"ratings, results and complaints name unknown limits: {', '.join(sorted(lost))}")
        if lost := {place for name, place in self.planning.names.items() if not _has(self, name)}:
            raise ValueError(f"planning names what the profile does not have: {', '.join(sorted(lost))}")
        codes = {category.code for category in self.categories}
        named = {
            *self.basis.by_category,
            *self.entrustment.no_re_entrustment,
            *self.entrustment.written,
        }
        if unknown := named - codes:
            raise ValueError(f"rules name categories that the profile does not have: {', '.join(sorted(unknown))}")
        return self

    def category(self, code: str) -> Category | None:
        """Return the category with this code, or None if the profile does not have it."""
        return next((category for category in self.categories if category.code == code), None)

    def urgency_of(self, days_left: int) -> UrgencyGrade:
        """Return the grade of a limit with so many working days left."""
        return next(one for one in self.urgency if one.at_most is None or days_left <= one.at_most)

    def category_of(self, text: str) -> str | None:
        """Return the code of the category that a list means by a word such as 许可 or 行政许可, or None."""
        return _by_word(self.categories, text)

    def level(self, code: str) -> Level | None:
        """Return the level with this code, or None."""
        return next((level for level in self.levels if level.code == code), None)

    def level_of(self, text: str) -> str | None:
        """Return the code of the level that a list means by a word such as 地州市级 or 市级, or None (also for a sentence)."""
        return _by_word(self.levels, text)

    def levels_of(self, text: str) -> tuple[str, ...]:
        """Return the codes of all levels named in a cell such as 自治区级、地州市级; empty if any part is not a level."""
        if whole := self.level_of(text):
            return (whole,)
        found = [self.level_of(part) for part in re.split(r"[、，,；;/和及\n]", text) if folded(part)]
        known = [level for level in found if level is not None]
        return tuple(dict.fromkeys(known)) if len(known) == len(found) else ()

    def status_of(self, text: str) -> str | None:
        """Return the code of the status that a list means by a word such as 在用 or 取消, or None."""
        return _by_word(self.statuses, text)

    def clause_of(self, field: str) -> str:
        """Return the clause that prescribes a field of an item, or the regulation's own if none does."""
        return next((one.clause for one in self.elements if one.field == field), self.regulation.clause)

    def scheme(self, scheme_id: str) -> CodeScheme:
        """Return the code scheme with this id; KeyError if the profile does not have it."""
        return self.code_schemes[scheme_id]

    def office_for(self, task: str) -> Office | None:
        """Return the office to which the regulation gives a task such as item_review, or None."""
        return self.offices[self.tasks[task].office] if task in self.tasks else None


def _has(profile: Profile, name: str) -> bool:
    table, _, key = name.partition(":")
    return key in getattr(profile, table)


def _limits_of_the_hall(profile: Profile) -> set[str]:
    """Return the names of the limits by which ratings, published results and complaints run."""
    named = {profile.ratings.answer_within, profile.ratings.handle_within, profile.complaints.rate_within}
    for kind in profile.results.kinds.values():
        named |= {kind.publish_within, kind.withdraw_within, kind.shown_for, kind.light_shown_for}
    return named - {""}


def _by_word(entries: Iterable[Worded], text: str) -> str | None:
    wanted = folded(text)
    return next((entry.code for entry in entries if wanted and wanted in entry.words), None)


def _refuse_doubles(key: str, values: list[str]) -> None:
    if doubles := sorted({value for value in values if values.count(value) > 1}):
        raise ValueError(f"{key}: written twice: {', '.join(doubles)}")


def _merged(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a child's document over its parent's: maps are merged key by key, everything else is replaced as a whole."""
    both = {
        key: _merged(parent[key], value)
        for key, value in child.items()
        if isinstance(value, dict) and isinstance(parent.get(key), dict)
    }
    return {**parent, **child, **both}


def _parsed(files: Mapping[str, str], file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(files[file])
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(file, "(file)", f"not TOML: {error}") from error


def _chain(files: Mapping[str, str], file: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return a file with the files it rests on, itself first, each with its own document."""
    chain: list[tuple[str, dict[str, Any]]] = []
    here: str | None = file
    while here is not None:
        document = _parsed(files, here)
        parent = document.pop("extends", None)
        chain.append((here, document))
        following = None if parent is None else f"{parent}.toml"
        if following is not None and (following not in files or following in {name for name, _ in chain}):
            raise ProfileError(here, "extends", f"no such profile to extend: {parent!r}")
        here = following
    return tuple(chain)


def _holder(chain: tuple[tuple[str, dict[str, Any]], ...], key: tuple[int | str, ...]) -> str:
    """Return the file in which a key stands: the nearest of those that hold the most of its path."""

    def depth(document: Any) -> int:
        for number, part in enumerate(key):
            held = isinstance(document, dict) and part in document
            listed = isinstance(document, list) and isinstance(part, int) and part < len(document)
            if not (held or listed):
                return number
            document = document[part]
        return len(key)

    return max(chain, key=lambda one: depth(one[1]))[0]


def parse_profiles(files: Mapping[str, str]) -> dict[str, Profile]:
    """Build profiles from the texts of TOML files by file name; a wrong file raises ProfileError."""
    found: dict[str, Profile] = {}
    chains = {file: _chain(files, file) for file in sorted(files) if not file.startswith("_")}
    # What others rest on is checked first, so that a fault is told of the file that has it.
    for file, chain in sorted(chains.items(), key=lambda one: len(one[1])):
        merged: dict[str, Any] = {}
        for _, document in reversed(chain):
            merged = _merged(merged, document)
        try:
            profile = Profile.model_validate(merged)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"]) or "(file)"
            reason = first["msg"].removeprefix("Value error, ")
            raise ProfileError(_holder(chain, first["loc"]), key, reason) from error
        if file != f"{profile.id}.toml":
            raise ProfileError(file, "id", f"the file must be called {profile.id}.toml")
        found[profile.id] = profile
    return found


def _read_files() -> dict[str, str]:
    folder = resources.files("domain").joinpath("profiles")
    return {one.name: one.read_text("utf-8") for one in folder.iterdir() if one.name.endswith(".toml")}


@cache
def load_profiles() -> dict[str, Profile]:
    """Return the profiles shipped with the program, by id; a wrong file raises ProfileError (file, key, reason)."""
    return parse_profiles(_read_files())
