"""Sequencer, publisher and witness as processes: killed at any moment they go on, and the copy on the disk verifies."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from deploy import log_keys
from deploy.refusals import ServiceFailed
from deploy.settings import Settings
from domain.proof.notes import Key
from resolvers.addresses import plain_url
from tests.deploy.test_serving import free_port
from tests.portal.test_verifier import load
from tests.proofs import policy_text, witness_key
from tests.waiting import wait_for

pytestmark = pytest.mark.clause("R9", "S1")
ROOT = Path(__file__).parents[2]
SECRET = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
WRITE = "INSERT INTO event (stream, seq, kind, at, body) VALUES ($1, 1, 'k', $2, '{}')"


class Processes:
    """Processes of the log on a database and a folder, ended with the test."""

    def __init__(self, owner_url: str, state: Path) -> None:
        self.owner_url, self.state = owner_url, state
        self.running: list[subprocess.Popen[bytes]] = []

    def settings(self, **changes: Any) -> Settings:
        given: dict[str, Any] = {
            "DATABASE_URL": SecretStr(self.owner_url), "secret_key": SecretStr(SECRET), "state_dir": self.state,
        }  # fmt: skip
        return Settings(**(given | changes))

    def start(self, *words: str, login: str = "", **more: str) -> subprocess.Popen[bytes]:
        url = plain_url(self.owner_url).replace("://yangguang@", f"://{login}@", 1) if login else self.owner_url
        own = {"DATABASE_URL": url, "YANGGUANG_SECRET_KEY": SECRET, "YANGGUANG_STATE_DIR": str(self.state)}
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy", *words], cwd=ROOT, env={**os.environ, **own, **more}
        )
        self.running.append(process)
        return process


@pytest.fixture
def processes(owner_url: str, tmp_path: Path) -> Iterator[Processes]:
    made = Processes(owner_url, tmp_path / "state")
    made.state.mkdir()
    yield made
    for process in made.running:
        process.kill()
        process.wait()


SEQUENCERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE usename = 'yangguang_sequencer' AND datname = current_database()"
)


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    assert wait_for(holds, seconds)


def published(state: Path) -> int:
    file = state / "log" / "checkpoint"
    return int(file.read_text(encoding="utf-8").split("\n")[1]) if file.exists() else 0


async def test_the_log_goes_on_through_kills_and_verifies(processes: Processes) -> None:
    state, port = processes.state, free_port()
    key = log_keys.witness_key(state / "witness", "archive")
    log, receipts = log_keys.log_key(processes.settings()), log_keys.receipt_key(processes.settings())
    policy = state / "given-policy.txt"
    lines = (f"log {log.text}", f"receipts {receipts.text}", f"witness archive {key.text} http://127.0.0.1:{port}")
    policy.write_text("\n".join((*lines, "quorum archive", "")), encoding="utf-8")
    witness = (
        "witness",
        "--state",
        str(state / "witness"),
        "--name",
        "archive",
        "--log-key",
        log.text,
        "--port",
        str(port),
    )

    def start() -> list[subprocess.Popen[bytes]]:
        given = {"YANGGUANG_LOG_POLICY": str(policy)}
        sequencers = [processes.start("sequencer", login="yangguang_sequencer") for _ in range(2)]
        return [
            *sequencers,
            processes.start("publisher", login="yangguang_publisher", **given),
            processes.start(*witness),
        ]

    owner = await asyncpg.connect(plain_url(processes.owner_url))
    for round_number in range(2):
        running = start()
        await owner.executemany(WRITE, [(f"r{round_number}-{n}", NOW) for n in range(300)])
        until(lambda wanted=300 * (round_number + 1): published(state) == wanted)  # type: ignore[misc]
        # The one that only waits for its turn is to be told to end as well, not while it is still being loaded.
        while await owner.fetchval(SEQUENCERS) < 2:  # noqa: ASYNC110 - another process has no event
            await asyncio.sleep(0.1)
        ends = signal.SIGKILL if round_number == 0 else signal.SIGTERM
        for process in running:
            process.send_signal(ends)
        codes = [process.wait(30) for process in running]
        assert codes == [-9] * 4 if round_number == 0 else codes[:3] == [0] * 3
    await owner.close()
    words = [str(state / "log"), "--policy", str(state / "log" / "policy.txt")]
    assert load().main(words) == 0


def test_keys_and_names_are_made_once_and_kept(processes: Processes) -> None:
    settings = processes.settings()
    key = log_keys.log_key(settings)
    assert Key.parse(key.text) == key == log_keys.log_key(settings)
    assert log_keys.receipt_key(settings).public != key.public
    assert log_keys.issuer(settings).key == log_keys.receipt_key(settings)
    assert (processes.state / "keys" / "log.pem").stat().st_mode & 0o777 == 0o600
    assert (
        log_keys.log_key(processes.settings(log_origin="power.example.gov.cn/log")).name == "power.example.gov.cn/log"
    )
    (processes.state / "keys" / "log.pem").write_text("no key")
    with pytest.raises(ServiceFailed, match="无法使用"):
        log_keys.log_key(settings)


def test_a_policy_that_does_not_know_this_log_is_refused(processes: Processes) -> None:
    foreign = processes.state / "policy.txt"
    for text in (policy_text(), "", f"witness a {witness_key('a').text}\nquorum b\n"):
        foreign.write_text(text, encoding="utf-8")
        with pytest.raises(ServiceFailed):
            log_keys.policy(processes.settings(log_policy=foreign))
    own = log_keys.policy(processes.settings())
    assert (own.quorum, dict(own.witnesses)) == ("none", {})


def test_several_machines_sign_receipts_with_one_key_or_do_not_start(processes: Processes) -> None:
    shared, policy = processes.state / "shared.pem", processes.state / "given.txt"
    with pytest.raises(ServiceFailed, match="不存在"):
        log_keys.issuer(processes.settings(receipts_key_file=shared))
    first = processes.settings()
    policy.write_text(
        f"log {log_keys.log_key(first).text}\nreceipts {log_keys.receipt_key(first).text}\nquorum none\n", "utf-8"
    )
    shared.write_bytes((processes.state / "keys" / "receipts.pem").read_bytes())
    (processes.state / "keys" / "receipts.pem").unlink()
    with pytest.raises(ServiceFailed, match="没有列出这台机器的凭证密钥"):
        log_keys.issuer(processes.settings(log_policy=policy))
    again = processes.settings(log_policy=policy, receipts_key_file=shared)
    assert log_keys.issuer(again).key in log_keys.policy(again).receipts
