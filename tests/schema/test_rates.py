"""Rate limits: counted for each caller, told in headers, in Valkey and, while that is away, in memory."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

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
