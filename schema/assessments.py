"""Assessment scores 绩效评估 (003-36(5), 003-43): what each body scored, and for whoever may see it every point's reason."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET

from resolvers import assessments
from resolvers.context import Context
from resolvers.reading.assessments import ENTRY, SCORE
from resolvers.reading.declarations import Entity
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.reading.shows import OfMany
from schema.bodies import Body
from schema.cost import ListSize
from schema.fields import computed
from schema.loading import Info
from schema.node import Node
from schema.paging import After, Before, Connection, First, Last, page_request
from schema.sources import FromSource, Root, Source, column, identified, reference


@strawberry.type(
    description="扣分: a line of a score's ledger: what was taken off, by which clause, on which evidence."
)
class AssessmentEntry(FromSource):
    """A line of the ledger."""

    entity: ClassVar[Entity] = ENTRY

    no: int = column("no", "序号: its number in the ledger.")
    indicator: str = column("indicator", "指标: code of the indicator.")
    points: str = column("points", "扣分: points taken off, as a decimal; never positive.")
    clause: str = column("clause", "依据: the clause.")
    words: str = column("words", "事由: why.")
    rule_code: str = column("rule_code", "规则编码: the rule whose alert it is, if it is one.")
    alert_number: str | None = column("alert_number", "预警编号: number of the alert, if it is one.")
    matter_number: str | None = column("matter_number", "办件编号: number of the matter that is the evidence, if any.")
    stream: str = column("stream", "记录: the stream of the record that holds the evidence.")
    measure: str | None = column("measure", "数值: what was measured.")


async def _ledger(root: Root, info: Info) -> Any:
    """扣分明细: every point that was lost; empty for whoever may not see it."""
    rows = await info.context.loaders.many(ENTRY, "score_id").load(root["id"])
    return [Source("AssessmentEntry", row) for row in sorted(rows, key=lambda row: int(row["no"]))]


@strawberry.type(description="绩效得分: a body's score in a period as it stands; restated ones say why (003-36(5)).")
class AssessmentScore(FromSource, Node):
    """A score."""

    entity: ClassVar[Entity] = SCORE

    id: strawberry.ID = identified("AssessmentScore")
    period: str = column("period", "考核期: such as 2026-Q3 or 2026.")
    body: Body | None = reference(Body.entity, "body_code", "Body", "机关: the body that was scored.", foreign="code")
    body_code: str = column("body_code", "机构代码: code of the body.")
    total: str = column("total", "得分: the score, as a decimal.")
    grade: str = column("grade", "等次: excellent, good, passed or failed.")
    rank: int = column("rank", "名次: its place among the bodies of the period.")
    of_bodies: int = column("of_bodies", "参评机关数: how many bodies were scored.")
    edition: int = column("edition", "版次: 1 as frozen; 2 and on are restated.")
    reason: str = column("reason", "更正理由: why it was restated.")
    veto: str = column("veto", "一票否决: the finding that capped it, if any.")
    frozen_at: datetime = column("frozen_at", "评定时间: when the period was scored.")
    published_at: datetime | None = column("published_at", "公布时间: when it was published; null: not yet.")
    ledger: list[AssessmentEntry] = computed(
        ListSize(assumed_size=20), shows=OfMany("assessment_entry", "id", "score_id", "no")
    )(_ledger)


def scores_listing(_ctx: Context, page: PageRequest, period: str = "", subject: str = "") -> Listing:
    """Return the listing of scores. Raises ``InvalidInput`` for a period that is none."""
    if period:
        assessments.period_asked(period)
    return assessments.listing(page, period, subject)


async def list_scores(
    info: Info,
    period: Annotated[str, strawberry.argument(description="考核期: such as 2026-Q3; all if it is empty.")] = "",
    subject: Annotated[str, strawberry.argument(description="考核对象: code of a body; all if it is empty.")] = "",
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[AssessmentScore]:
    """绩效得分: scores of bodies as they stand, the best first in a period; unpublished ones for whoever may see them."""
    page: PageRequest = page_request(info, first, after, last, before)
    found = await fetch_listing(info.context.ctx, scores_listing(info.context.ctx, page, period, subject))
    return Connection(page=found.map(lambda row: Source("AssessmentScore", row)))
