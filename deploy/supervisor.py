"""One parent over all children: starts them, restarts one that dies, ends them in order. Nothing else.

It runs in the main thread and starts every child there, because the tie by which a child dies with its parent hangs
on the starting thread.
"""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

import structlog

from deploy.processes import stop
from deploy.refusals import StartRefused

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
STEADY_SECONDS: Final = 60.0
"""A child that has lived this long starts again from the shortest pause."""

_LOOK_SECONDS: Final = 0.2

log = structlog.get_logger("supervisor")


def pause_after(deaths: int) -> float:
    """Return how many seconds to wait after so many deaths in a row (1 = the first)."""
    return min(FIRST_PAUSE_SECONDS * 2.0 ** (min(deaths, 10) - 1), LONGEST_PAUSE_SECONDS)


@dataclass
class Child:
    """A process that is kept alive. ``start`` starts it and returns it; ``deaths`` counts those in a row."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    _started_at: float = field(default=0.0)
    _start_after: float = field(default=0.0)

    def run(self) -> None:
        """Start the child now."""
        self._started_at = time.monotonic()
        self.process = self.start()

    def look(self) -> None:
        """Notice a death, and start again when its pause is over."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            self._note_death(now, self.process.returncode)
        if self.process is None and now >= self._start_after:
            try:
                self.run()
            except (StartRefused, OSError) as error:
                log.warning("child did not start", child=self.name, reason=str(error))
                self._note_death(now, None)
            else:
                log.info("child restarted", child=self.name, attempt=self.deaths)

    def _note_death(self, now: float, status: int | None) -> None:
        self.deaths = 1 if now - self._started_at > STEADY_SECONDS else self.deaths + 1
        pause = pause_after(self.deaths)
        self._start_after, self.process = now + pause, None
        log.warning("child ended", child=self.name, status=status, again_in_seconds=pause)


class Supervisor:
    """Keeps children alive until SIGINT, SIGTERM or SIGHUP; ends them last-started first."""

    def __init__(self, *, stop_seconds: float) -> None:
        """``stop_seconds`` is what a child gets to finish its work before it is killed."""
        self.children: list[Child] = []
        self._stop_seconds = stop_seconds
        self._stopping = threading.Event()

    def add(self, child: Child) -> Child:
        """Take charge of a child and start it unless it runs already."""
        self.children.append(child)
        if child.process is None:
            child.run()
        return child

    def listen_for_signals(self) -> None:
        """Let SIGINT, SIGTERM and SIGHUP end the run in order."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        del number
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """Whether a signal has asked for the end."""
        return self._stopping.is_set()

    def watch(self) -> None:
        """Keep the children alive until a signal comes."""
        while not self._stopping.wait(_LOOK_SECONDS):
            for child in self.children:
                child.look()

    def stop(self, *, keep: Sequence[Child] = ()) -> None:
        """End the children except some: all are asked together, then each is waited for, the last started first."""
        chosen = [child for child in reversed(self.children) if child not in keep]
        for child in chosen:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        for child in chosen:
            if child.process is not None:
                stop(child.process, [signal.SIGTERM], wait_seconds=self._stop_seconds)
