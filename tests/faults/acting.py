"""Clients that send acts to a running system by its forms, and note what was acknowledged."""

import asyncio
import hashlib
import hmac
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx2

from portal import forms, session_cookie
from portal.matters_fields import slug
from resolvers.keys import Keyring
from tests.running import LICENCE

SECRET = "a secret for tests, long enough to be one"
FACT = "place"
"""The fact by whose value an act is known again."""

NOT_NOW = {502, 503, 504}
"""Answers that say: not done, or not known; send it again as it was."""


def done(answer: httpx2.Response) -> bool:
    """Say whether an answer acknowledges an act: the way to the act, or the page with the number of what was opened."""
    if answer.status_code == 303:
        return "?done=" in answer.headers.get("location", "")
    return answer.status_code == 200 and "desk-secret" in answer.text


@dataclass
class History:
    """What was sent and what was acknowledged, by the business: the value of a fact, the title of a matter."""

    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    attempts: int = 0


@dataclass
class Clerk:
    """A signed-in official at a browser that never gives up: what was not answered is sent again.

    ``keyed`` keeps one idempotency key for one act, as the forms do; without it every attempt is another act to the
    system. ``forgetful`` loses every first answer, as a dropped connection does.
    """

    site: str
    session: str
    account: UUID
    history: History
    keyed: bool = True
    forgetful: bool = False

    def __post_init__(self) -> None:
        self._client = self._connected()

    def _connected(self) -> httpx2.AsyncClient:
        cookies = {session_cookie.SESSION: self.session, forms.COOKIE: "a-form-key"}
        header = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return httpx2.AsyncClient(base_url=self.site, timeout=10, headers={"Cookie": header})

    async def record(self, matter: int, business: str) -> None:
        """Record a fact of a matter."""
        await self._until_done(f"/desk/matters/{matter}/acts/record", {f"fact-{slug(FACT)}": business}, business)

    async def open(self, business: str) -> None:
        """Register a matter."""
        await self._until_done("/desk/matters/new", {"item": LICENCE, "title": business}, business)

    async def close(self) -> None:
        await self._client.aclose()

    async def _until_done(self, path: str, fields: dict[str, str], business: str) -> None:
        self.history.sent.add(business)
        key, lost = uuid4().hex, self.forgetful
        while True:
            self.history.attempts += 1
            if not self.keyed:
                key = uuid4().hex
            try:
                answer = await self._client.post(path, data={**fields, "key": key, forms.FIELD: self._token()})
            except httpx2.HTTPError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code in NOT_NOW:
                await asyncio.sleep(0.1)
                continue
            assert done(answer), f"{path}: {answer.status_code} {answer.headers.get('location')} {answer.text[:2000]}"
            if lost:
                lost = False
                continue
            self.history.acknowledged.add(business)
            return

    def _token(self) -> str:
        message = f"form|a-form-key|{self.account}".encode()
        return hmac.new(Keyring(SECRET.encode()).derive("forms"), message, hashlib.sha256).hexdigest()


async def work(clerk: Clerk, number: int, matters: list[int], enough: Callable[[], bool]) -> None:
    """Act until it is enough: every tenth act opens a matter, the others add to one."""
    for count in itertools.count():
        if enough():
            break
        business = f"业务{number}-{count}"
        if count % 10 == 9:
            await clerk.open(business)
        else:
            await clerk.record(matters[(number + count) % len(matters)], business)
    await clerk.close()
