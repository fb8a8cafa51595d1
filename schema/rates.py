"""Rate limits: how often one caller may ask, counted in Redis or Valkey and, while that is away, in memory.

Nobody's address is stored: the key is a keyed hash of it which changes every day, so that counters cannot be joined
to people or to one another's days.

Who asks often takes a few units of his quota at once (a lease) and spends them in this process, so that a count costs
no round trip for each request. A unit is counted before it can be spent, and near the limit leases hold one unit: all
processes together never allow more than the quota. Units of a lease that its window's end finds unspent are lost.
"""

import asyncio
import ipaddress
import logging
import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple, cast
from uuid import UUID

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage, SlidingWindowCounterSupport
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool

from domain.actors import Actor
from resolvers.context import Context

_log = logging.getLogger(__name__)
RETRY_REDIS_AFTER: Final = 10.0
CALLERS: Final = 10_000
"""So many callers' leases are kept; of the one that asked longest ago the unspent units are lost."""

LARGEST_LEASE: Final = 1_000
LEASES_A_WINDOW, LEASES_LEFT = 16, 8
"""No lease is larger than these parts of the whole quota and of what is left of it."""

BUSY_SECONDS: Final = 1.0
"""Who uses a lease up within this time gets the next one of twice the size; all others get one unit."""


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


@lru_cache(maxsize=16)
def _policy_header(policy: Policy) -> tuple[bytes, bytes]:
    return b"ratelimit-policy", f'"{policy.name}";q={policy.quota};w={policy.window}'.encode()


@dataclass(frozen=True, slots=True)
class Rates:
    """The rate settings of a deployment. Without ``redis_url`` every process counts for itself."""

    anonymous: Policy = Policy("anonymous", 300)
    signed_in: Policy = Policy("signed-in", 1_200)
    integrator: Policy = Policy("integrator", 3_000)
    redis_url: str = ""

    def policy(self, actor: Actor) -> Policy:
        """Return the policy that an actor falls under."""
        if actor.kind == "anonymous":
            return self.anonymous
        by_kind = {"integrator": self.integrator, "official": self.signed_in, "system": self.integrator}
        return by_kind.get(actor.kind, self.anonymous)


class Standing(NamedTuple):
    """Where a caller stands after a request: what is left, and in how many seconds there will be more.

    While requests are allowed that is the end of the window; on a refusal it is when the next one may come.
    """

    policy: Policy
    allowed: bool
    remaining: int
    reset_seconds: int

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the header fields of draft-ietf-httpapi-ratelimit-headers, and ``Retry-After`` on a refusal."""
        now = f'"{self.policy.name}";r={self.remaining};t={self.reset_seconds}'.encode()
        fields = [_policy_header(self.policy), (b"ratelimit", now)]
        return fields if self.allowed else [*fields, (b"retry-after", b"%d" % self.reset_seconds)]


@dataclass(slots=True)
class Lease:
    """Units that one caller may spend here until ``ends`` (monotonic seconds); refused until then if ``refused``.

    ``left`` are units counted and not yet spent, ``beyond`` what the shared count had left beside them.
    """

    policy: Policy
    day: date
    key: str
    left: int = 0
    beyond: int = 0
    size: int = 1
    taken: float = 0.0
    ends: float = 0.0
    refused: bool = False
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def spend(self, now: float) -> Standing | None:
        """Spend a unit, or say again that there is none; None if the shared count must be asked."""
        if now >= self.ends:
            return None
        if self.refused:
            return Standing(self.policy, False, 0, self._seconds(now))
        if not self.left:
            return None
        self.left -= 1
        return Standing(self.policy, True, self.left + self.beyond, self._seconds(now))

    def next_size(self, now: float) -> int:
        """Return how many units to ask for."""
        wanted = self.size * 2 if now - self.taken < BUSY_SECONDS else 1
        return max(1, min(wanted, LARGEST_LEASE, self.policy.quota // LEASES_A_WINDOW, self.beyond // LEASES_LEFT))

    def _seconds(self, now: float) -> int:
        return min(max(1, math.ceil(self.ends - now)), self.policy.window)


class RateLimiter:
    """Counts requests. Build one a process."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._memory = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._pool = _pool(rates.redis_url)
        self._shared = _shared(self._pool) if self._pool is not None else None
        self._away_until = 0.0
        # Addresses are here as long as they are in the server's own memory; what is counted elsewhere is the hash.
        self._leases: OrderedDict[tuple[str, str | UUID], Lease] = OrderedDict()

    async def take(self, ctx: Context, address: str) -> Standing:
        """Count one request and say where the caller stands."""
        policy = self._rates.policy(ctx.actor)
        who = (policy.name, ctx.actor.account_id or address)
        lease = self._leases.get(who)
        if lease is not None and (standing := lease.spend(time.monotonic())) is not None:
            return standing
        if lease is None or lease.day != ctx.today:
            lease = self._leases[who] = Lease(policy, ctx.today, caller_key(ctx, address))
            if len(self._leases) > CALLERS:
                self._leases.popitem(last=False)
        else:
            self._leases.move_to_end(who)
        return await self._ask(lease)

    def spend(self, address: str) -> Standing | None:
        """Count a visitor's request out of the lease at hand; None, and nothing counted, if :meth:`take` must be asked."""
        lease = self._leases.get((self._rates.anonymous.name, address))
        standing = None if lease is None else lease.spend(time.monotonic())
        return standing if standing is not None and standing.allowed else None

    async def _ask(self, lease: Lease) -> Standing:
        """Take the next lease from the shared count, one request of a caller at a time, and spend its first unit."""
        async with lease.asking:
            if (standing := lease.spend(time.monotonic())) is not None:
                return standing  # another request of this caller has asked meanwhile
            if self._shared is not None and time.monotonic() >= self._away_until:
                try:
                    return await _renew(lease, self._shared)
                except StorageError as error:
                    self._away_until = time.monotonic() + RETRY_REDIS_AFTER
                    _log.warning("rate limits are counted in memory for now: %s", error)
            return await _renew(lease, self._memory)

    @property
    def callers(self) -> int:
        """How many callers are remembered."""
        return len(self._leases)

    async def close(self) -> None:
        """Close what is open towards Redis."""
        if self._pool is not None:
            await self._pool.aclose()


async def _renew(lease: Lease, limiter: SlidingWindowCounterRateLimiter) -> Standing:
    """Count the next units and fill the lease with them; raises ``StorageError`` and then has changed nothing."""
    policy, asked_at = lease.policy, time.monotonic()
    size = lease.next_size(asked_at)
    granted = size if await limiter.hit(policy.item, lease.key, cost=size) else 0
    if not granted and size > 1:
        granted = size = int(await limiter.hit(policy.item, lease.key))
    storage = cast(SlidingWindowCounterSupport, limiter.storage)
    before, before_ends, current, current_ends = await storage.get_sliding_window(
        policy.item.key_for(lease.key), policy.window
    )
    # The counter of a window is kept for two windows' time, so that it can fade out during the second.
    ends = current_ends % policy.window or float(policy.window)
    if not granted:
        # The next unit comes when one of the window before has faded, else when this window begins to fade.
        pause = policy.window / (before or policy.quota)
        ends = before_ends % pause if before else ends + pause
    lease.left, lease.refused, lease.size, lease.taken = granted, not granted, max(1, size), asked_at
    lease.beyond = max(0, policy.quota - current - math.floor(before * before_ends / policy.window))
    lease.ends = asked_at + max(ends, 0.001)
    # A window that ended while it was being asked about: the unit counts all the same.
    return lease.spend(asked_at) or Standing(policy, False, 0, 1)


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
