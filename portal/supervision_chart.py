"""The chart of alerts by week: bars of three grades, the gravest below; its table stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from resolvers.supervision import Week

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 240, 44, 12, 30
GAP: Final = 0.35
STEPS: Final = 4
GRADES: Final = ("alarm", "warning", "reminder")


@dataclass(frozen=True, slots=True)
class Part:
    """One grade of a week."""

    grade: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: where its parts stand, and what it is called."""

    label: str
    x: float
    width: float
    parts: tuple[Part, ...]

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
    bars: tuple[Bar, ...]
    lines: tuple[tuple[int, float], ...]


def chart_of(weeks: Sequence[Week]) -> Chart | None:
    """Return the chart of some weeks, or None where nothing was found in any of them."""
    most = max((one.alarm + one.warning + one.reminder for one in weeks), default=0)
    if not most:
        return None
    step = max(1, -(-most // STEPS))
    top = step * STEPS
    base, tall = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    room = (WIDTH - LEFT) / len(weeks)
    bars = []
    for place, one in enumerate(weeks):
        parts, y = [], float(base)
        for grade in GRADES:
            height = round(tall * getattr(one, grade) / top, 1)
            y = round(y - height, 1)
            parts.append(Part(grade, y, height))
        label = f"{one.first.month}-{one.first.day:02}"
        bars.append(Bar(label, round(LEFT + room * (place + GAP / 2), 1), round(room * (1 - GAP), 1), tuple(parts)))
    lines = tuple((step * number, round(base - tall * number / STEPS, 1)) for number in range(STEPS + 1))
    return Chart(WIDTH, HEIGHT, LEFT, tuple(bars), lines)
