"""Power items as of a day, and the lists of them (003-13, 003-21, 003-26)."""

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, ClassVar, cast
from urllib.parse import quote

import strawberry
from strawberry import UNSET

from resolvers import powers
from resolvers.context import Context
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.power_views import AsOf, PowerFilter, PowerOrder
from resolvers.reading.declarations import Entity
from resolvers.reading.library import POWER, VERSION
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.reading.rows import ROW_COLUMNS
from resolvers.reading.shows import OfColumn, OfKey, OfMany, OfOne
from resolvers.reading.statements import Read
from schema.cost import ListSize
from schema.fields import computed
from schema.loading import Info
from schema.node import Node, global_id, integer_key, key_of
from schema.paging import After, Before, Connection, First, Last, given, names_below, page_request
from schema.power_content import OF_CONTENT, PowerContent, PowerStatus
from schema.sources import Root, Source, column, load_contents, load_item, load_version
from schema.versions import FieldDifference, PowerVersion, differences, history

ValidOn = Annotated[
    date | None,
    strawberry.argument(
        description="基准日期: the library as in force on this day; today if nothing is said (003-21)."
    ),
]
RecordedAt = Annotated[
    datetime | None,
    strawberry.argument(description="记录时刻: the library as it was recorded then; now if nothing is said (003-24)."),
]
FromNumber = Annotated[int, strawberry.argument(name="from", description="版本号: number of the earlier version.")]
ToNumber = Annotated[int, strawberry.argument(description="版本号: number of the later version.")]


def item_key(item_id: int, at: AsOf) -> str:
    """Return the key part of an item's id; it leads back to the two days the item was read at."""
    if at.valid_on is None and at.recorded_at is None:
        return str(item_id)
    day = at.valid_on.isoformat() if at.valid_on else ""
    return f"{item_id}@{day}~{at.recorded_at.isoformat() if at.recorded_at else ''}"


def read_item_key(key: str, field: str = "id") -> tuple[int, AsOf]:
    """Return item and days of a key. Raises ``InvalidInput`` for anything this server did not make."""
    number, marked, days = key.partition("@")
    day, _, moment = days.partition("~")
    try:
        valid_on = date.fromisoformat(day) if day else None
        recorded_at = datetime.fromisoformat(moment) if moment else None
        without_zone = recorded_at is not None and recorded_at.tzinfo is None
        if without_zone or (marked and valid_on is None and recorded_at is None):
            raise ValueError(key)
    except ValueError:
        return integer_key("", field), AsOf()
    return integer_key(number, field), AsOf(valid_on, recorded_at)


def _id(root: Root) -> strawberry.ID:
    return global_id("PowerItem", item_key(root["item_id"], root.at))


def _path(root: Root) -> str:
    """网址: path of the item's permanent page on this site."""
    return f"/powers/{quote(root['code'], safe='')}"


async def _version(root: Root, info: Info) -> Any:
    """版本: the version in force on the day: what was changed, when and why (003-21)."""
    return await load_version(info, root["version_id"])


async def _versions(root: Root, info: Info) -> Any:
    """全部版本: every version of the item, the newest first, also those that were replaced (003-21, 003-24)."""
    return await history(info, root["item_id"])


async def _diff(root: Root, info: Info, from_: FromNumber, to: ToNumber) -> list[FieldDifference] | None:
    """版本差异: what changed between two versions, field by field; null if one of them does not exist."""
    return cast(list[FieldDifference] | None, await differences(info, root["item_id"], from_, to))


@strawberry.type(
    description="权力事项: a power item as in force on a day, as the library recorded it (003-13, 003-21)."
)
class PowerItem(PowerContent, Node):
    """An item as of a day."""

    entity: ClassVar[Entity] = POWER

    id: strawberry.ID = computed(
        description="全局标识: opaque id; leads back to the same day and record time.",
        shows=OfKey("PowerItem", "item_id", dated=True),
    )(_id)
    path: str = computed(shows=OfColumn("power_path"))(_path)
    valid_from: date | None = column("valid_from", "起始日期: since when the item is as shown.")
    valid_until: date | None = column("valid_until", "终止日期: first day on which it no longer is; null: open.")
    version: PowerVersion = computed(shows=OfOne("version", "version_id", "version_id"))(_version)
    versions: list[PowerVersion] = computed(
        ListSize(assumed_size=5), shows=OfMany("version", "item_id", "item_id", "number")
    )(_versions)
    diff: list[FieldDifference] | None = computed(ListSize(assumed_size=10))(_diff)


