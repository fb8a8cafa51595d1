"""Row guards say in SQL what the rules say in Python: the same actor, the same row, the same answer."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.access import PERMISSIONS, HoldsInBody, HoldsInGovernment, Permission, Target, allowed, of_body
from domain.actors import Actor
from resolvers import accounts_reading, record_reading
from resolvers.database import Database
from resolvers.errors import NotFound, NotPermitted, NotSignedIn
from resolvers.reading import PageRequest, Read, fetch_page
from resolvers.reading.access import ACCESS, ACCOUNT, POSTING, SESSION
from resolvers.reading.guards import permission_guard
from resolvers.reading.statements import Statement
from tests import desks, factories
from tests.access import matrix
from tests.access.test_matrix_rules import OTHER_ACCOUNT, OWN_ACCOUNT, actor

GLOBAL = [
    permission
    for permission, rules in PERMISSIONS.items()
    if not any(isinstance(one, HoldsInGovernment | HoldsInBody) or one is of_body for rule in rules for one in rule)
]
PLACED = [permission for permission in Permission if permission not in GLOBAL]
pytestmark = pytest.mark.clause("N5")


async def test_every_guard_answers_as_its_rules_do(database: Database) -> None:
    """For every permission that knows no government, every role, and rows about one's own, another's and no account."""
    ctx = factories.context(database)
    wrong = []
    for permission in GLOBAL:
        for role in matrix.EVERYBODY:
            here = ctx.acting_as(actor(role))
            for account in (OWN_ACCOUNT, OTHER_ACCOUNT, None):
                literal = f"'{account}'::uuid" if account else "NULL::uuid"
                statement = Statement(here, Read())
                sql = f"SELECT {statement.render(permission_guard(permission, literal))}"
                said = await database.reads.fetchval(sql, *statement.values)
                if said is not allowed(here.actor, permission, Target(account_id=account)):
                    wrong.append((permission, role, account, said))
    assert not wrong


@pytest.mark.parametrize("permission", PLACED)
def test_a_rule_about_a_place_makes_no_guard_without_one(permission: Permission) -> None:
    """It would say yes to rows of every government, or of every body."""
    with pytest.raises(TypeError, match=r"government|body"):
        permission_guard(permission)


async def test_every_guard_of_a_place_answers_as_its_rules_do(database: Database) -> None:
    """For every permission that counts somewhere, every role, and rows of the own body, one beside it and one far off."""
    ctx = factories.context(database)
    wrong = []
    places = [("B001", 1), ("B002", 1), ("B003", 2)]
    for permission in PLACED:
        for role in matrix.EVERYBODY:
            here = ctx.acting_as(actor(role))
            for body, government in places:
                statement = Statement(here, Read())
                guard = permission_guard(permission, bodies=f"ARRAY['{body}', 'B009']", government=str(government))
                said = await database.reads.fetchval(f"SELECT {statement.render(guard)}", *statement.values)
                if said is not allowed(here.actor, permission, Target(government_id=government, body_code=body)):
                    wrong.append((permission, role, body, said))
    assert not wrong


async def test_lists_hold_back_rows_even_from_a_caller_that_forgot_to_ask(database: Database) -> None:
    """The second lock: the statement itself returns only what the permission table allows."""
    ctx = factories.context(database)
    body = await factories.body(ctx, await factories.government(ctx))
    first, second = [await desks.official(ctx, body, login) for login in ("zhao", "qian")]
    for one in (first, second):
        await desks.session_of(ctx, one)
    me = ctx.acting_as(Actor("official", first.account_id, "赵"))
    for entity, scope in ((ACCOUNT, ""), (POSTING, ""), (SESSION, "live")):
        read = Read(order=next(iter(entity.orders)), scope=scope)
        column = "id" if entity is ACCOUNT else "account_id"
        found = await fetch_page(me, entity, read, PageRequest(first=100))
        assert {row[column] for row in found.rows} == {first.account_id}
        assert len((await fetch_page(ctx, entity, read, PageRequest(first=100))).rows) == 2
        nobody = replace(ctx, actor=Actor())
        assert not (await fetch_page(nobody, entity, read, PageRequest(first=100))).rows


async def test_reading_asks_for_the_right_first(database: Database) -> None:
    """A list that may not be read is refused, not shown empty; one account that may not be seen is not found."""
    ctx = factories.context(database)
    clerk, anonymous = ctx.acting_as(actor("clerk")), replace(ctx, actor=Actor())
    for read in (accounts_reading.list_accounts, accounts_reading.list_tokens, record_reading.list_events):
        with pytest.raises(NotPermitted):
            await read(clerk)
        with pytest.raises(NotSignedIn):
            await read(anonymous)
    with pytest.raises(NotFound):
        await accounts_reading.account(clerk, UUID(int=9))


def test_no_entity_shows_a_hash_or_a_sealed_secret() -> None:
    """What is kept hashed or sealed is no column of any list."""
    secret = ("hash", "sealed", "last_step")
    shown = [
        f"{entity.name}.{name}"
        for entity in ACCESS
        for name, column in entity.columns.items()
        if any(word in column.sql for word in secret) and "IS NOT NULL" not in column.sql
    ]
    assert not shown
