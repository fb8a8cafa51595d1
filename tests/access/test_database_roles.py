"""The table of database roles (deploy/database_roles.toml) against the database, as the real roles.

Every role tries every operation at every table and every column; what is not written in the table is denied. What is
allowed is tried without a row (`WHERE false`), so that only the privilege answers.
"""

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

import asyncpg
import pytest
from sqlmodel import SQLModel

from deploy import rights, roles
from deploy.embedded import OWNER
from domain import tables as declared_tables

pytestmark = pytest.mark.clause("N5", "R9")
DENIED = asyncpg.InsufficientPrivilegeError
SignIn = Callable[[str], Awaitable[asyncpg.Connection]]
Attempt = tuple[str, bool, str]
"""What is tried, whether the table allows it, and the statement."""

COLUMNS = """
SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
  coalesce(array_agg(a.attname::text) FILTER (WHERE a.attidentity <> ''), '{}') AS drawn,
  coalesce(array_agg(a.attname::text) FILTER (WHERE a.attgenerated <> ''), '{}') AS generated,
  coalesce(array_agg(a.attname::text) FILTER (WHERE a.attnum = ANY(i.indkey)), '{}') AS key
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') GROUP BY c.relname ORDER BY 1
"""


@dataclass(frozen=True)
class Shape:
    """A table with its columns: those of its key, and those that the database draws or makes by itself."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    drawn: tuple[str, ...]
    generated: tuple[str, ...]

    @property
    def given(self) -> tuple[str, ...]:
        return tuple(one for one in self.columns if one not in (*self.drawn, *self.generated))


Shapes = tuple[Shape, ...]


@pytest.fixture
async def shapes(owner_url: str) -> Shapes:
    owner = await asyncpg.connect(owner_url)
    rows = await owner.fetch(COLUMNS)
    await owner.close()
    names = ("columns", "key", "drawn", "generated")
    return tuple(Shape(row["name"], *(tuple(row[name]) for name in names)) for row in rows)


@pytest.fixture
async def sign_in(owner_url: str) -> AsyncIterator[SignIn]:
    """Give a function that connects as a login."""
    opened: list[asyncpg.Connection] = []

    async def connect(login: str) -> asyncpg.Connection:
        opened.append(await asyncpg.connect(owner_url.replace(f"://{OWNER}@", f"://{login}@", 1)))
        return opened[-1]

    yield connect
    for connection in opened:
        await connection.close()


@pytest.mark.house
def test_every_table_has_a_row_and_every_row_a_table() -> None:
    """A new table comes with a row in deploy/database_roles.toml: who may do what with it, and why."""
    assert declared_tables.__all__
    assert set(SQLModel.metadata.tables) | {"alembic_version"} == rights.tables()


@pytest.mark.house
def test_every_cell_reads_and_names_columns_that_are_there() -> None:
    for name in rights.tables() - {"alembic_version"}:
        for role in rights.declared():
            assert rights.cell(role, name).update <= set(SQLModel.metadata.tables[name].columns.keys()), (role, name)


def test_every_row_says_why() -> None:
    document = rights._document()
    for kind in ("roles", "tables", "functions"):
        assert all(row["why"] for row in document[kind].values())


def test_a_right_that_is_none_is_refused() -> None:
    for wrong in ("truncate", "select update(a)", "select,", "insert(id)"):
        with pytest.raises(ValueError, match="not a list of rights"):
            rights.Cell.read(wrong)


def attempts(shape: Shape, cell: rights.Cell) -> Iterator[Attempt]:
    """List what a role tries at a table."""
    table, given = f'"{shape.name}"', ", ".join(shape.given)
    insert = f"INSERT INTO {table} ({given}) SELECT {', '.join('NULL' for _ in shape.given)} WHERE false"
    yield "select", cell.select, f"SELECT * FROM {table} LIMIT 0"
    yield "insert", cell.insert, insert
    for one in shape.drawn:
        yield f"choose {one}", False, f"INSERT INTO {table} ({one}) OVERRIDING SYSTEM VALUE SELECT NULL WHERE false"
    for one in shape.columns:
        may, only = one in cell.update, f"SET {one} = DEFAULT"
        yield f"update {one}", may, f"UPDATE {table} {only} WHERE false"
        joined = f"MERGE INTO {table} t USING (SELECT 1) s ON false WHEN MATCHED THEN"
        yield f"merge {one}", may and cell.select, f"{joined} UPDATE {only}"
        if shape.key:
            upsert = f"{insert} ON CONFLICT ({', '.join(shape.key)}) DO UPDATE {only}"
            yield f"upsert {one}", may and cell.insert and cell.select, upsert
    yield "delete", cell.delete, f"DELETE FROM {table} WHERE false"
    yield "merge delete", cell.delete and cell.select, f"{joined} DELETE"
    yield "lock everybody out", cell.delete, f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"
    for verb in ("TRUNCATE", "DROP TABLE", "REINDEX TABLE", "CLUSTER"):
        yield verb, False, f"{verb} {table}"
    for change in (
        "DISABLE TRIGGER ALL",
        "DISABLE ROW LEVEL SECURITY",
        "ADD COLUMN extra int",
        "OWNER TO CURRENT_USER",
    ):
        yield change, False, f"ALTER TABLE {table} {change}"
    yield "add a trigger", False, f"CREATE TRIGGER t AFTER INSERT ON {table} EXECUTE FUNCTION refuse_change()"
    yield "add a rule", False, f"CREATE RULE r AS ON INSERT TO {table} DO INSTEAD NOTHING"
    yield "add an index", False, f"CREATE INDEX ON {table} ({shape.columns[0]})"


async def outcome(connection: asyncpg.Connection, statement: str) -> bool:
    """Say whether the privilege is there; anything else that goes wrong comes after it."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(statement)
    except DENIED:
        return False
    except asyncpg.PostgresSyntaxError:
        raise
    except asyncpg.PostgresError:
        return True
    finally:
        await transaction.rollback()
    return True


