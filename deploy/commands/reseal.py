"""``reseal``: seal everything that is sealed anew after the secret or the suite has changed."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import click

from deploy import configuration
from deploy.operating import operator
from deploy.services import available
from deploy.settings import Settings
from resolvers import parties_sealing, sealing_anew

NAMES = {
    "party": "条当事人信息",
    "second_factor": "个双因素密钥",
    "complaint": "件投诉举报的文字和附件",
    "draft": "份草稿",
    "rating": "条评价意见",
    "paper": "件文书",
    "opinion": "个听证报名",
}


@click.command(
    "reseal",
    help="更换签名密钥或字段加密算法后，用现在的密钥重新加密当事人信息、文书、评价意见、听证报名、草稿和双因素密钥。期间可以照常使用，可以随时中断后再次运行。",
)
def reseal_command() -> None:
    """Seal what an earlier key sealed with the present one, in small transactions."""
    with available(configuration.load().settings) as services:
        counts = asyncio.run(_reseal(services.commanding))
    click.echo(f"已重新加密：{'、'.join(f'{count} {NAMES[what]}' for what, count in counts.items())}。")


async def _reseal(settings: Settings) -> dict[str, int]:
    async with operator(settings) as ctx:
        counts = {"party": await _all(partial(parties_sealing.reseal, ctx))}
        for what in sealing_anew.STEPS:
            counts[what] = await _all(partial(sealing_anew.reseal, ctx, what))
    return counts


async def _all(step: Callable[[], Awaitable[int]]) -> int:
    """Do a step until nothing is left and return how much was done."""
    count = 0
    while done := await step():
        count += done
    return count