@strawberry.input(description="筛选条件: which items; all given conditions must hold, of a list any value.")
class PowerItemFilter:
    """Conditions on items."""

    body: str | None = strawberry.field(default=UNSET, description="机构代码: code of the responsible body (003-13).")
    government: str | None = strawberry.field(default=UNSET, description="行政区划代码: division code (GB/T 2260).")
    category: list[str] | None = strawberry.field(default=UNSET, description="类别代码: codes of categories (003-3).")
    status: list[PowerStatus] | None = strawberry.field(default=UNSET, description="权力状态: statuses (003-21).")
    level: list[str] | None = strawberry.field(default=UNSET, description="层级代码: codes of levels.")
    law: strawberry.ID | None = strawberry.field(
        default=UNSET, description="法律法规: id of a law they rest on (004-6)."
    )
    article: str | None = strawberry.field(
        default=UNSET, description="条款: article of that law, as the list writes it."
    )
    updated_since: datetime | None = strawberry.field(default=UNSET, description="更新时刻: recorded from then on.")

    def where(self, search: str) -> PowerFilter:
        """Return the conditions as the use-cases take them."""
        law = given(self.law)
        return PowerFilter(
            search=search,
            body=given(self.body) or "",
            government=given(self.government) or "",
            category=tuple(given(self.category) or ()),
            status=tuple(one.value for one in given(self.status) or ()),
            level=tuple(given(self.level) or ()),
            law_id=None if law is None else integer_key(key_of(law, "Law", "filter.law"), "filter.law"),
            article=given(self.article) or "",
            updated_since=given(self.updated_since),
        )


Search = Annotated[
    str,
    strawberry.argument(
        description="检索: words in name, code, body or law; Simplified or Traditional, one character or a long phrase."
    ),
]


@strawberry.enum(description="Order of power items.")
class PowerItemOrder(Enum):
    """Orders."""

    CODE = strawberry.enum_value("code", description="编码: by code.")
    NAME = strawberry.enum_value("name", description="名称: by pinyin of the name.")
    CHANGED = strawberry.enum_value("changed", description="变更: the latest change first.")
    RELEVANCE = strawberry.enum_value("relevance", description="相关度: best match first; needs a search.")


Filter = Annotated[PowerItemFilter | None, strawberry.argument(name="filter", description="筛选条件: which items.")]


def conditions(filter_: PowerItemFilter | None, search: str) -> PowerFilter:
    """Return filter and search as the use-cases take them."""
    chosen: PowerItemFilter | None = given(filter_)
    return chosen.where(search) if chosen else PowerFilter(search=search)


def items_listing(
    _ctx: Context,
    page: PageRequest,
    filter_: Any = UNSET,
    search: str = "",
    as_of: Any = UNSET,
    recorded_as_of: Any = UNSET,
    order_by: Any = UNSET,
) -> Listing:
    """Return the listing of items. Raises ``InvalidInput`` for an id that is no law's."""
    at, chosen = AsOf(given(as_of), given(recorded_as_of)), given(order_by)
    order = cast("PowerOrder | None", chosen.value if chosen else None)
    return powers.listing(conditions(filter_, search), page, at, order)


