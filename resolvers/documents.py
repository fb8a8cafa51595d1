"""Registered documents: GraphQL documents that were checked once and are then asked for by their hash.

What a document may be is decided by whoever gives ``examine``: the interface parses, validates and costs it. Nothing
about a registered document changes; it can be withdrawn, once, and then answers as if it had never been there.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import func
from sqlmodel import col, select

from domain.access import Permission
from domain.document_files import PREFIX, GivenDocument, alias_of, alias_problem, may_be_alias, sha256_named
from domain.tables.documents import DocumentAlias, RegisteredDocument
from resolvers import record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, NotFound
from resolvers.permits import permit
from resolvers.reading.fetching import understood

FIND: Final = """
SELECT d.sha256, d.text FROM registered_document d WHERE d.withdrawn_at IS NULL
AND d.sha256 = coalesce(nullif($1, ''), (SELECT a.sha256 FROM document_alias a WHERE a.alias = $2))
"""
LIST: Final = """
SELECT d.sha256, d.operations, d.cost, d.registered_at, d.registered_by_name, d.withdrawn_at,
  ARRAY(SELECT a.alias FROM document_alias a WHERE a.sha256 = d.sha256 ORDER BY a.alias) AS aliases
FROM registered_document d ORDER BY d.registered_at, d.sha256
"""
REGISTERING: Final = "documents"
"""The lock under which documents are registered, one file at a time: two never disagree about what is known."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What an examination found: the names of the operations and the highest cost, or why it is refused."""

    operations: tuple[str, ...] = ()
    cost: int = 0
    refusal: str = ""


