"""What one version of a power item says: an interface shared by the item as of a day and by each of its versions."""

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

import strawberry
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from domain.flows import Flow as FlowValue
from domain.flows import RiskPoint
from domain.powers import PowerContent as Content
from resolvers.reading.declarations import Entity
from resolvers.reading.library import POWER, VERSION
from resolvers.reading.shows import METADATA, OfChart, OfContent, OfPairs, OfPlaces, OfProfile
from schema import profiles
from schema.benchmarks import DiscretionBenchmark
from schema.contents import Loaded, load_charts
from schema.fields import computed, default_of, words
from schema.flows import ChartKind, Drawn, Flow, Limit, RiskChart
from schema.guides import Entrustment, Fee, FurtherField, Guide, ResponsibilityMatter, SupervisionMeasure
from schema.laws import LegalBasis
from schema.loading import Info
from schema.sources import FromSource, Placed, Root, Source, belongs_to, column, loaded, of_content

if TYPE_CHECKING:
    from schema.bodies import Body, Government


@strawberry.enum(description="Status of a power item (003-21).")
class PowerStatus(Enum):
    """Statuses."""

    IN_USE = strawberry.enum_value("in_use", description="在用: in use (003-21(1)).")
    SUSPENDED = strawberry.enum_value("suspended", description="暂停: suspended (003-18, 003-21(1)).")
    CANCELLED = strawberry.enum_value("cancelled", description="取消: cancelled; still shown as such (003-21(1)).")


def said(name: str, clause: str = "") -> Any:
    """Return a field of the content by its domain name, described as the domain describes it."""

    def of(_root: Source, found: Loaded) -> Any:
        return getattr(found.content, name)

    return of_content(words(Content, name, clause), of, OfContent(name, default_of(Content, name)))


def paired(name: str, clause: str, show: Callable[[Content], Any]) -> Any:
    """Return a field that shows a mapping of the content as pairs."""

    def of(_root: Source, found: Loaded) -> Any:
        return show(found.content)

    return of_content(words(Content, name, clause), of, OfPairs(name))


def placed(name: str, clause: str = "", *, with_laws: bool = False) -> Any:
    """Return a field of parts of the content that know whose they are; legal bases also know their laws."""

    def of(root: Source, found: Loaded) -> list[Placed]:
        laws = found.laws if with_laws else {}
        values = enumerate(getattr(found.content, name), 1)
        return [Placed(value, root, place, laws.get(place)) for place, value in values]

    return of_content(words(Content, name, clause), of, OfPlaces(name, with_laws))


async def _drawn(
    root: Source, info: Info, kind: ChartKind, own: FlowValue | None, code: str, points: tuple[RiskPoint, ...] = ()
) -> Drawn | None:
    """Return the chart an item shows: its own, else the generic one it names, else none."""
    if points or (own is not None and kind != "risk"):
        return Drawn(kind, root["code"], own, points)
    if not code:
        return None
    key = (root["government_id"], root.at.recorded_at, code)
    shared = await info.context.loaders.of("chart", load_charts).load(key)
    return Drawn(kind, root["code"], shared.flow, shared.risk_points, code) if shared else None


async def _external(root: Root, info: Info) -> Any:
    """外部流程图: the flow chart the public sees, its own or a generic one (003-13, 003-14, 002-4.2.4)."""
    content = (await loaded(root, info)).content
    return await _drawn(root, info, "external", content.external_flow, content.external_chart)


async def _internal(root: Root, info: Info) -> Any:
    """内部流程图: the flow down to the post, its own or a generic one; posts, no persons (003-14)."""
    content = (await loaded(root, info)).content
    return await _drawn(root, info, "internal", content.internal_flow, content.internal_chart)


async def _risks(root: Root, info: Info) -> Any:
    """廉政风险防控图: risk points with grade and prevention, its own or a generic chart (000-8)."""
    content = (await loaded(root, info)).content
    return await _drawn(root, info, "risk", content.internal_flow, content.risk_chart, content.risk_points)


def _category(root: Root, info: Info) -> profiles.Category:
    """权力类别: category by the regulation in force here (003-3, 001-6)."""
    return profiles.category(info.context.ctx.profile, root["category"])


