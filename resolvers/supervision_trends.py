"""How alerts went on by weeks, by region, unit, post and power; whose counts the lists of the desk give again (003-36(4); S6)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

import asyncpg

from resolvers.context import LOCAL, Context
from resolvers.reading.supervision import UNITS_OF_POSTS, had_unit
from resolvers.supervision_reading import names_of, scope

MOST: Final = 8
"""So many of each, those with the most alerts; the board and the exports have the others."""

TRENDS: Final = f"""
SELECT grouping(government_id, item_code, post) AS part, (week AT TIME ZONE 'Asia/Shanghai')::date AS week, government_id, item_code,
  body_code, post, unit, sum(count)::int AS count
FROM (SELECT a.government_id, a.item_code, a.body_code, a.post, n.unit, date_bin('7 days', a.opened_at, $3) AS week, count(*) AS count
  FROM alert a LEFT JOIN ({UNITS_OF_POSTS}) n ON {had_unit("a", "n")} WHERE NOT a.trial AND a.opened_at >= $3 AND (a.government_id = ANY($1::bigint[]) OR a.body_code = ANY($2::text[]))
  GROUP BY 1, 2, 3, 4, 5, 6) a
GROUP BY GROUPING SETS ((week, government_id), (week, item_code), (week, body_code, post, unit))
"""
PARTS: Final = {0b011: "governments", 0b101: "powers", 0b110: "posts"}


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One region, unit, post or power with its alerts by week; of units and posts with the body that has them."""

    key: str
    name: str
    counts: tuple[int, ...]
    body_code: str = ""
    body_name: str = ""

    @property
    def total(self) -> int:
        """All weeks together."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Trends:
    """The trends, the most alerts first."""

    governments: tuple[TrendRow, ...] = ()
    units: tuple[TrendRow, ...] = ()
    posts: tuple[TrendRow, ...] = ()
    powers: tuple[TrendRow, ...] = ()


Key = tuple[str, str, str]
"""Which part of the trends, the body of a unit or a post, and the code or the name."""


async def trends(ctx: Context, weeks: Sequence[date]) -> Trends:
    """Return the trends of what the actor may see, over weeks that begin with the given Mondays."""
    rows = await ctx.db.reads.fetch(TRENDS, *await scope(ctx), datetime.combine(weeks[0], time(), LOCAL))
    counted = _counted(rows, weeks)
    most: dict[str, list[Key]] = {name: [] for name in ("governments", "units", "posts", "powers")}
    for key in sorted(counted, key=lambda one: (-sum(counted[one]), one)):
        if len(most[key[0]]) < MOST:
            most[key[0]].append(key)
    names = await names_of(
        ctx,
        [body for _, body, _ in (*most["units"], *most["posts"])],
        [int(key) for *_, key in most["governments"]],
        (),
        [key for *_, key in most["powers"]],
    )
    letters = {"governments": "g", "powers": "i"}
    return Trends(**{
        part: tuple(
            TrendRow(key, names.get(f"{letters.get(part, '')}{key}", key), tuple(counted[part, body, key]), body,
                     names.get(f"b{body}", body))
            for _, body, key in keys
        )
        for part, keys in most.items()
    })  # fmt: skip


def _counted(rows: Sequence[asyncpg.Record], weeks: Sequence[date]) -> dict[Key, list[int]]:
    """Return the counts by week; those of a post count for its unit as well."""
    place = {week: number for number, week in enumerate(weeks)}
    counted: defaultdict[Key, list[int]] = defaultdict(lambda: [0] * len(weeks))
    for row in rows:
        part, body = PARTS[row["part"]], row["body_code"] or ""
        keys = [(part, "", str(row["government_id"] if part == "governments" else row["item_code"] or ""))]
        if part == "posts":
            keys = [(part, body, row["post"]), ("units", body, row["unit"] or "")]
        for one in keys:
            if one[2] and row["week"] in place:
                counted[one][place[row["week"]]] += row["count"]
    return counted
