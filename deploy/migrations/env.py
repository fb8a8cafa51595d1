"""How Alembic runs here: one migrator at a time, no waiting for locks in front of a live service, one engine.

Started by ``deploy.migrating`` only, which puts the owner's address into ``config.attributes["url"]``.
"""

import asyncio
from typing import Final

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from deploy.roles import OWNER_TO_BECOME
from domain import tables
from resolvers.addresses import sqlalchemy_url

MIGRATORS: Final = 7_260_620_031
"""Key of the advisory lock that lets one migrator work at a time."""

WAIT_FOR_MIGRATOR: Final = "60s"
LOCK_TIMEOUT: Final = "5s"
"""A migration that cannot have its lock fails at once, instead of queueing every reader behind it."""

STATEMENT_TIMEOUT: Final = "300s"

if not tables.__all__:
    raise RuntimeError("importing the tables is what registers them with the metadata")


def _migrate(connection: Connection) -> None:
    """Run the revisions, each in its own transaction, under the migrators' lock."""
    connection.execute(text(f"SET lock_timeout = '{WAIT_FOR_MIGRATOR}'"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATORS})
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    # What a migration makes belongs to the owner, who cannot sign in (`deploy.roles`).
    if owner := connection.execute(text(OWNER_TO_BECOME)).scalar():
        connection.execute(text(f"SET ROLE {owner}"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        transaction_per_migration=True,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _connect_and_migrate() -> None:
    """Open one connection for the run; closing it gives the advisory lock back."""
    engine = create_async_engine(sqlalchemy_url(context.config.attributes["url"]), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_migrate)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(_connect_and_migrate())
