"""`node` and `nodes`: every type that has a global id, and how it is fetched again; one statement for each type."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Final

import strawberry

from resolvers import powers
from resolvers.reading.assessments import ITEM, OBJECTION, SCORE
from resolvers.reading.declarations import Entity
from resolvers.reading.hall import PUBLISHED_RESULT, RATING_FIGURE
from resolvers.reading.inspections import INSPECTION
from resolvers.reading.library import BODY, GOVERNMENT, LAW, UNIT, VERSION
from resolvers.reading.listings import Listing
from resolvers.reading.matters import MATTER
from resolvers.reading.paging import PageRequest
from resolvers.reading.published import POST
from resolvers.reading.reports import ANNUAL_REPORT, BULLETIN, METRIC_FIGURE, NOTICE, REPORT
from resolvers.reading.statements import Read
from resolvers.reading.supervision import ALERT
from schema.cost import ListSize
from schema.loading import Info
from schema.matters import KINDS, ONE
from schema.matters_lists import fetch_matters
from schema.node import MAX_IDS, Fetch, Node, fetch_nodes, integer_key, read_id, wrong_id
from schema.powers import read_item_key
from schema.sources import VERSION_READ, Source, load_item, rows_of

NODES_SIZE: Final = ListSize(assumed_size=20)


def _by_number(kind: str, entity: Entity, read: Read) -> Fetch:
    async def fetch(info: Info, keys: Sequence[str]) -> list[Source | None]:
        rows = await info.context.loaders.one(entity, read).load_many([integer_key(key) for key in keys])
        return [None if row is None else Source(kind, row) for row in rows]

    return fetch


async def _items(info: Info, keys: Sequence[str]) -> list[Any]:
    states = [read_item_key(key) for key in keys]
    return list(await asyncio.gather(*(load_item(info, item_id, at) for item_id, at in states)))


def _matters(kind: str) -> Fetch:
    async def fetch(info: Info, keys: Sequence[str]) -> list[Source | None]:
        return await fetch_matters(info, kind, keys)

    return fetch


FETCHERS: Final[dict[str, Fetch]] = {
    "PowerItem": _items,
    "PowerVersion": _by_number("PowerVersion", VERSION, VERSION_READ),
    "Body": _by_number("Body", BODY, rows_of(BODY)),
    "Government": _by_number("Government", GOVERNMENT, rows_of(GOVERNMENT)),
    "Unit": _by_number("Unit", UNIT, rows_of(UNIT)),
    "Post": _by_number("Post", POST, rows_of(POST)),
    "Law": _by_number("Law", LAW, rows_of(LAW)),
    "PublishedResult": _by_number("PublishedResult", PUBLISHED_RESULT, rows_of(PUBLISHED_RESULT)),
    "RatingFigure": _by_number("RatingFigure", RATING_FIGURE, rows_of(RATING_FIGURE)),
    "Alert": _by_number("Alert", ALERT, rows_of(ALERT)),
    "Inspection": _by_number("Inspection", INSPECTION, rows_of(INSPECTION)),
    "Bulletin": _by_number("Bulletin", BULLETIN, rows_of(BULLETIN)),
    "AnnualReport": _by_number("AnnualReport", ANNUAL_REPORT, rows_of(ANNUAL_REPORT)),
    "MetricFigure": _by_number("MetricFigure", METRIC_FIGURE, Read(rows_of(METRIC_FIGURE).columns, scope="all")),
    "Report": _by_number("Report", REPORT, rows_of(REPORT)),
    "Notice": _by_number("Notice", NOTICE, rows_of(NOTICE)),
    "AssessmentScore": _by_number("AssessmentScore", SCORE, rows_of(SCORE)),
    "ScoreItem": _by_number("ScoreItem", ITEM, rows_of(ITEM)),
    "ScoreObjection": _by_number("ScoreObjection", OBJECTION, rows_of(OBJECTION)),
    **{kind: _matters(kind) for kind in KINDS.values()},
}


ROWS: Final[dict[str, tuple[Entity, str]]] = {
    "PowerVersion": (VERSION, "version"),
    "Body": (BODY, "id"),
    "Government": (GOVERNMENT, "id"),
    "Unit": (UNIT, "id"),
    "Post": (POST, "id"),
    "Law": (LAW, "id"),
    "PublishedResult": (PUBLISHED_RESULT, "id"),
    "RatingFigure": (RATING_FIGURE, "id"),
    "Alert": (ALERT, "id"),
    "Inspection": (INSPECTION, "id"),
    "Bulletin": (BULLETIN, "id"),
    "AnnualReport": (ANNUAL_REPORT, "id"),
    "Report": (REPORT, "id"),
    "Notice": (NOTICE, "id"),
    "AssessmentScore": (SCORE, "id"),
    "ScoreItem": (ITEM, "id"),
    "ScoreObjection": (OBJECTION, "id"),
}
"""Types whose id is a row number: where the rows are, and the filter that finds one."""


MATTER_KINDS: Final = {kind: tag for tag, kind in KINDS.items()}


def node_listing(id_: str) -> tuple[str, Listing]:
    """Return the type that an id is of, and the listing of its one row. Raises ``InvalidInput``."""
    kind, key = read_id(id_)
    if kind == "PowerItem":
        item_id, at = read_item_key(key)
        return kind, powers.item_listing(item_id=item_id, at=at)
    if kind in MATTER_KINDS:
        filters = {"id": integer_key(key), "kind_is": MATTER_KINDS[kind]}
        return kind, Listing(MATTER, Read((), filters, "number", ONE), PageRequest(first=1))
    if kind == "MetricFigure":
        read = Read((), {"id": integer_key(key)}, "latest", "all")
        return kind, Listing(METRIC_FIGURE, read, PageRequest(first=1))
    if kind not in ROWS:
        wrong_id("id")
    entity, by = ROWS[kind]
    return kind, Listing(entity, Read((), {by: integer_key(key)}, next(iter(entity.orders))), PageRequest(first=1))


async def one_node(
    info: Info, id_: Annotated[strawberry.ID, strawberry.argument(name="id", description="全局标识: a global id.")]
) -> Node | None:
    """节点: anything with a global id; null if it is not there, or not to be seen."""
    found: Node | None = (await fetch_nodes(info, [id_], FETCHERS, "id"))[0]
    return found


async def many_nodes(
    info: Info,
    ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"全局标识: up to {MAX_IDS} global ids.")],
) -> list[Node | None]:
    """节点: many by their ids, in their order; null for each that is not there, or not to be seen."""
    return await fetch_nodes(info, ids, FETCHERS, "ids")
