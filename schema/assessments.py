"""Assessment scores 绩效评估 (003-36(5), 003-43): what each body scored, and for whoever may see it every point's reason."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET

from resolvers import assessments
from resolvers.assessments import ScoreFilter
from resolvers.context import Context
from resolvers.reading.assessments import ENTRY, OBJECTION, SCORE
from resolvers.reading.declarations import Entity
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.reading.shows import OfMany
from schema.bodies import Body
from schema.cost import ListSize
from schema.loading import Info
from schema.node import Node
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.score_objections import ScoreObjection
from schema.sources import FromSource, Source, column, has_many, identified, reference


@strawberry.type(
    description="加减分: a line of a score's ledger: what was taken off or added, by which clause, on which evidence."
)
class AssessmentEntry(FromSource):
    """A line of the ledger."""

    entity: ClassVar[Entity] = ENTRY

    no: int = column("no", "序号: its number in the ledger.")
    indicator: str = column("indicator", "指标: code of the indicator.")
    points: str = column(
        "points", "加减分: points as a decimal: negative where they were taken off, positive where they were added."
    )
    unit: str = column("unit", "内设机构: the unit whose step it was; empty where the record does not tell one.")
    post: str = column("post", "岗位: the post that has the step by the procedure; empty: about the body as a whole.")
    attribution: str = column(
        "attribution",
        "归属: how that is known (post, assignee, unit), or why it is not (several, unknown, whole; empty: not looked for).",
    )
    clause: str = column("clause", "依据: the clause.")
    words: str = column("words", "事由: why.")
    rule_code: str = column("rule_code", "规则编码: the rule whose alert it is, if it is one.")
    alert_number: str | None = column("alert_number", "预警编号: number of the alert, if it is one.")
    matter_number: str | None = column("matter_number", "办件编号: number of the matter that is the evidence, if any.")
    stream: str = column("stream", "记录: the stream of the record that holds the evidence.")
    measure: str | None = column("measure", "数值: what was measured.")


@strawberry.type(
    description="绩效得分: what a body, a unit or a post of it scored in a period; restated ones say why (003-36(5))."
)
class AssessmentScore(FromSource, Node):
    """A score."""

    entity: ClassVar[Entity] = SCORE

    id: strawberry.ID = identified("AssessmentScore")
    number: int = column("id", "编号: number by which it is objected to and decided about.")
    period: str = column("period", "考核期: such as 2026-09, 2026-Q3 or 2026.")
    kind: str = column("kind", "对象类型: body, unit or post.")
    unit: str = column("unit", "内设机构: the unit; empty for a body.")
    post: str = column("post", "岗位: the post in the unit; empty for a body or a unit.")
    body: Body | None = reference(
        Body.entity, "body_code", "Body", "机关: the body, or that of the unit or post.", foreign="code"
    )
    body_code: str = column("body_code", "机构代码: code of the body.")
    total: str = column("total", "得分: the score, as a decimal.")
    grade: str = column("grade", "等次: excellent, good, passed or failed.")
    rank: int = column("rank", "名次: its place among the bodies of the period, or the units or posts of the body.")
    of_bodies: int = column("of_bodies", "参评数: how many have places.")
    steps: int | None = column(
        "steps", "环节数: stays in steps that were its in the period; null for who may not see the ledger."
    )
    is_current: bool = column("is_current", "是否现行: false for an edition that was restated.")
    edition: int = column("edition", "版次: 1 as frozen; 2 and on are restated.")
    reason: str = column("reason", "更正理由: why it was restated.")
    veto: str = column("veto", "一票否决: the finding that capped it, if any.")
    frozen_at: datetime = column("frozen_at", "评定时间: when the period was scored.")
    published_at: datetime | None = column("published_at", "公布时间: when it was published; null: not yet.")
    ledger: list[AssessmentEntry] = has_many(
        OfMany("assessment_entry", "id", "score_id", "no"),
        lambda row: Source("AssessmentEntry", row),
        "得分明细: every point that was taken off or added; empty for whoever may not see it.",
        ListSize(assumed_size=20),
    )
    objection: ScoreObjection | None = reference(
        OBJECTION,
        "id",
        "ScoreObjection",
        "异议: what the body objected to in this edition; null for whoever may not read the ledger.",
        foreign="score_id",
    )


@strawberry.enum(description="Kind of subject that is scored.")
class AssessedKind(Enum):
    """Kinds of subjects."""

    BODY = strawberry.enum_value("body", description="机关: bodies.")
    UNIT = strawberry.enum_value("unit", description="内设机构: units of bodies; seen by whoever may read the ledger.")
    POST = strawberry.enum_value("post", description="岗位: posts of units; seen by whoever may read the ledger.")


@strawberry.enum(description="Kind of period that is scored.")
class AssessedPer(Enum):
    """Kinds of periods."""

    MONTH = strawberry.enum_value("month", description="月: months.")
    QUARTER = strawberry.enum_value("quarter", description="季度: quarters.")
    YEAR = strawberry.enum_value("year", description="年: years.")


@strawberry.input(description="考核对象: whose scores, and which of them; all given conditions must hold.")
class AssessmentSubject:
    """Conditions on the subject and its scores."""

    kind: AssessedKind | None = strawberry.field(default=UNSET, description="类型: bodies if nothing is said.")
    body: str | None = strawberry.field(default=UNSET, description="机构代码: code of the body.")
    unit: str | None = strawberry.field(default=UNSET, description="内设机构: name of the unit.")
    post: str | None = strawberry.field(default=UNSET, description="岗位: name of the post.")
    per: AssessedPer | None = strawberry.field(
        default=UNSET, description="考核期类型: months, quarters or years alone, as a history has them."
    )
    editions: bool | None = strawberry.field(
        default=UNSET, description="各版: also the editions that were restated, beside those that stand."
    )

    def where(self, period: str) -> ScoreFilter:
        """Return the conditions as the use-cases take them."""
        kind, per = given(self.kind), given(self.per)
        return ScoreFilter(
            period=period,
            kind=kind.value if kind else "body",
            body=given(self.body) or "",
            unit=given(self.unit) or "",
            post=given(self.post) or "",
            per=per.value if per else "",
            every_edition=bool(given(self.editions)),
        )


Whose = Annotated[
    AssessmentSubject | None,
    strawberry.argument(description="考核对象: whose scores; of all bodies if nothing is said."),
]


def scores_listing(_ctx: Context, page: PageRequest, period: str = "", subject: Any = UNSET) -> Listing:
    """Return the listing of scores. Raises ``InvalidInput`` for a period that is none."""
    if period:
        assessments.period_asked(period)
    whose = given(subject)
    return assessments.listing(page, whose.where(period) if whose else ScoreFilter(period=period))


async def list_scores(
    info: Info,
    period: Annotated[str, strawberry.argument(description="考核期: such as 2026-Q3; all if it is empty.")] = "",
    subject: Whose = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[AssessmentScore]:
    """绩效得分: scores as they stand, the best first in a period, else the latest first; unpublished ones for whoever may see them."""
    page: PageRequest = page_request(info, first, after, last, before)
    found = await fetch_listing(info.context.ctx, scores_listing(info.context.ctx, page, period, subject))
    return Connection(page=found.map(lambda row: Source("AssessmentScore", row)))
