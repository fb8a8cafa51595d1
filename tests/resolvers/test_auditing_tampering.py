"""Who can do everything in the database, and holds the log's key, is found all the same; and what it takes to find it.

The table of 14 kinds: nine are found inside the database, five only with heads that others keep. What is not findable
inside is shown to be so: each of the five leaves a record that contradicts nothing.
"""

import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from domain.proof.auditing import Kind, Verdict
from domain.proof.leaf import microseconds
from domain.proof.merkle import Frontier
from domain.proof.notes import signed
from domain.proof.receipts import Receipt
from resolvers.addresses import plain_url
from resolvers.auditing import Auditor, Outside, Report, examine
from tests import tampering
from tests.nightly import so_many
from tests.proofs import ORIGIN, WEB, WEB_KEY
from tests.tampering import FOUND_INSIDE, FOUND_OUTSIDE, LATER, NOW, Scene, Tamper

pytestmark = pytest.mark.clause("R9", "S1")
TRIALS: Final = pytest.mark.parametrize(
    "trials",
    [3, pytest.param(so_many("TRIALS", 200), id="nightly", marks=[pytest.mark.nightly, pytest.mark.timeout(3600)])],
)
"""Trials of each kind; 200 every night."""


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(plain_url(owner_url))
    yield connection
    await connection.close()


@pytest.fixture
async def scene(owner: asyncpg.Connection, tmp_path: Path) -> Scene:
    return await tampering.made(owner, tmp_path / "log")


async def checked(connection: asyncpg.Connection, auditor: Auditor, outside: Outside = Outside()) -> Report:
    async with connection.transaction():
        return await examine(connection, auditor, outside, LATER, Frontier(), full=True)


async def tampered(scene: Scene, act: Tamper, seed: str, files: Path) -> tuple[Report, Report]:
    """Tamper, check with what the system itself keeps and with what others keep, and undo it."""
    transaction = scene.owner.transaction()
    await transaction.start()
    try:
        await scene.owner.execute("SET LOCAL session_replication_role = replica")
        await act(scene.owner, random.Random(seed), files)
        auditor = scene.auditor(files)
        return await checked(scene.owner, auditor), await checked(scene.owner, auditor, scene.outside)
    finally:
        await transaction.rollback()


async def test_an_honest_log_is_sound(scene: Scene) -> None:
    report = await checked(scene.owner, scene.auditor(), scene.outside)
    assert (report.verdict, report.findings, report.unchecked) == (Verdict.SOUND, (), ())
    assert (report.frontier.size, report.outside) == (tampering.STREAMS * tampering.ROUNDS, 4)


@TRIALS
async def test_nine_kinds_are_found_inside_and_outside(scene: Scene, tmp_path: Path, trials: int) -> None:
    for name, act in FOUND_INSIDE.items():
        for trial in range(trials):
            inside, outside = await tampered(scene, act, f"{name}{trial}", tmp_path / "none")
            assert inside.verdict == outside.verdict == Verdict.BAD, (name, trial)


@TRIALS
async def test_five_kinds_are_found_with_heads_of_others_only(scene: Scene, tmp_path: Path, trials: int) -> None:
    for name, act in FOUND_OUTSIDE.items():
        for trial in range(trials):
            inside, outside = await tampered(scene, act, f"{name}{trial}", tmp_path / f"{name}{trial}")
            # The negative control: without a head kept elsewhere such a thief is perfect.
            assert inside.verdict == Verdict.SOUND, (name, trial, inside)
            assert outside.verdict == Verdict.BAD, (name, trial)
            kinds = {one.kind for one in outside.findings}
            assert kinds <= {Kind.HEAD_CONTRADICTED, Kind.LOG_SHORTENED}


