"""Where the tables of the open data live: the declared entities with their guards, and some that no list shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.open_data import Dataset, datasets
from resolvers.reading.assessments import SCORE
from resolvers.reading.complaints import COMPLAINT_FIGURE, PUBLISHED_QUESTION
from resolvers.reading.declarations import EVERYBODY, Column, Entity, Order, Registry, WrongDeclaration
from resolvers.reading.hall import PUBLISHED_RESULT, RATING_FIGURE
from resolvers.reading.library import BODY, CHART, GOVERNMENT, LAW, PERIOD, POWER, UNIT, VERSION
from resolvers.reading.opinions import OPINION_ANSWER, OPINION_CALL
from resolvers.reading.published import POST
from resolvers.reading.reports import ANNUAL_REPORT, BULLETIN, METRIC_FIGURE

CALENDAR_DAY: Final = Entity(
    name="calendar_day",
    source="calendar_day {d} JOIN calendar_notice {n} ON {n}.year = {d}.year AND {n}.version = {d}.version",
    key="id",
    guard=EVERYBODY,
    columns={
        "id": Column("{d}.year || '-' || {d}.version || '-' || {d}.day"),
        "year": Column("{d}.year", "integer"),
        "version": Column("{d}.version", "integer"),
        "day": Column("{d}.day", "date"),
        "kind": Column("{d}.kind"),
        "name": Column("{d}.name"),
        "notice": Column("{n}.notice"),
        "official": Column("{n}.official", "boolean"),
    },
    orders={"id": Order(("id",))},
)

ASKED_ITEM: Final = Entity(
    name="asked_item",
    source="asked_item {a}",
    key="item_code",
    guard=EVERYBODY,
    columns={
        "item_code": Column("{a}.item_code"),
        "body_code": Column("{a}.body_code"),
        "asked": Column("{a}.asked", "integer"),
        "counted_at": Column("{a}.counted_at", "timestamptz"),
    },
    orders={"code": Order(("item_code",))},
)

Registry((CALENDAR_DAY, ASKED_ITEM))


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table of the open data: what it is, its entity, in which scope, and what of it is left out for everybody."""

    dataset: Dataset
    entity: Entity
    scope: str = ""
    only: str = ""

    @property
    def types(self) -> Mapping[str, str]:
        """The SQL type of each column, in their order."""
        return {name: self.entity.columns[name].type for name in self.dataset.columns}


_LIVES: Final[Mapping[str, tuple[Entity, str, str]]] = {
    "governments": (GOVERNMENT, "", ""),
    "bodies": (BODY, "", ""),
    "units": (UNIT, "", ""),
    "posts": (POST, "", ""),
    "laws": (LAW, "", ""),
    "powers": (POWER, "in_force", ""),
    "power_versions": (VERSION, "", ""),
    "power_periods": (PERIOD, "", ""),
    "charts": (CHART, "", ""),
    "calendar_days": (CALENDAR_DAY, "", ""),
    "results": (PUBLISHED_RESULT, "", ""),
    "rating_figures": (RATING_FIGURE, "", ""),
    "complaint_figures": (COMPLAINT_FIGURE, "", ""),
    "published_questions": (PUBLISHED_QUESTION, "", "{q}.withdrawn_at IS NULL"),
    "asked_items": (ASKED_ITEM, "", ""),
    "bulletins": (BULLETIN, "", ""),
    "annual_reports": (ANNUAL_REPORT, "", ""),
    "metric_figures": (METRIC_FIGURE, "current", ""),
    "assessment_scores": (SCORE, "", ""),
    "opinion_calls": (OPINION_CALL, "", ""),
    "opinion_answers": (OPINION_ANSWER, "", ""),
}


def _tables() -> dict[str, OpenTable]:
    told = datasets()
    if told.keys() != _LIVES.keys():
        raise WrongDeclaration("open data", ", ".join(told.keys() ^ _LIVES.keys()), "told or declared, and not both")
    found = {name: OpenTable(dataset, *_LIVES[name]) for name, dataset in told.items()}
    for name, table in found.items():
        missing = set(table.dataset.columns) - table.entity.columns.keys()
        if missing or table.dataset.key not in table.dataset.columns:
            raise WrongDeclaration(name, ", ".join(missing) or table.dataset.key, "no column of the table")
    return found


OPEN_TABLES: Final[Mapping[str, OpenTable]] = _tables()
"""All tables of the open data by name; a wrong declaration stops the program here, at start."""
