"""Database roles: an owner that nobody is, a login that migrates, and logins that may do what a table says.

`database_roles.toml` says for each table what each role may do, and why; what it does not say is denied. The owner cannot
sign in: whoever owns a table could switch its triggers off, so only migrations become the owner, and only for their time.
Grants are the lock that holds against foreign SQL; row-level security (`resolvers.scopes`) is the one against a
forgotten guard. Where servers are given by address and fewer logins are, one login carries the roles of several.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from deploy.rights import Cell, cell, declared, executes
from resolvers.addresses import plain_url

OBJECTS: Final = "yangguang_owner"
"""Owns every table and cannot sign in."""

MIGRATE: Final = "yangguang_migrate"
"""The login of migrations: the only one that may become the owner."""

APPLICATION: Final = "yangguang_web"
"""The login of the web process for officials and forms."""

WORKER: Final = "yangguang_worker"
OPERATOR: Final = "yangguang_operator"
SEQUENCER: Final = "yangguang_sequencer"
PUBLISHER: Final = "yangguang_publisher"
FORMER: Final = "yangguang_app"
"""The one login of earlier releases; it is removed."""

# What the database has: columns that an insert may name (never those that the database fills in by itself).
_COLUMNS: Final = """
SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum)
  FILTER (WHERE a.attidentity = '' AND a.attgenerated = '') AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') GROUP BY c.relname
"""
_FUNCTIONS: Final = """
SELECT p.proname AS name, p.oid::regprocedure::text AS signature FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND p.prorettype <> 'trigger'::regtype
"""


async def grant(connection: asyncpg.Connection, logins: Mapping[str, Sequence[str]] | None = None) -> None:
    """Give each login the rights of its roles, and no others; run after each migration, as the owner.

    Without ``logins``: the logins that the table names, each with its role.
    """
    wanted = logins or {role.login: (role.name,) for role in declared().values()}
    columns = {row["name"]: row["columns"] for row in await connection.fetch(_COLUMNS)}
    functions = {row["name"]: row["signature"] for row in await connection.fetch(_FUNCTIONS)}
    statements = [f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC" for signature in functions.values()]
    for login, names in wanted.items():
        role = _quoted(login)
        statements += [f"GRANT USAGE ON SCHEMA public TO {role}"]
        statements += [f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM {role}" for kind in ("TABLES", "SEQUENCES")]
        for table, insertable in columns.items():
            rights = _rights(Cell(), *(cell(name, table) for name in names), columns=insertable)
            statements += [f"GRANT {rights} ON {_quoted(table)} TO {role}"] if rights else []
        allowed = {one for name in names for one in executes(name)}
        statements += [f"GRANT EXECUTE ON FUNCTION {functions[one]} TO {role}" for one in allowed & set(functions)]
    async with connection.transaction():
        await connection.execute(";\n".join(statements))


def _rights(*cells: Cell, columns: Sequence[str]) -> str:
    """Write the rights of cells taken together as GRANT wants them."""
    whole = Cell()
    for one in cells:
        whole |= one
    words = ["SELECT"] if whole.select else []
    words += [f"INSERT ({', '.join(map(_quoted, columns))})"] if whole.insert else []
    changing = [name for name in columns if name in whole.update]
    words += [f"UPDATE ({', '.join(map(_quoted, changing))})"] if changing else []
    return ", ".join([*words, *(["DELETE"] if whole.delete else [])])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# -- the embedded cluster ---------------------------------------------------------------------------------------------

_PLAIN: Final = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION"
_CREATE: Final = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} {how} {plain}; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
# A database of an earlier release belongs to the administrator: its objects get their new owner here.
_FOREIGN: Final = """
SELECT 'ALTER TABLE ' || c.oid::regclass || ' OWNER TO ' || $1 FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND c.relowner <> $1::text::regrole
UNION ALL
SELECT 'ALTER FUNCTION ' || p.oid::regprocedure || ' OWNER TO ' || $1 FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> $1::text::regrole
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
_LARGE_OBJECTS: Final = """
SELECT 'REVOKE ALL ON FUNCTION ' || oid::regprocedure || ' FROM PUBLIC' FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND (proname ~ '^lo_' OR proname IN ('loread', 'lowrite'))
"""


