"""``close-portal`` and ``open-portal``: close the public side for the time being, and open it again (H9; 001-15)."""

import asyncio
from collections.abc import Awaitable, Callable

import click

from deploy import configuration, logs
from deploy.operating import operator
from deploy.services import available
from deploy.settings import Settings
from resolvers import closing
from resolvers.context import Context
from resolvers.errors import Refusal


@click.command(
    "close-portal", help="暂时关闭公众端：公众只看到说明理由的通知，工作台和后台任务照常。几秒内生效，并记入记录。"
)
@click.option("--reason", required=True, help="理由，会显示给公众。")
def close_command(reason: str) -> None:
    """Close the public side."""
    done = _run(lambda ctx: closing.close(ctx, reason))
    click.echo("公众端已关闭，几秒内生效。" if done else "公众端早已关闭，理由不变。")


@click.command("open-portal", help="重新开放公众端。")
@click.option("--reason", required=True, help="为什么可以重新开放，记入记录。")
def open_command(reason: str) -> None:
    """Open the public side again."""
    done = _run(lambda ctx: closing.reopen(ctx, reason))
    click.echo("公众端已重新开放，几秒内生效。" if done else "公众端本来就开放。")


def _run(work: Callable[[Context], Awaitable[bool]]) -> bool:
    settings = configuration.load().settings
    logs.configure(settings)
    with available(settings) as services:
        try:
            return asyncio.run(_connected(services.commanding, work))
        except Refusal as refusal:
            raise click.ClickException(f"{refusal.message}\n{refusal.remedy}") from refusal


async def _connected(settings: Settings, work: Callable[[Context], Awaitable[bool]]) -> bool:
    async with operator(settings) as ctx:
        return await work(ctx)
