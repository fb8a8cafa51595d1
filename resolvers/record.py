"""The record's one writer: an event in the transaction of the act it tells of (003-32(3), 003-33)."""

from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from domain.tables.record import Event
from domain.values import canonical_json
from resolvers.context import UnitOfWork


async def append(uow: UnitOfWork, stream: str, kind: str, body: dict[str, Any], *, body_code: str = "") -> Event:
    """Append one event to a stream such as ``batch:12``; the actor and the time are the context's.

    ``kind`` is a stable code (``batch.confirmed``), not wording. The order within a stream is unique; of two
    writers of one stream the second waits until the first has committed. There is no lock across streams.
    """
    await uow.session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(stream, 0))))
    last = (await uow.session.exec(select(func.max(col(Event.seq))).where(col(Event.stream) == stream))).one()
    event = Event(
        stream=stream,
        seq=(last or 0) + 1,
        kind=kind,
        actor_id=uow.ctx.actor.account_id,
        actor_name=uow.ctx.actor.name,
        body_code=body_code,
        at=uow.ctx.now,
        body=canonical_json(body).decode(),
    )
    uow.session.add(event)
    await uow.session.flush()
    uow.events += 1
    return event
