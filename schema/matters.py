"""Matters: cases and penalty cases that run, for those who may see them (003-28 to 003-34).

Nothing here is public. Officials of a matter's bodies and the supervision bureau of its government see it; for everybody
else there is none: the guard stands in every statement, and "missing" and "forbidden" are one answer.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Final

import strawberry
from strawberry import UNSET

from resolvers.reading.declarations import Entity
from resolvers.reading.matters import MATTER
from resolvers.reading.shows import OfDocument, OfMany, OfOne, OfPage, OfProfile
from resolvers.reading.statements import Read
from schema import profiles
from schema.bodies import Body
from schema.cost import PAGED, Cost, ListSize
from schema.fields import computed
from schema.loading import Info
from schema.matters_events import EVENT_COLUMNS, ArchivedPart, MatterEvent
from schema.matters_limits import MaskedParty, MatterDeadline, deadlines, masked_party
from schema.matters_names import MatterEnding, MatterPhase, PartyKind
from schema.matters_values import (
    MatterDocument,
    MatterFact,
    MatterMaterial,
    MatterOpinionGiven,
    MatterOutcome,
    MatterStep,
    MatterSupplement,
)
from schema.nested import children_page
from schema.node import Node
from schema.paging import After, Connection, First, page_request
from schema.parts import as_it_is, read_list
from schema.sources import (
    FromSource,
    Root,
    Source,
    column,
    has_many,
    identified,
    late_document,
    load_version,
    reference,
)
from schema.versions import PowerVersion

ONE: Final = "one"
"""The scope in which single matters are read."""

NAMED: Final = ("visits", "opinions", "facts")
"""Documents that cost a subquery for each row; they are fetched only when asked for."""

COLUMNS: Final = tuple(name for name in MATTER.columns if name not in (*NAMED, "state"))
READ: Final = Read(COLUMNS, scope=ONE)
KINDS: Final[Mapping[str, str]] = {
    "case": "Case",
    "penalty_case": "PenaltyCase",
    "rating_review": "RatingReview",
    "supervision_case": "SupervisionCase",
}
"""The types by the kind that the row tells."""


def matter_source(row: Any) -> Source:
    """Return a row of the entity ``matter`` as a source of its own type."""
    return Source(KINDS[row["kind"]], row)


def late(
    column_name: str, name: str, description: str, read: Any = read_list, default: Any = (), *directives: object
) -> Any:
    """Return a field that shows a part of a matter's document which is fetched only when asked for."""
    shown = OfDocument(column_name, name, default)
    return late_document(MATTER, shown, description, *directives, read=read, scope=ONE)


def _category(root: Root, info: Info) -> profiles.Category:
    """类别: category of the item, as the regulation names it (003-3)."""
    return profiles.category(info.context.ctx.profile, root["category"])


async def _version(root: Root, info: Info) -> Any:
    """事项版本: version of the item that the matter runs by; fixed at its acceptance (003-29)."""
    return None if root["item_version_id"] is None else await load_version(info, root["item_version_id"])


EVENTS: Final = OfPage("matter_event", "stream", "stream", "told")
"""The events of a matter."""


async def _events(root: Root, info: Info, first: First = UNSET, after: After = UNSET) -> Any:
    """办理记录: what happened, the first event first (003-31, 003-33)."""
    found = await children_page(info, EVENTS, root["stream"], page_request(info, first, after), EVENT_COLUMNS)
    return Connection(page=found.map(lambda row: Source("MatterEvent", row)))


