"""``dump``: all open data as files, as the worker makes them every night, at once or somewhere else (H7)."""

import asyncio
from pathlib import Path

import click

from deploy import configuration, logs
from deploy.operating import operator
from deploy.services import available
from deploy.settings import Settings
from resolvers.errors import Refusal
from resolvers.open_data_dumps import Dump, Dumps
from resolvers.open_data_making import make

STATEMENT_MS = 3_600_000


@click.command(
    "dump",
    help="制作开放数据包：所有公开的表，各成 CSV、JSON、Parquet 文件，附说明和校验值；完成后随即在门户提供下载。",
)
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="放到这个目录（其下的 open-data），不放到门户。",
)
def dump_command(to: Path | None) -> None:
    """Make a dump and tell what is in it."""
    settings = configuration.load().settings
    logs.configure(settings)
    folder = Dumps(to.absolute() if to is not None else settings.state_dir)
    if to is not None:
        to.mkdir(parents=True, exist_ok=True)
    with available(settings) as services:
        try:
            dump = asyncio.run(_made(services.commanding, folder))
        except Refusal as refusal:
            raise click.ClickException(f"{refusal.message}\n{refusal.remedy}") from refusal
    for table in dump.tables:
        size = sum(file.size for file in table.files)
        click.echo(f"{table.dataset.name:22} {table.rows:>10} 行 {size:>14,} 字节  {table.dataset.title.zh}")
    click.echo(f"{folder.folder / dump.name}（变更流位置 {dump.position}）")


async def _made(settings: Settings, folder: Dumps) -> Dump:
    async with operator(settings, statement_ms=STATEMENT_MS) as ctx:
        return await make(ctx, folder)
