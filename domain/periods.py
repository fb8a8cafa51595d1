"""Periods that are reported on: a year, or a quarter of one (003-6: 每季度; 003-10: 上年度)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from domain.engine.days import LOCAL

_CODE: Final = re.compile(r"(?P<year>[12][0-9]{3})(?:-Q(?P<quarter>[1-4]))?")
QUARTER_NAMES: Final = ("", "第一季度", "第二季度", "第三季度", "第四季度")
MONTHS: Final = 3


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A year (``quarter`` 0) or a quarter; written ``2026`` or ``2026-Q3``."""

    year: int
    quarter: int = 0

    @property
    def code(self) -> str:
        """How it is written."""
        return f"{self.year}-Q{self.quarter}" if self.quarter else f"{self.year}"

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.year}年{QUARTER_NAMES[self.quarter] if self.quarter else '度'}"

    @property
    def per(self) -> Literal["year", "quarter"]:
        """Of what kind it is."""
        return "quarter" if self.quarter else "year"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, MONTHS * (self.quarter - 1) + 1 if self.quarter else 1, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.following.first - timedelta(days=1)

    @property
    def following(self) -> "Period":
        """The period after it."""
        if not self.quarter:
            return Period(self.year + 1)
        return Period(self.year, self.quarter + 1) if self.quarter < 4 else Period(self.year + 1, 1)

    @property
    def before(self) -> "Period":
        """The period before it, with which it is compared."""
        if not self.quarter:
            return Period(self.year - 1)
        return Period(self.year, self.quarter - 1) if self.quarter > 1 else Period(self.year - 1, 4)

    @property
    def begins(self) -> datetime:
        """The moment at which it begins."""
        return datetime.combine(self.first, time(), LOCAL)

    @property
    def ends(self) -> datetime:
        """The moment at which it is over."""
        return datetime.combine(self.following.first, time(), LOCAL)

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of its months."""
        count, start = (MONTHS, self.first.month) if self.quarter else (12, 1)
        return tuple(date(self.year, start + number, 1) for number in range(count))


def period_of(code: str) -> Period | None:
    """Return the period that is written so, or None."""
    found = _CODE.fullmatch(code)
    return Period(int(found["year"]), int(found["quarter"] or 0)) if found else None


def quarter_of(day: date) -> Period:
    """Return the quarter in which a day lies."""
    return Period(day.year, (day.month - 1) // MONTHS + 1)
