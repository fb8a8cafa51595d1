"""``reindex``: make the search index anew, such as after a release that changed how texts are normalised."""

import asyncio

import click

from deploy import configuration
from deploy.operating import operator
from deploy.services import available
from deploy.settings import Settings
from resolvers import record
from resolvers.context import unit_of_work
from resolvers.reading.search_index import reindex


@click.command("reindex", help="重建检索索引（版本说明要求时，或机构更名后）。期间仍可检索，完成后一次切换。")
def reindex_command() -> None:
    """Rebuild the projections of search in one transaction."""
    with available(configuration.load().settings) as services:
        count = asyncio.run(_reindex(services.commanding))
    click.echo(f"检索索引已重建：{count} 个版本。")


async def _reindex(settings: Settings) -> int:
    async with operator(settings) as ctx, unit_of_work(ctx) as uow:
        count = await reindex(uow)
        await record.append(uow, "library", "library.reindexed", {"versions": count})
    return count
