"""Published results of licences and penalties (004-3): what was decided about whom, and the trace of what was withdrawn."""

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET

from resolvers import results
from resolvers.context import Context
from resolvers.reading.declarations import Entity
from resolvers.reading.hall import PUBLISHED_RESULT
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.results import ResultFilter
from schema.bodies import Body
from schema.loading import Info
from schema.node import Node
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.sources import FromSource, Source, column, identified, reference


@strawberry.enum(description="Kind of a published result (004-3).")
class ResultKind(Enum):
    """Kinds of results."""

    LICENCE = strawberry.enum_value("licence", description="行政许可: a licence was granted or refused.")
    PENALTY = strawberry.enum_value("penalty", description="行政处罚: a penalty was decided.")


@strawberry.enum(description="Where a published result stands (004-3).")
class ResultState(Enum):
    """States of published results."""

    PUBLISHED = strawberry.enum_value("published", description="公示中: it is shown.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="已撤下: what it was is not told (行政处罚法-48).")
    ENDED = strawberry.enum_value("ended", description="公示期满: its time is over; what it was is not told.")


@strawberry.type(
    description="公示的办理结果: result of a licence or a penalty; what is withdrawn or over tells only that (004-3)."
)
class PublishedResult(FromSource, Node):
    """A published result."""

    entity: ClassVar[Entity] = PUBLISHED_RESULT

    id: strawberry.ID = identified("PublishedResult")
    kind: ResultKind = column("kind", "类别: licence or penalty.")
    state: ResultState = column("state", "状态: whether it is shown.")
    version: int = column("no", "版本: number of its version, from 1.")
    body: Body | None = reference(Body.entity, "body_code", "Body", "决定机关: the body that decided.", foreign="code")
    body_code: str = column("body_code", "机构代码: code of the body.")
    decision_number: str | None = column("decision_number", "决定书文号: number of the decision.")
    party: str | None = column("party", "行政相对人: name of a unit; of a person the family name alone.")
    item_code: str | None = column("item_code", "权力编码: code of the item.")
    item_name: str | None = column("item_name", "事项名称: name of the item.")
    result: str | None = column("result", "决定结果: what was decided, in short.")
    content: str | None = column("content", "决定内容: what was decided.")
    basis: str | None = column("basis", "依据: what it rests on.")
    decided_on: date | None = column("decided_on", "决定日期: day of the decision.")
    valid_from: date | None = column("valid_from", "有效期自: first day of validity.")
    valid_until: date | None = column("valid_until", "有效期至: last day of validity.")
    published_at: datetime = column("published_at", "公示时间: when it was first published.")
    changed_at: datetime = column("changed_at", "变动时间: when it was corrected or withdrawn last.")
    shown_until: date | None = column("shown_until", "公示截止期: last day on which it is shown; null: no end is set.")
    digest: str = column("digest_hex", "摘要: SHA-256 of the version's content, in hexadecimal.")
    ground: str = column("ground", "撤下理由: ground on which it was withdrawn; empty: it was not.")
    reason: str = column("reason", "说明: why it was corrected or withdrawn.")


def results_listing(
    _ctx: Context,
    page: PageRequest,
    search: str = "",
    kind: Any = UNSET,
    body: str = "",
    item: str = "",
    decided_from: Any = UNSET,
    decided_until: Any = UNSET,
) -> Listing:
    """Return the listing of published results."""
    chosen = given(kind)
    where = ResultFilter(search, chosen.value if chosen else "", body, item, given(decided_from), given(decided_until))
    return results.listing(where, page)


async def list_results(  # noqa: PLR0913, PLR0917 - filters and paging of one list
    info: Info,
    search: Annotated[str, strawberry.argument(description="检索: words of party, item, number or content.")] = "",
    kind: Annotated[ResultKind | None, strawberry.argument(description="类别: licences or penalties.")] = UNSET,
    body: Annotated[str, strawberry.argument(description="机构代码: code of the body that decided.")] = "",
    item: Annotated[str, strawberry.argument(description="权力编码: code of the item.")] = "",
    decided_from: Annotated[date | None, strawberry.argument(description="决定日期自: decided on or after.")] = UNSET,
    decided_until: Annotated[date | None, strawberry.argument(description="决定日期至: decided on or before.")] = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[PublishedResult]:
    """公示的办理结果: results that are shown, the latest first (004-3)."""
    page = page_request(info, first, after, last, before)
    ctx = info.context.ctx
    found = await fetch_listing(ctx, results_listing(ctx, page, search, kind, body, item, decided_from, decided_until))
    return Connection(page=found.map(lambda row: Source("PublishedResult", row)))
