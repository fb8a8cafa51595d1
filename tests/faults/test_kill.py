"""kill -9 of web, worker, PostgreSQL and Valkey under acts: no acknowledged act is lost, none is doubled (trust F1, F3, F4).

Real processes, started as `make run` starts them, with a state folder of their own and fsync as in production. kill -9
leaves the system's page cache: what only a power cut loses is not shown here. Each promise has a control that must fail.
"""

import asyncio
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from deploy import roles
from deploy.embedded import OWNER
from deploy.processes import tie
from deploy.state import StateFolder
from resolvers.context import unit_of_work
from resolvers.database import Database
from tests import desks, factories, running
from tests.deploy.test_serving import ROOT, Running, free_port
from tests.faults.acting import SECRET, Clerk, History, work
from tests.faults.checking import Verdict, check
from tests.nightly import so_many
from tests.running import Office

pytestmark = pytest.mark.clause("R1", "R9")
VICTIMS = ("web", "worker", "postgres", "valkey")
MATTERS, CLERKS = 24, 6


TOLD = 6_000
"""Characters of the system's own words that a failure shows."""


@dataclass
class Scene:
    """A running system with a body at work, and the database beside it for setting up and checking."""

    system: Running
    office: Office
    session: str
    matters: list[int]
    url: str

    def clerk(self, history: History, **more: bool) -> Clerk:
        account = self.office.people["clerk"].account_id
        assert account is not None
        return Clerk(f"http://127.0.0.1:{self.system.port}", self.session, account, history, **more)

    async def verdict(self, history: History) -> Verdict:
        """Check on connections of its own: those from before a crash are gone."""
        database = await Database.connect(self.url, pool_size=2)
        ctx = factories.context(database, now=datetime.now(UTC), profile=self.office.ctx.profile)
        found = await check(ctx, history)
        await database.close()
        return found

    async def kill(self, victim: str) -> None:
        """End it by kill -9 and wait until it is started again; the worker may be down with Valkey when its turn comes."""
        while victim not in self.system.children():  # noqa: ASYNC110 - a process has no event
            await asyncio.sleep(0.05)
        old = self.system.children()[victim]
        os.kill(old, signal.SIGKILL)
        while self.system.children().get(victim, old) == old:  # noqa: ASYNC110 - a process has no event
            await asyncio.sleep(0.05)

    async def well(self) -> None:
        """Wait until everything answers."""
        while True:
            if set(self.system.children()) == set(VICTIMS) and await asyncio.to_thread(self._ready):
                return
            await asyncio.sleep(0.2)

    def failures(self) -> str:
        """Return what the system said around each answer with status 500: the cause is in its log, never on a page."""
        said = self.system.said
        found = [one.start() for one in re.finditer(r'"status": 500|status=500', said)]
        return "\n---\n".join(said[max(0, at - TOLD) : at + TOLD] for at in found[:2]) or said[-TOLD:]

    def _ready(self) -> bool:
        try:
            return self.system.get("/readyz")[0] == 200
        except OSError:
            return False


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    folder = Path(tempfile.mkdtemp(prefix="yangguang-faults-", dir="/tmp"))
    given = {"secret_key": SECRET, "profile": "demo-city", "second_factor_required": "false"}
    system = Running(folder / "state", **given)
    await asyncio.to_thread(system.until, "按 Ctrl-C 停止", 180)
    sockets = quote(str(StateFolder.open(folder / "state").sockets()))
    url = f"postgresql://{roles.OPERATOR}@/{OWNER}?host={sockets}&port=5432"
    database = await Database.connect(url, pool_size=2)
    office = await running.office(database, datetime.now(UTC))
    # Whoever is entered by the staff list changes the password first; these come without one.
    async with unit_of_work(office.ctx, unrecorded="test") as uow:
        await (await uow.raw()).execute("UPDATE account SET must_change_password = false")
    person = desks.Person(office.people["clerk"].account_id, "clerk")  # type: ignore[arg-type]
    session = await desks.session_of(office.ctx, person)
    opened = [(await office.open()).matter_id for _ in range(MATTERS)]
    await database.close()
    yield Scene(system, office, session, opened, url)
    await asyncio.to_thread(system.end, signal.SIGTERM)
    assert system.process.stdout is not None
    system.process.stdout.close()
    shutil.rmtree(folder)


