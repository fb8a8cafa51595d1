"""Two more entities that the interface shows: legal bases as a list of their own, and posts without persons."""

from typing import Final

from resolvers.reading.declarations import EVERYBODY, Column, Entity, Filter, Order, Registry
from resolvers.reading.library import LIBRARY, LIBRARY_GUARD, POWER, SCOPES, SKEWED_SCOPES

_STATE: Final = {
    name: POWER.columns[name]
    for name in (
        *("item_id", "version_id", "no", "code", "name", "sub_item", "category", "status", "level", "body_code"),
        *("change", "reason", "recorded_at", "government_id", "scheme", "valid_from", "valid_until"),
    )
}

# 001-7: a legal basis of an item that is in force on the day; position counts from 1 within the item.
BASIS: Final = Entity(
    name="basis",
    source="power_basis {b} JOIN power_version {v} ON {v}.id = {b}.version_id"
    " JOIN power_period {p} ON {p}.version_id = {v}.id JOIN power_item {i} ON {i}.id = {v}.item_id",
    key="version_id",
    unique=(("item_id", "position"), ("version_id", "position")),
    guard=LIBRARY_GUARD,
    scopes=SCOPES,
    skewed_scopes=SKEWED_SCOPES,
    columns={
        **_STATE,
        "position": Column("{b}.position", "integer"),
        "law_id": Column("{b}.law_id", "bigint"),
        "article": Column("{b}.article"),
        "basis": Column("{v}.content -> 'bases' -> ({b}.position - 1)", "jsonb"),
    },
    filters={
        "law": Filter("{b}.law_id = :value", "bigint", ("law_id",), skewed=True),
        "article": Filter("{b}.article = :value", columns=("article",), skewed=True),
        "body": Filter("{v}.body_code = :value", columns=("body_code",), skewed=True),
    },
    # By article is the order of the index on laws: a page of the best-known law touches a page of rows.
    orders={
        "code": Order(("code", "item_id", "position")),
        "article": Order(("article", "version_id", "position")),
    },
    total_bound=1_000,
)

# 003-14: the post, its duty; who holds it is nobody's business here.
POST: Final = Entity(
    name="post",
    source="post {p}",
    key="id",
    guard=EVERYBODY,
    columns={
        "id": Column("{p}.id", "bigint"),
        "unit_id": Column("{p}.unit_id", "bigint"),
        "name": Column("{p}.name"),
        "duty": Column("{p}.duty"),
    },
    filters={"id": Filter("{p}.id = :value", "bigint", ("id",))},
    orders={"id": Order(("id",))},
)

PUBLISHED: Final = Registry((*LIBRARY, BASIS, POST))
"""The library's entities and these two; a wrong declaration stops the program here, at start."""
