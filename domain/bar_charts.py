"""Bar charts as SVG: horizontal bars with their names and numbers, readable in print, on a phone and by a screen reader.

Colours are presentation attributes and classes, so that a page's style sheet adapts them and a strict policy allows
them. The numbers stand at the bars and, wherever a chart is shown, in a table beside it.
"""

from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

WIDTH, NAMES, VALUES, BAR, GAP, HEAD = 720, 190, 90, 14, 12, 30
LONGEST_NAME: Final = 13
FILLS: Final = (("now", "#134e72"), ("before", "#9db8c9"))
HIDDEN: Final = "不公布"


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: its name and a value for each series; None is not told."""

    name: str
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """A chart: its title, its series (at most two), its unit, its rows."""

    key: str
    title: str
    series: tuple[str, ...]
    unit: str
    bars: tuple[Bar, ...]

    @property
    def description(self) -> str:
        """Everything that the drawing shows, in words."""
        rows = (
            f"{bar.name}："
            + "，".join(f"{name} {self.shown(value)}" for name, value in zip(self.series, bar.values, strict=True))
            for bar in self.bars
        )
        return "；".join(rows) + "。"

    def shown(self, value: int | None) -> str:
        """Return a value with its unit."""
        return HIDDEN if value is None else f"{value:,}{'%' if self.unit == '%' else f' {self.unit}'}"


def svg_of(chart: BarChart, font: str = "sans-serif") -> str:
    """Return the drawing as SVG."""
    most = 100 if chart.unit == "%" else max((value or 0 for bar in chart.bars for value in bar.values), default=0)
    tall = BAR * len(chart.series) + GAP
    height = HEAD + tall * len(chart.bars) + GAP
    parts = [_legend(chart)]
    for number, bar in enumerate(chart.bars):
        parts.append(_row(chart, bar, HEAD + number * tall, most or 1))
    key = escape(chart.key)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bar-chart" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-labelledby="{key}-title {key}-desc" font-family={quoteattr(font)} font-size="13">'
        f'<title id="{key}-title">{escape(chart.title)}</title><desc id="{key}-desc">{escape(chart.description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _legend(chart: BarChart) -> str:
    found, x = [], float(NAMES)
    for name, (kind, fill) in zip(chart.series, FILLS, strict=False):
        found.append(f'<rect class="{kind}" x="{x:g}" y="6" width="12" height="12" fill="{fill}"/>')
        found.append(f'<text class="label" x="{x + 18:g}" y="17" fill="#222222">{escape(name)}</text>')
        x += 40 + 13 * len(name)
    return "".join(found)


def _row(chart: BarChart, bar: Bar, y: int, most: int) -> str:
    room = WIDTH - NAMES - VALUES
    name = bar.name if len(bar.name) <= LONGEST_NAME else f"{bar.name[: LONGEST_NAME - 1]}…"
    middle = y + BAR * len(chart.series) / 2 + 5
    found = [
        f'<text class="label" x="{NAMES - 8}" y="{middle:g}" text-anchor="end" fill="#222222">{escape(name)}</text>'
    ]
    for number, (value, (kind, fill)) in enumerate(zip(bar.values, FILLS, strict=False)):
        top = y + BAR * number
        wide = round(room * (value or 0) / most, 1)
        found.append(f'<rect class="{kind}" x="{NAMES}" y="{top}" width="{wide:g}" height="{BAR - 2}" fill="{fill}"/>')
        said = escape(chart.shown(value))
        found.append(
            f'<text class="label" x="{NAMES + wide + 6:g}" y="{top + 11}" font-size="12" fill="#222222">{said}</text>'
        )
    return "".join(found)
