"""The review of a bad rating 差评核查: a matter of its own, opened with the rating, in nobody's hands who had the case.

The reviewer reads grade, reasons and words; whoever acted in the rated matter does not, and cannot act here (R16:
`domain.engine.turns`). The matter's own page tells its officials that it was rated and that a review runs, no more.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.access import Permission
from domain.engine.clocks import deadline_of
from domain.engine.deciding import decide
from domain.engine.matter import BLANK, fold
from domain.engine.parts import Doer
from resolvers import matters_books as books
from resolvers import matters_store as store
from resolvers.calendar import load_calendar
from resolvers.context import LOCAL, Context, UnitOfWork
from resolvers.matters_books import REVIEW, Basis
from resolvers.matters_judging import parse
from resolvers.matters_opening import DRAW, KEY, code_of, hash_of
from resolvers.matters_store import Birth, Held
from resolvers.matters_values import MatterView
from resolvers.ratings_store import Invitation, latest, of_review

LETTERS: Final = "PJ"
SCOPE: Final = "rating-review"
LIMIT: Final = "handle"
BY: Final = Doer(kind="system", id="评价")


@dataclass(frozen=True, slots=True)
class Review:
    """The review that a bad rating opened."""

    matter_id: int
    number: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Rated:
    """What a matter's page tells of its rating. ``grade``, ``reasons`` and ``remarks`` only for whoever reviews it."""

    state: str
    """``invited``, ``answered``, ``expired``, ``under_review`` or ``reviewed``."""

    until: date
    review_id: int | None = None
    review_number: str = ""
    rated_id: int | None = None
    rated_number: str = ""
    grade: str = ""
    reasons: tuple[str, ...] = ()
    remarks: str = ""


def series_of(ctx: Context, body: str) -> str:
    """Return the series of a review's number: body, letters, year."""
    return f"{body}{LETTERS}{ctx.now.astimezone(LOCAL).year}"


async def open_review(uow: UnitOfWork, held: Held, invitation_id: int) -> Review:
    """Open the review of a matter's bad rating, inside the unit of work that records the rating."""
    ctx, connection = uow.ctx, await uow.raw()
    procedure = books.templates(ctx.profile.id)[ctx.profile.ratings.procedure]
    basis = Basis(await books.keep_procedure(ctx, connection, procedure), procedure, None)
    series = series_of(ctx, held.body_code)
    number = f"{series}{await connection.fetchval(DRAW, series):06}"
    act = {
        "kind": "open",
        "key": KEY,
        "matter": number,
        "body": held.body_code,
        "party": held.party,
        "party_kind": held.matter.party_kind,
        "origin": held.number,
    }
    book = books.rulebook(basis, await load_calendar(ctx))
    events = decide(BLANK, parse(act, BY), book, ctx.now)
    after = fold(events)
    key = str(invitation_id)
    birth = Birth(
        held.government_id,
        held.item_code,
        f"差评核查：{held.title}",
        "",
        ctx.keys.keyed_hash("matter-opening", f"{SCOPE}|{key}"),
        hash_of(ctx, number, code_of(ctx, SCOPE, key)),
    )
    review_id = await store.bear(uow, birth, events, after, basis, book)
    due = deadline_of(after, book, LIMIT)
    return Review(review_id, number, due.due if due else None)


async def rated(ctx: Context, view: MatterView) -> Rated | None:
    """Return what the page of a matter may tell the actor of its rating, or None where there is nothing to tell."""
    if view.row.kind == REVIEW:
        return await _reviewed(ctx, view)
    found = await latest(ctx.db.reads, view.row.id)
    if found is None:
        return None
    return Rated(_state(ctx, found), found.expires_on, found.review_id, found.review_number)


def _state(ctx: Context, found: Invitation) -> str:
    if found.rating_id is None:
        return "invited" if ctx.today <= found.expires_on else "expired"
    if found.review_id is None:
        return "answered"
    return "reviewed" if found.reviewed_at else "under_review"


async def _reviewed(ctx: Context, view: MatterView) -> Rated | None:
    found = await of_review(ctx.db.reads, view.row.id)
    if found is None:
        return None
    told = Rated(_state(ctx, found), found.expires_on, rated_id=found.matter_id, rated_number=view.matter.origin)
    apart = str(ctx.actor.account_id or "") not in view.book.barred
    if not apart or not store.may(ctx, Permission.RATING_READ, view.row.government_id, view.row.bodies):
        return told
    rules = ctx.profile.ratings
    grade = rules.grade(found.grade)
    names = tuple(one.name for code in found.reasons if (one := rules.reason(code)) is not None)
    return Rated(
        told.state,
        told.until,
        rated_id=told.rated_id,
        rated_number=told.rated_number,
        grade=grade.name if grade else found.grade,
        reasons=names,
        remarks=found.remarks(ctx),
    )
