"""Tables of the open data written into their files as the rows come: CSV, JSON and Parquet side by side (H7)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import IO, Any, Final

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema, list_array
from arro3.io import write_parquet

from resolvers.open_data_rows import Rows, csv_rows, csv_text, json_rows
from resolvers.reading.open_data import OpenTable

GROUP_ROWS: Final = 20_000
"""Rows that a Parquet file keeps together; so many are in memory, packed, while it is written."""

_EPOCH: Final = date(1970, 1, 1)
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LIST: Final = DataType.list(Field("item", DataType.utf8()))
ARROW: Final[Mapping[str, DataType]] = {
    "bigint": DataType.int64(),
    "integer": DataType.int32(),
    "boolean": DataType.bool(),
    "text": DataType.utf8(),
    "date": DataType.date32(),
    "timestamptz": DataType.timestamp("us", tz="UTC"),
    "text[]": _LIST,
    "jsonb": DataType.utf8(),
}


def _array(column: Sequence[Any], kind: str) -> Array:
    """Return a column's values of one batch; days and moments are whole numbers until they are in their array."""
    if kind == "date":
        days = [None if one is None else (one - _EPOCH).days for one in column]
        return Array(days, DataType.int32()).cast(ARROW[kind])
    if kind == "timestamptz":
        moments = [None if one is None else (one - _START) // _MICROSECOND for one in column]
        return Array(moments, DataType.int64()).cast(ARROW[kind])
    if kind == "text[]":
        offsets = [0, *accumulate(len(one or ()) for one in column)]
        items = [item for one in column for item in one or ()]
        return list_array(Array(offsets, DataType.int32()), Array(items, DataType.utf8()), type=_LIST)
    return Array(list(column), ARROW[kind])


class TableWriter:
    """Writes a table into all its files at once, as its rows come; nothing is kept but one group of rows."""

    def __init__(self, table: OpenTable, csv_file: IO[bytes], json_file: IO[bytes]) -> None:
        self.types = table.types
        self.csv, self.json, self.rows = csv_file, json_file, 0
        self.failed: Exception | None = None
        self.schema = Schema([Field(name, ARROW[kind], nullable=True) for name, kind in self.types.items()])

    def write(self, chunks: Iterator[Rows], parquet_file: IO[bytes]) -> int:
        """Write all chunks; returns how many rows they were."""
        self.csv.write(csv_text([list(self.types)]))
        self.json.write(b"[")
        reader = RecordBatchReader.from_batches(self.schema, self._told(chunks))
        try:
            write_parquet(reader, parquet_file, compression="zstd(3)", max_row_group_size=GROUP_ROWS)
        except Exception:
            if self.failed is not None:
                raise self.failed from None
            raise
        self.json.write(b"\n]\n")
        return self.rows

    def _told(self, chunks: Iterator[Rows]) -> Iterator[RecordBatch]:
        """Pass batches on and keep what goes wrong in making one: beyond the writer of Parquet it is but a text."""
        try:
            yield from self._batches(chunks)
        except Exception as error:
            self.failed = error
            raise

    def _batches(self, chunks: Iterator[Rows]) -> Iterator[RecordBatch]:
        for rows in chunks:
            columns = list(zip(*rows, strict=True))
            self.csv.write(csv_rows(self.types, columns))
            before = ",\n" if self.rows else "\n"
            self.json.write((before + ",\n".join(json_rows(self.types, columns))).encode())
            self.rows += len(rows)
            arrays = [_array(column, kind) for column, kind in zip(columns, self.types.values(), strict=True)]
            yield RecordBatch.from_arrays(arrays, schema=self.schema)
