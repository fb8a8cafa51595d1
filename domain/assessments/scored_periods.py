"""Periods that are scored: years and quarters as they are reported on, and months beside them (S7)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.periods import Period, period_of

_MONTH: Final = re.compile(r"(?P<year>[12][0-9]{3})-(?P<month>0[1-9]|1[0-2])")
DECEMBER: Final = 12


@dataclass(frozen=True, slots=True, order=True)
class Month(Period):
    """A month; written ``2026-09``."""

    month: int = 1

    @property
    def code(self) -> str:
        """How it is written."""
        return f"{self.year}-{self.month:02}"

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.year}年{self.month}月"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def following(self) -> "Month":
        """The month after it."""
        over = self.month == DECEMBER
        return Month(self.year + over, month=1 if over else self.month + 1)

    @property
    def before(self) -> "Month":
        """The month before it."""
        january = self.month == 1
        return Month(self.year - january, month=DECEMBER if january else self.month - 1)

    @property
    def months(self) -> tuple[date, ...]:
        """Its one month."""
        return (self.first,)


def scored_period(code: str) -> Period | None:
    """Return the period that is written so, or None."""
    if found := _MONTH.fullmatch(code):
        return Month(int(found["year"]), month=int(found["month"]))
    return period_of(code)
