"""Measure what the public hall adds: complaints filed a second, and the open data dumped and followed."""

import asyncio
import tempfile
from pathlib import Path

from tests.bench import complaints, ground, open_data


def measured(seconds: float, rows: int) -> str:
    """Measure in a cluster of its own and return the section of the report."""
    return asyncio.run(_section(seconds, rows))


async def _section(seconds: float, rows: int) -> str:
    with tempfile.TemporaryDirectory(prefix="yg-bench-", dir="/tmp") as name:
        folder = Path(name)
        async with ground.cluster(folder) as (owner_url, application_url):
            await asyncio.to_thread(ground.migrated, owner_url)
            filed = await complaints.section(application_url, seconds)
            return f"{filed}\n{await open_data.section(owner_url, application_url, folder, rows)}"
