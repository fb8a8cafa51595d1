"""Example documents of the interface: shown on the API guide and opened in the query editor; a test runs each.

The first line of a file is a comment with the example's title; variables have defaults, so that every document runs
as it stands. Those in ``acting`` do something: they have their variables beside them, and together they are the life of
one matter in reading order.
"""

from dataclasses import dataclass, replace
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Example:
    """An example: its short name (the file's), its title in Chinese, and the document without the title line.

    ``variables`` is JSON; empty where the document's own defaults do.
    """

    name: str
    title: str
    document: str
    variables: str = ""


@cache
def load() -> tuple[Example, ...]:
    """Return the examples in reading order, that is by file name."""
    folder = resources.files(__name__)
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".graphql")), key=lambda one: one.name)
    return tuple(_read(one.name.removesuffix(".graphql"), one.read_text("utf-8")) for one in files)


@cache
def load_acting() -> tuple[Example, ...]:
    """Return the examples of mutations: one matter from its opening to its end."""
    folder = resources.files(__name__) / "acting"
    stems = sorted(one.name.removesuffix(".json") for one in folder.iterdir() if one.name.endswith(".json"))
    return tuple(
        replace(
            _read(stem, (folder / f"{stem}.graphql").read_text("utf-8")),
            variables=(folder / f"{stem}.json").read_text("utf-8"),
        )
        for stem in stems
    )


def _read(stem: str, text: str) -> Example:
    title, _, document = text.partition("\n")
    number, _, name = stem.partition("-")
    if not title.startswith("# ") or not number.isdigit():
        raise ValueError(f"{stem}.graphql: the name starts with a number, the first line is '# ' and a title")
    return Example(name, title.removeprefix("# ").strip(), document.strip() + "\n")
