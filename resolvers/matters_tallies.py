"""Matters as the public may know of them: how many, by body, by category or by month; in steps, small numbers hidden (H7)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from domain.access import Permission
from domain.small_counts import published, whole_months
from resolvers.context import LOCAL, Context
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.permits import permit
from resolvers.reading.fetching import understood

TallyBy = Literal["body", "category", "month"]
What = Literal["opened", "decided", "closed"]
LONGEST_DAYS: Final = 800
BY: Final = {
    "body": "m.body_code",
    "category": "m.category",
    "month": "to_char({at} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')",
}
COUNT: Final = """
SELECT {by} AS key, count(*)::int AS found FROM matter m
WHERE {at} >= $1 AND {at} < $2 AND ($3 = '' OR m.body_code = $3) AND ($4 = '' OR m.category = $4) GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many matters share a body, a category or a month; ``count`` is None where it is too small to be told."""

    key: str
    count: int | None


# H7, 003-31(1): what a few people have asked for or were punished for must not be read from a number.
async def tallies(
    ctx: Context, by: TallyBy, first: date, last: date, what: What = "opened", *, body: str = "", category: str = ""
) -> tuple[Tally, ...]:
    """Return how many matters were opened, decided or closed from one day to another, both included, for everybody.

    The days are those of whole months. Raises ``InvalidInput`` for others, and for days too far apart.
    """
    permit(ctx, Permission.MATTER_COUNT)
    if not whole_months(first, last) or (last - first).days > LONGEST_DAYS:
        message = f"起止日期须为整月：开始为某月一日，结束为某月末日，最多相隔 {LONGEST_DAYS} 天。"
        raise InvalidInput(message, "请改正日期。", (FieldProblem("to", "OUT_OF_RANGE", message, "请改正日期。"),))
    at = f"m.{what}_at"
    sql = COUNT.format(by=BY[by].format(at=at), at=at)
    span = (_start(first), _start(last + timedelta(days=1)))
    with understood():
        rows = await ctx.db.reads.fetch(sql, *span, body, category)
    shown = published({row["key"]: row["found"] for row in rows})
    return tuple(Tally(key, count) for key, count in shown.items())


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)
