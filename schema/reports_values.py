"""What editions and reports hold: sections with their texts, figures with the period before, definitions of figures."""

import strawberry

from domain.metrics import METRICS
from resolvers.reading.shows import METADATA, OfAttribute
from schema.fields import plain


@strawberry.type(description="报告的一部分: a section of a published report with its heading (003-10(2)).")
class ReportSection:
    """A section."""

    code: str = plain(OfAttribute("code"), "代码: its code in the profile.")
    name: str = plain(OfAttribute("name"), "标题: its heading.")
    text: str = plain(OfAttribute("text"), "内容: what it says.")


@strawberry.type(
    description="报告中的数字: a figure of an edition beside that of the period before; null: too small to be told."
)
class ReportFigure:
    """A figure."""

    metric: str = plain(OfAttribute("metric"), "指标: id of the figure, as in `metricDefinitions`.")
    body_code: str = strawberry.field(
        name="bodyCode",
        resolver=lambda root: root.body,
        description="机构代码: of which body; empty: the whole government.",
        metadata={METADATA: OfAttribute("body")},
    )
    category: str = plain(OfAttribute("category"), "类别代码: of which category; empty: of all.")
    value: int | None = plain(OfAttribute("value", None), "数值: the value when it was published.")
    before: int | None = plain(OfAttribute("before", None), "上期: the value of the period before.")


@strawberry.type(
    description="指标定义: what a figure counts, in words, and the clause behind it; one definition everywhere."
)
class MetricDefinition:
    """A definition."""

    id: strawberry.ID = strawberry.field(description="标识: id of the figure.")
    name: str = strawberry.field(description="名称: what it is called.")
    unit: str = strawberry.field(description="单位: what it counts; % for a share.")
    definition: str = strawberry.field(description="口径: what exactly is counted.")
    clause: str = strawberry.field(description="依据: the clause behind it.")
    rounded: bool = strawberry.field(
        description="取整: whether it is rounded to fives by body and by category, and hidden below five."
    )
    share_of: str | None = strawberry.field(description="分母: of which figure it is a share; null: it is none.")


async def metric_definitions() -> list[MetricDefinition]:
    """指标定义: every figure of the registry, in its order (003-6, 003-10)."""
    return [
        MetricDefinition(
            id=strawberry.ID(one.id),
            name=one.name,
            unit=one.unit,
            definition=one.definition,
            clause=one.clause,
            rounded=one.people,
            share_of=one.of[1] if one.of else None,
        )
        for one in METRICS
    ]
