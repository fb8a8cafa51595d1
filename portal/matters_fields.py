"""What forms of acts are made of: controls, groups of them, and the reading of what was typed into typed values.

Everything that does not fit is told at its control, all at once; nothing typed is lost.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple, TypeVar

from starlette.datastructures import FormData

from domain.engine.matter import Visit
from domain.procedure_parts import DocumentRule, FactRule, Owned, ProcedureStep
from domain.procedures import Procedure
from portal.forms import FormView, text_value
from portal.labels import mark
from portal.rendering import LOCAL
from resolvers.colleagues import Colleague
from resolvers.errors import FieldProblem
from resolvers.materials import MaterialView
from resolvers.matters import MatterRow, MatterView
from resolvers.papers import Draft
from resolvers.parties_values import MaskedParty

R = TypeVar("R", bound=Owned)
Options = tuple[tuple[str, str], ...]
Data = dict[str, Any]
LONG: Final = 20_000
NONE: Final = ("", mark("（请选择）"))
PAPER: Final = mark("电子文件请填写其 SHA-256 值；纸质的留空，系统按登记内容计算摘要。")
HEX: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a form. ``kind`` is textarea, select, checkbox, hidden, submit, file (several), or the type of an input."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    required: bool = False
    options: Options = ()
    default: str = ""
    rows: int = 4
    most: int | None = None
    inputmode: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Controls under one heading; ``folded`` ones are opened by whoever needs them."""

    legend: str
    controls: tuple[Control, ...]
    hint: str = ""
    folded: bool = False
    preview: str = ""
    """The document of the group, where it can be looked at before it is made."""

    def touched(self, form: FormView) -> bool:
        """Say whether something was typed in the group, or is wrong in it."""
        names = {one.name for one in self.controls if one.kind != "hidden"}
        typed = any(form.values.get(one.name, one.default) != one.default for one in self.controls)
        return typed or any(problem.path in names for problem in form.problems)


class FilesTold(NamedTuple):
    """What is said above a form that takes files: how many megabytes in all, and which kinds."""

    megabytes: str
    kinds: str


@dataclass(frozen=True)
class Bench:
    """What the form of an act is made from: the matter, the visit that is meant, the colleagues.

    Some acts need more: parties that were found, other bodies, other cases of the party.
    """

    view: MatterView
    kind: str
    visit: Visit | None
    people: tuple[Colleague, ...]
    now: datetime
    parties: tuple[MaskedParty, ...] = ()
    bodies: Options = ()
    cases: tuple[MatterRow, ...] = ()
    loose: tuple[MaterialView, ...] = ()
    """Files that were handed in for the matter and that no act has taken up."""

    files: FilesTold | None = None
    """What is said of files, where the form takes any."""
    body: str = ""
    """The body for which the actor acts."""
    papers: tuple[Draft, ...] = ()
    chosen: tuple[str, ...] = ()

    @property
    def of_item(self) -> bool:
        """Whether the matter uses a power of the list; only then is there anything to fine, to charge or to pay."""
        return bool(self.view.row.item_code)

    @property
    def procedure(self) -> Procedure:
        """The procedure that the matter runs by."""
        return self.view.procedure

    @property
    def documents(self) -> Mapping[str, DocumentRule]:
        """The documents that are the acting body's to make and to serve."""
        return self._own(self.procedure.documents)

    @property
    def facts(self) -> Mapping[str, FactRule]:
        """The key facts that are the acting body's to set."""
        return self._own(self.procedure.facts)

    def _own(self, rules: Mapping[str, R]) -> Mapping[str, R]:
        row = self.view.row
        return {code: one for code, one in rules.items() if one.is_of(self.body, row.body_code, row.bodies)}

    @property
    def step(self) -> ProcedureStep | None:
        """The step of the visit."""
        return self.procedure.by_key.get(self.visit.step) if self.visit else None

    @property
    def colleagues(self) -> Options:
        """The colleagues as options: name and posts."""
        return tuple((one.id, f"{one.name}（{'、'.join(one.posts)}）") for one in self.people)


@dataclass
class Answers:
    """What was typed, and what is wrong with it."""

    values: Mapping[str, str]
    problems: list[FieldProblem] = field(default_factory=list)
    materials: list[Data] = field(default_factory=list)
    """What was handed in with the form, or before and is ticked (`portal.matters_handing`)."""

    recordings: dict[str, str] = field(default_factory=dict)
    """Digests of recordings that were handed in with the form, by their codes."""

    @classmethod
    def of(cls, form: FormData) -> "Answers":
        """Read a posted form."""
        return cls({name: text_value(form, name, LONG) for name in form})

    def wrong(self, name: str, message: str, remedy: str) -> None:
        """Note a problem of a control."""
        self.problems.append(FieldProblem(name, "WRONG_VALUE", message, remedy))

    def text(self, name: str) -> str:
        """Return what was typed; empty if nothing was."""
        return self.values.get(name, "")

    def needed(self, name: str, label: str) -> str:
        """Return what was typed; note a problem if nothing was."""
        value = self.text(name)
        if not value:
            self.wrong(name, f"没有填写“{label}”。", "请填写。")
        return value

    def ticked(self, name: str) -> bool:
        """Say whether a box is ticked."""
        return bool(self.text(name))

    def lines(self, name: str) -> list[str]:
        """Return the lines that are not empty."""
        return [line.strip() for line in self.text(name).splitlines() if line.strip()]

    def whole(self, name: str) -> int | None:
        """Return a whole number; None if nothing was typed."""
        value = self.text(name)
        if not value:
            return None
        plain = value.removeprefix("-")
        if not (plain.isascii() and plain.isdigit() and len(plain) <= 15):
            self.wrong(name, f"“{value}”不是整数。", "请填写阿拉伯数字，例如 3。")
            return None
        return int(value)

    def amount(self, name: str) -> str | None:
        """Return a decimal number as text; None if nothing was typed."""
        value = self.text(name).replace(",", "").replace("，", "")
        if not value:
            return None
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or len(value) > 20:
            self.wrong(name, f"“{value[:40]}”不是数额。", "请填写阿拉伯数字，例如 1500.50。")
            return None
        return value

    def day(self, name: str) -> str | None:
        """Return a day as YYYY-MM-DD; None if nothing was typed."""
        value = self.text(name)
        try:
            return date.fromisoformat(value).isoformat() if value else None
        except ValueError:
            self.wrong(name, f"“{value[:40]}”不是有效的日期。", "请按 2026-01-31 的样式填写。")
            return None

    def moment(self, name: str) -> str | None:
        """Return a moment with the local offset; None if nothing was typed."""
        value = self.text(name)
        try:
            return datetime.fromisoformat(value).replace(tzinfo=LOCAL).isoformat() if value else None
        except ValueError:
            self.wrong(name, f"“{value[:40]}”不是有效的时间。", "请按 2026-01-31T09:00 的样式填写。")
            return None

    def digest(self, name: str, entry: str) -> str:
        """Return the digest typed in; where none was, that of the entry itself (a paper has no other)."""
        value = self.text(name).lower()
        if not value:
            return digest_of(entry)
        if len(value) != 64 or not set(value) <= HEX:
            self.wrong(name, "摘要应为64位十六进制的 SHA-256 值。", "请核对，或者留空（按登记内容计算）。")
        return value


class Part(NamedTuple):
    """A part of forms: what it shows, and what it reads into the data of an act."""

    show: Callable[[Bench], Iterable[Group]]
    read: Callable[[Answers, Bench], Data]


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def slug(text: str) -> str:
    """Return a short name for a text that may hold anything, for the name of a control."""
    return digest_of(text)[:10]
