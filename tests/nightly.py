"""How much the nightly tests do: as much as the issue asks for, unless the environment says less (``NIGHTLY_ACTS=500``)."""

import os


def so_many(name: str, usual: int) -> int:
    """Return a count that ``NIGHTLY_<name>`` may change."""
    return int(os.environ.get(f"NIGHTLY_{name}", usual))
