"""Reading the templates of legal documents: TOML files in `domain/papers/`, by kind and category of matter.

A file says for which matters it is (``kind``, ``categories``); the narrower one wins, the general one stands in. A wrong
file raises ``PaperError``: file, key and reason. Reading the package's own files is the only reading done here.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from domain.paper_templates import PaperTemplate

LAYOUT: Final = "_layout.typ"


class PaperError(Exception):
    """A file of templates is wrong: names the file, the key inside it and the reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        self.file, self.key, self.reason = file, key, reason
        super().__init__(f"{file}: {key}: {reason}")


@dataclass(frozen=True, slots=True)
class PaperSet:
    """The templates of one file and the matters they are for; empty: for all."""

    name: str
    kind: str
    categories: tuple[str, ...]
    templates: Mapping[str, PaperTemplate]

    def fits(self, kind: str, category: str) -> bool:
        """Say whether the templates are for matters of a kind and a category."""
        return self.kind in ("", kind) and (not self.categories or category in self.categories)


@dataclass(frozen=True, slots=True)
class PaperShelf:
    """All templates, the narrower sets before the general ones."""

    sets: tuple[PaperSet, ...]

    def find(self, code: str, kind: str, category: str) -> PaperTemplate | None:
        """Return the template of a document in matters of a kind and category, or None."""
        fitting = (one for one in self.sets if one.fits(kind, category))
        return next((one.templates[code] for one in fitting if code in one.templates), None)


def parse_papers(files: Mapping[str, str]) -> PaperShelf:
    """Build the templates from the texts of TOML files by file name."""
    sets = [_set(file, files[file]) for file in sorted(files)]
    return PaperShelf(tuple(sorted(sets, key=lambda one: (not one.categories, not one.kind, one.name))))


def _set(file: str, text: str) -> PaperSet:
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PaperError(file, "(file)", f"not TOML: {error}") from error
    about = document.pop("about", {})
    found = {}
    for code, given in document.items():
        try:
            found[code] = PaperTemplate.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join((code, *(str(part) for part in first["loc"])))
            raise PaperError(file, key, first["msg"].removeprefix("Value error, ")) from error
    return PaperSet(file.removesuffix(".toml"), str(about.get("kind", "")), tuple(about.get("categories", ())), found)


@cache
def load_papers() -> PaperShelf:
    """Return the templates shipped with the program."""
    folder = resources.files("domain").joinpath("papers")
    return parse_papers({one.name: one.read_text("utf-8") for one in folder.iterdir() if one.name.endswith(".toml")})


def layout_file() -> Path:
    """Return where the one layout of all documents lies."""
    return Path(str(resources.files("domain").joinpath("papers", LAYOUT)))
