"""Drawing flow charts and risk charts as SVG: layout by graphlay, Chinese labels, readable without any style sheet.

The same content always stands beside the drawing as a list or table; the drawing carries a title and a description
for those who meet it alone. Colours are presentation attributes, which a strict policy allows; classes let the
page's style sheet adapt them to a dark screen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import graphlay
from markupsafe import Markup, escape

from domain.flows import Flow, RiskPoint, Step, Transition

FONT_SIZE, SMALL_SIZE, LINE = 15, 13, 20
BOX_WIDTH, WRAP_EM = 196.0, 11.5
PADDING = 16.0
NEAR = 24.0
"""A label so near to its way (px) is read as belonging to it."""
GRADE_FILL = {"high": "#fbe3df", "medium": "#fdf1d3", "low": "#e3f1e6"}
GRADE_LINE = {"high": "#a3271b", "medium": "#7a5200", "low": "#1d6b3a"}
GRADE_ORDER = ("high", "medium", "low")

Words = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Box:
    """A step as it is drawn: its lines of text and, on a risk chart, its highest grade, and what was found there."""

    title: tuple[str, ...]
    notes: tuple[str, ...]
    grade: str
    terminal: bool
    fired: str = ""

    @property
    def height(self) -> float:
        """Height of the box in px."""
        return 20.0 + LINE * (len(self.title) + len(self.notes) + bool(self.fired))


def text_width(text: str) -> float:
    """Return the width of a text in em: a Han character is one, a Latin letter a little more than half."""
    return sum(1.0 if ord(letter) > 0x2E7F else 0.56 for letter in text)


def wrap(text: str, width: float = WRAP_EM, most: int = 4) -> tuple[str, ...]:
    """Break a text into lines of at most ``width`` em, ending in an ellipsis after ``most`` lines."""
    lines: list[str] = []
    line = ""
    for letter in text:
        # A closing mark may hang over the edge, it never begins a line.
        if text_width(line + letter) > width and letter not in "，。、；：）》”" and line:
            lines.append(line)
            line = ""
        line += letter
    lines.append(line)
    if len(lines) <= most:
        return tuple(lines)
    return (*lines[: most - 1], lines[most - 1][: int(width) - 1] + "…")


def back_edges(flow: Flow) -> set[tuple[str, str]]:
    """Return the ways that lead back to an earlier step, found walking from the first step."""
    ways = flow.ways()
    found: set[tuple[str, str]] = set()
    done: set[str] = set()

    def walk(key: str, above: tuple[str, ...]) -> None:
        for way in ways:
            if way.source != key:
                continue
            if way.target in (*above, key):
                found.add((way.source, way.target))
            elif way.target not in done:
                walk(way.target, (*above, key))
        done.add(key)

    walk(flow.steps[0].key, ())
    return found


def _box(step: Step, flow: Flow, risks: Sequence[RiskPoint], words: Words, limit: Callable[[Step], str]) -> Box:
    own = [point for point in risks if point.step == step.key]
    grade = next((code for code in GRADE_ORDER if any(point.grade == code for point in own)), "")
    notes: list[str] = []
    if risks:
        notes += [f"{words(GRADE_WORDS[point.grade])} · {point.risk}" for point in own[:3]]
        notes = [line for note in notes for line in wrap(note, WRAP_EM * FONT_SIZE / SMALL_SIZE, 2)]
    else:
        notes += wrap(step.post or step.unit, WRAP_EM * FONT_SIZE / SMALL_SIZE, 2) if step.post or step.unit else ()
        notes += [limit(step)] if step.limit else []
    ends = {way.source for way in flow.ways()}
    terminal = step.key == flow.steps[0].key or step.key not in ends
    return Box(wrap(step.name), tuple(notes), grade, terminal)


GRADE_WORDS = {"high": "高风险", "medium": "中风险", "low": "低风险"}


def _layout(flow: Flow, boxes: dict[str, Box]) -> graphlay.Layout:
    graph = graphlay.Graph()
    for step in flow.steps:
        graph.node(step.key, width=BOX_WIDTH, height=boxes[step.key].height)
    back = back_edges(flow)
    for way in flow.ways():
        if way.source == way.target:
            continue
        ends = (way.target, way.source) if (way.source, way.target) in back else (way.source, way.target)
        fields: dict[str, Any] = {}
        if way.condition:
            lines = wrap(way.condition, 9, 2)
            width = max(text_width(line) for line in lines) * SMALL_SIZE + 10
            fields["label_size"] = {"width": width, "height": float(len(lines) * 17 + 4)}
        graph.edge(*ends, **fields)
    return graphlay.layout(graph, preset="process_map")


def _text(x: float, y: float, lines: Sequence[str], size: int, colour: str, kind: str) -> Markup:
    made = Markup("")
    for number, line in enumerate(lines):
        made += Markup(
            '<text x="{:.1f}" y="{:.1f}" font-size="{}" fill="{}" class="{}" text-anchor="middle">{}</text>'
        ).format(x, y + number * (LINE if size == FONT_SIZE else 17), size, colour, kind, line)
    return made


def _draw_box(center: dict[str, float], box: Box) -> Markup:
    left, top = center["x"] - BOX_WIDTH / 2, center["y"] - box.height / 2
    fill, line = (GRADE_FILL[box.grade], GRADE_LINE[box.grade]) if box.grade else ("#ffffff", "#2b5d7d")
    kind = f"chart-box {'risk-' + box.grade if box.grade else ''}".strip()
    made = Markup(
        '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{}" fill="{}" stroke="{}" '
        'stroke-width="1.5" class="{}"/>'
    ).format(left, top, BOX_WIDTH, box.height, 22 if box.terminal else 6, fill, line, kind)
    first = top + 10 + FONT_SIZE
    made += _text(center["x"], first, box.title, FONT_SIZE, "#12222e", "chart-name")
    below = first + LINE * len(box.title) - 1
    for number, note in enumerate(box.notes):
        made += _text(center["x"], below + number * LINE, (note,), SMALL_SIZE, "#41525e", "chart-note")
    return made + _fired(left, top, center["x"], box) if box.fired else made


def _fired(left: float, top: float, middle: float, box: Box) -> Markup:
    """Mark a step at which something was found: a bar at its foot with the number, in words."""
    made = Markup(
        '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="22" rx="4" fill="#a3271b" class="chart-fired"/>'
    ).format(left + 18, top + box.height - 26, BOX_WIDTH - 36)
    return made + _text(middle, top + box.height - 10, (box.fired,), SMALL_SIZE, "#ffffff", "chart-fired-text")


def _draw_way(edge: dict[str, object], *, reverse: bool) -> Markup:
    points = [(point["x"], point["y"]) for point in edge["points"]]  # type: ignore[attr-defined]
    if reverse:
        points.reverse()
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    made = Markup('<path d="{}" fill="none" stroke="#4a6170" stroke-width="1.5" class="chart-way"{}/>').format(
        path, Markup(' stroke-dasharray="5 4"') if reverse else ""
    )
    (fx, fy), (tx, ty) = points[-2], points[-1]
    length = max(((tx - fx) ** 2 + (ty - fy) ** 2) ** 0.5, 0.001)
    ux, uy = (tx - fx) / length, (ty - fy) / length
    corner = [
        (tx, ty),
        (tx - 9 * ux - 4.5 * uy, ty - 9 * uy + 4.5 * ux),
        (tx - 9 * ux + 4.5 * uy, ty - 9 * uy - 4.5 * ux),
    ]
    made += Markup('<polygon points="{}" fill="#4a6170" class="chart-arrow"/>').format(
        " ".join(f"{x:.1f},{y:.1f}" for x, y in corner)
    )
    return made


def _distance(place: tuple[float, float], points: Sequence[tuple[float, float]]) -> float:
    """Return how far a place lies from a way whose parts are level or upright."""
    return min(
        max(min(ax, bx) - place[0], place[0] - max(ax, bx), 0) + max(min(ay, by) - place[1], place[1] - max(ay, by), 0)
        for (ax, ay), (bx, by) in pairwise(points)
    )


@dataclass(frozen=True, slots=True)
class Label:
    """The condition of a way as it is drawn: its lines and the rectangle around them."""

    lines: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float

    @classmethod
    def of(cls, edge: dict[str, object], way: Transition, *, back: bool) -> "Label | None":
        """Place the condition where the layout says; on a way back, or where that is far away, to the way's left."""
        if not way.condition:
            return None
        lines = wrap(way.condition, 9, 2)
        width = max(text_width(line) for line in lines) * SMALL_SIZE + 8
        height = len(lines) * 17.0 + 2
        points = [(point["x"], point["y"]) for point in edge["points"]]  # type: ignore[attr-defined]
        longest = max(pairwise(points), key=lambda ends: abs(ends[0][0] - ends[1][0]) + abs(ends[0][1] - ends[1][1]))
        middle = ((longest[0][0] + longest[1][0]) / 2, (longest[0][1] + longest[1][1]) / 2)
        anchor = edge["label_anchor"]
        if not back and isinstance(anchor, dict) and _distance((anchor["x"], anchor["y"]), points) < NEAR:
            return cls(lines, anchor["x"] - width / 2, anchor["y"] - height / 2, width, height)
        return cls(lines, middle[0] - width - 4, middle[1] - height / 2, width, height)

    def drawn(self) -> Markup:
        """Return the lines on a ground that covers the way below them."""
        ground = Markup(
            '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="#ffffff" class="chart-ground"/>'
        ).format(self.x, self.y, self.width, self.height)
        return ground + _text(
            self.x + self.width / 2, self.y + 14, self.lines, SMALL_SIZE, "#12222e", "chart-condition"
        )


