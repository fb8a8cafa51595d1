"""What the operator decides about materials: kinds, sizes, the scanner, and how long what nobody took up is kept."""

from dataclasses import dataclass, field
from typing import Literal

from domain.materials import KINDS
from resolvers.scanners import NoScanner, Scanner


@dataclass(frozen=True, slots=True)
class Intake:
    """The rules of one installation.

    ``away`` is what happens while the scanner does not answer: ``refuse``, or ``later`` (kept unread until scanned).
    """

    kinds: tuple[str, ...] = tuple(KINDS)
    most_bytes: int = 100_000_000
    party_bytes: int = 20_000_000
    most_files: int = 200
    party_files: int = 30
    scanner: Scanner = field(default_factory=NoScanner)
    away: Literal["refuse", "later"] = "refuse"
    hours: int = 72
