"""Where materials live, and who may see which: whoever may see the matter that they are for."""

from typing import Final

from resolvers.reading.declarations import Column, Entity, Filter, Order, Registry
from resolvers.reading.matters import GUARD

MATERIAL: Final = Entity(
    name="material",
    source="material {f} JOIN matter {m} ON {m}.id = {f}.matter_id",
    key="id",
    unique=(("no",),),
    guard=GUARD,
    columns={
        "id": Column("{f}.id", "uuid"),
        "no": Column("{f}.no", "bigint"),
        "matter_id": Column("{m}.id", "bigint"),
        "party_kind": Column("{m}.party_kind"),
        "body_code": Column("{m}.body_code"),
        "digest": Column("{f}.digest"),
        "name": Column("{f}.name"),
        "title": Column("{f}.title"),
        "kind_code": Column("{f}.kind"),
        "size": Column("{f}.size", "bigint"),
        "side": Column("{f}.side"),
        "sender": Column("{f}.sender"),
        "uploaded_by": Column("{f}.uploaded_by", "uuid", nullable=True),
        "uploaded_by_name": Column("{f}.uploaded_by_name"),
        "uploaded_at": Column("{f}.uploaded_at", "timestamptz"),
        "scan": Column("{f}.scan"),
        "seq": Column("{f}.seq", "integer", nullable=True),
        "taken_at": Column("{f}.taken_at", "timestamptz", nullable=True),
    },
    filters={
        "matter": Filter("{f}.matter_id = :value", "bigint", ("matter_id",)),
        "loose": Filter("({f}.seq IS NULL) = :value", "boolean", ("seq",)),
    },
    orders={"handed_in": Order(("no",))},
)

MATERIALS: Final = Registry((MATERIAL,))
