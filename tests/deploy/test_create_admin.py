"""The first administrators: made on the command line's way, with a post that carries the role, and no other way."""

import pytest
from click.testing import CliRunner

from deploy.commands import main
from domain.access import Role
from domain.actors import Actor
from resolvers import sessions
from resolvers.context import AccessPolicy
from resolvers.database import Database
from resolvers.errors import Conflict, InvalidInput, NotFound, NotPermitted
from resolvers.first_accounts import Place, create_first
from resolvers.throttles import Client
from tests import factories

PLACE = Place("320300", "徐州市人民政府")
pytestmark = pytest.mark.clause("N5")


async def test_the_first_administrator_can_sign_in_with_the_right_and_no_other(database: Database) -> None:
    """Government, body, unit and post are entered; a second administrator gets another post beside the first."""
    ctx = factories.context(database, policy=AccessPolicy(second_factor_required=False))
    made = await create_first(ctx, "Admin", "张三", Role.SYSTEM_ADMIN, PLACE, password="晨光里的长长口令二零二六")
    opened = await sessions.sign_in(ctx, "admin", "晨光里的长长口令二零二六", Client("203.0.113.5"))
    assert (await sessions.actor_of(ctx, opened.token)).roles == {Role.SYSTEM_ADMIN}
    assert made.login == "admin"
    other = await create_first(ctx, "guard", "李四", Role.SECURITY_ADMIN, Place("320300"))
    first = await sessions.sign_in(ctx, "guard", other.password, Client("203.0.113.5"))
    assert first.must_change_password
    assert await ctx.db.reads.fetchval("SELECT count(*) FROM body") == 1
    assert await ctx.db.reads.fetchval("SELECT count(*) FROM government") == 1


async def test_nothing_is_entered_when_anything_is_wrong(database: Database) -> None:
    """A wrong division, a weak password, an unknown body, a role that is granted on the desk: no trace is left."""
    ctx = factories.context(database)
    for role, place, password, expected in (
        (Role.SYSTEM_ADMIN, Place("1", "x"), "", InvalidInput),
        (Role.SYSTEM_ADMIN, Place("320300"), "", InvalidInput),
        (Role.SYSTEM_ADMIN, PLACE, "password1234", InvalidInput),
        (Role.SYSTEM_ADMIN, Place("320300", "徐州市人民政府", "none"), "", NotFound),
        (Role.BODY_HEAD, PLACE, "", InvalidInput),
    ):
        with pytest.raises(expected):
            await create_first(ctx, "admin", "张三", role, place, password=password)
    for table in ("account", "government", "body", "event"):
        assert await ctx.db.reads.fetchval(f"SELECT count(*) FROM {table}") == 0
    await create_first(ctx, "admin", "张三", Role.SYSTEM_ADMIN, PLACE)
    with pytest.raises(Conflict):
        await create_first(ctx, "admin", "李四", Role.AUDIT_ADMIN, PLACE)


async def test_nobody_else_makes_first_administrators(database: Database) -> None:
    ctx = factories.context(database, actor=Actor("official", name="谁"))
    with pytest.raises(NotPermitted):
        await create_first(ctx, "admin", "张三", Role.SYSTEM_ADMIN, PLACE)


def test_the_command_names_every_role_it_can_make() -> None:
    answer = CliRunner().invoke(
        main, ["create-admin", "x", "--name", "张三", "--role", "king", "--government", "320300"]
    )
    assert answer.exit_code == 2
    assert "security_admin" in answer.output
