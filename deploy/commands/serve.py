"""``serve``: the whole system in the foreground."""

import click

from deploy import configuration, logs
from deploy.serving import serve


@click.command("serve", help="启动整个系统：内置数据库（未指定地址时）、升级、演示城市、网页和后台任务。")
def serve_command() -> None:
    """Run the whole system until a signal ends it."""
    settings = configuration.load().settings
    logs.configure(settings)
    serve(settings)
