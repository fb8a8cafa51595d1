"""Scanning what is handed in: a clamd over TCP or a Unix socket, what it finds, and what happens while it is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from resolvers import materials, matters
from resolvers.database import Database
from resolvers.errors import InvalidInput, Unavailable
from resolvers.file_store import FileStore
from resolvers.materials import FileRefused, ForMatter, NotScanned
from resolvers.materials_intake import Intake
from resolvers.scanners import Clamd
from tests import running
from tests.handing_in import brought, bytes_of, kinds_of_events, sent
from tests.running import Office

pytestmark = pytest.mark.clause("R6", "003-31(3)")


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    made = await running.office(database)
    made.ctx = replace(made.ctx, files=FileStore.in_folder(tmp_path / "files"))
    return made


class Scanner:
    """A clamd that finds something in whatever holds a word, and can be away."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.answer: bytes | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(size)
        self.asked.append(len(content))
        found = b"stream: Test.Virus FOUND\0" if b"virus" in content else b"stream: OK\0"
        writer.write(found if self.answer is None else self.answer)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def scanning(scanner: Scanner, socket: Path | None = None) -> AsyncIterator[str]:
    if socket is not None:
        server = await asyncio.start_unix_server(scanner.serve, socket)
        address = str(socket)
    else:
        server = await asyncio.start_server(scanner.serve, "127.0.0.1", 0)
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield address


@pytest.mark.parametrize("over", ["tcp", "unix"])
async def test_a_virus_is_refused_and_recorded_and_the_rest_is_clean(office: Office, over: str, tmp_path: Path) -> None:
    scanner, opened = Scanner(), await office.open(brings={})
    async with scanning(scanner, tmp_path / "clamd" if over == "unix" else None) as address:
        clerk = replace(office.at("clerk"), intake=Intake(scanner=Clamd(address)))
        large = b"%PDF-1.4" + bytes(200_000) + b"%%EOF"
        assert (await materials.upload(clerk, ForMatter(opened.matter_id), sent(large))).scan == "clean"
        with pytest.raises(FileRefused, match=r"Test\.Virus") as refused:
            await materials.upload(clerk, ForMatter(opened.matter_id), sent(b"%PDF-1.4 virus %%EOF"))
        assert refused.value.reason == "INFECTED"
        scanner.answer = b"INSTREAM size limit exceeded. ERROR\0"
        with pytest.raises(Unavailable):
            await materials.upload(clerk, ForMatter(opened.matter_id), sent())
    assert scanner.asked[0] == len(large)
    assert await kinds_of_events(office.ctx) == ["material.uploaded", "material.infected"]
    with pytest.raises(Unavailable):
        await materials.upload(clerk, ForMatter(opened.matter_id), sent())


async def test_what_came_while_the_scanner_was_away_waits_and_nobody_opens_it(office: Office) -> None:
    opened, gone = await office.open(brings={}), Intake(scanner=Clamd("127.0.0.1:1"), away="later")
    clerk, aim = replace(office.at("clerk"), intake=gone), ForMatter(opened.matter_id)
    good, ill = [await materials.upload(clerk, aim, sent(b"%%PDF-1.4 %b %%%%EOF" % word)) for word in (b"ok", b"virus")]
    assert (good.scan, ill.scan) == ("waiting", "waiting")
    with pytest.raises(NotScanned):
        await materials.opened(clerk, opened.matter_id, good.id)
    act = {"kind": "record", "key": "r", **brought(good)}
    with pytest.raises(InvalidInput) as refused:
        await matters.act(clerk, opened.matter_id, act)
    assert refused.value.problems[0].code == "FILE_NOT_SCANNED"
    assert await materials.scan_waiting(clerk) == 0
    async with scanning(Scanner()) as address:
        back = replace(office.ctx, intake=Intake(scanner=Clamd(address)))
        assert await materials.scan_waiting(back) == 2
        assert await materials.scan_waiting(back) == 0
    await matters.act(clerk, opened.matter_id, act)
    assert await bytes_of(clerk, opened, good)
    with pytest.raises(NotScanned):
        await materials.opened(clerk, opened.matter_id, ill.id)
    with pytest.raises(InvalidInput):
        await matters.act(clerk, opened.matter_id, {"kind": "record", "key": "s", **brought(ill)})
    told = await kinds_of_events(office.ctx)
    assert told == ["material.uploaded"] * 2 + ["material.scanned", "material.infected", "material.opened"]
