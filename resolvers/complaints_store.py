"""Where complaints live: the run that is locked for an act, what is written of it, and the texts, sealed for their place.

A run is the engine's matter (house §2) in a table of its own, so that nothing that reads matters can read complaints. Its
row is a projection: the events in the stream ``complaint:<run>`` make all of it. An act never holds a word that somebody
wrote: words are texts of their own, and the act names a text by its number and the digest of what is sealed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg

from domain.engine.clocks import deadline_of
from domain.engine.events import Event
from domain.engine.lapses import TIME
from domain.engine.matter import Matter
from domain.engine.rulebook import Rulebook
from domain.matter_summary import summary
from domain.values import canonical_json
from resolvers import matters_books as books
from resolvers import record
from resolvers.context import Context, UnitOfWork
from resolvers.matters_books import Basis
from resolvers.reading.fetching import ReadConnection, Reading
from resolvers.record import Numbered
from resolvers.sealing import provider_of

Role = Literal["first", "transferred", "review"]
ANSWER: Final = "answer"
"""How every procedure of complaints calls the limit of its answer."""

TABLE, COLUMN = "complaint_text", "sealed"
COLUMNS: Final = """
r.id, r.complaint_id, r.no, r.role, r.number AS run_number, r.procedure_id, r.body_code, r.seq, r.calendar_at,
r.escalated_at, r.state::text AS state, c.number, c.kind, c.capacity, c.government_id, c.about_body, c.item_code, c.consent,
c.received_at, c.identity_keys
FROM complaint_run r JOIN complaint c ON c.id = r.complaint_id
"""
OF_COMPLAINT: Final = f"SELECT {COLUMNS} WHERE r.complaint_id = $1 AND r.last"
OF_RUN: Final = f"SELECT {COLUMNS} WHERE r.id = $1"
LOCKED: Final = " FOR UPDATE OF r"
UPDATE: Final = """
UPDATE complaint_run SET phase = $3, ending = $4, result = $5, step = $6, due_on = $7, due_rank = $8, due_name = $9,
  due_provisional = $10, answer_due = $11, answered_at = $12, closed_at = $13, state = $14::text::jsonb, seq = $15,
  changed_at = $16, calendar_at = $17, wake_at = $18, escalated_at = coalesce(escalated_at, $19)
WHERE id = $1 AND seq = $2
"""
INSERT: Final = """
INSERT INTO complaint_run (phase, ending, result, step, due_on, due_rank, due_name, due_provisional, answer_due,
  answered_at, closed_at, state, seq, changed_at, calendar_at, wake_at, complaint_id, no, last, role, number,
  procedure_id, body_code, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::jsonb, $13, $14, $15, $16, $17, $18, true, $19, $20, $21,
  $22, $23)
