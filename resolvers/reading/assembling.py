"""Pages put together from ready nodes: where a search found the rows, or where nodes are kept as fragments.

Everything is bytes from the database to the client: decoding nodes and encoding the page again took longer than all else.
"""

import json
from collections.abc import Sequence

from resolvers.reading.paging import Page
from resolvers.reading.selection import EdgePart, InfoPart, PagePart, PageSelection

Node = Sequence[bytes]
"""One row, written once for each place of the page that asks for nodes."""


def page_json(selection: PageSelection, page: Page[Node]) -> bytes:
    """Return a page's JSON; ``page.rows`` holds the written nodes, in the order of ``selection.nodes``."""
    parts, place = [], 0
    for part in selection.parts:
        written, used = _part(part, page, place)
        parts.append(_led(b"", part.key) + written)
        place += used
    return b"{" + b",".join(parts) + b"}"


def _led(start: bytes, key: str) -> bytes:
    return start + b'"' + key.encode() + b'":'


def _text(value: str) -> bytes:
    """Return a plain text, such as a type's name or a cursor, as JSON."""
    return b'"' + value.encode() + b'"'


def _part(part: PagePart, page: Page[Node], place: int) -> tuple[bytes, int]:
    """Return a field of the page, and how many places of nodes it used up."""
    if part.what == "word":
        return _text(part.word), 0
    if part.what == "nodes":
        return b"[" + b",".join([row[place] for row in page.rows]) + b"]", 1
    if part.what == "edges":
        return _edges(part.edge, page, place)
    return b"{" + b",".join([_led(b"", one.key) + _info(one, page) for one in part.info]) + b"}", 0


def _edges(edge: Sequence[EdgePart], page: Page[Node], place: int) -> tuple[bytes, int]:
    columns: list[list[bytes]] = []
    used = 0
    for number, one in enumerate(edge):
        lead = _led(b"{" if number == 0 else b",", one.key)
        if one.what == "node":
            at = place + used
            used += 1
            columns.append([lead + row[at] for row in page.rows])
        elif one.what == "cursor":
            columns.append([lead + _text(cursor) for cursor in page.cursors])
        else:
            columns.append([lead + _text(one.word)] * len(page.rows))
    if not columns:
        return b"[" + b",".join([b"{}"] * len(page.rows)) + b"]", used
    return b"[" + b",".join([b"".join(pieces) + b"}" for pieces in zip(*columns, strict=True)]) + b"]", used


def _info(part: InfoPart, page: Page[Node]) -> bytes:
    if part.what == "word":
        return _text(part.word)
    if part.what in ("count", "is_lower_bound"):
        if page.total is None:
            raise RuntimeError("the total was asked for and not counted")
        return json.dumps(page.total.count if part.what == "count" else page.total.is_lower_bound).encode()
    return json.dumps(getattr(page, part.what)).encode()
