"""The worker process: arq as wake-up bus and clock. The truth about what is due is in PostgreSQL, never in Redis.

arq ends when Redis drops the connection, and the process with it; the supervisor starts it again. Until Redis is there the
process only relays the outbox, by itself when it must (`workers.outbox`).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from arq.connections import RedisSettings
from arq.cron import CronJob, cron
from arq.typing import WorkerCoroutine
from arq.worker import Function, Worker, func

from domain.actors import SYSTEM
from domain.profiles import load_profiles
from resolvers.auditing import Auditor, Outside
from resolvers.auditing_pages import Get
from resolvers.context import Context
from resolvers.database import TIME_ZONE, Database
from resolvers.file_store import FileStore
from resolvers.gateways import Gateways
from resolvers.materials_intake import Intake
from resolvers.open_data_dumps import Dumps
from workers.assessments import score_periods
from workers.auditing import audit_record
from workers.beside import KEY, Beside, Job, beside
from workers.complaints import keep_complaints
from workers.drafts import sweep_drafts
from workers.hall import keep_hall
from workers.library import keep_library
from workers.materials import keep_materials
from workers.matters import check_matters, due_acts
from workers.notices import plan_notices
from workers.open_data import dump_open_data
from workers.outbox import JOB, JOB_SECONDS, Relay, deliver, prune_outbox, queue_of
from workers.reports import keep_reports
from workers.supervision import supervise

HEARTBEAT_KEY: Final = "yangguang:worker:alive"
HEARTBEAT_SECONDS: Final = 30
"""How long a heartbeat counts; it is written at second 0, 10, 20 … of every minute."""

FUNCTIONS: Final[Sequence[Function]] = (func(deliver, name=JOB, timeout=JOB_SECONDS, max_tries=1, keep_result=0),)
"""What can be queued. A noun's jobs are in a file of its name; they are listed here."""

EVERY_MINUTE: Final[Sequence[Job]] = (
    keep_library,
    due_acts,
    keep_complaints,
    keep_hall,
    plan_notices,
    keep_reports,
    check_matters,
    keep_materials,
    sweep_drafts,
    prune_outbox,
    audit_record,
    supervise,
    score_periods,
    dump_open_data,
)
"""What looks once a minute for due work that is not recorded as done: a missed minute is caught up by the next."""

LONG: Final = frozenset({keep_reports, audit_record, supervise, score_periods, dump_open_data})
"""Those of them that look at everything there is, and in a large city take longer than arq lets a job run."""


async def heartbeat(ctx: dict[str, Any]) -> None:
    """Say that the worker is alive, for whoever watches over it."""
    await ctx["redis"].set(HEARTBEAT_KEY, datetime.now(UTC).isoformat(), ex=HEARTBEAT_SECONDS)


def real_time() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


async def no_heads() -> Outside:
    """Return what nobody keeps."""
    return Outside()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the worker works with. ``now`` is the system's clock; ``look_seconds`` how often it looks for due work."""

    database_url: str
    redis_url: str
    profile: str
    files: FileStore = field(default_factory=FileStore.nowhere)
    intake: Intake = field(default_factory=Intake)
    now: Callable[[], datetime] = real_time
    look_seconds: int = 60
    stop_seconds: int = 10
    outbox_days: int = 90
    auditor: Callable[[], Auditor | None] = lambda: None
    outside: Callable[[], Awaitable[Outside]] = no_heads
    gateways: Gateways = field(default_factory=Gateways)
    dumps: Dumps | None = None
    """Where dumps of the open data lie; None where nobody makes any."""
    portal: Get | None = None
    """How the auditor reads what the portal shows; None where nobody told where that is."""


def build_worker(given: Surroundings, *, burst: bool = False) -> Worker:
    """Return the worker with its jobs; ``burst`` ends it when nothing is queued (tests do that)."""

    async def open_database(ctx: dict[str, Any]) -> None:
        ctx["profile"] = load_profiles()[given.profile]
        ctx["files"], ctx["intake"], ctx["now"] = given.files, given.intake, given.now
        ctx["outbox_days"] = given.outbox_days
        ctx["auditor"], ctx["outside"], ctx["gateways"] = given.auditor, given.outside, given.gateways
        ctx["portal"], ctx["dumps"], ctx[KEY] = given.portal, given.dumps, Beside()
        ctx["database"] = await Database.connect(given.database_url, pool_size=4)

    async def close_database(ctx: dict[str, Any]) -> None:
        await ctx[KEY].close()
        await ctx["database"].close()

    return Worker(
        functions=list(FUNCTIONS),
        cron_jobs=_cron_jobs(given.look_seconds),
        redis_settings=RedisSettings.from_dsn(given.redis_url),
        on_startup=cast("Any", open_database),
        on_shutdown=cast("Any", close_database),
        timezone=cast("Any", ZoneInfo(TIME_ZONE)),
        burst=burst,
        health_check_interval=10,
        keep_result=0,
        job_completion_wait=given.stop_seconds,
        job_serializer=lambda job: json.dumps(job, ensure_ascii=False).encode(),
        job_deserializer=json.loads,
    )


def _cron_jobs(look_seconds: int) -> list[CronJob]:
    beat = cron(cast("WorkerCoroutine", heartbeat), second=set(range(0, 60, 10)), run_at_startup=True, keep_result=0)
    seconds = set(range(0, 60, look_seconds))
    jobs = [beside(job) if job in LONG else job for job in EVERY_MINUTE]
    return [beat, *(cron(cast("WorkerCoroutine", job), second=seconds, keep_result=0) for job in jobs)]


@asynccontextmanager
async def relaying(given: Surroundings) -> AsyncIterator[Relay]:
    """Relay the outbox for as long as the block runs, on a database connection of its own."""
    database = await Database.connect(given.database_url, pool_size=2)
    profile, queue = load_profiles()[given.profile], queue_of(given.redis_url)
    relay = Relay(
        lambda: Context(
            db=database, now=given.now(), profile=profile, actor=SYSTEM, files=given.files, gateways=given.gateways
        ),
        queue,
    )
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await queue.aclose()
        await database.close()


def run_worker(given: Surroundings) -> None:
    """Run the worker in this process until SIGTERM. Raises ``RedisError`` or ``OSError`` when Redis goes away."""

    async def run() -> None:
        async with relaying(given) as relay:
            await relay.there()
            worker = build_worker(given)
            try:
                await worker.async_run()
            finally:
                await worker.close()

    with suppress(asyncio.CancelledError):  # arq's way to say that it was asked to end
        asyncio.run(run())
