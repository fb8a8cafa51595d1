"""Signing in by an OpenID provider: a tiny one on loopback, whose answers are right, or wrong in one way each."""

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from domain.access import Role
from portal.provider import vouched_by
from resolvers import accounts, second_factors, sessions
from resolvers.context import Context
from resolvers.database import Database
from resolvers.sessions import must_be_signed
from tests import desks, factories
from tests.desks import Person, Visitor, text_of

pytestmark = pytest.mark.clause("N5")
Serve = Callable[[ASGIApp], Awaitable[str]]
KEY = RSAKey.generate_key(2048, {"kid": "one"})
STRANGER = RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class TinyProvider:
    """Discovery, keys and a token endpoint that checks PKCE; ``claims`` and ``key`` are what a test makes wrong."""

    issuer: str = ""
    nonce: str = ""
    challenge: str = ""
    key: RSAKey = field(default_factory=lambda: KEY)
    claims: dict[str, Any] = field(default_factory=dict)
    exchanged: int = 0

    def app(self) -> Starlette:
        routes = [
            Route("/.well-known/openid-configuration", self.discovery),
            Route("/keys", self.keys),
            Route("/token", self.token, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    async def discovery(self, _request: Request) -> Response:
        at = self.issuer
        return JSONResponse(
            {
                "issuer": at,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "jwks_uri": f"{at}/keys",
            }
        )

    async def keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [KEY.as_dict(private=False)]})

    async def token(self, request: Request) -> Response:
        form = await request.form()
        digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.exchanged += 1
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": "person-1", "aud": "yangguang", "iat": now, "exp": now + 60}
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims | {"nonce": self.nonce} | self.claims, self.key)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": token})


@pytest.fixture
async def provider(serve_app: Serve) -> TinyProvider:
    """Give a provider that runs."""
    tiny = TinyProvider()
    tiny.issuer = await serve_app(tiny.app())
    return tiny


@dataclass
class Scene:
    """A linked official, the provider, and the application that trusts it."""

    ctx: Context
    official: Person
    provider: TinyProvider
    app: Starlette

    async def go(self, visitor: Visitor, **answer: str) -> Any:
        """Go to the provider and come back with its answer, changed in what is given."""
        out = await visitor.get("/desk/sign-in/provider?next=/desk/me")
        assert out.status_code == 303
        asked = parse_qs(urlsplit(out.headers["location"]).query)
        assert out.headers["location"].startswith(f"{self.provider.issuer}/authorize?")
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["redirect_uri"] == [f"{desks.SITE}/desk/sign-in/return"]
        self.provider.nonce, self.provider.challenge = asked["nonce"][0], asked["code_challenge"][0]
        query = {"code": "abc", "state": asked["state"][0]} | answer
        return await visitor.get("/desk/sign-in/return", params=query)


@pytest.fixture
async def scene(database: Database, database_url: str, provider: TinyProvider) -> AsyncIterator[Scene]:
    """Give the scene; our own second factor is required."""
    ctx = factories.context(database, now=datetime.now(UTC))
    body = await factories.body(ctx, await factories.government(ctx))
    official = await desks.official(ctx, body, "zhao", Role.STAFFING_OFFICE)
    await accounts.link(ctx, official.account_id, provider.issuer, "person-1")
    given = desks.settings(
        database_url,
        oidc_issuer=provider.issuer,
        oidc_client_id="yangguang",
        oidc_client_secret=SecretStr("client secret"),
        second_factor_required=True,
        oidc_trust_factor=True,
    )
    async with desks.running(given) as app:
        yield Scene(ctx, official, provider, app)


async def test_a_linked_person_comes_in_with_the_factor_that_the_provider_saw(scene: Scene) -> None:
    """With ``amr`` of two factors and the setting that trusts it, the desk opens at once."""
    visitor = Visitor(scene.app)
    assert "通过统一身份认证登录" in text_of(await visitor.get("/desk/sign-in"))
    scene.provider.claims = {"amr": ["pwd", "otp"]}
    back = await scene.go(visitor)
    assert back.headers["location"] == "/desk/me"
    assert scene.provider.exchanged == 1
    assert "人员zhao" in text_of(await visitor.get("/desk/me"))


async def test_without_a_second_factor_of_the_provider_ours_is_asked_for(scene: Scene) -> None:
    """A password alone at the provider leads to setting up, or showing, our own factor."""
    visitor = Visitor(scene.app)
    assert (await scene.go(visitor)).status_code == 303
    assert (await visitor.get("/desk")).headers["location"] == "/desk/second-factor/set-up"
    token, _ = await sessions_token(scene)
    found = must_be_signed(await sessions.signed(scene.ctx, token))
    keyed = await keyed_context(scene)
    enrolment = await second_factors.begin_enrolment(keyed, found)
    totp = pyotp.TOTP(enrolment.secret)
    earlier = totp.at(keyed.now)
    await second_factors.confirm_enrolment(keyed, found, earlier)
    again = Visitor(scene.app)
    assert (await scene.go(again)).status_code == 303
    assert (await again.get("/desk")).headers["location"] == "/desk/second-factor"
    refused = await again.send("/desk/second-factor", {"code": earlier}, page="/desk/second-factor")
    assert refused.status_code == 400


