"""The table of forms: which parts the form of each kind of act has. Everything else follows from it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portal import matters_between, matters_file_parts, matters_outcome, matters_paper_parts, matters_parts
from portal.matters_fields import Answers, Bench, Data, Group, Part

PARTS: Final[Mapping[str, Part]] = MappingProxyType(
    {
        **matters_parts.PARTS,
        **matters_between.PARTS,
        **matters_file_parts.PARTS,
        **matters_outcome.PARTS,
        "papers": matters_paper_parts.PART,
    }
)
FORMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "accept": ("onward", "papers", "documents", "materials", "facts", "opinion", "officers"),
        "refuse_acceptance": ("ground", "reasons", "referral", "papers", "documents"),
        "ask_supplement": ("items", "papers", "documents"),
        "supplement": ("received", "materials"),
        "record": ("materials", "papers", "documents", "facts", "recordings", "receipt", "officers"),
        "opine": ("opinion",),
        "assign": ("assignee",),
        "complete": (
            "onward",
            "opinion",
            "outcome",
            "facts",
            "papers",
            "documents",
            "recordings",
            "receipt",
            "materials",
            "officers",
        ),
        "return": ("back", "reasons"),
        "decide": ("outcome", "onward", "opinion", "papers", "documents", "facts", "officers"),
        "serve": ("served", "officers"),
        "exercise": ("right", "papers", "documents"),
        "suspend": ("ground", "reasons", "told"),
        "resume": ("ground",),
        "extend": ("extension", "reasons"),
        "request_assistance": ("asked",),
        "answer_assistance": ("answer", "papers", "documents", "materials"),
        "transfer": ("ground", "transfer", "reasons", "papers", "documents"),
        "raise_dispute": ("dispute", "reasons"),
        "state_jurisdiction": ("claim", "reasons"),
        "designate": ("designation", "reasons"),
        "merge": ("joined", "reasons"),
        "split": ("split", "reasons"),
        "withdraw": ("reasons",),
        "terminate": ("ground", "reasons", "papers", "documents"),
        "close": ("papers", "documents", "receipt", "facts"),
        "archive": ("index",),
        "correct": ("correction", "reasons"),
        "name_party": ("party",),
    }
)
"""Parts by kind. What is not here has no form of its own: a matter is registered by a page of its own, and joined from the other side."""

MAIN: Final = (
    "accept",
    "ask_supplement",
    "refuse_acceptance",
    "complete",
    "decide",
    "close",
    "opine",
    "return",
    "assign",
)
"""Acts in a step, in the order in which they are offered; the others are upon the matter as a whole."""


def groups_of(bench: Bench) -> tuple[Group, ...]:
    """Return the groups of controls of an act's form; KeyError for a kind that has none."""
    return tuple(group for name in FORMS[bench.kind] for group in PARTS[name].show(bench))


def takes_files(kind: str) -> bool:
    """Say whether the form of a kind of act takes files."""
    return "materials" in FORMS.get(kind, ())


def data_of(answers: Answers, bench: Bench) -> Data:
    """Return what was typed as the act's data, without key, doer and visit; problems are noted in ``answers``."""
    found: Data = {"kind": bench.kind}
    for name in FORMS[bench.kind]:
        found |= PARTS[name].read(answers, bench)
    return found
