"""Looking at everything: each statement is asked once, and what it finds is written in parts as the database tells it.

A look sees one moment, so what is written meanwhile changes nothing of what it counts; it is held by the database and comes
by hundreds, so memory does not grow with what is found. Each part is a transaction of its own: whoever dies half way has
written what came before, and the next look finds the rest.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Final, cast

import asyncpg

from resolvers.context import Context, unit_of_work
from resolvers.supervision_conditions import statements
from resolvers.supervision_finding import (
    EXPRESSED,
    MOST,
    Asking,
    Finding,
    question,
    read_rows,
    working_days,
    write,
)
from resolvers.supervision_rules import KeptRule
from resolvers.supervision_view import Judged

# A look at a million matters may take longer than a page is allowed to.
UNHURRIED: Final = "SET LOCAL statement_timeout = '5min'"
# What is asked once is planned for what it asks: a plan of its own pays for itself.
PLANNED: Final = "SET LOCAL plan_cache_mode = force_custom_plan"


async def look(ctx: Context, rules: Sequence[KeptRule]) -> AsyncGenerator[tuple[Finding, ...], None]:
    """Yield what the rules without an expression find that is no alert yet or a higher grade: by statements, the gravest first."""
    asked: dict[str, list[KeptRule]] = {}
    for one in rules:
        if not one.rule.expression:
            asked.setdefault(statements([one.rule.condition]), []).append(one)
    days = await working_days(ctx)
    async with moment(ctx) as connection:
        await connection.execute(PLANNED)
        for found, own in asked.items():
            what = question(ctx, own, found, Asking(days=days))
            cursor = await connection.cursor(what.sql, *what.values)
            while rows := await cursor.fetch(MOST):
                yield read_rows(own, rows)


async def look_at_said(
    ctx: Context, rules: Sequence[KeptRule], said: Judged
) -> AsyncGenerator[tuple[Finding, ...], None]:
    """Yield what rules with an expression find by what their expressions said; as :func:`look` does."""
    codes = set(said.codes)
    asked = [one for one in rules if one.rule.code in codes]
    if not asked:
        return
    what = question(ctx, asked, EXPRESSED, Asking(told=(said.codes, said.matters, said.measures)))
    async with moment(ctx) as connection:
        await connection.execute(PLANNED)
        cursor = await connection.cursor(what.sql, *what.values)
        while rows := await cursor.fetch(MOST):
            yield read_rows(asked, rows)


async def write_all(ctx: Context, findings: AsyncGenerator[tuple[Finding, ...], None]) -> tuple[int, int]:
    """Write what a look finds, each part in its own transaction; returns how many alerts were opened and how many rose."""
    opened = risen = 0
    async with aclosing(findings):
        async for part in findings:
            async with unit_of_work(ctx, unrecorded="alerts that another watchman has opened meanwhile") as uow:
                made = await write(uow, part)
            opened, risen = opened + made[0], risen + made[1]
    return opened, risen


@asynccontextmanager
async def moment(ctx: Context) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection that sees one moment for as long as the block runs, and need not hurry."""
    async with ctx.db.reads.acquire() as held:
        connection = cast(asyncpg.Connection, held)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(UNHURRIED)
            yield connection
