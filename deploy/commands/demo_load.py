"""``demo-load``: the process by which ``serve`` fills an empty embedded library."""

from pathlib import Path

import click

from deploy import configuration, logs
from deploy.demo_city import load_demo_city
from deploy.refusals import StateBroken


@click.command("demo-load", help="装入演示城市（由 serve 启动，不单独使用）。", hidden=True)
@click.option("--accounts", type=click.Path(path_type=Path), required=True, help="演示账号写入的文件。")
def demo_load_command(accounts: Path) -> None:
    """Load the demo city; a database that is not the embedded one is refused."""
    settings = configuration.load().settings
    logs.configure(settings)
    if not settings.embedded:
        raise StateBroken("演示城市只能装入内置数据库。", "请用 python -m deploy serve 启动。")
    load_demo_city(settings, accounts, settings.demo_cases)
