"""The context of whoever operates the server on the command line: the system's own rights, under the operator's name."""

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import click

from deploy.app import access_policy
from deploy.clocks import clock_of
from deploy.file_stores import file_store
from deploy.keyrings import keyring_of
from deploy.presses import press
from deploy.settings import Settings
from domain.actors import Actor
from domain.profiles import load_profiles
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import InvalidInput

STATEMENT_MS: Final = 15_000


@asynccontextmanager
async def operator(
    settings: Settings, *, profile: str = "", statement_ms: int = STATEMENT_MS
) -> AsyncIterator[Context]:
    """Give the operator's context on an open database. Raises ``InvalidInput`` for a profile that there is not."""
    if settings.database_url is None:
        raise click.ClickException("没有可用的数据库。")
    profiles = load_profiles()
    if profile and profile not in profiles:
        raise InvalidInput(f"没有名为“{profile}”的地方规则包。", f"可用的有：{'、'.join(sorted(profiles))}。")
    clock = clock_of(settings)
    url = settings.database_url.get_secret_value()
    database = await Database.connect(url, pool_size=2, statement_timeout_ms=statement_ms)
    try:
        yield Context(
            db=database,
            now=clock.now(),
            profile=profiles[profile or settings.profile_name],
            actor=Actor(kind="system", name=f"命令行（{getpass.getuser()}）"),
            keys=keyring_of(settings),
            policy=access_policy(settings, clock),
            files=file_store(settings),
            press=press(settings),
        )
    finally:
        await database.close()
