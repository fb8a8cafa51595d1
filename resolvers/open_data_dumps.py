"""Dumps of the open data as they lie in their folder: every public table as CSV, JSON and Parquet (H7).

A dump is a folder that appears when it is whole: files, their description (`datapackage.json`, a Frictionless data package
with the schema, size and SHA-256 of each) and `SHA256SUMS`. It says at which place of the change feed it was made, so
that a mirror goes on from there. `resolvers.open_data_making` makes them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from domain.open_data import Dataset, Form, Position
from resolvers.context import LOCAL
from resolvers.open_data_rows import TOLD
from resolvers.reading.open_data import OPEN_TABLES

FOLDER: Final = "open-data"
"""Name of the folder below the state folder."""

PACKAGE: Final = "datapackage.json"
SUMS: Final = "SHA256SUMS"
MEDIA: Final[Mapping[Form, str]] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class DumpFile:
    """A file of a dump."""

    name: str
    form: Form
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DumpTable:
    """A table in a dump."""

    dataset: Dataset
    rows: int
    files: tuple[DumpFile, ...]


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump that is whole: its name, its place in the change feed, and what it holds."""

    name: str
    made_at: datetime
    day: date
    position: Position
    tables: tuple[DumpTable, ...]

    @property
    def files(self) -> Mapping[str, DumpFile]:
        """Its data files by name."""
        return {file.name: file for table in self.tables for file in table.files}


class Dumps:
    """The folder of dumps, shared by whoever makes them and whoever gives them out."""

    def __init__(self, state: Path) -> None:
        self.folder = state / FOLDER

    def names(self) -> list[str]:
        """Return the dumps that are there, the newest first."""
        return sorted((one.parent.name for one in self.folder.glob(f"[0-9]*/{PACKAGE}")), reverse=True)

    def newest(self) -> Dump | None:
        """Return the newest dump; None where there is none yet."""
        names = self.names()
        return self.read(names[0]) if names else None

    def read(self, name: str) -> Dump | None:
        """Return a dump by its name; None where there is none (any more)."""
        if name not in self.names():
            return None
        return _read(name, json.loads((self.folder / name / PACKAGE).read_bytes()))

    def is_due(self, today: date) -> bool:
        """Say whether no dump was made on this civil day; a missed night is caught up."""
        newest = self.newest()
        return newest is None or newest.made_at.astimezone(LOCAL).date() < today


def package(dump: Dump) -> bytes:
    """Return the description of a dump: a data package whose resources are its files."""
    plain = {
        "profile": "data-package",
        "name": f"yangguang-open-data-{dump.name.lower()}",
        "created": dump.made_at.astimezone(UTC).isoformat(),
        "day": dump.day.isoformat(),
        "position": str(dump.position),
        "resources": [_resource(table, file) for table in dump.tables for file in table.files],
    }
    return json.dumps(plain, ensure_ascii=False, indent=1).encode() + b"\n"


def _resource(table: DumpTable, file: DumpFile) -> dict[str, Any]:
    told = table.dataset
    fields = [
        {"name": name, "type": TOLD[kind], "title": told.columns[name].zh, "description": told.columns[name].en}
        for name, kind in OPEN_TABLES[told.name].types.items()
    ]
    return {
        "name": file.name.replace(".", "-").replace("_", "-"),
        "table": told.name,
        "path": file.name,
        "format": file.form,
        "mediatype": MEDIA[file.form].partition(";")[0],
        "encoding": "utf-8",
        "title": told.title.zh,
        "description": told.about.en,
        "rows": table.rows,
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
        "schema": {"fields": fields, "primaryKey": told.key},
    }


def _read(name: str, plain: Mapping[str, Any]) -> Dump:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in plain["resources"]:
        found.setdefault(one["table"], []).append(one)
    tables = tuple(
        DumpTable(
            OPEN_TABLES[table].dataset,
            ones[0]["rows"],
            tuple(DumpFile(one["path"], one["format"], one["bytes"], one["hash"].partition(":")[2]) for one in ones),
        )
        for table, ones in found.items()
        if table in OPEN_TABLES
    )
    made_at = datetime.fromisoformat(plain["created"])
    return Dump(name, made_at, date.fromisoformat(plain["day"]), Position.parse(plain["position"]), tables)
