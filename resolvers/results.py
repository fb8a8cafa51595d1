"""Published results 结果公示: drafted, published, corrected, withdrawn, withheld and read (H7; 004-3).

The door of all use-cases on published results; edges import from here.
"""

from resolvers.results_publishing import AlreadyMoved, Words, correct, note_change, publish, withdraw, withhold
from resolvers.results_reading import (
    PublicResult,
    ResultFilter,
    ResultRow,
    ResultVersion,
    ResultView,
    list_published,
    listing,
    published,
    remind,
    result,
    to_do,
)

__all__ = [
    "AlreadyMoved",
    "PublicResult",
    "ResultFilter",
    "ResultRow",
    "ResultVersion",
    "ResultView",
    "Words",
    "correct",
    "list_published",
    "listing",
    "note_change",
    "publish",
    "published",
    "remind",
    "result",
    "to_do",
    "withdraw",
    "withhold",
]
