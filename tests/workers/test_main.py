"""The worker: it says that it is alive, it does what is queued, and its wire form is JSON."""

import json
from typing import Any

from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import func
from redis.asyncio import Redis

from workers import main


async def test_the_worker_says_that_it_is_alive(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as client:
        await main.heartbeat({"redis": client})
        assert 0 < await client.ttl(main.HEARTBEAT_KEY) <= main.HEARTBEAT_SECONDS


async def test_a_queued_job_is_done_with_the_database_at_hand(database_url: str, redis_url: str) -> None:
    done: list[tuple[str, int]] = []

    async def count_events(ctx: dict[str, Any], word: str) -> None:
        done.append((word, await ctx["database"].reads.fetchval("SELECT count(*) FROM event")))

    worker = main.build_worker(main.Surroundings(database_url, redis_url, "xuzhou-2016"), burst=True)
    worker.functions["count"] = func(count_events, name="count")
    queue = await create_pool(
        RedisSettings.from_dsn(redis_url), job_serializer=lambda job: json.dumps(job, ensure_ascii=False).encode()
    )
    await queue.enqueue_job("count", "阳光")
    await worker.async_run()
    await worker.close()
    await queue.aclose()
    assert done == [("阳光", 0)]


def test_every_job_has_its_own_name() -> None:
    names = [job.__name__ for job in main.EVERY_MINUTE] + [function.name for function in main.FUNCTIONS]
    assert len(names) == len(set(names))
