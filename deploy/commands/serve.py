"""``serve``: the whole system in the foreground."""

import click

from deploy import configuration, logs
from deploy.serving import serve


@click.command("serve", help="启动整个系统：内置数据库（未指定地址时）、升级、演示城市、网页和后台任务。")
@click.option(
    "--speed",
    type=click.IntRange(1, 100_000),
    help="时间加速倍数，仅限演示城市（同 YANGGUANG_SPEED；1440：一分钟为一天）。",
)
def serve_command(speed: int | None) -> None:
    """Run the whole system until a signal ends it."""
    settings = configuration.load().settings
    if speed is not None:
        settings = settings.model_copy(update={"speed": speed})
    if settings.speed > 1 and not settings.demo_mode:
        raise click.UsageError("时间加速只能用于演示城市：记录中的时间必须真实。")
    logs.configure(settings)
    serve(settings)
