"""The service guide, fees, entrustment, responsibility and supervision of an item (002-4.2.5, 003-13, 001-6, 000-10)."""

from datetime import date
from enum import Enum

import strawberry

from domain import powers as domain
from resolvers.reading.shows import OfAttribute
from schema.fields import plain, told


@strawberry.enum(description="Accepted form of a material (002-4.2.5).")
class MaterialForm(Enum):
    """Forms of materials."""

    PAPER = strawberry.enum_value("paper", description="纸质: on paper.")
    ELECTRONIC = strawberry.enum_value("electronic", description="电子: as a file.")
    EITHER = strawberry.enum_value("either", description="纸质或电子: on paper or as a file.")


@strawberry.type(description="申请材料: a material that an applicant hands in (002-4.2.5).")
class Material:
    """A material."""

    name: str = told(domain.Material, "name", "002-4.2.5")
    form: MaterialForm = told(domain.Material, "form")
    copies: int = told(domain.Material, "copies")
    required: bool = told(domain.Material, "required")
    source: str = told(domain.Material, "source")
    sample: str = told(domain.Material, "sample")
    note: str = told(domain.Material, "note")


@strawberry.type(description="办事指南: the service guide of an item (002-4.2.5).")
class Guide:
    """A guide."""

    conditions: list[str] = told(domain.Guide, "conditions", "002-4.2.5")
    materials: list[Material] = told(domain.Guide, "materials", "002-4.2.5")
    steps: list[str] = told(domain.Guide, "steps", "002-4.2.5")
    review_points: list[str] = told(domain.Guide, "review_points", "002-4.2.5")
    results: list[str] = told(domain.Guide, "results")
    hours: str = told(domain.Guide, "hours")
    online: bool = told(domain.Guide, "online", "003-26(1)")
    improper_act: str = told(domain.Guide, "improper_act", "002-4.2.5")


@strawberry.type(description="收费: a fee with its basis and standard (003-13).")
class Fee:
    """A fee."""

    name: str = told(domain.Fee, "name", "003-13")
    basis: str = told(domain.Fee, "basis", "003-13")
    standard: str = told(domain.Fee, "standard", "003-13")


@strawberry.type(description="委托: who is entrusted with what on what basis (001-13.3).")
class Entrustment:
    """An entrustment."""

    entrusted: str = told(domain.Entrustment, "entrusted", "001-13.3")
    usc_code: str = told(domain.Entrustment, "usc_code")
    scope: str = told(domain.Entrustment, "scope", "001-13.3")
    basis: str = told(domain.Entrustment, "basis", "001-13.3")
    written: bool = told(domain.Entrustment, "written", "001-13.3")
    entrusted_by: str = told(domain.Entrustment, "entrusted_by", "001-13.3")
    valid_from: date | None = told(domain.Entrustment, "valid_from")
    valid_until: date | None = told(domain.Entrustment, "valid_until")


@strawberry.type(description="责任事项: one responsibility matter under its heading (001-6).")
class ResponsibilityMatter:
    """A responsibility matter."""

    heading: str = told(domain.ResponsibilityMatter, "heading", "001-6")
    text: str = told(domain.ResponsibilityMatter, "text", "001-6")


@strawberry.type(description="事中事后监管细则: a rule for supervision during and after the act (000-10).")
class SupervisionMeasure:
    """A supervision rule."""

    target: str = told(domain.SupervisionMeasure, "target", "000-10")
    content: str = told(domain.SupervisionMeasure, "content", "000-10")
    method: str = told(domain.SupervisionMeasure, "method", "000-10")
    procedure: str = told(domain.SupervisionMeasure, "procedure", "000-10")
    measures: str = told(domain.SupervisionMeasure, "measures", "000-10")


@strawberry.type(
    description="其他规定内容: a further column of the published list, under the list's own header (003-13)."
)
class FurtherField:
    """A further column."""

    header: str = plain(OfAttribute("header"), "列名: Header of the column in the list.")
    text: str = plain(OfAttribute("text"), "内容: What the list says there.")
