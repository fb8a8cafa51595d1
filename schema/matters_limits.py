"""What of a matter is worked out and not read: its limits with their receipts, its party masked, and what is counted."""

from datetime import date
from enum import Enum
from typing import Annotated, Any, cast

import strawberry
from strawberry import UNSET

from domain.engine.clocks import Deadline as DomainDeadline
from domain.parties import id_of
from resolvers import matters, parties
from resolvers.context import Context
from resolvers.matters_tallies import TallyBy, What, tallies
from schema.calendar import Deadline
from schema.fields import computed
from schema.loading import Info
from schema.matters_names import DeadlineState, PartyKind
from schema.paging import given
from schema.sources import Root


@strawberry.enum(description="What a limit is about.")
class DeadlineOf(Enum):
    """What limits are about."""

    MATTER = strawberry.enum_value("matter", description="全程: the whole matter.")
    STEP = strawberry.enum_value("step", description="环节: one step; its time adds up over all visits (003-31(2)).")


@strawberry.enum(description="Whom a limit binds.")
class DeadlineWho(Enum):
    """Whom limits bind."""

    ORGAN = strawberry.enum_value("organ", description="机关: the organ.")
    PARTY = strawberry.enum_value("party", description="当事人: the party.")


@strawberry.type(
    description="办理期限: a limit that runs or ran, with its receipt day by day (003-31(2), 民法典-201 to 203)."
)
class MatterDeadline:
    """A limit."""

    name: str = strawberry.field(description="代码: its name in the procedure.")
    title: str = strawberry.field(description="名称: what it is for.")
    of: DeadlineOf = strawberry.field(description="范围: the whole matter, or a step.")
    who: DeadlineWho = strawberry.field(description="约束对象: whom it binds.")
    at_least: bool = strawberry.field(description="最短期限: it must have passed, instead of not being passed.")
    ended: date | None = strawberry.field(description="完成日期: when what it asks for was done; null: not yet.")
    receipt: Deadline = strawberry.field(description="计算凭据: from when to when, every day counted or not, and why.")

    @computed()
    @staticmethod
    def state(root: strawberry.Parent[DomainDeadline], info: Info) -> DeadlineState:
        """状态: where it stands today."""
        return cast(DeadlineState, root.state(info.context.ctx.today))

    @computed()
    @staticmethod
    def days_left(root: strawberry.Parent[DomainDeadline], info: Info) -> int | None:
        """剩余工作日: today not counted; negative: so many too late; null: the clock stands still."""
        return root.days_left(info.context.ctx.today)


# No read of rows: days are counted by calendar and clock.
async def deadlines(root: Root, info: Info) -> list[MatterDeadline]:
    """办理期限: every limit that has begun, with its receipt day by day (003-31(2), N4)."""

    async def load(ctx: Context, keys: Any) -> list[Any]:
        found = await matters.views(ctx, list(keys))
        return [found[key].deadlines if key in found else () for key in keys]

    return list(await info.context.loaders.of("matter deadlines", load).load(root["id"]))


@strawberry.type(
    description="当事人（遮蔽）: a party as lists show it; opening it is an act with a purpose (003-31(1))."
)
class MaskedParty:
    """A party, masked."""

    kind: PartyKind = strawberry.field(description="类别: a person or a unit.")
    name: str = strawberry.field(description="名称: masked, such as 王*.")
    number: str = strawberry.field(description="证件号码: masked.")
    phone: str = strawberry.field(description="电话: masked.")


# No read of rows: who it is stands there sealed, and is opened and masked with a key that the database does not have.
async def masked_party(root: Root, info: Info) -> MaskedParty | None:
    """当事人: masked; null where nobody is registered for the matter, or none to be seen (003-31(1))."""
    party = id_of(root["party"])
    if party is None:
        return None

    async def load(ctx: Context, keys: Any) -> list[Any]:
        found = await parties.masked_parties(ctx, list(keys))
        return [found.get(key) for key in keys]

    return cast(MaskedParty | None, await info.context.loaders.of("masked parties", load).load(party))


@strawberry.enum(description="What matters are counted by.")
class MatterCountBy(Enum):
    """Groups."""

    BODY = strawberry.enum_value("body", description="机构: by code of the body.")
    CATEGORY = strawberry.enum_value("category", description="类别: by code of the category (003-3).")
    MONTH = strawberry.enum_value("month", description="月份: by month, such as 2026-03.")


@strawberry.enum(description="Which moment of a matter is counted.")
class MatterCountOf(Enum):
    """Moments."""

    OPENED = strawberry.enum_value("opened", description="登记: when it was registered.")
    DECIDED = strawberry.enum_value("decided", description="决定: when it was decided.")
    CLOSED = strawberry.enum_value("closed", description="办结: when it was closed.")


@strawberry.type(description="办件数: how many matters share a body, a category or a month (H7).")
class MatterCount:
    """A count."""

    key: str = strawberry.field(description="分组: code of the body or category, or the month.")
    count: int | None = strawberry.field(
        description="件数: rounded to fives; null where it is too small to be told without telling of somebody."
    )


async def matter_counts(
    info: Info,
    by: Annotated[MatterCountBy, strawberry.argument(description="分组: what to count by.")],
    from_: Annotated[date, strawberry.argument(name="from", description="开始日期: the first day of a month.")],
    to: Annotated[date, strawberry.argument(description="结束日期: the last day of a month.")],
    of: Annotated[
        MatterCountOf | None, strawberry.argument(description="时点: registered, if nothing is said.")
    ] = UNSET,
    body: Annotated[str, strawberry.argument(description="机构代码: of this body only.")] = "",
    category: Annotated[str, strawberry.argument(description="类别代码: of this category only.")] = "",
) -> list[MatterCount]:
    """办件数: how many matters there were, for everybody; small counts are hidden, and what would tell them (H7)."""
    what, group = given(of), cast(TallyBy, by.value)
    chosen = cast(What, what.value if what else "opened")
    found = await tallies(info.context.ctx, group, from_, to, chosen, body=body, category=category)
    return cast(list[MatterCount], list(found))
