"""Rate limits: how often one caller may ask, counted in Redis or Valkey and, while that is away, in memory.

Nobody's address is stored: the key is a keyed hash of it which changes every day, so that counters cannot be joined
to people or to one another's days.
"""

import ipaddress
import logging
import math
import time
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool

from domain.actors import Actor
from resolvers.context import Context

_log = logging.getLogger(__name__)
RETRY_REDIS_AFTER: Final = 10.0


@dataclass(frozen=True, slots=True)
class Policy:
    """So many requests in a window of seconds. The name stands in the headers."""

    name: str
    quota: int
    window: int = 60

    @property
    def item(self) -> RateLimitItem:
        """Return the limit in the form that the library counts with."""
        return RateLimitItemPerSecond(self.quota, self.window, namespace=self.name)


@dataclass(frozen=True, slots=True)
class Rates:
    """The rate settings of a deployment. Without ``redis_url`` every process counts for itself."""

    anonymous: Policy = Policy("anonymous", 300)
    signed_in: Policy = Policy("signed-in", 1_200)
    integrator: Policy = Policy("integrator", 3_000)
    redis_url: str = ""

    def policy(self, actor: Actor) -> Policy:
        """Return the policy that an actor falls under."""
        by_kind = {"integrator": self.integrator, "official": self.signed_in, "system": self.integrator}
        return by_kind.get(actor.kind, self.anonymous)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands after a request: what is left, and in how many seconds the window ends."""

    policy: Policy
    allowed: bool
    remaining: int
    reset_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """Return the header fields of draft-ietf-httpapi-ratelimit-headers, and ``Retry-After`` on a refusal."""
        name = self.policy.name
        fields = {
            "RateLimit-Policy": f'"{name}";q={self.policy.quota};w={self.policy.window}',
            "RateLimit": f'"{name}";r={self.remaining};t={self.reset_seconds}',
        }
        return fields if self.allowed else {**fields, "Retry-After": str(max(self.reset_seconds, 1))}


class RateLimiter:
    """Counts requests. Build one a process."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._memory = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._pool = _pool(rates.redis_url)
        self._shared = _shared(self._pool) if self._pool is not None else None
        self._away_until = 0.0

    async def take(self, ctx: Context, address: str) -> Standing:
        """Count one request and say where the caller stands."""
        policy, key = self._rates.policy(ctx.actor), caller_key(ctx, address)
        if self._shared is not None and time.monotonic() >= self._away_until:
            try:
                return await _take(self._shared, policy, key)
            except StorageError as error:
                self._away_until = time.monotonic() + RETRY_REDIS_AFTER
                _log.warning("rate limits are counted in memory for now: %s", error)
        return await _take(self._memory, policy, key)

    async def close(self) -> None:
        """Close what is open towards Redis."""
        if self._pool is not None:
            await self._pool.aclose()


def caller_key(ctx: Context, address: str) -> str:
    """Return the key under which a caller is counted today: 128 bits of a keyed hash."""
    actor = ctx.actor
    who = f"account:{actor.account_id}" if actor.account_id else f"address:{network(address)}"
    return ctx.keys.keyed_hash(f"rate/{ctx.today}", who).hex()[:32]


def network(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _pool(url: str) -> ConnectionPool | None:
    """Return a pool for a Redis URL (redis://, rediss:// or unix://), with short timeouts: nobody waits for a count."""
    return ConnectionPool.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5) if url else None


def _shared(pool: ConnectionPool) -> SlidingWindowCounterRateLimiter:
    storage = RedisStorage(
        "async+redis://",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="yangguang:rate",
        connection_pool=pool,  # type: ignore[arg-type]  # passed on to redis-py as it is
    )
    return SlidingWindowCounterRateLimiter(storage)


async def _take(limiter: SlidingWindowCounterRateLimiter, policy: Policy, key: str) -> Standing:
    allowed = await limiter.hit(policy.item, key)
    stats = await limiter.get_window_stats(policy.item, key)
    reset = max(0, math.ceil(stats.reset_time - time.time()))
    return Standing(policy, allowed, max(0, stats.remaining) if allowed else 0, min(reset, policy.window))
