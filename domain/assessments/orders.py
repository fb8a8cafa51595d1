"""Orders to score a period that takes longer than a page may wait: where one stands (003-36(5); S7)."""

from typing import Final, Literal

OrderState = Literal["waiting", "running", "scored", "failed"]
STATES: Final[tuple[OrderState, ...]] = ("waiting", "running", "scored", "failed")

ATTEMPTS: Final = 3
"""How often an order is begun: a machine may fail once, and what fails every time is told to somebody who can mend it."""