Examine = Callable[[str], Examined]
State = Literal["registered", "known", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: registered now, known before, or refused for a reason."""

    source: str
    name: str
    state: State
    sha256: str = ""
    alias: str = ""
    operations: tuple[str, ...] = ()
    cost: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A document that may be run."""

    sha256: str
    text: str


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A registered document in the list of all."""

    sha256: str
    operations: tuple[str, ...]
    cost: int
    registered_at: datetime
    registered_by: str
    withdrawn_at: datetime | None
    aliases: tuple[str, ...]


async def register(ctx: Context, given: Iterable[GivenDocument], examine: Examine) -> tuple[Outcome, ...]:
    """Register every document that is in order and say of each what became of it. Raises ``NotPermitted``."""
    permit(ctx, Permission.DOCUMENT_REGISTER)
    examined = []
    for one in given:
        examined.append((one, _outcome(one, examine)))
        await asyncio.sleep(0)  # others are served between two documents
    if all(outcome.state == "refused" for _, outcome in examined):
        return tuple(outcome for _, outcome in examined)
    async with unit_of_work(ctx, unrecorded="a document that is registered already") as uow:
        await uow.session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(REGISTERING, 0))))
        return tuple([await _added(uow, one, outcome) for one, outcome in examined])


def _outcome(one: GivenDocument, examine: Examine) -> Outcome:
    """Examine a document; nothing is known yet about what the library holds."""
    if problem := alias_problem(one.alias, one.text):
        return Outcome(one.source, one.name, "refused", reason=problem)
    found = examine(one.text)
    if found.refusal:
        return Outcome(one.source, one.name, "refused", reason=found.refusal)
    alias = alias_of(one.alias)
    return Outcome(one.source, one.name, "registered", one.sha256, alias, found.operations, found.cost)


async def _added(uow: UnitOfWork, one: GivenDocument, outcome: Outcome) -> Outcome:
    """Add a document that is in order, or its further name, unless it is there; each addition writes its event."""
    if outcome.state == "refused":
        return outcome
    known = await uow.session.get(RegisteredDocument, outcome.sha256)
    if known is not None and known.withdrawn_at is not None:
        return replace(outcome, state="refused", reason="此文档已被撤回，不能再次登记；请修改后登记为新文档")
    held = await uow.session.get(DocumentAlias, outcome.alias) if outcome.alias else None
    if held is not None and held.sha256 != outcome.sha256:
        return replace(outcome, state="refused", reason=f"编号已用于另一个文档（{PREFIX}{held.sha256[:12]}…）")
    if known is None:
        actor = uow.ctx.actor
        uow.session.add(
            RegisteredDocument(
                sha256=outcome.sha256,
                text=one.text,
                operations=list(outcome.operations),
                cost=outcome.cost,
                registered_at=uow.ctx.now,
                registered_by=actor.account_id,
                registered_by_name=actor.name,
            )
        )
        await uow.session.flush()
    if outcome.alias and held is None:
        uow.session.add(DocumentAlias(alias=outcome.alias, sha256=outcome.sha256))
        await uow.session.flush()
    elif known is not None:
        return replace(outcome, state="known")
    told = {"alias": outcome.alias, "operations": list(outcome.operations), "sha256": outcome.sha256}
    kind = "document.registered" if known is None else "document.named"
    await record.append(uow, f"document:{outcome.sha256}", kind, told)
    return replace(outcome, state="registered" if known is None else "known")


async def withdraw(ctx: Context, identifier: str) -> str:
    """Withdraw a document by hash or alias, for good, and return its hash.

    Raises ``NotFound``, or ``Conflict`` when it was withdrawn before.
    """
    permit(ctx, Permission.DOCUMENT_WITHDRAW)
    async with unit_of_work(ctx) as uow:
        sha256 = sha256_named(identifier)
        if not sha256:
            alias = await uow.session.get(DocumentAlias, identifier)
            sha256 = alias.sha256 if alias else ""
        chosen = select(RegisteredDocument).where(col(RegisteredDocument.sha256) == sha256).with_for_update()
        row = (await uow.session.exec(chosen)).one_or_none()
        if row is None:
            raise NotFound("登记文档")
        if row.withdrawn_at is not None:
            raise Conflict(f"文档 {sha256[:12]}… 早已撤回。", "无需再次撤回。")
        row.withdrawn_at, row.withdrawn_by_name = ctx.now, ctx.actor.name
        uow.session.add(row)
        await record.append(uow, f"document:{sha256}", "document.withdrawn", {"sha256": sha256})
    return sha256


async def list_documents(ctx: Context) -> tuple[DocumentRow, ...]:
    """Return all documents in the order of registration, without their texts."""
    permit(ctx, Permission.DOCUMENT_READ)
    return tuple(
        DocumentRow(
            row["sha256"],
            tuple(row["operations"]),
            row["cost"],
            row["registered_at"],
            row["registered_by_name"],
            row["withdrawn_at"],
            tuple(row["aliases"]),
        )
        for row in await ctx.db.reads.fetch(LIST)
    )


class Directory:
    """Finds registered documents, those asked for lately in memory: bounded, and of one public revision only.

    A registration and a withdrawal raise the public revision, so what is remembered under it is never out of date.
    """

    def __init__(self, most: int = 1_000, most_characters: int = 4_000_000) -> None:
        self._most, self._most_characters = most, most_characters
        self._revision: int | None = None
        self._characters = 0
        self._found: OrderedDict[str, Found] = OrderedDict()

    async def find(self, ctx: Context, identifier: str, revision: int | None = None) -> Found | None:
        """Return the document of a hash or an alias, or None for an unknown or withdrawn one.

        ``revision`` is a public revision read for this very request, if there is one already.
        """
        now = await ctx.db.publicity.revision() if revision is None else revision
        if now != self._revision:
            self._found.clear()
            self._characters, self._revision = 0, now
        known = self._found.get(identifier)
        if known is not None:
            self._found.move_to_end(identifier)
            return known
        found = await _find(ctx, identifier)
        if found is not None and now == self._revision:
            self._remember(identifier, found)
        return found

    def _remember(self, identifier: str, found: Found) -> None:
        if identifier in self._found:
            return
        self._found[identifier] = found
        self._characters += len(found.text)
        while len(self._found) > self._most or self._characters > self._most_characters:
            _, gone = self._found.popitem(last=False)
            self._characters -= len(gone.text)


async def _find(ctx: Context, identifier: str) -> Found | None:
    sha256 = sha256_named(identifier)
    if not sha256 and not may_be_alias(identifier):
        return None
    with understood():
        row = await ctx.db.reads.fetchrow(FIND, sha256, identifier)
    return Found(row["sha256"], row["text"]) if row else None


def refused(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Return those that were refused."""
    return tuple(one for one in outcomes if one.state == "refused")
