"""Items of scores that no rule counts: proposed by one supervisor with evidence, decided by another one (003-43)."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET

from resolvers import assessments, score_items
from resolvers.context import Context
from resolvers.reading.assessments import ITEM
from resolvers.reading.declarations import Entity
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.score_items import ItemText
from schema.acting import Made, same_key
from schema.assessments_acting import number_of
from schema.bodies import Body
from schema.loading import Info
from schema.node import Node
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.sources import FromSource, Source, column, identified, reference
from schema.supervision_acting import KEY, mutation_of


@strawberry.type(
    description="人工评分事项: what no rule counts in a score; seen by the bureau of its government alone (003-43)."
)
class ScoreItem(FromSource, Node):
    """An item."""

    entity: ClassVar[Entity] = ITEM

    id: strawberry.ID = identified("ScoreItem")
    number: int = column("id", "编号: number by which it is decided.")
    period: str = column("period", "考核期: such as 2026-09, 2026-Q3 or 2026.")
    body: Body | None = reference(Body.entity, "body_code", "Body", "机关: the body it is about.", foreign="code")
    body_code: str = column("body_code", "机构代码: code of the body.")
    indicator: str = column("indicator", "指标: additions gives points, others takes some off.")
    points: str = column("points", "分值: how many points, as a decimal; never negative.")
    clause: str = column("clause", "依据: the clause.")
    words: str = column("words", "事由: why.")
    evidence: str = column("evidence", "证据: where the evidence is.")
    state: str = column("state", "状态: proposed, confirmed or rejected.")
    proposed_by: str = column("proposed_by", "提出人: who proposed it.")
    proposed_at: datetime = column("proposed_at", "提出时间: when.")
    decided_by: str = column("decided_by", "核定人: who decided it; empty: nobody yet.")
    decided_at: datetime | None = column("decided_at", "核定时间: when; null: not yet.")
    decision: str = column("decision", "核定理由: why.")


@strawberry.enum(description="State of an item of a score.")
class ScoreItemState(Enum):
    """States."""

    PROPOSED = strawberry.enum_value("proposed", description="待核定: waits for another supervisor.")
    CONFIRMED = strawberry.enum_value("confirmed", description="已核定: counts in the score of its period.")
    REJECTED = strawberry.enum_value("rejected", description="不予采纳: counts nowhere.")


State = Annotated[ScoreItemState | None, strawberry.argument(description="状态: all if nothing is said.")]


def items_listing(_ctx: Context, page: PageRequest, period: str = "", state: Any = UNSET) -> Listing:
    """Return the listing of items. Raises ``InvalidInput`` for a period that is none."""
    if period:
        assessments.period_asked(period)
    chosen = given(state)
    return score_items.listing(page, period=period, state=chosen.value if chosen else "")


async def list_score_items(
    info: Info,
    period: Annotated[str, strawberry.argument(description="考核期: such as 2026-Q3; all if it is empty.")] = "",
    state: State = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[ScoreItem]:
    """人工评分事项: items of scores, those to be decided first; for whoever may see none there is none."""
    page: PageRequest = page_request(info, first, after, last, before)
    found = await fetch_listing(info.context.ctx, items_listing(info.context.ctx, page, period, state))
    return Connection(page=found.map(lambda row: Source("ScoreItem", row)))


@strawberry.input(
    description="提出评分事项: with its evidence, before the period is scored; another supervisor decides (003-43)."
)
class ScoreItemProposeInput:
    """What is proposed."""

    idempotency_key: str = strawberry.field(description=KEY)
    body: str = strawberry.field(description="机构代码: code of a body of your government.")
    period: str = strawberry.field(description="考核期: such as 2026-09, 2026-Q3 or 2026.")
    indicator: str = strawberry.field(description="指标: additions or others.")
    points: str = strawberry.field(description="分值: as a decimal, more than nothing and at most the indicator's.")
    words: str = strawberry.field(description="事由: why.")
    evidence: str = strawberry.field(description="证据: numbers of matters, cases, inspections or papers.")


@strawberry.type(description="已提出: it waits for another supervisor.")
class ScoreItemProposed:
    """Proposed."""

    item: int = strawberry.field(description="编号: its number.")


@strawberry.input(description="核定评分事项: confirm or reject an item of another supervisor.")
class ScoreItemDecideInput:
    """How, why."""

    idempotency_key: str = strawberry.field(description=KEY)
    item: str = strawberry.field(description="编号: number of the item.")
    confirmed: bool = strawberry.field(description="是否核定: whether it counts.")
    decision: str = strawberry.field(description="理由: why.")


@strawberry.type(description="已核定: the item was decided.")
class ScoreItemDecided:
    """Decided."""

    confirmed: bool = strawberry.field(description="是否核定: whether it counts.")


async def _propose(info: Info, input_: ScoreItemProposeInput) -> ScoreItemProposed:
    key = same_key(info, input_.idempotency_key)
    text = ItemText(
        key=key,
        body=input_.body,
        period=input_.period,
        indicator=input_.indicator,
        points=input_.points,
        words=input_.words,
        evidence=input_.evidence,
    )
    return ScoreItemProposed(item=await score_items.propose(info.context.ctx, text))


async def _decide(info: Info, input_: ScoreItemDecideInput) -> ScoreItemDecided:
    same_key(info, input_.idempotency_key)
    assessments.government_of(info.context.ctx)
    number = number_of(input_.item, "item", "评分事项")
    await score_items.decide(info.context.ctx, number, confirmed=input_.confirmed, decision=input_.decision)
    return ScoreItemDecided(confirmed=input_.confirmed)


def proposing() -> list[Made]:
    """Return the mutations of this file."""
    return [
        mutation_of(
            "scoreItemPropose",
            "提出评分事项: propose something that no rule counts, with its evidence (003-43).",
            _propose,
            ScoreItemProposeInput,
            ScoreItemProposed,
        ),
        mutation_of(
            "scoreItemDecide",
            "核定评分事项: confirm or reject an item of another supervisor (003-43).",
            _decide,
            ScoreItemDecideInput,
            ScoreItemDecided,
        ),
    ]
