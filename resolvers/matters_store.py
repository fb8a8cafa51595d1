"""Where matters live: the row that is locked for an act, and the one place that writes it with its events.

The row is a projection: `summary` and the fold of the events give all of it. Row, events and outbox are written in one
transaction; the row's ``seq`` must still be the one that was read, whatever the isolation (trust 4.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.access import Permission, Target, allowed
from domain.engine.events import Event
from domain.engine.lapses import TIME
from domain.engine.matter import Matter
from domain.engine.rulebook import Rulebook
from domain.hall import concerned
from domain.matter_summary import Summary, summary
from resolvers import record
from resolvers.context import Context, UnitOfWork
from resolvers.errors import NotFound
from resolvers.matters_books import Basis
from resolvers.reading.fetching import ReadConnection, Reading, understood
from resolvers.record import Numbered

COLUMNS: Final = (
    "id, number, kind, government_id, body_code, bodies, title, party, item_code, item_version_id, procedure_id, seq,"
    " phase, wake_at, calendar_at, state::text AS state"
)
LOCK: Final = f"SELECT {COLUMNS} FROM matter WHERE id = $1 FOR UPDATE"
READ: Final = f"SELECT {COLUMNS} FROM matter WHERE id = $1"
OUTBOX: Final = """
INSERT INTO outbox (topic, key, payload, due_at, next_try)
SELECT sent.topic, sent.prefix || 'matter:' || written.id || ':' || sent.seq,
  jsonb_build_object('matter', written.id, 'seq', sent.seq), {now}::timestamptz, {now}::timestamptz
FROM {source} AS written, (
  SELECT 'matter' AS topic, '' AS prefix, n.seq FROM unnest({seqs}::int[]) AS n (seq)
  UNION ALL SELECT 'hall', 'hall:', n.seq FROM unnest({hall}::int[]) AS n (seq)
) AS sent
"""


def _outbox(source: str, *, seqs: str, now: str, hall: str) -> str:
    """Return the statement that lets the events of a matter, and its milestones, reach somebody."""
    return OUTBOX.format(source=source, seqs=seqs, now=now, hall=hall)


# One statement for the row, its events and what must reach somebody: they are one thing, and every further round trip
# would hold the matter's lock. The sequence in the row must be the one that was read.
SAVE: Final = f"""
WITH moved AS (
  UPDATE matter SET item_version_id = $3, procedure_id = $4, phase = $5, ending = $6, body_code = $7, bodies = $8,
    steps = $9, step_names = $10, posts = $11, assignees = $12, doers = $13, due_on = $14, due_rank = $15, due_name = $16,
    due_provisional = $17, paused = $18, accepted_at = $19, decided_at = $20, closed_at = $21, state = $22::text::jsonb,
    seq = $23, changed_at = $24, calendar_at = $25, wake_at = $26, party = $27, party_kind = $28
  WHERE id = $1 AND seq = $2 RETURNING id
), told AS (
{record.numbered_sql("'matter:' || written.id", 29, "moved AS written")}
), sent AS (
{_outbox("moved", seqs="$30", now="$25", hall="$36")}
)
SELECT id FROM moved
"""
BEAR: Final = f"""
WITH born AS (
  INSERT INTO matter (item_version_id, procedure_id, phase, ending, body_code, bodies, steps, step_names, posts, assignees,
    doers, due_on, due_rank, due_name, due_provisional, paused, accepted_at, decided_at, closed_at, state, seq, changed_at,
    calendar_at, wake_at, party, party_kind, number, kind, government_id, item_code, title, title_key, category, opened_at,
    origin, opening, code_hash)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20::text::jsonb, $21, $22,
    $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37)
  RETURNING id
), titled AS (
  INSERT INTO matter_title (item_code, title_key) SELECT $30, $32
  WHERE NOT EXISTS (SELECT FROM matter_title WHERE item_code = $30 AND title_key = $32) ON CONFLICT DO NOTHING
), told AS (
{record.numbered_sql("'matter:' || written.id", 38, "born AS written")}
), sent AS (
{_outbox("born", seqs="$39", now="$23", hall="$45")}
)
SELECT id FROM born
"""


class LostUpdate(AssertionError):
    """The row was written by somebody although it was locked: a bug, so the transaction is rolled back."""


@dataclass(frozen=True, slots=True)
class Held:
    """A matter's row with its state, locked until the unit of work ends (or only read)."""

    id: int
    number: str
    kind: str
    government_id: int
    body_code: str
    bodies: tuple[str, ...]
    title: str
    party: str
    item_code: str
    item_version_id: int | None
    procedure_id: int
    wake_at: datetime | None
    calendar_at: datetime
    seq: int
    matter: Matter

    @property
    def stream(self) -> str:
        """Name of the matter's stream in the record."""
        return stream_of(self.id)


@dataclass(frozen=True, slots=True)
class Birth:
    """What a new matter has beside its events."""

    government_id: int
    item_code: str
    title: str
    category: str
    opening: bytes
    code_hash: bytes


def stream_of(matter_id: int) -> str:
    """Return the name of a matter's stream in the record."""
    return f"matter:{matter_id}"


