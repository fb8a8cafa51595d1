"""Migrations: no drift, date-first names, one head, one migrator at a time, privileges after each."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from deploy import migrating, revisions, roles
from deploy.refusals import MigrationFailed

ROOT = Path(__file__).parents[2]
RIGHTS = """
SELECT name, array_agg(one ORDER BY one) AS given FROM unnest($2::text[]) name,
  unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) one
WHERE has_table_privilege($1, name, one) OR one NOT IN ('DELETE', 'TRUNCATE') AND has_any_column_privilege($1, name, one)
GROUP BY name
"""
MakeDatabase = Callable[..., str]


@pytest.mark.house
@pytest.mark.both_postgres
def test_tables_and_migrations_agree(owner_url: str) -> None:
    assert migrating.drift(owner_url) == ""


@pytest.mark.house
def test_names_are_date_first_and_there_is_one_line_of_history() -> None:
    scripts = ScriptDirectory.from_config(migrating.configuration())
    assert scripts.get_heads() == [revisions.head()]
    for script in scripts.walk_revisions():
        assert re.fullmatch(r"\d{4}_\d{2}_\d{2}_\d{4}", script.revision)
        assert re.fullmatch(rf"{script.revision}_[a-z0-9_]+\.py", script.path.rsplit("/", 1)[1])
        assert not script.is_merge_point


@pytest.mark.house
def test_no_migration_imports_application_code() -> None:
    for file in (migrating.FOLDER / "versions").glob("*.py"):
        imported = re.findall(r"^(?:from|import) +(\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert not set(imported) & {"domain", "resolvers", "schema", "portal", "workers", "deploy"}, file.name


def test_two_migrators_at_once_do_the_work_once(make_database: MakeDatabase) -> None:
    url = make_database(empty=True)
    program = "import sys; from deploy import migrating; print(migrating.upgrade(sys.argv[1]))"
    both = [
        subprocess.Popen([sys.executable, "-c", program, url], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(2)
    ]
    assert [process.communicate()[0].strip() for process in both] == [revisions.head()] * 2


def test_a_database_of_a_newer_release_is_refused(make_database: MakeDatabase) -> None:
    url = make_database(empty=True)

    async def pretend() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE alembic_version AS SELECT '2999_01_01_0001'::text AS version_num")
        await connection.close()

    asyncio.run(pretend())
    with pytest.raises(MigrationFailed, match="版本与本程序不符"):
        migrating.upgrade(url)


@pytest.mark.both_postgres
async def test_the_application_adds_to_the_record_and_never_changes_it(owner_url: str) -> None:
    owner = await asyncpg.connect(owner_url)
    protected = await owner.fetch(
        "SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname LIKE '%\\_append\\_only'"
    )
    rights = await owner.fetch(RIGHTS, roles.APPLICATION, [row["name"] for row in protected])
    await owner.close()
    assert "event" in {row["name"] for row in protected}
    made_for_it = {
        "event_leaf",
        "log_leaf",
        "log_checkpoint",
        "log_audit",
        "log_finding",
        "rating_invitation",
        "supervision_sweep",
        "expression_fault",
        "archive_bundle",
        "archive_event",
        "archive_matter",
    }
    given = {name: ["SELECT"] if name in made_for_it else ["INSERT", "SELECT"] for (name,) in protected}
    assert {row["name"]: row["given"] for row in rights} == given


async def test_the_application_is_no_owner_and_no_superuser(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    role = await connection.fetchrow(
        "SELECT rolname, rolsuper, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("DROP TABLE event")
    await connection.close()
    assert tuple(role or ()) == (roles.APPLICATION, False, False, False)
