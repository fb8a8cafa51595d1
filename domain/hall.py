"""What of a matter's course the hall must take up: its party is invited to rate it, its decision is published."""

from collections.abc import Sequence
from typing import Final

from domain.engine.events import Event, Marked

MILESTONES: Final = ("decided", "served", "closed")
CHANGES: Final = ("decide", "correct", "terminate")
"""Acts after which what was published of a matter may not be right any more."""


def concerned(events: Sequence[Event]) -> tuple[int, ...]:
    """Return the numbers of those events of which the hall must know."""
    return tuple(event.seq for event in events if _concerned(event))


def _concerned(event: Event) -> bool:
    reached = any(isinstance(one, Marked) and one.name in MILESTONES for one in event.effects)
    return reached or event.act.kind in CHANGES
