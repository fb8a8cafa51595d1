"""Laws and legal bases: what powers rest on (001-7, 004-6)."""

from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET

from domain.powers import LegalBasis as BasisValue
from resolvers import laws
from resolvers.context import Context
from resolvers.power_views import NOW, AsOf
from resolvers.reading.declarations import Entity
from resolvers.reading.library import LAW, LAW_USES_BOUND
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from resolvers.reading.published import BASIS
from resolvers.reading.shows import OfLaw, OfOwner, OfPage, OfPlace
from schema.cost import PAGED, Cost
from schema.fields import computed, plain
from schema.loading import Info
from schema.nested import children_page
from schema.node import Node, integer_key, key_of
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.sources import (
    FromSource,
    Placed,
    Root,
    Source,
    column,
    identified,
    item_of,
    late_column,
    of_value,
    rows_of,
)

if TYPE_CHECKING:
    from schema.powers import PowerItem


@strawberry.enum(description="Kind of a legal basis, from the tag in front of it (001-7).")
class BasisKind(Enum):
    """Kinds of bases."""

    LAW = strawberry.enum_value("law", description="法律: law of the National People's Congress (001-7).")
    ADMINISTRATIVE_REGULATION = strawberry.enum_value(
        "administrative_regulation", description="行政法规: administrative regulation of the State Council (001-7)."
    )
    STATE_COUNCIL_DECISION = strawberry.enum_value(
        "state_council_decision", description="国务院决定: decision of the State Council (001-7)."
    )
    LOCAL_REGULATION = strawberry.enum_value("local_regulation", description="地方性法规: local regulation (001-7).")
    DEPARTMENT_RULE = strawberry.enum_value("department_rule", description="部门规章: rule of a ministry (001-7).")
    LOCAL_RULE = strawberry.enum_value("local_rule", description="地方政府规章: rule of a local government (001-7).")
    RULE = strawberry.enum_value("rule", description="规章: rule, of a ministry or a local government (001-7).")
    REGULATION = strawberry.enum_value("regulation", description="法规: regulation, national or local (001-7).")
    NORMATIVE_DOCUMENT = strawberry.enum_value(
        "normative_document", description="规范性文件: normative document (001-7)."
    )
    PARTY_DOCUMENT = strawberry.enum_value(
        "party_document", description="党内法规和文件: document of the Party (001-7)."
    )
    OTHER = strawberry.enum_value("other", description="其他: another kind of document (001-7).")
    UNTAGGED = strawberry.enum_value("untagged", description="未标注: the list names no kind.")


def _of(name: str, clause: str = "") -> Any:
    return of_value(BasisValue, name, "basis", clause)


async def _law(root: strawberry.Parent[Placed], info: Info) -> Any:
    """法律法规: the law by its title; null for bases of responsibilities and for those without a title."""
    if root.law_id is None:
        return None
    row = await info.context.loaders.one(LAW, rows_of(LAW)).load(root.law_id)
    return None if row is None else Source("Law", row)


async def _item(root: strawberry.Parent[Placed], info: Info) -> Any:
    """权力事项: the item that rests on it; null if the item does not exist on the day."""
    return await item_of(root, info)


@strawberry.type(description="法律依据: one legal basis of an item with kind, title, article and text (001-7).")
class LegalBasis:
    """A basis of an item."""

    entity: ClassVar[Entity] = BASIS

    kind: BasisKind = _of("kind", "001-7")
    title: str = _of("title", "001-7")
    article: str = _of("article", "001-7")
    text: str = _of("text", "001-7")
    document_number: str = _of("document_number")
    in_force_from: date | None = _of("in_force_from")
    in_force_until: date | None = _of("in_force_until")
    position: int = plain(OfPlace(), "序号: place among the bases of its item, from 1.")
    law: Annotated["Law", strawberry.lazy("schema.laws")] | None = computed(shows=OfLaw())(_law)
    item: Annotated["PowerItem", strawberry.lazy("schema.powers")] | None = computed(shows=OfOwner())(_item)


