"""A public log in the hands of a test: sequenced, published and witnessed when the test says so."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import asyncpg

from deploy import log_keys
from deploy.settings import Settings
from deploy.witness import Witness
from resolvers.addresses import plain_url
from resolvers.log_folder import LogFolder
from resolvers.log_publishing import Publisher
from resolvers.log_sequencing import sequence, take_over
from tests import desks

WITNESS = "archive"


@dataclass
class PublicLog:
    """The log of a test's database with one witness outside; ``settings`` are those of the system that it belongs to."""

    settings: Settings
    owner: asyncpg.Connection
    witness: Witness

    @classmethod
    async def of(cls, database_url: str, owner_url: str, folder: Path, **changes: Any) -> Self:
        """Make keys, a witness and a policy that asks for the witness."""
        plain = desks.settings(database_url, state_dir=folder / "state")
        key = log_keys.log_key(plain)
        witness = Witness(LogFolder(folder / "witness"), WITNESS, [key])
        lines = [f"log {key.text}", f"receipts {log_keys.receipt_key(plain).text}"]
        lines += [f"witness {WITNESS} {witness.key.text} http://archive.example", f"quorum {WITNESS}", ""]
        policy = folder / "given.txt"
        policy.write_text("\n".join(lines), encoding="utf-8")
        given = desks.settings(database_url, state_dir=folder / "state", log_policy=policy, **changes)
        log_keys.policy(given)
        return cls(given, await asyncpg.connect(plain_url(owner_url)), witness)

    async def publish(self) -> None:
        """Bring every committed act under a witnessed head."""
        now = datetime.now(UTC)
        await sequence(await take_over(self.owner), now)

        async def post(_address: str, body: bytes) -> tuple[int, bytes]:
            answer, line = await self.witness.add(body.decode())
            return answer.status, f"{answer.known}\n".encode() if answer.status == 409 else line.encode()

        key, signer = log_keys.log_key(self.settings), log_keys.log_signer(self.settings)
        publisher = Publisher(log_keys.folder(self.settings), key, signer, log_keys.policy(self.settings), post)
        assert await publisher.publish(self.owner, now) is not None

    async def tamper(self, sql: str) -> None:
        """Do as a superuser does who switches the triggers off."""
        async with self.owner.transaction():
            await self.owner.execute("SET LOCAL session_replication_role = replica")
            await self.owner.execute(sql)
