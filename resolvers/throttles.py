"""Slowing down guesses without locking anybody out (ASVS 2.4.1, 6.3.1).

Failures are counted under keyed hashes: of login and client together, and of a device that has signed in before.
A stranger who guesses at somebody's login blocks only the stranger; the owner's own device has a count of its own.
Neither logins nor addresses are stored.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from resolvers.context import Context, unit_of_work
from resolvers.errors import TooMany

STRANGERS_TIMES: Final = 4
"""How many times the attempts of one place all strange devices together have at one second factor."""

APPLICATIONS: Final = 60
"""Applications from one address in a window: a service hall with its helpers sits behind one."""

COMPLAINTS: Final = 60
"""Complaints from one address in a window; behind one address there may be a hall."""

FOLLOWED: Final = 60
"""Follow-up codes tried from one address in a window, before one that is right."""

LOOKED_UP: Final = 60
"""Numbers and codes tried from one address in a window, before a pair that is right; a hall sits behind one address."""

COUNT = """
INSERT INTO sign_in_throttle (key, failures, window_started_at) VALUES ($1, 1, $2)
ON CONFLICT (key) DO UPDATE SET
  failures = CASE WHEN sign_in_throttle.window_started_at > $3 THEN sign_in_throttle.failures + 1 ELSE 1 END,
  window_started_at = CASE WHEN sign_in_throttle.window_started_at > $3
                           THEN sign_in_throttle.window_started_at ELSE $2 END
