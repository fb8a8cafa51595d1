"""Database roles: the owner migrates, the application works with less.

The application can read and add everywhere and change what may change; tables that say by a trigger that they are
append-only it can only add to (003-33), and what must stay it cannot remove: the trigger is the first lock, the missing
privilege the second. The counter of public changes it only reads: triggers raise it with their owner's rights.
"""

import asyncio
from typing import Final

import asyncpg

from resolvers.database import plain_url

APPLICATION: Final = "yangguang_app"
"""The role of web and worker in the embedded database."""

_CREATE: Final = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
    CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOBYPASSRLS;
  END IF;
END $$
"""

_TABLES: Final = """
SELECT quote_ident(c.relname) AS name,
       c.relname IN ('alembic_version', 'public_head', 'public_change') AS read_only,
       EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname LIKE '%\\_append\\_only') AS append_only,
       EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname ~ '_(stays|ends_once)$') AS stays
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
"""


async def create(connection: asyncpg.Connection, role: str = APPLICATION) -> None:
    """Create the application's role in the embedded cluster; it may be there already."""
    await connection.execute(_CREATE.format(role=role))


async def grant(connection: asyncpg.Connection, role: str = APPLICATION) -> None:
    """Give the role its privileges on every table there is; run after each migration, by the owner."""
    statements = [f"GRANT USAGE ON SCHEMA public TO {role}", f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"]
    for table in await connection.fetch(_TABLES):
        rights = "SELECT" if table["read_only"] else "SELECT, INSERT"
        if not (table["read_only"] or table["append_only"]):
            rights += ", UPDATE" if table["stays"] else ", UPDATE, DELETE"
        statements.append(f"GRANT {rights} ON {table['name']} TO {role}")
    async with connection.transaction():
        await connection.execute(";\n".join(statements))


async def _prepare(owner_url: str, role: str) -> None:
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        await create(connection, role)
        await grant(connection, role)
    finally:
        await connection.close()


async def _grant_to_user_of(owner_url: str, application_url: str) -> None:
    application = await asyncpg.connect(plain_url(application_url))
    try:
        role = await application.fetchval("SELECT quote_ident(current_user)")
    finally:
        await application.close()
    owner = await asyncpg.connect(plain_url(owner_url))
    try:
        if role != await owner.fetchval("SELECT quote_ident(current_user)"):
            await grant(owner, role)
    finally:
        await owner.close()


def grant_to_user_of(owner_url: str, application_url: str) -> None:
    """Give the role of the application's address its privileges, where owner and application are two roles."""
    asyncio.run(_grant_to_user_of(owner_url, application_url))


def prepare(owner_url: str, role: str = APPLICATION) -> None:
    """Create the application's role and give it its privileges, as the owner."""
    asyncio.run(_prepare(owner_url, role))
