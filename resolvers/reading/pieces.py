"""Pages by pieces: first which rows, then the nodes of those that are not at hand. For searches and for fragments."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from resolvers.context import Context
from resolvers.fragments import Worth
from resolvers.reading.assembling import page_json
from resolvers.reading.cursors import encode
from resolvers.reading.declarations import EVERYBODY, Registry
from resolvers.reading.emitting import Emitter
from resolvers.reading.emitting_pages import cursor_sql, order_columns, ordered_sql
from resolvers.reading.fetching import cursor_scope, page_of, run_rows
from resolvers.reading.frames import NotCompiled, entity_of
from resolvers.reading.listings import Listing
from resolvers.reading.paging import Page
from resolvers.reading.selection import Operation, PageSelection
from resolvers.reading.slots import KeysOf, Slot, Values
from resolvers.reading.stamps import stamps_of

Listings = Sequence[Listing]

CURSORS: Final = ("cursor", "start_cursor", "end_cursor")


@dataclass(frozen=True, slots=True)
class Part:
    """One statement of a page by pieces."""

    text: str
    slots: tuple[Slot, ...]
    custom: bool = False


@dataclass(frozen=True, slots=True)
class Pieces:
    """How a page is put together: the statement of its nodes by key and, without a search, that of its keys."""

    listing: int
    selection: PageSelection
    nodes: Part
    keys: Part | None = None
    space: bytes = b""
    worth: Worth = field(default_factory=Worth)


def _node_part(listings: Listings, number: int, selection: PageSelection, registry: Registry) -> Part:
    """Return the statement of the nodes of rows by their keys, under the guard and on the days of the listing."""
    emitter, listing = Emitter(registry, listings), listings[number]
    frame = emitter.frame(listing.entity, number)
    entity = entity_of(frame)
    nodes = [
        f"convert_to({emitter.object(one, frame)}, 'UTF8') AS n{place}" for place, one in enumerate(selection.nodes)
    ]
    column = frame.column(entity.piece_key)
    keys = emitter.emission.place(KeysOf(), f"{entity.columns[entity.piece_key].type}[]")
    # The rows are found already, so their filters are left out; guard and days still hold.
    where = emitter.where(frame, replace(listing.read, filters={}))
    columns = ", ".join([f"{column} AS k", *nodes])
    text = f"SELECT {columns} FROM {emitter.source(frame, columns, where, column)} WHERE {where} AND {column} = ANY({keys})"
    return Part(*emitter.emission.finished(text))


def by_stamps(operation: Operation, listings: Listings, registry: Registry) -> Pieces | None:
    """Return how a list of today's public rows is put together from fragments, or None where that cannot be."""
    root = operation.roots[0]
    number, selection = root.listing, root.below
    listing = listings[number]
    read = listing.read
    if not isinstance(selection, PageSelection) or not selection.nodes or listing.page.count:
        return None
    if not listing.entity.stamp or listing.entity.guard != EVERYBODY:
        return None
    if read.valid_on is not None or read.recorded_at is not None:
        return None
    emitter = Emitter(registry, listings)
    frame = emitter.frame(listing.entity, number)
    stamps = [frame.rendering.render(listing.entity.stamp, frame.prefix)]
    for one in selection.nodes:
        more = stamps_of(emitter, one, frame)
        if more is None:
            return None
        stamps += [stamp for stamp in more if stamp not in stamps]
    columns = [f"{frame.column(listing.entity.piece_key)} AS k", *(f"{one} AS s{at}" for at, one in enumerate(stamps))]
    if selection.wants(*CURSORS):
        columns += order_columns(frame, read.order)
    text = ordered_sql(emitter, number, frame, ", ".join(columns))
    if selection.wants("cursor"):
        # Every row's cursor: cheaper in the database than here.
        kept = ["r.k", *(f"r.s{at}" for at in range(len(stamps)))]
        text = f"SELECT {', '.join(kept)}, {cursor_sql(listing.entity, read.order, 'r')} FROM ({text}) r"
    keys = Part(*emitter.emission.finished(text), listing.is_skewed)
    space = hashlib.sha256(repr(selection.nodes).encode()).digest()[:16]
    return Pieces(number, selection, _node_part(listings, number, selection, registry), keys, space)


