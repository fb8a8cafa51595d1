"""What reads of the library take and give: frozen values that pages, GraphQL and exports share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from domain.powers import Chart, PowerContent

PowerOrder = Literal["code", "name", "changed", "relevance"]


@dataclass(frozen=True, slots=True)
class AsOf:
    """The state of a day as the library held it at a time; None means today, and now."""

    valid_on: date | None = None
    recorded_at: datetime | None = None

    @property
    def scope(self) -> str:
        """Name of the declared scope that a read of this state uses."""
        return "in_force" if self.recorded_at is None else "as_known"


NOW = AsOf()


@dataclass(frozen=True, slots=True)
class PowerFilter:
    """Which items: everything given must hold; of the values of one field any. Empty fields ask nothing."""

    search: str = ""
    body: str = ""
    government: str = ""
    category: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    law_id: int | None = None
    article: str = ""
    updated_since: datetime | None = None

    def declared(self) -> dict[str, Any]:
        """Return the filters of the declared entity ``power`` with their values; the search is not among them."""
        found: dict[str, Any] = {"body": self.body, "government": self.government}
        found |= {"category": list(self.category), "status": list(self.status), "level": list(self.level)}
        found |= {"updated_since": self.updated_since}
        if self.law_id is not None:
            one = {"law_article": [str(self.law_id), self.article]} if self.article else {"law": self.law_id}
            found |= one
        return {name: value for name, value in found.items() if value not in ("", [], None)}


@dataclass(frozen=True, slots=True)
class PowerRow:
    """An item in a list, as it was in the state asked for. Days are half-open: ``valid_until`` is excluded."""

    item_id: int
    version_id: int
    no: int
    scheme: str
    code: str
    name: str
    sub_item: str
    category: str
    status: str
    level: str
    body_code: str
    body_name: str
    handling_unit: str
    government_id: int
    change: str
    recorded_at: datetime
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class GovernmentRow:
    """A government and its division code (GB/T 2260)."""

    id: int
    division_code: str
    name: str
    short_name: str
    level: str
    parent_id: int | None


@dataclass(frozen=True, slots=True)
class BodyRow:
    """A body that exercises powers; ``items`` counts its powers that are not cancelled on the day asked about."""

    id: int
    code: str
    number: str
    name: str
    short_name: str
    kind: str
    usc_code: str
    government_id: int
    government_name: str
    division_code: str
    parent_id: int | None
    aliases: tuple[str, ...]
    offices: tuple[str, ...]
    duties: tuple[str, ...]
    place: str
    contact_phone: str
    supervision_phone: str
    valid_from: date | None
    valid_until: date | None
    items: int


@dataclass(frozen=True, slots=True)
class Period:
    """What was held of a version: for which days, and from when to when the library said so."""

    valid_from: date | None
    valid_until: date | None
    known_from: datetime | None
    known_until: datetime | None

    @property
    def is_held(self) -> bool:
        """Whether the library says so now."""
        return self.known_until is None


@dataclass(frozen=True, slots=True)
class ChartView:
    """A generic chart that an item refers to, in its newest version known at the time asked about."""

    code: str
    no: int
    recorded_at: datetime
    chart: Chart


@dataclass(frozen=True, slots=True)
class Power:
    """One version of an item with everything it says. ``periods`` are those of this version, the oldest first.

    ``law_ids`` has one entry for each basis of the content, None where its law has no title.
    """

    row: PowerRow
    reason: str
    digest: bytes
    batch_id: int
    content: PowerContent
    body: BodyRow | None
    government: GovernmentRow | None
    periods: tuple[Period, ...]
    law_ids: tuple[int | None, ...] = ()
    charts: Mapping[str, ChartView] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of an item in its history."""

    item_id: int
    version_id: int
    no: int
    code: str
    name: str
    status: str
    change: str
    reason: str
    recorded_at: datetime
    batch_id: int
    digest: bytes
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many items have a value; ``title`` is the body's name, and empty for codes of the profile."""

    value: str
    count: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts by field, each leaving its own filter out; a lower bound where too much was found to count it all."""

    body: tuple[FacetCount, ...] = ()
    category: tuple[FacetCount, ...] = ()
    status: tuple[FacetCount, ...] = ()
    level: tuple[FacetCount, ...] = ()
    total: int = 0
    is_lower_bound: bool = False
