"""The names of the gates: what a procedure may ask for and `domain.engine.gates` carries out, one for one."""

from typing import Literal, get_args

GateName = Literal[
    "certified_officers",
    "collective_discussion",
    "fee_within_standard",
    "fine_settled",
    "fine_within_range",
    "hearing_held_or_waived",
    "legality_review_passed",
    "materials_complete",
    "no_open_assistance",
    "no_penalty_intended",
    "not_heavier_than_told",
    "recording_complete",
    "rights_told",
    "separation_of_duties",
    "statement_heard_or_waived",
    "summary_ceiling",
]
"""Keep the list in alphabetical order. Reasons on negative opinions are asked everywhere, so they are no gate."""

GATE_NAMES: tuple[str, ...] = get_args(GateName)
