"""Signing in: equal answers, throttles that block only the guesser, a second factor that is good once."""

from datetime import timedelta

import pyotp
import pytest
from anyio import create_task_group

from domain.access import Role
from domain.actors import Actor
from domain.tables.bodies import Body
from resolvers import accounts, postings, second_factors, sessions
from resolvers.accounts import NewAccount
from resolvers.context import AccessPolicy, Context, unit_of_work
from resolvers.database import Database
from resolvers.errors import Conflict, InvalidInput, NotPermitted, Refusal, TooMany
from resolvers.organisation import NewPost, add_unit
from resolvers.postings import Term
from resolvers.sessions import Signed, must_be_signed
from resolvers.throttles import Client
from tests import factories

HOME, STRANGER = Client("203.0.113.5"), Client("198.51.100.7")
NO_FACTOR = AccessPolicy(second_factor_required=False)
pytestmark = pytest.mark.clause("N5")


async def person(ctx: Context, login: str = "zhang", *, must_change: bool = False) -> NewAccount:
    """Make an account with its first password."""
    return await accounts.create(ctx, login, f"人员{login}", must_change=must_change)


async def post(ctx: Context, of: Body, *roles: Role) -> int:
    """Enter a unit with one post that carries the roles, and return the post's id."""
    name = f"{'、'.join(roles) or '无'}处"
    async with unit_of_work(ctx) as uow:
        unit = await add_unit(uow, of, name, (NewPost("岗位", roles=tuple(roles)),))
        unit_id = unit.id
    return int(await ctx.db.reads.fetchval("SELECT id FROM post WHERE unit_id = $1", unit_id))


async def signed(ctx: Context, new: NewAccount) -> Signed:
    """Sign in with the password and return the live session."""
    opened = await sessions.sign_in(ctx, new.login, new.password, HOME)
    return must_be_signed(await sessions.signed(ctx, opened.token))


async def test_a_wrong_login_a_wrong_password_and_a_disabled_account_get_one_answer(database: Database) -> None:
    """Nobody learns from the answer whether an account exists."""
    ctx = factories.context(database, policy=NO_FACTOR)
    known, gone = await person(ctx), await person(ctx, "gone")
    await accounts.disable(ctx, gone.account_id, "离职")
    answers = []
    for login, password in (("nobody", "x"), (known.login, "wrong"), (gone.login, gone.password)):
        with pytest.raises(InvalidInput) as refused:
            await sessions.sign_in(ctx, login, password, HOME)
        answers.append((refused.value.code, refused.value.message, refused.value.remedy))
    assert len(set(answers)) == 1
    assert (await signed(ctx, known)).actor.kind == "official"


async def test_guessing_blocks_the_guesser_and_not_the_owner(database: Database) -> None:
    """A stranger who guesses at a login is stopped; the owner signs in from elsewhere at the same moment."""
    ctx = factories.context(database, policy=NO_FACTOR)
    owner = await person(ctx)
    for _ in range(ctx.policy.attempts):
        with pytest.raises(InvalidInput):
            await sessions.sign_in(ctx, owner.login, "guess", STRANGER)
    with pytest.raises(TooMany) as stopped:
        await sessions.sign_in(ctx, owner.login, owner.password, STRANGER)
    assert stopped.value.retry_after_seconds == ctx.policy.window_minutes * 60
    assert (await sessions.sign_in(ctx, owner.login, owner.password, HOME)).token
    # A device that signed in before keeps its own count, even behind the guesser's address.
    assert (await sessions.sign_in(ctx, owner.login, owner.password, Client(STRANGER.address, "device-1"))).token
    later = ctx.at(ctx.now + timedelta(minutes=ctx.policy.window_minutes, seconds=1))
    assert (await sessions.sign_in(later, owner.login, owner.password, STRANGER)).token


