"""Drawn charts: nothing is cut off, and every step and condition can be read."""

import re
import xml.etree.ElementTree as ET

import pytest

from deploy.demo_city import read_demo
from domain.powers import Chart
from portal.drawing import draw

SVG = "{http://www.w3.org/2000/svg}"


def drawn(chart: Chart) -> ET.Element:
    """Draw a chart in Chinese and parse it."""
    svg = draw(chart.flow, key="k", title=chart.name, description="图", words=str, limit=lambda step: "期限")
    return ET.fromstring(svg)


@pytest.mark.clause("L5", "L6")
@pytest.mark.parametrize("chart", read_demo().charts, ids=lambda chart: chart.code)
def test_no_label_lies_outside_the_picture(chart: Chart) -> None:
    """Every rectangle, of a step or of a condition, is inside the view box."""
    picture = drawn(chart)
    left, top, width, height = map(float, picture.attrib["viewBox"].split())
    for one in picture.iter(f"{SVG}rect"):
        x, y, w, h = (float(one.attrib[name]) for name in ("x", "y", "width", "height"))
        assert left <= x, chart.code
        assert x + w <= left + width, chart.code
        assert top <= y, chart.code
        assert y + h <= top + height, chart.code


@pytest.mark.clause("L5")
@pytest.mark.parametrize("chart", read_demo().charts, ids=lambda chart: chart.code)
def test_every_step_is_named_and_described_for_readers_without_eyes(chart: Chart) -> None:
    """The picture has title and description, and the steps' names stand in it."""
    picture = drawn(chart)
    assert [picture.find(f"{SVG}{name}") is not None for name in ("title", "desc")] == [True, True]
    told = "".join(text.text or "" for text in picture.iter(f"{SVG}text"))
    for step in chart.flow.steps:
        assert re.sub(r"\s", "", step.name) in re.sub(r"\s", "", told)
