"""The whole application on a test database, and visitors that hold a cookie jar and fill in forms as browsers do."""

import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import html5lib  # type: ignore[import-untyped]
import httpx2
import pyotp
from bs4 import BeautifulSoup
from pydantic import SecretStr
from starlette.applications import Starlette

from deploy.app import create_app
from deploy.settings import Settings
from domain.access import Role
from domain.tables.accounts import Account
from domain.tables.bodies import Body
from portal import forms, session_cookie
from resolvers import postings, sessions
from resolvers.context import Context, unit_of_work
from resolvers.keys import Keyring
from resolvers.log_folder import LogFolder
from resolvers.organisation import NewPost, add_unit
from resolvers.passwords import PASSWORDS
from resolvers.postings import Term
from resolvers.record import append
from tests.proofs import SmallLog, policy_text

SITE = "http://localhost:8000"
SECRET = "a secret for tests, long enough to be one"


def settings(database_url: str, **changes: Any) -> Settings:
    """Return settings of a plain installation: real accounts, no second factor unless a test asks for it."""
    given: dict[str, Any] = {
        "DATABASE_URL": SecretStr(database_url),
        "secret_key": SecretStr(SECRET),
        "second_factor_required": False,
        "rate_sign_in_per_minute": 1000,
        "rate_anonymous_per_minute": 10_000,
        "rate_token_per_minute": 10_000,
    }
    return Settings(**(given | changes))


class Visitor:
    """Somebody with a browser: keeps cookies, follows no redirect by itself, and sends forms with their tokens."""

    def __init__(self, app: Starlette, address: str = "203.0.113.5") -> None:
        transport = httpx2.ASGITransport(app=app, client=(address, 1234))
        self.client = httpx2.AsyncClient(transport=transport, base_url=SITE)

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        """Ask for a page."""
        return await self.client.get(path, **more)

    async def follow(self, response: httpx2.Response) -> httpx2.Response:
        """Follow redirects to the page at their end."""
        for _ in range(5):
            if not response.is_redirect:
                return response
            response = await self.get(response.headers["location"])
        raise AssertionError("a circle of redirects")

    async def token(self, page: str = "/desk/sign-in") -> str:
        """Return the form token that a page gives this visitor."""
        found = soup(await self.follow(await self.get(page))).select_one("input[name=csrf_token]")
        return str(found["value"]) if found else ""

    async def send(self, path: str, fields: dict[str, Any] | None = None, *, page: str = "") -> httpx2.Response:
        """Send a form with the token of a page (without one: of the desk, or of the sign-in page)."""
        token = await self.token(
            page or ("/desk" if session_cookie.SESSION in self.client.cookies else "/desk/sign-in")
        )
        return await self.client.post(path, data={"csrf_token": token, **(fields or {})})

    async def form(self, path: str, account: UUID | None, fields: dict[str, Any]) -> httpx2.Response:
        """Send a form with a token made here, as the page of that account would carry it: no page is asked for."""
        key = "a-form-key"
        self.client.cookies.set(forms.COOKIE, key, domain="localhost.local", path="/")
        message = f"form|{key}|{account or ''}".encode()
        token = hmac.new(Keyring(SECRET.encode()).derive("forms"), message, hashlib.sha256).hexdigest()
        return await self.client.post(path, data={forms.FIELD: token, **fields})

    async def sign_in(self, login: str, password: str, onward: str = "") -> httpx2.Response:
        """Send login and password; returns the answer itself."""
        path = f"/desk/sign-in?next={onward}" if onward else "/desk/sign-in"
        return await self.send(path, {"login": login, "password": password}, page="/desk/sign-in")

    def carry(self, token: str) -> "Visitor":
        """Hold a session's token, as after a sign-in."""
        self.client.cookies.set(session_cookie.SESSION, token, domain="localhost.local", path="/")
        return self


def soup(response: httpx2.Response) -> BeautifulSoup:
    """Parse a page."""
    return BeautifulSoup(response.text, "html.parser")


def check_markup(response: httpx2.Response) -> None:
    """Assert that a page parses without an error, uses every id once, and that labels and descriptions lead somewhere."""
    html5lib.HTMLParser(strict=True).parse(response.text)
    page = soup(response)
    ids = [str(one["id"]) for one in page.select("[id]")]
    assert len(ids) == len(set(ids)), [one for one in ids if ids.count(one) > 1]
    named = [
        str(one[name]) for name in ("for", "aria-labelledby", "aria-describedby") for one in page.select(f"[{name}]")
    ]
    assert {one for names in named for one in names.split()} <= set(ids)


def text_of(response: httpx2.Response) -> str:
    """Return what a reader sees of a page, without line breaks."""
    return re.sub(r"\s+", " ", soup(response).get_text(" "))


def with_a_log(folder: Path) -> Path:
    """Put a small public log into a data folder and return the folder."""
    for name, content in {**SmallLog(3).files(), "policy.txt": policy_text().encode()}.items():
        LogFolder(folder / "log").write(name, content)
    return folder


@asynccontextmanager
async def running(given: Settings) -> AsyncIterator[Starlette]:
    """Run the application's lifespan around a test."""
    app = create_app(given)
    async with app.router.lifespan_context(app):
        yield app


@dataclass(frozen=True, slots=True)
class Person:
    """An account of a test, with its password if one was set."""

    account_id: UUID
    login: str
    password: str = ""


async def person(ctx: Context, login: str, *, password: str = "") -> Person:
    """Enter an account directly; hashing is left out where nobody signs in with a password."""
    hashed = await PASSWORDS.hash(password) if password else None
    async with unit_of_work(ctx) as uow:
        row = Account(
            login=login,
            name=f"人员{login}",
            password_hash=hashed,
            password_changed_at=ctx.now,
            must_change_password=False,
            created_at=ctx.now,
        )
        uow.session.add(row)
        await append(uow, f"account:{row.id}", "account.created", {"login": login})
        return Person(row.id, login, password)


async def post(ctx: Context, of: Body, name: str, *roles: Role) -> int:
    """Enter a unit with one post that carries the roles, and return the post's id."""
    async with unit_of_work(ctx) as uow:
        unit = await add_unit(uow, of, f"{name}处", (NewPost(name, roles=tuple(roles)),))
        unit_id = unit.id
    return int(await ctx.db.reads.fetchval("SELECT id FROM post WHERE unit_id = $1", unit_id))


async def official(ctx: Context, of: Body, login: str, *roles: Role) -> Person:
    """Enter a person who holds a post with these roles from today on."""
    made = await person(ctx, login)
    await postings.grant(ctx, made.account_id, await post(ctx, of, f"{login}岗", *roles), Term(ctx.today))
    return made


async def session_of(ctx: Context, of: Person) -> str:
    """Open a complete session for a person and return its token."""
    async with unit_of_work(ctx) as uow:
        account = await uow.session.get(Account, of.account_id)
        assert account is not None
        token, _ = await sessions.open_session(uow, account, verified=True, method="password")
    return token


def totp_now(secret: str) -> str:
    """Return what an authenticator with this secret shows at this moment."""
    return str(pyotp.TOTP(secret).now())
