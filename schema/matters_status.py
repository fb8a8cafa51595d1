"""What a party is told by number and code: where its matter stands, what it can still do, and whom it can turn to (H2)."""

from datetime import date, datetime
from enum import Enum
from typing import Annotated, cast

import strawberry

from domain.party_account import Remedy
from resolvers import matters
from resolvers.errors import NotFound
from resolvers.matters import PublicStatus
from schema.fields import computed
from schema.flows import LimitUnit
from schema.loading import Info
from schema.matters_names import MatterEnding, MatterPhase


@strawberry.enum(description="A way to have a decision looked at by others.")
class RemedyKind(Enum):
    """Remedies."""

    RECONSIDERATION = strawberry.enum_value("apply_reconsideration", description="申请行政复议: 行政复议法-20.")
    LAWSUIT = strawberry.enum_value("sue", description="提起行政诉讼: 行政诉讼法-46.")


@strawberry.type(description="权利: a right that the party was told of and has not used; `matterExercise` uses it.")
class MatterRight:
    """A right of the party."""

    code: str = strawberry.field(description="代码: its name in the procedure.")
    name: str = strawberry.field(description="名称: what it is.")
    clause: str = strawberry.field(description="依据: the clause that gives it.")
    until: date | None = strawberry.field(description="最后一日: its last day; null where none is set.")
    provisional: bool = strawberry.field(description="暂定: the year's notice is not out.")


@strawberry.type(
    description="救济途径: a way to have the decision looked at by others, within its time from when it was received."
)
class MatterRemedy:
    """A remedy."""

    kind: RemedyKind = strawberry.field(description="种类: which way.")
    to: str = strawberry.field(description="受理机关: who looks at it.")
    value: int = strawberry.field(description="期限: how long.")
    unit: LimitUnit = strawberry.field(description="单位: the unit of that.")
    clause: str = strawberry.field(description="依据: the clause that gives it.")
    since: date | None = strawberry.field(description="收到之日: when the decision was served; null: not yet.")
    until: date | None = strawberry.field(description="最后一日: its last day; null before the decision was served.")
    provisional: bool = strawberry.field(description="暂定: the year's notice is not out.")


@strawberry.type(description="办件状态: what a party may know by number and code; nothing about anybody (H2).")
class MatterStatus:
    """Where a matter stands, for its party."""

    number: str = strawberry.field(description="编号: its number.")
    title: str = strawberry.field(description="名称: what it is about.")
    body_name: str = strawberry.field(description="承办机关: name of the body.")
    phase: MatterPhase = strawberry.field(description="阶段: where it is.")
    ending: MatterEnding = strawberry.field(description="结束方式: how it ended.")
    stages: list[str] = strawberry.field(description="全部阶段: stages of the procedure, in order.")
    stage: str = strawberry.field(description="当前阶段: the stage it is in.")
    step_names: list[str] = strawberry.field(description="当前环节: names of the open steps.")
    opened_at: datetime = strawberry.field(description="登记时间: when it was registered.")
    accepted_at: datetime | None = strawberry.field(description="受理时间: when it was accepted.")
    decided_at: datetime | None = strawberry.field(description="决定时间: when it was decided.")
    closed_at: datetime | None = strawberry.field(description="办结时间: when it was closed.")
    result: str = strawberry.field(description="结果: what was decided, in words.")
    due_on: date | None = strawberry.field(description="到期日: when the organ must have done its part.")
    due_name: str = strawberry.field(description="期限: name of that limit.")
    due_provisional: bool = strawberry.field(description="暂定: the year's notice is not out.")
    days_left: int | None = strawberry.field(description="剩余工作日: today not counted.")
    paused_for: list[str] = strawberry.field(description="暂停事由: why the clock stands still, in words.")
    acts: list[str] = strawberry.field(description="可以办理: what the party can do now, as kinds of acts.")
    seq: int = strawberry.field(description="事件序号: number of the last event.")

    @computed()
    @staticmethod
    def rights(root: strawberry.Parent[PublicStatus]) -> list[MatterRight]:
        """可以行使的权利: rights that the party was told of and has not used (003-26)."""
        return cast(list[MatterRight], list(root.account.rights))

    @computed()
    @staticmethod
    def remedies(root: strawberry.Parent[PublicStatus]) -> list[MatterRemedy]:
        """救济途径: whom the party can turn to against the decision, and until when (行政复议法-20, 行政诉讼法-46)."""
        return [_remedy(root, one) for one in root.account.remedies]


def _remedy(root: PublicStatus, one: Remedy) -> MatterRemedy:
    return MatterRemedy(
        kind=RemedyKind(one.limit),
        to=root.account.heard_by(one),
        value=one.value,
        unit=LimitUnit(one.unit),
        clause=one.clause,
        since=one.since,
        until=one.until,
        provisional=one.provisional,
    )


async def matter_status(
    info: Info,
    number: Annotated[str, strawberry.argument(description="编号: number of the matter.")],
    code: Annotated[str, strawberry.argument(description="查询码: the code that the party was given; POST it.")],
) -> MatterStatus | None:
    """办件状态: where a matter stands; null unless number and code belong together. One matter in one request (H2)."""
    info.context.try_code()
    try:
        return cast(MatterStatus, await matters.status(info.context.ctx, number, code))
    except NotFound:
        return None
