"""Matters: opened, acted upon, read and watched — the door of all use-cases on what runs (R1–R18; 003-29 to 003-33).

Edges import from here.
"""

from resolvers.matters_acting import act
from resolvers.matters_opening import apply, open_matter
from resolvers.matters_refusals import ChangedMeanwhile, Happened, KeyReused, MatterRefused, NotRunnable, WrongPost
from resolvers.matters_values import ActDone, Opened, Opening

__all__ = [
    "ActDone",
    "ChangedMeanwhile",
    "Happened",
    "KeyReused",
    "MatterRefused",
    "NotRunnable",
    "Opened",
    "Opening",
    "WrongPost",
    "act",
    "apply",
    "open_matter",
]
