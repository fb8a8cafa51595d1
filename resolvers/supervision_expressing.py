"""Watching by rules with an expression: at each act and in each sweep, by a process that is cut off when it takes too long.

A rule that was cut off is a draft again from that moment on, with the reason, so that it slows nothing down a second time.
"""

from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Final

from resolvers import expressions
from resolvers.context import LOCAL, Context, UnitOfWork, unit_of_work
from resolvers.supervision_finding import express, write
from resolvers.supervision_looking import look_at_said, write_all
from resolvers.supervision_rules import KeptRule, halt
from resolvers.supervision_view import Judged, Wanted, judge, judged

FAULT: Final = """
INSERT INTO expression_fault (rule_id, matter_id, reason, noted_at)
SELECT rule_id, matter_id, reason, $4 FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS f (rule_id, matter_id, reason)
ON CONFLICT DO NOTHING
"""


def own(rules: Sequence[KeptRule]) -> tuple[KeptRule, ...]:
    """Return the rules that have an expression."""
    return tuple(one for one in rules if one.rule.expression)


async def express_matters(uow: UnitOfWork, rules: Sequence[KeptRule], matters: Sequence[int]) -> None:
    """Let the rules with an expression look at some matters, in the unit of work in which an act is told."""
    asked, ctx, connection = own(rules), uow.ctx, await uow.raw()
    if not asked:
        return
    said = await judge(
        connection, expressions.standing(), [one.rule for one in asked], Wanted(ctx.today, tuple(matters))
    )
    await write(uow, await express(ctx, connection, asked, said))
    await _note(uow, asked, said)


async def express_all(ctx: Context, rules: Sequence[KeptRule], last: datetime | None) -> tuple[int, int]:
    """Let the rules with an expression look at all matters; returns how many alerts were opened and how many rose.

    What ended before the ``last`` sweep has not changed since: only a rule that is younger looks at it.
    """
    asked, opened, risen = own(rules), 0, 0
    since = None if last is None else last.astimezone(LOCAL).date() - timedelta(days=1)
    young = [one for one in asked if last is None or one.recorded_at >= last]
    for part, first in ((young, None), ([one for one in asked if one not in young], since)):
        if part:
            made = await _express(ctx, part, Wanted(ctx.today, since=first))
            opened, risen = opened + made[0], risen + made[1]
    return opened, risen


async def _express(ctx: Context, rules: Sequence[KeptRule], wanted: Wanted) -> tuple[int, int]:
    opened = risen = 0
    told = Judged()
    async with aclosing(judged(ctx.db.reads, expressions.standing(), [one.rule for one in rules], wanted)) as parts:
        async for said in parts:
            made = await write_all(ctx, look_at_said(ctx, rules, said))
            opened, risen = opened + made[0], risen + made[1]
            told.take_troubles(said)
    if told.cut_off or any(told.faults.values()):
        async with unit_of_work(ctx, unrecorded="matters of which an expression says nothing") as uow:
            await _note(uow, rules, told)
    return opened, risen


async def _note(uow: UnitOfWork, rules: Sequence[KeptRule], said: Judged) -> None:
    by_code = {one.rule.code: one for one in rules}
    for code, reason in said.cut_off.items():
        await halt(uow, by_code[code], reason)
    faults = [(by_code[code].id, matter, reason) for code, found in said.faults.items() for matter, reason in found]
    if faults:
        columns = [list(one) for one in zip(*faults, strict=True)]
        await (await uow.raw()).execute(FAULT, *columns, uow.ctx.now)
