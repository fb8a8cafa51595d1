"""Facets: how many items there are of each body, category, status and level, each leaving its own filter out."""

from collections.abc import Sequence
from typing import Any, Final

from resolvers.context import Context
from resolvers.power_search import asked_for
from resolvers.power_views import NOW, AsOf, FacetCount, Facets, PowerFilter
from resolvers.reading.fetching import PLAN_FOR_THE_VALUES
from resolvers.reading.library import POWER
from resolvers.reading.search import SETTINGS
from resolvers.reading.search_sql import Asked, SearchSql
from resolvers.reading.statements import Read, Statement

DIMENSIONS: Final = {"body": "body_code", "category": "category", "status": "status", "level": "level"}
FACET_BOUND: Final = 10_000
"""Matches of a search that are counted; beyond, the counts are lower bounds."""

MOST_VALUES: Final = 500
"""Most values of one facet, the most frequent first."""


async def facets(ctx: Context, where: PowerFilter = PowerFilter(), at: AsOf = NOW) -> Facets:
    """Return the counts for a filter in the state ``at``. ``total`` counts what the whole filter leaves."""
    async with ctx.db.reads.acquire() as connection, connection.transaction(readonly=True):
        asked = await asked_for(connection, where) if where.search else None
        statement = Statement(ctx, Read(valid_on=at.valid_on, recorded_at=at.recorded_at))
        kept = {name: value for name, value in _chosen(where).items() if value}
        tests = {name: f"{DIMENSIONS[name]} = ANY({statement.add(value, 'text[]')})" for name, value in kept.items()}
        if asked is None and at.recorded_at is None and where.law_id is None and where.updated_since is None:
            source = _tally(statement, where, tests)
        else:
            source = _matches(statement, asked, where, at, tests)
        await connection.execute(SETTINGS if asked is not None else PLAN_FOR_THE_VALUES)
        rows = await connection.fetch(_counts(source, tests), *statement.values)
    return _facets(rows)


def _chosen(where: PowerFilter) -> dict[str, list[str]]:
    return {
        "body": [where.body] if where.body else [],
        "category": list(where.category),
        "status": list(where.status),
        "level": list(where.level),
    }


def _all_but_one(tests: dict[str, str]) -> str:
    """Return the predicate of the rows that count for any facet: at most one of its filters fails."""
    if len(tests) < 2:
        return "true"
    return f"{' + '.join(f'({test})::int' for test in tests.values())} >= {len(tests) - 1}"


def _government(statement: Statement, where: PowerFilter, column: str) -> str:
    if not where.government:
        return "true"
    code = statement.add(where.government, "text")
    return f"{column} IN (SELECT g.id FROM government g WHERE g.division_code = {code})"


def _tally(statement: Statement, where: PowerFilter, tests: dict[str, str]) -> str:
    """Return the rows to sum up where the tally has counted already."""
    return (
        "SELECT body_code, category, status, level, items::bigint AS items, false AS more FROM power_tally t"
        f" WHERE t.valid @> {statement.render(':valid_on')} AND {_government(statement, where, 't.government_id')}"
        f" AND {_all_but_one(tests)} AND ({statement.render(POWER.guard)})"
    )


def _matches(statement: Statement, asked: Asked | None, where: PowerFilter, at: AsOf, tests: dict[str, str]) -> str:
    """Return one row for each match, up to the bound of a search; without a search all are counted."""
    guard, scope = statement.render(POWER.guard), statement.render(POWER.scopes[at.scope])
    # Several tables here have these columns: the tests speak of the search's.
    own = {name: f"s.{test}" for name, test in tests.items()}
    parts = [_government(statement, where, "s.government_id"), _all_but_one(own)]
    if asked is not None:
        bare = Asked(asked.query, {})
        sql = SearchSql(statement, bare)
        parts += [sql.grams(), sql.matches]
    parts += _further(statement, where)
    limit = f" LIMIT {statement.add(FACET_BOUND + 1, 'bigint')}" if asked is not None else ""
    columns = "s.body_code, s.category, s.status, s.level"
    return (
        f"SELECT f.*, 1::bigint AS items, count(*) OVER () > {FACET_BOUND if asked is not None else 2**31} AS more"
        f" FROM (SELECT {columns} FROM power_search s, {statement.render(POWER.source)}"
        f" WHERE v.id = s.version_id AND {scope} AND ({guard}) AND {' AND '.join(parts)}{limit}) f"
    )


def _further(statement: Statement, where: PowerFilter) -> list[str]:
    """Return the filters that neither tally nor grams know."""
    parts: list[str] = []
    if where.law_id is not None:
        law = statement.add(where.law_id, "bigint")
        article = f" AND b.article = {statement.add(where.article, 'text')}" if where.article else ""
        parts.append(f"s.version_id IN (SELECT b.version_id FROM power_basis b WHERE b.law_id = {law}{article})")
    if where.updated_since is not None:
        parts.append(f"v.recorded_at >= {statement.add(where.updated_since, 'timestamptz')}")
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
    grouped = (
        "SELECT body_code, category, status, level, sum(items) AS items, bool_or(more) AS more"
        f" FROM ({source}) m GROUP BY 1, 2, 3, 4"
    )
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
