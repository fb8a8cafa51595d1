"""``worker``: the worker process, as ``serve`` starts it or on its own."""

import click
from redis.exceptions import RedisError

from deploy import auditors, configuration, logs
from deploy.clocks import clock_of
from deploy.file_stores import file_store, intake
from deploy.gateways import gateways
from deploy.portal_reading import reader
from deploy.refusals import ServiceFailed
from resolvers.open_data_dumps import Dumps
from workers.main import Surroundings, run_worker

LAPSING_LOOK_SECONDS = 5
"""Under a time-lapse of a day a minute, so that what is due in the morning is done in the morning."""


@click.command("worker", help="后台任务进程。单独运行时需要设置 DATABASE_URL 和 REDIS_URL。")
def worker_command() -> None:
    """Run the worker until SIGTERM."""
    settings = configuration.load().settings
    logs.configure(settings)
    if settings.database_url is None or settings.redis_url is None:
        raise click.UsageError("单独运行后台任务需要设置 DATABASE_URL 和 REDIS_URL；一般请用 python -m deploy serve。")
    clock = clock_of(settings)
    surroundings = Surroundings(
        database_url=settings.database_url.get_secret_value(),
        redis_url=settings.redis_url.get_secret_value(),
        profile=settings.profile_name,
        files=file_store(settings),
        intake=intake(settings),
        now=clock.now,
        look_seconds=LAPSING_LOOK_SECONDS if clock.speed > 1 else 60,
        stop_seconds=settings.stop_seconds,
        outbox_days=settings.outbox_days,
        auditor=lambda: auditors.auditor(settings),
        outside=lambda: auditors.outside(settings),
        gateways=gateways(settings),
        dumps=Dumps(settings.state_dir),
        portal=reader(settings.audit_site) if settings.audit_site else None,
    )
    try:
        run_worker(surroundings)
    except (RedisError, OSError) as error:
        raise ServiceFailed(
            f"后台任务失去与 Redis 的连接：{error}。", "无需处理：主进程会自动重新启动后台任务。"
        ) from error
