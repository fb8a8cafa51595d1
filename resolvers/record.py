"""The record's one writer: an event in the transaction of the act it tells of (003-32(3), 003-33)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.tables.record import Event
from domain.values import canonical_json
from resolvers.context import UnitOfWork

LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
NEXT: Final = """
INSERT INTO event (stream, seq, kind, actor_id, actor_name, body_code, at, body)
SELECT $1, coalesce(max(e.seq), 0) + 1, $2, $3, $4, $5, $6, $7 FROM event e WHERE e.stream = $1 RETURNING id, seq
"""


async def append(uow: UnitOfWork, stream: str, kind: str, body: dict[str, Any], *, body_code: str = "") -> Event:
    """Append one event to a stream such as ``batch:12``; the actor and the time are the context's.

    ``kind`` is a stable code (``batch.confirmed``), not wording. The order within a stream is unique; of two
    writers of one stream the second waits until the first has committed. There is no lock across streams.
    """
    text, actor, at = canonical_json(body).decode(), uow.ctx.actor, uow.ctx.now
    row = await _written(uow, stream, (stream, kind, actor.account_id, actor.name, body_code, at, text))
    uow.events += 1
    return Event(
        id=row["id"],
        stream=stream,
        seq=row["seq"],
        kind=kind,
        actor_id=actor.account_id,
        actor_name=actor.name,
        body_code=body_code,
        at=at,
        body=text,
    )


async def _written(uow: UnitOfWork, stream: str, values: tuple[Any, ...]) -> Any:
    """Write the event and return its id and place. The lock comes before the look: a statement sees what was committed when it began."""
    if uow.plain is not None:
        await uow.plain.execute(LOCK, stream)
        return (await uow.plain.fetch(NEXT, *values))[0]
    # What the session still holds back comes first, and what goes wrong is told as the session tells it.
    await uow.session.flush()
    connection = await uow.session.connection()
    await connection.exec_driver_sql(LOCK, (stream,))
    return (await connection.exec_driver_sql(NEXT, values)).mappings().one()


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
