"""Kept pages: the very page that would be made now, never older than the question, never anything of a person."""

import asyncio
import gzip
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import brotli  # type: ignore[import-untyped]
import httpx2
import pytest
from starlette.applications import Starlette

from domain.access import Role
from domain.tables.bodies import Government
from portal import rendering
from portal.kept_pages import KeptPages
from portal.languages import LANGUAGES
from resolvers import tokens
from resolvers.context import Context
from resolvers.database import Database
from resolvers.kept import KeptBodies
from resolvers.keys import Keyring
from resolvers.publicity import CHANNEL
from tests import desks, factories
from tests.desks import Visitor
from tests.portal.conftest import Place, Visits
from tests.portal.test_caching import published as addresses_of

STREAMED = re.compile(r"^/downloads/powers\.[a-z]+$")
OWN = ("x-request-id", "date")
"""Headers that differ from answer to answer."""


@dataclass(frozen=True)
class Answer:
    """What came over the wire, as it came."""

    status: int
    headers: httpx2.Headers
    raw: bytes

    @property
    def body(self) -> bytes:
        """The body as it was before it was packed."""
        unpack = {"br": brotli.decompress, "gzip": gzip.decompress}.get(self.coding, bytes)
        return bytes(unpack(self.raw))

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def coding(self) -> str:
        return str(self.headers.get("content-encoding", ""))


