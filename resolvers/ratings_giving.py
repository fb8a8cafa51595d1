"""Rating a matter (003-27): by number and look-up code, once; a bad rating opens its review in the same transaction."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from domain import ratings as rules
from domain.access import Permission
from domain.ratings import Given
from resolvers import matters_store as matters
from resolvers import ratings_store as store
from resolvers import receipts, record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.matters_opening import TAKEN
from resolvers.matters_public import found_by_code
from resolvers.permits import permit
from resolvers.ratings_review import open_review
from resolvers.ratings_store import Invitation
from resolvers.retrying import queued, retried

Channel = Literal["online", "counter"]
CHANNELS: Final[tuple[Channel, ...]] = ("online", "counter")
ANSWER: Final = """
INSERT INTO rating (invitation_id, grade, bad, reasons, remarks_sealed, channel, given_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
"""
REVIEW: Final = "INSERT INTO rating_review (rating_id, matter_id, opened_at, due_on) VALUES ($1, $2, $3, $4)"


class NotInvited(Conflict):
    """The matter cannot be rated: not yet, not any more, or it was rated otherwise before."""

    code = "NOT_INVITED"


@dataclass(frozen=True, slots=True)
class RatingStatus:
    """What a party sees of its rating: whether it may rate, until when, and what became of a bad one."""

    open: bool
    answered: bool
    again: bool
    until: date
    grade: str = ""
    under_review: bool = False
    reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating that was taken. ``repeated`` says that it had been before; ``review`` is the number of its review."""

    grade: str
    bad: bool
    review: str = ""
    review_due: date | None = None
    repeated: bool = False
    receipt: str = ""


async def rating_status(ctx: Context, number: str, code: str) -> RatingStatus | None:
    """Return what a party may know of the rating of its matter; None: it was not invited. Raises ``NotFound``."""
    row = await found_by_code(ctx, number, code)
    found = await store.latest(ctx.db.reads, row["id"])
    if found is None:
        return None
    grade = ctx.profile.ratings.grade(found.grade)
    return RatingStatus(
        open=found.rating_id is None and ctx.today <= found.expires_on,
        answered=found.rating_id is not None,
        again=found.round > 1,
        until=found.expires_on,
        grade=grade.name if grade else found.grade,
        under_review=found.review_id is not None and found.reviewed_at is None,
        reviewed=found.reviewed_at is not None,
    )


async def give(ctx: Context, number: str, code: str, given: Given, channel: str = "online") -> Rated:
    """Take the rating of a matter from whoever has its number and code.

    The same rating again gives the same answer. Raises ``NotFound``, ``InvalidInput``, ``NotInvited``.
    """
    permit(ctx, Permission.RATING_GIVE)
    if channel not in CHANNELS:
        raise InvalidInput("没有这种评价方式。", "请刷新页面后重新提交。")
    row = await found_by_code(ctx, number, code)
    if wrong := rules.problems(ctx.profile.ratings, given):
        problems = tuple(FieldProblem(*one) for one in wrong)
        raise InvalidInput(problems[0].message, problems[0].remedy, problems)
    async with queued(ctx.db.url, f"rating:{row['id']}"):
        done = await retried(lambda: _once(ctx, row["id"], given, channel), also=TAKEN)
    return replace(done, receipt=await receipts.given_last(ctx, f"rating:{row['id']}", "rating.given", row["number"]))


async def _once(ctx: Context, matter_id: int, given: Given, channel: str) -> Rated:
    async with unit_of_work(ctx, unrecorded="a rating that was given before", serializable=True) as uow:
        connection = await uow.raw()
        held = await matters.hold(connection, matter_id, lock=False)
        invitation = await store.latest(connection, matter_id)
        if held is None:
            raise NotFound("办件")
        if invitation is None:
            raise NotInvited("这一办件还没有到评价的时候。", "请在收到决定或者办结之后评价。")
        if invitation.rating_id is not None:
            return _again(ctx, invitation, given)
        if ctx.today > invitation.expires_on:
            raise NotInvited(f"评价已于{invitation.expires_on}截止。", "如需反映问题，请使用投诉举报。")
        return await _answered(uow, held, invitation, given, channel)


def _again(ctx: Context, invitation: Invitation, given: Given) -> Rated:
    same = (invitation.grade, set(invitation.reasons), invitation.remarks(ctx))
    if same != (given.grade, set(given.reasons), given.remarks):
        raise NotInvited("这一办件已经评价过，评价不能修改。", "差评经核查办结后，可以再次评价。")
    return Rated(invitation.grade, invitation.bad, invitation.review_number, repeated=True)


async def _answered(uow: UnitOfWork, held: matters.Held, invitation: Invitation, given: Given, channel: str) -> Rated:
    ctx, connection = uow.ctx, await uow.raw()
    grade = ctx.profile.ratings.grade(given.grade)
    bad = grade is not None and grade.bad
    kept = store.sealed(ctx, invitation.id, given.remarks)
    rating_id = await connection.fetchval(
        ANSWER, invitation.id, given.grade, bad, list(given.reasons), kept, channel, ctx.now
    )
    # What somebody wrote is in no event: the record tells that something was, and the sealed row holds it.
    told = {
        "channel": channel,
        "grade": given.grade,
        "reasons": list(given.reasons),
        "remarks": bool(given.remarks),
        "round": invitation.round,
    }
    await record.append(uow, f"rating:{held.id}", "rating.given", told, body_code=held.body_code)
    if not bad:
        return Rated(given.grade, bad=False)
    review = await open_review(uow, held, invitation.id)
    await connection.execute(REVIEW, rating_id, review.matter_id, ctx.now, review.due_on)
    return Rated(given.grade, bad, review.number, review.due_on)
