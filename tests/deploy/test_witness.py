"""A witness on its own: it signs what extends what it signed, keeps it before answering, and follows a log by itself."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette

from deploy.commands import main
from deploy.witness import Witness, create_witness, followed
from domain.proof.checkpoints import Checkpoint, cosigned_at, sign_head
from domain.proof.notes import Note, NoteBroken, Signature
from domain.proof.witnessing import Addition
from resolvers.log_folder import LogFolder
from resolvers.signing import VERIFY
from tests.proofs import LOG, LOG_KEY, ORIGIN, SmallLog

pytestmark = pytest.mark.clause("R9", "S1")
TREE = SmallLog(600).tree


def head(size: int, root: bytes | None = None) -> Note:
    return sign_head(Checkpoint(ORIGIN, size, TREE.root(size) if root is None else root), LOG_KEY, LOG.sign)


def addition(old: int, new: int) -> str:
    return Addition(old, tuple(TREE.consistency(old, new)), head(new)).text


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(LogFolder(tmp_path / "witness"), "archive.example", [LOG_KEY], now=lambda: 1_790_000_000)


def client_of(app: Starlette) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://witness.test")


async def test_it_answers_by_the_protocol(witness: Witness) -> None:
    async with client_of(create_witness(witness)) as client:
        answer = await client.post("/add-checkpoint", content=addition(0, 5))
        assert answer.status_code == 200
        signature = Signature.parse(answer.text.rstrip("\n"))
        assert (
            cosigned_at(Note(head(5).text, (signature,)), Checkpoint.parse(head(5).text), witness.key, VERIFY)
            == 1_790_000_000
        )
        again = await client.post("/add-checkpoint", content=addition(0, 9))
        assert (again.status_code, again.text) == (409, "5\n")
        assert again.headers["content-type"] == "text/x.tlog.size"
        assert (await client.post("/add-checkpoint", content=addition(5, 9))).status_code == 200
        assert (await client.post("/add-checkpoint", content=b"\xff" * 200_000)).status_code == 400
        told = (await client.get("/")).text
        assert witness.key.text in told
        assert head(9).text in told


async def test_many_at_once_never_roll_it_back(witness: Witness) -> None:
    await witness.add(addition(0, 10))
    answers = await asyncio.gather(*(witness.add(addition(10, size)) for size in range(20, 10, -1)))
    assert sorted(answer.status for answer, _ in answers) == [200] + [409] * 9
    known = witness.known(ORIGIN)
    assert known is not None
    assert Checkpoint.parse(known.text).size == 20


async def test_it_remembers_after_a_restart_and_trusts_only_what_it_signed(witness: Witness) -> None:
    await witness.add(addition(0, 10))
    again = Witness(witness.folder, witness.name, witness.logs)
    assert again.key == witness.key
    assert (await again.add(addition(0, 5)))[0].status == 409
    kept = next((witness.folder.path / "heads").iterdir())
    kept.write_text(head(3).whole, encoding="utf-8")
    with pytest.raises(NoteBroken):
        await again.add(addition(3, 5))


async def test_it_follows_a_log_and_refuses_another_past(witness: Witness) -> None:
    files = SmallLog(300).files()

    def answer(request: httpx2.Request) -> httpx2.Response:
        content = files.get(request.url.path.removeprefix("/log/"))
        return httpx2.Response(404) if content is None else httpx2.Response(200, content=content)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        seen = await followed(witness, client, "http://city.test/log")
        assert seen is not None
        assert seen.status == 200
        assert await followed(witness, client, "http://city.test/log") is None
        files = SmallLog(600).files()
        longer = await followed(witness, client, "http://city.test/log")
        assert longer is not None
        assert longer.status == 200
        files = {**files, "checkpoint": head(600, bytes(32)).whole.encode()}
        forked = await followed(witness, client, "http://city.test/log")
        assert forked is not None
        assert forked.status == 409
        files = SmallLog(300).files()
        shorter = await followed(witness, client, "http://city.test/log")
        assert shorter is not None
        assert shorter.status == 400


@pytest.mark.parametrize("words", [["--log-key", "nonsense"], []])
def test_a_wrong_key_is_told(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = CliRunner().invoke(main, ["witness", "--state", str(tmp_path), *words])
    assert answer.exit_code == 2
    assert "log-key" in answer.output
