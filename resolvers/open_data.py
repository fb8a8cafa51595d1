"""The change feed of the open data: what changed, in the order of the commits, each row as anybody sees it now (H7).

A mirror keeps its position and asks for what came after it. It gets keys with rows: a row, or none where nothing of it
is public any more. The same row may come twice; none is ever left out, whoever commits when: the revision that a
commit raises is drawn under the last lock it takes, so no lower place is filled after a higher one could be seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.actors import ANONYMOUS
from domain.open_data import Position, PositionBroken
from resolvers.context import Context
from resolvers.errors import Conflict, FieldProblem, InvalidInput
from resolvers.open_data_rows import json_rows
from resolvers.reading.fetching import ReadConnection, understood
from resolvers.reading.open_data import OPEN_TABLES, OpenTable
from resolvers.reading.statements import Read, Statement, column_sql, where_sql

MOST: Final = 1_000
USUAL: Final = 100
_HEAD: Final = "SELECT max(revision) FROM open_commit"
_KNOWN: Final = "SELECT EXISTS (SELECT FROM open_commit WHERE revision = $1)"
# What is left of a commit that filled a page, then the commits after it; of each no more than the page takes.
_CHANGES: Final = """
SELECT c.revision, o.id, o.dataset, o.key FROM open_commit c
CROSS JOIN LATERAL (SELECT o.id, o.dataset, o.key FROM open_change o
  WHERE o.number = c.number AND o.id > CASE c.revision WHEN $1 THEN $2 ELSE 0 END ORDER BY o.id LIMIT $3) o
WHERE c.revision > $1 OR c.revision = $1 AND $2 > 0 ORDER BY c.revision, o.id LIMIT $3
"""


class PositionUnknown(Conflict):
    """A position that this system never gave out, or one from before it was set back to a backup."""

    code = "POSITION_UNKNOWN"

    def __init__(self) -> None:
        super().__init__(
            "没有这个位置：它不是本系统给出的，或者系统从备份恢复过。", "请重新下载全部数据，再从其中注明的位置继续。"
        )


@dataclass(frozen=True, slots=True)
class OpenChange:
    """A row that changed: in which table, its key, and its JSON as it is now; None where it is not public any more."""

    dataset: str
    key: str
    row: str | None


@dataclass(frozen=True, slots=True)
class OpenChanges:
    """A page of the feed. ``position`` is where the next one begins; ``more``: there is more already."""

    changes: tuple[OpenChange, ...]
    position: Position
    more: bool


def position_of(text: str) -> Position:
    """Read a position; none is the beginning. Raises ``InvalidInput``."""
    if not text:
        return Position(-1)
    try:
        return Position.parse(text)
    except PositionBroken as error:
        message, remedy = "after 不是有效的位置。", "请原样使用上一次答复或数据包给出的 position；从头开始则留空。"
        raise InvalidInput(message, remedy, (FieldProblem("after", "NOT_A_POSITION", message, remedy),)) from error


async def changes(ctx: Context, after: Position, most: int = USUAL) -> OpenChanges:
    """Return what changed after a position. Raises ``InvalidInput`` for a wrong page size, ``PositionUnknown``."""
    if not 1 <= most <= MOST:
        message, remedy = f"每页条数应为 1 至 {MOST}。", "请改小后重试。"
        raise InvalidInput(message, remedy, (FieldProblem("first", "OUT_OF_RANGE", message, remedy),))
    seen = ctx.acting_as(ANONYMOUS)
    with understood():
        async with (
            ctx.db.reads.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            if after.revision >= 0 and not await connection.fetchval(_KNOWN, after.revision):
                raise PositionUnknown
            head = Position(await connection.fetchval(_HEAD))
            rows = await connection.fetch(_CHANGES, after.revision, after.change, most + 1)
            kept = rows[:most]
            told = {(row["dataset"], row["key"]): None for row in reversed(kept)}
            found = await _rows(connection, seen, list(told))
    more = len(rows) > most
    at = Position(kept[-1]["revision"], kept[-1]["id"]) if more else head
    listed = tuple(OpenChange(*one, found.get(one)) for one in reversed(told))
    return OpenChanges(listed, at, more)


async def _rows(
    connection: ReadConnection, ctx: Context, wanted: Sequence[tuple[str, str]]
) -> Mapping[tuple[str, str], str]:
    """Return the rows of tables by key as JSON; what nobody may see is not among them."""
    asked_of: dict[str, list[str]] = {}
    for dataset, key in wanted:
        asked_of.setdefault(dataset, []).append(key)
    found: dict[tuple[str, str], str] = {}
    for name, of in asked_of.items():
        table = OPEN_TABLES[name]
        kind = table.entity.columns[table.dataset.key].type
        statement = Statement(ctx, Read(scope=table.scope))
        asked = statement.add([int(key) for key in of] if kind == "bigint" else of, f"{kind}[]")
        key_sql = column_sql(statement, table.entity, table.dataset.key)
        sql = f"{select_sql(statement, table)} AND {key_sql} = ANY({asked})"
        at = list(table.types).index(table.dataset.key)
        if rows := await connection.fetch(sql, *statement.values):
            columns = list(zip(*rows, strict=True))
            keys = map(str, columns[at])
            found.update({(name, key): text for key, text in zip(keys, json_rows(table.types, columns), strict=True)})
    return found


def select_sql(statement: Statement, table: OpenTable) -> str:
    """Return the statement for all rows of a table that anybody may see; every guard of the entity is in it."""
    read = Read(scope=table.scope)
    columns = ", ".join(
        column_sql(statement, table.entity, name) + ("::text" if kind == "jsonb" else "")
        for name, kind in table.types.items()
    )
    where = where_sql(statement, table.entity, read)
    only = f" AND ({statement.render(table.only)})" if table.only else ""
    return f"SELECT {columns} FROM {statement.render(table.entity.source)} WHERE {where}{only}"


async def head(connection: ReadConnection) -> Position:
    """Return the position of a snapshot: whoever has what it shows goes on from there."""
    return Position(await connection.fetchval(_HEAD))