async def copies(connection: asyncpg.Connection, shape: Shape) -> tuple[bool, bool, bool]:
    """Say whether a role may copy out, copy in, and choose ids by copying in."""

    async def may(copying: Awaitable[str]) -> bool:
        try:
            await copying
        except DENIED:
            return False
        return True

    async def nowhere(data: bytes) -> None:
        del data

    everything = (*shape.drawn, *shape.given)
    return (
        await may(connection.copy_from_query(f'SELECT * FROM "{shape.name}" LIMIT 0', output=nowhere)),
        await may(connection.copy_to_table(shape.name, source=io.BytesIO(), columns=shape.given)),
        bool(shape.drawn) and await may(connection.copy_to_table(shape.name, source=io.BytesIO(), columns=everything)),
    )


@pytest.mark.both_postgres
@pytest.mark.parametrize("role", list(rights.declared()))
async def test_a_role_may_what_the_table_says_and_nothing_else(role: str, shapes: Shapes, sign_in: SignIn) -> None:
    connection = await sign_in(rights.declared()[role].login)
    assert {shape.name for shape in shapes} == rights.tables()
    wrong, tried = [], 0
    for shape in shapes:
        cell = rights.cell(role, shape.name)
        for what, allowed, statement in attempts(shape, cell):
            tried += 1
            if await outcome(connection, statement) is not allowed:
                wrong.append(f"{role} {shape.name}: {what} is {'denied' if allowed else 'allowed'}")
        if await copies(connection, shape) != (cell.select, cell.insert, False):
            wrong.append(f"{role} {shape.name}: copying")
    assert wrong == []
    assert tried > 1000


OUTSIDE_TABLES = {
    "make a table": "CREATE TABLE public.mine (a int)",
    "make a function": "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "make a schema": "CREATE SCHEMA mine",
    "make an extension": "CREATE EXTENSION pg_trgm",
    "make a large object": "SELECT lo_create(0)",
    "read a file": "SELECT pg_read_file('PG_VERSION')",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "make a role": "CREATE ROLE mine",
    "become the owner": f"SET ROLE {roles.OBJECTS}",
    "become who migrates": f"SET ROLE {roles.MIGRATE}",
    "switch triggers off": "SET session_replication_role = replica",
    "change the server": "SELECT pg_reload_conf()",
    "change a function": "ALTER FUNCTION refuse_change() RENAME TO harmless",
    "end another's session": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user",
}


@pytest.mark.both_postgres
@pytest.mark.parametrize("role", list(rights.declared()))
async def test_a_role_makes_nothing_and_becomes_nobody(role: str, sign_in: SignIn, owner_url: str) -> None:
    declared = rights.declared()[role]
    witness = await asyncpg.connect(owner_url)  # somebody whose session could be ended
    connection = await sign_in(declared.login)
    for what, statement in OUTSIDE_TABLES.items():
        assert not await outcome(connection, statement), f"{role} may {what}"
    others = [one.login for one in rights.declared().values() if one.login != declared.login]
    assert not any([await outcome(connection, f"SET ROLE {login}") for login in others])
    assert await outcome(connection, "CREATE TEMPORARY TABLE mine (a int)") is declared.temporary
    functions = await witness.fetch(
        "SELECT proname AS name, oid FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        " AND prorettype <> 'trigger'::regtype"
    )
    held = {row["name"] for row in functions if await may_call(witness, declared.login, row["oid"])}
    await witness.close()
    assert held == rights.executes(role)


async def may_call(connection: asyncpg.Connection, login: str, function: int) -> bool:
    return bool(await connection.fetchval("SELECT has_function_privilege($1, $2::oid, 'EXECUTE')", login, function))


@pytest.mark.both_postgres
async def test_the_owner_cannot_sign_in_and_owns_everything(owner_url: str, sign_in: SignIn) -> None:
    """Whoever owns a table can switch its triggers off: nobody is the owner but migrations, for their time."""
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await sign_in(roles.OBJECTS)
    administrator = await asyncpg.connect(owner_url)
    owners = await administrator.fetch(
        "SELECT DISTINCT relowner::regrole::text AS one FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p', 'v', 'm', 'S')"
    )
    held = await administrator.fetch(
        "SELECT rolname FROM pg_roles r WHERE rolcanlogin AND NOT rolsuper AND pg_has_role(r.oid, $1, 'MEMBER')",
        roles.OBJECTS,
    )
    await administrator.close()
    assert [row["one"] for row in owners] == [roles.OBJECTS]
    assert [row["rolname"] for row in held] == [roles.MIGRATE]


async def test_a_grant_takes_away_what_the_table_does_not_say(owner_url: str, sign_in: SignIn) -> None:
    """The negative control: a right too many is seen by what this file does, and the next start takes it away."""
    administrator = await asyncpg.connect(owner_url)
    await administrator.execute(f"GRANT DELETE, UPDATE (kind) ON event TO {roles.APPLICATION}")
    connection = await sign_in(roles.APPLICATION)
    assert await outcome(connection, "DELETE FROM event WHERE false")
    assert await outcome(connection, "UPDATE event SET kind = '' WHERE false")
    await roles.grant(administrator)
    await administrator.close()
    assert not await outcome(connection, "DELETE FROM event WHERE false")
    assert not await outcome(connection, "UPDATE event SET kind = '' WHERE false")
