"""Assessment 绩效评估 (S7; 003-36(5), 003-43): scores are frozen with their ledgers, objected to, restated and published.

A score is never changed: what a decision takes back makes a further edition, with its reason, beside the first one. The door;
edges import from here.
"""

from resolvers.assessments_freezing import (
    NotScoredAtOnce,
    PeriodNotOver,
    freeze,
    freeze_due,
    freeze_unhurried,
    government_of,
    period_asked,
    publish,
)
from resolvers.assessments_objecting import (
    ObjectToTheBody,
    TooLateToObject,
    decide,
    must_head,
    object_to,
)
from resolvers.assessments_ordering import Frozen, Order, freeze_or_order, freeze_ordered, orders
from resolvers.assessments_periods import bodies_scored, governments, periods, periods_of
from resolvers.assessments_reading import (
    compared,
    history,
    list_scores,
    listing,
    objections_listing,
    open_objections,
    pages_of_scores,
    score_view,
    trends,
)
from resolvers.assessments_values import (
    EntryRow,
    FrozenPeriod,
    Objection,
    OpenObjection,
    ScoreFilter,
    ScoreRow,
    ScoreView,
)

__all__ = [
    "EntryRow",
    "Frozen",
    "FrozenPeriod",
    "NotScoredAtOnce",
    "ObjectToTheBody",
    "Objection",
    "OpenObjection",
    "Order",
    "PeriodNotOver",
    "ScoreFilter",
    "ScoreRow",
    "ScoreView",
    "TooLateToObject",
    "bodies_scored",
    "compared",
    "decide",
    "freeze",
    "freeze_due",
    "freeze_or_order",
    "freeze_ordered",
    "freeze_unhurried",
    "government_of",
    "governments",
    "history",
    "list_scores",
    "listing",
    "must_head",
    "object_to",
    "objections_listing",
    "open_objections",
    "orders",
    "pages_of_scores",
    "period_asked",
    "periods",
    "periods_of",
    "publish",
    "score_view",
    "trends",
]
