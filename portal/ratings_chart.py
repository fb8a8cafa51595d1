"""The chart of ratings by month: bars in parts of a hundred, content below and bad on top; its table stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from portal.labels import share
from resolvers.ratings import MonthFigure

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 240, 44, 12, 30
GAP: Final = 0.35
MARKS: Final = (0, 25, 50, 75, 100)


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: where its parts stand, and what it says in words."""

    label: str
    x: float
    width: float
    good_y: float
    good_height: float
    bad_y: float
    bad_height: float
    answered: int
    good_share: str
    bad_share: str

    @property
    def middle(self) -> float:
        """The middle of the bar, where its label stands."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """All bars and the lines behind them, in the units of the drawing."""

    width: int
    height: int
    left: int
    base: float
    bars: tuple[Bar, ...]
    lines: tuple[tuple[int, float], ...]


def chart_of(series: Sequence[MonthFigure]) -> Chart | None:
    """Return the chart of some months, or None where nobody answered in any of them."""
    if not any(one.answered for one in series):
        return None
    base, tall = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    room = (WIDTH - LEFT) / len(series)
    bars = []
    for place, one in enumerate(series):
        good, bad = (round(tall * one.share(count) / 100, 1) for count in (one.satisfied, one.bad))
        bars.append(
            Bar(
                label=one.month.strftime("%Y-%m"),
                x=round(LEFT + room * (place + GAP / 2), 1),
                width=round(room * (1 - GAP), 1),
                good_y=round(base - good, 1),
                good_height=good,
                bad_y=round(base - good - bad, 1),
                bad_height=bad,
                answered=one.answered,
                good_share=share(one.satisfied, one.answered),
                bad_share=share(one.bad, one.answered),
            )
        )
    lines = tuple((one, round(base - tall * one / 100, 1)) for one in MARKS)
    return Chart(WIDTH, HEIGHT, LEFT, base, tuple(bars), lines)
