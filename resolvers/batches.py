"""Batches: the one way by which a list enters the library — proposed, reviewed, confirmed or discarded (L8).

The door of all use-cases on batches; edges import from here.
"""

from resolvers.batches_confirming import BatchMoved, confirm
from resolvers.batches_deciding import BatchOptions, decide, discard, mark_for_cancellation, refresh
from resolvers.batches_proposing import propose
from resolvers.batches_reading import RowFilter, batch, enters, keepers, list_batches, missing, report, row, rows
from resolvers.batches_values import (
    BatchRowView,
    BatchView,
    Confirmation,
    Enters,
    KeptGovernment,
    MissingItem,
    Proposal,
    RowProblem,
    SourceFile,
)

__all__ = [
    "BatchMoved",
    "BatchOptions",
    "BatchRowView",
    "BatchView",
    "Confirmation",
    "Enters",
    "KeptGovernment",
    "MissingItem",
    "Proposal",
    "RowFilter",
    "RowProblem",
    "SourceFile",
    "batch",
    "confirm",
    "decide",
    "discard",
    "enters",
    "keepers",
    "list_batches",
    "mark_for_cancellation",
    "missing",
    "propose",
    "refresh",
    "report",
    "row",
    "rows",
]
