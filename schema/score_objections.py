"""Objections to scores 得分异议 (003-43): what a body objects to in its ledger, what was decided, and the edition that came of it."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final

import strawberry
from strawberry import UNSET

from domain.assessments.objections import STATE_NAMES
from resolvers import assessments
from resolvers.context import Context
from resolvers.reading.assessments import OBJECTION, SCORE
from resolvers.reading.declarations import Entity
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from schema.bodies import Body
from schema.fields import coded
from schema.loading import Info
from schema.node import Node
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.sources import FromSource, Source, column, identified, reference

ObjectionState: Final = coded("ScoreObjectionState", STATE_NAMES, "异议状态: where an objection to a score stands.")
Score = Annotated["AssessmentScore", strawberry.lazy("schema.assessments")]  # type: ignore[name-defined]  # noqa: F821


@strawberry.type(
    description="得分异议: an objection of a body to lines of its ledger; seen by whoever may read the ledger (003-43)."
)
class ScoreObjection(FromSource, Node):
    """An objection."""

    entity: ClassVar[Entity] = OBJECTION

    id: strawberry.ID = identified("ScoreObjection")
    number: int = column("id", "编号: its number.")
    period: str = column("period", "考核期: such as 2026-09, 2026-Q3 or 2026.")
    body: Body | None = reference(Body.entity, "body_code", "Body", "机关: the body that objects.", foreign="code")
    body_code: str = column("body_code", "机构代码: code of the body.")
    score: Score | None = reference(SCORE, "score_id", "AssessmentScore", "得分: the edition that it is about.")
    lines: list[int] = column("entries", "扣分序号: `no` of the lines of the ledger that it is about.")
    ground: str = column("reasons", "异议理由: why the body objects.")
    filed_at: datetime = column("filed_at", "提出时间: when it was filed.")
    filed_by: str = column("filed_by", "提出人: who filed it for the body.")
    decide_by: date = column("due_on", "复核期限: the last day for the decision.")
    overdue: bool = column("overdue", "是否超期: nobody has decided, and the last day is over.")
    state: ObjectionState = column("state", "状态: where it stands.")  # type: ignore[valid-type]
    upheld: bool | None = column("upheld", "是否成立: null until it is decided.")
    decided_at: datetime | None = column("decided_at", "复核时间: when it was decided; null: not yet.")
    decided_by: str = column("decided_by", "复核人: who decided; empty: nobody yet.")
    reason: str = column("decision", "复核理由: why it was decided so; empty: not yet.")
    restated: Score | None = reference(
        SCORE, "restated_id", "AssessmentScore", "更正后的得分: the edition that was written where it was upheld."
    )


def objections_listing(
    _ctx: Context, page: PageRequest, period: str = "", state: Any = UNSET, body: str = ""
) -> Listing:
    """Return the listing of objections. Raises ``InvalidInput`` for a period that is none."""
    if period:
        assessments.period_asked(period)
    chosen = given(state)
    return assessments.objections_listing(page, period=period, state=chosen.value if chosen else "", body=body)


async def list_objections(  # noqa: PLR0913, PLR0917 - filters and paging of one list
    info: Info,
    period: Annotated[str, strawberry.argument(description="考核期: such as 2026-Q3; all if it is empty.")] = "",
    state: Annotated[ObjectionState | None, strawberry.argument(description="状态: all if nothing is said.")] = UNSET,  # type: ignore[valid-type]
    body: Annotated[str, strawberry.argument(description="机构代码: code of the body that objects.")] = "",
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[ScoreObjection]:
    """得分异议: objections whose ledger you may read, those to be decided first, the most urgent first."""
    page: PageRequest = page_request(info, first, after, last, before)
    found = await fetch_listing(info.context.ctx, objections_listing(info.context.ctx, page, period, state, body))
    return Connection(page=found.map(lambda row: Source("ScoreObjection", row)))
