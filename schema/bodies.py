"""Governments, bodies, units and posts: who holds and exercises powers; no person is named (003-7, 003-13, 003-14)."""

from datetime import date
from enum import Enum
from typing import Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET

from resolvers import bodies
from resolvers.context import Context
from resolvers.reading.declarations import Entity
from resolvers.reading.library import BODY, GOVERNMENT, UNIT
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.reading.published import POST
from resolvers.reading.shows import OfMany, OfPage, OfProfile
from schema import profiles
from schema.cost import PAGED, Cost, ListSize
from schema.fields import computed
from schema.loading import Info
from schema.nested import children_page
from schema.node import Node
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.powers import PowerItem
from schema.sources import (
    FromSource,
    Root,
    Source,
    belongs_to,
    column,
    has_many,
    identified,
    late_column,
    reference,
    rows_of,
)


@strawberry.enum(description="Kind of a body (001-13.3, 003-13).")
class BodyKind(Enum):
    """Kinds of bodies."""

    STATUTORY = strawberry.enum_value("statutory", description="法定机关: organ that holds powers by law.")
    AUTHORISED = strawberry.enum_value(
        "authorised", description="授权组织: organisation authorised by law or regulation."
    )
    ENTRUSTED = strawberry.enum_value(
        "entrusted", description="受委托组织: organisation entrusted by an organ (001-13.3)."
    )


@strawberry.type(description="岗位: a post of a unit with its duty; who holds it is not published here (003-14).")
class Post(FromSource, Node):
    """A post."""

    entity: ClassVar[Entity] = POST

    id: strawberry.ID = identified("Post")
    name: str = column("name", "岗位: name of the post (003-14).")
    duty: str = column("duty", "职责: duty of the post (003-14).")


@strawberry.type(description="内设机构: a unit of a body (003-13).")
class Unit(FromSource, Node):
    """A unit."""

    entity: ClassVar[Entity] = UNIT

    id: strawberry.ID = identified("Unit")
    name: str = column("name", "名称: name of the unit.")
    place: str = column("place", "地点: where it works.")
    contact_phone: str = column("contact_phone", "电话: phone for questions (003-13).")
    posts: list[Post] = has_many(
        OfMany("post", "id", "unit_id", "id"),
        lambda row: Source("Post", row),
        "岗位: posts of the unit (003-14).",
        ListSize(assumed_size=5),
    )


def _level(root: Root, info: Info) -> profiles.Level | None:
    """层级: level of the government."""
    return profiles.level(info.context.ctx.profile, root["level"])


BODIES = OfPage("body", "id", "government_id", "name")
"""The bodies of a government."""


async def _bodies(root: Root, info: Info, first: First = UNSET, after: After = UNSET) -> Any:
    """责任主体: bodies of the government, by name."""
    page = page_request(info, first, after)
    found = await children_page(info, BODIES, root["id"], page)
    return Connection(page=found.map(lambda row: Source("Body", row)))


@strawberry.type(description="政府: a government of a level, in whose library powers stand (003-20).")
class Government(FromSource, Node):
    """A government."""

    entity: ClassVar[Entity] = GOVERNMENT

    id: strawberry.ID = identified("Government")
    division_code: str = column("division_code", "行政区划代码: six digits (GB/T 2260).")
    name: str = column("name", "名称: full name.")
    short_name: str = column("short_name", "简称: short name.")
    level: profiles.Level | None = computed(shows=OfProfile("level", "level"))(_level)
    parent: Annotated["Government", strawberry.lazy("schema.bodies")] | None = reference(
        GOVERNMENT, "parent_id", "Government", "上级政府: the government it reports to."
    )
    bodies: Connection[Annotated["Body", strawberry.lazy("schema.bodies")]] = computed(PAGED, shows=BODIES)(_bodies)


ITEMS = OfPage("power", "code", "body_code", "code")
"""The items of a body."""


async def _power_items(root: Root, info: Info, first: First = UNSET, after: After = UNSET) -> Connection[PowerItem]:
    """权力事项: items of the body in force today, by code, whatever their status."""
    page = page_request(info, first, after)
    found = await children_page(info, ITEMS, root["code"], page)
    return Connection(page=found.map(lambda row: Source("PowerItem", row)))


