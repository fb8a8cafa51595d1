"""Charts of alerts by week: bars of three grades, the gravest below, and a strip of bars for each of several; with tables beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from resolvers.supervision import TrendRow, Week

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


STRIP, NAMED = 44, 208
LONGEST: Final = 13
"""So many characters of a name stand in a strip; the table has the whole."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One line of a chart of several: its name, where its bars stand, and how many there are in all."""

    name: str
    base: float
    bars: tuple[tuple[float, float, float], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Strips:
    """A chart of several lines that share one scale, in the units of the drawing."""

    width: int
    height: int
    bar: float
    lines: tuple[Strip, ...]


def strips_of(rows: Sequence[TrendRow]) -> Strips | None:
    """Return the strips of some rows, or None where there are none; all bars are of one scale."""
    most = max((count for row in rows for count in row.counts), default=0)
    if not most:
        return None
    room = (WIDTH - NAMED - 60) / len(rows[0].counts)
    lines = []
    for number, row in enumerate(rows):
        base = float((number + 1) * STRIP - 6)
        heights = [round((STRIP - 12) * count / most, 1) for count in row.counts]
        bars = tuple(
            (round(NAMED + room * (at + GAP / 2), 1), round(base - tall, 1), tall) for at, tall in enumerate(heights)
        )
        name = row.name if len(row.name) <= LONGEST else f"{row.name[: LONGEST - 1]}…"
        lines.append(Strip(name, base, bars, row.total))
    return Strips(WIDTH, len(rows) * STRIP + 4, round(room * (1 - GAP), 1), tuple(lines))
