"""The benchmark itself keeps running: a small one, in a process of its own as people start it."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bench import papers, sections
from tests.bench.__main__ import PARTS
from tests.bench.peers import client
from tests.bench.peers.asking import Ask, Target
from tests.bench.peers.loading import load
from tests.bench.peers.processes import Served

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)
def test_a_quick_benchmark_measures_everything_but_the_start(tmp_path: Path) -> None:
    out = tmp_path / "results.md"
    # The part `record` starts a system of its own twice; what it measures has tests of its own.
    parts = [part for part in PARTS if part != "record"]
    command = [sys.executable, "-m", "tests.bench", *parts]
    command += ["--quick", "--items", "300", "--no-start", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    text = out.read_text(encoding="utf-8")
    for heading in ("Import", "Search", "Lists", "Pages", "Reads: one server process", "Reads: goals", "Papers"):
        assert f"## {heading}" in text
    assert "| nan |" not in text
    assert "not built yet" not in text


def test_a_benchmark_of_documents_measures_both_sides_and_the_wait_of_the_loop() -> None:
    text = papers.section(1, quick=True)
    rows = [line.split(" | ") for line in text.split("## Papers: goals")[0].splitlines()[4:] if line.startswith("|")]
    assert len(rows) == papers.QUICK_KINDS
    assert all(float(cell.strip(" |").replace(",", "")) > 0 for row in rows for cell in row[1:])
    assert "event loop blocked at most" in text


def test_a_loop_that_is_blocked_is_measured_as_blocked() -> None:
    async def blocking() -> None:
        await asyncio.sleep(0.01)
        time.sleep(0.2)  # noqa: ASYNC251 - this is what is to be noticed

    assert asyncio.run(papers.longest_wait(blocking())) > 150


def test_a_run_of_one_part_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "results.md"
    sections.replaced(file, {"reads": "## Reads\n\nold", "machine": "* a machine"})
    sections.replaced(file, {"reads": "## Reads\n\nnew"})
    text = file.read_text(encoding="utf-8")
    assert sections.parted(text) == {"machine": "* a machine\n", "reads": "## Reads\n\nnew\n"}
    assert text.index("a machine") < text.index("new")


def test_every_section_of_the_kept_report_can_be_replaced() -> None:
    text = (Path(__file__).parent / "RESULTS.md").read_text(encoding="utf-8")
    assert sections.joined(sections.parted(text)) == text


async def _answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request with what it asked for: 503 for /busy, else its body or its path."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = head.lower().partition("content-length:")[2].partition("\r\n")[0]
            body = await reader.readexactly(int(length or 0)) or head.split()[1].encode()
            status = "503 Busy" if head.split()[1] == "/busy" else "200 OK"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    except asyncio.IncompleteReadError:
        writer.close()


def test_the_own_client_counts_answers_and_failures() -> None:
    async def measured(ask: Ask) -> tuple[int, int]:
        server = await asyncio.start_server(_answering, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            found = await load(Target(Served(port, ()), [ask]), 0.2)
        return found.requests, found.errors

    requests, errors = asyncio.run(measured(Ask("/graphql", json.dumps({"query": "{查询}"}, ensure_ascii=False))))
    assert requests > 16
    assert errors == 0
    requests, errors = asyncio.run(measured(Ask("/busy")))
    assert errors == requests


def test_requests_in_a_file_are_framed_by_their_bytes(tmp_path: Path) -> None:
    file = tmp_path / "asks"
    file.write_text("/one\n\n/two\n查\n", encoding="utf-8")
    first, second = client.requests(file, 80, {"A": "b"})
    assert first == b"GET /one HTTP/1.1\r\nHost: 127.0.0.1:80\r\nA: b\r\n\r\n"
    assert second.startswith(b"POST /two HTTP/1.1\r\n")
    assert b"Content-Length: 3\r\n" in second
    assert second.endswith("\r\n\r\n查".encode())
