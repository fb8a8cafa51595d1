"""Enumerations of matters that several files of the contract share."""

from enum import Enum
from typing import Final

import strawberry

from domain.engine.clocks import STATE_NAMES
from domain.engine.events import ENDING_NAMES, PHASE_NAMES
from schema.fields import coded

PHASES: Final = {code: name for code, name in PHASE_NAMES.items() if code != "blank"}
MatterPhase: Final = coded("MatterPhase", PHASES, "阶段: where a matter is.")
MatterEnding: Final = coded("MatterEnding", ENDING_NAMES, "结束方式: how a matter ended; NONE: it has not.")
STATES: Final = {str(code): name for code, name in STATE_NAMES.items()}
DeadlineState: Final = coded("MatterDeadlineState", STATES, "期限状态: where a limit stands today (003-32(4)).")


@strawberry.enum(description="What the party is.")
class PartyKind(Enum):
    """Kinds of parties."""

    CITIZEN = strawberry.enum_value("citizen", description="自然人: a person.")
    ORGANISATION = strawberry.enum_value("organisation", description="单位: a unit.")
