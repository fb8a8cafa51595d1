"""Waiting in tests for what another process does."""

import time
from collections.abc import Callable
from typing import Final

_PAUSE_SECONDS: Final = 0.05


def wait_for(done: Callable[[], bool], seconds: float = 60) -> bool:
    """Look until it is done, at least so many seconds; return whether it is.

    The looks are counted, not the clock: while a machine stands still, the clock goes on and the system does not.
    """
    for _ in range(int(seconds / _PAUSE_SECONDS)):
        if done():
            return True
        time.sleep(_PAUSE_SECONDS)
    return done()
