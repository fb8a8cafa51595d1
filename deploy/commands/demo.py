"""``demo-reset``: forget the embedded data, so that the next start makes the demo city afresh."""

import shutil

import click

from deploy import configuration
from deploy.refusals import StateBroken
from deploy.serving import ACCOUNTS_FILE
from deploy.state import StateFolder, StateLock


@click.command("demo-reset", help="清空内置数据库和上传文件，下次启动时重新装入演示城市。须先停止系统。")
@click.option("--yes", is_flag=True, help="不再询问。")
def demo_reset_command(*, yes: bool) -> None:
    """Remove the embedded data; a database given by address is never touched."""
    settings = configuration.load().settings
    if settings.database_url is not None:
        raise StateBroken("已设置 DATABASE_URL，demo-reset 只清空内置数据库。", "请去掉 DATABASE_URL 后再运行。")
    if not settings.state_dir.exists():
        click.echo("还没有任何数据。")
        return
    state = StateFolder.open(settings.state_dir)
    lock = StateLock(state)
    try:
        if not yes:
            click.confirm(f"将删除 {state.path} 中的全部数据，不可恢复。继续吗？", abort=True)
        for name in ("postgres", "valkey", "files"):
            shutil.rmtree(state.path / name, ignore_errors=True)
        (state.path / ACCOUNTS_FILE).unlink(missing_ok=True)
    finally:
        lock.release()
    click.echo("已清空。下次启动（make run）将重新装入演示城市。")