async def ask(app: Any, address: str, method: str = "GET", **headers: str) -> Answer:
    """Ask as a reader without memory who sends these headers and no others."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=desks.SITE) as client:
        client.headers.pop("accept-encoding")
        async with client.stream(method, address, headers=sent) as answer:
            return Answer(answer.status_code, answer.headers, b"".join([piece async for piece in answer.aiter_raw()]))


def store_of(app: Starlette) -> KeptBodies:
    found = app.state.kept_pages
    assert isinstance(found, KeptBodies)
    return found


def keeper_of(app: Starlette) -> KeptPages:
    """Return the layer that keeps pages."""
    layer: Any = app.middleware_stack
    while not isinstance(layer, KeptPages):
        layer = layer.app
    return layer


def marked(app: Starlette) -> KeptBodies:
    """Put a mark into a store, which whatever empties it takes away."""
    store = store_of(app)
    store.get("mark", -1)
    store.put("mark", -1, b"mark")
    return store


async def emptied(database: Database, *stores: KeptBodies) -> None:
    """Send notices until the stores are empty: whoever listens late has missed the first ones."""
    while any(map(len, stores)):
        await database.reads.execute("SELECT pg_notify($1, revision::text) FROM public_head", CHANNEL)
        await asyncio.sleep(0.01)


@dataclass
class City:
    """A small library that changes, and two applications that show it."""

    ctx: Context
    of: Government
    apps: tuple[Starlette, Starlette]
    confirmed: int = 0

    async def confirm(self) -> int:
        """Confirm one more item and return its number."""
        number = self.confirmed + 1
        content = factories.power(name=f"第{number}项事项")
        self.ctx = self.ctx.at(max(datetime.now(UTC), self.ctx.now + timedelta(milliseconds=1)))
        await factories.confirmed(self.ctx, self.of, [factories.change(self.of, content)])
        self.confirmed = number
        return number


@pytest.fixture
async def city(database: Database, database_url: str) -> AsyncIterator[City]:
    ctx = factories.context(database, now=datetime.now(UTC), keys=Keyring(desks.SECRET.encode()))
    of = await factories.government(ctx)
    await factories.body(ctx, of)
    given = desks.settings(database_url)
    async with desks.running(given) as one, desks.running(given) as other:
        made = City(ctx, of, (one, other))
        await emptied(database, *map(marked, made.apps))
        await made.confirm()
        yield made


def random_reader(random: Random) -> dict[str, str]:
    """Return the headers of some reader: cookies of all kinds, right and wrong, and codings."""
    cookies = [
        f"language={random.choice([*LANGUAGES, 'xx', ''])}",
        f"mode={random.choice(['standard', 'senior', 'loud'])}",
        "form_key=abc",
        "_analytics=1",
    ]
    chosen = random.sample(cookies, random.randrange(len(cookies) + 1))
    sent = {"accept_encoding": random.choice(["", "gzip", "br", "gzip, deflate, br, zstd", "br;q=0, *"])}
    return sent | ({"cookie": "; ".join(chosen)} if chosen else {})


@pytest.mark.parametrize("seed", range(4))
async def test_a_kept_page_is_the_page_made_afresh(
    published: Starlette, visits: Visits, places: dict[str, Place], seed: int
) -> None:
    """The debug extension, with which ``visits`` asks, has every page made; a plain reader gets kept ones."""
    random, store = Random(seed), store_of(published)
    for address in random.sample([one for one in addresses_of(places) if not STREAMED.search(one)], 12):
        reader = random_reader(random)
        made = await ask(visits, address, **reader)
        await ask(published, address, **reader)
        for _ in range(3):  # a notice may empty the store at any time
            before = store.hits
            kept = await ask(published, address, **reader)
            if store.hits > before:
                break
        assert store.hits > before, address
        assert kept.body == made.body, (address, reader)
        plain = [{name: value for name, value in one.headers.items() if name not in OWN} for one in (made, kept)]
        assert plain[0] == plain[1], (address, reader)


async def test_codings_lengths_and_head_are_right(published: Starlette) -> None:
    plain = await ask(published, "/powers")
    assert plain.coding == ""
    for accepted, coding in (("gzip", "gzip"), ("br, gzip", "br"), ("gzip;q=0", ""), ("identity, gzip;q=0.5", "")):
        for _ in range(2):
            answer = await ask(published, "/powers", accept_encoding=accepted)
            assert answer.coding == coding, accepted
            assert answer.body == plain.raw
            assert int(answer.headers["content-length"]) == len(answer.raw)
            assert {one.strip() for one in answer.headers["vary"].split(",")} >= {"Cookie", "Accept-Encoding"}
            head = await ask(published, "/powers", "HEAD", accept_encoding=accepted)
            assert (head.status, head.raw) == (200, b"")
            assert head.headers["content-length"] == answer.headers["content-length"]
            assert head.headers["etag"] == answer.headers["etag"] == plain.headers["etag"]


async def test_no_page_is_older_than_the_question_under_two_applications(city: City) -> None:
    """Readers of both applications ask all the time; each sees at least what was confirmed when it began to ask."""
    done = asyncio.Event()

    async def read(app: Starlette, address: str) -> int:
        asked = 0
        while not done.is_set() or not asked:
            least = city.confirmed
            page = (await ask(app, address)).text
            seen = max(map(int, re.findall("第([0-9]+)项事项", page)))
            assert seen >= least, address
            asked += 1
        return asked

    readers = [
        asyncio.create_task(read(app, address))
        for app in city.apps
        for address in ("/powers?order=changed", "/changes")
    ]
    for _ in range(12):
        await city.confirm()
        await asyncio.sleep(0.02)
    done.set()
    assert sum(await asyncio.gather(*readers)) > 12
    for app in city.apps:
        assert store_of(app).hits
        assert "共 13 项" in (await ask(app, "/powers")).text


async def test_a_new_body_shows_at_once_as_does_a_new_item(city: City) -> None:
    for app in city.apps:
        assert "云川市新局" not in (await ask(app, "/bodies")).text
    await factories.body(city.ctx, city.of, code="B002", number="002", name="云川市新局")
    for app in city.apps:
        assert "云川市新局" in (await ask(app, "/bodies")).text


async def test_unchanged_is_said_of_the_very_address_only(city: City) -> None:
    app, code = city.apps[0], "990100001XK99999"
    tag = (await ask(app, "/powers")).headers["etag"]
    assert (await ask(app, "/powers", if_none_match=tag)).status == 304
    assert (await ask(app, "/powers", if_none_match=f'"other", {tag}')).status == 304
    assert (await ask(app, "/powers", "HEAD", if_none_match=tag)).status == 304
    assert (await ask(city.apps[1], "/powers", if_none_match=tag)).status == 304
    # What does not exist has not stayed as it was, whatever tag is shown or guessed.
    for shown in (tag, tag.removeprefix("W/"), "*", 'W/""', "W/"):
        assert (await ask(app, f"/powers/{code}", if_none_match=shown)).status == 404, shown
        assert (await ask(app, "/bodies/none", if_none_match=shown)).status == 404, shown
    for other in ("/powers?q=x", "/bodies", "/", "/powers?x="):
        assert (await ask(app, other, if_none_match=tag)).status == 200, other
    assert (await ask(app, "/powers", if_none_match=tag, cookie="mode=senior")).status == 200
    await city.confirm()
    assert (await ask(app, "/powers", if_none_match=tag)).status == 200


async def test_kept_and_unchanged_pages_ask_the_database_for_the_revision_alone(city: City) -> None:
    app = city.apps[0]
    tag = (await ask(app, "/laws")).headers["etag"]
    whole: Database = app.state.database
    app.state.database = SimpleNamespace(publicity=whole.publicity)
    try:
        assert (await ask(app, "/laws")).status == 200
        assert (await ask(app, "/laws", if_none_match=tag)).status == 304
        with pytest.raises(AttributeError):
            await ask(app, "/benchmarks")
    finally:
        app.state.database = whole


async def test_nothing_is_kept_while_the_revision_cannot_be_read(city: City) -> None:
    app = city.apps[0]
    assert (await ask(app, "/powers")).status == 200
    whole: Database = app.state.database
    away = await Database.connect(whole.url, pool_size=1)
    await away.publicity.close()
    app.state.database = replace(whole, publicity=away.publicity)
    try:
        assert (await ask(app, "/powers")).status == 503
        answer = await ask(app, "/accessibility")
        assert (answer.status, answer.headers["cache-control"]) == (200, "private, no-store")
        assert "etag" not in answer.headers
    finally:
        app.state.database = whole
        await away.close()


@pytest.mark.clause("N5")
async def test_nothing_of_a_person_is_ever_kept(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """A leak is planted: every page names whoever asks. What is kept and what strangers get must not hold it."""
    app, marker = city.apps[0], "人员leaking"
    monkeypatch.setattr(rendering, "_actor_name", lambda request: request.state.context.actor.name)
    body = await factories.body(city.ctx, city.of, code="B009", number="009", name="云川市编办")
    person = await desks.official(city.ctx, body, "leaking", Role.STAFFING_OFFICE)
    signed = Visitor(app).carry(await desks.session_of(city.ctx, person))
    half = Visitor(app).carry("no-such-session")
    given = (await tokens.issue(city.ctx, marker, frozenset(tokens.SCOPES), 1)).token
    for address in ("/powers", "/", "/bodies", "/laws"):
        answer = await signed.get(address)
        assert marker in answer.text, "the leak is there"
        assert answer.headers["cache-control"] == "private, no-store"
        assert (await half.get(address)).headers["cache-control"] == "private, no-store"
        assert marker in (await ask(app, address, authorization=f"Bearer {given}")).text
        assert len(store_of(app)) == 0
        assert marker not in (await ask(app, address)).text
        assert marker in (await signed.get(address)).text, "nor does the person get the strangers' page"
        store_of(app).clear()
    assert not any(marker.encode() in one.body for one in store_of(app))


async def test_an_answer_with_a_cookie_is_one_readers_own(city: City) -> None:
    app = city.apps[0]
    for address in ("/about?lang=en", "/about?l%61ng=en", "/about?mode=senior", "/about?x=1&lang=zh-Hans"):
        for _ in range(2):
            answer = await ask(app, address)
            assert "set-cookie" in answer.headers, address
            assert "private" in answer.headers["cache-control"]
    assert len(store_of(app)) == 0


async def test_a_page_made_after_midnight_is_not_kept_for_the_day_before(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = city.apps[0]
    await ask(app, "/healthz")  # builds the layers, and is kept nowhere
    keeper = keeper_of(app)
    with monkeypatch.context() as changed:
        changed.setattr(keeper, "now", lambda: datetime.now(UTC) - timedelta(days=1))
        assert (await ask(app, "/powers")).status == 200
        assert len(store_of(app)) == 0
    await ask(app, "/powers")
    assert len(store_of(app)) == 1


async def test_memory_stays_within_its_bound_whatever_is_asked(database: Database, database_url: str) -> None:
    await factories.government(factories.context(database))
    async with desks.running(desks.settings(database_url, kept_answers_bytes=300_000)) as app:
        store = store_of(app)
        await emptied(database, marked(app))
        for number in range(120):
            address = f"/powers?x={number}{'y' * number}"
            assert (await ask(app, address, accept_encoding=("", "gzip", "br")[number % 3])).status == 200
            assert store.size <= 300_000
        assert 5 < len(store) < 120
        held = sum(len(one.body) + sum(map(len, one.packed.values())) for one in store)
        assert held <= store.size
    async with desks.running(desks.settings(database_url, kept_answers_bytes=0)) as app:
        for _ in range(2):
            assert (await ask(app, "/powers")).status == 200
        assert (len(store_of(app)), store_of(app).hits) == (0, 0)


@pytest.mark.clause("H7")
async def test_a_download_is_made_once_and_never_of_an_older_library(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    ctx = factories.context(database, now=datetime.now(UTC))
    of = await factories.government(ctx)
    await factories.body(ctx, of)
    given = desks.settings(database_url, state_dir=tmp_path)
    async with desks.running(given) as one, desks.running(given) as other:
        scene = City(ctx, of, (one, other))
        for _ in range(2):
            number = await scene.confirm()
            first = await ask(one, "/downloads/powers.jsonl")
            assert f"第{number}项事项" in first.text
            (file,) = (tmp_path / "exports").iterdir()
            made_at = file.stat().st_ino
            again = await ask(other, "/downloads/powers.jsonl")
            assert (again.raw, again.headers["etag"]) == (first.raw, first.headers["etag"])
            assert int(again.headers["content-length"]) == len(again.raw)
            assert file.stat().st_ino == made_at
            head = await ask(one, "/downloads/powers.jsonl", "HEAD")
            assert (head.headers["content-length"], head.raw) == (again.headers["content-length"], b"")
            checksum = (await ask(other, "/downloads/powers.jsonl.sha256")).text
            assert checksum.startswith(hashlib.sha256(first.raw).hexdigest())
            assert (await ask(one, "/downloads/powers.jsonl", if_none_match=first.headers["etag"])).status == 304
