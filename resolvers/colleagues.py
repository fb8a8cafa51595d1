"""Colleagues: who holds which post of a body today, so that work can be handed to somebody by name (R16, 003-14).

Only for officials of that body and for whoever may act for it; names and posts, nothing else of an account.
"""

from dataclasses import dataclass
from typing import Final

from domain.access import Permission, Target, allowed
from resolvers.context import Context
from resolvers.errors import NotFound

HELD: Final = """
SELECT a.id::text AS id, a.name, array_agg(DISTINCT t.name ORDER BY t.name) AS posts,
  EXISTS (SELECT 1 FROM certificate c WHERE c.officer = a.id AND c.body_code = $1 AND c.valid_from <= $2
    AND c.valid_until >= $2 AND (c.ended_on IS NULL OR c.ended_on > $2) AND NOT c.aide) AS certified
FROM posting p JOIN post t ON t.id = p.post_id JOIN unit u ON u.id = t.unit_id JOIN body b ON b.id = u.body_id
JOIN account a ON a.id = p.account_id
WHERE b.code = $1 AND a.state = 'active' AND p.valid @> $2::date AND t.valid @> $2::date AND u.valid @> $2::date
GROUP BY a.id, a.name ORDER BY a.name, a.id LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class Colleague:
    """An official of a body: the account's id, the name, the posts held today, and whether a certificate is valid."""

    id: str
    name: str
    posts: tuple[str, ...]
    certified: bool


async def colleagues(ctx: Context, body: str) -> tuple[Colleague, ...]:
    """Return the officials who hold a post of a body today, by name; raises ``NotFound`` for whom that is not."""
    if not allowed(ctx.actor, Permission.MATTER_ACT, Target(body_code=body)):
        raise NotFound("机关")
    rows = await ctx.db.reads.fetch(HELD, body, ctx.today)
    return tuple(Colleague(row["id"], row["name"], tuple(row["posts"]), row["certified"]) for row in rows)