async def test_parallel_guesses_are_counted_one_by_one(database: Database) -> None:
    """Thirty guesses at once get no more tries than thirty in a row."""
    ctx = factories.context(database, policy=NO_FACTOR)
    owner = await person(ctx)
    outcomes: list[str] = []

    async def guess() -> None:
        try:
            await sessions.sign_in(ctx, owner.login, "guess", STRANGER)
        except Refusal as refusal:
            outcomes.append(refusal.code)

    async with create_task_group() as group:
        for _ in range(30):
            group.start_soon(guess)
    assert outcomes.count("BAD_USER_INPUT") == ctx.policy.attempts
    assert outcomes.count("RATE_LIMITED") == 30 - ctx.policy.attempts


async def enrolled(ctx: Context, new: NewAccount) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """Set up a second factor and return the authenticator and the recovery codes."""
    found = await signed(ctx, new)
    enrolment = await second_factors.begin_enrolment(ctx, found)
    totp = pyotp.TOTP(enrolment.secret)
    return totp, await second_factors.confirm_enrolment(ctx, found, totp.at(ctx.now))


async def test_a_one_time_password_is_good_once_even_fifty_times_at_once(database: Database) -> None:
    """Fifty parallel uses of one code, with spaces or without, open one session."""
    ctx = factories.context(database, policy=AccessPolicy(attempts=1000))
    new = await person(ctx)
    totp, _ = await enrolled(ctx, new)
    later = ctx.at(ctx.now + timedelta(minutes=2))
    half = [await sessions.sign_in(later, new.login, new.password, HOME) for _ in range(3)]
    code = totp.at(later.now)
    spaced = f" {code[:3]} {code[3:]} "
    wins: list[str] = []

    async def use(token: str, text: str) -> None:
        try:
            wins.append((await second_factors.verify(later, token, text, HOME)).token)
        except Refusal:
            return

    async with create_task_group() as group:
        for number in range(50):
            group.start_soon(use, half[number % 3].token, spaced if number % 2 else code)
    assert len(wins) == 1
    found = must_be_signed(await sessions.signed(later, wins[0]))
    assert found.verified


async def test_a_second_factor_is_not_found_from_many_addresses(database: Database) -> None:
    """Whoever knows a password has few tries from everywhere together; the owner's own device goes on."""
    ctx = factories.context(database, policy=AccessPolicy(attempts=3))
    new = await person(ctx)
    totp, _ = await enrolled(ctx, new)
    later = ctx.at(ctx.now + timedelta(minutes=2))
    half = await sessions.sign_in(later, new.login, new.password, HOME)
    codes = []
    for number in range(14):
        with pytest.raises(Refusal) as refused:
            await second_factors.verify(later, half.token, "000000", Client(f"198.51.100.{number}"))
        codes.append(refused.value.code)
    assert codes == ["BAD_USER_INPUT"] * 12 + ["RATE_LIMITED"] * 2
    assert (await second_factors.verify(later, half.token, totp.at(later.now), Client("198.51.100.1", "own"))).token


async def test_a_password_alone_gives_no_right_where_a_second_factor_is_set(database: Database) -> None:
    """Until the factor is shown the session has no posts, and its token is worth nothing afterwards."""
    ctx = factories.context(database)
    city = await factories.government(ctx)
    body = await factories.body(ctx, city)
    new = await person(ctx)
    await postings.grant(ctx, new.account_id, await post(ctx, body, Role.STAFFING_OFFICE), Term(ctx.today))
    assert (await signed(ctx, new)).actor.roles == frozenset()  # the policy asks for a factor, none is set up
    totp, recovery = await enrolled(ctx, new)
    later = ctx.at(ctx.now + timedelta(minutes=2))
    half = await sessions.sign_in(later, new.login, new.password, HOME)
    assert half.needs_second_factor
    assert (await sessions.actor_of(later, half.token)).roles == frozenset()
    full = await second_factors.verify(later, half.token, totp.at(later.now), HOME)
    assert (await sessions.actor_of(later, full.token)).roles == {Role.STAFFING_OFFICE}
    assert await sessions.signed(later, half.token) is None
    again = await sessions.sign_in(later, new.login, new.password, HOME)
    assert (await second_factors.verify(later, again.token, recovery[0].upper(), HOME)).token
    once_more = await sessions.sign_in(later, new.login, new.password, HOME)
    with pytest.raises(InvalidInput):
        await second_factors.verify(later, once_more.token, recovery[0], HOME)
    with pytest.raises(InvalidInput):
        await second_factors.verify(later, once_more.token, "１２３４５６", HOME)