async def hold(connection: Reading, matter_id: int, *, lock: bool = True) -> Held | None:
    """Return a matter, locked unless it is only read; None if there is none."""
    row = await connection.fetchrow(LOCK if lock else READ, matter_id)
    if row is None:
        return None
    return Held(
        id=row["id"],
        number=row["number"],
        kind=row["kind"],
        government_id=row["government_id"],
        body_code=row["body_code"],
        bodies=tuple(row["bodies"]),
        title=row["title"],
        party=row["party"],
        item_code=row["item_code"],
        item_version_id=row["item_version_id"],
        procedure_id=row["procedure_id"],
        wake_at=row["wake_at"],
        calendar_at=row["calendar_at"],
        seq=row["seq"],
        matter=Matter.model_validate_json(row["state"]),
    )


async def id_of(ctx: Context, number: str) -> int:
    """Return the id of the matter with a number, whoever asks; raises ``NotFound`` if there is none.

    It says nothing of a right: whoever holds the matter next is asked for that, and refused by the same words.
    """
    wanted = number.strip().upper()
    found = ctx.db.shelf.forever.get(("number", wanted))
    if found is None:
        with understood():
            found = await ctx.db.reads.fetchval("SELECT id FROM matter WHERE number = $1", wanted)
        if found is None:
            raise NotFound("办件")
        known(ctx, wanted, found)
    return int(found)


def known(ctx: Context, number: str, matter_id: int) -> None:
    """Remember which matter has a number: that never changes once it is committed."""
    ctx.db.shelf.keep(("number", number), matter_id)


def may(ctx: Context, permission: Permission, government_id: int, bodies: Sequence[str]) -> bool:
    """Say whether the actor has a permission for a matter of these bodies."""
    return any(allowed(ctx.actor, permission, Target(government_id, body)) for body in bodies)


async def save(
    uow: UnitOfWork, held: Held, events: Sequence[Event], after: Matter, basis: Basis, book: Rulebook
) -> None:
    """Write what events made of a matter: the row, the events, the outbox."""
    ctx, connection = uow.ctx, await uow.raw()
    shown = summary(after, book, ctx.now)
    rows = [_numbered(ctx, event) for event in events]
    done = await connection.fetchval(
        SAVE,
        held.id,
        held.matter.seq,
        *_projected(after, shown, basis, ctx.now),
        *record.numbered_values(rows, after.body),
        list(concerned(events)),
    )
    if done != held.id:
        raise LostUpdate(f"matter {held.id} is not at {held.matter.seq} any more")
    record.numbered(uow, rows)


async def bear(
    uow: UnitOfWork, birth: Birth, events: Sequence[Event], after: Matter, basis: Basis, book: Rulebook
) -> int:
    """Write a new matter with its first events and return its id."""
    ctx, connection = uow.ctx, await uow.raw()
    shown = summary(after, book, ctx.now)
    rows = [_numbered(ctx, event) for event in events]
    matter_id = await connection.fetchval(
        BEAR,
        *_projected(after, shown, basis, ctx.now),
        after.id,
        after.kind,
        birth.government_id,
        birth.item_code,
        birth.title,
        birth.title.casefold(),
        birth.category,
        events[0].at,
        after.origin,
        birth.opening,
        birth.code_hash,
        *record.numbered_values(rows, after.body),
        list(concerned(events)),
    )
    record.numbered(uow, rows)
    return int(matter_id)


def _projected(after: Matter, shown: Summary, basis: Basis, now: datetime) -> list[Any]:
    """Return the values of the columns that an act may change, in the order of the statements."""
    return [
        basis.item.id if basis.item else None,
        basis.procedure_id,
        after.phase,
        after.ending,
        after.body,
        list(shown.bodies),
        list(shown.steps),
        list(shown.step_names),
        list(shown.posts),
        list(shown.assignees),
        list(shown.doers),
        shown.due_on,
        shown.due_rank,
        shown.due_name,
        shown.due_provisional,
        shown.paused,
        shown.accepted_at,
        shown.decided_at,
        shown.closed_at,
        after.model_dump_json(),
        after.seq,
        after.at,
        now,
        shown.wake_at,
        after.party,
        after.party_kind,
    ]


def _numbered(ctx: Context, event: Event) -> Numbered:
    """Return an event as a row of the record; a party has no name there, and time's doing no account."""
    by = event.act.by
    account: UUID | None = None
    name = ""
    if by.kind == "official":
        account, name = ctx.actor.account_id, ctx.actor.name
    elif by.kind == "system" and by != TIME:
        name = by.id
    return Numbered(event.seq, f"matter.{event.act.kind}", event.at, event.body(), account, name)


async def reread(connection: ReadConnection, matter_id: int, *, until: int | None = None) -> tuple[Event, ...]:
    """Return the events of a matter as the record has them, up to a number if one is given."""
    sql = "SELECT body FROM event WHERE stream = $1 AND seq <= coalesce($2, 2147483647) ORDER BY seq"
    rows = await connection.fetch(sql, stream_of(matter_id), until)
    return tuple(Event.model_validate_json(row["body"]) for row in rows)
