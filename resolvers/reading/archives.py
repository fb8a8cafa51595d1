"""Where the parts of a matter's record live that have left for the archive: for whoever may see the matter (003-33)."""

from typing import Final

from resolvers.reading.declarations import Column, Entity, Filter, Order, Registry
from resolvers.reading.matters import GUARD, ITS_MATTER

GONE: Final = (
    "SELECT a.stream, b.id, b.name, b.month, encode(b.sha256, 'hex') AS digest, min(a.seq) AS first, max(a.seq) AS last"
    " FROM archive_event a JOIN archive_bundle b ON b.id = a.bundle_id"
    " WHERE NOT EXISTS (SELECT FROM event e WHERE e.id = a.event_id) GROUP BY a.stream, b.id"
)
"""Which acts of a stream are in which bundle; a stream that is here is not among them, also where a bundle has a copy."""

ARCHIVED_PART: Final = Entity(
    name="archived_part",
    source=f"({GONE}) {{e}}{ITS_MATTER}",
    key="id",
    unique=(("stream", "bundle_id"),),
    guard=GUARD,
    columns={
        "id": Column("{e}.stream || '/' || {e}.id::text"),
        "stream": Column("{e}.stream"),
        "bundle_id": Column("{e}.id", "bigint"),
        "bundle": Column("{e}.name"),
        "month": Column("{e}.month", "date"),
        "digest": Column("{e}.digest"),
        "first": Column("{e}.first", "integer"),
        "last": Column("{e}.last", "integer"),
    },
    filters={"stream": Filter("{e}.stream = :value", columns=("stream",))},
    orders={"month": Order(("month", "id"))},
)

ARCHIVES: Final = Registry((ARCHIVED_PART,))
"""What a matter tells of the archive."""
