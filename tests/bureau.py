"""A body whose officials have real accounts, postings and sessions: for pages and for browsers.

The clock is the real one, so days are told relative to it.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from starlette.applications import Starlette

from domain.access import Role
from domain.actors import Actor, Posting
from domain.tables.bodies import Body, Government
from resolvers import certificates, postings
from resolvers.calendar import seed_calendar
from resolvers.certificates import NewCertificate
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.keys import Keyring
from resolvers.postings import Term
from tests import desks, factories, running
from tests.desks import Person, Visitor


@dataclass
class Bureau:
    """A body, its people by the name of their post in `tests.running`, and visitors with their sessions."""

    ctx: Context
    government: Government
    body: Body
    people: dict[str, Person] = field(default_factory=dict)

    async def visitor(self, app: Starlette, who: str) -> Visitor:
        """Return a visitor who is signed in as one of the people."""
        return Visitor(app).carry(await desks.session_of(self.ctx, self.people[who]))

    def acting(self, who: str) -> Context:
        """Return a context in which one of the people acts."""
        posting = Posting(0, 0, self.body.code, self.body.government_id, frozenset(), running.POSTS[who])
        return self.ctx.acting_as(Actor("official", self.people[who].account_id, who, (posting,)))


async def bureau(database: Database) -> Bureau:
    """Set the body up: a person for each post, an onlooker of another body, the supervision bureau, two items."""
    keys = Keyring(desks.SECRET.encode())
    ctx = factories.context(database, now=datetime.now(UTC), keys=keys, profile=factories.profile("demo-city"))
    async with unit_of_work(ctx.at(ctx.now - timedelta(days=60))) as uow:
        await seed_calendar(uow)
    government = await factories.government(ctx)
    body = await factories.body(ctx, government)
    made = Bureau(ctx, government, body)
    for login, post in running.POSTS.items():
        roles = (Role.BODY_HEAD,) if login == "head" else ()
        made.people[login] = await enter(ctx, body, login, post, *roles)
    other = await factories.body(ctx, government, code="B002", number="002", name="云川市第二局")
    made.people["stranger"] = await enter(ctx, other, "stranger", "窗口受理岗")
    made.people["supervisor"] = await enter(ctx, other, "supervisor", "监察岗", Role.SUPERVISION_BUREAU)
    items = [running.licence_item(), running.penalty_item()]
    await factories.confirmed(ctx, government, [factories.change(government, one) for one in items])
    for login in ("inv1", "inv2"):
        fields = NewCertificate(
            f"证{login}", made.people[login].account_id, body.code, date(2020, 1, 1), date(2030, 12, 31)
        )
        await certificates.enter(ctx, fields)
    return made


async def enter(ctx: Context, body: Body, login: str, post: str, *roles: Role) -> Person:
    """Enter a person on a post; two people of one body may hold the same post."""
    made = await desks.person(ctx, login)
    sql = "SELECT t.id FROM post t JOIN unit u ON u.id = t.unit_id WHERE u.body_id = $1 AND t.name = $2"
    held = await ctx.db.reads.fetchval(sql, body.id, post)
    await postings.grant(
        ctx, made.account_id, held or await desks.post(ctx, body, post, *roles), Term(date(2020, 1, 1))
    )
    return made
