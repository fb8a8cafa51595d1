"""PostgreSQL and Redis for whoever needs them: those given by address, else the embedded ones, started or found running."""

import asyncio
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from pydantic import SecretStr

from deploy import clocks, revisions, roles, standing
from deploy.children import addresses, working_as
from deploy.configuration import variable
from deploy.embedded import OWNER, Postgres, Valkey
from deploy.profile_choice import profile_named
from deploy.refusals import SecondCopy, ServiceFailed
from deploy.settings import Settings
from deploy.state import StateFolder, StateLock
from resolvers.addresses import plain_url


@dataclass
class Services:
    """The servers in use. ``settings`` has every address and the signing secret filled in."""

    state: StateFolder
    settings: Settings
    postgres: Postgres | None = None
    valkey: Valkey | None = None
    found_running: bool = field(default=False)
    remarks: list[str] = field(default_factory=list)
    """What whoever operates the server should know of what was found."""

    def start(self) -> None:
        """Start what is not given by address, then check the versions of what is. Raises ``StartRefused``."""
        if self.settings.database_url is None:
            self._use_embedded_postgres()
        else:
            _loaded("given_servers").check_postgres(self.settings.database_url.get_secret_value())
        if self.settings.redis_url is None:
            self._use_embedded_valkey()
        else:
            _loaded("given_servers").check_redis(self.settings.redis_url.get_secret_value())

    def stop(self) -> None:
        """End what was started here; what was found running is left alone."""
        if self.valkey is not None and not self.found_running:
            self.valkey.stop()
        if self.postgres is not None and not self.found_running:
            self.postgres.stop()

    def migrate(self) -> str:
        """Bring the schema to this release, give each role its privileges, complete the calendar.

        Returns the revision.
        """
        owner = self.owner_url
        if self.postgres is not None:
            asyncio.run(_handed_over(self.postgres.url()))
        revision = asyncio.run(standing.revision(owner))
        if revision != revisions.head():
            revision = _loaded("migrating").upgrade(owner)
        if self.settings.embedded:
            roles.prepare(owner)
        else:
            self._share_rights(owner)
        if self.settings.embedded:
            clocks.settle(self.state.path, self.operator_url, self.settings.speed)
        profile_named(self.settings.profile_name)
        if not asyncio.run(standing.calendar_is_complete(self.operator_url)):
            _loaded("calendars").complete(self.operator_url, self.settings.profile_name)
        return revision

    def _share_rights(self, owner: str) -> None:
        """Give the logins of the addresses the rights of their roles; remark on one that no grant can bind."""
        found = roles.shared(addresses(self.settings))
        if found.logins:
            roles.prepare(owner, found.logins)
        if found.mighty:
            self.remarks.append(
                f"数据库账号 {'、'.join(found.mighty)} 是数据表的属主或超级用户，最小权限和行级保护对它不起作用。"
                f"建议为迁移另设属主账号（{variable('owner_database_url')}），DATABASE_URL 使用普通账号。"
            )

    @property
    def operator_url(self) -> str:
        """The address under which commands work."""
        return addresses(self.settings)["operator"]

    @property
    def owner_url(self) -> str:
        """The address under which migrations run."""
        url = self.settings.owner_database_url or self.settings.database_url
        if url is None:
            raise ServiceFailed("还没有可用的数据库。", "请先启动系统。")
        return url.get_secret_value()

    @property
    def commanding(self) -> Settings:
        """The settings for a command: what it does in the database it does as the operator."""
        return working_as(self.settings, "operator")

    def _use_embedded_postgres(self) -> None:
        logs, data = self.state.folder("logs"), self.state.path / "postgres"
        self.postgres = Postgres(data, self.state.sockets(), log=logs / "postgres.log")
        if not self.found_running:
            self.postgres.start()
            asyncio.run(_make_database(self.postgres.url("postgres"), afresh=self.state.was_left_half_done()))
            self.state.is_whole()
        self._settle(
            embedded=True,
            database_url=SecretStr(self.postgres.url(user=roles.APPLICATION)),
            worker_database_url=SecretStr(self.postgres.url(user=roles.WORKER)),
            operator_database_url=SecretStr(self.postgres.url(user=roles.OPERATOR)),
            sequencer_database_url=SecretStr(self.postgres.url(user=roles.SEQUENCER)),
            publisher_database_url=SecretStr(self.postgres.url(user=roles.PUBLISHER)),
            owner_database_url=SecretStr(self.postgres.url(user=roles.MIGRATE)),
            secret_key=self.settings.secret_key or SecretStr(self.state.secret_key()),
        )

    def _use_embedded_valkey(self) -> None:
        logs, data = self.state.folder("logs"), self.state.path / "valkey"
        self.valkey = Valkey(data, self.state.sockets(), log=logs / "valkey.log")
        if not self.found_running:
            self.valkey.start()
        self._settle(redis_url=SecretStr(self.valkey.url()))

    def _settle(self, **values: object) -> None:
        self.settings = self.settings.model_copy(update=values)


@contextmanager
def available(settings: Settings) -> Iterator[Services]:
    """Give a command the servers: of the system that is running on this state folder, else started for its time.

    The schema is migrated when they are started here. Raises ``StartRefused``.
    """
    state = StateFolder.open(settings.state_dir)
    lock: StateLock | None = None
    try:
        lock = StateLock(state)
    except SecondCopy:
        lock = None
    services = Services(state, settings, found_running=lock is None)
    try:
        services.start()
        if lock is not None:
            services.migrate()
        yield services
    finally:
        services.stop()
        if lock is not None:
            lock.release()


def _loaded(name: str) -> Any:
    """Return a module of this package that only some starts need: the tables and Alembic alone take half a second to read."""
    return importlib.import_module(f"deploy.{name}")


async def _make_database(maintenance_url: str, *, afresh: bool) -> None:
    """Make the database unless it is there; ``afresh``: a first filling was cut off, so what is there is a torso."""
    connection = await asyncpg.connect(maintenance_url)
    try:
        if afresh:
            await connection.execute(f"DROP DATABASE IF EXISTS {OWNER} WITH (FORCE)")
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", OWNER):
            await connection.execute(f"CREATE DATABASE {OWNER}")
        await roles.create(connection)
        await roles.hand_over(connection, OWNER)
    finally:
        await connection.close()


async def _handed_over(administrator_url: str) -> None:
    connection = await asyncpg.connect(plain_url(administrator_url))
    try:
        await roles.hand_over_contents(connection)
    finally:
        await connection.close()