async def test_rights_end_with_the_posting_and_sessions_with_time(database: Database) -> None:
    """Transferred today: no right today. Idle or old sessions end by themselves."""
    ctx = factories.context(database, policy=NO_FACTOR)
    city = await factories.government(ctx)
    body = await factories.body(ctx, city)
    new = await person(ctx)
    held = await postings.grant(ctx, new.account_id, await post(ctx, body, Role.STAFFING_OFFICE), Term(ctx.today))
    opened = await sessions.sign_in(ctx, new.login, new.password, HOME)
    assert (await sessions.actor_of(ctx, opened.token)).roles == {Role.STAFFING_OFFICE}
    await postings.end(ctx, held, ctx.today)
    assert (await sessions.actor_of(ctx, opened.token)).roles == frozenset()
    idle = ctx.at(ctx.now + timedelta(minutes=ctx.policy.idle_minutes, seconds=1))
    assert await sessions.signed(idle, opened.token) is None
    await sessions.sign_out(ctx, opened.token)
    assert await sessions.signed(ctx, opened.token) is None


async def test_nobody_holds_two_administrators_or_grants_to_oneself(database: Database) -> None:
    """System, security and audit administrator are three people."""
    ctx = factories.context(database, policy=NO_FACTOR)
    city = await factories.government(ctx)
    body = await factories.body(ctx, city)
    system, security = await post(ctx, body, Role.SYSTEM_ADMIN), await post(ctx, body, Role.SECURITY_ADMIN)
    new, other = await person(ctx), await person(ctx, "lisi")
    await postings.grant(ctx, new.account_id, security, Term(ctx.today))
    with pytest.raises(Conflict, match="不同的人"):
        await postings.grant(ctx, new.account_id, system, Term(ctx.today + timedelta(days=9)))
    granter = ctx.acting_as((await signed(ctx, new)).actor)
    assert await postings.grant(granter, other.account_id, system, Term(ctx.today))
    with pytest.raises(NotPermitted):
        await postings.grant(granter, new.account_id, await post(ctx, body, Role.BODY_HEAD), Term(ctx.today))
    with pytest.raises(NotPermitted):
        await accounts.create(granter, "wang", "王")
    with pytest.raises(NotPermitted):
        await postings.grant(
            ctx.acting_as(Actor("official", other.account_id)), new.account_id, system, Term(ctx.today)
        )


async def test_first_password_must_be_changed_and_ends_other_sessions(database: Database) -> None:
    """An initial password opens nothing but its own change; the change ends every other session."""
    ctx = factories.context(database, policy=NO_FACTOR)
    new = await person(ctx, must_change=True)
    first = await sessions.sign_in(ctx, new.login, new.password, HOME)
    found = must_be_signed(await sessions.signed(ctx, first.token))
    assert found.must_change_password
    for weak in ("short", "password1234", "zhang-and-more-letters", new.password):
        with pytest.raises(InvalidInput) as refused:
            await accounts.change_password(ctx, found, new.password, weak, HOME)
        assert refused.value.problems
    changed = await accounts.change_password(ctx, found, new.password, "晨光里的长长口令二零二六", HOME)
    assert await sessions.signed(ctx, first.token) is None
    assert not must_be_signed(await sessions.signed(ctx, changed.token)).must_change_password
