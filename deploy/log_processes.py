"""The processes of the log: the sequencer and the publisher, each under its own login, until a signal ends them."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, Final

import asyncpg
import httpx2
import structlog

from deploy import log_keys
from deploy.clocks import clock_of
from deploy.refusals import ServiceFailed
from deploy.settings import Settings
from resolvers import log_sequencing
from resolvers.addresses import plain_url
from resolvers.log_publishing import LogBroken, Publisher
from resolvers.outages import TROUBLE

WITNESS_SECONDS: Final = 5.0
TROUBLE_SECONDS: Final = 2.0

log = structlog.get_logger("log")


def _connector(settings: Settings) -> Callable[[], Awaitable[asyncpg.Connection]]:
    if settings.database_url is None:
        raise ServiceFailed("单独运行日志进程需要设置 DATABASE_URL。", "一般请用 python -m deploy serve。")
    url = plain_url(settings.database_url.get_secret_value())

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(url, timeout=10, command_timeout=120)

    return connect


def _until_signal(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await work(stop)

    asyncio.run(run())


def sequence(settings: Settings) -> None:
    """Put committed events into the log until a signal comes."""
    connect, now = _connector(settings), clock_of(settings).now
    _until_signal(lambda stop: log_sequencing.run(connect, now, stop))


def publish(settings: Settings, witnesses: Mapping[str, str]) -> None:
    """Publish the log until a signal comes; ``witnesses`` adds addresses to those of the policy."""
    connect, now = _connector(settings), clock_of(settings).now
    policy = log_keys.policy(settings)
    policy = replace(policy, addresses={**policy.addresses, **witnesses})

    async def work(stop: asyncio.Event) -> None:
        async with httpx2.AsyncClient(timeout=WITNESS_SECONDS, trust_env=False) as client:

            async def post(address: str, body: bytes) -> tuple[int, bytes]:
                try:
                    answer = await client.post(address, content=body)
                except httpx2.HTTPError as error:
                    raise ConnectionError(f"{type(error).__name__}: {error}") from error
                return answer.status_code, answer.content

            signer = log_keys.log_signer(settings)
            publisher = Publisher(log_keys.folder(settings), log_keys.log_key(settings), signer, policy, post)
            while not stop.is_set():
                pause = TROUBLE_SECONDS
                try:
                    connection = await connect()
                    try:
                        while not stop.is_set():
                            await publisher.publish(connection, now())
                            await _passed(stop, settings.log_publish_seconds)
                    finally:
                        connection.terminate()
                except LogBroken as error:
                    # Nothing is signed until somebody has looked: the head stays where it is, and everybody sees it age.
                    log.critical("the log contradicts itself", reason=str(error))
                    pause = 30.0
                except TROUBLE as error:
                    log.warning("publishing interrupted", reason=f"{type(error).__name__}: {error}")
                await _passed(stop, pause)

    _until_signal(work)


async def _passed(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