@strawberry.interface(
    description="事务: one run of a procedure, such as a case; for officials of its bodies and who supervises them (003-28)."
)
class Matter(Node):
    """A matter."""

    entity: ClassVar[Entity] = MATTER

    number: str = column("number", "编号: serial number: body, category, year, number (003-31(2)).")
    title: str = column("title", "名称: what it is about.")
    phase: MatterPhase = column("phase", "阶段: where it is.")
    ending: MatterEnding = column("ending", "结束方式: how it ended.")
    category: profiles.Category = computed(shows=OfProfile("category", "category"))(_category)
    item_code: str = column("item_code", "权力编码: code of the item (003-29).")
    item_version: PowerVersion | None = computed(shows=OfOne("version", "item_version_id", "version_id"))(_version)
    body: Body | None = reference(
        Body.entity, "body_code", "Body", "承办机关: the body that handles it (003-14).", foreign="code"
    )
    bodies: list[str] = column("bodies", "参与机关: codes of all bodies that have to do with it (R17).")
    step_keys: list[str] = column("steps", "当前环节代码: keys of the steps that are open.")
    step_names: list[str] = column("step_names", "当前环节: names of the steps that are open (003-14).")
    posts: list[str] = column("posts", "当前岗位: posts that the open steps belong to (003-14).")
    due_on: date | None = column(
        "due_on", "到期日: last day of the limit that ends first; null: none runs (003-31(2))."
    )
    due_name: str = column("due_name", "到期期限: name of that limit.")
    due_provisional: bool = column("due_provisional", "暂定: the year's notice is not out; nobody is late by it.")
    paused: bool = column("paused", "计时暂停: whether the clock stands still (003-30).")
    opened_at: datetime = column("opened_at", "登记时间: when it was registered.")
    accepted_at: datetime | None = column("accepted_at", "受理时间: when it was accepted.")
    decided_at: datetime | None = column("decided_at", "决定时间: when it was decided.")
    closed_at: datetime | None = column("closed_at", "办结时间: when it was closed.")
    changed_at: datetime = column("changed_at", "变动时间: when something happened last.")
    party_kind: PartyKind = column("party_kind", "当事人类别: a person or a unit.")
    origin: str = column("origin", "来源: number of the matter it came from, if any (003-30).")
    seq: int = column("seq", "事件序号: number of its last event; send it as `seen` with an act.")
    steps: list[MatterStep] = late(
        "visits",
        "visits",
        "环节: every visit of a step, in order (003-31(2)).",
        read_list,
        (),
        ListSize(assumed_size=10),
    )
    opinions: list[MatterOpinionGiven] = late(
        "opinions", "opinions", "签署的意见: every opinion, in order (003-31(4))."
    )
    facts: list[MatterFact] = late("facts", "facts", "要素: key facts in their newest value, by code (003-31(3)).")
    materials: list[MatterMaterial] = late("state", "materials", "材料: materials of the file (003-31(1)).")
    documents: list[MatterDocument] = late("state", "documents", "文书: legal papers of the file (003-31(5)).")
    outcome: MatterOutcome | None = late(
        "state", "outcome", "处理结果: what was decided; null: nothing yet (003-31(5)).", as_it_is, None
    )
    deadlines: list[MatterDeadline] = computed(Cost(weight=5), ListSize(assumed_size=5))(deadlines)
    party: MaskedParty | None = computed(Cost(weight=5))(masked_party)
    archived: list[ArchivedPart] = has_many(
        OfMany("archived_part", "stream", "stream", "month"),
        lambda row: Source("ArchivedPart", row),
        "归档部分: which acts are in the archive and no longer among `events`; empty: all are here (003-33).",
        Cost(weight=5),
        ListSize(assumed_size=1),
    )
    events: Connection[MatterEvent] = computed(PAGED, shows=EVENTS)(_events)


@strawberry.type(description="办件: a case on application or of office that is no penalty (003-28, 003-30).")
class Case(FromSource, Matter):
    """A case."""

    tag: ClassVar[str] = "case"

    id: strawberry.ID = identified("Case")
    supplements: list[MatterSupplement] = late("state", "supplements", "补正: supplements asked for (行政许可法-32).")


@strawberry.type(description="案件: a penalty case, from its source to its closure (003-30, 004-6).")
class PenaltyCase(FromSource, Matter):
    """A penalty case."""

    tag: ClassVar[str] = "penalty_case"

    id: strawberry.ID = identified("PenaltyCase")
    merged: list[str] = late("state", "merged", "并入的案件: numbers of cases taken up into it (003-30).")
    split_off: list[str] = late("state", "split_off", "分出的案件: numbers of cases that began with it (003-30).")


@strawberry.type(
    description="差评核查: the review of a bad rating by officials who had no part in the case (003-27, R16)."
)
class RatingReview(FromSource, Matter):
    """A review of a bad rating; ``origin`` is the number of the case that was rated."""

    tag: ClassVar[str] = "rating_review"

    id: strawberry.ID = identified("RatingReview")


@strawberry.type(
    description="督办件: what the supervision bureau has a body look into, until its finding (003-36(6), 003-40 to 003-42)."
)
class SupervisionCase(FromSource, Matter):
    """A supervision case; its undertaking body is the second of ``bodies``."""

    tag: ClassVar[str] = "supervision_case"

    id: strawberry.ID = identified("SupervisionCase")
