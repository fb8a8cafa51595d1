"""``backup``, ``restore`` and ``drill``: keep the system's data, bring them back, and prove that this works."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import click

from deploy import auditors, backups, configuration, drills, logs
from deploy.commands.audit import CODES, tell
from deploy.drills import Drill
from deploy.operating import operator
from deploy.refusals import SecondCopy
from deploy.services import available
from deploy.settings import Settings
from deploy.state import StateFolder, StateLock
from domain.proof.auditing import Head
from resolvers import auditing
from resolvers.outside_heads import gather

FOLDER: Final = click.Path(file_okay=False, path_type=Path)
_HEADS: Final = "外部留存的日志头：文件、目录或见证者网址，可多个。"


@click.command(
    "backup", help="备份：数据库、上传的文件和公开日志写入一个空目录；密钥写入另一个目录，须分开保管。可在运行中进行。"
)
@click.option("--to", type=FOLDER, required=True, help="备份目录，必须是新的或者空的。")
@click.option("--keys-to", type=FOLDER, required=True, help="密钥目录，必须是新的或者空的，与备份分开保管。")
def backup_command(to: Path, keys_to: Path) -> None:
    """Write a backup."""
    settings = configuration.load().settings
    logs.configure(settings)
    with available(settings) as services:
        made = backups.backup(services, to.absolute(), keys_to.absolute())
    size = sum(length for length, _ in made.files.values())
    click.echo(f"已备份到 {to}：{len(made.files)} 个文件，{size / 1_000_000:.1f} MB。")
    click.echo(f"密钥在 {keys_to}：请立即移到另一处，由不同的人保管。同时拿到数据和密钥的人可以打开全部内容。")
    if settings.files_bucket:
        click.echo("上传的文件在存储桶中，没有包含在内：请用存储服务自己的备份。")


@click.command("restore", help="恢复：先核对备份的每个文件，再恢复到一个新的数据目录。不会覆盖任何已有内容。")
@click.option("--from", "source", type=FOLDER, required=True, help="备份目录。")
@click.option("--state", type=FOLDER, required=True, help="新的数据目录，必须是新的或者空的。")
@click.option("--keys", type=FOLDER, default=None, help="密钥目录；不给则恢复后会生成新的密钥。")
@click.option("--heads", multiple=True, metavar="文件或网址", help=_HEADS)
def restore_command(source: Path, state: Path, keys: Path | None, heads: tuple[str, ...]) -> None:
    """Restore a backup."""
    settings = drills.apart(configuration.load().settings, state.absolute())
    logs.configure(settings)
    outside = asyncio.run(gather(heads))
    for unread in outside.unchecked:
        click.echo(f"无法核查：{unread}")
    done = backups.restore(settings, source.absolute(), state.absolute(), keys, outside)
    click.echo(f"已恢复到 {state}，备份时间 {done.manifest.made_at.isoformat()}。")
    if done.unsure:
        click.echo("！！注意：没有对照外部日志头，不知道备份以后还发布过什么。")
        click.echo("！！公开日志已停用：发布进程不会签名，直到有人对照见证者留存的日志头。")
        click.echo(
            "！！请运行 log continue --heads …；见证者见过更长日志的，运行 log restart --reason … 启用新的日志。"
        )
    if done.lost is not None:
        _tell_lost(done.lost)


def _tell_lost(lost: Head) -> None:
    click.echo(f"注意：{lost.source} 见过 {lost.size} 条的日志，恢复的日志不到这么多。")
    click.echo(
        "这个日志名称不能继续使用：发布进程不会再以它签名。请用 log restart 启用新的日志名称，并公告最后一个被见证的日志头。"
    )


@click.command(
    "drill",
    help="恢复演练：把备份恢复到临时目录并启动，对照外部日志头全面核查，再抽查一百张凭证，最后清理。"
    "退出码：0 可以恢复且无异常；1 发现异常；2 有内容无法核查。",
)
@click.option("--from", "source", type=FOLDER, required=True, help="备份目录。")
@click.option("--keys", type=FOLDER, default=None, help="密钥目录；不给则不能抽查凭证。")
@click.option("--heads", multiple=True, metavar="文件或网址", help=_HEADS)
def drill_command(source: Path, keys: Path | None, heads: tuple[str, ...]) -> None:
    """Hold a drill, tell the verdict, and record it where a system is running."""
    settings = configuration.load().settings
    logs.configure(settings)
    outside = asyncio.run(auditors.outside(settings, heads))
    done = drills.drill(settings, source.absolute(), keys, outside)
    tell(done.report)
    click.echo(f"抽查凭证 {done.tried} 张，{done.proven} 张可以换取证明并通过验证。")
    click.echo(
        f"最新的可恢复时点在 {int(done.age.total_seconds())} 秒以前（{done.restored.manifest.made_at.isoformat()}）。"
    )
    if done.restored.lost is not None:
        _tell_lost(done.restored.lost)
    if _runs(settings):
        _record(settings, done)
    sys.exit(CODES[done.verdict])


def _runs(settings: Settings) -> bool:
    """Say whether a system is running on the state folder of these settings."""
    if not (settings.state_dir / "lock").exists():
        return False
    try:
        StateLock(StateFolder.open(settings.state_dir)).release()
    except SecondCopy:
        return True
    return False


def _record(settings: Settings, done: Drill) -> None:
    async def recorded(commanding: Settings) -> None:
        async with operator(commanding) as ctx:
            await auditing.record_drill(ctx, done.verdict, done.report, done.restored.manifest.made_at)

    with available(settings) as services:
        asyncio.run(recorded(services.commanding))
    click.echo("演练结果已记入运行中系统的记录。")
