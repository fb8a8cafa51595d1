"""Search: what is found, and how the index follows the library."""

from collections.abc import Sequence

from resolvers.context import UnitOfWork


async def index_versions(uow: UnitOfWork, version_ids: Sequence[int]) -> None:
    """Index new versions in the transaction that adds them."""
