"""Supervision 行政监察 (003-34..43): watching, alerts and what is done with them. The door; edges import from here."""

from resolvers.supervision_alerts import AlertMoved, lift
from resolvers.supervision_reading import (
    AlertFilter,
    AlertRow,
    AlertView,
    Board,
    Count,
    Happening,
    Week,
    alert,
    alert_row,
    all_alerts,
    board,
    list_alerts,
    listing,
)
from resolvers.supervision_rules import KeptRule, RuleFigures, RuleMoved, keep_shipped, rule, rules, set_rule
from resolvers.supervision_sweep import Swept, attend, sweep, sweep_is_due

__all__ = [
    "AlertFilter",
    "AlertMoved",
    "AlertRow",
    "AlertView",
    "Board",
    "Count",
    "Happening",
    "KeptRule",
    "RuleFigures",
    "RuleMoved",
    "Swept",
    "Week",
    "alert",
    "alert_row",
    "all_alerts",
    "attend",
    "board",
    "keep_shipped",
    "lift",
    "list_alerts",
    "listing",
    "rule",
    "rules",
    "set_rule",
    "sweep",
    "sweep_is_due",
]
