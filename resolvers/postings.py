"""Postings: who holds which post from when until when; granted and ended by the security administrator only.

Rights hang on the post and are read at every request, so an ended posting gives nothing from that day on. Nobody
grants to oneself, and nobody holds two of the three administrators, not even one after the other on one day.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from domain.access import Permission, Target, administrators_clash
from domain.tables.accounts import Posting
from domain.tables.base import key_of
from domain.tables.bodies import Post
from resolvers import accounts, record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit

OVERLAPPING_ROLES = """
SELECT coalesce(array_agg(DISTINCT role), '{}') FROM posting p JOIN post t ON t.id = p.post_id, unnest(t.roles) role
WHERE p.account_id = $1 AND p.valid && daterange($2, $3)
"""


@dataclass(frozen=True, slots=True)
class Term:
    """From which day a post is held, until which day (excluded); without an end: until it is ended."""

    first: date
    until: date | None = None


async def grant(ctx: Context, account_id: UUID, post_id: int, term: Term) -> int:
    """Give an account a post; returns the posting's id. Raises ``Conflict`` or ``InvalidInput``."""
    permit(ctx, Permission.POSTING_GRANT, Target(account_id=account_id))
    if term.first < ctx.today and ctx.actor.kind != "system":
        raise InvalidInput("任职的起始日期不能早于今天。", "请填写今天或以后的日期。", _at("first"))
    if term.until is not None and term.until <= term.first:
        raise InvalidInput("任职的终止日期必须晚于起始日期。", "请修改日期。", _at("until"))
    async with unit_of_work(ctx) as uow:
        account = await accounts.get(uow, account_id)
        post = await uow.session.get(Post, post_id)
        if post is None:
            raise NotFound("岗位")
        await _keep_administrators_apart(uow, account_id, frozenset(post.roles), term)
        posting = Posting(
            account_id=account.id,
            post_id=post_id,
            valid=Range(term.first, term.until),
            granted_by=ctx.actor.account_id,
            granted_at=ctx.now,
        )
        uow.session.add(posting)
        try:
            await uow.session.flush()
        except IntegrityError as error:
            raise Conflict("该账号在此期间已经担任这个岗位。", "请核对起止日期。") from error
        told = {
            "from": term.first.isoformat(),
            "name": post.name,
            "post": post_id,
            "roles": list(post.roles),
            "until": term.until and term.until.isoformat(),
        }
        await record.append(uow, f"account:{account_id}", "posting.granted", told)
        return key_of(posting)


async def _keep_administrators_apart(uow: UnitOfWork, account_id: UUID, roles: frozenset[str], term: Term) -> None:
    connection = await uow.raw()
    held = await connection.fetchval(OVERLAPPING_ROLES, account_id, term.first, term.until)
    if administrators_clash(roles | frozenset(held)):
        raise Conflict(
            "系统管理员、安全管理员、审计管理员必须由不同的人担任。", "请先终止其现有的管理员岗位，或改由他人担任。"
        )


async def end(ctx: Context, posting_id: int, last: date, *, of: UUID | None = None) -> None:
    """End a posting: ``last`` is the first day on which the post is no longer held, today at the earliest.

    ``of`` is the account whose posting it must be. One that has not begun is cancelled. Raises ``NotFound``,
    ``InvalidInput`` for a day in the past, and ``Conflict`` for a day that would lengthen the posting.
    """
    permit(ctx, Permission.POSTING_END, Target(account_id=of))
    if last < ctx.today:
        raise InvalidInput(
            "任职的终止日期不能早于今天。", "已经行使过的职权不能事后抹去；请填写今天或以后的日期。", _at("last")
        )
    async with unit_of_work(ctx) as uow:
        posting = await uow.session.get(Posting, posting_id, with_for_update=True)
        if posting is None or (of is not None and posting.account_id != of):
            raise NotFound("任职记录")
        permit(ctx, Permission.POSTING_END, Target(account_id=posting.account_id))
        first, until = posting.valid.lower, posting.valid.upper
        if posting.valid.isempty or (until is not None and last > until):
            raise Conflict("这项任职已经终止，或者原定终止日期更早。", "如需继续任职，请重新授予岗位。")
        posting.valid = Range(empty=True) if first is not None and first >= last else Range(first, last)
        uow.session.add(posting)
        told = {"post": posting.post_id, "posting": posting_id, "until": last.isoformat()}
        await record.append(uow, f"account:{posting.account_id}", "posting.ended", told)


def _at(field: str) -> tuple[FieldProblem, ...]:
    return (FieldProblem(field, "WRONG_DAY", "请修改这个日期"),)
