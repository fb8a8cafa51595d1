"""Rate limits: counted for each caller, told in headers, in Valkey and, while that is away, in memory."""

import asyncio
import random
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from limits.errors import StorageError
from redis import Redis

from domain.actors import Actor
from resolvers.context import Context
from schema import rates
from schema.http import GraphConfig
from schema.rates import Policy, RateLimiter, Rates, caller_key, network
from tests.schema.conftest import Holder

TOKEN = Actor("integrator", UUID(int=7), "集成商", scopes=frozenset({"library:read"}))


@pytest.fixture
def config() -> GraphConfig:
    return GraphConfig(rates=Rates(Policy("anonymous", 3), Policy("signed-in", 5), Policy("integrator", 4)))


async def get(client: httpx2.AsyncClient) -> httpx2.Response:
    return await client.get("/graphql", params={"query": "{__typename}"})


async def test_headers_say_what_is_left_and_when_to_come_back(client: httpx2.AsyncClient) -> None:
    answers = [await get(client) for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert [one.headers["ratelimit"].split(";")[1] for one in answers] == ["r=2", "r=1", "r=0", "r=0"]
    assert answers[0].headers["ratelimit-policy"] == '"anonymous";q=3;w=60'
    refused = answers[3]
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert "retry-after" not in answers[0].headers


async def test_a_token_has_its_own_count(client: httpx2.AsyncClient, holder: Holder) -> None:
    for _ in range(4):
        await get(client)
    holder.ctx = replace(holder.ctx, actor=TOKEN)
    answers = [await get(client) for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"].startswith('"integrator";q=4')


async def test_refusals_count_too(client: httpx2.AsyncClient) -> None:
    for _ in range(3):
        await client.put("/graphql")
    assert (await get(client)).status_code == 429


async def test_the_key_tells_nobody_who_it_was_and_changes_every_day(holder: Holder) -> None:
    ctx = holder.ctx
    key = caller_key(ctx, "192.0.2.7")
    assert "192" not in key
    assert key == caller_key(ctx, "192.0.2.7")
    assert key != caller_key(ctx, "192.0.2.8")
    assert key != caller_key(ctx.at(ctx.now + timedelta(days=1)), "192.0.2.7")
    assert caller_key(ctx.acting_as(TOKEN), "192.0.2.7") == caller_key(ctx.acting_as(TOKEN), "192.0.2.8")


@pytest.mark.clause("H11")
@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_network_is_one_caller(address: str, counted: str) -> None:
    assert network(address) == counted


async def take(limiter: RateLimiter, ctx: Context, times: int) -> list[bool]:
    return [(await limiter.take(ctx, "192.0.2.9")).allowed for _ in range(times)]


async def test_two_processes_share_one_count_in_valkey(holder: Holder, redis_url: str) -> None:
    settings = Rates(Policy("anonymous", 3), redis_url=redis_url)
    one, two = RateLimiter(settings), RateLimiter(settings)
    assert await take(one, holder.ctx, 2) == [True, True]
    assert await take(two, holder.ctx, 2) == [True, False]
    await one.close()
    await two.close()


async def test_counting_goes_on_in_memory_while_valkey_is_away(
    holder: Holder, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rates, "RETRY_REDIS_AFTER", 60.0)
    limiter = RateLimiter(Rates(Policy("anonymous", 2), redis_url=f"unix://{tmp_path}/nobody.sock"))
    assert await take(limiter, holder.ctx, 3) == [True, True, False]
    assert caplog.text.count("counted in memory") == 1
    await limiter.close()


async def allowed(limiter: RateLimiter, ctx: Context, times: int, address: str = "192.0.2.9") -> int:
    answers = await asyncio.gather(*(limiter.take(ctx, address) for _ in range(times)))
    return sum(one.allowed for one in answers)


@pytest.mark.parametrize("quota", [1, 7, 50, 400, 3_000])
async def test_processes_together_never_allow_more_than_the_quota(holder: Holder, redis_url: str, quota: int) -> None:
    settings = Rates(Policy("anonymous", quota), redis_url=redis_url)
    limiters = [RateLimiter(settings) for _ in range(3)]
    chance, granted, asked = random.Random(quota), 0, 0
    while asked < 2 * quota + 100:
        times = chance.choice((1, 1, 2, 5, 40))
        granted += await allowed(chance.choice(limiters), holder.ctx, times)
        asked += times
    # What stays unspent in leases of the others is the price: near the end they hold one unit each.
    assert quota - len(limiters) <= granted <= quota
    for one in limiters:
        await one.close()


async def test_a_busy_caller_costs_few_round_trips(holder: Holder, redis_url: str) -> None:
    limiter = RateLimiter(Rates(Policy("anonymous", 100_000), redis_url=redis_url))
    with Redis.from_url(redis_url) as client:
        client.config_resetstat()
        assert await allowed(limiter, holder.ctx, 5_000) == 5_000
        calls = sum(int(one["calls"]) for name, one in client.info("commandstats").items() if "evalsha" in name)
    assert calls < 50
    await limiter.close()


async def test_what_is_left_falls_by_one_each_time_and_the_end_of_the_window_stays(holder: Holder) -> None:
    limiter = RateLimiter(Rates(Policy("anonymous", 200)))
    standings = [await limiter.take(holder.ctx, "192.0.2.9") for _ in range(201)]
    assert [one.remaining for one in standings] == [*range(199, -1, -1), 0]
    assert [one.allowed for one in standings] == [True] * 200 + [False]
    assert all(1 <= one.reset_seconds <= 60 for one in standings)


async def test_the_first_answer_says_when_the_window_ends(holder: Holder, redis_url: str) -> None:
    limiter = RateLimiter(Rates(Policy("anonymous", 3), redis_url=redis_url))
    first = await limiter.take(holder.ctx, "192.0.2.9")
    assert (first.remaining, first.reset_seconds) == (2, 60)
    assert dict(first.headers)[b"ratelimit"] == b'"anonymous";r=2;t=60'
    await limiter.close()


async def test_who_waits_as_told_is_let_in(holder: Holder, redis_url: str) -> None:
    limiter = RateLimiter(Rates(Policy("anonymous", 4, window=1), redis_url=redis_url))
    assert await allowed(limiter, holder.ctx, 6) == 4
    refused = await limiter.take(holder.ctx, "192.0.2.9")
    assert (refused.allowed, refused.reset_seconds) == (False, 1)
    await asyncio.sleep(1.3)
    assert (await limiter.take(holder.ctx, "192.0.2.9")).allowed
    await limiter.close()


async def test_units_of_a_window_that_has_ended_are_not_spent_in_the_next(holder: Holder, redis_url: str) -> None:
    """A lease ends with its window: in any two windows together at most two quotas, whatever was leased when."""
    settings = Rates(Policy("anonymous", 160, window=1), redis_url=redis_url)
    one, two = RateLimiter(settings), RateLimiter(settings)
    granted, started = 0, time.monotonic()
    while time.monotonic() - started < 2.5:
        granted += await allowed(one, holder.ctx, 20) + await allowed(two, holder.ctx, 20)
        await asyncio.sleep(0.02)
    assert 160 <= granted <= 3.5 * 160
    await one.close()
    await two.close()


async def test_a_refusal_is_remembered_without_asking_again(holder: Holder, redis_url: str) -> None:
    limiter = RateLimiter(Rates(Policy("anonymous", 1), redis_url=redis_url))
    assert await allowed(limiter, holder.ctx, 1) == 1
    with Redis.from_url(redis_url) as client:
        assert await allowed(limiter, holder.ctx, 1) == 0
        client.config_resetstat()
        assert await allowed(limiter, holder.ctx, 500) == 0
        assert not [name for name in client.info("commandstats") if "evalsha" in name]
    await limiter.close()


async def test_endless_addresses_fill_no_memory(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "CALLERS", 50)
    limiter = RateLimiter(Rates(Policy("anonymous", 10)))
    for number in range(200):
        assert await allowed(limiter, holder.ctx, 1, f"198.51.100.{number}") == 1
    assert limiter.callers == 50
    # Who was forgotten is still counted.
    assert await allowed(limiter, holder.ctx, 10, "198.51.100.0") == 9


async def test_the_same_network_shares_one_count_and_everybody_else_has_his_own(holder: Holder) -> None:
    limiter = RateLimiter(Rates(Policy("anonymous", 3)))
    assert await allowed(limiter, holder.ctx, 2, "2001:db8:1:2::1") == 2
    assert await allowed(limiter, holder.ctx, 2, "2001:db8:1:2::2") == 1
    assert await allowed(limiter, holder.ctx, 2, "2001:db8:1:3::1") == 2


async def test_what_was_leased_is_spent_when_valkey_goes_away(
    holder: Holder, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = RateLimiter(Rates(Policy("anonymous", 1_000), redis_url=redis_url))
    assert await allowed(limiter, holder.ctx, 100) == 100

    async def away(*_: Any, **__: Any) -> None:
        raise StorageError(ConnectionError("gone"))

    monkeypatch.setattr(limiter._shared, "hit", away)
    # The rest of the lease, then a count of this process alone.
    assert 1_000 <= await allowed(limiter, holder.ctx, 2_000) < 1_100
    await limiter.close()


async def test_a_new_day_gives_a_new_key(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def noted(ctx: Context, address: str) -> str:
        seen.append(caller_key(ctx, address))
        return seen[-1]

    monkeypatch.setattr(rates, "caller_key", noted)
    limiter = RateLimiter(Rates(Policy("anonymous", 5, window=1)))
    await allowed(limiter, holder.ctx, 5)
    await asyncio.sleep(1.1)
    await allowed(limiter, holder.ctx.at(holder.ctx.now + timedelta(days=1)), 5)
    assert len(set(seen)) == len(seen) == 2
