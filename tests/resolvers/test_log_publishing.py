"""The publisher signs what it has read back, extends what it signed before, and shows nothing without its witnesses."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from domain.proof.checkpoints import Checkpoint, cosign
from domain.proof.leaf import entry
from domain.proof.merkle import Tree, leaf_hash
from domain.proof.notes import Note
from domain.proof.policies import Policy, judge
from domain.proof.tiles import tiles_of
from domain.proof.witnessing import judge_addition
from resolvers.addresses import plain_url
from resolvers.log_folder import LogFolder
from resolvers.log_publishing import LogBroken, Publisher
from resolvers.log_sequencing import Leader, sequence, take_over
from resolvers.signing import VERIFY
from tests.proofs import LOG, LOG_KEY, SmallLog, act, policy_text, salt, signer, witness_key

pytestmark = pytest.mark.clause("R9", "S1", "H9")
NOW = datetime(2026, 11, 29, 1, 2, 3, tzinfo=UTC)
WRITE = "INSERT INTO event (stream, seq, kind, at, body) VALUES ($1, $2, 'k', $3, '{}')"


class Witnesses:
    """Witnesses at addresses of their own, by the rules of the domain; some may be away."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Checkpoint]] = {}
        self.away: set[str] = set()
        self.asked = 0

    async def post(self, address: str, body: bytes) -> tuple[int, bytes]:
        name = address.removesuffix("/add-checkpoint").removeprefix("http://")
        self.asked += 1
        if name in self.away:
            raise ConnectionRefusedError(name)
        known = self.known.setdefault(name, {})
        answer = judge_addition(body.decode(), known, [LOG_KEY], VERIFY)
        if answer.head is None:
            return answer.status, f"{answer.known}\n".encode()
        known[answer.head.origin] = answer.head
        signature = cosign(answer.head, witness_key(name), 1_790_000_000, signer(name).sign)
        return 200, signature.line.encode()


@pytest.fixture
def witnesses() -> Witnesses:
    return Witnesses()


@pytest.fixture
def publisher(tmp_path: Path, witnesses: Witnesses) -> Publisher:
    policy = Policy.parse(policy_text(2))
    addresses = {name: f"http://{name}" for name in policy.witnesses}
    return Publisher(LogFolder(tmp_path / "log"), LOG_KEY, LOG, replace(policy, addresses=addresses), witnesses.post)


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(plain_url(owner_url))
    yield connection
    await connection.close()


@pytest.fixture
async def leader(owner_url: str) -> AsyncIterator[Leader]:
    connection = await asyncpg.connect(plain_url(owner_url))
    yield await take_over(connection)
    await connection.close()


async def grown(owner: asyncpg.Connection, leader: Leader, count: int) -> None:
    """Write events and sequence them."""
    start = await owner.fetchval("SELECT count(*) FROM event")
    await owner.executemany(WRITE, [(f"s{start + n}", 1, NOW) for n in range(count)])
    while await sequence(leader, NOW):
        pass


async def test_what_is_published_verifies_and_is_all_there(
    publisher: Publisher, owner: asyncpg.Connection, leader: Leader
) -> None:
    assert await publisher.publish(owner, NOW) is None
    size = 0
    for count in (1, 254, 1, 2, 300):
        await grown(owner, leader, count)
        head = await publisher.publish(owner, NOW)
        size += count
        assert head is not None
        note = Note.parse((publisher.folder.read("checkpoint") or b"").decode())
        seen = judge(note, publisher.policy, VERIFY)
        assert (seen.head, seen.quorate, len(seen.witnesses)) == (head, True, 3)
        leaves = [row["leaf"] for row in await owner.fetch("SELECT leaf FROM log_leaf ORDER BY place")]
        assert (head.size, head.root) == (size, Tree(leaves).root())
        assert [leaf_hash(one) for one in publisher.folder.entries(0, size)] == leaves
        assert all(publisher.folder.fetch(tile) for tile in tiles_of(size))
    assert await publisher.publish(owner, NOW) is None
    assert await owner.fetchval("SELECT count(*) FROM log_checkpoint") == 5
    partial = sorted(one.parent.name for one in publisher.folder.path.glob("tile/**/*.p/*"))
    assert set(partial) == {"002.p", "000.p"}, "partial tiles go when the full one is published"


async def test_an_earlier_size_can_still_be_read_when_its_partial_tiles_are_gone(
    publisher: Publisher, owner: asyncpg.Connection, leader: Leader
) -> None:
    await grown(owner, leader, 100)
    first = await publisher.publish(owner, NOW)
    await grown(owner, leader, 200)
    await publisher.publish(owner, NOW)
    assert first is not None
    assert publisher.folder.root(100) == first.root


async def test_nothing_is_shown_without_enough_witnesses_and_work_goes_on(
    publisher: Publisher, witnesses: Witnesses, owner: asyncpg.Connection, leader: Leader
) -> None:
    witnesses.away = {"province", "archive"}
    await grown(owner, leader, 3)
    assert await publisher.publish(owner, NOW) is None
    assert publisher.published() is None
    await grown(owner, leader, 3)
    assert await publisher.publish(owner, NOW) is None
    witnesses.away = {"archive"}
    head = await publisher.publish(owner, NOW)
    assert head is not None
    assert head.size == 6


