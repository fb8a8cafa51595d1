"""What one operation asks for, said neutrally: response keys, what each shows, and what is selected below it.

An edge (GraphQL, a page) makes selections; the compiler turns them into one statement. Both sides know only these
frozen, hashable values, so a selection is its own key in every cache.
"""

from dataclasses import dataclass
from typing import Literal

from resolvers.reading.shows import Shown

Plain = Literal["text", "integer", "boolean", "date", "moment", "decimal", "texts", "integers", "id"]
"""How a leaf is written: JSON text, number, …; ``texts`` is a list of texts, ``integers`` one of numbers of 32 bits."""


@dataclass(frozen=True, slots=True)
class Names:
    """A leaf written as the name of its value: pairs of value and name."""

    pairs: tuple[tuple[str, str], ...]


Form = Plain | Names


@dataclass(frozen=True, slots=True)
class Selection:
    """The fields asked for of one object, in the order of the answer."""

    asked: tuple["Asked", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Objects of several types in one place: value of the tag → fields.

    The tag is an attribute of a value inside a document, and a column of a row.
    """

    tag: str
    cases: tuple[tuple[str, Selection], ...]


@dataclass(frozen=True, slots=True)
class EdgePart:
    """A field of an edge: the node, its cursor, or a constant."""

    key: str
    what: Literal["node", "cursor", "word"]
    below: Selection | Choice | None = None
    word: str = ""


@dataclass(frozen=True, slots=True)
class InfoPart:
    """A field of the page's position or total, or a constant."""

    key: str
    what: Literal["has_next", "has_previous", "start_cursor", "end_cursor", "count", "is_lower_bound", "word"]
    word: str = ""


@dataclass(frozen=True, slots=True)
class PagePart:
    """A field of a page: ``edges`` of parts, ``nodes`` of fields, ``info`` (position or total), or a constant."""

    key: str
    what: Literal["edges", "nodes", "info", "word"]
    edge: tuple[EdgePart, ...] = ()
    below: Selection | Choice | None = None
    info: tuple[InfoPart, ...] = ()
    word: str = ""


@dataclass(frozen=True, slots=True)
class PageSelection:
    """The fields asked for of one page of a list."""

    parts: tuple[PagePart, ...]

    @property
    def nodes(self) -> tuple[Selection | Choice, ...]:
        """What is asked of nodes, once for each place that asks, in their order."""
        places: list[PagePart | EdgePart] = []
        for part in self.parts:
            places += [part, *part.edge]
        return tuple(one.below for one in places if one.below is not None)

    def wants(self, *whats: str) -> bool:
        """Say whether a cursor or a figure of one of these kinds is asked for anywhere."""
        return any(one.what in whats for part in self.parts for one in part.edge) or any(
            one.what in whats for part in self.parts for one in part.info
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """One response key: what it shows, how a leaf is written or what is selected below.

    ``required`` fields are never null in the contract; ``many`` shows a list of values; ``listing`` is the number of
    the listing (see ``listings``) that a page below is read by.
    """

    key: str
    shown: Shown
    form: Form | None = None
    below: Selection | Choice | PageSelection | None = None
    required: bool = True
    many: bool = False
    listing: int = -1


@dataclass(frozen=True, slots=True)
class Root:
    """A field of the operation itself, read by its listing.

    ``page``: a page of a list; ``one``: the first row of the listing or null; ``all``: every row of it as a list.
    """

    key: str
    what: Literal["page", "one", "all", "word"]
    listing: int = -1
    below: Selection | Choice | PageSelection | None = None
    required: bool = False
    word: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """All that one operation asks for."""

    roots: tuple[Root, ...]
