"""What changed lately in the library, as a page and as an Atom feed (003-21, 003-26)."""

from dataclasses import dataclass
from datetime import date, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portal import asking
from portal.identity import absolute, site_of
from portal.publishing import published
from portal.rendering import LOCAL, link, render, render_text
from portal.view import view_of
from resolvers.bodies import body
from resolvers.changes import ChangeRow, list_changes
from resolvers.reading import PageRequest

SHOWN, FEED_ENTRIES = 30, 50


@dataclass(frozen=True, slots=True)
class DayOfChanges:
    """The changes recorded on one day, the latest first."""

    day: date
    changes: tuple[ChangeRow, ...]


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A page of changes by the day on which they were recorded."""

    days: tuple[DayOfChanges, ...]
    body: str
    body_name: str
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry of the feed; the permanent address of the version is its identifier."""

    change: ChangeRow
    address: str
    updated: str


@dataclass(frozen=True, slots=True)
class Feed:
    """The Atom feed (RFC 4287)."""

    address: str
    page_address: str
    updated: str
    title: str
    author: str
    entries: tuple[FeedEntry, ...]


def by_day(changes: tuple[ChangeRow, ...]) -> tuple[DayOfChanges, ...]:
    """Group changes, which come latest first, by their civil day."""
    found: dict[date, list[ChangeRow]] = {}
    for change in changes:
        found.setdefault(change.recorded_at.astimezone(LOCAL).date(), []).append(change)
    return tuple(DayOfChanges(day, tuple(rows)) for day, rows in found.items())


@published
async def changes(request: Request) -> Response:
    """Show what changed, the latest first."""
    ctx, code = request.state.context, asking.text(request, "body", 100)
    found = await list_changes(ctx, asking.page_request(request, size=SHOWN), body=code)
    previous, following = asking.neighbours(request, found)
    name = (await body(ctx, code)).body.name if code else ""
    return render(request, "changes/list.html", ChangesPage(by_day(found.rows), code, name, previous, following))


def _stamp(moment: datetime) -> str:
    return moment.astimezone(LOCAL).isoformat(timespec="seconds")


@published
async def feed(request: Request) -> Response:
    """Send the latest changes as an Atom feed, also those of one body."""
    ctx, code = request.state.context, asking.text(request, "body", 100)
    rows = (await list_changes(ctx, PageRequest(first=FEED_ENTRIES), body=code)).rows
    entries = tuple(
        FeedEntry(row, absolute(request, link("powers", row.code, "versions", row.no)), _stamp(row.recorded_at))
        for row in rows
    )
    page = Feed(
        address=absolute(request, link("changes.atom", body=code)),
        page_address=absolute(request, link("changes", body=code)),
        updated=entries[0].updated if entries else _stamp(ctx.now),
        title=(await body(ctx, code)).body.name if code else site_of(request).name,
        author=site_of(request).office,
        entries=entries,
    )
    view = view_of(request)
    text = render_text(view, "changes/feed.xml", page=page, view=view)
    return Response(text, media_type="application/atom+xml")


ROUTES: list[BaseRoute] = [Route("/changes", changes, name="changes"), Route("/changes.atom", feed, name="feed")]
