"""Fields of values inside documents: each says how the compiled read finds it in the JSON, and reads the same JSON itself."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from resolvers.reading.shows import METADATA, OfAttribute, OfDocument, Shown
from schema.sources import Root

Read = Callable[[Any], Any]


def as_it_is(value: Any) -> Any:
    """Return what JSON says as it is."""
    return value


def read_moment(text: str | None) -> datetime | None:
    """Return a moment of a document."""
    return None if text is None else datetime.fromisoformat(text)


def read_day(text: str | None) -> date | None:
    """Return a day of a document."""
    return None if text is None else date.fromisoformat(text)


def read_amount(text: str | None) -> Decimal | None:
    """Return an exact number of a document."""
    return None if text is None else Decimal(text)


def part(name: str, description: str, read: Read = as_it_is, default: Any = "", *, called: str | None = None) -> Any:
    """Return a field that shows an attribute of a value; ``read`` makes of its JSON what the field's type wants."""

    def resolve(root: strawberry.Parent[Mapping[str, Any]]) -> Any:
        return read(root.get(name, default))

    return _field(resolve, description, OfAttribute(name, default), called)


def filed(column: str, name: str, description: str, read: Read = as_it_is, default: Any = "") -> Any:
    """Return a field that shows an attribute of the document in a column of the row."""

    def resolve(root: Root) -> Any:
        return read((root[column] or {}).get(name, default))

    return _field(resolve, description, OfDocument(column, name, default), None)


def _field(resolve: Callable[..., Any], description: str, shown: Shown, called: str | None) -> Any:
    return strawberry.field(resolver=resolve, description=description, name=called, metadata={METADATA: shown})


def read_list(value: Any) -> list[Any]:
    """Return a list of a document; what was never written is empty."""
    return list(value or ())
