"""Signing in through the real application: cookies, the second factor, recovery, expiry, and many logins tried in a row."""

from datetime import UTC, datetime, timedelta

import httpx2
import pyotp
import pytest
from sqlmodel import col, update

from domain.access import Role
from domain.tables.accounts import Account
from resolvers import second_factors, sessions
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.keys import Keyring
from resolvers.sessions import must_be_signed
from tests import desks, factories
from tests.desks import Person, Visitor, text_of

pytestmark = pytest.mark.clause("N5")
PASSWORD = "晨光里的长长口令二零二六"


def scene(database: Database) -> Context:
    """Return a context with the application's keys."""
    return factories.context(database, now=datetime.now(UTC), keys=Keyring(desks.SECRET.encode()))


async def enrolled(ctx: Context, person: Person) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """Set up a second factor a while ago, and return authenticator and recovery codes."""
    earlier = ctx.at(ctx.now - timedelta(hours=1))
    found = must_be_signed(await sessions.signed(earlier, await desks.session_of(earlier, person)))
    totp = pyotp.TOTP((await second_factors.begin_enrolment(earlier, found)).secret)
    return totp, await second_factors.confirm_enrolment(earlier, found, totp.at(earlier.now))


async def test_cookies_are_bound_to_the_host_over_https(database: Database, database_url: str) -> None:
    """With https the session's cookie carries the prefix that binds it to host and path, and goes over https only."""
    ctx = scene(database)
    person = await desks.person(ctx, "zhang", password=PASSWORD)
    given = desks.settings(database_url, base_url="https://power.example.gov.cn")
    async with desks.running(given) as app:
        visitor = Visitor(app)
        visitor.client.base_url = httpx2.URL("https://power.example.gov.cn")
        token = await visitor.token()
        fields = {"csrf_token": token, "login": person.login, "password": PASSWORD}
        signed = await visitor.client.post("/desk/sign-in", data=fields)
        assert signed.status_code == 303
        cookies = signed.headers.get_list("set-cookie")
        for name, site in (("__Host-session", "lax"), ("__Host-device", "strict")):
            cookie = next(one for one in cookies if one.startswith(f"{name}="))
            assert {"Secure", "HttpOnly", "Path=/", f"SameSite={site}"} <= {part.strip() for part in cookie.split(";")}
            assert "Domain" not in cookie
        assert (await visitor.get("/desk")).status_code == 200
        assert "max-age=31536000" in signed.headers["strict-transport-security"]


async def test_a_code_and_a_recovery_code_each_open_the_desk_once(database: Database, database_url: str) -> None:
    """Password, then code; a used code is refused; with the phone lost, a recovery code opens, and only once."""
    ctx = scene(database)
    person = await desks.person(ctx, "zhang", password=PASSWORD)
    totp, recovery = await enrolled(ctx, person)
    async with desks.running(desks.settings(database_url, second_factor_required=True)) as app:
        visitor = Visitor(app)
        await visitor.sign_in(person.login, PASSWORD)
        half = visitor.client.cookies["session"]
        for path in ("/desk", "/desk/me", "/desk/accounts", "/desk/password", "/desk/second-factor/set-up"):
            assert (await visitor.get(path)).headers["location"].startswith("/desk/second-factor")
        code = totp.now()
        done = await visitor.send(
            "/desk/second-factor", {"code": f" {code[:3]} {code[3:]}"}, page="/desk/second-factor"
        )
        assert done.headers["location"] == "/desk"
        assert visitor.client.cookies["session"] != half
        assert (await Visitor(app).carry(half).get("/desk")).headers["location"] == "/desk/sign-in"
        outcomes = []
        for tried in (code, recovery[0], recovery[0].upper()):
            other = Visitor(app)
            await other.sign_in(person.login, PASSWORD)
            answer = await other.send("/desk/second-factor", {"code": tried}, page="/desk/second-factor")
            outcomes.append(answer.status_code)
        assert outcomes == [400, 303, 400]


