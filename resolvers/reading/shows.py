"""What a field of a public type shows: declared beside the type, understood by the compiler of reads.

A type stands either on an entity (its rows) or on a value inside a document (a part of an item's content). Every
declaration here says where the data of one field come from; how they are written (text, day, enum …) follows from the
field's type and stands in the selection. Declarations know no GraphQL, no HTML and no request.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from resolvers.reading.declarations import Entity, Registry, WrongDeclaration

Days = Literal["none", "same", "now"]
"""Which days a related row is read at: those the row above was read at, or today as known now."""


@dataclass(frozen=True, slots=True)
class OfColumn:
    """A column of the entity's row."""

    name: str


@dataclass(frozen=True, slots=True)
class OfKey:
    """The global id of a row: its kind and the column that identifies it, and with ``dated`` the days it was read at."""

    kind: str
    column: str
    dated: bool = False


@dataclass(frozen=True, slots=True)
class OfProfile:
    """An object of the regulation's profile by the code in a column."""

    table: Literal["category", "level"]
    column: str


@dataclass(frozen=True, slots=True)
class OfOne:
    """The one row of another entity whose column ``foreign`` equals this row's column ``local``; none: null."""

    entity: str
    local: str
    foreign: str
    days: Days = "none"


@dataclass(frozen=True, slots=True)
class OfMany:
    """All rows of another entity whose column ``foreign`` equals this row's column ``local``, in a declared order.

    ``only`` is a boolean column; where one is named, only rows for which it is true are shown.
    """

    entity: str
    local: str
    foreign: str
    order: str
    backward: bool = False
    only: str = ""


@dataclass(frozen=True, slots=True)
class OfPage:
    """A page of another entity's rows whose column ``foreign`` equals this row's column ``local``.

    They are read in ``scope``; where none is named, as in force today.
    """

    entity: str
    local: str
    foreign: str
    order: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class OfAttribute:
    """An attribute of a value in a document; ``default`` is what is meant where the document leaves it out."""

    name: str
    default: Any = ""


@dataclass(frozen=True, slots=True)
class OfContent:
    """An attribute of an item's whole content, which stands in the column ``content`` of its row."""

    name: str
    default: Any = ""


@dataclass(frozen=True, slots=True)
class OfPairs:
    """An attribute of an item's content that maps headers to texts, as a list of pairs."""

    name: str


@dataclass(frozen=True, slots=True)
class OfPlaces:
    """A list in an item's content whose values know their place from 1 and whose they are; bases know their laws."""

    name: str
    laws: bool = False


@dataclass(frozen=True, slots=True)
class OfDocument:
    """The type stands on a row whose column holds the value; ``column`` is that column (a basis, a benchmark)."""

    column: str
    name: str
    default: Any = ""


@dataclass(frozen=True, slots=True)
class OfPlace:
    """The place of a value in its list, from 1."""


@dataclass(frozen=True, slots=True)
class OfLaw:
    """The law that a legal basis names, if the library knows it."""


@dataclass(frozen=True, slots=True)
class OfOwner:
    """The item that a value belongs to, on the days its owner was read at."""


@dataclass(frozen=True, slots=True)
class OfChart:
    """A chart of an item: its own flow or risk points, else the generic chart it names, else none (000-8)."""

    kind: Literal["external", "internal", "risk"]


@dataclass(frozen=True, slots=True)
class OfDrawn:
    """A part of a chart as an item shows it."""

    part: Literal["name", "steps", "transitions", "points", "chart_code", "svg_path"]


@dataclass(frozen=True, slots=True)
class OfLimitText:
    """A limit in words, such as 20个工作日."""


@dataclass(frozen=True, slots=True)
class OfRow:
    """The same row once more, as another type that stands on its entity."""


@dataclass(frozen=True, slots=True)
class OfWord:
    """A constant: the name of a type."""

    text: str


Shown = (
    OfColumn | OfKey | OfProfile | OfOne | OfMany | OfPage | OfAttribute | OfContent | OfPairs | OfPlaces
    | OfDocument | OfPlace | OfLaw | OfOwner | OfChart | OfDrawn | OfLimitText | OfRow | OfWord
)  # fmt: skip
"""Everything a field can show."""

METADATA: Final = "shows"
"""The key under which a field's metadata hold its declaration."""


def check_shown(kind: str, field: str, shown: object, entity: Entity | None, registry: Registry) -> None:
    """Check that what a field shows is there. Raises ``WrongDeclaration`` with type, field and reason."""
    columns: list[str] = []
    if isinstance(shown, OfColumn):
        columns = [shown.name]
    elif isinstance(shown, OfKey | OfProfile | OfDocument):
        columns = [shown.column]
    elif isinstance(shown, OfContent | OfPairs | OfPlaces | OfChart):
        columns = ["content"]
    elif isinstance(shown, OfOne | OfMany | OfPage):
        columns = [shown.local]
        _check_related(kind, field, shown, registry)
    if columns and entity is None:
        raise WrongDeclaration(kind, field, "it shows a row, and the type stands on no entity")
    for name in columns:
        if entity is not None and name not in entity.columns:
            raise WrongDeclaration(kind, field, f"the entity {entity.name} has no column {name}")


def _check_related(kind: str, field: str, shown: OfOne | OfMany | OfPage, registry: Registry) -> None:
    names = {one.name for one in registry}
    if shown.entity not in names:
        raise WrongDeclaration(kind, field, f"there is no entity {shown.entity}")
    target = registry[shown.entity]
    if shown.foreign not in target.columns:
        raise WrongDeclaration(kind, field, f"the entity {target.name} has no column {shown.foreign}")
    if isinstance(shown, OfMany | OfPage) and shown.order not in target.orders:
        raise WrongDeclaration(kind, field, f"the entity {target.name} has no order {shown.order}")
    if isinstance(shown, OfMany) and shown.only and shown.only not in target.columns:
        raise WrongDeclaration(kind, field, f"the entity {target.name} has no column {shown.only}")
    if isinstance(shown, OfPage) and shown.scope and shown.scope not in target.scopes:
        raise WrongDeclaration(kind, field, f"the entity {target.name} has no scope {shown.scope}")
    if isinstance(shown, OfOne) and bool(target.scopes) != (shown.days != "none"):
        raise WrongDeclaration(kind, field, f"say at which days {target.name} is read, or that it knows none")
