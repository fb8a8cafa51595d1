"""The report as a file of marked sections: a run of some parts replaces these parts and leaves the others alone."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

TITLE: Final = "# Benchmark\n"
ORDER: Final = (
    "machine",
    "import",
    "search",
    "lists",
    "pages",
    "start",
    "reads",
    "acts",
    "record",
    "papers",
    "reports",
    "supervision",
    "hall",
)
_MARKED: Final = re.compile(r"<!-- (\w+) -->\n(.*?)<!-- end of \1 -->\n", re.DOTALL)


def parted(text: str) -> dict[str, str]:
    """Return the sections of a report by name."""
    return dict(_MARKED.findall(text))


def joined(sections: Mapping[str, str]) -> str:
    """Return a report of these sections, in their order."""
    held = (name for name in ORDER if name in sections)
    return "\n".join(
        [TITLE, *(f"<!-- {name} -->\n{sections[name].strip()}\n<!-- end of {name} -->\n" for name in held)]
    )


def replaced(file: Path, sections: Mapping[str, str]) -> None:
    """Write these sections into a report; what it holds beside them stays."""
    held = parted(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.write_text(joined({**held, **sections}), encoding="utf-8")
