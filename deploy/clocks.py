"""What time it is: the real time, or for trials a time that runs faster and never back (issue 4, time-lapse).

A time-lapse is for the embedded demonstration only. It begins where the record ends, so that nothing recorded before is
later than what comes; a state folder that once ran ahead stays ahead, also at ordinary speed, until it is made afresh.
Web and worker read the same small file, so they agree on the time.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg

from deploy.settings import Settings
from resolvers.addresses import plain_url

AHEAD: Final = timedelta(minutes=1)
"""A record that ends later than this after the real time was made under a time-lapse."""

_FILE: Final = Path("run", "clock.json")
_LATEST: Final = "SELECT max(at) FROM event"


@dataclass(frozen=True, slots=True)
class Clock:
    """At the moment ``real`` it showed ``shown``; since then it runs ``speed`` times as fast as the real time."""

    real: datetime
    shown: datetime
    speed: int = 1

    def now(self) -> datetime:
        """Return the time that acts are done at."""
        return self.at(datetime.now(UTC))

    def at(self, real: datetime) -> datetime:
        """Return what the clock shows at a real moment; before its own beginning it shows its beginning."""
        return self.shown + max(real - self.real, timedelta()) * self.speed

    @property
    def lapsing(self) -> bool:
        """Whether this is not the real time."""
        return self.speed != 1 or self.shown != self.real


def clock_of(settings: Settings) -> Clock:
    """Return the clock of a process: of the state folder's file if there is one, else the real time."""
    file = settings.state_dir / _FILE
    if settings.embedded and file.is_file():
        kept = json.loads(file.read_text("utf-8"))
        return Clock(datetime.fromisoformat(kept["real"]), datetime.fromisoformat(kept["shown"]), kept["speed"])
    now = datetime.now(UTC)
    return Clock(now, now)


def settle(folder: Path, owner_url: str, speed: int) -> Clock:
    """Decide at a start what time it is, and write it down for every process of this state folder."""
    real, latest = datetime.now(UTC), asyncio.run(_latest(owner_url))
    ahead = latest is not None and latest > real + AHEAD
    clock = Clock(real, latest if ahead and latest is not None else real, speed)
    file = folder / _FILE
    if clock.lapsing:
        written = {"real": clock.real.isoformat(), "shown": clock.shown.isoformat(), "speed": clock.speed}
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.write_text(json.dumps(written), encoding="utf-8")
    else:
        file.unlink(missing_ok=True)
    return clock


async def _latest(owner_url: str) -> datetime | None:
    """Return when the last act was recorded."""
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        found: datetime | None = await connection.fetchval(_LATEST)
        return found
    finally:
        await connection.close()
