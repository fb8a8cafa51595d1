"""What a finding does to an alert (S3; R19 of the table): open, rise, or nothing. An alert never falls and never goes.

The lower grade goes when a higher one comes; a lifted alert comes back only when a higher grade is found.
"""

from datetime import time
from typing import Final, Literal

from domain.supervision.rules import RANKS, Schedule

Step = Literal["open", "rise", "nothing"]
STATES: Final = ("open", "lifted")
STATE_NAMES: Final = {"open": "未摘牌", "lifted": "已摘牌"}


def step(known: str | None, found: str) -> Step:
    """Return what a found grade does to the grade that is known of the same thing; None: nothing is known yet."""
    if known is None:
        return "open"
    return "rise" if RANKS[found] > RANKS[known] else "nothing"


def due(schedule: Schedule, last: time | None, now: time) -> bool:
    """Say whether a sweep is due at a time of the day, given the last one of the same day."""
    if not schedule.from_hour <= now.hour < schedule.until_hour:
        return False
    if last is None:
        return True
    passed = (now.hour - last.hour) * 60 + now.minute - last.minute
    return passed >= schedule.every_minutes
