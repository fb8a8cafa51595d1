"""The demo city: read its data files into validated values (pure), and load them into an empty library.

The city, its bodies and its people are invented; item names, laws and articles are facts. Nothing is written to the
library except by confirmed batches: one for the first import and one for every later day on which something changed.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from deploy.demo.charts import read_charts
from deploy.demo.city import DemoBody, DemoGovernment, DemoPerson, read_bodies, read_governments, read_people
from deploy.demo.errors import DemoError
from deploy.demo.items import DemoItem, Shared
from deploy.demo.library import read_items
from domain.powers import Chart

PROFILE = "demo-city"


@dataclass(frozen=True, slots=True)
class DemoCity:
    """Everything the data files say."""

    governments: tuple[DemoGovernment, ...]
    bodies: tuple[DemoBody, ...]
    people: tuple[DemoPerson, ...]
    charts: tuple[Chart, ...]
    items: tuple[DemoItem, ...]


def parse_demo(files: dict[str, str]) -> DemoCity:
    """Build the demo city from the texts of its files by name; a wrong file raises DemoError (file, key, reason)."""
    documents = {name: _parsed(name, text) for name, text in sorted(files.items())}
    city = documents["city.toml"]
    governments, bodies = read_governments(city), read_bodies(city)
    charts = read_charts(documents["charts.toml"])
    shared = Shared(
        bodies={body.code: body for body in bodies},
        charts={chart.code: chart for chart in charts},
        laws=documents["laws.toml"],
        defaults=documents["defaults.toml"],
    )
    items = read_items({name: one for name, one in documents.items() if name[:1].isdigit()}, shared)
    return DemoCity(governments, bodies, read_people(city, bodies), charts, items)


def _parsed(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DemoError(name, "(file)", f"not TOML: {error}") from error


def demo_files() -> dict[str, str]:
    """Return the texts of the shipped data files by name (items by the name inside their folder)."""
    folder = resources.files("deploy").joinpath("demo")
    places = (*folder.iterdir(), *folder.joinpath("items").iterdir())
    return {one.name: one.read_text("utf-8") for one in places if one.name.endswith(".toml")}


@cache
def read_demo() -> DemoCity:
    """Read the shipped demo city."""
    return parse_demo(demo_files())
