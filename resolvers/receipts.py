"""Receipts: the promise given at once for an act, and the proof of inclusion it can be exchanged for (003-33).

The web tier signs what it computes itself out of the act as it stands in the record: if the leaf that the database made is
another one, nothing is signed. Whoever shows a receipt of ours may have its proof; a wrong receipt and one of an act that
is not there are the same answer. The proof shows the head of the act, never the officer's name.
"""

from typing import Any, Final

import asyncpg
import structlog

from domain.proof.checkpoints import Checkpoint
from domain.proof.leaf import PARTS, Act, entry, microseconds, opening
from domain.proof.merkle import filled, inclusion_ranges, leaf_hash
from domain.proof.notes import Note, NoteBroken, holds, signed
from domain.proof.receipts import Proof, Receipt
from resolvers import archives
from resolvers.archives import InTheArchive
from resolvers.context import Context
from resolvers.errors import Conflict, NotFound
from resolvers.issuing import Issuer
from resolvers.matters_opening import PARTY
from resolvers.matters_store import stream_of
from resolvers.matters_values import ActDone
from resolvers.signing import VERIFY

__all__ = [
    "Issuer",
    "RecordAltered",
    "act_of",
    "alarm",
    "checked",
    "given",
    "given_for",
    "given_last",
    "proof",
    "receipt",
]

log = structlog.get_logger("record")

SHOWN: Final = ("head",)
_ACT: Final = """
SELECT e.id, e.stream, e.seq, e.kind, e.body_code, e.at, e.actor_id, e.actor_name, e.body, l.salt, l.entry
FROM event e JOIN event_leaf l ON l.event_id = e.id WHERE e.stream = $1 AND e.seq = $2
"""
_LOGGED: Final = """
SELECT e.id, e.stream, e.seq, e.kind, e.body_code, e.at, e.actor_id, e.actor_name, e.body, l.salt, l.entry, l.leaf, g.place
FROM event e JOIN event_leaf l ON l.event_id = e.id LEFT JOIN log_leaf g ON g.event_id = e.id WHERE e.id = $1
"""

_LAST: Final = "SELECT max(seq) FROM event WHERE stream = $1 AND kind = $2"


class RecordAltered(RuntimeError):
    """An act in the record is not the one that its leaf was made of: an alarm, and nothing is signed."""


class LostWithLog(Conflict):
    """The act was lost with the log that promised it, as that log's end was told."""

    code = "LOST_WITH_LOG"

    def __init__(self, origin: str) -> None:
        message = f"凭证由以前的日志 {origin} 出具；那个日志已经停用，这一行为不在恢复的记录中。"
        super().__init__(message, "请保存好凭证，它就是证据；请联系受理机关补办，并可以向监察机关反映。")
        self.origin = origin


async def given(ctx: Context, stream: str, seq: int, about: str) -> str:
    """Return the receipt for whoever did an act a moment ago; empty where none is given.

    The act is done whatever happens here: an act that is not in the record as it was done is an alarm, and no receipt.
    """
    if ctx.issuer is None:
        return ""
    try:
        return await receipt(ctx, ctx.issuer, stream, seq, about)
    except RecordAltered as error:
        alarm(error)
        return ""


async def given_last(ctx: Context, stream: str, kind: str, about: str) -> str:
    """Return the receipt for the last act of a kind in a stream, done a moment ago by whoever asks."""
    seq = await ctx.db.reads.fetchval(_LAST, stream, kind)
    return await given(ctx, stream, seq, about) if seq else ""


def alarm(error: RecordAltered) -> None:
    """Tell the operator that the record is altered."""
    log.critical("the record is altered", reason=str(error))


async def given_for(ctx: Context, done: ActDone) -> str:
    """Return the receipt for what a party did on a matter; empty for what was not a party's act."""
    seq = next((one.seq for one in reversed(done.events) if one.act.by.kind == PARTY), 0)
    return await given(ctx, stream_of(done.matter_id), seq, done.number) if seq else ""


async def receipt(ctx: Context, issuer: Issuer, stream: str, seq: int, about: str) -> str:
    """Return the receipt of an act that is committed; ``about`` is the matter's number. Raises ``RecordAltered``.

    The caller has checked that whoever gets it is the one who acted: a receipt can be exchanged for the act's proof.
    """
    row = await ctx.db.reads.fetchrow(_ACT, stream, seq)
    if row is None:
        raise NotFound("凭证")
    leaf = leaf_hash(checked(row))
    text = Receipt(issuer.origin, leaf, row["id"], microseconds(row["at"]), about).text
    return signed(text, issuer.key, issuer.signer.sign).whole


async def proof(ctx: Context, issuer: Issuer, shown: str, parts: tuple[str, ...] = SHOWN) -> str | None:
    """Exchange a receipt for the proof that its act stands in the published log; None while it does not yet.

    Raises ``NotFound`` for what is no receipt of ours, ``InTheArchive`` for an act whose month has left (its place in the log
    is the one that was promised), ``LostWithLog`` for one that did not come back when its log ended, and ``RecordAltered`` if the act is not what was promised.
    """
    given = _own(issuer, shown)
    row = await ctx.db.reads.fetchrow(_LOGGED, given.act)
    if row is None and (found := await archives.of_act(ctx.db.reads, given.act)) is not None and found[1] == given.leaf:
        raise InTheArchive(found[0])
    if (row is None or row["leaf"] != given.leaf) and given.origin != issuer.origin and _was_lost(issuer, given):
        raise LostWithLog(given.origin)
    if row is None or leaf_hash(checked(row)) != given.leaf:
        # A receipt with our own signature that the record does not keep is the very thing receipts are for.
        raise RecordAltered(f"the record does not hold act {given.act} as its receipt promised it")
    content = issuer.folder.read("checkpoint")
    if content is None or row["place"] is None:
        return None
    note = Note.parse(content.decode())
    head = Checkpoint.parse(note.text)
    if row["place"] >= head.size:
        return None
    path = filled(issuer.folder.reader(head.size).read, inclusion_ranges(row["place"], head.size))
    opened = opening(act_of(row), row["salt"], tuple(part for part in PARTS if part in parts))
    # A proof answers receipts of its own log; one of a former log stays a promise beside it.
    answered = Note.parse(shown).whole if given.origin == issuer.origin else ""
    return Proof(row["place"], tuple(path), note, row["entry"], opened, answered).text


def _was_lost(issuer: Issuer, given: Receipt) -> bool:
    """Say whether the files of the receipt's own log, as far as they came back, never held its act."""
    return not any(one.origin == given.origin and one.holds(given.leaf) for one in issuer.former)


def _own(issuer: Issuer, shown: str) -> Receipt:
    try:
        note = Note.parse(shown)
        keys = (issuer.key, *(key for one in issuer.former for key in one.receipts))
        if any(holds(note, key, VERIFY) for key in keys):
            return Receipt.parse(note.text)
    except NoteBroken as error:
        raise NotFound("凭证") from error
    raise NotFound("凭证")


def checked(row: asyncpg.Record) -> bytes:
    """Return the entry of an act, computed anew. Raises ``RecordAltered`` unless it is the one that was kept."""
    found = entry(act_of(row), row["salt"])
    if found != row["entry"]:
        raise RecordAltered(f"act {row['id']} is not the one that its leaf was made of")
    return found


def act_of(row: asyncpg.Record) -> Act:
    """Return an act as the record has it."""
    given: dict[str, Any] = {name: row[name] for name in ("stream", "seq", "kind", "body_code", "actor_name", "body")}
    return Act(at=microseconds(row["at"]), actor_id=str(row["actor_id"] or ""), **given)
