"""What each database role may do, read from `database_roles.toml`; what is not written there is denied."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("database_roles.toml")
_CELL: Final = re.compile(r"(select|insert|delete|update\(([^)]*)\))(?:, (?=\w)|$)")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one role may do with one table."""

    select: bool = False
    insert: bool = False
    delete: bool = False
    update: frozenset[str] = frozenset()

    def __or__(self, other: "Cell") -> "Cell":
        """Return what both together may do."""
        return Cell(
            self.select or other.select,
            self.insert or other.insert,
            self.delete or other.delete,
            self.update | other.update,
        )

    @classmethod
    def read(cls, text: str) -> "Cell":
        """Read a cell. Raises ``ValueError`` for what is no right."""
        found = list(_CELL.finditer(text))
        if "".join(one[0] for one in found) != text:
            raise ValueError(f"{FILE.name}: “{text}” is not a list of rights")
        words = {one[1].split("(", 1)[0] for one in found}
        columns = frozenset(name.strip() for one in found for name in (one[2] or "").split(",") if name.strip())
        return cls("select" in words, "insert" in words, "delete" in words, columns)


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the table; ``includes`` are roles whose rights it has as well."""

    name: str
    login: str
    includes: tuple[str, ...] = ()
    temporary: bool = False


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def declared() -> Mapping[str, Role]:
    """Return the roles by name."""
    return {
        name: Role(name, row["login"], tuple(row.get("includes", ())), row.get("temporary", False))
        for name, row in _document()["roles"].items()
    }


def tables() -> frozenset[str]:
    """Return the tables that have a row."""
    return frozenset(_document()["tables"])


def cell(role: str, table: str) -> Cell:
    """Return what a role may do with a table; nothing where nothing is written."""
    row = _document()["tables"].get(table, {})
    found = Cell.read(row.get(role, ""))
    for included in declared()[role].includes:
        found |= cell(included, table)
    return found


def executes(role: str) -> frozenset[str]:
    """Return the functions with their owner's rights that a role may call; triggers need nobody's leave."""
    names = (role, *declared()[role].includes)
    functions = _document().get("functions", {})
    return frozenset(name for name, row in functions.items() if set(names) & set(row["execute"]))