async def sessions_token(scene: Scene) -> tuple[str, None]:
    """Open a session beside, to set up a factor with."""
    return await desks.session_of(scene.ctx, scene.official), None


async def keyed_context(scene: Scene) -> Context:
    """Return a context with the application's own keys."""
    contexts: list[Context] = []

    async def catch(request: Request) -> Response:
        contexts.append(request.state.context)
        return Response()

    scene.app.router.routes.append(Route("/catch", catch))
    await Visitor(scene.app).get("/catch")
    await asyncio.sleep(0)
    return contexts[0].acting_as(scene.ctx.actor)


WRONG: list[tuple[str, dict[str, Any], dict[str, str], str]] = [
    # what is wrong · claims · answer · what is said
    ("state", {}, {"state": "forged"}, "状态参数不符"),
    ("nonce", {"nonce": "another"}, {}, "身份令牌的内容不符"),
    ("issuer in the token", {"iss": "https://elsewhere.example"}, {}, "发行方不符"),
    ("issuer in the answer", {}, {"iss": "https://elsewhere.example"}, "发行方不符"),
    ("audience", {"aud": "another"}, {}, "身份令牌的内容不符"),
    ("several audiences, another party", {"aud": ["yangguang", "another"], "azp": "another"}, {}, "不是发给本系统的"),
    ("expired", {"exp": 1}, {}, "身份令牌的内容不符"),
    ("unknown subject", {"sub": "person-2"}, {}, "没有可以使用的账号"),
    ("refused at the provider", {}, {"error": "access_denied"}, "未获授权"),
]


@pytest.mark.parametrize(("what", "claims", "answer", "said"), WRONG, ids=[one[0] for one in WRONG])
async def test_an_answer_that_is_wrong_in_one_way_opens_nothing(
    scene: Scene, what: str, claims: dict[str, Any], answer: dict[str, str], said: str
) -> None:
    """Each fault is told, and no session is there afterwards."""
    visitor = Visitor(scene.app)
    scene.provider.claims = {"amr": ["mfa"], **claims}
    back = await scene.go(visitor, **answer)
    assert back.status_code == 400, what
    assert said in text_of(back)
    assert (await visitor.get("/desk")).headers["location"] == "/desk/sign-in"


async def test_a_token_signed_by_another_key_opens_nothing(scene: Scene) -> None:
    visitor = Visitor(scene.app)
    scene.provider.key = STRANGER
    back = await scene.go(visitor)
    assert back.status_code == 400
    assert "签名不正确" in text_of(back)


async def test_an_answer_is_good_only_in_the_browser_that_asked(scene: Scene) -> None:
    """An answer carried into another browser finds no journey there: nobody is signed in as somebody else."""
    visitor, victim = Visitor(scene.app), Visitor(scene.app)
    out = await visitor.get("/desk/sign-in/provider")
    state = parse_qs(urlsplit(out.headers["location"]).query)["state"][0]
    back = await victim.get("/desk/sign-in/return", params={"code": "abc", "state": state})
    assert back.status_code == 400
    assert scene.provider.exchanged == 0


async def test_an_unlinked_and_a_disabled_account_get_one_answer(scene: Scene) -> None:
    """Who is not linked learns as little as who is disabled."""
    scene.provider.claims = {"amr": ["mfa"], "sub": "nobody"}
    unknown = await scene.go(Visitor(scene.app))
    scene.provider.claims = {"amr": ["mfa"]}
    await accounts.disable(scene.ctx, scene.official.account_id, "离职")
    disabled = await scene.go(Visitor(scene.app))
    assert (unknown.status_code, text_of(unknown)) == (disabled.status_code, text_of(disabled))


@pytest.mark.parametrize("path", ["/desk/sign-in/provider", "/desk/sign-in/return?code=a&state=b"])
async def test_without_a_provider_there_is_no_such_page(database_url: str, database: Database, path: str) -> None:
    async with desks.running(desks.settings(database_url)) as app:
        assert (await Visitor(app).get(path)).status_code == 404


def test_which_methods_are_a_second_factor() -> None:
    """``mfa`` speaks for itself; one method alone never does (RFC 8176)."""
    assert vouched_by(["mfa"])
    assert vouched_by(["pwd", "hwk"])
    for single in (["pwd"], ["otp"], [], None, "mfa", [1, None]):
        assert not vouched_by(single)