@strawberry.type(description="责任主体: a body that exercises powers (003-13).")
class Body(FromSource, Node):
    """A body."""

    entity: ClassVar[Entity] = BODY

    id: strawberry.ID = identified("Body")
    code: str = column("code", "机构代码: code of the body in the whole library.")
    number: str = column("number", "机构编号: three digits within its government's item codes.")
    name: str = column("name", "名称: full name.")
    short_name: str = column("short_name", "简称: short name.")
    aliases: list[str] = column("aliases", "曾用名和别名: other names that lists use.")
    kind: BodyKind = column("kind", "类型: statutory, authorised or entrusted.")
    usc_code: str = column("usc_code", "统一社会信用代码: unified social credit code (GB 32100), if known.")
    offices: list[str] = column("offices", "职责机构: offices of the regulation that the body holds (003-7).")
    duties: list[str] = column("duties", "部门职责: duties of the body (001-6).")
    place: str = column("place", "办理地点: where it works (003-13).")
    contact_phone: str = column("contact_phone", "联系电话: phone for questions (003-13).")
    supervision_phone: str = column("supervision_phone", "监督电话: phone for complaints (003-13).")
    valid_from: date | None = column("valid_from", "起始日期: first day of the body, if known.")
    valid_until: date | None = column("valid_until", "终止日期: first day after its end.")
    government: Government = belongs_to(BODY, "government", "Government", "所属政府: the government it belongs to.")
    parent: Annotated["Body", strawberry.lazy("schema.bodies")] | None = reference(
        BODY, "parent_id", "Body", "上级单位: the body it belongs to, if any."
    )
    units: list[Unit] = has_many(
        OfMany("unit", "id", "body_id", "id"),
        lambda row: Source("Unit", row),
        "内设机构: units of the body (003-13).",
        ListSize(assumed_size=10),
    )
    item_count: int = late_column(
        BODY, "items", "事项数: items of the body today that are not cancelled.", Cost(weight=2)
    )
    power_items: Connection[PowerItem] = computed(PAGED, shows=ITEMS)(_power_items)


def body_source(row: Any) -> Source:
    """Return a row of the entity ``body`` as a source."""
    return Source("Body", row)


def bodies_listing(
    _ctx: Context, page: PageRequest, search: str = "", government: str = "", kind: Any = UNSET
) -> Listing:
    """Return the listing of bodies."""
    chosen = given(kind)
    return bodies.listing(page, search=search, government=government, kind=chosen.value if chosen else "")


async def list_bodies(  # noqa: PLR0913, PLR0917 - filters and paging of one list
    info: Info,
    search: Annotated[str, strawberry.argument(description="检索: part of a name, alias or code.")] = "",
    government: Annotated[str, strawberry.argument(description="行政区划代码: division code of the government.")] = "",
    kind: Annotated[BodyKind | None, strawberry.argument(description="类型: kind of body.")] = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[Body]:
    """责任主体: bodies that exercise powers, by name (003-13)."""
    page: PageRequest = page_request(info, first, after, last, before)
    ctx = info.context.ctx
    found = await fetch_listing(ctx, bodies_listing(ctx, page, search, government, kind))
    return Connection(page=found.map(body_source))


def body_listing(_ctx: Context, code: str) -> Listing:
    """Return the listing of the body with a code."""
    return bodies.body_listing(code)


async def one_body(
    info: Info, code: Annotated[str, strawberry.argument(description="机构代码: code of the body.")]
) -> Body | None:
    """责任主体: a body by its code; null if there is none (003-13)."""
    row = await info.context.loaders.one(BODY, rows_of(BODY), "code").load(code)
    return body_source(row) if row is not None else None  # type: ignore[return-value]


def governments_listing(_ctx: Context) -> Listing:
    """Return the listing of governments."""
    return bodies.governments_listing()


async def list_governments(info: Info) -> list[Government]:
    """政府: governments whose libraries are published here, by division code (003-20)."""
    found = await fetch_listing(info.context.ctx, governments_listing(info.context.ctx))
    return [Source("Government", row) for row in found.rows]  # type: ignore[misc]
