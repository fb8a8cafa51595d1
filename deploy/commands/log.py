"""The public log: its processes ``sequencer`` and ``publisher``, and ``log`` for what must be decided by a person."""

import asyncio
from typing import Final

import click

from deploy import auditors, configuration, log_keys, log_processes, log_restarts, logs
from deploy.commanding import commanded
from deploy.refusals import StateBroken
from deploy.settings import Settings
from domain.proof.checkpoints import Checkpoint
from domain.proof.tiles import TileBroken
from resolvers import log_former
from resolvers.log_publishing import LOST, UNSURE

_HEADS: Final = "外部留存的日志头：文件、目录或见证者网址，可多个。"


@click.command(
    "sequencer", help="日志排序进程：把已提交的行为记入公开日志。一般由 serve 启动；可以多开，只有一个会工作。"
)
def sequencer_command() -> None:
    """Put committed events into the log until SIGTERM."""
    settings = configuration.load().settings
    logs.configure(settings)
    log_processes.sequence(settings)


@click.command("publisher", help="日志发布进程：读回核对、签名、请见证者会签后发布日志头。一般由 serve 启动。")
@click.option("--witness", "witnesses", multiple=True, metavar="名称=网址", help="补充策略中见证者的网址。")
def publisher_command(witnesses: tuple[str, ...]) -> None:
    """Publish the log until SIGTERM."""
    settings = configuration.load().settings
    logs.configure(settings)
    if not all("=" in one for one in witnesses):
        raise click.UsageError("--witness 的格式是 名称=网址。")
    pairs = (one.split("=", 1) for one in witnesses)
    log_processes.publish(settings, {name: address.rstrip("/") for name, address in pairs})


@click.group("log", help="公开日志：恢复以后确认可以沿用原名称，或者在日志丢失、分叉以后启用新的日志。")
def log_command() -> None:
    """Hold the two together."""


@log_command.command(
    "continue",
    help="恢复以后确认沿用原日志名称：对照外部留存的日志头，恢复的日志不比它们短、不与它们矛盾。系统须已停止。",
)
@click.option("--heads", multiple=True, metavar="文件或网址", help=f"{_HEADS}不给则问信任策略中的见证者。")
@click.option("--no-witness", "alone", is_flag=True, help="确实没有任何外部见证者；须写明理由，并会记入记录。")
@click.option("--reason", default="", help="理由。")
def continue_command(heads: tuple[str, ...], reason: str, *, alone: bool) -> None:
    """Lift the block of a restored log, if nobody has seen more of it."""
    settings = _settings()
    folder = log_keys.folder(settings)
    if folder.read(UNSURE) is None and folder.read(LOST) is None:
        raise click.ClickException("日志没有被停用，不需要确认。")
    outside = asyncio.run(auditors.outside(settings, heads))
    for unread in outside.unchecked:
        click.echo(f"无法核查：{unread}")
    found = log_restarts.last_head(folder, outside)
    seen = sum(1 for one in outside.heads if log_restarts.is_own(folder, one))
    if found is not None and found[0].size > log_restarts.own_size(folder):
        folder.write(LOST, found[1].whole.encode())
        raise click.ClickException(
            f"{found[0].source} 见过 {found[0].size} 条的日志，恢复的不到这么多。请用 log restart 启用新的日志名称。"
        )
    if not seen and not (alone and reason.strip()):
        raise click.ClickException(
            "没有可以对照的外部日志头。请用 --heads 给出；确实没有见证者的，用 --no-witness --reason 说明。"
        )
    try:
        wrong = [one for one in outside.heads if log_restarts.contradicts(folder, one)]
    except TileBroken as error:
        raise click.ClickException(f"恢复的日志文件不完整：{error}。") from error
    if wrong:
        raise click.ClickException(f"{wrong[0][0]} 留存的日志头与恢复的日志矛盾：日志已经分叉。请用 log restart。")
    origin = log_keys.origin(settings)
    commanded(lambda ctx: log_former.continued(ctx, origin, seen, reason), settings=settings, alone=True)
    (folder.path / UNSURE).unlink(missing_ok=True)
    (folder.path / LOST).unlink(missing_ok=True)
    click.echo(f"已确认：日志 {origin} 沿用原名称，对照外部日志头 {seen} 个。")


@log_command.command(
    "restart",
    help="日志丢失、分叉或密钥被盗以后启用新的日志：新名称、新密钥，第一条封存旧日志最后的日志头。系统须已停止。",
)
@click.option("--reason", required=True, help="理由，会记入新日志的第一条并公布。")
@click.option("--heads", multiple=True, metavar="文件或网址", help=f"{_HEADS}不给则问信任策略中的见证者。")
def restart_command(reason: str, heads: tuple[str, ...]) -> None:
    """End the log and begin another one."""
    settings = _settings()
    folder = log_keys.folder(settings)
    outside = asyncio.run(auditors.outside(settings, heads))
    for unread in outside.unchecked:
        click.echo(f"无法核查：{unread}")
    found = log_restarts.last_head(folder, outside)
    if found is None:
        raise click.ClickException("这个日志还没有任何已签名的日志头，不需要更换。")
    last = Checkpoint.parse(found[1].text)
    if settings.log_origin == last.origin:
        raise StateBroken(
            f"日志名称 {last.origin} 不能继续使用。", "请先把 YANGGUANG_LOG_ORIGIN 改为新的名称，或者取消这项设置。"
        )
    known = {key.public for key in log_restarts.policy_in(folder).receipts}
    if settings.receipts_key_file is not None and log_keys.receipt_key(settings).public in known:
        raise StateBroken(
            f"凭证密钥文件 {settings.receipts_key_file} 是旧日志的密钥。", "请先换上一份新的凭证密钥，再启用新的日志。"
        )
    commanded(lambda ctx: log_former.restart(ctx, last, reason), settings=settings, alone=True)
    keys = log_restarts.retire(settings, last.origin)
    fresh = settings.model_copy(update={"log_policy": None})
    click.echo(f"旧日志 {last.origin} 已停用，最后的日志头 {last.size} 条，封存在新日志的第一条。")
    click.echo(f"新日志 {log_keys.origin(settings)}，密钥已更换；旧密钥移到 {keys}，请离线保存。")
    click.echo("请公告更换的原因和旧日志最后的日志头；旧凭证继续有效。新的信任策略须同时列出新旧密钥：")
    log_keys.policy(fresh)
    for key in log_restarts.policy_in(log_keys.folder(settings)).logs:
        click.echo(f"log {key.text}")
    for key in log_restarts.policy_in(log_keys.folder(settings)).receipts:
        click.echo(f"receipts {key.text}")


def _settings() -> Settings:
    settings = configuration.load().settings
    logs.configure(settings)
    return settings
