"""``exchange``: the platforms above this one, and pulling from one below (X1; 003-28, 003-35)."""

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import click
import httpx2

from deploy.commanding import commanded
from deploy.exchange_mirror import Mirror, MirrorBroken, MirrorRefused, MirrorTrouble
from domain.exchange import Allowed, Delay
from domain.proof.notes import NoteBroken
from domain.proof.policies import Policy, Roots
from resolvers import exchange_platforms, exchange_standing
from resolvers.context import LOCAL, Context
from resolvers.exchange_standing import Standing
from resolvers.log_folder import LogFolder
from resolvers.signing import VERIFY

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER: Final = click.Path(file_okay=False, path_type=Path)
Found = TypeVar("Found")
WORDS: Final[dict[Delay, str]] = {"": "按时", "near": "接近期限", "late": "超过期限"}


@click.group("exchange", help="数据上报：登记、列出和停用上级平台；作为上级，从下级平台取走记录。")
def exchange_command() -> None:
    """Hold the commands together."""


@exchange_command.command("add", help="登记一个上级平台，并显示它的访问令牌；令牌只显示这一次，系统只保存其摘要。")
@click.argument("name", metavar="名称")
def add_command(name: str) -> None:
    """Add a platform and print its token."""
    token = commanded(lambda ctx: exchange_platforms.add(ctx, name))
    click.echo(f"已登记上级平台：{' '.join(name.split())}")
    click.echo(f"访问令牌：{token}")
    click.echo("请现在记下并通过安全的途径交给对方：令牌不会再次显示；遗失时请停用后重新登记。")


@exchange_command.command("list", help="列出上级平台：已接收到哪里，最久的一条已等待多久，最近何时联系过。")
def list_command() -> None:
    """List every platform."""
    now, allowed, found = commanded(_listed)
    if not found:
        click.echo("没有登记上级平台。")
    for one in found:
        click.echo(_line(one, allowed, now))


@exchange_command.command("end", help="停用一个上级平台：它的令牌立即失效；已接收的情况仍然保留。")
@click.argument("name", metavar="名称")
def end_command(name: str) -> None:
    """End a platform."""
    commanded(lambda ctx: exchange_platforms.end(ctx, name))
    click.echo(f"已停用上级平台：{name}")


@exchange_command.command(
    "pull",
    help="上级一方使用：从下级平台取走全部已发布的记录，逐页按签名的日志头核验以后存入目录，再向对方确认；中断以后接着取。"
    "退出码：0 已取到最新；1 对方的数据与日志不符；2 暂时取不到。",
)
@click.option("--from", "address", required=True, metavar="网址", help="下级平台的网址。")
@click.option("--token-file", type=FILE, required=True, help="装有访问令牌的文件。")
@click.option("--policy", type=FILE, required=True, help="下级平台的信任策略：哪些密钥有效、需要谁见证。")
@click.option("--roots", type=FILE, default=None, help="根密钥，用来核对信任策略。")
@click.option("--to", "folder", type=FOLDER, required=True, help="存放的目录；是内部数据，请限制访问。")
@click.option(
    "--every", type=click.IntRange(min=5), default=None, help="每隔多少秒取一次，直到被停止；不给则只取一次。"
)
def pull_command(
    *, address: str, token_file: Path, policy: Path, roots: Path | None, folder: Path, every: int | None
) -> None:
    """Pull once, or again and again."""
    token = token_file.read_text("utf-8").strip()
    known = trusted(policy, roots)

    async def pulled() -> int:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(
            base_url=address.rstrip("/"), headers=headers, timeout=30, trust_env=False
        ) as ask:
            mirror = Mirror(LogFolder(folder.absolute()), known, ask)
            with mirror.alone():
                while True:
                    code = await _pulled(mirror)
                    if every is None:
                        return code
                    await asyncio.sleep(every)

    try:
        sys.exit(asyncio.run(pulled()))
    except MirrorBroken as error:
        raise click.ClickException(f"目录 {folder} 不能使用：{error}") from error


async def _pulled(mirror: Mirror) -> int:
    """Pull once and say what came of it; returns the exit code."""
    before = mirror.place().size
    try:
        place = await mirror.pull()
    except (MirrorRefused, MirrorTrouble) as error:
        refused = isinstance(error, MirrorRefused)
        click.echo(f"{'拒绝接收' if refused else '暂时取不到'}（已有 {mirror.place().size} 条）：{error}", err=True)
        return 1 if refused else 2
    click.echo(f"日志 {place.log}：新取 {place.size - before} 条，共 {place.size} 条，均已核验并确认。")
    return 0


@exchange_command.command("check", help="上级一方使用：离线重新核验目录中的全部记录，以及取走时的日志头。")
@click.argument("folder", type=FOLDER, metavar="目录")
@click.option("--policy", type=FILE, required=True, help="下级平台的信任策略。")
@click.option("--roots", type=FILE, default=None, help="根密钥，用来核对信任策略。")
def check_command(folder: Path, policy: Path, roots: Path | None) -> None:
    """Read again what is held."""
    known = trusted(policy, roots)
    try:
        place, signed = Mirror(LogFolder(folder.absolute()), known, httpx2.AsyncClient()).check()
    except MirrorBroken as error:
        raise click.ClickException(f"目录 {folder} 中的记录有误：{error}") from error
    click.echo(f"日志 {place.log}：{place.size} 条，没有缺号和重复，每一条都与承诺相符。")
    click.echo(f"其中前 {signed.size} 条与签名的日志头相符。" if signed else "还没有取到过一个完整的日志头。")


def trusted(policy: Path, roots: Path | None) -> Policy:
    """Return a policy, with its signatures checked where root keys are given."""
    try:
        text = policy.read_text("utf-8")
        if roots is not None:
            Roots.parse(roots.read_text("utf-8")).approve(text, VERIFY)
        return Policy.parse(text)
    except (NoteBroken, UnicodeDecodeError) as error:
        raise click.UsageError(f"信任策略 {policy} 不能使用：{error}") from error


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
