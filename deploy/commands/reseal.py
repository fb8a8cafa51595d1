"""``reseal``: seal the fields of parties anew after the secret or the suite has changed."""

import asyncio

import click

from deploy import configuration
from deploy.operating import operator
from deploy.services import available
from deploy.settings import Settings
from resolvers.parties_sealing import reseal


@click.command(
    "reseal",
    help="更换签名密钥或字段加密算法后，用现在的密钥重新加密当事人信息。期间可以照常使用，可以随时中断后再次运行。",
)
def reseal_command() -> None:
    """Seal what an earlier key sealed with the present one, in small transactions."""
    with available(configuration.load().settings) as services:
        count = asyncio.run(_reseal(services.commanding))
    click.echo(f"已重新加密：{count} 条当事人信息。")


async def _reseal(settings: Settings) -> int:
    count = 0
    async with operator(settings) as ctx:
        while done := await reseal(ctx):
            count += done
    return count
