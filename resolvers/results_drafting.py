"""Drafting what is to be published of a decision, and noticing that a published decision changed (004-3; CF-08)."""

from typing import Any, Final

from domain import results as rules
from domain.clock import deadline
from domain.engine.days import civil_day
from domain.engine.rulebook import Rulebook
from domain.hall import CHANGES
from domain.results import Result
from domain.values import canonical_json
from resolvers import matters_books as books
from resolvers import record
from resolvers.calendar import load_calendar
from resolvers.context import Context, UnitOfWork
from resolvers.matters_books import Basis
from resolvers.matters_store import Held

FIND: Final = "SELECT id, kind, state FROM result WHERE matter_id = $1 FOR UPDATE"
NAME: Final = "SELECT name FROM body WHERE code = $1"
ADD: Final = """
INSERT INTO result (matter_id, kind, government_id, body_code, item_code, title, state, no, content, drafted_at, todo_on)
VALUES ($1, $2, $3, $4, $5, $6, 'draft', 0, $7::text::jsonb, $8, $9) ON CONFLICT (matter_id) DO NOTHING RETURNING id
"""
REDRAFT: Final = "UPDATE result SET content = $2::text::jsonb WHERE id = $1 AND state = 'draft'"
CHANGED: Final = """
UPDATE result SET changed_on = $2, todo_on = $3 WHERE id = $1 AND state = 'published' AND changed_on IS NULL RETURNING 1
"""
KIND_OF_EVENT: Final = "SELECT kind FROM event WHERE stream = $1 AND seq = $2"


async def attend(uow: UnitOfWork, held: Held, seq: int) -> bool:
    """Draft the result of a matter that has come so far, or note that a decision changed; returns whether it did."""
    if held.item_version_id is None:
        return False
    connection = await uow.raw()
    row = await connection.fetchrow(FIND, held.id)
    if row is None:
        return await _draft(uow, held)
    kind = str(await connection.fetchval(KIND_OF_EVENT, held.stream, seq) or "").removeprefix("matter.")
    if kind not in CHANGES:
        return False
    if row["state"] == "draft":
        content = await _content(uow, held, await _book(uow.ctx, held))
        await connection.execute(REDRAFT, row["id"], _text(content))
        return False
    return row["state"] == "published" and await decision_changed(uow, row["id"], row["kind"], held.body_code, seq)


async def decision_changed(uow: UnitOfWork, result_id: int, kind: str, body: str, seq: int | None = None) -> bool:
    """Note that a published decision changed: from today on it must be corrected or withdrawn within the limit."""
    ctx = uow.ctx
    rule = ctx.profile.results.kinds[kind]
    due = deadline(ctx.today, ctx.profile.limits[rule.withdraw_within], await load_calendar(ctx)).due
    connection = await uow.raw()
    if await connection.fetchval(CHANGED, result_id, ctx.today, due) is None:
        return False
    told: dict[str, Any] = {"todo_on": due.isoformat() if due else None, "seq": seq}
    await record.append(uow, f"result:{result_id}", "result.decision_changed", told, body_code=body)
    return True


async def _book(ctx: Context, held: Held) -> Rulebook:
    item = await books.item_version(ctx, held.item_version_id or 0)
    procedure = await books.procedure(ctx, held.procedure_id)
    return books.rulebook(Basis(held.procedure_id, procedure, item), await load_calendar(ctx))


async def _content(uow: UnitOfWork, held: Held, book: Rulebook) -> Result:
    name = await (await uow.raw()).fetchval(NAME, held.body_code)
    return rules.draft(held.matter, book, name or held.body_code)


def _text(content: Result) -> str:
    return canonical_json(content.model_dump(mode="json")).decode()


async def _draft(uow: UnitOfWork, held: Held) -> bool:
    ctx = uow.ctx
    book = await _book(ctx, held)
    found = rules.kind_of(ctx.profile.results, held.matter, book.category)
    if found is None:
        return False
    code, kind = found
    content = await _content(uow, held, book)
    decided = civil_day(held.matter.marks["decided"])
    due = deadline(decided, ctx.profile.limits[kind.publish_within], book.calendar).due
    connection = await uow.raw()
    place = (held.government_id, held.body_code, held.item_code, held.title)
    made = await connection.fetchval(ADD, held.id, code, *place, _text(content), ctx.now, due)
    if made is None:
        return False
    told = {"kind": code, "matter": held.id, "todo_on": str(due)}
    await record.append(uow, f"result:{made}", "result.drafted", told, body_code=held.body_code)
    return True
