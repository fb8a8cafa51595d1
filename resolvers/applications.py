"""Applications from the hall: who applies says who that is and what it is about; a number and a code come back (003-26, H2).

Nobody signs in. The key of the form makes the whole harmless however often it is sent: the party and the matter are the
same, and so are number and code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from domain.parties import Party, checked, reference
from domain.powers import PowerContent
from domain.procedure_parts import FactRule
from resolvers import matters_opening, parties
from resolvers.context import Context
from resolvers.matters_values import Opened, Opening
from resolvers.parties_values import refuse
from resolvers.throttles import Client, take_application

BESIDE: Final = """
SELECT v.code, coalesce(nullif(v.content ->> 'sub_item', ''), v.name) AS name
FROM power_period p JOIN power_version v ON v.id = p.version_id
WHERE v.body_code = $1 AND v.code <> $2 AND upper_inf(p.recorded) AND p.valid @> $3::date AND v.status = 'in_use'
  AND (v.content #>> '{guide,online}')::boolean ORDER BY v.code LIMIT 40
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """An item that can be applied for: its content, and the facts that its procedure asks whoever applies for."""

    content: PowerContent
    facts: Mapping[str, FactRule]


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody applies for. ``brings`` is what the first act brings as plain data: ``facts``, ``materials``."""

    item: str
    key: str
    party: Party
    brings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beside:
    """Another item of the same body that can be applied for online."""

    code: str
    name: str


async def beside(ctx: Context, content: PowerContent) -> tuple[Beside, ...]:
    """Return the other items of a body that can be applied for online, for whoever needs several at once (000-12)."""
    rows = await ctx.db.reads.fetch(BESIDE, content.body, content.code, ctx.today)
    return tuple(Beside(row["code"], row["name"]) for row in rows)


async def offer(ctx: Context, code: str) -> Offer:
    """Return what can be applied for under an item; raises ``NotFound``, ``NotRunnable``."""
    item, procedure = await matters_opening.offered(ctx, code)
    return Offer(item.content, {fact: rule for fact, rule in procedure.facts.items() if rule.applicant})


def check(ctx: Context, application: Application) -> None:
    """Look an application through before it is sent; raises ``InvalidInput`` with every problem of who applies."""
    refuse(checked(application.party, ctx.today)[1])


async def submit(ctx: Context, application: Application, client: Client) -> Opened:
    """Take an application: the party is declared, the matter begins. The same key gives the same answer.

    Raises ``InvalidInput``, ``NotFound``, ``NotRunnable``, ``Conflict`` (something else under the key), ``TooMany``.
    """
    body = (await offer(ctx, application.item)).content.body
    check(ctx, application)
    await take_application(ctx, client)
    party = reference(await parties.declare(ctx, body, application.party, application.key))
    kind = application.party.kind
    opening = Opening(application.item, application.key, body, party=party, party_kind=kind, brings=application.brings)
    return await matters_opening.apply(ctx, opening)
