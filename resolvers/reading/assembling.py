"""Pages put together from ready nodes: where a search found the rows, or where nodes are kept as fragments."""

import json
from collections.abc import Sequence

from resolvers.reading.paging import Page
from resolvers.reading.selection import EdgePart, InfoPart, PagePart, PageSelection

Node = Sequence[str]
"""One row, written once for each place of the page that asks for nodes."""


def page_text(selection: PageSelection, page: Page[Node]) -> str:
    """Return a page's JSON; ``page.rows`` holds the written nodes, in the order of ``selection.nodes``."""
    parts, place = [], 0
    for part in selection.parts:
        written, used = _part(part, page, place)
        parts.append(f'"{part.key}":{written}')
        place += used
    return "{" + ",".join(parts) + "}"


def _part(part: PagePart, page: Page[Node], place: int) -> tuple[str, int]:
    """Return a field of the page, and how many places of nodes it used up."""
    if part.what == "word":
        return f'"{part.word}"', 0
    if part.what == "nodes":
        return "[" + ",".join([row[place] for row in page.rows]) + "]", 1
    if part.what == "edges":
        return _edges(part.edge, page, place)
    return "{" + ",".join([f'"{one.key}":{_info(one, page)}' for one in part.info]) + "}", 0


def _edges(edge: Sequence[EdgePart], page: Page[Node], place: int) -> tuple[str, int]:
    columns: list[list[str]] = []
    used = 0
    for number, one in enumerate(edge):
        lead = ("{" if number == 0 else ",") + f'"{one.key}":'
        if one.what == "node":
            at = place + used
            used += 1
            columns.append([lead + row[at] for row in page.rows])
        elif one.what == "cursor":
            columns.append([f'{lead}"{cursor}"' for cursor in page.cursors])
        else:
            columns.append([f'{lead}"{one.word}"'] * len(page.rows))
    if not columns:
        return "[" + ",".join(["{}"] * len(page.rows)) + "]", used
    return "[" + ",".join(["".join(pieces) + "}" for pieces in zip(*columns, strict=True)]) + "]", used


def _info(part: InfoPart, page: Page[Node]) -> str:
    if part.what == "word":
        return f'"{part.word}"'
    if part.what in ("count", "is_lower_bound"):
        if page.total is None:
            raise RuntimeError("the total was asked for and not counted")
        return json.dumps(page.total.count if part.what == "count" else page.total.is_lower_bound)
    return json.dumps(getattr(page, part.what))
