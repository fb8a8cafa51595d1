"""Charts of scores: bars of subjects beside one another, of one period or two, and a line through the periods of one subject.

Their numbers always stand in a table beside them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from portal.drawing import text_width
from resolvers.assessments import ScoreRow

ROW, ROW_OF_TWO = 48, 64
ROOM: Final = 80
"""Percent of its place that the longest bar takes: behind it stands its number, at the size of the senior mode on a phone too."""
LONGEST_NAME: Final = 18.0
"""In em: at the size of the senior mode it just fits above its bar on a phone."""
HEIGHT, TOP, BOTTOM = 230, 28, 30
EDGE: Final = 8
"""Percent of its place that a line leaves free on both sides: for the scale and for words that are wider than their part."""
NARROW: Final = 5
"""How many points of a line have their words on a phone; beside it the table has all of them."""
STEP: Final = 10
LEAST_TICKS: Final = 2
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 96, 24, 3


@dataclass(frozen=True, slots=True)
class Bar:
    """A subject's bar: where it stands and which percent of the place it is long, and that of the other period, if it is compared."""

    name: str
    y: int
    width: float
    total: str
    second_width: float | None = None
    second: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of some subjects, each below its name: they are as wide as the page lets them, on a phone too."""

    height: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A period on a line; ``wide``: its words are left to the table where the page is narrow."""

    label: str
    x: float
    y: float
    total: str
    wide: bool


@dataclass(frozen=True, slots=True)
class Line:
    """The line of a subject through its periods, the earliest first, and the lines behind it; across in percent of the place."""

    points: tuple[Point, ...]
    marks: tuple[tuple[int, float], ...]
    height: int = HEIGHT

    @property
    def ways(self) -> tuple[tuple[Point, Point], ...]:
        """The ways from one point to the next."""
        return tuple(pairwise(self.points))


def name_of(row: ScoreRow, *, body: bool = True) -> str:
    """Return what a subject is called: its post, unit and body as far as it has them."""
    parts = [one for one in (row.post, row.unit) if one]
    return " · ".join([*parts, row.body_name] if body or not parts else parts)


def bars_of(
    rows: Sequence[ScoreRow], before: Mapping[str, ScoreRow], full: Decimal, *, body: bool = True
) -> Bars | None:
    """Return the bars of some scores, with those of another period; None where there is nothing to compare."""
    if not rows:
        return None
    tall = ROW_OF_TWO if before else ROW
    # Additions may lead beyond the full points.
    most = max([full, *(Decimal(one.total) for one in (*rows, *before.values()))])
    made = []
    for place, row in enumerate(rows):
        other = before.get(row.subject_key)
        made.append(
            Bar(
                name=_shortened(name_of(row, body=body)),
                y=place * tall,
                width=_part(row.total, most),
                total=row.total,
                second_width=None if other is None else _part(other.total, most),
                second="" if other is None else other.total,
            )
        )
    return Bars(tall * len(rows) + 4, tuple(made))


def _part(total: str, most: Decimal) -> float:
    return round(float(Decimal(total) / most * ROOM), 1)


def _shortened(name: str) -> str:
    """Return a name that fits above its bar; the table has it wholly."""
    kept = ""
    for letter in name:
        if text_width(kept + letter) > LONGEST_NAME:
            return f"{kept}…"
        kept += letter
    return name


def line_of(rows: Sequence[ScoreRow]) -> Line | None:
    """Return the line through the scores of a subject, the latest first as they are read; None for fewer than two."""
    shown = tuple(reversed(rows))
    if len(shown) < LEAST_TICKS:
        return None
    totals = [float(one.total) for one in shown]
    low = int(min(totals)) // STEP * STEP
    high = max(-int(-max(totals)) // STEP * STEP, low + STEP)
    high += STEP if high < max(totals) else 0
    base, tall = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    room, every = (100 - 2 * EDGE) / len(shown), -(-len(shown) // NARROW)
    points = tuple(
        Point(
            label=one.period,
            x=round(EDGE + room * (place + 0.5), 1),
            y=round(base - tall * (total - low) / (high - low), 1),
            total=one.total,
            wide=(len(shown) - 1 - place) % every != 0,
        )
        for place, (one, total) in enumerate(zip(shown, totals, strict=True))
    )
    step = max(STEP, (high - low) // 4 // STEP * STEP)
    marks = tuple((one, round(base - tall * (one - low) / (high - low), 1)) for one in range(low, high + 1, step))
    return Line(points, marks)


def spark_of(rows: Sequence[ScoreRow], full: Decimal) -> str:
    """Return the points of a small line through the scores of a subject, the latest first as they are read; '' for fewer than two."""
    shown = tuple(reversed(rows))
    if len(shown) < LEAST_TICKS:
        return ""
    totals = [float(one.total) for one in shown]
    high = max(float(full), *totals)
    low = min(totals)
    span = high - low or 1.0
    room = (SPARK_WIDTH - 2 * SPARK_EDGE) / (len(shown) - 1)
    tall = SPARK_HEIGHT - 2 * SPARK_EDGE
    return " ".join(
        f"{round(SPARK_EDGE + room * place, 1)},{round(SPARK_EDGE + tall * (high - total) / span, 1)}"
        for place, total in enumerate(totals)
    )
