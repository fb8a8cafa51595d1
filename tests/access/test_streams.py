"""Streams of a body's new events: nothing is missed or told twice, and whoever may not see any more is cut off."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from deploy import roles
from deploy.embedded import OWNER
from portal import session_cookie
from resolvers import log_sequencing, matters
from resolvers.matters import Opening
from resolvers.sessions import sign_out
from schema.root import schema
from schema.streaming import ACCOUNT_STREAMS
from tests.access import matrix
from tests.access.conftest import Scene
from tests.desks import Visitor

pytestmark = pytest.mark.clause("R1", "N5", "003-33")
ASK = 'subscription { matterEvents(body: "B001") { position event { matterNumber seq kind doerName } } }'
PATIENCE = 30.0


@dataclass
class Reader:
    """Reads one stream through the whole application, as a browser does."""

    status: int = 0
    text: str = ""
    ended: bool = False
    told: asyncio.Event = field(default_factory=asyncio.Event)
    away: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.text += message.get("body", b"").decode()
            self.ended = not message.get("more_body", False)
        self.told.set()

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events so far."""
        parts = [one for one in self.text.split("\n\n") if "event: next" in one]
        return [json.loads(one.partition("data: ")[2])["data"]["matterEvents"] for one in parts]

    async def until(self, holds: Any) -> None:
        """Wait until something holds of what was read."""
        async with asyncio.timeout(PATIENCE):
            while not holds(self):
                self.told.clear()
                await self.told.wait()


@asynccontextmanager
async def reading(scene: Scene, visitor: Visitor, query: str = ASK, **headers: str) -> AsyncIterator[Reader]:
    """Open a stream for a visitor, and leave it."""
    reader, body = Reader(), json.dumps({"query": query}).encode()
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.client.cookies.items())
    given = {"host": visitor.client.base_url.host, "content-type": "application/json", "accept": "text/event-stream",
             "cookie": cookie, "authorization": visitor.client.headers.get("authorization", ""), **headers}  # fmt: skip
    scope = {
        "type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "root_path": "",
        "scheme": "https", "http_version": "1.1", "client": ("203.0.113.5", 1), "server": ("localhost", 443),
        "headers": [(name.encode(), value.encode()) for name, value in given.items() if value],
    }  # fmt: skip
    sent = False

    async def receive() -> Any:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}
        await reader.away.wait()
        return {"type": "http.disconnect"}

    task = asyncio.create_task(scene.app(scope, receive, reader.send))
    try:
        yield reader
    finally:
        reader.away.set()
        async with asyncio.timeout(PATIENCE):
            await task


@pytest.fixture
async def sequencer(scene: Scene) -> AsyncIterator[log_sequencing.Leader]:
    """Give the right to put events into the log."""
    url = scene.ctx.db.url.replace(f"://{roles.APPLICATION}@", f"://{OWNER}@", 1)
    connection = await asyncpg.connect(url)
    yield await log_sequencing.take_over(connection)
    await connection.close()


async def act(scene: Scene, leader: log_sequencing.Leader, key: str, item: str = "") -> str:
    """Open a matter and let its event get its place; returns the number."""
    opened = await matters.open_matter(scene.ctx, Opening(item=item or scene.item, key=key))
    await log_sequencing.sequence(leader, scene.ctx.now)
    return opened.number


async def test_new_events_come_in_order_and_a_stream_goes_on_where_it_ended(
    scene: Scene, sequencer: log_sequencing.Leader
) -> None:
    await act(scene, sequencer, "before")
    clerk = await scene.visitor("clerk")
    async with reading(scene, clerk) as reader:
        await reader.until(lambda one: one.text)
        numbers = [await act(scene, sequencer, f"stream {n}") for n in range(3)]
        await reader.until(lambda one: len(one.events) == 3)
        assert [one["event"]["matterNumber"] for one in reader.events] == numbers
        assert [one["event"]["kind"] for one in reader.events] == ["OPEN"] * 3
        position = reader.events[0]["position"]
    missed = await act(scene, sequencer, "while nobody read")
    async with reading(scene, clerk, **{"last-event-id": position}) as reader:
        await reader.until(lambda one: len(one.events) == 3)
        assert [one["event"]["matterNumber"] for one in reader.events] == [*numbers[1:], missed]
    async with reading(scene, clerk, ASK.replace('"B001"', f'"B001", after: "{position}"')) as reader:
        await reader.until(lambda one: len(one.events) == 3)


