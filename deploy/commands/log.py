"""``sequencer`` and ``publisher``: the processes of the public log, as ``serve`` starts them or on their own."""

import click

from deploy import configuration, log_processes, logs


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
