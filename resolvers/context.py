"""What every use-case is given, and the one unit of work that commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, cast
from zoneinfo import ZoneInfo

import asyncpg
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.actors import ANONYMOUS, Actor
from domain.profiles import Profile
from resolvers.complaints_sealing import IdentityKeys
from resolvers.database import TIME_ZONE, Database
from resolvers.file_store import FileStore
from resolvers.gateways import Gateways
from resolvers.issuing import Issuer
from resolvers.keys import Keyring
from resolvers.log_watch import LogWatch
from resolvers.materials_intake import Intake
from resolvers.press import Press

LOCAL = ZoneInfo(TIME_ZONE)


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """How strictly officials sign in; set by the operator.

    ``password_rules``: ``asvs`` asks for length and checks against common words, ``mlps3`` (GB/T 22239) asks for
    kinds of characters and a change after ``password_days``; the two contradict each other, so one is chosen.
    ``trust_provider_factor`` takes a second factor that the OpenID provider vouches for instead of our own.
    """

    second_factor_required: bool = True
    idle_minutes: int = 30
    lifetime_hours: int = 12
    password_rules: Literal["asvs", "mlps3"] = "asvs"  # noqa: S105 -- names a set of rules
    password_days: int = 90
    attempts: int = 5
    window_minutes: int = 15
    sign_ins_per_minute: int = 60
    trust_provider_factor: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, when, and with what at hand. ``now`` is aware; the civil day is that of Asia/Shanghai."""

    db: Database
    now: datetime
    profile: Profile
    actor: Actor = ANONYMOUS
    request_id: str = ""
    keys: Keyring = field(default_factory=Keyring.ephemeral)
    policy: AccessPolicy = AccessPolicy()
    files: FileStore = field(default_factory=FileStore.nowhere)
    intake: Intake = field(default_factory=Intake)
    press: Press = field(default_factory=Press.nowhere)
    gateways: Gateways = field(default_factory=Gateways)
    issuer: Issuer | None = None
    """Who gives receipts; None where the log is none of this process's business: jobs, commands."""

    watch: LogWatch | None = None
    identity_keys: IdentityKeys | None = None
    """What the names of those who file complaints are sealed to; without it only anonymous ones are taken."""

    @property
    def today(self) -> date:
        """The civil day on which the act happens."""
        return self.now.astimezone(LOCAL).date()

    def acting_as(self, actor: Actor) -> "Context":
        """Return the same context for another actor."""
        return replace(self, actor=actor)

    def at(self, now: datetime) -> "Context":
        """Return the same context at another time."""
        return replace(self, now=now)


@dataclass(slots=True)
class UnitOfWork:
    """One transaction of one use-case. ``events`` counts what was recorded in it.

    A plain one has no session, only its connection: what it does is written in SQL.
    """

    ctx: Context
    opened: AsyncSession | None
    plain: asyncpg.Connection | None = None
    events: int = field(default=0)

    @property
    def session(self) -> AsyncSession:
        """The session of this transaction; a plain one has none."""
        if self.opened is None:
            raise NoSession("a plain unit of work speaks SQL only")
        return self.opened

    async def raw(self) -> asyncpg.Connection:
        """Return the asyncpg connection of this transaction, for COPY and set-based statements."""
        if self.plain is not None:
            return self.plain
        connection = await self.session.connection()
        raw = await connection.get_raw_connection()
        driver = cast(asyncpg.Connection, raw.driver_connection)
        # SQLAlchemy begins the transaction with its first statement; one of its own must come before any raw one,
        # else what the raw one writes would be committed at once.
        if not driver.is_in_transaction():
            await connection.exec_driver_sql("SELECT 1")
        return driver


class NoSession(AssertionError):
    """A plain unit of work was asked for a session: a bug."""


class NothingRecorded(AssertionError):
    """A use-case changed something and recorded no event: a bug, so the transaction is rolled back."""


@asynccontextmanager
async def unit_of_work(ctx: Context, *, unrecorded: str = "", serializable: bool = False) -> AsyncIterator[UnitOfWork]:
    """Open the one transaction of a use-case; commit when the block ends, roll back when it raises.

    Every act writes its event in the same transaction (003-32(3)). A block that records none is refused,
    unless ``unrecorded`` says why there is nothing to record (such as a session's last-seen time).
    A ``serializable`` one is undone where it cannot stand beside another; `resolvers.retrying` does it again.
    """
    async with ctx.db.sessions() as session:
        if serializable:
            await session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
        uow = UnitOfWork(ctx, session)
        yield uow
        _told(uow, unrecorded)
        await session.commit()


@asynccontextmanager
async def plain_unit_of_work(ctx: Context, *, unrecorded: str = "") -> AsyncIterator[UnitOfWork]:
    """Open a unit of work without a session, for what is done all day long and speaks SQL alone: acts on matters.

    It is READ COMMITTED, and commits and refuses as ``unit_of_work`` does.
    """
    async with ctx.db.acts.acquire() as connection, connection.transaction():
        uow = UnitOfWork(ctx, None, cast(asyncpg.Connection, connection))
        yield uow
        _told(uow, unrecorded)


@asynccontextmanager
async def unit_of_one_moment(
    ctx: Context, connection: asyncpg.Connection, *, unrecorded: str = ""
) -> AsyncIterator[UnitOfWork]:
    """Open a plain unit of work on a connection of the caller's: everything that it reads is of the moment when it begins."""
    async with connection.transaction(isolation="repeatable_read"):
        uow = UnitOfWork(ctx, None, connection)
        yield uow
        _told(uow, unrecorded)


def _told(uow: UnitOfWork, unrecorded: str) -> None:
    if not uow.events and not unrecorded:
        raise NothingRecorded("a unit of work ended without an event")