def by_search(operation: Operation, listings: Listings, registry: Registry) -> Pieces:
    """Return how a page that a search finds is put together."""
    root = operation.roots[0]
    if not isinstance(root.below, PageSelection):
        raise NotCompiled("a search that gives no page")
    return Pieces(root.listing, root.below, _node_part(listings, root.listing, root.below, registry))


async def searched_page(ctx: Context, pieces: Pieces, listings: Listings) -> bytes | None:
    """Return the page that the listing's search finds; None when a row went away in between."""
    listing = listings[pieces.listing]
    marked = pieces.selection.wants(*CURSORS)
    found: Page[Any] = await listing.searched.versions(ctx, listing.page, marked=marked)
    nodes = await _nodes(ctx, pieces, listings, found.rows) if pieces.selection.nodes and found.rows else {}
    if pieces.selection.nodes and len(nodes) != len(found.rows):
        return None
    return page_json(pieces.selection, found.map(lambda key: nodes.get(key, ())))


async def page_by_stamps(ctx: Context, pieces: Pieces, listings: Listings, values: Values) -> bytes | None:
    """Return the page from fragments and what is missing of them; None when a row went away in between."""
    if pieces.keys is None:
        return None
    listing = listings[pieces.listing]
    part, store = pieces.keys, ctx.db.fragments
    rows = await run_rows(ctx, part.text, [values.of(slot) for slot in part.slots], custom=part.custom)
    columns = _trailing(pieces.selection, listing)
    end, profile = -columns or None, ctx.profile.id
    keyed = [(row["k"], (pieces.space, (profile, *tuple(row)[1:end]))) for row in rows]
    nodes = {key: node for key, name in keyed if (node := store.get(name)) is not None}
    pieces.worth.seen(len(nodes), len(keyed))
    if missing := [key for key, _ in keyed if key not in nodes]:
        fresh = await _nodes(ctx, pieces, listings, missing)
        if len(fresh) != len(missing):
            return None
        for key, name in keyed:
            if key in fresh:
                store.put(name, fresh[key])
        nodes |= fresh
    cursors = _cursors(
        listing, pieces.selection, [tuple(row)[-columns:] for row in rows] if columns else [()] * len(rows)
    )
    return page_json(pieces.selection, page_of([nodes[key] for key, _ in keyed], listing.page, cursors, None))


def _trailing(selection: PageSelection, listing: Listing) -> int:
    """Return how many columns of a row of keys are about its cursor: none, the cursor, or the keys of its order."""
    if not selection.wants(*CURSORS):
        return 0
    return 1 if selection.wants("cursor") else len(listing.entity.orders[listing.read.order].columns)


def _cursors(listing: Listing, selection: PageSelection, values: Sequence[Sequence[Any]]) -> list[str]:
    """Return the cursors of rows: of all where edges ask for them, else of those at the ends of the page."""
    if selection.wants("cursor"):
        return [one[0] for one in values]
    scope = cursor_scope(listing.entity, listing.read.order)
    ends = {0, min(len(values), listing.page.limit) - 1} if values and values[0] else set()
    return [encode(scope, one) if place in ends else "" for place, one in enumerate(values)]


async def _nodes(
    ctx: Context, pieces: Pieces, listings: Listings, keys: Sequence[Any]
) -> Mapping[Any, tuple[bytes, ...]]:
    """Return the written nodes of rows by their keys."""
    values = Values(ctx, listings, keys)
    rows = await run_rows(ctx, pieces.nodes.text, [values.of(slot) for slot in pieces.nodes.slots])
    return {row["k"]: tuple(row)[1:] for row in rows}
