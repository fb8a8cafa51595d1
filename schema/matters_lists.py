"""Root fields of matters: one by its number, and lists by filters; for whoever may see none there is none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import Enum
from typing import Annotated, Any, cast

import strawberry
from strawberry import UNSET

from resolvers import matters
from resolvers.context import Context
from resolvers.matters import MatterFilter, MatterOrder
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.matters import MATTER
from resolvers.reading.paging import PageRequest
from resolvers.reading.plans import NotCompiled
from schema.loading import Info
from schema.matters import COLUMNS, KINDS, READ, Matter, matter_source
from schema.matters_names import MatterPhase
from schema.node import integer_key
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.sources import Source

Number = Annotated[str, strawberry.argument(description="编号: number of the matter (003-31(2)).")]


def matter_listing(_ctx: Context, number: str) -> Listing:
    """Return the listing of the matter with a number."""
    return matters.one_listing(number)


async def one_matter(info: Info, number: Number) -> Matter | None:
    """事务: a matter by its number, for those who may see it; null if there is none, or none to be seen (003-28)."""
    wanted = matters.one_listing(number).read.filters["exactly"]
    row = await info.context.loaders.one(MATTER, READ, "number").load(wanted)
    return cast(Matter | None, None if row is None else matter_source(row))


@strawberry.enum(description="Order of matters.")
class MatterSort(Enum):
    """Orders."""

    OPENED = strawberry.enum_value("opened", description="登记: the latest registration first.")
    DUE = strawberry.enum_value("due", description="到期: the most urgent first.")
    NUMBER = strawberry.enum_value("number", description="编号: by number.")


@strawberry.enum(description="Kind of matter.")
class MatterKind(Enum):
    """Kinds."""

    CASE = strawberry.enum_value("case", description="办件: a case that is no penalty.")
    PENALTY_CASE = strawberry.enum_value("penalty_case", description="案件: a penalty case.")
    RATING_REVIEW = strawberry.enum_value("rating_review", description="差评核查: the review of a bad rating.")
    SUPERVISION_CASE = strawberry.enum_value("supervision_case", description="督办件: supervised handling (003-36(6)).")


@strawberry.input(description="筛选条件: which matters; all given conditions must hold, of a list any value.")
class MattersFilter:
    """Conditions on matters."""

    search: str | None = strawberry.field(
        default=UNSET, description="检索: words of a title, or the beginning of a number; nothing of a party is found."
    )
    body: str | None = strawberry.field(
        default=UNSET, description="机构代码: code of any body that has to do with it (R17)."
    )
    item: str | None = strawberry.field(default=UNSET, description="权力编码: code of its item.")
    step: str | None = strawberry.field(default=UNSET, description="环节: key of a step that is open.")
    kind: list[MatterKind] | None = strawberry.field(default=UNSET, description="类型: kinds of matters.")
    category: list[str] | None = strawberry.field(default=UNSET, description="类别代码: codes of categories (003-3).")
    phase: list[MatterPhase] | None = strawberry.field(default=UNSET, description="阶段: phases.")
    due_before: date | None = strawberry.field(default=UNSET, description="到期早于: due before this day.")
    overdue: bool | None = strawberry.field(
        default=UNSET, description="已超期: late today beyond doubt, and open (003-32(4))."
    )
    open_only: bool | None = strawberry.field(default=UNSET, description="未办结: only those that are open.")
    mine: bool | None = strawberry.field(default=UNSET, description="待我办理: what one of your posts can do now.")

    def where(self) -> MatterFilter:
        """Return the conditions as the use-cases take them."""
        return MatterFilter(
            search=given(self.search) or "",
            body=given(self.body) or "",
            step=given(self.step) or "",
            item=given(self.item) or "",
            phase=tuple(one.value for one in given(self.phase) or ()),
            kind=tuple(one.value for one in given(self.kind) or ()),
            category=tuple(given(self.category) or ()),
            due_before=given(self.due_before),
            overdue=bool(given(self.overdue)),
            open_only=bool(given(self.open_only)),
            mine=bool(given(self.mine)),
        )


Filter = Annotated[MattersFilter | None, strawberry.argument(name="filter", description="筛选条件: which matters.")]
Sort = Annotated[
    MatterSort | None, strawberry.argument(description="排序: by registration, the latest first, if nothing is said.")
]


def _listing(ctx: Context, page: PageRequest, filter_: Any, order_by: Any) -> Listing:
    chosen, order = given(filter_), given(order_by)
    where = chosen.where() if chosen else MatterFilter()
    return matters.listing(ctx, where, page, cast(MatterOrder, order.value if order else "opened"))


def matters_listing(ctx: Context, page: PageRequest, filter_: Any = UNSET, order_by: Any = UNSET) -> Listing:
    """Return the listing of matters. Raises ``NotCompiled`` where words are looked for, which takes two steps."""
    found = _listing(ctx, page, filter_, order_by)
    if matters.WORDS in found.read.filters:
        raise NotCompiled("matters by words")
    return found


async def list_matters(
    info: Info,
    filter_: Filter = UNSET,
    order_by: Sort = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[Matter]:
    """事务列表: matters that you may see, of every phase unless the filter says otherwise; else none (003-28)."""
    ctx = info.context.ctx
    page: PageRequest = page_request(info, first, after, last, before)
    listing = await matters.narrowed(ctx, _listing(ctx, page, filter_, order_by))
    read = replace(listing.read, columns=COLUMNS)
    found = await fetch_listing(ctx, replace(listing, read=read))
    return Connection(page=found.map(matter_source))


async def fetch_matters(info: Info, kind: str, keys: Sequence[str]) -> list[Source | None]:
    """Return matters of a type by the keys of their ids, for `node`."""
    rows = await info.context.loaders.one(MATTER, READ).load_many([integer_key(key) for key in keys])
    return [None if row is None or KINDS[row["kind"]] != kind else matter_source(row) for row in rows]
