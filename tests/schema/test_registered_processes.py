"""Two processes of their own on one database: the very next answer after a change is new on either, and tags agree."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from domain.document_files import GivenDocument
from resolvers import documents
from resolvers.database import Database
from resolvers.keys import Keyring
from schema.limits import Limits
from schema.registered_checking import examiner
from tests import desks, factories
from tests.schema import world
from tests.schema.test_registered import rename

ROOT = Path(__file__).parents[2]
NAMES = "query Names { governments { name shortName } library { revision } }"
HEADERS = {"Accept": "application/graphql-response+json"}
CHANGES = 60
PROGRAM = """
import sys, uvicorn
from deploy.app import create_app
from tests import desks
uvicorn.run(create_app(desks.settings(sys.argv[1])), port=int(sys.argv[2]), access_log=False, log_config=None)
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def answers(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/healthz")).status_code == 200
    except httpx2.TransportError:
        return False


@pytest.fixture
def ports(database_url: str) -> Iterator[list[int]]:
    """Give the ports on which two processes of the application listen."""
    given = [free_port(), free_port()]
    running = [subprocess.Popen([sys.executable, "-c", PROGRAM, database_url, str(port)], cwd=ROOT) for port in given]
    yield given
    for process in running:
        process.terminate()
    for process in running:
        process.wait(20)


@pytest.fixture
async def clients(ports: list[int]) -> AsyncIterator[list[httpx2.AsyncClient]]:
    opened = [httpx2.AsyncClient(base_url=f"http://localhost:{port}", headers=HEADERS) for port in ports]
    async with asyncio.timeout(60):
        for client in opened:
            while not await answers(client):  # noqa: ASYNC110 - another process has no event for us
                await asyncio.sleep(0.1)
    yield opened
    for client in opened:
        await client.aclose()


async def test_no_process_gives_out_what_was_replaced_before_it_was_asked(
    database: Database, owner_url: str, clients: list[httpx2.AsyncClient]
) -> None:
    ctx = factories.context(database, now=datetime.now(UTC), keys=Keyring(desks.SECRET.encode()))
    await world.build(ctx)
    (made,) = await documents.register(ctx, [GivenDocument("test", "names", NAMES, "names")], examiner(Limits()))
    assert made.state == "registered"
    kept = 0
    for number in range(CHANGES):
        await rename(owner_url, f"市{number}")
        found = [await client.get("/graphql?documentId=names") for client in (*clients, *clients)]
        shown = {one.json()["data"]["governments"][0]["shortName"] for one in found}
        assert shown == {f"市{number}"}
        assert len({one.headers["ETag"] for one in found}) == 1, "both processes give one answer one tag"
        again = await clients[number % 2].get(
            "/graphql?documentId=names", headers={"If-None-Match": found[0].headers["ETag"]}
        )
        kept += again.status_code == 304
    assert kept == CHANGES
    await documents.withdraw(ctx, "names")
    assert [(await client.get("/graphql?documentId=names")).status_code for client in clients] == [404, 404]
