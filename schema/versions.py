"""Versions of items: what was changed when and why, in which periods a version holds, and what differs (003-21, 003-24)."""

import asyncio
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from urllib.parse import quote

import strawberry
from strawberry import UNSET

from domain.difference import FieldDifference as DifferenceValue
from domain.difference import difference as compare
from resolvers import changes
from resolvers.context import Context
from resolvers.power_views import NOW
from resolvers.reading.declarations import Entity
from resolvers.reading.library import PERIOD, VERSION
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.reading.shows import OfColumn, OfMany, OfOne
from schema.fields import computed
from schema.loading import Info
from schema.node import Node
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.power_content import PowerContent
from schema.sources import VERSION_READ, Root, Source, column, has_many, identified, load_item, loaded

if TYPE_CHECKING:
    from schema.powers import PowerItem


@strawberry.enum(description="Kind of a change to the library (003-17, 003-20, 003-21, 003-24).")
class ChangeKind(Enum):
    """Kinds of changes."""

    ADD = strawberry.enum_value("add", description="新增: the item enters the library.")
    MODIFY = strawberry.enum_value("modify", description="变更: elements change.")
    SUSPEND = strawberry.enum_value("suspend", description="暂停: the item is suspended (003-18).")
    RESUME = strawberry.enum_value("resume", description="恢复: a suspended item is used again.")
    CANCEL = strawberry.enum_value("cancel", description="取消: the item is cancelled (003-21).")
    DELEGATE = strawberry.enum_value("delegate", description="下放: the item goes to a lower level (000-10).")
    MERGE = strawberry.enum_value("merge", description="合并: items become one.")
    SPLIT = strawberry.enum_value("split", description="拆分: an item becomes several.")
    CORRECT = strawberry.enum_value("correct", description="更正: a published mistake is put right; both stay visible.")


@strawberry.enum(description="Kind of a difference between two versions.")
class DifferenceKind(Enum):
    """Kinds of differences."""

    ADDED = strawberry.enum_value("added", description="新增: only the later version says it.")
    REMOVED = strawberry.enum_value("removed", description="删除: only the earlier version says it.")
    CHANGED = strawberry.enum_value("changed", description="修改: both say something, and not the same.")


@strawberry.type(description="字段差异: one difference between two versions of an item (003-21).")
class FieldDifference:
    """A difference."""

    path: str = strawberry.field(description="路径: place in the content, for machines.")
    title: str = strawberry.field(description="字段: place in the content, in Chinese words.")
    before: str = strawberry.field(description="之前: what the earlier version says; empty if nothing.")
    after: str = strawberry.field(description="之后: what the later version says; empty if nothing.")
    kind: DifferenceKind = strawberry.field(description="类型: added, removed or changed.")


@strawberry.type(
    description="有效期间: for which days a version holds, and from when to when the library said so (003-21, 003-24)."
)
class PowerPeriod:
    """A bitemporal period."""

    entity: ClassVar[Entity] = PERIOD

    valid_from: date | None = column("valid_from", "起始日期: first day on which the version holds.")
    valid_until: date | None = column("valid_until", "终止日期: first day on which it no longer holds; null: open.")
    recorded_from: datetime | None = column("known_from", "记录时刻: since when the library says so.")
    recorded_until: datetime | None = column("known_until", "失效记录时刻: until when it said so; null: it does now.")


async def _item(root: Root, info: Info) -> Any:
    """权力事项: the item as it is today; null if it does not exist today."""
    return await load_item(info, root["item_id"], NOW)


def _path(root: Root) -> str:
    """网址: path of the version's permanent page on this site."""
    return f"/powers/{quote(root['code'], safe='')}/versions/{root['no']}"


def _digest(root: Root) -> str:
    """摘要: SHA-256 of the version's canonical content, in hexadecimal."""
    return bytes(root["digest"]).hex()


@strawberry.type(
    description="事项版本: one version of an item; a version never changes, a correction makes a new one (003-21, 003-24)."
)
class PowerVersion(PowerContent, Node):
    """A version."""

    entity: ClassVar[Entity] = VERSION

    id: strawberry.ID = identified("PowerVersion", "version_id")
    number: int = column("no", "版本号: number of the version within its item, from 1.")
    change: ChangeKind = column("change", "变更类型: what made the version (003-17, 003-21).")
    reason: str = column("reason", "变更原因: why, as the confirmed batch says.")
    recorded_at: datetime = column("recorded_at", "记录时刻: when the library recorded it.")
    digest: str = computed(shows=OfColumn("digest_hex"))(_digest)
    path: str = computed(shows=OfColumn("version_path"))(_path)
    periods: list[PowerPeriod] = has_many(
        OfMany("period", "version_id", "version_id", "recorded"),
        lambda row: Source("PowerPeriod", row),
        "有效期间: the periods of the version, the oldest first; what was replaced stays visible (003-24).",
    )
    item: Annotated["PowerItem", strawberry.lazy("schema.powers")] | None = computed(
        shows=OfOne("power", "item_id", "item_id", "now")
    )(_item)


async def history(info: Info, item_id: int) -> list[Source]:
    """Return all versions of an item, the newest first; one statement for all items of the operation."""
    rows = await info.context.loaders.many(VERSION, "item_id", VERSION_READ).load(item_id)
    return [Source("PowerVersion", row) for row in sorted(rows, key=lambda row: int(row["no"]), reverse=True)]


async def differences(info: Info, item_id: int, from_no: int, to_no: int) -> list[DifferenceValue] | None:
    """Return what changed between two versions of an item; None if one of them does not exist."""
    known = {source["no"]: source for source in await history(info, item_id)}
    before, after = known.get(from_no), known.get(to_no)
    if before is None or after is None:
        return None
    earlier, later = await asyncio.gather(loaded(before, info), loaded(after, info))
    return list(compare(earlier.content, later.content))


def changes_listing(_ctx: Context, page: PageRequest, since: Any = UNSET, body: str = "") -> Listing:
    """Return the listing of the latest changes."""
    return changes.listing(page, given(since), body=body)


async def list_changes(
    info: Info,
    since: Annotated[
        datetime | None, strawberry.argument(description="起始时刻: changes recorded from then on.")
    ] = UNSET,
    body: Annotated[str, strawberry.argument(description="机构代码: code of the responsible body.")] = "",
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[PowerVersion]:
    """最近变更: versions by the time they were recorded, the latest first (003-21, 003-26)."""
    page = page_request(info, first, after, last, before)
    found = await fetch_listing(info.context.ctx, changes_listing(info.context.ctx, page, since, body))
    loader = info.context.loaders.one(VERSION, VERSION_READ)
    rows = await loader.load_many([row["version_id"] for row in found.rows])
    by_id = dict(zip((row["version_id"] for row in found.rows), rows, strict=True))
    return Connection(page=found.map(lambda row: Source("PowerVersion", by_id[row["version_id"]])))