def _view_box(bounds: dict[str, dict[str, float]], labels: Sequence[Label]) -> tuple[float, float, float, float]:
    """Return left, top, width and height of everything drawn: the layout's bounds leave the labels out."""
    left = min([bounds["min"]["x"], *(label.x for label in labels)]) - PADDING
    top = min([bounds["min"]["y"], *(label.y for label in labels)]) - PADDING
    right = max([bounds["max"]["x"], *(label.x + label.width for label in labels)]) + PADDING
    bottom = max([bounds["max"]["y"], *(label.y + label.height for label in labels)]) + PADDING
    return left, top, right - left, bottom - top


def draw(  # noqa: PLR0913 - all that one drawing says, each by its name
    flow: Flow,
    *,
    key: str,
    title: str,
    description: str,
    words: Words,
    limit: Callable[[Step], str],
    risks: Sequence[RiskPoint] = (),
    fired: Mapping[str, str] = MappingProxyType({}),
) -> Markup:
    """Draw a flow as one SVG element; with ``risks`` the steps show their risk points instead of post and limit.

    ``key`` keeps ids apart on one page; ``words`` translates, ``limit`` words a step's limit, ``fired`` what was found at it.
    """
    boxes = {step.key: _box(step, flow, risks, words, limit) for step in flow.steps}
    boxes |= {key: replace(boxes[key], fired=told) for key, told in fired.items() if key in boxes}
    layout = _layout(flow, boxes)
    back = back_edges(flow)
    drawn = [way for way in flow.ways() if way.source != way.target]
    ways = Markup("").join(
        _draw_way(edge, reverse=(way.source, way.target) in back) for way, edge in zip(drawn, layout.edges, strict=True)
    )
    placed = (
        Label.of(edge, way, back=(way.source, way.target) in back)
        for way, edge in zip(drawn, layout.edges, strict=True)
    )
    labels = [label for label in placed if label is not None]
    conditions = Markup("").join(label.drawn() for label in labels)
    steps = Markup("").join(
        _draw_box(node["center"], boxes[step.key]) for step, node in zip(flow.steps, layout.nodes, strict=True)
    )
    left, top, width, height = _view_box(layout.bounds, labels)
    box = f"{left:.1f} {top:.1f} {width:.1f} {height:.1f}"
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="{box}" width="{width:.0f}" height="{height:.0f}"'
        ' role="img" aria-labelledby="{key}-title {key}-desc" font-family="&quot;Noto Sans CJK SC&quot;, '
        '&quot;PingFang SC&quot;, &quot;Microsoft YaHei&quot;, sans-serif">'
        '<title id="{key}-title">{title}</title><desc id="{key}-desc">{description}</desc>{ways}{conditions}{steps}</svg>'
    ).format(
        box=box,
        width=width,
        height=height,
        key=escape(key),
        title=title,
        description=description,
        ways=ways,
        conditions=conditions,
        steps=steps,
    )