async def create(connection: asyncpg.Connection) -> None:
    """Create the roles of the embedded cluster; they may be there already. Only for its administrator."""
    everybody = (
        (OBJECTS, "NOLOGIN INHERIT"),
        (MIGRATE, "LOGIN INHERIT"),
        *((one, "LOGIN NOINHERIT") for one in _logins()),
    )
    for role, how in everybody:
        await connection.execute(_CREATE.format(role=role, how=how, plain=_PLAIN))
    await connection.execute(f"GRANT {OBJECTS} TO {MIGRATE}")


def _logins() -> Iterable[str]:
    return (role.login for role in declared().values())


async def hand_over(connection: asyncpg.Connection, database: str) -> None:
    """Give a database to the owner that cannot sign in, and take from everybody what nobody needs.

    Temporary tables are for those who work with them; large objects are for nobody.
    """
    name = _quoted(database)
    working = ", ".join(role.login for role in declared().values() if role.temporary)
    await connection.execute(
        f"ALTER DATABASE {name} OWNER TO {OBJECTS}; REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
        f" GRANT CONNECT ON DATABASE {name} TO {', '.join((MIGRATE, *_logins()))};"
        f" GRANT TEMPORARY ON DATABASE {name} TO {working}"
    )


async def hand_over_contents(connection: asyncpg.Connection) -> None:
    """Give what is in the connected database to the owner; in a fresh one there is nothing yet."""
    statements = [row[0] for row in await connection.fetch(_FOREIGN, OBJECTS)]
    statements += [row[0] for row in await connection.fetch(_LARGE_OBJECTS)]
    if await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", FORMER):
        statements += [f"DROP OWNED BY {FORMER}", f"DROP ROLE {FORMER}"]
    async with connection.transaction():
        await connection.execute(";\n".join(statements))


OWNER_TO_BECOME: Final = """
SELECT quote_ident(o.rolname) FROM pg_roles o
WHERE o.oid = coalesce(
    (SELECT relowner FROM pg_class WHERE oid = to_regclass('public.alembic_version')),
    (SELECT datdba FROM pg_database WHERE datname = current_database()))
  AND o.rolname <> current_user AND pg_has_role(current_user, o.oid, 'MEMBER')
"""
"""Who owns the tables (or will), if the login is somebody else that may become it."""


def prepare(owner_url: str, logins: Mapping[str, Sequence[str]] | None = None) -> None:
    """Give logins the rights of their roles, as the owner (or as somebody who may become it).

    The embedded cluster's administrator hands over first what is not the owner's yet.
    """
    asyncio.run(_prepared(owner_url, logins))


async def _prepared(owner_url: str, logins: Mapping[str, Sequence[str]] | None) -> None:
    owner = await asyncpg.connect(plain_url(owner_url))
    try:
        # Where the tables' owner is another one than ours (servers given by address), nothing is handed over.
        if logins is None and await owner.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
            await hand_over_contents(owner)
        if become := await owner.fetchval(OWNER_TO_BECOME):
            await owner.execute(f"SET ROLE {become}")
        await grant(owner, logins)
    finally:
        await owner.close()


# -- servers given by address -----------------------------------------------------------------------------------------

_LOGIN: Final = """
SELECT r.rolname AS login, r.rolsuper OR r.rolbypassrls OR EXISTS (
    SELECT FROM pg_class c WHERE c.oid = to_regclass('public.event') AND pg_has_role(r.oid, c.relowner, 'USAGE')) AS mighty
FROM pg_roles r WHERE r.rolname = session_user
"""


@dataclass(frozen=True, slots=True)
class Shared:
    """What the given addresses come to: each login with its roles, and logins that no grant can bind."""

    logins: Mapping[str, tuple[str, ...]]
    mighty: tuple[str, ...]


def shared(urls: Mapping[str, str]) -> Shared:
    """Ask each role's address who signs in there; a login that owns the tables (or rules the server) is mighty."""
    return asyncio.run(_shared(urls))


async def _shared(urls: Mapping[str, str]) -> Shared:
    logins: dict[str, tuple[str, ...]] = {}
    mighty: dict[str, None] = {}
    for role, url in urls.items():
        connection = await asyncpg.connect(plain_url(url))
        try:
            (found,) = await connection.fetch(_LOGIN)
        finally:
            await connection.close()
        login = str(found["login"])
        if found["mighty"]:
            mighty[login] = None
        else:
            logins[login] = (*logins.get(login, ()), role)
    return Shared(logins, tuple(mighty))
