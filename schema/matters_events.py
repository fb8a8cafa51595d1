"""Events of a matter: one act each, as the record keeps it; nothing of it is ever changed (003-33)."""

from datetime import datetime
from enum import Enum
from typing import ClassVar, Final

import strawberry

from domain.engine.acts import ACT_NAMES
from resolvers.reading.archives import ARCHIVED_PART
from resolvers.reading.declarations import Entity
from resolvers.reading.matters import MATTER_EVENT
from schema.fields import coded
from schema.matters_values import (
    MatterDocument,
    MatterFact,
    MatterMaterial,
    MatterNote,
    MatterOpinion,
    MatterOutcome,
)
from schema.parts import filed, read_list
from schema.sources import FromSource, column, identified

EVENT_COLUMNS: Final = tuple(name for name in MATTER_EVENT.columns if name != "body")
"""What the type shows; the bytes of the record are for those who prove it."""


MatterActKind: Final = coded(
    "MatterActKind", ACT_NAMES, "办理行为: everything that can happen to a matter (003-30, 003-31)."
)


@strawberry.enum(description="Who did it.")
class MatterDoer(Enum):
    """Who acts."""

    OFFICIAL = strawberry.enum_value("official", description="工作人员: an official on a post of a body (003-14).")
    PARTY = strawberry.enum_value("party", description="当事人: the party; its identity is no part of the record.")
    SYSTEM = strawberry.enum_value("system", description="系统: what time does, such as a reminder (003-32(4)).")


@strawberry.type(
    description="办理记录: one act on a matter, numbered without a gap; nothing of it is ever changed (003-33)."
)
class MatterEvent(FromSource):
    """An event."""

    entity: ClassVar[Entity] = MATTER_EVENT

    id: strawberry.ID = identified("MatterEvent")
    matter_number: str = column("number", "办件编号: number of the matter.")
    seq: int = column("seq", "序号: number within the matter, from 1 without a gap (003-33).")
    kind: MatterActKind = column("act_kind", "行为: what was done.")  # type: ignore[valid-type]
    doer: MatterDoer = column("doer", "行为人: an official, the party, or time.")
    doer_name: str = column("doer_name", "姓名: name of the official; of nobody else there is one here.")
    body_code: str = column("body_code", "机构代码: code of the body whose matter it was.")
    at: datetime = column("at", "时间: when.")
    reasons: str = filed("act", "reasons", "理由: the reasons given, where the act has any (003-31(4)).")
    opinion: MatterOpinion | None = filed("act", "opinion", "意见: the opinion it brought (003-31(4)).", default=None)
    materials: list[MatterMaterial] = filed(
        "act", "materials", "材料: materials it brought (003-31(1)).", read_list, ()
    )
    facts: list[MatterFact] = filed("act", "facts", "要素: facts it brought (003-31(3)).", read_list, ())
    documents: list[MatterDocument] = filed("act", "documents", "文书: papers it made (003-31(5)).", read_list, ())
    outcome: MatterOutcome | None = filed("act", "outcome", "处理结果: what it decided (003-31(5)).", default=None)
    notes: list[MatterNote] = filed("event_notes", "notes", "提示: what was pointed out (R10, R11).", read_list, ())


@strawberry.type(
    description="归档部分: acts of a matter that have left for a bundle of the archive; none is lost (003-33)."
)
class ArchivedPart(FromSource):
    """A part of a matter's record that is in the archive."""

    entity: ClassVar[Entity] = ARCHIVED_PART

    bundle: str = column("bundle", "归档包: its name.")
    digest: str = column("digest", "清单摘要: SHA-256 of its manifest, as the record has it.")
    first: int = column("first", "起: number of the first act in it.")
    last: int = column("last", "止: number of the last act in it.")
