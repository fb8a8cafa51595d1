"""Entering many officials at once with their posts, for whoever sets an installation up; nobody can sign in by it.

Such an account has no password: the system administrator gives one when the person first needs it. Each account and
each post is an event, as if it had been entered alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from asyncpg import Record

from domain.values import canonical_json
from resolvers.context import Context, unit_of_work
from resolvers.errors import NotPermitted

ADD: Final = """
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
    AS g (id, login, name, post_id, made, granted)
), accounts AS (
  INSERT INTO account (id, login, name, state, must_change_password, created_at)
  SELECT id, login, name, 'active', true, $7 FROM given
), told AS (
  INSERT INTO event (stream, seq, kind, actor_name, at, body)
  SELECT 'account:' || id, 1, 'account.created', $8, $7, made FROM given
  UNION ALL SELECT 'account:' || id, 2, 'posting.granted', $8, $7, granted FROM given
)
SELECT id, post_id FROM given
"""
POSTS: Final = "SELECT id, name, roles FROM post WHERE id = ANY($1::bigint[])"
POST: Final = """
INSERT INTO posting (account_id, post_id, valid, granted_at)
SELECT id, post_id, daterange($3::date, NULL), $4 FROM unnest($1::uuid[], $2::bigint[]) AS g (id, post_id)
"""


@dataclass(frozen=True, slots=True)
class NewOfficial:
    """An official to enter: login name, name, and the post that is held."""

    login: str
    name: str
    post_id: int


async def enter_staff(ctx: Context, officials: Sequence[NewOfficial], since: date) -> tuple[UUID, ...]:
    """Enter officials who hold their posts from a day on, in one transaction; raises ``NotPermitted`` for all but the system."""
    if ctx.actor.kind != "system":
        raise NotPermitted("只有命令行可以批量建立账号。", "请由系统管理员逐个建立账号。")
    ids = [uuid4() for _ in officials]
    async with unit_of_work(ctx) as uow:
        connection = await uow.raw()
        posts = [one.post_id for one in officials]
        made = [_body(login=one.login) for one in officials]
        known = {row["id"]: row for row in await connection.fetch(POSTS, posts)}
        granted = [_granted(one.post_id, known[one.post_id], since) for one in officials]
        logins, names = [one.login for one in officials], [one.name for one in officials]
        told: datetime = ctx.now
        await connection.execute(ADD, ids, logins, names, posts, made, granted, told, ctx.actor.name)
        await connection.execute(POST, ids, posts, since, told)
        uow.events += 2 * len(officials)
    return tuple(ids)


def _granted(post_id: int, row: Record, since: date) -> str:
    told = {"from": since.isoformat(), "name": row["name"], "post": post_id, "roles": list(row["roles"]), "until": None}
    return canonical_json(told).decode()


def _body(**fields: object) -> str:
    return canonical_json(fields).decode()
