"""Content of versions and generic charts, fetched for many states at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.powers import Chart, PowerContent
from resolvers.context import Context
from resolvers.reading.fetching import fetch_by_keys
from resolvers.reading.library import CHART, VERSION
from resolvers.reading.statements import Read


@dataclass(frozen=True, slots=True)
class Loaded:
    """The content of a version and, by position from 1, the laws that its bases name."""

    content: PowerContent
    laws: Mapping[int, int]


async def load_content(ctx: Context, version_ids: Sequence[int]) -> list[Loaded]:
    """Return the content of versions that are known to exist, in one statement."""
    found = await fetch_by_keys(ctx, VERSION, Read(("content", "law_ids", "law_positions")), version_ids)
    loaded = []
    for version_id in version_ids:
        row = found[version_id][0]
        laws = dict(zip(row["law_positions"], row["law_ids"], strict=True))
        loaded.append(Loaded(PowerContent.model_validate(row["content"]), laws))
    return loaded


ChartKey = tuple[int, datetime | None, str]
"""Government, the time at which the library is read (None: now), code of the chart."""


async def load_charts(ctx: Context, keys: Sequence[ChartKey]) -> list[Chart | None]:
    """Return generic charts, each in the newest version known at its time; one statement a government and time."""
    groups: dict[tuple[int, datetime | None], list[str]] = {}
    for government, known, code in keys:
        groups.setdefault((government, known), []).append(code)
    found: dict[ChartKey, Chart] = {}
    for (government, known), codes in groups.items():
        read = Read(("code", "no", "content"), {"government_id": government, "known": known or ctx.now})
        for code, rows in (await fetch_by_keys(ctx, CHART, read, codes, "code")).items():
            newest = max(rows, key=lambda row: int(row["no"]))
            found[government, known, code] = Chart.model_validate(newest["content"])
    return [found.get(key) for key in keys]
