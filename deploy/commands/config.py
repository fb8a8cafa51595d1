"""``check-config``: the settings as they are read, and from where."""

import click
from rich.console import Console
from rich.table import Table

from deploy import configuration


@click.command("check-config", help="检查全部设置，列出每一项的值（密钥不显示）和来源。有误时以 2 退出。")
def check_config_command() -> None:
    """Print the settings as a table."""
    table = Table("变量", "含义", "值", "来源")
    for row in configuration.rows(configuration.load()):
        table.add_row(row.variable, row.title, row.value, row.origin)
    Console(width=None if Console().is_terminal else 160).print(table)
