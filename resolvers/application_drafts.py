"""Drafts of applications: what was typed so far, sealed, under a code that only whoever typed it has (H2).

Nobody needs an account to go on tomorrow. The code is shown once and kept as a keyed hash; what is kept is sealed for its
place, ends after some days, and goes when the application is sent.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from domain.access import Permission
from resolvers.context import Context, unit_of_work
from resolvers.errors import InvalidInput, NotFound
from resolvers.matters_opening import ALIKE
from resolvers.permits import permit
from resolvers.sealing import provider_of
from resolvers.throttles import Client, forgive, take_application, take_look_up

TABLE, COLUMN = "application_draft", "sealed"
CODE_BYTES: Final = 10
LONGEST: Final = 60_000
FORGET: Final = "DELETE FROM application_draft WHERE expires_at < $1"
KEEP: Final = """
INSERT INTO application_draft (code_hash, item_code, sealed, expires_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (code_hash) DO UPDATE SET item_code = $2, sealed = $3, expires_at = $4
"""
TAKE: Final = "SELECT sealed FROM application_draft WHERE code_hash = $1 AND item_code = $2 AND expires_at >= $3"
DONE: Final = "DELETE FROM application_draft WHERE code_hash = $1"


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft that was kept: the code by which it is found again, and until when."""

    code: str = field(repr=False)
    until: datetime


async def keep(
    ctx: Context, item: str, values: Mapping[str, str], client: Client, code: str = "", *, days: int
) -> KeptDraft:
    """Keep what was typed for so many days; under the code of before, if there is one. Raises ``InvalidInput``, ``TooMany``."""
    permit(ctx, Permission.MATTER_APPLY)
    plain = json.dumps(dict(values), ensure_ascii=False).encode()
    if len(plain) > LONGEST:
        raise InvalidInput("填写的内容太多，不能保存为草稿。", "请减少内容，或者直接提交。")
    await take_application(ctx, client)
    known = code if code and await _found(ctx, item, code) is not None else ""
    given = known or base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().translate(ALIKE)
    hashed, until = _hash(ctx, given), ctx.now + timedelta(days=days)
    sealed = provider_of(ctx.keys).seal(TABLE, COLUMN, hashed.hex(), plain)
    async with unit_of_work(ctx, unrecorded="a draft of an application: nothing before it is sent") as uow:
        connection = await uow.raw()
        await connection.execute(FORGET, ctx.now)
        await connection.execute(KEEP, hashed, item, sealed, until)
    return KeptDraft(given, until)


async def kept(ctx: Context, item: str, code: str, client: Client) -> dict[str, str]:
    """Return what was kept of an item under a code; one that is wrong, over or another item's is not found.

    Raises ``NotFound``, ``TooMany``.
    """
    permit(ctx, Permission.MATTER_APPLY)
    count = await take_look_up(ctx, client)
    sealed = await _found(ctx, item, code)
    if sealed is None:
        raise NotFound("草稿")
    await forgive(ctx, count)
    plain = provider_of(ctx.keys).open(TABLE, COLUMN, _hash(ctx, code).hex(), sealed)
    return {str(name): str(text) for name, text in json.loads(plain).items()}


async def done_with(ctx: Context, code: str) -> None:
    """Forget a draft that was sent; nothing for what is no code."""
    if code:
        async with unit_of_work(ctx, unrecorded="a draft of an application that was sent") as uow:
            await (await uow.raw()).execute(DONE, _hash(ctx, code))


async def _found(ctx: Context, item: str, code: str) -> bytes | None:
    found: bytes | None = await ctx.db.reads.fetchval(TAKE, _hash(ctx, code), item, ctx.now)
    return found


def _hash(ctx: Context, code: str) -> bytes:
    plain = code.upper().replace("-", "").replace(" ", "").replace("O", "0").replace("I", "1").replace("L", "1")
    return ctx.keys.keyed_hash("application-draft", plain[:60])
