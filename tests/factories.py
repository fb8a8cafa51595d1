"""Factories: the smallest valid things, each field changeable by keyword."""

import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from domain.actors import Actor
from domain.powers import PowerContent
from domain.profiles import Profile, load_profiles
from domain.tables.batches import Batch
from domain.tables.bodies import Body, Government
from resolvers import library, record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.database import Database
from resolvers.file_store import FileStore
from resolvers.library import Change, Recorded
from resolvers.organisation import NewBody, NewGovernment, add_body, add_government
from resolvers.press import Press

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SYSTEM = Actor(kind="system", name="测试")
FILES = FileStore.in_memory()
"""Where contents lie in tests that ask for no store of their own."""

PRESS = Press((Path(__file__).parents[1] / "deploy" / "fonts",), "https://power.example.gov.cn")
_serial = itertools.count(1)


def profile(name: str = "xuzhou-2016") -> Profile:
    """Return a shipped profile."""
    return load_profiles()[name]


def context(database: Database, *, now: datetime = NOON, actor: Actor = SYSTEM, **changes: Any) -> Context:
    """Return a context on a database, at a fixed time unless another is given."""
    given = {"files": FILES, "press": PRESS, **changes}
    return Context(db=database, now=now, profile=given.pop("profile", None) or profile(), actor=actor, **given)


def power(**changes: Any) -> PowerContent:
    """Return the content of an item; without a code it gets the next one of the test run."""
    number = next(_serial)
    fields: dict[str, Any] = {
        "scheme": "hubei-16",
        "code": f"990100001XK{number % 1000:03}{number // 1000:02}",
        "name": f"测试事项{number}",
        "category": "licence",
        "body": "B001",
        "body_name": "云川市测试局",
        "level": "prefecture",
    }
    return PowerContent.model_validate(fields | changes)


async def government(ctx: Context, **changes: Any) -> Government:
    """Enter a government."""
    fields: dict[str, Any] = {"division_code": "990100", "name": "云川市", "level": "prefecture"}
    async with unit_of_work(ctx) as uow:
        return await add_government(uow, NewGovernment(**(fields | changes)))


async def body(ctx: Context, of: Government, **changes: Any) -> Body:
    """Enter a body of a government."""
    fields: dict[str, Any] = {"government_id": of.id, "code": "B001", "number": "001", "name": "云川市测试局"}
    async with unit_of_work(ctx) as uow:
        return await add_body(uow, NewBody(**(fields | changes)))


async def batch(uow: UnitOfWork, government_id: int, **changes: Any) -> Batch:
    """Add a confirmed batch row: what the confirmation of a batch leaves behind."""
    fields: dict[str, Any] = {
        "government_id": government_id,
        "kind": "import",
        "state": "confirmed",
        "profile": uow.ctx.profile.id,
        "valid_from": uow.ctx.today,
        "based_on": 0,
        "created_at": uow.ctx.now,
        "confirmed_at": uow.ctx.now,
    }
    row = Batch(**(fields | changes))
    uow.session.add(row)
    await uow.session.flush()
    return row


def change(of: Government, content: PowerContent, kind: str = "add", **changes: Any) -> Change:
    """Return a change of an item of a government, valid from 2020-01-01 unless said otherwise."""
    fields: dict[str, Any] = {"valid_from": date(2020, 1, 1)}
    return Change(of.id or 0, content, kind, **(fields | changes))


async def confirmed(ctx: Context, of: Government, changes: Iterable[Change]) -> Recorded:
    """Record changes through a confirmed batch, as the library takes them in no other way."""
    async with unit_of_work(ctx) as uow:
        made = await batch(uow, of.id or 0)
        await record.append(uow, f"batch:{made.id}", "batch.confirmed", {"id": made.id})
        return await library.record_changes(uow, made.id or 0, changes)
