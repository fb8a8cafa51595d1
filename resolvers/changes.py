"""Reading what changed lately in the library (003-21, 003-26): for the front page, the feed and integrators."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from resolvers.context import Context
from resolvers.reading import Page, PageRequest, Read, Row
from resolvers.reading.library import VERSION
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change: the version it made, when it was recorded, and the first day on which it holds."""

    version_id: int
    item_id: int
    no: int
    code: str
    name: str
    sub_item: str
    category: str
    status: str
    body_code: str
    body_name: str
    change: str
    reason: str
    recorded_at: datetime
    valid_from: date | None
    batch_id: int


COLUMNS = tuple(one.name for one in fields(ChangeRow))


async def list_changes(
    ctx: Context,
    page: PageRequest = PageRequest(),
    since: datetime | None = None,
    *,
    body: str = "",
) -> Page[ChangeRow]:
    """Return a page of changes, the latest first; ``since`` is a moment with zone, ``body`` a body's code."""
    return (await fetch_listing(ctx, listing(page, since, body=body))).map(_change)


def listing(page: PageRequest, since: datetime | None = None, *, body: str = "") -> Listing:
    """Return the listing of changes that ``list_changes`` reads."""
    filters: dict[str, Any] = {"since": since, "body": body}
    return Listing(VERSION, Read(COLUMNS, {name: value for name, value in filters.items() if value}, "latest"), page)


def _change(row: Row) -> ChangeRow:
    return ChangeRow(**{name: row[name] for name in COLUMNS})