async def test_news_are_told_by_the_bell_and_found_without_it(
    scene: Scene, sequencer: log_sequencing.Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, bell = await scene.visitor("clerk"), scene.app.state.database.bell
    monkeypatch.setattr("resolvers.bells.FALLBACK_SECONDS", 10 * PATIENCE)
    async with reading(scene, clerk) as reader:
        await reader.until(lambda one: one.text)
        numbers = [await act(scene, sequencer, f"bell {n}") for n in range(2)]
        await reader.until(lambda one: len(one.events) == 2)
    # Nothing is heard any more: the look that is taken now and then finds what comes.
    await bell.close()
    monkeypatch.setattr("resolvers.bells.FALLBACK_SECONDS", 0.1)
    async with reading(scene, clerk, **{"last-event-id": reader.events[-1]["position"]}) as again:
        await again.until(lambda one: one.text)
        numbers.append(await act(scene, sequencer, "unheard"))
        await again.until(lambda one: one.events)
    assert [one["event"]["matterNumber"] for one in (*reader.events, *again.events)] == numbers


async def test_nobody_reads_the_events_of_others(scene: Scene, sequencer: log_sequencing.Leader) -> None:
    clerk, bureau = await scene.visitor("clerk"), await scene.visitor("supervision_bureau")
    there = ASK.replace("B001", "B002")
    beyond = await scene.ctx.db.reads.fetchval(
        "SELECT i.code FROM power_item i JOIN power_version v ON v.item_id = i.id WHERE v.body_code = 'B002'"
    )
    async with reading(scene, clerk, there) as other, reading(scene, clerk) as own, reading(scene, bureau) as watcher:
        await other.until(lambda one: one.text)
        await own.until(lambda one: one.text)
        await watcher.until(lambda one: one.text)
        await act(scene, sequencer, "beyond", beyond)
        number = await act(scene, sequencer, "at home")
        for one in (own, watcher):
            await one.until(lambda reader: reader.events)
            assert [event["event"]["matterNumber"] for event in one.events] == [number]
        assert other.events == []


async def test_a_stream_ends_with_its_session(scene: Scene, sequencer: log_sequencing.Leader) -> None:
    clerk = await scene.visitor("clerk")
    token = clerk.client.cookies[session_cookie.SESSION]
    async with reading(scene, clerk) as reader:
        await reader.until(lambda one: one.text)
        await sign_out(scene.ctx, token)
        await reader.until(lambda one: one.ended)
        await act(scene, sequencer, "after the end")
        assert reader.events == []
        assert "event: complete" in reader.text


async def test_streams_are_bounded_and_for_officials(scene: Scene) -> None:
    assert set(matrix.document()["subscriptions"]) == set(schema._schema.subscription_type.fields)  # type: ignore[union-attr]
    alerts = f"subscription {{ {matrix.document()['subscriptions']['alertChanges']['ask']} }}"
    for role, asked in ((role, asked) for role in ("anonymous", "integrator") for asked in (ASK, alerts)):
        async with reading(scene, await scene.visitor(role), asked) as reader:
            await reader.until(lambda one: one.ended)
            assert reader.status == 401, (role, asked)
    async with reading(scene, await scene.visitor("clerk"), alerts) as reader:
        await reader.until(lambda one: one.text)
        assert reader.status == 200
    for role in matrix.OFFICIALS:
        async with reading(scene, await scene.visitor(role)) as reader:
            await reader.until(lambda one: one.text)
            assert reader.status == 200, role
    clerk = await scene.visitor("clerk")
    async with reading(scene, clerk, origin="https://elsewhere.example") as foreign:
        await foreign.until(lambda one: one.ended)
        assert foreign.status == 403
    async with AsyncExitStack() as stack:
        for _ in range(ACCOUNT_STREAMS):
            opened = await stack.enter_async_context(reading(scene, clerk))
            await opened.until(lambda reader: reader.text)
        async with reading(scene, clerk) as more:
            await more.until(lambda one: one.ended)
            assert more.status == 429
    plain = await clerk.client.post("/graphql", json={"query": ASK})
    assert plain.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    async with reading(scene, clerk, "{ __typename }") as query:
        await query.until(lambda one: one.ended)
        assert query.status == 400
