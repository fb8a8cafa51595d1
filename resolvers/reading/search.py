"""Search over the library: grams find, normal forms decide, and two orders keep pages stable.

* A query that finds little is answered in the **fine** order: all matches by tier, shorter names first, then code.
* A query that finds a great deal is answered in the **coarse** order: tier by tier, within a tier in ``scatter``
  order, which has nothing to do with content. A short walk along it fills a page without looking at all matches;
  where a tier is rare, the walk does not fill the page and the gram index, cheap for rare things, does.

Which of the two it is, a walk at the start decides, and the cursor remembers. Both orders are total and depend on
immutable columns only, so that pages neither overlap nor leave gaps while the library grows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from resolvers.context import Context
from resolvers.database import SEARCHING
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.power_views import AsOf
from resolvers.reading.declarations import EVERYBODY
from resolvers.reading.fetching import Fetching, Row, rows_of, understood
from resolvers.reading.library import POWER
from resolvers.reading.paging import TOTAL_BOUND, Total
from resolvers.reading.search_index import index_versions
from resolvers.reading.search_sql import EXACT_CODE, EXACT_NAME, TIERS, Asked, SearchSql
from resolvers.reading.statements import Read, Rendering, Statement

__all__ = ["Finder", "Found", "Hit", "Place", "index_versions"]

WALK: Final = 2000
"""Versions that a walk looks at; 2 ms when they are in memory."""

FIRST_STEPS: Final = 200
"""Versions that a walk looks at before it goes on; 0.1 ms."""

COMMON: Final = 40
"""A walk with so many matches makes the coarse order worth while (2 % of all)."""

MOST_SORTED: Final = 50_000
"""Most matches the fine order sorts; more only a forged or very old cursor, or a sample from before a large import, asks for."""

COARSE_BOUND: Final = 1000
"""Totals of the coarse order are exact up to here: that many are there, since two in a hundred match."""

SETTINGS: Final = "; ".join(
    f"SET LOCAL {name} = {value}" for name, value in {"plan_cache_mode": "force_custom_plan", **SEARCHING}.items()
)
"""The settings for one transaction that counts what a search finds: facets count by columns, for their values."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a search's order: ``number`` is the name's length (fine) or the scatter number (coarse)."""

    fine: bool
    tier: int
    number: int
    code: str
    item_id: int

    def values(self) -> tuple[int, int, int, str, int]:
        """Return what a cursor holds."""
        return int(self.fine), self.tier, self.number, self.code, self.item_id

    @classmethod
    def of(cls, values: Sequence[Any]) -> "Place":
        """Return the place in a cursor's values."""
        return cls(bool(values[0]), *values[1:])


PLACE_TYPES: Final = ("integer", "integer", "integer", "text", "bigint")


@dataclass(frozen=True, slots=True)
class Hit:
    """A match: the version in force, and its place."""

    version_id: int
    place: Place


@dataclass(frozen=True, slots=True)
class Found:
    """Hits in reading direction, up to one more than asked for, and the total if it is known or was asked for."""

    hits: tuple[Hit, ...]
    total: Total | None = None


def held_sql(statement: Rendering, at: AsOf, hits: str) -> str:
    """Return the predicate that a version of ``hits`` holds in the state asked for, and the actor may see it."""
    guard, scope = statement.render(POWER.guard), statement.render(POWER.scopes[at.scope])
    if POWER.guard == EVERYBODY:
        # The public guard needs neither version nor item, so neither is read.
        return f"EXISTS (SELECT 1 FROM power_period p WHERE p.version_id = {hits}.version_id AND {scope})"
    source = statement.render(POWER.source)
    return f"EXISTS (SELECT 1 FROM {source} WHERE v.id = {hits}.version_id AND ({guard}) AND {scope})"


