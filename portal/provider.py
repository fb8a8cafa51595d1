"""The OpenID provider: its discovery document, its keys, the exchange of a code, and the check of its ID token.

OpenID Connect Core 1.0 §3.1, with PKCE (RFC 7636), the issuer in the answer (RFC 9207) and algorithms fixed here.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from resolvers.errors import InvalidInput, Unavailable
from resolvers.provider_sign_in import Identity

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by the provider's own key only: never ``none``, never a shared secret."""

FACTORS: Final = frozenset({"otp", "hwk", "swk", "sc", "fpt", "face"})
"""Authentication methods (RFC 8176) that are a second factor beside a password."""

SECONDS: Final = 10.0
LEEWAY_SECONDS: Final = 60
KEPT_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """What the operator sets. ``name`` stands on the button; ``return_address`` is registered at the provider."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    return_address: str


@dataclass(frozen=True, slots=True)
class Journey:
    """What must come back unchanged from a visit at the provider."""

    state: str
    nonce: str
    verifier: str


def failed(reason: str) -> InvalidInput:
    """Return the refusal of an answer of the provider that cannot be believed."""
    return InvalidInput(f"统一身份认证没有成功：{reason}。", "请重新登录；如果一直如此，请联系系统管理员。")


class Provider:
    """One provider. What it publishes is fetched when it is first needed and kept for ten minutes."""

    def __init__(self, config: ProviderConfig) -> None:
        self.config = config
        self._kept: dict[str, tuple[float, Any]] = {}

    async def address(self, journey: Journey) -> str:
        """Return the address at the provider to which the browser is sent."""
        metadata = await self._metadata()
        async with self._client() as client:
            address, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=journey.state,
                nonce=journey.nonce,
                code_verifier=journey.verifier,
            )
        return str(address)

    async def identity(self, journey: Journey, answer: Mapping[str, str]) -> Identity:
        """Return who came back from the provider. Raises ``InvalidInput`` for an answer that does not hold."""
        if "error" in answer or not answer.get("code"):
            raise failed("未获授权")
        if answer.get("iss", self.config.issuer).rstrip("/") != self.config.issuer:
            raise failed("发行方不符")
        metadata = await self._metadata()
        async with self._client() as client:
            try:
                got = await client.fetch_token(
                    metadata["token_endpoint"], code=answer["code"], code_verifier=journey.verifier
                )
            except OAuthError as error:
                raise failed("授权码无效或已过期") from error
            except httpx2.HTTPError as error:
                raise _unreachable() from error
        return await self._identity(str(got.get("id_token", "")), journey.nonce)

    async def _identity(self, token: str, nonce: str) -> Identity:
        config = self.config
        claims = await self._claims(token)
        wanted = JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            sub={"essential": True},
            aud={"essential": True, "value": config.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            wanted.validate(claims)
        except JoseError as error:
            raise failed("身份令牌的内容不符") from error
        if str(claims.get("iss", "")).rstrip("/") != config.issuer:
            raise failed("发行方不符")
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != config.client_id:
            raise failed("身份令牌不是发给本系统的")
        return Identity(config.issuer, str(claims["sub"]), vouched_by(claims.get("amr")))

    async def _claims(self, token: str) -> dict[str, Any]:
        """Return the claims of a token with a right signature; a key not known yet makes us fetch the keys anew."""
        for fresh in (False, True):
            keys = KeySet.import_key_set(await self._keys(fresh=fresh))
            try:
                return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
            except (JoseError, ValueError, TypeError) as error:
                if fresh:
                    raise failed("身份令牌的签名不正确") from error
        raise failed("身份令牌的签名不正确")

    async def _metadata(self) -> dict[str, Any]:
        found = await self._fetched(f"{self.config.issuer}/.well-known/openid-configuration", fresh=False)
        if str(found.get("issuer", "")).rstrip("/") != self.config.issuer:
            raise failed("发行方不符")
        return found

    async def _keys(self, *, fresh: bool) -> Any:
        return await self._fetched((await self._metadata())["jwks_uri"], fresh=fresh)

    async def _fetched(self, address: str, *, fresh: bool) -> dict[str, Any]:
        kept = self._kept.get(address)
        if kept and not fresh and time.monotonic() - kept[0] < KEPT_SECONDS:
            return dict(kept[1])
        try:
            async with httpx2.AsyncClient(timeout=SECONDS) as client:
                answer = await client.get(address)
                found = answer.raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise _unreachable() from error
        self._kept[address] = (time.monotonic(), found)
        return dict(found)

    def _client(self) -> AsyncOAuth2Client:
        config = self.config
        return AsyncOAuth2Client(
            client_id=config.client_id,
            client_secret=config.client_secret,
            redirect_uri=config.return_address,
            scope="openid",
            code_challenge_method="S256",
            timeout=SECONDS,
        )


def vouched_by(methods: Any) -> bool:
    """Say whether the claim ``amr`` tells of a second factor: ``mfa``, or a password together with another one."""
    given = {one for one in methods if isinstance(one, str)} if isinstance(methods, list) else set()
    return "mfa" in given or ("pwd" in given and bool(given & FACTORS))


def _unreachable() -> Unavailable:
    return Unavailable("统一身份认证暂时没有应答。", "请稍后再试，或者用口令登录。")
