"""Scores as CSV: sent page by page as they are read, so that none is left out however many there are."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from starlette.responses import Response, StreamingResponse

from portal import assessments_words as words
from portal.supervision import FORMULAS, NUMBER
from resolvers import assessments
from resolvers.assessments import ScoreRow
from resolvers.context import Context

Cells = tuple[str, ...]
Columns = tuple[Cells, Callable[[ScoreRow], Cells]]
"""Names of columns, and what stands in them."""
PUBLIC: Columns = (words.COLUMNS, words.public_line)
DESK: Columns = (words.DESK_COLUMNS, words.desk_line)


async def send_scores(ctx: Context, columns: Columns, other: str, **asked: Any) -> Response:
    """Send scores as ``asked``, with those of another period beside them if there is one."""
    pieces = _pieces(ctx, columns, other, asked)
    # The first one now, so that a refusal is still a page.
    first = await anext(pieces)
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": 'attachment; filename="scores.csv"'}
    return StreamingResponse(_joined(first, pieces), headers=headers, media_type="text/csv; charset=utf-8")


async def _joined(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield f"\ufeff{first}"
    async for one in rest:
        yield one


async def _pieces(ctx: Context, columns: Columns, other: str, asked: dict[str, Any]) -> AsyncIterator[str]:
    names, cells = columns
    lines = [(*names, *(words.OTHER_COLUMNS if other else ()))]
    same = {name: asked[name] for name in ("published", "government") if name in asked}
    async for rows in assessments.pages_of_scores(ctx, **asked):
        before = await assessments.compared(ctx, rows, other, **same)
        lines += [(*cells(one), *(words.beside(one, before, other) if other else ())) for one in rows]
        yield _written(lines)
        lines = []


def _written(lines: Sequence[Cells]) -> str:
    """Return lines as CSV, with nothing in them that a spreadsheet would take for a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for cells in lines:
        writer.writerow([f"'{one}" if one.startswith(FORMULAS) and not NUMBER.fullmatch(one) else one for one in cells])
    return buffer.getvalue()
