"""Facets: how many items there are of each body, category, status and level, each leaving its own filter out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from resolvers.context import Context
from resolvers.kept_values import kept_value
from resolvers.power_search import asked_for
from resolvers.power_views import NOW, AsOf, FacetCount, Facets, PowerFilter
from resolvers.reading.declarations import EVERYBODY
from resolvers.reading.fetching import PLAN_FOR_THE_VALUES, understood
from resolvers.reading.library import POWER
from resolvers.reading.search import SETTINGS, Finder, held_sql
from resolvers.reading.search_sql import DIMENSIONS, Asked, SearchSql
from resolvers.reading.statements import CountSql, Read, Rendering, Statement

FACET_BOUND: Final = 5000
"""Matches of a search that are counted; beyond, the counts are lower bounds over a fair sample."""

MOST_VALUES: Final = 500
"""Most values of one facet, the most frequent first."""

COLUMNS: Final = ", ".join(DIMENSIONS.values())


async def facets(
    ctx: Context, where: PowerFilter = PowerFilter(), at: AsOf = NOW, revision: int | None = None
) -> Facets:
    """Return the counts for a filter in the state ``at``. ``total`` counts what the whole filter leaves.

    They are kept until something public changes; ``revision`` spares a read to who knows it already.
    """
    if POWER.guard != EVERYBODY:
        return await _facets_now(ctx, where, at)
    return await kept_value(ctx, ("facets", where, at), lambda: _facets_now(ctx, where, at), revision)


async def _facets_now(ctx: Context, where: PowerFilter, at: AsOf) -> Facets:
    statement = Statement(ctx, Read(valid_on=at.valid_on, recorded_at=at.recorded_at))
    tests = _tests(statement, where)
    async with ctx.db.reads.acquire() as connection, connection.transaction(readonly=True):
        asked = await asked_for(connection, where, at.valid_on or ctx.today) if where.search else None
        if asked is not None:
            await connection.execute(SETTINGS)
            # What at most one chosen value refuses is counted; the grams must not refuse it.
            whole = Asked(asked.query, {}, asked.law_article, asked.updated_since)
            common = await Finder(ctx, connection, whole, at).is_common()
            source = _found(statement, whole, where, at, tests, common=common)
        else:
            await connection.execute(PLAN_FOR_THE_VALUES)
            source = (
                _tally(statement, where, at, tests)
                if is_tallied(replace(where, search=""))
                else _counted(statement, where, at, tests)
            )
        with understood():
            rows = await connection.fetch(_counts(source, tests), *statement.values)
    return _facets(rows)


def is_tallied(where: PowerFilter) -> bool:
    """Say whether the tally can count a filter: it knows nothing of searches, laws and times of change."""
    return not where.search and where.law_id is None and where.updated_since is None


def total(where: PowerFilter, at: AsOf) -> CountSql:
    """Return the query that counts what a tallied filter leaves, exactly."""

    def counted(statement: Rendering) -> str:
        tests = _tests(statement, where)
        source = _tally(statement, where, at, tests)
        kept = " AND ".join(["true", *tests.values()])
        return f"SELECT coalesce(sum(items), 0)::bigint FROM ({source}) m WHERE {kept}"

    return counted


def _tests(statement: Rendering, where: PowerFilter) -> dict[str, str]:
    """Return the predicate of each facet that the filter chooses values of."""
    chosen = {name: statement.add(value, "text[]") for name, value in _chosen(where).items() if value}
    return {name: f"{DIMENSIONS[name]} = ANY({value})" for name, value in chosen.items()}


def _chosen(where: PowerFilter) -> dict[str, list[str]]:
    body = [where.body] if where.body else []
    return {"body": body, "category": list(where.category), "status": list(where.status), "level": list(where.level)}


def _all_but_one(tests: dict[str, str]) -> str:
    """Return the predicate of the rows that count for any facet: at most one of its filters fails."""
    if len(tests) < 2:
        return "true"
    return f"{' + '.join(f'({test})::int' for test in tests.values())} >= {len(tests) - 1}"


def _government(statement: Rendering, where: PowerFilter) -> str:
    if not where.government:
        return "true"
    code, day = statement.add(where.government, "text"), statement.render(":valid_on")
    return (
        f"government_id = (SELECT g.id FROM government g WHERE g.division_code = {code} AND g.valid @> {day} LIMIT 1)"
    )


def _tally(statement: Rendering, where: PowerFilter, at: AsOf, tests: dict[str, str]) -> str:
    """Return the rows to sum up where the tally has counted already."""
    return (
        f"SELECT {COLUMNS}, items::bigint AS items, false AS more FROM power_tally p"
        f" WHERE {statement.render(POWER.scopes[at.scope])} AND {_government(statement, where)}"
        f" AND {_all_but_one(tests)} AND ({statement.render(POWER.guard)})"
    )


def _counted(statement: Rendering, where: PowerFilter, at: AsOf, tests: dict[str, str]) -> str:
    """Return one row for each item, where neither a search bounds the work nor the tally has done it."""
    parts = [_government(statement, where), _all_but_one(tests), *_further(statement, where)]
    return (
        f"SELECT {COLUMNS}, 1::bigint AS items, false AS more FROM power_search s"
        f" WHERE {held_sql(statement, at, 's')} AND {' AND '.join(parts)}"
    )


def _found(
    statement: Rendering, asked: Asked, where: PowerFilter, at: AsOf, tests: dict[str, str], *, common: bool
) -> str:
    """Return one row for each match up to the bound: by grams, or along the scatter order where matches abound."""
    sql = SearchSql(statement, asked)
    parts = [sql.matches, _government(statement, where), _all_but_one(tests), *_further(statement, where)]
    order = " ORDER BY s.scatter, s.item_id" if common else ""
    hits = (
        f"SELECT s.version_id, {COLUMNS} FROM power_search s WHERE {' AND '.join(parts)}"
        f"{'' if common else f' AND {sql.grams()}'}{order}"
    )
    held = f"SELECT * FROM ({hits}) h WHERE {held_sql(statement, at, 'h')} LIMIT {FACET_BOUND + 1}"
    return f"SELECT {COLUMNS}, 1::bigint AS items, count(*) OVER () > {FACET_BOUND} AS more FROM ({held}) f"


def _further(statement: Rendering, where: PowerFilter) -> list[str]:
    """Return the filters that neither tally nor grams know."""
    parts: list[str] = []
    if where.law_id is not None:
        law = statement.add(where.law_id, "bigint")
        article = f" AND b.article = {statement.add(where.article, 'text')}" if where.article else ""
        parts.append(f"version_id IN (SELECT b.version_id FROM power_basis b WHERE b.law_id = {law}{article})")
    if where.updated_since is not None:
        since = statement.add(where.updated_since, "timestamptz")
        parts.append(f"version_id IN (SELECT w.id FROM power_version w WHERE w.recorded_at >= {since})")
    return parts


def _counts(source: str, tests: dict[str, str]) -> str:
    """Return the statement that sums up, for each facet under the filters of the others."""
    parts = [
        f"SELECT '{facet}' AS facet, {column} AS value, sum(items)::bigint AS items, bool_or(more) AS more FROM grouped"
        f" WHERE {' AND '.join(['true', *(test for name, test in tests.items() if name != facet)])} GROUP BY {column}"
        for facet, column in DIMENSIONS.items()
    ]
    whole = " AND ".join(["true", *tests.values()])
    parts.append(f"SELECT 'total', '', coalesce(sum(items), 0)::bigint, bool_or(more) FROM grouped WHERE {whole}")
    grouped = f"SELECT {COLUMNS}, sum(items) AS items, bool_or(more) AS more FROM ({source}) m GROUP BY {COLUMNS}"
    return (
        f"WITH grouped AS MATERIALIZED ({grouped}) SELECT c.*, b.name AS title FROM ({' UNION ALL '.join(parts)}) c"
        " LEFT JOIN body b ON c.facet = 'body' AND b.code = c.value ORDER BY c.facet, c.items DESC, c.value"
    )


def _facets(rows: Sequence[Any]) -> Facets:
    found: dict[str, list[FacetCount]] = {name: [] for name in DIMENSIONS}
    total, more = 0, False
    for row in rows:
        more = more or bool(row["more"])
        if row["facet"] == "total":
            total = row["items"]
        else:
            found[row["facet"]].append(FacetCount(row["value"], row["items"], row["title"] or ""))
    return Facets(
        **{name: tuple(counts[:MOST_VALUES]) for name, counts in found.items()}, total=total, is_lower_bound=more
    )
