"""What something can be about, and which office hears it: bodies by name, an item's name, an office of a government."""

from typing import Final

from resolvers.context import Context

ITEM_NAME: Final = "SELECT name FROM power_version WHERE code = $1 ORDER BY id DESC LIMIT 1"
BODIES: Final = "SELECT code, name FROM body WHERE valid @> $1::date ORDER BY government_id, code LIMIT 1000"
OFFICE: Final = """
SELECT code FROM body WHERE offices @> ARRAY[$1] AND government_id = $2 AND valid @> $3::date ORDER BY code LIMIT 1
"""


async def bodies(ctx: Context) -> tuple[tuple[str, str], ...]:
    """Return the bodies that something can be about, by code and name, in their order."""
    return tuple((row["code"], row["name"]) for row in await ctx.db.reads.fetch(BODIES, ctx.today))


async def item_name(ctx: Context, code: str) -> str:
    """Return the name of an item that something can be about; empty if there is no such item."""
    return str(await ctx.db.reads.fetchval(ITEM_NAME, code) or "") if code else ""


async def office(ctx: Context, name: str, government: int) -> str:
    """Return the body that is an office of a government, such as its supervision bureau; empty if there is none."""
    return str(await ctx.db.reads.fetchval(OFFICE, name, government, ctx.today) or "")


# 003-26(1), 001-15(1), 000-16: which office hears what is about nobody in particular, a profile says; else the service office.
async def receiving_office(ctx: Context, government: int) -> str:
    """Return the body that hears what names no body; empty if there is none."""
    task = ctx.profile.tasks.get("complaint_receipt")
    named = await office(ctx, task.office, government) if task else ""
    return named or await office(ctx, "service_office", government)