class Finder:
    """One search, over a connection or a lane that has the settings of searches."""

    def __init__(self, ctx: Context, connection: Fetching, asked: Asked, at: AsOf) -> None:
        self._ctx = ctx
        self._connection = connection
        self._asked = asked
        self._at = at

    @property
    def terms(self) -> tuple[str, ...]:
        """The words searched for, in normal form."""
        return self._asked.query.terms

    async def find(self, limit: int, place: Place | None, *, backward: bool, count: bool) -> Found:
        """Return up to ``limit`` hits behind (or before) a place, in one of the two orders."""
        fine = place.fine if place is not None else not await self.is_common()
        if fine and (found := await self._fine(limit, place, backward=backward)) is not None:
            return found
        if place is not None and place.fine:
            message = "检索结果变化太大，这个游标已不能继续使用。"
            raise InvalidInput(message, "请从第一页重新检索。", (FieldProblem("after", "BAD_CURSOR", message),))
        hits = await self._coarse(limit, place, backward=backward)
        return Found(hits, await self._coarse_total() if count else None)

    async def is_common(self) -> bool:
        """Say whether a walk meets so many matches that sorting them all would take long.

        Most searches meet nothing on the first steps, and that is enough: what two in a hundred have is overlooked
        once in 57 times, what five in a hundred have once in 28,000, and then a few thousand are sorted for nothing.
        """
        with understood():
            if await self._ctx.db.sample.lacks(self._connection, self.terms, self._ctx.now):
                return False
        for steps, least in ((min(FIRST_STEPS, WALK), 1), (WALK, COMMON)):
            walked, matching = await self._met(steps)
            if walked < steps or matching < least:
                return False
        return True

    async def _met(self, steps: int) -> tuple[int, int]:
        """Return how many versions a walk looks at, and how many match; whether they hold today is not asked."""
        statement, sql = self._start()
        # One pass and nothing set aside: rows put into a table of their own cost more than the walk.
        text = (
            f"SELECT count(*) AS walked, count(*) FILTER (WHERE {sql.matches} AND {sql.filters()}) AS matching"
            f" FROM (SELECT s.* FROM power_search s ORDER BY s.scatter, s.item_id LIMIT {statement.add(steps, 'bigint')}) s"
        )
        met = (await self._fetch(text, statement))[0]
        return met["walked"], met["matching"]

    async def versions(self, most: int) -> list[int]:
        """Return the ids of all matching versions, whatever their periods, up to a bound."""
        statement, sql = self._start()
        text = (
            f"SELECT s.version_id FROM power_search s WHERE {sql.grams()} AND {sql.matches} AND {sql.filters()}"
            f" LIMIT {statement.add(most, 'bigint')}"
        )
        return [row["version_id"] for row in await self._fetch(text, statement)]

    def _start(self) -> tuple[Statement, SearchSql]:
        read = Read(valid_on=self._at.valid_on, recorded_at=self._at.recorded_at)
        statement = Statement(self._ctx, read)
        return statement, SearchSql(statement, self._asked)

    def _held(self, statement: Rendering, hits: str) -> str:
        return held_sql(statement, self._at, hits)

    async def _fetch(self, text: str, statement: Statement) -> list[Row]:
        with understood():
            return rows_of(await self._connection.fetch(text, *statement.values))

    async def _fine(self, limit: int, place: Place | None, *, backward: bool) -> Found | None:
        """Answer from all matches, sorted; None where they are too many."""
        statement, sql = self._start()
        sorted_most = statement.add(MOST_SORTED + 1, "bigint")
        hits = (
            f"SELECT s.version_id, s.item_id, s.length AS number, s.code, {sql.tier} AS tier"
            f" FROM power_search s WHERE {sql.grams()} AND {sql.filters()}"
        )
        behind = self._behind(
            statement, "tier, number, code, item_id", "integer integer text bigint", place, backward=backward
        )
        direction = "DESC" if backward else "ASC"
        order = ", ".join(f"{name} {direction}" for name in ("tier", "number", "code", "item_id"))
        text = (
            f"WITH hits AS MATERIALIZED ({hits}), held AS MATERIALIZED (SELECT h.* FROM hits h WHERE"
            f" h.tier IS NOT NULL AND {self._held(statement, 'h')} LIMIT {sorted_most})"
            " SELECT total.total, r.* FROM (SELECT count(*) AS total FROM held) total"
            f" LEFT JOIN LATERAL (SELECT * FROM held WHERE {behind} ORDER BY {order}"
            f" LIMIT {statement.add(limit, 'bigint')}) r ON true ORDER BY {order}"
        )
        rows = await self._fetch(text, statement)
        total = int(rows[0]["total"])
        if total > MOST_SORTED:
            return None
        found = tuple(_hit(row, fine=True) for row in rows if row["version_id"] is not None)
        return Found(found, Total(min(total, TOTAL_BOUND), total > TOTAL_BOUND))

    def _behind(self, statement: Rendering, names: str, types: str, place: Place | None, *, backward: bool) -> str:
        """Return the keyset predicate over the columns named."""
        if place is None:
            return "true"
        known = {"tier": place.tier, "number": place.number, "code": place.code, "item_id": place.item_id}
        listed = [name.rsplit(".", 1)[-1] for name in names.split(", ")]
        known |= {"scatter": place.number}
        values = [statement.add(known[name], kind) for name, kind in zip(listed, types.split(), strict=True)]
        return f"({names}) {'<' if backward else '>'} ({', '.join(values)})"

    async def _coarse(self, limit: int, place: Place | None, *, backward: bool) -> tuple[Hit, ...]:
        """Answer tier by tier along the scatter order."""
        tiers = range(TIERS - 1, -1, -1) if backward else range(TIERS)
        found: list[Hit] = []
        for tier in tiers:
            if place is not None and (tier > place.tier if backward else tier < place.tier):
                continue
            start = place if place is not None and place.tier == tier else None
            found += await self._tier(tier, limit - len(found), start, backward=backward)
            if len(found) >= limit:
                break
        return tuple(found)

    async def _tier(self, tier: int, limit: int, start: Place | None, *, backward: bool) -> list[Hit]:
        """Return the first hits of one tier behind a place: by a walk, or by the grams where the tier is rare."""
        if tier not in (EXACT_CODE, EXACT_NAME):
            rows = await self._walk(tier, limit, start, backward=backward)
            hits = [_hit(row, fine=False) for row in rows if row["version_id"] is not None]
            if len(hits) >= limit or rows[0]["walked"] < WALK:
                return hits
        statement, sql = self._start()
        behind = self._behind(statement, "s.scatter, s.item_id", "integer bigint", start, backward=backward)
        direction = "DESC" if backward else "ASC"
        text = (
            "WITH hits AS MATERIALIZED (SELECT s.version_id, s.item_id, s.scatter AS number, s.code,"
            f" {sql.tier} AS tier FROM power_search s WHERE {sql.grams(tier)} AND {sql.filters()} AND {behind})"
            f" SELECT * FROM hits h WHERE h.tier = {statement.add(tier, 'integer')} AND {self._held(statement, 'h')}"
            f" ORDER BY number {direction}, item_id {direction} LIMIT {statement.add(limit, 'bigint')}"
        )
        return [_hit(row, fine=False) for row in await self._fetch(text, statement)]

    async def _walk(self, tier: int, limit: int, start: Place | None, *, backward: bool) -> list[Row]:
        """Look at the next versions in scatter order; the first column of every row says how many were there."""
        statement, sql = self._start()
        behind = self._behind(statement, "s.scatter, s.item_id", "integer bigint", start, backward=backward)
        direction = "DESC" if backward else "ASC"
        matching = (
            "SELECT s.version_id, s.item_id, s.scatter AS number, s.code, tier FROM"
            f" (SELECT s.*, {sql.tier} AS tier FROM walked s WHERE {sql.filters()}) s"
            f" WHERE tier = {statement.add(tier, 'integer')} AND {self._held(statement, 's')}"
            f" ORDER BY number {direction}, item_id {direction} LIMIT {statement.add(limit, 'bigint')}"
        )
        text = (
            f"WITH walked AS MATERIALIZED (SELECT s.* FROM power_search s WHERE {behind}"
            f" ORDER BY s.scatter {direction}, s.item_id {direction} LIMIT {statement.add(WALK, 'bigint')})"
            " SELECT walked.walked, r.* FROM (SELECT count(*) AS walked FROM walked) walked"
            f" LEFT JOIN LATERAL ({matching}) r ON true ORDER BY number {direction}, item_id {direction}"
        )
        return await self._fetch(text, statement)

    async def _coarse_total(self) -> Total:
        """Count matches up to the bound of the coarse order."""
        statement, sql = self._start()
        text = (
            f"SELECT count(*) FROM (SELECT 1 FROM (SELECT s.version_id FROM power_search s WHERE {sql.matches}"
            f" AND {sql.filters()} ORDER BY s.scatter, s.item_id) s WHERE {self._held(statement, 's')}"
            f" LIMIT {statement.add(COARSE_BOUND + 1, 'bigint')}) c"
        )
        count = int((await self._fetch(text, statement))[0]["count"])
        return Total(min(count, COARSE_BOUND), count > COARSE_BOUND)


def _hit(row: Row, *, fine: bool) -> Hit:
    """Return a row as a hit."""
    return Hit(row["version_id"], Place(fine, row["tier"], row["number"], row["code"], row["item_id"]))
