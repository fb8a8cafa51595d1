"""Acting for a person on the command line: whoever operates the server names the official in whose name it is done."""

from domain.actors import Actor
from resolvers.context import Context
from resolvers.errors import NotFound, NotPermitted
from resolvers.reading.fetching import rows_of
from resolvers.sessions import POSTINGS, posting_of

ACCOUNT = "SELECT id, name FROM account WHERE login = lower($1) AND state = 'active'"


async def actor_by_login(ctx: Context, login: str) -> Actor:
    """Return the official with a login name, with today's posts; only for the command line.

    Raises ``NotFound`` for an unknown or disabled account and ``NotPermitted`` for anybody but the system itself.
    """
    if ctx.actor.kind != "system":
        raise NotPermitted("只有命令行可以代表他人操作。", "请本人登录后操作。")
    account = await ctx.db.reads.fetchrow(ACCOUNT, login)
    if account is None:
        raise NotFound(f"账号“{login}”")
    held = rows_of(await ctx.db.reads.fetch(POSTINGS, account["id"], ctx.today))
    postings = tuple(map(posting_of, held))
    return Actor("official", account["id"], account["name"], postings)
