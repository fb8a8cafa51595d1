"""Civil days: every limit is counted in the time of Asia/Shanghai, which has had no summer time since 1991."""

from datetime import date, datetime, timedelta, timezone
from typing import Final

LOCAL: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


def civil_day(moment: datetime) -> date:
    """Return the civil day of a moment; ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(LOCAL).date()
