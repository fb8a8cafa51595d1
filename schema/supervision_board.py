"""The board and the risk grades through the interface, and the stream of alerts (003-36; 002-4.3.3)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, cast

import strawberry
from strawberry import UNSET

from resolvers import supervision
from resolvers.errors import NotSignedIn
from resolvers.reading.supervision import ALERT
from resolvers.supervision import BodyRisk, Count
from resolvers.supervision_news import reader
from schema.loading import Info
from schema.paging import given
from schema.sources import Source
from schema.supervision import Alert

PAUSE_SECONDS: Final = 1.0
COLUMNS: Final = tuple(name for name in ALERT.columns if name != "changed_at")


@strawberry.type(description="看板的一行: open alerts that share something, by grade.")
class BoardCount:
    """A count."""

    key: str = strawberry.field(
        description="代码: of the body, rule, kind, power or government; of units and posts the name."
    )
    name: str = strawberry.field(description="名称: what it is called.")
    body_code: str = strawberry.field(description="机构代码: of a unit or a post the body that has it; else empty.")
    alarm: int = strawberry.field(description="报警: how many alarms.")
    warning: int = strawberry.field(description="预警: how many warnings.")
    reminder: int = strawberry.field(description="提醒: how many reminders.")


@strawberry.type(description="看板的一周: alerts that were opened in a week, by grade as they stand.")
class BoardWeek:
    """A week."""

    first: date = strawberry.field(description="起: its Monday.")
    alarm: int = strawberry.field(description="报警: how many alarms.")
    warning: int = strawberry.field(description="预警: how many warnings.")
    reminder: int = strawberry.field(description="提醒: how many reminders.")


@strawberry.type(description="监察看板: what is open now in what you may see, and how it went by weeks (003-36(4)).")
class SupervisionBoard:
    """The board."""

    whole: BoardCount = strawberry.field(description="合计: all of it.")
    bodies: list[BoardCount] = strawberry.field(description="机关: by body, the gravest first.")
    rules: list[BoardCount] = strawberry.field(description="规则: by rule.")
    kinds: list[BoardCount] = strawberry.field(description="类别: by kind.")
    governments: list[BoardCount] = strawberry.field(description="地区: by government.")
    units: list[BoardCount] = strawberry.field(description="机构: by the unit whose step it was, the gravest 40.")
    posts: list[BoardCount] = strawberry.field(description="岗位: by the post whose step it was, the gravest 40.")
    powers: list[BoardCount] = strawberry.field(description="事项: by power, the gravest 40.")
    weeks: list[BoardWeek] = strawberry.field(description="各周: the last twelve weeks.")
    swept_at: datetime | None = strawberry.field(description="核查时间: when everything was looked at last.")


@strawberry.type(description="风险构成: what a grade is made of.")
class RiskIngredient:
    """An ingredient."""

    code: str = strawberry.field(description="代码: alarm, warning, reminder, established or unlifted.")
    name: str = strawberry.field(description="名称: what it is called.")
    count: int = strawberry.field(description="数量: how many.")
    points: Decimal = strawberry.field(description="分值: its points for each hundred matters.")


@strawberry.type(description="风险等级: the risk of a body, with its ingredients (002-4.3.3).")
class BodyRiskGrade:
    """A grade."""

    body_code: str = strawberry.field(description="机构代码: code of the body.")
    body_name: str = strawberry.field(description="机关: its name.")
    grade: str = strawberry.field(description="等级: high, medium or low.")
    points: Decimal = strawberry.field(description="分值: points for each hundred matters.")
    matters: int = strawberry.field(description="办件数: registered in the same time.")
    ingredients: list[RiskIngredient] = strawberry.field(description="构成: what it is made of.")


def _counts(rows: tuple[Count, ...]) -> list[BoardCount]:
    return [
        BoardCount(
            **{name: getattr(one, name) for name in ("key", "name", "body_code", "alarm", "warning", "reminder")}
        )
        for one in rows
    ]


async def board(info: Info) -> SupervisionBoard | None:
    """监察看板: what is open now in what you may see; nothing for visitors (003-36(4))."""
    ctx = info.context.ctx
    if ctx.actor.kind in ("anonymous", "integrator"):
        return None
    found = await supervision.board(ctx)
    return SupervisionBoard(
        whole=_counts((found.whole,))[0],
        bodies=_counts(found.bodies),
        rules=_counts(found.rules),
        kinds=_counts(found.kinds),
        governments=_counts(found.governments),
        units=_counts(found.units),
        posts=_counts(found.posts),
        powers=_counts(found.powers),
        weeks=[
            BoardWeek(first=one.first, alarm=one.alarm, warning=one.warning, reminder=one.reminder)
            for one in found.weeks
        ],
        swept_at=found.swept_at,
    )


def _risk(one: BodyRisk) -> BodyRiskGrade:
    risk = one.risk
    return BodyRiskGrade(
        body_code=one.code,
        body_name=one.name,
        grade=risk.grade,
        points=risk.points,
        matters=risk.matters,
        ingredients=[
            RiskIngredient(code=part.code, name=part.name, count=part.count, points=part.points)
            for part in risk.ingredients
        ],
    )


async def risk_grades(info: Info) -> list[BodyRiskGrade]:
    """风险等级: of every body of which something was found and that you may see, the highest first (002-4.3.3)."""
    return [_risk(one) for one in await supervision.risks(info.context.ctx)]


@strawberry.type(description="预警的变动: an alert that was found, has risen or was lifted, and the position after it.")
class AlertNews:
    """A change of an alert."""

    position: str = strawberry.field(
        description="位置: opaque; give it as `after`, or as Last-Event-ID, to go on from here."
    )
    alert: Alert = strawberry.field(description="预警: the alert as it stands.")


async def alert_changes(
    info: Info,
    after: Annotated[
        str | None, strawberry.argument(description="起始位置: `position` of the last change that was received.")
    ] = UNSET,
) -> AsyncIterator[AlertNews]:
    """预警订阅: alerts that you may see, as they are found, rise or are lifted (003-36(1))."""
    stream = info.context
    if stream.ctx.actor.kind != "official":
        raise NotSignedIn("订阅预警需要登录。", "请先登录。")
    standing = await reader(stream.ctx, given(after) or stream.last_event_id or "")
    while (ctx := await stream.renew()) is not None:
        found = await standing.news(ctx, COLUMNS)
        for row in found:
            stream.position = row["changed_at"].isoformat()
            yield AlertNews(position=stream.position, alert=cast(Any, Source("Alert", row)))
        if not found:
            await asyncio.sleep(PAUSE_SECONDS)
