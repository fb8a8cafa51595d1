"""The office of the bench: one item with a short flow, two officials with sessions, and a store full of matters."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlmodel import select

from domain.flows import Flow, Step
from domain.tables.accounts import Account
from portal.session_cookie import SESSION
from resolvers.calendar import seed_calendar
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.sessions import PROVIDER, open_session
from tests import factories, running
from tests.bench.peers import cases

ITEM: Final = "999900001QT00100"
PROFILE: Final = "demo-city"
WINDOW, HEAD = "窗口受理岗", "分管负责人岗"
FLOW: Final = Flow(
    name="快办",
    steps=(
        Step(key="accept", name="受理", post=WINDOW, duty="登记申请"),
        Step(key="decide", name="决定", post=HEAD, duty="作出决定"),
        Step(key="close", name="办结", post=WINDOW, duty="办结"),
    ),
)


@dataclass(frozen=True, slots=True)
class Office:
    """Who works there: the cookies of their sessions, and how many matters are in the store."""

    clerk: str
    head: str
    stored: int


async def opened(database: Database, owner_url: str, count: int) -> Office:
    """Set the office up on an empty migrated database with so many other matters."""
    ctx = factories.context(database, now=datetime.now(UTC), profile=factories.profile(PROFILE))
    async with unit_of_work(ctx, unrecorded="the calendar of the bench") as uow:
        await seed_calendar(uow)
    government = await factories.government(ctx)
    body = await factories.body(ctx, government)
    await running.people(ctx, body, {"clerk": (WINDOW, ()), "deputy": (HEAD, ())})
    item = factories.power(code=ITEM, name="快办事项", category="other_power", internal_flow=FLOW)
    await factories.confirmed(ctx, government, [factories.change(government, item)])
    stored = await cases.fill(owner_url, count, peers=False)
    return Office(await _session(ctx, "clerk"), await _session(ctx, "deputy"), stored)


async def _session(ctx: Context, login: str) -> str:
    async with unit_of_work(ctx) as uow:
        account = (await uow.session.exec(select(Account).where(Account.login == login))).one()
        token, _ = await open_session(uow, account, verified=True, method=PROVIDER)
    return f"{SESSION}={token}"
