"""Templates of legal documents 文书: what each says, in which form, with which texts left to the officer (003-31(5)).

They are data (`domain/papers/*.toml`). A text holds names of facts in braces; a fact is put in as text, once, and
nothing in it is read again. What may be missing says so (``when``); what may not is asked for before anything is made.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, Literal, Self

from pydantic import Field, model_validator

from domain.paper_fact_names import FACTS, LISTS
from domain.profile_parts import Clause, Code
from domain.values import Value

PLACE: Final = re.compile(r"\{([a-z][a-z0-9_]*(?::[a-z][a-z0-9_]*)?)\}")
NAMESPACES: Final = ("limit", "amount")
"""What a name before a colon may be: a limit or an amount of the procedure, else of the profile."""

OF_EACH: Final = ("one", "number")
PARTY: Final = "{party_name}"
"""No document leaves open whom it is about; other values of a short row may stay empty."""

Layout = Literal["letter", "form", "record", "cover"]


class PaperBlock(Value):
    """A paragraph. ``each`` repeats it for every entry of a list; ``when`` and ``unless`` name a fact or a field."""

    text: str = Field(min_length=1)
    kind: Literal["text", "heading", "plain"] = "text"
    when: str = ""
    unless: str = ""
    each: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"text": given} if isinstance(given, str) else given


class PaperCell(Value):
    """A labelled value; ``sign`` names who signs there by hand, with the date."""

    label: str = ""
    text: str = ""
    sign: str = ""
    each: str = ""
    optional: bool = False


class PaperRow(Value):
    """A row of one or two labelled values. Written as ``["案由", "{item}", "案号", "{matter_no}"]`` for short."""

    cells: tuple[PaperCell, ...] = Field(min_length=1, max_length=2)
    when: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_texts(cls, given: Any) -> Any:
        if isinstance(given, list | tuple):
            if len(given) % 2:
                raise ValueError("a row is a list of labels and values in turn")
            pairs = zip(given[::2], given[1::2], strict=True)
            return {"cells": tuple({"label": label, "text": text, "optional": text != PARTY} for label, text in pairs)}
        if isinstance(given, dict) and "label" in given:
            when = given.pop("when", "") if isinstance(given.get("when"), str) else ""
            return {"cells": (given,), "when": when}
        return given


class PaperTable(Value):
    """A table made of a list of rows; a width of 0 takes what is left, others are millimetres."""

    each: str
    columns: tuple[str, ...] = Field(min_length=1)
    widths: tuple[int, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _as_many_widths(self) -> Self:
        if len(self.columns) != len(self.widths):
            raise ValueError("a table has as many widths as columns")
        return self


class PaperField(Value):
    """A text that the officer writes or checks; ``default`` is filled in from the facts."""

    label: str = Field(min_length=1)
    hint: str = ""
    rows: int = Field(1, ge=1, le=16)
    required: bool = False
    default: str = ""
    sample: str = Field("", description="What the sample page shows, where the facts of the sample give nothing.")


class PaperTemplate(Value):
    """How one kind of document looks and what it says.

    ``word`` is the kind's part of the document number (罚 in 市监罚〔2026〕1号); without one there is no number.
    ``acts`` are the acts that usually bring it. ``identity`` says that the form demands the party's identity number.
    """

    layout: Layout
    word: str = Field("", max_length=6)
    title: str = ""
    clause: Clause
    acts: tuple[str, ...] = ()
    identity: bool = False
    reasoned: bool = Field(False, description="004-8: a decision gives its reasons; without them it is not made.")
    addressee: str = ""
    fields: dict[Code, PaperField] = Field({})
    rows: tuple[PaperRow, ...] = ()
    body: tuple[PaperBlock, ...] = ()
    table: PaperTable | None = None
    signature: bool = True
    sign_day: bool = True
    signs: tuple[str, ...] = ()
    foot_signs: tuple[str, ...] = ()
    notes: tuple[PaperBlock, ...] = ()
    qr: bool = False
    copies: str = ""
    printed: bool = False

    @model_validator(mode="after")
    def _knows_its_names(self) -> Self:
        if lost := sorted(set(self._lost())):
            raise ValueError(f"names that nothing defines: {', '.join(lost)}")
        if self.reasoned and "reasons_text" not in self.fields:
            raise ValueError("a reasoned document has the field reasons_text")
        return self

    def tells(self, name: str) -> bool:
        """Say whether its text tells a fact, such as the limit of a remedy."""
        return any(name in places(one.text) for one in (*self.body, *self.notes))

    def _lost(self) -> Iterator[str]:
        known = {*FACTS, *self.fields}
        blocks: tuple[PaperBlock, ...] = (*self.body, *self.notes)
        cells: list[PaperCell] = [cell for row in self.rows for cell in row.cells]
        conditions = [name for one in blocks for name in (one.when, one.unless) if name]
        yield from (
            name for name in (*conditions, *(row.when for row in self.rows if row.when)) if not _known(name, known)
        )
        repeated: tuple[PaperBlock | PaperCell, ...] = (*blocks, *cells)
        lists = [one.each for one in repeated if one.each] + ([self.table.each] if self.table else [])
        yield from (name for name in lists if name not in LISTS)
        for one in repeated:
            own = OF_EACH if one.each else ()
            yield from (name for name in places(one.text) if not _known(name, {*known, *own}))
        plain = (self.addressee, self.copies, self.title, *(field.default for field in self.fields.values()))
        yield from (name for text in plain for name in places(text) if not _known(name, known))


def places(text: str) -> tuple[str, ...]:
    """Return the names in a text of a template, in their order."""
    return tuple(PLACE.findall(text))


def _known(name: str, known: set[str]) -> bool:
    space, colon, _ = name.partition(":")
    return space in NAMESPACES if colon else name in known