@TRIALS
async def test_what_was_edited_before_it_was_logged_is_found_by_receipts_only(scene: Scene, trials: int) -> None:
    owner = scene.owner
    for trial in range(trials):
        await owner.execute(tampering.WRITE, f"matter:5{trial}", 1, NOW, '{"n":1}')
        [row] = await owner.fetch(
            "SELECT e.id, e.at, l.leaf FROM event e JOIN event_leaf l ON l.event_id = e.id ORDER BY e.id DESC LIMIT 1"
        )
        text = Receipt(ORIGIN, row["leaf"], row["id"], microseconds(row["at"]), "999900001XK2026000001").text
        receipt = signed(text, WEB_KEY, WEB.sign).whole
        async with owner.transaction():
            await owner.execute("SET LOCAL session_replication_role = replica")
            await owner.execute("UPDATE event SET body = '{}' WHERE id = $1", row["id"])
            await owner.execute(tampering.ANEW)
        head = await tampering.published(owner, scene.folder)
        heads = (*scene.outside.heads, ("witness", head))
        auditor = scene.auditor()
        without = await checked(owner, auditor, Outside(heads))
        assert without.verdict == Verdict.SOUND, "neither the database nor any head knows what the act was before"
        found = await checked(owner, auditor, Outside(heads, (receipt,)))
        assert [one.kind for one in found.findings] == [Kind.RECEIPT_BROKEN]


async def test_what_waits_too_long_and_what_left_the_line_is_found(scene: Scene) -> None:
    await scene.owner.execute(tampering.WRITE, "matter:50", 1, NOW, "{}")
    async with scene.owner.transaction():
        at_once = await examine(scene.owner, scene.auditor(), Outside(), NOW, Frontier(), full=True)
    assert at_once.verdict == Verdict.SOUND
    late = await checked(scene.owner, scene.auditor())
    assert [one.kind for one in late.findings] == [Kind.NOT_LOGGED]
    await scene.owner.execute("DELETE FROM log_pending")
    left = await checked(scene.owner, scene.auditor())
    assert [one.kind for one in left.findings] == [Kind.NOT_LOGGED]


async def test_a_matter_in_which_time_runs_back_is_found(scene: Scene) -> None:
    await scene.owner.execute(tampering.WRITE, "matter:0", tampering.ROUNDS + 1, NOW.replace(year=2025), "{}")
    await scene.owner.execute(tampering.WRITE, "library", 1, NOW, "{}")
    await scene.owner.execute(tampering.WRITE, "library", 2, NOW.replace(year=2025), "{}")
    await tampering.published(scene.owner, scene.folder)
    found = await checked(scene.owner, scene.auditor())
    assert [(one.kind, one.detail) for one in found.findings] == [(Kind.TIME_BACK, f"matter:0#{tampering.ROUNDS + 1}")]


def flipped(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def shortened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("level", ["entries", "0"])
@pytest.mark.parametrize(
    ("spoil", "verdict"), [(flipped, Verdict.BAD), (shortened, Verdict.BAD), (Path.unlink, Verdict.UNCHECKED)]
)
async def test_files_are_read_again_and_a_missing_one_is_not_a_forged_one(
    scene: Scene, level: str, spoil: Callable[[Path], None], verdict: Verdict
) -> None:
    [tile] = [
        one
        for one in (scene.folder / "tile" / level).rglob("*")
        if one.name == str(tampering.STREAMS * tampering.ROUNDS)
    ]
    spoil(tile)
    assert (await checked(scene.owner, scene.auditor())).verdict == verdict


async def test_a_head_of_a_stranger_accuses_nobody(scene: Scene) -> None:
    strange = tuple((name, note.with_signatures()) for name, note in scene.outside.heads)
    forged = tuple((name, type(note)(note.text.replace("\n24\n", "\n25\n"), note.signatures)) for name, note in strange)
    report = await checked(scene.owner, scene.auditor(), Outside(forged[:1], ("nonsense",)))
    assert report.verdict == Verdict.UNCHECKED
    assert len(report.unchecked) == 2
