"""Proving an address of whoever gives a real name: a short code by SMS or mail, asked for and typed into the same form (003-52).

Nothing of an address is kept: a proof is a row under the keyed hash of form and address, and holds the keyed hash of its
code. The message says nothing but the code, so that whoever else sees it learns nothing (000-16). Where a place has no
such channel, or it does not answer, nobody's report waits for it: it is taken as one whose address is not proved.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Final

from domain.access import Permission
from domain.complaints import Filing, Identity
from resolvers.context import Context, unit_of_work
from resolvers.errors import FieldProblem, InvalidInput, TooMany, Unavailable
from resolvers.gateways import Message, Send
from resolvers.permits import permit
from resolvers.throttles import Client, take_attempt

PROVED: Final = "contact"
FIELD: Final = "contact_code"
LASTS: Final = timedelta(minutes=10)
PROVED_FOR: Final = timedelta(days=1)
"""A form that is sent again within a day is the same form, and its address is still proved."""

TRIES: Final = 5
PLACE_CODES: Final = 20
"""Codes asked for from one address of the network in a window; behind it there may be a hall."""

ADDRESS_CODES: Final = 3
"""Codes sent to one telephone or mailbox in a window, whoever asks: nobody is flooded."""

MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
MAILBOX: Final = re.compile(r"[^@\s<>,;\"]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
FORGET: Final = "DELETE FROM contact_proof WHERE expires_at < $1"
KEEP: Final = """
INSERT INTO contact_proof (key, code_hash, tries, expires_at) VALUES ($1, $2, 0, $3)
ON CONFLICT (key) DO UPDATE SET code_hash = $2, tries = 0, expires_at = $3, proved_at = NULL
"""
UNSENT: Final = "UPDATE contact_proof SET code_hash = NULL, expires_at = $2 WHERE key = $1"
TAKE: Final = "SELECT code_hash, tries, proved_at FROM contact_proof WHERE key = $1 AND expires_at >= $2 FOR UPDATE"
TRIED: Final = "UPDATE contact_proof SET tries = tries + 1 WHERE key = $1"
SHOWN: Final = "UPDATE contact_proof SET proved_at = $2, expires_at = $3 WHERE key = $1"


@dataclass(frozen=True, slots=True)
class _Way:
    """The channel by which an address is proved."""

    address: str
    send: Send


def channels(ctx: Context) -> tuple[str, ...]:
    """Return by which channels an address can be proved here: ``sms``, ``mail``."""
    given = (("sms", ctx.gateways.sms), ("mail", ctx.gateways.mail))
    return tuple(name for name, gateway in given if gateway is not None)


def provable(ctx: Context, filing: Filing) -> bool:
    """Say whether a filing gives a real name whose address can be proved here."""
    return filing.capacity == "real_name" and _way(ctx, filing.identity) is not None


async def send_code(ctx: Context, key: str, identity: Identity, client: Client) -> str:
    """Send a code to the telephone, else to the mailbox, that a form tells; returns by which (``sms``, ``mail``).

    Raises ``InvalidInput`` where no channel leads to what is told, ``TooMany``, ``Unavailable``.
    """
    permit(ctx, Permission.COMPLAINT_FILE)
    way = _way(ctx, identity)
    if way is None:
        told = "没有可以核验的手机号码或者电子邮箱。"
        raise InvalidInput(
            told, "请填写后再获取验证码。", (FieldProblem("phone", "REQUIRED", told, "请填写后再获取。"),)
        )
    await _counted(ctx, f"contact-code:{ctx.today}:{client.address}", PLACE_CODES)
    await _counted(ctx, f"contact-code to:{way.address}", ADDRESS_CODES)
    code, proof = f"{secrets.randbelow(1_000_000):06}", _proof(ctx, key, way.address)
    async with unit_of_work(ctx, unrecorded="a proof of an address; that it was given, the filing says") as uow:
        connection = await uow.raw()
        await connection.execute(FORGET, ctx.now)
        await connection.execute(KEEP, proof, _hash(ctx, proof, code), ctx.now + LASTS)
    message = Message(
        key=f"code:{secrets.token_hex(16)}",
        to=way.address,
        title="验证码",
        body=f"验证码 {code}，{LASTS.seconds // 60} 分钟内有效。如果不是您本人操作，请不必理会。",
        address="",
        made_at=ctx.now.isoformat(),
        template="contact_code",
    )
    try:
        await way.send(message)
    except Exception as error:
        # Whatever the gateway raises: nobody's report waits for it.
        async with unit_of_work(ctx, unrecorded="a code that could not be sent") as uow:
            await (await uow.raw()).execute(UNSENT, proof, ctx.now + PROVED_FOR)
        raise Unavailable("验证码没有发出去。", "可以稍后再试，也可以不核验，直接提交。") from error
    return "mail" if "@" in way.address else "sms"


async def _counted(ctx: Context, what: str, most: int) -> None:
    try:
        await take_attempt(ctx, ctx.keys.keyed_hash("throttle", what), most)
    except TooMany as refused:
        remedy = "请稍后再试；也可以选择署名但不公开，或者来电、来访。"
        raise TooMany("获取验证码的次数过多。", remedy, refused.retry_after_seconds) from refused


async def proved(ctx: Context, key: str, filing: Filing, code: str) -> bool:
    """Say whether the address of a real name is proved by a code; False where none can be or no channel answered.

    Raises ``InvalidInput`` at ``contact_code`` where a code is needed and missing, wrong, or too old.
    """
    way = _way(ctx, filing.identity) if filing.capacity == "real_name" else None
    if way is None:
        return False
    proof = _proof(ctx, key, way.address)
    async with unit_of_work(ctx, unrecorded="a try at a code") as uow:
        connection = await uow.raw()
        row = await connection.fetchrow(TAKE, proof, ctx.now)
        if row is not None and row["code_hash"] is None:
            return False
        if row is not None and row["proved_at"] is not None:
            return True
        typed = "".join(one for one in code if one.isdigit())
        right = _right(ctx, row["code_hash"] if row else b"", proof, typed) and row is not None and row["tries"] < TRIES
        if right:
            await connection.execute(SHOWN, proof, ctx.now, ctx.now + PROVED_FOR)
        elif row is not None and typed:
            await connection.execute(TRIED, proof)
    if not right:
        raise _refusal(typed)
    return True


def _refusal(typed: str) -> InvalidInput:
    message = "验证码不正确或者已经过期。" if typed else "实名反映需要核验手机号码或者电子邮箱。"
    remedy = "请核对；试过五次或者超过十分钟的，请重新获取。" if typed else "请先获取验证码，再填写收到的六位数字。"
    return InvalidInput(message, remedy, (FieldProblem(FIELD, "CODE", message, remedy),))


def _right(ctx: Context, kept: bytes, proof: bytes, typed: str) -> bool:
    return compare_digest(bytes(kept), _hash(ctx, proof, typed))


def _way(ctx: Context, identity: Identity) -> _Way | None:
    phone = "".join(one for one in identity.phone if one.isdigit())
    if ctx.gateways.sms is not None and MOBILE.fullmatch(phone):
        return _Way(phone, ctx.gateways.sms)
    if ctx.gateways.mail is not None and MAILBOX.fullmatch(identity.email):
        return _Way(identity.email, ctx.gateways.mail)
    return None


def _proof(ctx: Context, key: str, address: str) -> bytes:
    return ctx.keys.keyed_hash("contact-proof", f"{key}|{address.lower()}")


def _hash(ctx: Context, proof: bytes, code: str) -> bytes:
    return ctx.keys.keyed_hash("contact-code", f"{proof.hex()}|{code}")
