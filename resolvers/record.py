"""The record's one writer: an event in the transaction of the act it tells of (003-32(3), 003-33)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

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
    if uow.plain is not None:
        return await _append_plain(uow, stream, kind, body, body_code)
    await uow.session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(stream, 0))))
    last = (await uow.session.exec(select(func.max(col(Event.seq))).where(col(Event.stream) == stream))).one()
    event = _event(uow, stream, (last or 0) + 1, kind, body, body_code)
    uow.session.add(event)
    await uow.session.flush()
    uow.events += 1
    return event


def _event(uow: UnitOfWork, stream: str, seq: int, kind: str, body: dict[str, Any], body_code: str) -> Event:
    return Event(
        stream=stream,
        seq=seq,
        kind=kind,
        actor_id=uow.ctx.actor.account_id,
        actor_name=uow.ctx.actor.name,
        body_code=body_code,
        at=uow.ctx.now,
        body=canonical_json(body).decode(),
    )


LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
LAST: Final = "SELECT coalesce(max(seq), 0) FROM event WHERE stream = $1"


async def _append_plain(uow: UnitOfWork, stream: str, kind: str, body: dict[str, Any], body_code: str) -> Event:
    """Append one event over the bare connection of a plain unit of work; the lock comes before the look, as above."""
    connection = await uow.raw()
    await connection.execute(LOCK, stream)
    event = _event(uow, stream, await connection.fetchval(LAST, stream) + 1, kind, body, body_code)
    one = Numbered(event.seq, kind, event.at, event.body.encode(), event.actor_id, event.actor_name)
    await append_numbered(uow, stream, [one], body_code=body_code)
    return event


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event that its stream has numbered already, with the bytes of its body; without an actor it is time's doing."""

    seq: int
    kind: str
    at: datetime
    body: bytes
    actor_id: UUID | None = None
    actor_name: str = ""


NUMBERED: Final = """INSERT INTO event (stream, seq, kind, actor_id, actor_name, body_code, at, body)
SELECT {stream}, n.seq, n.kind, n.actor_id, n.actor_name, ${body_code}, n.at, n.body
FROM {beside}unnest(${seq}::int[], ${kind}::text[], ${actor_id}::uuid[], ${actor_name}::text[], ${at}::timestamptz[],
  ${body}::text[]) AS n (seq, kind, actor_id, actor_name, at, body)
ORDER BY n.seq"""
VALUES: Final = ("body_code", "seq", "kind", "actor_id", "actor_name", "at", "body")
NUMBERED_VALUES: Final = len(VALUES)


def numbered_sql(stream: str, first: int, beside: str = "") -> str:
    """Return the statement that appends numbered events, to be run by itself or as one part of a larger one.

    Its values (``numbered_values``) are the parameters from ``first`` on; ``stream`` is an expression, and ``beside`` a
    relation of one row that it may look at. Whoever uses it calls ``numbered`` afterwards.
    """
    places = {name: first + place for place, name in enumerate(VALUES)}
    return NUMBERED.format(stream=stream, beside=f"{beside}, " if beside else "", **places)


def numbered_values(events: Sequence[Numbered], body_code: str) -> list[Any]:
    """Return the values of the statement for these events."""
    return [
        body_code,
        [one.seq for one in events],
        [one.kind for one in events],
        [one.actor_id for one in events],
        [one.actor_name for one in events],
        [one.at for one in events],
        [one.body.decode() for one in events],
    ]


def numbered(uow: UnitOfWork, events: Sequence[Numbered]) -> None:
    """Note that the unit of work has recorded numbered events."""
    uow.events += len(events)


APPEND_NUMBERED: Final = numbered_sql("$1", 2)


async def append_numbered(uow: UnitOfWork, stream: str, events: Sequence[Numbered], *, body_code: str = "") -> None:
    """Append events of a stream whose own row was locked before: no other lock is needed, and ``UNIQUE`` keeps the order."""
    connection = await uow.raw()
    await connection.execute(APPEND_NUMBERED, stream, *numbered_values(events, body_code))
    numbered(uow, events)


@dataclass(frozen=True, slots=True)
class Streamed:
    """An event with its stream and the body that it is about, where many streams go on in one transaction."""

    stream: str
    body_code: str
    event: Numbered


APPEND_MANY: Final = """
INSERT INTO event (stream, seq, kind, actor_id, actor_name, body_code, at, body)
SELECT n.stream, n.seq, n.kind, n.actor_id, n.actor_name, n.body_code, n.at, n.body
FROM unnest($1::text[], $2::int[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::text[])
  AS n (stream, seq, kind, actor_id, actor_name, body_code, at, body)
ORDER BY n.stream, n.seq
"""


async def append_many(uow: UnitOfWork, events: Sequence[Streamed]) -> None:
    """Append events of many streams whose own rows were written or locked in this transaction, by one statement."""
    connection = await uow.raw()
    await connection.execute(
        APPEND_MANY,
        [one.stream for one in events],
        [one.event.seq for one in events],
        [one.event.kind for one in events],
        [one.event.actor_id for one in events],
        [one.event.actor_name for one in events],
        [one.body_code for one in events],
        [one.event.at for one in events],
        [one.event.body.decode() for one in events],
    )
    uow.events += len(events)
