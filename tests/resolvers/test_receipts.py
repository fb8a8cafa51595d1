"""A receipt is given at once, becomes a proof, and shows what was done to the act in between."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from domain.proof.notes import Note
from domain.proof.policies import Policy
from domain.proof.receipts import LONGEST_RECEIPT, Receipt
from resolvers.addresses import plain_url
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.errors import NotFound
from resolvers.log_folder import LogFolder
from resolvers.log_publishing import Publisher
from resolvers.log_sequencing import sequence, take_over
from resolvers.receipts import Issuer, RecordAltered, proof, receipt
from resolvers.record import append
from tests import factories
from tests.portal.test_verifier import load
from tests.proofs import LOG, LOG_KEY, ORIGIN, WEB, WEB_KEY, SmallLog, policy_text

pytestmark = pytest.mark.clause("R9", "S1")
ABOUT = "999900001XK2026000001"
NO_WITNESS = policy_text().replace("quorum outside", "quorum none")


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(ORIGIN, WEB_KEY, WEB, LogFolder(tmp_path / "log"))


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(plain_url(owner_url))
    yield connection
    await connection.close()


@pytest.fixture
async def ctx(database: Database) -> Context:
    ctx = factories.context(database)
    async with unit_of_work(ctx) as uow:
        for number in range(5):
            await append(uow, "matter:1", "matter.note", {"n": number, "text": "收到申请"})
    return ctx


async def published(owner: asyncpg.Connection, issuer: Issuer, ctx: Context) -> None:
    await sequence(await take_over(owner), ctx.now)

    async def nobody(address: str, body: bytes) -> tuple[int, bytes]:
        raise ConnectionRefusedError(address)

    policy = replace(Policy.parse(NO_WITNESS), addresses={})
    await Publisher(issuer.folder, LOG_KEY, LOG, policy, nobody).publish(owner, ctx.now)


async def test_a_receipt_is_given_at_once_and_exchanged_later(
    ctx: Context, issuer: Issuer, owner: asyncpg.Connection
) -> None:
    verifier = load()
    policy = verifier.policy_of(NO_WITNESS)
    given = await receipt(ctx, issuer, "matter:1", 3, ABOUT)
    assert verifier.checked(given, policy)[0] == verifier.PROMISED
    assert await proof(ctx, issuer, given) is None
    await published(owner, issuer, ctx)
    proven = await proof(ctx, issuer, given)
    assert proven is not None
    assert len(proven.encode()) <= LONGEST_RECEIPT
    code, lines = verifier.checked(proven, policy)
    assert code == verifier.PROVEN
    assert "与当时的凭证一致" in "".join(lines)
    assert ctx.actor.name not in proven
    whole = await proof(ctx, issuer, given, ("head", "body"))
    assert whole is not None
    assert "收到申请" in "".join(verifier.checked(whole, policy)[1])


async def test_an_act_altered_before_it_was_logged_is_found_by_its_receipt(
    ctx: Context, issuer: Issuer, owner: asyncpg.Connection
) -> None:
    given = await receipt(ctx, issuer, "matter:1", 3, ABOUT)
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        await owner.execute("UPDATE event SET body = '{}' WHERE seq = 3")
    with pytest.raises(RecordAltered):
        await receipt(ctx, issuer, "matter:1", 3, ABOUT)
    # The thief covers the tracks and makes the leaf anew; the receipt still remembers.
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        await owner.execute("""
            WITH made AS (SELECT e.id, log_entry(stream, seq, kind, body_code, at, actor_id, actor_name, body, salt) AS entry
                          FROM event e JOIN event_leaf l ON l.event_id = e.id WHERE seq = 3),
            kept AS (UPDATE event_leaf SET entry = made.entry, leaf = sha256('\\x00'::bytea || made.entry)
                     FROM made WHERE event_id = made.id)
            UPDATE log_pending SET entry = made.entry FROM made WHERE event_id = made.id""")
    await published(owner, issuer, ctx)
    with pytest.raises(RecordAltered):
        await proof(ctx, issuer, given)


async def test_what_is_no_receipt_of_ours_is_not_found(ctx: Context, issuer: Issuer) -> None:
    given = await receipt(ctx, issuer, "matter:1", 3, ABOUT)
    assert Receipt.parse(Note.parse(given).text).about == ABOUT
    for wrong in ("", "text", given.replace("act ", "act 1"), SmallLog(3).note.whole):
        with pytest.raises(NotFound):
            await proof(ctx, issuer, wrong)
    with pytest.raises(NotFound):
        await receipt(ctx, issuer, "matter:1", 99, ABOUT)
