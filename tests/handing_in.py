"""Files as tests hand them in, read them back and bring them to an act."""

import io
from typing import Any

from resolvers import materials
from resolvers.context import Context
from resolvers.materials import MaterialView, Sent
from resolvers.matters import Opened
from tests.hostile_files import PDF


def sent(content: bytes = PDF, name: str = "申请表.pdf", title: str = "申请表", declared: str = "") -> Sent:
    return Sent(io.BytesIO(content), name, declared, title)


async def bytes_of(ctx: Context, matter: Opened, one: MaterialView) -> bytes:
    opened = await materials.opened(ctx, matter.matter_id, one.id)
    return b"".join([piece async for piece in opened.pieces])


async def kinds_of_events(ctx: Context, like: str = "material.%") -> list[str]:
    rows = await ctx.db.reads.fetch("SELECT kind FROM event WHERE kind LIKE $1 ORDER BY id", like)
    return [row["kind"] for row in rows]


def brought(one: MaterialView, **more: Any) -> dict[str, Any]:
    return {"materials": [{"name": one.title or one.name, "digest": one.digest, **more}]}
