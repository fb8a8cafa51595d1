"""Measure complaints: how many are filed a second, with a sealed name, over as many connections as a process has."""

import asyncio
import itertools
import time
from dataclasses import replace
from typing import Final

from domain.complaints import Filing, Identity
from resolvers import complaints
from resolvers.calendar import seed_calendar
from resolvers.complaints_sealing import IdentityKeys, new_code, public_of
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.throttles import Client
from tests import factories
from tests.bench import measuring

AT_A_TIME: Final = 16
WORDS: Final = "窗口工作人员没有一次告知所需材料，来回跑了三次。" * 6


async def section(application_url: str, seconds: float) -> str:
    """Measure in a cluster and return the section of the report."""
    database = await Database.connect(application_url, pool_size=8)
    try:
        async with unit_of_work(factories.context(database)) as uow:
            await seed_calendar(uow)
        rows = [
            (who, *await _measured(database, number, seconds, named=bool(number)))
            for number, who in enumerate(("anonymous", "with a name, sealed to two keys"))
        ]
    finally:
        await database.close()
    return measuring.table(
        f"Complaints: filed by {AT_A_TIME} at a time, one process", ("who files", "filed/s", "p50 ms", "p99 ms"), rows
    )


async def _measured(database: Database, round_: int, seconds: float, *, named: bool) -> tuple[float, float, float]:
    keys = IdentityKeys(public_of("handling", new_code()), public_of("supervision", new_code()))
    ctx = replace(factories.context(database, profile=factories.profile("demo-city")), identity_keys=keys)
    code = f"B{round_:03}"
    division = f"9901{round_:02}"
    await factories.body(
        ctx, await factories.government(ctx, division_code=division), code=code, number=f"{round_ + 1:03}"
    )
    identity = Identity("王某", phone="13900001234") if named else Identity()
    filing = Filing("complaint", "undisclosed" if named else "anonymous", "body", WORDS, body=code, identity=identity)
    numbers, times = itertools.count(), list[float]()
    until = time.perf_counter() + seconds

    async def files() -> None:
        while time.perf_counter() < until:
            number = next(numbers)
            # Everybody from an address of their own: what is measured is filing, not the brake on one address.
            client = Client(f"2001:db8:{number // 65536:x}:{number % 65536:x}::1")
            began = time.perf_counter()
            await complaints.file(ctx, filing, f"bench {round_} {number} of a complaint", client)
            times.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*(files() for _ in range(AT_A_TIME)))
    took = time.perf_counter() - began
    times.sort()
    return len(times) / took, times[len(times) // 2], times[int(len(times) * 0.99)]
