"""The public log is served as it was written: the head fresh, tiles for ever, and nothing else of the folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import desks
from tests.desks import Visitor
from tests.proofs import SmallLog

pytestmark = pytest.mark.clause("R9", "S1")


@pytest.fixture
async def visitor(database_url: str, tmp_path: Path) -> AsyncIterator[Visitor]:
    desks.with_a_log(tmp_path)
    (tmp_path / "log" / "origin").write_text("secret")
    (tmp_path / "log" / "signed").write_text("not shown yet")
    async with desks.running(desks.settings(database_url, state_dir=tmp_path)) as app:
        yield Visitor(app)


async def test_the_files_of_the_log_are_served(visitor: Visitor) -> None:
    for name, content in SmallLog(3).files().items():
        answer = await visitor.get(f"/log/{name}")
        assert (answer.status_code, answer.content) == (200, content)
        assert answer.headers["access-control-allow-origin"] == "*"
        kept = answer.headers["cache-control"]
        assert ("immutable" in kept) == (name != "checkpoint")
    assert (await visitor.get("/log/checkpoint")).headers["content-type"] == "text/plain; charset=utf-8"
    assert "quorum outside" in (await visitor.get("/log/policy.txt")).text


@pytest.mark.parametrize(
    "path",
    [
        "origin",
        "signed",
        "tile/0/000",
        "tile/0/000.p/4",
        "tile/00/000.p/3",
        "tile/0/..%2f..%2forigin",
        "tile/x/000",
    ],
)
async def test_nothing_else_is(visitor: Visitor, path: str) -> None:
    assert (await visitor.get(f"/log/{path}")).status_code == 404