RETURNING failures
"""
BLOCK = "UPDATE sign_in_throttle SET blocked_until = $2 WHERE key = $1"
CLEAR = "DELETE FROM sign_in_throttle WHERE key = $1"
SWEEP = "DELETE FROM sign_in_throttle WHERE window_started_at < $1 AND coalesce(blocked_until, $1) <= $1"
BLOCKED = "SELECT blocked_until FROM sign_in_throttle WHERE key = $1 AND blocked_until > $2 FOR UPDATE"


@dataclass(frozen=True, slots=True)
class Client:
    """Who knocks: the address as the web server saw it, and the mark of a device that signed in before, if any."""

    address: str = ""
    device: str = ""


def throttle_key(ctx: Context, login: str, client: Client) -> bytes:
    """Return the key under which failures of this client at this login are counted."""
    where = f"device:{client.device}" if client.device else f"address:{client.address}"
    return ctx.keys.keyed_hash("throttle", f"{login}\n{where}")


async def take_attempt(ctx: Context, key: bytes, most: int = 0) -> None:
    """Count an attempt before it is looked at; raises ``TooMany`` when the key is or becomes blocked.

    ``most`` is the number of attempts allowed in the window; without it, the policy's.

    Counting first makes parallel guesses count one by one: fifty at once are fifty attempts. The attempt that
    succeeds clears the count (``forgive``).
    """
    window = timedelta(minutes=ctx.policy.window_minutes)
    async with unit_of_work(ctx, unrecorded="a count of attempts; failures are recorded by the sign-in") as uow:
        connection = await uow.raw()
        blocked: datetime | None = await connection.fetchval(BLOCKED, key, ctx.now)
        if blocked is None:
            failures = await connection.fetchval(COUNT, key, ctx.now, ctx.now - window)
            if failures > (most or ctx.policy.attempts):
                blocked = ctx.now + window
                await connection.execute(BLOCK, key, blocked)
    if blocked is not None:
        seconds = int((blocked - ctx.now).total_seconds())
        raise TooMany("尝试次数过多，暂时不能从这里登录。", f"请在 {seconds // 60 + 1} 分钟后再试。", seconds)


async def take_factor_attempt(ctx: Context, account_id: UUID, client: Client) -> bytes:
    """Count an attempt at a second factor and return its key; raises ``TooMany``.

    Whoever gets here knows the password. Six digits can be found from many addresses, so all strange devices
    together have a count for each account as well. The owner's own device is not part of it.
    """
    key = throttle_key(ctx, f"second-factor:{account_id}", client)
    await take_attempt(ctx, key)
    if not client.device:
        together = throttle_key(ctx, f"second-factor:{account_id}", Client("everywhere"))
        await take_attempt(ctx, together, ctx.policy.attempts * STRANGERS_TIMES)
    return key


async def take_sign_in(ctx: Context, client: Client) -> None:
    """Count a sign-in from an address, whatever the login; raises ``TooMany`` beyond the limit of a minute.

    This slows down one password tried at many logins. A device that has signed in before is not counted, so that
    a guesser behind the same address shuts nobody out.
    """
    if client.device:
        return
    minute = int(ctx.now.timestamp()) // 60
    key = ctx.keys.keyed_hash("throttle", f"address:{client.address}\n{minute}")
    async with unit_of_work(ctx, unrecorded="a count of attempts") as uow:
        connection = await uow.raw()
        taken = await connection.fetchval(COUNT, key, ctx.now, ctx.now - timedelta(minutes=1))
    if taken > ctx.policy.sign_ins_per_minute:
        seconds = 60 - int(ctx.now.timestamp()) % 60
        raise TooMany("从这里登录的次数过多。", "请在 1 分钟后再试。", seconds)


async def take_application(ctx: Context, client: Client) -> None:
    """Count an application from an address; raises ``TooMany`` beyond the limit of the window.

    Whoever applies needs no account, so this alone keeps a machine from filling the desks of a city.
    """
    key = ctx.keys.keyed_hash("throttle", f"application:{client.address}")
    window = timedelta(minutes=ctx.policy.window_minutes)
    async with unit_of_work(ctx, unrecorded="a count of attempts") as uow:
        taken = await (await uow.raw()).fetchval(COUNT, key, ctx.now, ctx.now - window)
    if taken > APPLICATIONS:
        minutes = ctx.policy.window_minutes
        raise TooMany(
            "从这里提交的申请过多，暂时不能再提交。", f"请在 {minutes} 分钟后再试，或者到办理地点申请。", minutes * 60
        )


async def take_complaint(ctx: Context, client: Client) -> None:
    """Count a complaint from an address, under a hash whose key is another one each day; raises ``TooMany``.

    The count is of addresses, never of complaints: nothing ties the one to the other.
    """
    key = ctx.keys.keyed_hash("throttle", f"complaint:{ctx.today}:{client.address}")
    window = timedelta(minutes=ctx.policy.window_minutes)
    async with unit_of_work(ctx, unrecorded="a count of attempts") as uow:
        taken = await (await uow.raw()).fetchval(COUNT, key, ctx.now, ctx.now - window)
    if taken > COMPLAINTS:
        minutes = ctx.policy.window_minutes
        raise TooMany(
            "从这里提交的过多，暂时不能再提交。", f"请在 {minutes} 分钟后再试，也可以来电、来访或者来信。", minutes * 60
        )


async def take_opinion(ctx: Context, client: Client) -> None:
    """Count an opinion from an address, as a complaint is counted; raises ``TooMany``."""
    key = ctx.keys.keyed_hash("throttle", f"opinion:{ctx.today}:{client.address}")
    try:
        await take_attempt(ctx, key, COMPLAINTS)
    except TooMany as refused:
        remedy = "请稍后再试，也可以把意见寄到征集的机关。"
        raise TooMany("从这里提交的过多，暂时不能再提交。", remedy, refused.retry_after_seconds) from refused


async def take_follow(ctx: Context, client: Client) -> bytes:
    """Count a try of a follow-up code and return the key of the count; raises ``TooMany``."""
    key = ctx.keys.keyed_hash("throttle", f"complaint-follow:{ctx.today}:{client.address}")
    await take_attempt(ctx, key, FOLLOWED)
    return key


async def take_look_up(ctx: Context, client: Client) -> bytes:
    """Count a try of a matter's number and code and return the key of the count; raises ``TooMany``.

    Whether number or code is wrong, it is the same answer and the same count.
    """
    key = ctx.keys.keyed_hash("throttle", f"look-up:{ctx.today}:{client.address}")
    try:
        await take_attempt(ctx, key, LOOKED_UP)
    except TooMany as refused:
        remedy = "请核对受理时收到的凭证，稍后再试，或者到办理地点查询。"
        raise TooMany("从这里查询的次数过多，暂时不能再查询。", remedy, refused.retry_after_seconds) from refused
    return key


async def forgive(ctx: Context, key: bytes) -> None:
    """Forget the failures under a key after a success, and sweep what is long over."""
    async with unit_of_work(ctx, unrecorded="a count of attempts") as uow:
        connection = await uow.raw()
        await connection.execute(CLEAR, key)
        await connection.execute(SWEEP, ctx.now - timedelta(days=1))
