"""Pages in SQL: edges, nodes, cursors, position and total of one list, as one expression.

The page's rows are found in an inner select with one row more than asked for; that row only tells that there are more.
"""

from typing import TYPE_CHECKING, Final

from resolvers.reading.cursors import CHECK_BYTES, FORMAT
from resolvers.reading.declarations import Entity
from resolvers.reading.fetching import MOST_COUNTED, cursor_scope
from resolvers.reading.frames import Frame, base64url, entity_of
from resolvers.reading.json_sql import joined, literal, object_sql, utc_moment
from resolvers.reading.paging import TOTAL_BOUND
from resolvers.reading.selection import EdgePart, InfoPart, PagePart, PageSelection
from resolvers.reading.slots import CountedOf, KeyOf, LimitOf
from resolvers.reading.statements import CountSql, Rendering, keyset_sql, order_sql

if TYPE_CHECKING:
    from resolvers.reading.emitting import Emitter

POSITION: Final = ("has_next", "has_previous", "start_cursor", "end_cursor")


def order_columns(frame: Frame, order: str) -> list[str]:
    """Return the columns of an order, under names by which a cursor is made of them further out."""
    return [f"{frame.column(name)} AS o{place}" for place, name in enumerate(entity_of(frame).orders[order].columns)]


def cursor_sql(entity: Entity, order: str, alias: str) -> str:
    """Return the expression of a row's cursor: the same bytes as :func:`resolvers.reading.cursors.encode` makes."""
    parts = [literal(f"[{FORMAT}")]
    for place, name in enumerate(entity.orders[order].columns):
        kind, expression = entity.columns[name].type, f"{alias}.o{place}"
        plain = kind in ("bigint", "integer")
        written = f"({expression})::text" if plain else f"to_json({expression})::text"
        if kind == "date":
            # Python knows no day beyond these, and reads the endless ones as them.
            written = f"to_json(greatest(least({expression}, '9999-12-31'::date), '0001-01-01'::date))::text"
        parts += ["','", utc_moment(expression) if kind == "timestamptz" else written]
    payload = f"convert_to({joined([*parts, literal(']')])}, 'UTF8')"
    scope = (cursor_scope(entity, order).encode() + b"\0").hex()
    check = f"substring(sha256('\\x{scope}'::bytea || {payload}) FROM 1 FOR {CHECK_BYTES})"
    return base64url(f"{check} || {payload}")


def ordered_sql(
    emitter: "Emitter", number: int, frame: Frame, columns: str, joined_by: str = "", most: str = ""
) -> str:
    """Return the select of a listing's rows: guard, scope, filters, place of the cursor, order.

    Without ``most`` there are so many rows as its page may hold, and one more.
    """
    listing = emitter.listings[number]
    entity, page, read = entity_of(frame), listing.page, emitter.read_of(number)
    order = entity.orders[read.order]
    where = emitter.where(frame, read) + (f" AND {joined_by}" if joined_by else "")
    if page.before is not None or page.after is not None:
        keys = [KeyOf(number, place) for place in range(len(order.columns))]
        where += " AND " + keyset_sql(frame.rendering, entity, order, keys, backward=page.backward, prefix=frame.prefix)
    sequence = order_sql(frame.rendering, entity, order, backward=page.backward, prefix=frame.prefix)
    limit = most or f"{emitter.emission.place(LimitOf(number))} + 1"
    source = emitter.source(frame, columns, where, sequence)
    return f"SELECT {columns} FROM {source} WHERE {where} ORDER BY {sequence} LIMIT {limit}"


def page_sql(emitter: "Emitter", selection: PageSelection, number: int, frame: Frame, joined_by: str = "") -> str:
    """Return the expression of a page; ``joined_by`` ties its rows to the row above."""
    listing = emitter.listings[number]
    nodes = [emitter.object(one, frame) for one in selection.nodes]
    columns = [f"{node} AS n{place}" for place, node in enumerate(nodes)]
    rows = any(part.what in ("edges", "nodes") for part in selection.parts) or selection.wants(*POSITION)
    if selection.wants("cursor", "start_cursor", "end_cursor"):
        columns += order_columns(frame, listing.read.order)
    alias = emitter.emission.prefix() + "r"
    writer = _Writer(emitter, number, alias, backward=listing.page.backward)
    written = writer.page(selection, _total(emitter, number, frame, joined_by))
    if not rows:
        return written
    inner = ordered_sql(emitter, number, frame, ", ".join([*columns, "1 AS one"]), joined_by)
    numbered = f"SELECT i.*, row_number() OVER () AS k, count(*) OVER () AS found FROM ({inner}) i"
    # HAVING makes one row of it also where nothing is gathered, such as a page asked only for what precedes it.
    return f"(SELECT {written} FROM ({numbered}) {alias} HAVING true)"