async def storm(scene: Scene, kills: int, acts: int, seed: int) -> History:
    """Let clerks act while everything is killed so many times in a random order, and until so many acts were done."""
    history, dice = History(), random.Random(seed)
    over = asyncio.Event()
    enough: Callable[[], bool] = lambda: over.is_set() and len(history.acknowledged) >= acts  # noqa: E731
    victims = [one for one in VICTIMS for _ in range(kills)]
    dice.shuffle(victims)
    try:
        async with asyncio.TaskGroup() as clerks:
            for one in range(CLERKS):
                clerks.create_task(work(scene.clerk(history), one, scene.matters, enough))
            for victim in victims:
                await asyncio.sleep(dice.uniform(0.2, 1.0))
                await scene.kill(victim)
            over.set()
    except* AssertionError:
        print(scene.failures())
        raise
    await scene.well()
    return history


@pytest.mark.timeout(300)
async def test_no_acknowledged_act_is_lost_and_none_is_doubled(scene: Scene) -> None:
    seed = random.randrange(2**32)
    history = await storm(scene, kills=2, acts=300, seed=seed)
    verdict = await scene.verdict(history)
    print(f"seed {seed}: {len(history.acknowledged)} acknowledged of {history.attempts} attempts")
    assert verdict.clean, (seed, verdict)
    assert len(history.acknowledged) >= 300
    assert history.attempts > len(history.acknowledged)  # something was in the way


@pytest.mark.nightly
@pytest.mark.timeout(7200)
async def test_twenty_thousand_acts_under_many_kills(scene: Scene) -> None:
    seed = random.randrange(2**32)
    acts = so_many("ACTS", 20_000)
    history = await storm(scene, kills=so_many("KILLS", 20), acts=acts, seed=seed)
    verdict = await scene.verdict(history)
    print(f"seed {seed}: {len(history.acknowledged)} acknowledged of {history.attempts} attempts")
    assert verdict.clean, (seed, verdict)
    assert len(history.acknowledged) >= acts


@pytest.mark.timeout(240)
async def test_the_checker_sees_what_is_doubled_and_what_is_lost(scene: Scene) -> None:
    """The controls: lost answers with and without a key of the act, and a server that acknowledges before it commits."""
    keyed, careless = History(), History()
    with_keys = scene.clerk(keyed, forgetful=True)
    without = scene.clerk(careless, forgetful=True, keyed=False)
    for count in range(3):
        await with_keys.record(scene.matters[0], f"有号{count}")
        await without.record(scene.matters[1], f"无号{count}")
    await with_keys.close()
    await without.close()
    assert (await scene.verdict(keyed)).clean
    assert (await scene.verdict(careless)).doubled == careless.acknowledged

    hasty, port = History(), free_port()
    command = [*tie("TERM"), sys.executable, "-m", "tests.faults.hasty", scene.url, str(port)]
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: ASYNC220 - started once, killed below
    clerk = scene.clerk(hasty)
    await clerk.close()
    clerk.site = f"http://127.0.0.1:{port}"
    clerk.__post_init__()
    await clerk.record(scene.matters[2], "早答0")
    async with asyncio.timeout(60):  # it does keep its word, as long as it lives
        while (await scene.verdict(hasty)).lost:  # noqa: ASYNC110 - the database is what is asked
            await asyncio.sleep(0.2)
    await asyncio.gather(*(clerk.record(scene.matters[2], f"早答{count}") for count in range(1, 6)))
    process.kill()
    process.wait()
    await clerk.close()
    assert (await scene.verdict(hasty)).lost
