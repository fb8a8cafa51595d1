"""The SDL of the interface as a committed file, compared by `make check`; `python -m schema.sdl` writes it."""

import difflib
from pathlib import Path
from typing import Final

from strawberry.printer import print_schema

from schema.root import schema

FILE: Final = Path(__file__).with_name("schema.graphql")


def text() -> str:
    """Return the SDL of the schema as it is now."""
    return print_schema(schema).rstrip() + "\n"


def write() -> Path:
    """Write the SDL file and return its path."""
    FILE.write_text(text(), "utf-8")
    return FILE


def check() -> str:
    """Return how the committed file differs from the schema, as a unified diff; empty if it is fresh."""
    committed = FILE.read_text("utf-8") if FILE.exists() else ""
    lines = difflib.unified_diff(
        committed.splitlines(), text().splitlines(), "schema/schema.graphql", "schema as it is now", lineterm="", n=1
    )
    return "\n".join(lines)


if __name__ == "__main__":
    write()