class _Writer:
    """Writes the fields of one page from its numbered rows."""

    def __init__(self, emitter: "Emitter", number: int, alias: str, *, backward: bool) -> None:
        self.alias, self.backward, self.nodes = alias, backward, 0
        self._emitter, self._number = emitter, number
        page = emitter.listings[number].page
        self.marked = (page.before if backward else page.after) is not None

    @property
    def limit(self) -> str:
        """The placeholder of how many rows the page may hold; only what uses it puts it into the statement."""
        return self._emitter.emission.place(LimitOf(self._number))

    @property
    def cursor(self) -> str:
        """A row's cursor, made outside the page's select: only for the rows whose cursor is asked for."""
        listing = self._emitter.listings[self._number]
        return cursor_sql(listing.entity, listing.read.order, self.alias)

    def page(self, selection: PageSelection, total: str) -> str:
        """Return the object of the page."""
        return object_sql((part.key, self._part(part, total)) for part in selection.parts)

    def _part(self, part: PagePart, total: str) -> str:
        if part.what == "word":
            return literal(f'"{part.word}"')
        if part.what == "edges":
            return self._list(object_sql((one.key, self._edge(one)) for one in part.edge))
        if part.what == "nodes":
            return self._list(self._node())
        if any(one.what in ("count", "is_lower_bound") for one in part.info):
            return f"(SELECT {object_sql((one.key, _figure(one)) for one in part.info)} FROM ({total}) t(n, bound))"
        return object_sql((one.key, self._position(one)) for one in part.info)

    def _node(self) -> str:
        self.nodes += 1
        return f"{self.alias}.n{self.nodes - 1}"

    def _list(self, written: str) -> str:
        order = f" ORDER BY {self.alias}.k DESC" if self.backward else ""
        kept = f"FILTER (WHERE {self.alias}.k <= {self.limit})"
        return f"concat('[', string_agg({written}, ','{order}) {kept}, ']')"

    def _edge(self, part: EdgePart) -> str:
        if part.what == "word":
            return literal(f'"{part.word}"')
        return self._node() if part.what == "node" else f"concat('\"', {self.cursor}, '\"')"

    def _position(self, part: InfoPart) -> str:
        more = f"CASE WHEN count(*) > {self.limit} THEN 'true' ELSE 'false' END"
        marked = literal("true" if self.marked else "false")
        first, last = f"{self.alias}.k = 1", f"{self.alias}.k = least({self.alias}.found, {self.limit})"
        if self.backward:
            first, last = last, first
        return {
            "has_next": marked if self.backward else more,
            "has_previous": more if self.backward else marked,
            "start_cursor": _cursor_or_null(self.cursor, first),
            "end_cursor": _cursor_or_null(self.cursor, last),
            "word": literal(f'"{part.word}"'),
        }[part.what]


def _cursor_or_null(cursor: str, where: str) -> str:
    return f"coalesce('\"' || max({cursor}) FILTER (WHERE {where}) || '\"', 'null')"


def _figure(part: InfoPart) -> str:
    if part.what == "word":
        return literal(f'"{part.word}"')
    return (
        "least(t.n, t.bound)::text" if part.what == "count" else "CASE WHEN t.n > t.bound THEN 'true' ELSE 'false' END"
    )


class _Counting(Rendering):
    """Renders a ready count for one listing: the values it adds become slots in their order."""

    def __init__(self, frame: Frame, number: int) -> None:
        self._frame, self._number, self._added = frame, number, 0

    def add(self, _value: object, kind: str) -> str:
        """Add a slot for the value."""
        self._added += 1
        return self._frame.rendering.emission.place(CountedOf(self._number, self._added - 1), kind)

    def render(self, fragment: str, prefix: str = "", value: str = "") -> str:
        """Render as the frame does."""
        return self._frame.rendering.render(fragment, prefix, value)


def _total(emitter: "Emitter", number: int, frame: Frame, joined_by: str) -> str:
    """Return the select of a list's total ``n`` and its ``bound``: ready-made, or counted up to the bound."""
    listing = emitter.listings[number]
    counted: CountSql | None = listing.counted
    if counted is not None:
        return f"SELECT ({counted(_Counting(frame, number))})::bigint, {MOST_COUNTED - 1}"
    entity = entity_of(frame)
    bound = min(entity.total_bound, TOTAL_BOUND)
    where = emitter.where(frame, emitter.read_of(number)) + (f" AND {joined_by}" if joined_by else "")
    some = f"SELECT 1 FROM {emitter.source(frame, where)} WHERE {where} LIMIT {bound + 1}"
    return f"SELECT count(*), {bound} FROM ({some}) c"
