"""What the use-cases of legal documents take and give, and their refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.papers import PaperProblem
from resolvers.errors import FieldProblem, InvalidInput

PARTY_NAME: Final = "party_name"
"""The text an officer may give where the register does not know the party of a matter."""


@dataclass(frozen=True, slots=True)
class PaperOrder:
    """A document to be made: its code in the procedure, the officer's texts by field, and who took part or signed."""

    code: str
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    persons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftField:
    """A text that the officer writes or checks, with what the matter gives for it."""

    name: str
    label: str
    hint: str
    rows: int
    required: bool
    value: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A document before it is made: nothing of the party is in it."""

    code: str
    name: str
    clause: str
    numbered: bool
    reasoned: bool
    acts: tuple[str, ...]
    fields: tuple[DraftField, ...]


@dataclass(frozen=True, slots=True)
class PaperView:
    """A document that was made, without its contents."""

    id: int
    matter_id: int
    code: str
    name: str
    number: str
    digest: str
    text_digest: str
    size: int
    made_at: datetime
    made_by: str
    served: bool


@dataclass(frozen=True, slots=True)
class PaperContent:
    """The contents of a document, opened for somebody who may have them."""

    paper: PaperView
    pdf: bytes = field(repr=False)
    text: str = field(repr=False)


class PaperRefused(InvalidInput):
    """A document cannot be made as it was asked for; each problem is at ``<code>.<field>``."""

    code = "PAPER_REFUSED"
    status = 422


def refused(code: str, name: str, problems: tuple[PaperProblem, ...]) -> PaperRefused:
    """Return the refusal of a document with everything that is wrong with it."""
    found = tuple(
        FieldProblem(f"{code}.{one.field}", one.code, f"《{name}》：{one.message}", one.remedy) for one in problems
    )
    return PaperRefused(f"《{name}》不能制作：{problems[0].message}", problems[0].remedy, found)
