"""A sample of what can be found, kept in memory: a word that is not in it is rare enough to sort all that it finds.

It holds the first steps of the walk that decides between the two orders of a search, so that most searches need not
walk. Which order is taken is a matter of speed alone, so the sample may be somewhat old.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from domain.search_text import SEPARATOR

ROWS: Final = 200
"""Versions in the sample; a library with fewer has none, since it would change with every item."""

LASTS: Final = timedelta(minutes=1)

TEXTS: Final = """
SELECT concat_ws(E'\\n', s.code_key, s.name_key, s.sub_key, s.near_key, s.other_key) AS text
FROM power_search s ORDER BY s.scatter, s.item_id LIMIT $1::bigint
"""


class Fetching(Protocol):
    """What runs a statement."""

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """Run a statement and return its rows."""


class Sample:
    """The sample of one database. Built with it; read when first needed."""

    def __init__(self) -> None:
        self._text = ""
        self._read_at: datetime | None = None

    async def lacks(self, connection: Fetching, terms: Sequence[str], now: datetime) -> bool:
        """Say whether one of the terms, in normal form, is in none of the versions sampled."""
        if self._read_at is None or abs(now - self._read_at) > LASTS:
            self._read_at = now  # at once: who comes meanwhile makes do with the old one
            await self._read(connection)
        return bool(self._text) and any(term not in self._text for term in terms)

    async def _read(self, connection: Fetching) -> None:
        rows = await connection.fetch(TEXTS, ROWS)
        self._text = SEPARATOR.join([row["text"] for row in rows]) if len(rows) == ROWS else ""