async def test_an_expired_password_leads_to_its_change_before_anything_else(
    database: Database, database_url: str
) -> None:
    """Under mlps3 a password of ninety days opens the form for a new one, which asks for kinds of characters."""
    ctx = scene(database)
    person = await desks.person(ctx, "zhang", password=PASSWORD)
    async with unit_of_work(ctx, unrecorded="a test ages a password") as uow:
        aged = update(Account).where(col(Account.id) == person.account_id)
        await uow.session.exec(aged.values(password_changed_at=ctx.now - timedelta(days=91)))
    async with desks.running(desks.settings(database_url, password_rules="mlps3", password_days=90)) as app:
        visitor = Visitor(app)
        await visitor.sign_in(person.login, PASSWORD)
        step = await visitor.follow(await visitor.get("/desk"))
        assert "到期的口令" in text_of(step)
        assert "至少三种" in text_of(step)
        fields = {"old": PASSWORD, "new": "only small letters", "again": "only small letters"}
        assert (await visitor.send("/desk/password", fields, page="/desk/password")).status_code == 400
        fields["new"] = fields["again"] = "Three Kinds of 3"
        assert (await visitor.send("/desk/password", fields, page="/desk/password")).status_code == 303
        assert (await visitor.get("/desk")).status_code == 200
    async with desks.running(desks.settings(database_url, password_rules="asvs")) as app:
        visitor = Visitor(app)
        assert (await visitor.sign_in(person.login, "Three Kinds of 3")).status_code == 303


async def test_one_password_tried_at_many_logins_is_slowed_down(database: Database, database_url: str) -> None:
    """From one address only so many sign-ins a minute, whatever the logins; other addresses go on."""
    ctx = scene(database)
    person = await desks.person(ctx, "zhang", password=PASSWORD)
    async with desks.running(desks.settings(database_url, rate_sign_in_per_minute=3)) as app:
        sprayer = Visitor(app, "198.51.100.9")
        statuses = [(await sprayer.sign_in(f"login{number}", "Spring2026!!")).status_code for number in range(9)]
        assert statuses.count(400) <= 6  # three in each of at most two minutes
        assert 429 in statuses
        assert (await Visitor(app, "203.0.113.77").sign_in(person.login, PASSWORD)).status_code == 303


async def test_the_set_up_of_somebody_else_cannot_be_confirmed(database: Database, database_url: str) -> None:
    """A secret laid by whoever knew the first password is not the one that the owner is shown, or confirms."""
    ctx = scene(database)
    body = await factories.body(ctx, await factories.government(ctx))
    person = await desks.official(ctx, body, "zhang", Role.STAFFING_OFFICE)
    async with desks.running(desks.settings(database_url, second_factor_required=True)) as app:
        thief = Visitor(app).carry(await desks.session_of(ctx, person))
        owner = Visitor(app).carry(await desks.session_of(ctx, person))
        page = "/desk/second-factor/set-up"
        await thief.send(page, page=page)
        laid = pyotp.TOTP(_secret(await thief.get(page)))
        assert not _secret(await owner.get(page))
        answer = await owner.send("/desk/second-factor/confirm", {"code": laid.now()}, page=page)
        assert answer.status_code == 409
        await owner.send(page, page=page)
        own = pyotp.TOTP(_secret(await owner.get(page)))
        assert own.secret != laid.secret
        assert (await owner.send("/desk/second-factor/confirm", {"code": own.now()}, page=page)).status_code == 200
        assert (await owner.get("/desk")).status_code == 200
        assert (await thief.send("/desk/second-factor/confirm", {"code": laid.now()}, page=page)).status_code in (
            303,
            409,
        )


def _secret(page: httpx2.Response) -> str:
    found = desks.soup(page).select_one(".desk-secret code")
    return found.get_text().replace(" ", "") if found else ""
