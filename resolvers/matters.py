"""Matters: opened, acted upon, read and watched — the door of all use-cases on what runs (R1–R18; 003-29 to 003-33).

Edges import from here.
"""

from resolvers.matters_acting import act, act_on, probe
from resolvers.matters_checking import MattersCheck, StateDiffers, check_matters, rebuild
from resolvers.matters_joining import Parted, merge, split
from resolvers.matters_loads import loads
from resolvers.matters_opening import apply, may_open, open_matter
from resolvers.matters_public import act_as_party, status
from resolvers.matters_reading import (
    WORDS,
    archived,
    history,
    ids_of,
    inbox,
    list_matters,
    listing,
    matter,
    narrowed,
    one_listing,
    possible,
    receipts,
    views,
)
from resolvers.matters_refusals import ChangedMeanwhile, Happened, KeyReused, MatterRefused, NotRunnable, WrongPost
from resolvers.matters_time import Swept, recount, sweep
from resolvers.matters_values import (
    ActDone,
    EventView,
    Load,
    Loads,
    MatterFilter,
    MatterOrder,
    MatterRow,
    MatterView,
    Opened,
    Opening,
    PublicStatus,
    Rotation,
    SupplementView,
    Tenure,
    Urgency,
)

__all__ = [
    "WORDS",
    "ActDone",
    "ChangedMeanwhile",
    "EventView",
    "Happened",
    "KeyReused",
    "Load",
    "Loads",
    "MatterFilter",
    "MatterOrder",
    "MatterRefused",
    "MatterRow",
    "MatterView",
    "MattersCheck",
    "NotRunnable",
    "Opened",
    "Opening",
    "Parted",
    "PublicStatus",
    "Rotation",
    "StateDiffers",
    "SupplementView",
    "Swept",
    "Tenure",
    "Urgency",
    "WrongPost",
    "act",
    "act_as_party",
    "act_on",
    "apply",
    "archived",
    "check_matters",
    "history",
    "ids_of",
    "inbox",
    "list_matters",
    "listing",
    "loads",
    "matter",
    "may_open",
    "merge",
    "narrowed",
    "one_listing",
    "open_matter",
    "possible",
    "probe",
    "rebuild",
    "receipts",
    "recount",
    "split",
    "status",
    "sweep",
    "views",
]