async def test_a_crash_between_signing_and_showing_makes_no_second_tree(
    publisher: Publisher, witnesses: Witnesses, owner: asyncpg.Connection, leader: Leader
) -> None:
    await grown(owner, leader, 5)
    witnesses.away = {"province", "archive", "supervision"}
    await publisher.publish(owner, NOW)
    signed = publisher.signed()
    witnesses.away = set()
    again = Publisher(publisher.folder, LOG_KEY, LOG, publisher.policy, witnesses.post)
    head = await again.publish(owner, NOW)
    assert head is not None
    assert signed is not None
    assert head.text == signed.text


async def without_triggers(owner: asyncpg.Connection, *statements: str) -> None:
    """Do what a superuser can do."""
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            await owner.execute(statement)


async def rebuilt(owner: asyncpg.Connection) -> None:
    """Compute the head anew, as somebody who covers tracks would."""
    leaves = [row["leaf"] for row in await owner.fetch("SELECT leaf FROM log_leaf ORDER BY place")]
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        await owner.execute("UPDATE log_head SET size = $1, root = $2", len(leaves), Tree(leaves).root())


FORGED = entry(act(1, body="forged"), salt(1))
EDIT = f"UPDATE log_leaf SET entry = '\\x{FORGED.hex()}', leaf = '\\x{leaf_hash(FORGED).hex()}' WHERE place = 4"


@pytest.mark.parametrize(
    "statements",
    [
        [EDIT],
        [f"UPDATE log_leaf SET entry = '\\x{FORGED.hex()}' WHERE place = 4"],
        ["DELETE FROM log_leaf WHERE place = 4"],
        ["DELETE FROM log_leaf WHERE place >= 2", "rebuild"],
    ],
    ids=["edited", "entry without leaf", "gap", "rolled back"],
)
async def test_what_a_superuser_did_before_the_signature_is_refused(
    publisher: Publisher, owner: asyncpg.Connection, leader: Leader, statements: list[str]
) -> None:
    await grown(owner, leader, 3)
    await publisher.publish(owner, NOW)
    await grown(owner, leader, 7)
    await without_triggers(owner, statements[0])
    if "rebuild" in statements:
        await rebuilt(owner)
    with pytest.raises(LogBroken):
        await publisher.publish(owner, NOW)
    shown = publisher.published()
    assert shown is not None
    assert Checkpoint.parse(shown.text).size == 3


async def test_a_flipped_bit_in_a_file_is_found_before_signing(
    publisher: Publisher, owner: asyncpg.Connection, leader: Leader
) -> None:
    await grown(owner, leader, 300)
    await publisher.publish(owner, NOW)
    for name in ("tile/0/001.p/44", "tile/1/000.p/1"):
        whole = publisher.folder.read(name) or b""
        publisher.folder.write(name, bytes([whole[0] ^ 1]) + whole[1:])
        await grown(owner, leader, 300 if name.startswith("tile/1") else 1)
        with pytest.raises(LogBroken):
            await publisher.publish(owner, NOW)
        publisher.folder.write(name, whole)
        assert await publisher.publish(owner, NOW) is not None


async def test_a_foreign_head_in_the_folder_is_not_continued(publisher: Publisher, owner: asyncpg.Connection) -> None:
    for content in (b"", b"nonsense", SmallLog(3).note.whole.replace("sunlight", "moonlight").encode()):
        publisher.folder.write("signed", content)
        with pytest.raises(LogBroken):
            await publisher.publish(owner, NOW)


async def test_witnesses_refuse_a_fork_and_a_rollback(
    publisher: Publisher, witnesses: Witnesses, owner: asyncpg.Connection, leader: Leader, tmp_path: Path
) -> None:
    """Whoever holds database, folder and key can sign another past; the witnesses do not."""
    await grown(owner, leader, 9)
    await publisher.publish(owner, NOW)
    await without_triggers(owner, EDIT)
    await rebuilt(owner)
    thief = Publisher(LogFolder(tmp_path / "other"), LOG_KEY, LOG, publisher.policy, witnesses.post)
    assert await thief.publish(owner, NOW) is None
    assert thief.published() is None
    await without_triggers(owner, "DELETE FROM log_leaf WHERE place >= 5")
    await rebuilt(owner)
    shorter = Publisher(LogFolder(tmp_path / "shorter"), LOG_KEY, LOG, publisher.policy, witnesses.post)
    assert await shorter.publish(owner, NOW) is None


async def test_the_publisher_needs_no_more_than_its_role(
    publisher: Publisher, owner: asyncpg.Connection, leader: Leader, owner_url: str
) -> None:
    await grown(owner, leader, 2)
    own = await asyncpg.connect(plain_url(owner_url).replace("://yangguang@", "://yangguang_publisher@", 1))
    sequencing = await asyncpg.connect(plain_url(owner_url).replace("://yangguang@", "://yangguang_sequencer@", 1))
    assert await publisher.publish(own, NOW) is not None
    await owner.execute(WRITE, "later", 1, NOW)
    assert await sequence(await take_over(sequencing), NOW) == 1
    for connection, forbidden in (
        (own, "event_leaf"),
        (own, "event"),
        (sequencing, "event"),
        (sequencing, "event_leaf"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"SELECT FROM {forbidden}")
    await own.close()
    await sequencing.close()
