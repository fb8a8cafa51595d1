"""``exchange``: the platforms above this one: added, listed with their delay, ended (X1; 003-28, 003-35)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, TypeVar

import click

from deploy import configuration, logs
from deploy.operating import operator
from deploy.services import available
from domain.exchange import Allowed, Delay
from resolvers import exchange_platforms, exchange_standing
from resolvers.context import LOCAL, Context
from resolvers.errors import Refusal
from resolvers.exchange_standing import Standing

Found = TypeVar("Found")
WORDS: Final[dict[Delay, str]] = {"": "按时", "near": "接近期限", "late": "超过期限"}


@click.group("exchange", help="数据上报：登记、列出和停用上级平台。")
def exchange_command() -> None:
    """Hold the commands together."""


@exchange_command.command("add", help="登记一个上级平台，并显示它的访问令牌；令牌只显示这一次，系统只保存其摘要。")
@click.argument("name", metavar="名称")
def add_command(name: str) -> None:
    """Add a platform and print its token."""
    token = _run(lambda ctx: exchange_platforms.add(ctx, name))
    click.echo(f"已登记上级平台：{' '.join(name.split())}")
    click.echo(f"访问令牌：{token}")
    click.echo("请现在记下并通过安全的途径交给对方：令牌不会再次显示；遗失时请停用后重新登记。")


@exchange_command.command("list", help="列出上级平台：已接收到哪里，最久的一条已等待多久，最近何时联系过。")
def list_command() -> None:
    """List every platform."""
    now, allowed, found = _run(_listed)
    if not found:
        click.echo("没有登记上级平台。")
    for one in found:
        click.echo(_line(one, allowed, now))


@exchange_command.command("end", help="停用一个上级平台：它的令牌立即失效；已接收的情况仍然保留。")
@click.argument("name", metavar="名称")
def end_command(name: str) -> None:
    """End a platform."""
    _run(lambda ctx: exchange_platforms.end(ctx, name))
    click.echo(f"已停用上级平台：{name}")


def _run(work: Callable[[Context], Awaitable[Found]]) -> Found:
    """Do it in the operator's context."""
    settings = configuration.load().settings
    logs.configure(settings)

    async def done() -> Found:
        async with operator(services.commanding) as ctx:
            return await work(ctx)

    with available(settings) as services:
        try:
            return asyncio.run(done())
        except Refusal as refusal:
            lines = [refusal.message, *(f"　{one.message}" for one in refusal.problems), refusal.remedy]
            raise click.ClickException("\n".join(line for line in lines if line)) from refusal


async def _listed(ctx: Context) -> tuple[datetime, Allowed, tuple[Standing, ...]]:
    return ctx.now, Allowed.by(ctx.profile), await exchange_standing.standings(ctx)


def _line(one: Standing, allowed: Allowed, now: datetime) -> str:
    """Return a platform in one line."""
    if one.ended_at is not None:
        return f"{one.name}　已停用（{_moment(one.ended_at)}）　接收到第 {one.size} 条"
    minutes = int(one.lag(now).total_seconds() // 60)
    parts = [
        one.name,
        WORDS[one.delay(allowed, now)],
        f"已接收 {one.size} 条，尚未接收 {one.behind} 条",
        f"最久的一条已等待 {minutes // 60} 小时 {minutes % 60} 分" if one.waiting else "没有等待上报的",
        f"最近联系 {_moment(one.seen_at)}" if one.seen_at else "还没有联系过",
    ]
    if one.disputes:
        parts.append(f"对方在第 {one.disputed} 条处的根与本系统不符")
    return "　".join(parts)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
