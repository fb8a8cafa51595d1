"""Reading the record: who did what and when (003-32(3)), for the audit administrator alone (GB/T 22239 三员)."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.access import Permission
from resolvers.context import Context
from resolvers.permits import permit
from resolvers.reading import Page, PageRequest, Read, Row, fetch_page
from resolvers.reading.access import EVENT


@dataclass(frozen=True, slots=True)
class EventRow:
    """One act. ``body`` is the canonical JSON that was recorded, byte for byte."""

    id: int
    stream: str
    seq: int
    kind: str
    actor_id: UUID | None
    actor_name: str
    body_code: str
    at: datetime
    body: str
    about_name: str = ""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which acts: of one stream (``account:…``), about one sort of thing, of one kind, by a name, in a time."""

    stream: str = ""
    about: str = ""
    kind: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None


COLUMNS = tuple(one.name for one in fields(EventRow))


def event_row(row: Row) -> EventRow:
    """Return a row of an event entity as a value."""
    return EventRow(**{name: row[name] for name in COLUMNS})


async def list_events(
    ctx: Context, where: EventFilter = EventFilter(), page: PageRequest = PageRequest()
) -> Page[EventRow]:
    """Return a page of the record, the latest first. Raises ``NotSignedIn`` or ``NotPermitted``."""
    permit(ctx, Permission.RECORD_READ)
    filters: dict[str, Any] = {one.name: getattr(where, one.name) for one in fields(EventFilter)}
    read = Read(COLUMNS, {name: value for name, value in filters.items() if value}, "latest")
    return (await fetch_page(ctx, EVENT, read, page)).map(event_row)