def placed_basis(row: Any, at: AsOf = NOW) -> Placed:
    """Return a row of the entity ``basis`` as a basis that knows its item and law."""
    value = BasisValue.model_validate(row["basis"])
    return Placed(value, Source("PowerItem", row, at), row["position"], row["law_id"])


BASES = OfPage("basis", "id", "law_id", "article")
"""The bases that rest on a law."""


@strawberry.type(description="法律法规: a law, regulation, rule or document that powers rest on (001-7, 004-6).")
class Law(FromSource, Node):
    """A law."""

    entity: ClassVar[Entity] = LAW

    id: strawberry.ID = identified("Law")
    title: str = column("title", "名称: title without 《》.")
    kind: BasisKind = column("kind", "类型: kind of the document (001-7).")
    document_number: str = column("document_number", "文号: number of the document, if a list names it.")
    in_force_from: date | None = column("in_force_from", "施行日期: first day in force, if known.")
    in_force_until: date | None = column("in_force_until", "失效日期: first day no longer in force, if known.")
    uses: int = late_column(
        LAW,
        "uses",
        f"引用次数: bases that rest on it today; more than {LAW_USES_BOUND} count as {LAW_USES_BOUND + 1}.",
        Cost(weight=3),
    )

    @computed(PAGED, shows=BASES)
    @staticmethod
    async def legal_bases(root: Root, info: Info, first: First = UNSET, after: After = UNSET) -> Connection[LegalBasis]:
        """引用条款: bases of items in force today that rest on this law, by article (004-6)."""
        page = page_request(info, first, after)
        found = await children_page(info, BASES, root["id"], page)
        return Connection(page=found.map(placed_basis))


def laws_listing(_ctx: Context, page: PageRequest, search: str = "", kind: Any = UNSET) -> Listing:
    """Return the listing of laws."""
    return laws.listing(page, search=search, kind=tuple(one.value for one in given(kind) or ()))


async def list_laws(
    info: Info,
    search: Annotated[str, strawberry.argument(description="检索: words in title or document number.")] = "",
    kind: Annotated[list[BasisKind] | None, strawberry.argument(description="类型: kinds of documents.")] = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[Law]:
    """法律法规: laws and documents that powers rest on, by title (001-7, 004-6)."""
    page = page_request(info, first, after, last, before)
    found = await fetch_listing(info.context.ctx, laws_listing(info.context.ctx, page, search, kind))
    return Connection(page=found.map(lambda row: Source("Law", row)))


def bases_listing(
    _ctx: Context, page: PageRequest, law: Any = UNSET, article: Any = UNSET, body: Any = UNSET, as_of: Any = UNSET
) -> Listing:
    """Return the listing of legal bases. Raises ``InvalidInput`` for an id that is no law's."""
    law_id = integer_key(key_of(str(law), "Law", "law"), "law") if given(law) is not None else None
    return laws.bases_listing(page, law_id, given(article), given(body), AsOf(given(as_of)))


async def list_bases(  # noqa: PLR0913, PLR0917 - filters, day and paging of one list
    info: Info,
    law: Annotated[strawberry.ID | None, strawberry.argument(description="法律法规: id of a law.")] = UNSET,
    article: Annotated[str | None, strawberry.argument(description="条款: article, as the list writes it.")] = UNSET,
    body: Annotated[str | None, strawberry.argument(description="机构代码: code of the responsible body.")] = UNSET,
    as_of: Annotated[date | None, strawberry.argument(description="基准日期: items in force on this day.")] = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[LegalBasis]:
    """法律依据: legal bases of the items in force on a day: by article where a law is named, else by item code (001-7, 004-6)."""
    page, at = page_request(info, first, after, last, before), AsOf(given(as_of))
    found = await fetch_listing(info.context.ctx, bases_listing(info.context.ctx, page, law, article, body, as_of))
    return Connection(page=found.map(lambda row: placed_basis(row, at)))
