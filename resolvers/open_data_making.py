"""Making a dump of the open data: every public table out of one snapshot, as anybody sees it (H7).

Tables are read through a cursor and written group by group: a million rows take as little memory as a thousand.
"""

import asyncio
import fcntl
import hashlib
import os
import queue
import shutil
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any, Final, cast

from domain.actors import ANONYMOUS
from domain.open_data import FORMS, Form
from resolvers import open_data
from resolvers.context import Context
from resolvers.errors import Conflict
from resolvers.exports import Progress, no_progress
from resolvers.open_data_dumps import PACKAGE, SUMS, Dump, DumpFile, Dumps, DumpTable, package
from resolvers.open_data_files import TableWriter
from resolvers.open_data_rows import Rows
from resolvers.reading.fetching import ReadConnection
from resolvers.reading.open_data import OPEN_TABLES, OpenTable
from resolvers.reading.statements import Read, Statement, column_sql

KEPT: Final = 3
"""Dumps that stay: whoever fetches one in pieces has two more nights to come to its end."""

CHUNK: Final = 1_000
WAITING: Final = 2
"""Groups of rows that may wait for the writer; then the database waits, too."""

FULL_SECONDS: Final = 0.01


# What was withdrawn is gone, from files too (DECISIONS §23): results that were corrected or withdrawn and questions that
# were withdrawn after a dump's place in the feed, and results whose time ran out since its day.
_WITHDRAWN: Final = """
SELECT EXISTS (
  SELECT FROM open_commit c JOIN open_change o ON o.number = c.number
  LEFT JOIN published_result r ON o.dataset = 'results' AND r.id = o.key::bigint
  LEFT JOIN published_question q ON o.dataset = 'published_questions' AND q.id = o.key::bigint
  WHERE c.revision > $1 AND o.dataset IN ('results', 'published_questions')
    AND ((r.state = 'withdrawn' OR r.no > 1) AND r.published_at <= $2 OR q.withdrawn_at IS NOT NULL AND q.published_at <= $2))
"""
_RAN_OUT: Final = "SELECT EXISTS (SELECT FROM published_result WHERE shown_until >= $1 AND shown_until < $2)"


class DumpRunning(Conflict):
    """Another process is making a dump in this folder."""

    code = "DUMP_RUNNING"

    def __init__(self) -> None:
        super().__init__("正在制作另一份数据包。", "请等它完成后再试。")


@contextmanager
def _alone(dumps: Dumps) -> Iterator[None]:
    """Be the only one who makes a dump here, over all processes. Raises ``DumpRunning``."""
    dumps.folder.mkdir(mode=0o755, exist_ok=True)
    with (dumps.folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DumpRunning from error
        yield


async def make(ctx: Context, dumps: Dumps, progress: Progress = no_progress) -> Dump:
    """Make a dump of everything that anybody may see now. Raises ``DumpRunning``."""
    with _alone(dumps):
        for left in dumps.folder.glob(".making-*"):
            shutil.rmtree(left, ignore_errors=True)
        half = dumps.folder / f".making-{os.getpid()}"
        half.mkdir()
        try:
            dump = await _made(ctx.acting_as(ANONYMOUS), half, progress)
            if not (dumps.folder / dump.name).exists():
                half.rename(dumps.folder / dump.name)
        finally:
            shutil.rmtree(half, ignore_errors=True)
        for name in dumps.names()[KEPT:]:
            shutil.rmtree(dumps.folder / name, ignore_errors=True)
    return dump


async def take_back(ctx: Context, dumps: Dumps) -> list[str]:
    """Remove the dumps that hold what is shown no longer; returns their names. The next one is then due at once."""
    gone = []
    for name in dumps.names():
        dump = dumps.read(name)
        if dump is None:
            continue
        withdrawn = await ctx.db.reads.fetchval(_WITHDRAWN, dump.position.revision, dump.made_at)
        if withdrawn or (dump.day < ctx.today and await ctx.db.reads.fetchval(_RAN_OUT, dump.day, ctx.today)):
            await asyncio.to_thread(shutil.rmtree, dumps.folder / name, ignore_errors=True)
            gone.append(name)
    return gone


async def _made(ctx: Context, folder: Path, progress: Progress) -> Dump:
    tables = []
    async with (
        ctx.db.reads.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute("SET LOCAL statement_timeout = 0")
        position = await open_data.head(connection)
        done = 0
        for table in OPEN_TABLES.values():
            tables.append(await _table(connection, ctx, table, folder))
            done += tables[-1].rows
            progress(done)
    name = f"{ctx.now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{position.revision}"
    dump = Dump(name, ctx.now, ctx.today, position, tuple(tables))
    (folder / PACKAGE).write_bytes(package(dump))
    told = [*dump.files.values(), _file(folder / PACKAGE, "json")]
    (folder / SUMS).write_text("".join(f"{one.sha256}  {one.name}\n" for one in told), "utf-8")
    return dump


async def _table(connection: ReadConnection, ctx: Context, table: OpenTable, folder: Path) -> DumpTable:
    """Write a table into its files. The writer works in a thread and takes rows from a short line."""
    line: queue.Queue[Rows | None] = queue.Queue(WAITING)
    statement = Statement(ctx, Read(scope=table.scope))
    sql = open_data.select_sql(statement, table)
    sql += f" ORDER BY {column_sql(statement, table.entity, table.dataset.key)}"
    writing = asyncio.create_task(asyncio.to_thread(_written, table, line, folder))
    try:
        async for row_group in _groups(connection, sql, statement.values):
            await _put(line, row_group, writing)
        await _put(line, None, writing)
        return await writing
    except BaseException:
        # Whatever ended the reading, the writer must not wait for rows for ever.
        while line.full():
            line.get_nowait()
        line.put_nowait(None)
        await asyncio.wait({writing})
        raise


async def _put(line: "queue.Queue[Rows | None]", group: Rows | None, writing: "asyncio.Task[DumpTable]") -> None:
    """Hand a group to the writer when there is room; a writer that failed raises here what it failed of."""
    while True:
        if writing.done():
            writing.result()
        try:
            line.put_nowait(group)
        except queue.Full:
            await asyncio.sleep(FULL_SECONDS)
        else:
            return


async def _groups(connection: ReadConnection, sql: str, values: list[Any]) -> AsyncGenerator[Rows]:
    cursor = await connection.cursor(sql, *values)
    while rows := await cursor.fetch(CHUNK):
        yield cast("Rows", rows)


def _written(table: OpenTable, line: "queue.Queue[Rows | None]", folder: Path) -> DumpTable:
    places = [folder / f"{table.dataset.name}.{form}" for form in FORMS]
    with places[0].open("wb") as csv_file, places[1].open("wb") as json_file, places[2].open("wb") as parquet_file:
        rows = TableWriter(table, csv_file, json_file).write(iter(line.get, None), parquet_file)
    return DumpTable(table.dataset, rows, tuple(_file(*one) for one in zip(places, FORMS, strict=True)))


def _file(path: Path, form: Form) -> DumpFile:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return DumpFile(path.name, form, path.stat().st_size, digest.hexdigest())
