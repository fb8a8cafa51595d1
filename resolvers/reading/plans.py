"""Plans: one operation made into one statement, kept by the caller, run with the values of each request."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from resolvers.context import Context
from resolvers.reading.declarations import Registry
from resolvers.reading.emitting import Emitter
from resolvers.reading.emitting_pages import ordered_sql, page_sql
from resolvers.reading.fetching import run_value
from resolvers.reading.frames import NotCompiled
from resolvers.reading.interface import INTERFACE
from resolvers.reading.json_sql import MISSING_BYTE, WrongKey, literal, object_sql, or_missing
from resolvers.reading.listings import Listing
from resolvers.reading.pieces import Pieces, by_search, by_stamps, page_by_stamps, searched_page
from resolvers.reading.selection import Choice, Operation, PageSelection, Root, Selection
from resolvers.reading.slots import LimitOf, Slot, Values

__all__ = ["NotCompiled", "Plan", "compile_operation", "run_plan"]

LONGEST: Final = 200_000
"""Characters of a statement; longer ones cost more to plan than they save."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement: its text, where its values come from, and whether it is planned for them each time."""

    text: str
    slots: tuple[Slot, ...]
    custom: bool
    key: str = ""
    by_search: Pieces | None = None
    by_stamps: Pieces | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """Every statement that the plan may run."""
        pieces = [one for one in (self.by_search, self.by_stamps) if one is not None]
        parts = [part for one in pieces for part in (one.nodes, one.keys) if part is not None]
        return tuple(text for text in (self.text, *(part.text for part in parts)) if text)


def compile_operation(operation: Operation, listings: Sequence[Listing], registry: Registry = INTERFACE) -> Plan:
    """Make an operation over listings of these shapes into one statement. Raises ``NotCompiled`` with the reason."""
    alone = len(operation.roots) == 1 and operation.roots[0].what == "page"
    if alone and listings[operation.roots[0].listing].searched is not None:
        return Plan(
            "", (), custom=False, key=operation.roots[0].key, by_search=by_search(operation, listings, registry)
        )
    emitter = Emitter(registry, listings)
    try:
        written = object_sql((root.key, _root(emitter, root)) for root in operation.roots)
    except WrongKey as error:
        raise NotCompiled("a response key that is no plain name") from error
    text, slots = emitter.emission.finished(f"SELECT convert_to({written}, 'UTF8')")
    if len(text) > LONGEST:
        raise NotCompiled("the statement is too long")
    custom = any(one.is_skewed for one in listings)
    stamps = by_stamps(operation, listings, registry) if alone else None
    return Plan(text, slots, custom, operation.roots[0].key if alone else "", None, stamps)


def _root(emitter: Emitter, root: Root) -> str:
    """Return the expression of one root field."""
    if root.what == "word":
        return literal(f'"{root.word}"')
    listing = emitter.listings[root.listing]
    if listing.searched is not None:
        raise NotCompiled("a search beside other fields")
    frame = emitter.frame(listing.entity, root.listing)
    if isinstance(root.below, PageSelection):
        return page_sql(emitter, root.below, root.listing, frame)
    if not isinstance(root.below, Selection | Choice):
        raise NotCompiled(f"{root.key} has nothing below it")
    columns = f"{emitter.object(root.below, frame)} AS n"
    if root.what == "one":
        found = ordered_sql(emitter, root.listing, frame, columns, most="1")
        return or_missing(f"({found})", required=root.required)
    most = "ALL" if listing.page.first is None else emitter.emission.place(LimitOf(root.listing))
    found = ordered_sql(emitter, root.listing, frame, columns, most=most)
    return f"concat('[', (SELECT string_agg(r.n, ',') FROM ({found}) r), ']')"


async def run_plan(ctx: Context, plan: Plan, listings: Sequence[Listing]) -> bytes | None:
    """Run a plan with the values of these listings; returns the JSON of the operation's data.

    None means that something was not there which the contract says is never null: the ordinary executor then answers.
    Raises ``InvalidInput`` for a wrong cursor, ``Unavailable`` when the database is away or takes too long.
    """
    values = Values(ctx, listings)
    page = None
    if plan.by_search is not None:
        page = await searched_page(ctx, plan.by_search, listings)
        return _whole(plan.key, page)
    if plan.by_stamps is not None and ctx.db.fragments.limit_bytes and plan.by_stamps.worth.pays():
        page = await page_by_stamps(ctx, plan.by_stamps, listings, values)
    if page is not None:
        return _whole(plan.key, page)
    data = await run_value(ctx, plan.text, [values.of(slot) for slot in plan.slots], custom=plan.custom)
    return None if MISSING_BYTE in data else data


def _whole(key: str, page: bytes | None) -> bytes | None:
    """Return the data of an operation with one page; None where a node lacks what is never null."""
    if page is None or MISSING_BYTE in page:
        return None
    return b'{"%b":%b}' % (key.encode(), page)
