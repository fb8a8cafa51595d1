"""A report as it is printed: the organ's head, the sections, the figures in tables, and in a bulletin its charts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from domain.bar_charts import Bar, BarChart, svg_of
from domain.metrics import BY_ID, GROUP_NAMES
from domain.papers import Sheet
from domain.reports import Edition, Told

NUMERALS: Final = "一二三四五六七八九十"
FONT: Final = "Noto Serif SC"
BY_BODY: Final = ("received", "closed", "late", "late_open", "timeliness")
CHARTED: Final = 12
"""So many bodies a chart shows: the ones with the most."""

HIDDEN: Final = "不公布"
NOTE: Final = "按机关、按类别的件数以 5 取整，不足 5 件的不公布，以免看出个人；各数字的口径见网站。"


def shown(value: int | None, unit: str = "") -> str:
    """Return a figure for a table."""
    return HIDDEN if value is None else f"{value:,}{'%' if unit == '%' else ''}"


def charts_of(edition: Edition) -> tuple[BarChart, ...]:
    """Return the charts of an edition: how much the bodies closed, how punctually, and what was accepted by category."""
    found = []
    rows = sorted(
        (one for one in edition.figures if one.metric == "closed" and one.body), key=lambda one: -(one.value or 0)
    )
    if len(rows) > 1:
        found.append(_chart("chart-closed", "各机关办结件数", rows[:CHARTED], edition.bodies))
    most = {one.body for one in rows[:CHARTED]}
    punctual = [
        one for one in edition.figures if one.metric == "timeliness" and one.body in most and one.value is not None
    ]
    punctual.sort(key=lambda one: one.value or 0)
    if len(punctual) > 1:
        found.append(_chart("chart-timeliness", "各机关按期办结率", punctual, edition.bodies))
    kinds = [one for one in edition.figures if one.metric == "accepted" and one.category]
    if kinds:
        found.append(_chart("chart-categories", "各类权力受理件数", kinds, edition.categories))
    return tuple(found)


def _chart(key: str, title: str, rows: Sequence[Told], names: Mapping[str, str]) -> BarChart:
    bars = tuple(
        Bar(names.get(one.body or one.category, one.body or one.category), (one.value, one.before)) for one in rows
    )
    return BarChart(key, title, ("本期", "上期"), rows[0].about.unit, bars)


def tables_of(edition: Edition, body: str) -> tuple[dict[str, Any], ...]:
    """Return the tables of an edition: every figure of its whole beside the period before, and by body if it has several."""
    whole = [one for one in edition.figures if one.body == body and not one.category]
    found = [_whole_table(group, [one for one in whole if one.about.group == group]) for group in GROUP_NAMES]
    bodies = [code for code in edition.bodies if code and code != body]
    if bodies:
        found.append(_by_body(edition, bodies))
    return tuple(one for one in found if one["rows"])


def _whole_table(group: str, rows: Sequence[Told]) -> dict[str, Any]:
    lines = [
        [one.about.name, one.about.unit, shown(one.value), shown(one.before) if one.before is not None else "—"]
        for one in rows
    ]
    return {
        "title": GROUP_NAMES[group],
        "columns": ["指标", "单位", "本期", "上期"],
        "widths": [0, 22, 32, 32],
        "rows": lines,
    }


def _by_body(edition: Edition, bodies: Sequence[str]) -> dict[str, Any]:
    values = {one.place: one.value for one in edition.figures}
    lines = []
    for code in bodies:
        cells = [shown(values.get((name, code, "")), BY_ID[name].unit) for name in BY_BODY]
        if any((name, code, "") in values for name in ("received", "closed")):
            lines.append([edition.bodies[code], *cells])
    columns = ["机关", *(BY_ID[name].name for name in BY_BODY)]
    return {"title": "各机关", "columns": columns, "widths": [0, 20, 20, 22, 24, 22], "rows": lines}


def sheet_of(edition: Edition, title: str, organ: str, body: str, day: date, note: str, number: int) -> Sheet:
    """Return an edition as a sheet; ``note`` is what a later edition (``number`` > 1) says about its changes."""
    blocks: list[Mapping[str, Any]] = []
    if number > 1:
        blocks.append({"kind": "plain", "text": f"（第{number}版。更正说明：{note}）"})
    for place, one in enumerate(edition.parts):
        blocks.append({"kind": "heading", "text": f"{NUMERALS[place % 10]}、{one.name}"})
        blocks += [{"kind": "text", "text": line.strip()} for line in one.text.splitlines() if line.strip()]
    blocks += _figures(edition, body)
    return Sheet(
        layout="letter",
        organ=organ,
        number="",
        title=title,
        addressee="",
        rows=(),
        body=tuple(blocks),
        table=None,
        signature={"organ": organ, "date": f"{day.year}年{day.month}月{day.day}日"},
        signs=(),
        foot_signs=(),
        notes=(),
        qr=None,
        copies="",
        printed=None,
    )


def _figures(edition: Edition, body: str) -> Iterator[Mapping[str, Any]]:
    for one in charts_of(edition) if not body else ():
        yield {"kind": "heading", "text": f"附图　{one.title}"}
        yield {"kind": "figure", "text": "", "svg": svg_of(one, FONT)}
    for table in tables_of(edition, body):
        yield {"kind": "heading", "text": f"附表　{table['title']}"}
        yield {"kind": "table", "text": "", **table}
    yield {"kind": "text", "text": NOTE}
