"""``migrate``: bring the schema to this release, or say how tables and migrations differ."""

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from deploy import configuration, logs, migrating
from deploy.services import available


@click.command("migrate", help="把数据库结构升级到本程序的版本。")
@click.option("--check", is_flag=True, help="只检查：升级脚本与数据表声明不一致时列出差异，并以 1 退出。")
@click.option("--new", "sentence", metavar="说明", help="按差异生成一个新的升级脚本（开发用）。")
def migrate_command(*, check: bool, sentence: str | None) -> None:
    """Migrate, check, or write a migration."""
    settings = configuration.load().settings
    logs.configure(settings)
    with available(settings) as services:
        if sentence:
            today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
            click.echo(migrating.new(services.owner_url, sentence, today=today))
            return
        if check:
            difference = migrating.drift(services.owner_url)
            if difference:
                raise click.ClickException(f"数据表声明与升级脚本不一致：{difference}")
            click.echo("数据表声明与升级脚本一致。")
            return
        click.echo(f"数据库结构版本：{services.migrate()}")
