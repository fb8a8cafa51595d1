"""Open data: which tables anybody may take whole, what their columns say, and how a mirror names its place (003-26, H7).

What they are is data (`open_data.toml`); where they live is `resolvers.open_data_tables`' business.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Literal, Self, get_args

from pydantic import Field

from domain.values import Value

Form = Literal["csv", "json", "parquet"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
_POSITION: Final = re.compile(r"(0|[1-9][0-9]{0,18})(?:\.([1-9][0-9]{0,18}))?")


class Words(Value):
    """A text in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    @classmethod
    def of(cls, given: tuple[str, str]) -> Self:
        """Read the two texts of a line."""
        zh, en = given
        return cls(zh=zh, en=en)


class Dataset(Value):
    """A table of the open data. One ``of_the_day`` says what holds on a day: it is no table of the change feed."""

    name: str
    title: Words
    about: Words
    key: str
    columns: Mapping[str, Words]
    of_the_day: bool = False


@cache
def datasets() -> Mapping[str, Dataset]:
    """Return all tables by name, in their order."""
    text = resources.files("domain").joinpath("open_data.toml").read_text("utf-8")
    return {name: _dataset(name, **plain) for name, plain in tomllib.loads(text).items()}


def _dataset(
    name: str,
    title: tuple[str, str],
    about: tuple[str, str],
    key: str,
    fields: Mapping[str, tuple[str, str]],
    *,
    of_the_day: bool = False,
) -> Dataset:
    return Dataset(
        name=name,
        title=Words.of(title),
        about=Words.of(about),
        key=key,
        columns={column: Words.of(told) for column, told in fields.items()},
        of_the_day=of_the_day,
    )


class PositionBroken(ValueError):
    """A text that is no place in the change feed."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the change feed: behind everything that was committed up to ``revision``.

    With ``change`` only that many of the revision's own changes have been read: one commit may change more rows than
    one page holds.
    """

    revision: int
    change: int = 0

    def __str__(self) -> str:
        """Write it as mirrors keep it."""
        return f"{self.revision}.{self.change}" if self.change else f"{self.revision}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Read what `str` wrote. Raises ``PositionBroken``."""
        found = _POSITION.fullmatch(text)
        if found is None:
            raise PositionBroken("no place in the feed")
        return cls(int(found[1]), int(found[2] or 0))