async def list_items(  # noqa: PLR0913, PLR0917 - filters, days and paging of one list
    info: Info,
    filter_: Filter = UNSET,
    search: Search = "",
    as_of: ValidOn = UNSET,
    recorded_as_of: RecordedAt = UNSET,
    order_by: Annotated[
        PowerItemOrder | None,
        strawberry.argument(description="排序: by relevance where something is searched, else by code."),
    ] = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[PowerItem]:
    """权力事项目录: the catalogue of power items with search, filters and a day to look back to (003-26, 001-6)."""
    ctx, at = info.context.ctx, AsOf(given(as_of), given(recorded_as_of))
    page: PageRequest = page_request(info, first, after, last, before)
    listing = items_listing(ctx, page, filter_, search, as_of, recorded_as_of, order_by)
    found = await powers.fetch_powers(ctx, listing)
    sources = found.map(lambda row: Source("PowerItem", row, at))
    if OF_CONTENT & names_below(info, ("nodes",), ("edges", "node")):
        await load_contents(sources.rows, info)
    return Connection(page=sources)


Code = Annotated[str | None, strawberry.argument(description="权力编码: code of the item; or give `id`.")]
ItemId = Annotated[
    strawberry.ID | None, strawberry.argument(name="id", description="全局标识: id of the item; or give `code`.")
]


def named_item(
    code: Any = UNSET, id_: Any = UNSET, as_of: Any = UNSET, recorded_as_of: Any = UNSET
) -> tuple[str, int | None, AsOf]:
    """Return the code, or the row number, of the item asked for, and its days. Raises ``InvalidInput``."""
    at = AsOf(given(as_of), given(recorded_as_of))
    _exactly_one(given(code), given(id_))
    if given(id_) is None:
        return str(code), None, at
    item_id, own = read_item_key(key_of(str(id_), "PowerItem"))
    # Days given beside an id win over the days that the id itself carries.
    return "", item_id, AsOf(at.valid_on or own.valid_on, at.recorded_at or own.recorded_at)


def item_listing(_ctx: Context, **arguments: Any) -> Listing:
    """Return the listing of one item by code or id."""
    return powers.item_listing(*named_item(**arguments))


async def one_item(
    info: Info, code: Code = UNSET, id_: ItemId = UNSET, as_of: ValidOn = UNSET, recorded_as_of: RecordedAt = UNSET
) -> PowerItem | None:
    """权力事项: one item by code or id as of a day; null if there is none then (003-13, 003-21)."""
    named, item_id, at = named_item(code, id_, as_of, recorded_as_of)
    found = await (_by_code(info, named, at) if item_id is None else load_item(info, item_id, at))
    return cast(PowerItem | None, found)


def _exactly_one(code: str | None, node: str | None) -> None:
    if (code is None) == (node is None):
        message = "请提供 code 或 id，且只提供其中一个。"
        raise InvalidInput(message, "删去多余的参数。", (FieldProblem("code", "ONE_OF", message),))


async def _by_code(info: Info, code: str, at: AsOf) -> Source | None:
    """Return the item with a code; of several governments' or schemes' items the one that was entered first."""
    read = Read(ROW_COLUMNS, {}, "", at.scope, at.valid_on, at.recorded_at)
    rows = await info.context.loaders.many(POWER, "code", read).load(code)
    return Source("PowerItem", min(rows, key=lambda row: int(row["item_id"])), at) if rows else None


async def _item_id(info: Info, code: str | None, node: str | None) -> int | None:
    """Return the row number of the item that exactly one of code and id names, in force today or not."""
    _exactly_one(code, node)
    if node is not None:
        return read_item_key(key_of(node, "PowerItem"))[0]
    rows = await info.context.loaders.many(VERSION, "code", Read(("item_id", "version_id"))).load(code)
    return min((int(row["item_id"]) for row in rows), default=None)


def versions_listing(_ctx: Context, code: Any = UNSET, id_: Any = UNSET) -> Listing:
    """Return the listing of the versions of an item by code or id."""
    named, item_id, _ = named_item(code, id_)
    return powers.versions_listing(named, item_id)


async def list_versions(info: Info, code: Code = UNSET, id_: ItemId = UNSET) -> list[PowerVersion]:
    """全部版本: every version of an item by code or id, the newest first; none for an unknown item (003-21, 003-24)."""
    item_id = await _item_id(info, given(code), given(id_))
    return cast(list[PowerVersion], [] if item_id is None else await history(info, item_id))


async def compare_versions(
    info: Info, from_: FromNumber, to: ToNumber, code: Code = UNSET, id_: ItemId = UNSET
) -> list[FieldDifference] | None:
    """版本差异: what changed between two versions of an item; null if the item or a version does not exist (003-21)."""
    item_id = await _item_id(info, given(code), given(id_))
    found = None if item_id is None else await differences(info, item_id, from_, to)
    return cast(list[FieldDifference] | None, found)