def _level(root: Root, info: Info) -> profiles.Level | None:
    """行使层级: level of government at which the power is exercised (003-13)."""
    return profiles.level(info.context.ctx.profile, root["level"])


def _further(content: Content) -> list[FurtherField]:
    return [FurtherField(header=header, text=text) for header, text in content.further.items()]


NAMED_APART: Final = {"body": "bodyCode", "bases": "legalBases", "risk_points": "riskChart"}
"""Fields of the domain's content that the interface calls otherwise."""


@strawberry.interface(
    name="PowerContent",
    description="权力事项内容: what one version of a power item says (003-13, 001-6, 000-8, 002-4.2.5).",
)
class PowerContent(FromSource):
    """The content of a state of an item."""

    entity: ClassVar[Entity] = VERSION

    code: str = column("code", words(Content, "code", "003-13"))
    scheme: str = column("scheme", words(Content, "scheme"))
    name: str = column("name", words(Content, "name", "003-13"))
    sub_item: str = column("sub_item", words(Content, "sub_item"))
    category: profiles.Category = computed(shows=OfProfile("category", "category"))(_category)
    level: profiles.Level | None = computed(shows=OfProfile("level", "level"))(_level)
    status: PowerStatus = column("status", words(Content, "status"))
    status_reason: str = said("status_reason", "003-21")
    status_basis: str = said("status_basis", "003-21")

    government: Annotated["Government", strawberry.lazy("schema.bodies")] | None = belongs_to(
        POWER, "government", "Government", "所属政府: the government in whose library the item stands (003-20)."
    )
    body: Annotated["Body", strawberry.lazy("schema.bodies")] | None = belongs_to(
        POWER, "body", "Body", "责任主体: the responsible body, if the library knows it (003-13)."
    )
    body_code: str = column("body_code", words(Content, "body", "003-13"))
    body_name: str = said("body_name", "003-13")
    handling_unit: str = said("handling_unit", "003-13")
    authority: str = said("authority")
    duties: list[str] = said("duties", "001-6")
    entrustments: list[Entrustment] = said("entrustments", "001-13.3")

    legal_bases: list[LegalBasis] = placed("bases", "001-7, 003-13", with_laws=True)
    responsibilities: list[ResponsibilityMatter] = said("responsibilities", "001-6")
    responsibility_bases: list[LegalBasis] = placed("responsibility_bases", "001-6")
    accountable_persons: list[str] = said("accountable_persons", "001-6")
    accountability: list[str] = said("accountability", "001-6")
    accountability_bases: list[LegalBasis] = placed("accountability_bases", "001-6")
    remedies: list[str] = said("remedies", "004-3")

    fees: list[Fee] = said("fees", "003-13")
    fee_note: str = said("fee_note")
    statutory_limit: Limit | None = said("statutory_limit", "003-13")
    promised_limit: Limit | None = said("promised_limit")
    place: str = said("place", "003-13")
    contact_phone: str = said("contact_phone", "003-13")
    supervision_phone: str = said("supervision_phone", "003-13")

    external_flow: Flow | None = computed(shows=OfChart("external"))(_external)
    internal_flow: Flow | None = computed(shows=OfChart("internal"))(_internal)
    risk_chart: RiskChart | None = computed(shows=OfChart("risk"))(_risks)
    guide: Guide | None = said("guide", "002-4.2.5")
    benchmarks: list[DiscretionBenchmark] = placed("benchmarks", "003-15")
    supervision: list[SupervisionMeasure] = said("supervision", "000-10")
    remarks: str = said("remarks")
    further: list[FurtherField] = paired("further", "003-13", _further)


def _shows_content(field: StrawberryField) -> bool:
    return isinstance(field.metadata.get(METADATA), OfContent | OfPairs | OfPlaces)


OF_CONTENT: Final = frozenset(
    to_camel_case(field.python_name)
    for field in get_object_definition(PowerContent, strict=True).fields
    if _shows_content(field)
)
"""Fields of the contract that need an item's content; the others stand in its row."""