RETURNING id
"""
NOT_LAST: Final = "UPDATE complaint_run SET last = false WHERE complaint_id = $1 AND last"
NEXT: Final = "SELECT coalesce(max(no), 0) + 1 FROM complaint_text WHERE complaint_id = $1"
WRITE: Final = """
INSERT INTO complaint_text (complaint_id, run_id, no, kind, to_body, about_no, sealed, digest, account_id, at, key_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
TEXTS: Final = """
SELECT t.id, t.run_id, t.no, t.kind, t.to_body, t.about_no, t.sealed, t.at, a.name AS by_name
FROM complaint_text t LEFT JOIN account a ON a.id = t.account_id
WHERE t.complaint_id = $1 AND t.kind = ANY($2::text[]) ORDER BY t.no
"""
BY_KEY: Final = "SELECT no FROM complaint_text WHERE complaint_id = $1 AND key_hash = $2"
ACTED: Final = """
SELECT DISTINCT e.actor_id::text AS officer FROM complaint_run r JOIN event e ON e.stream = 'complaint:' || r.id::text
WHERE r.complaint_id = $1 AND r.no < $2 AND e.actor_id IS NOT NULL
"""


class LostUpdate(AssertionError):
    """The row was written by somebody although it was locked: a bug, so the transaction is rolled back."""


@dataclass(frozen=True, slots=True)
class Held:
    """A complaint's last run with its state, locked until the unit of work ends (or only read)."""

    id: int
    complaint_id: int
    no: int
    role: str
    run_number: str
    procedure_id: int
    body_code: str
    seq: int
    calendar_at: datetime
    escalated_at: datetime | None
    matter: Matter
    number: str
    kind: str
    capacity: str
    government_id: int
    about_body: str
    item_code: str
    consent: bool
    received_at: datetime
    identity_keys: str

    @property
    def stream(self) -> str:
        """Name of the run's stream in the record."""
        return stream_of(self.id)


@dataclass(frozen=True, slots=True)
class Text:
    """Something that was written, opened: what it is, its words by field, who wrote it (empty: whoever filed)."""

    id: int
    run_id: int
    no: int
    kind: str
    to_body: str
    about_no: int
    words: Mapping[str, str]
    at: datetime
    by_name: str

    @property
    def text(self) -> str:
        """The words themselves."""
        return self.words.get("text", "")


@dataclass(frozen=True, slots=True)
class Draft:
    """Something that is to be written in a run, and the key that makes writing it twice harmless."""

    kind: str
    words: Mapping[str, str]
    key: str
    to_body: str = ""
    about_no: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: its number within the complaint, and the digest of what is sealed."""

    no: int
    digest: str

    @property
    def said(self) -> str:
        """What an act says where it would have to say the words."""
        return f"见密封文字第{self.no}号"

    def material(self, by: str) -> dict[str, str]:
        """Return the text as a material that an act brings."""
        return {"name": f"密封文字第{self.no}号", "digest": self.digest, "by": by}


def stream_of(run_id: int) -> str:
    """Return the name of a run's stream in the record."""
    return f"complaint:{run_id}"


def case_stream(complaint_id: int) -> str:
    """Return the name of the stream of what happens beside the course: openings, escalation, publication."""
    return f"complaint_case:{complaint_id}"


async def hold(connection: Reading, complaint_id: int, *, lock: bool = True) -> Held | None:
    """Return the last run of a complaint, locked unless it is only read; None if there is none."""
    return _held(await connection.fetchrow(OF_COMPLAINT + (LOCKED if lock else ""), complaint_id))


async def hold_run(connection: Reading, run_id: int) -> Held | None:
    """Return one run, locked; None if there is none."""
    return _held(await connection.fetchrow(OF_RUN + LOCKED, run_id))


def _held(row: asyncpg.Record | None) -> Held | None:
    if row is None:
        return None
    values = {name: value for name, value in row.items() if name != "state"}
    return Held(**values, matter=Matter.model_validate_json(row["state"]))


async def book_of(ctx: Context, connection: Reading, held: Held, *officers: str) -> Rulebook:
    """Return what a run is judged by; in a review nobody may act who acted before (R16)."""
    procedure = await books.procedure(ctx, held.procedure_id)
    calendar = await books.calendar_for(ctx, held.matter)
    _, names = await books.register_of(connection, books.officers_of(held.matter, *officers))
    barred: frozenset[str] = frozenset()
    if held.role == "review":
        rows = await connection.fetch(ACTED, held.complaint_id, held.no)
        barred = frozenset(row["officer"] for row in rows)
    return books.rulebook(Basis(held.procedure_id, procedure), calendar, (), names, barred)


async def save(
    uow: UnitOfWork,
    held: Held,
    events: Sequence[Event],
    after: Matter,
    book: Rulebook,
    *,
    escalated: datetime | None = None,
) -> Held:
    """Write what events made of a run: the row and the events; returns the run as it is then."""
    connection = await uow.raw()
    values = _projected(after, book, uow.ctx.now)
    done = await connection.execute(UPDATE, held.id, held.matter.seq, *values, escalated)
    if done != "UPDATE 1":
        raise LostUpdate(f"run {held.id} is not at {held.matter.seq} any more")
    await _tell(uow, held.id, events, after)
    return replace(held, matter=after, seq=after.seq, calendar_at=uow.ctx.now)


@dataclass(frozen=True, slots=True)
class Birth:
    """A run that begins: of which complaint, its number within it, as what, under which number and procedure."""

    complaint_id: int
    no: int
    role: Role
    number: str
    procedure_id: int


async def bear(uow: UnitOfWork, birth: Birth, events: Sequence[Event], after: Matter, book: Rulebook) -> int:
    """Write a new run with its first events and return its id; the run before it is not the last one any more."""
    connection = await uow.raw()
    await connection.execute(NOT_LAST, birth.complaint_id)
    run_id = await connection.fetchval(
        INSERT,
        *_projected(after, book, uow.ctx.now),
        birth.complaint_id,
        birth.no,
        birth.role,
        birth.number,
        birth.procedure_id,
        after.body,
        events[0].at,
    )
    await _tell(uow, run_id, events, after)
    return int(run_id)


def _projected(after: Matter, book: Rulebook, now: datetime) -> list[Any]:
    """Return the values of the columns that an act may change, in the order of the statements."""
    shown, answer = summary(after, book, now), deadline_of(after, book, ANSWER)
    answered = after.marks.get("answered")
    if answered is None and after.ending == "not_accepted":
        # Whoever is told that and why it is not taken up has been answered.
        answered = after.marks.get("closed")
    due: date | None = answer.due if answer else None
    return [
        after.phase,
        after.ending,
        after.outcome.result if after.outcome else "",
        shown.steps[0] if shown.steps else "",
        shown.due_on,
        shown.due_rank,
        shown.due_name,
        shown.due_provisional,
        due,
        answered,
        shown.closed_at,
        canonical_json(after.model_dump(mode="json")).decode(),
        after.seq,
        after.at,
        now,
        shown.wake_at,
    ]


async def _tell(uow: UnitOfWork, run_id: int, events: Sequence[Event], after: Matter) -> None:
    rows = [_numbered(uow.ctx, event) for event in events]
    await record.append_numbered(uow, stream_of(run_id), rows, body_code=after.body)


def _numbered(ctx: Context, event: Event) -> Numbered:
    """Return an event as a row of the record; whoever filed has no name there, and time's doing no account."""
    by, account, name = event.act.by, None, ""
    if by.kind == "official":
        account, name = ctx.actor.account_id, ctx.actor.name
    elif by.kind == "system" and by != TIME:
        name = by.id
    return Numbered(event.seq, f"complaint.{event.act.kind}", event.at, event.body(), account, name)


# -- texts -------------------------------------------------------------------------------------------------------------


async def write(uow: UnitOfWork, complaint_id: int, run_id: int, draft: Draft, *, by: UUID | None = None) -> Written:
    """Write a text, sealed for its place. The run (or the complaint that is just filed) must be locked."""
    connection = await uow.raw()
    no = int(await connection.fetchval(NEXT, complaint_id))
    written, sealed = sealed_as(uow.ctx, complaint_id, no, draft.words)
    await keep(uow, complaint_id, run_id, draft, written, sealed, by=by)
    return written


def sealed_as(ctx: Context, complaint_id: int, no: int, words: Mapping[str, str]) -> tuple[Written, bytes]:
    """Seal words for the place they will have; the digest is that of the ciphertext, so it tells nothing of them."""
    plain = json.dumps(dict(words), ensure_ascii=False).encode()
    sealed = provider_of(ctx.keys).seal(TABLE, COLUMN, f"{complaint_id}/{no}", plain)
    return Written(no, sha256(sealed).hexdigest()), sealed


async def next_no(connection: asyncpg.Connection, complaint_id: int) -> int:
    """Return the number of the next text of a complaint."""
    return int(await connection.fetchval(NEXT, complaint_id))


async def keep(
    uow: UnitOfWork,
    complaint_id: int,
    run_id: int,
    draft: Draft,
    written: Written,
    sealed: bytes,
    *,
    by: UUID | None = None,
) -> None:
    """Keep a text that was sealed."""
    connection = await uow.raw()
    place = (complaint_id, run_id, written.no, draft.kind, draft.to_body, draft.about_no)
    await connection.execute(
        WRITE, *place, sealed, written.digest, by, uow.ctx.now, key_hash(uow.ctx, complaint_id, draft.key)
    )


def key_hash(ctx: Context, complaint_id: int, key: str) -> bytes:
    """Return the keyed hash under which a text that is sent twice is known."""
    return ctx.keys.keyed_hash("complaint-text", f"{complaint_id}|{key}")


async def written_under(connection: Reading, ctx: Context, complaint_id: int, key: str) -> int | None:
    """Return the number of the text that was written under a key; None if there is none."""
    rows = await connection.fetch(BY_KEY, complaint_id, key_hash(ctx, complaint_id, key))
    return int(rows[0]["no"]) if rows else None


async def texts(ctx: Context, connection: Reading, complaint_id: int, kinds: Sequence[str]) -> tuple[Text, ...]:
    """Return the texts of some kinds, opened, in the order in which they were written. Raises ``CannotOpen``."""
    return tuple(_opened(ctx, complaint_id, row) for row in await connection.fetch(TEXTS, complaint_id, list(kinds)))


def _opened(ctx: Context, complaint_id: int, row: asyncpg.Record) -> Text:
    plain = provider_of(ctx.keys).open(TABLE, COLUMN, f"{complaint_id}/{row['no']}", row["sealed"])
    words = {str(name): str(text) for name, text in json.loads(plain).items()}
    values = {name: row[name] for name in ("id", "run_id", "no", "kind", "to_body", "about_no", "at")}
    return Text(**values, words=words, by_name=row["by_name"] or "")


async def reread(connection: ReadConnection, run_id: int) -> tuple[Event, ...]:
    """Return the events of a run as the record has them."""
    rows = await connection.fetch("SELECT body FROM event WHERE stream = $1 ORDER BY seq", stream_of(run_id))
    return tuple(Event.model_validate_json(row["body"]) for row in rows)
