"""What a database has already, asked without loading the programs that would give it: most starts change nothing."""

import asyncpg
import chinese_calendar

from resolvers.addresses import plain_url

_YEARS = "SELECT array_agg(DISTINCT year) FROM calendar_notice"


async def revision(url: str) -> str:
    """Return the revision of the schema that a database has; empty when it has none."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return ""
        return str(await connection.fetchval("SELECT version_num FROM alembic_version") or "")
    finally:
        await connection.close()


async def calendar_is_complete(url: str) -> bool:
    """Say whether every year that the installed calendar package knows has a notice."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        years = await connection.fetchval(_YEARS)
    finally:
        await connection.close()
    return {day.year for day in chinese_calendar.holidays} <= set(years or ())
