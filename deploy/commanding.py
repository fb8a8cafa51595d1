"""A use-case from the command line: on the running system's database, or on one that is started for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from deploy import configuration, logs
from deploy.operating import STATEMENT_MS, operator
from deploy.refusals import SecondCopy
from deploy.services import available
from deploy.settings import Settings
from resolvers.context import Context
from resolvers.errors import Refusal

T = TypeVar("T")


def commanded(
    work: Callable[[Context], Awaitable[T]],
    *,
    settings: Settings | None = None,
    profile: str = "",
    statement_ms: int = STATEMENT_MS,
    alone: bool = False,
) -> T:
    """Do it as the operator, and tell a refusal with its problems and what to do; ``settings`` unless those of this place.

    ``alone``: nobody else may work on the database. Raises ``SecondCopy`` while the system is running, ``ClickException``.
    """
    chosen = settings or configuration.load().settings
    logs.configure(chosen)

    async def done(commanding: Settings) -> T:
        async with operator(commanding, profile=profile, statement_ms=statement_ms) as ctx:
            return await work(ctx)

    with available(chosen) as services:
        if alone and services.found_running:
            raise SecondCopy(chosen.state_dir, "请先停止系统")
        try:
            return asyncio.run(done(services.commanding))
        except Refusal as refusal:
            lines = [refusal.message, *(f"　{one.message}" for one in refusal.problems), refusal.remedy]
            raise click.ClickException("\n".join(line for line in lines if line)) from refusal
