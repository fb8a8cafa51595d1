"""Where accounts, posts held, sessions, tokens and the record live, and who may see which row.

Guards are made of the permission table, so that a list never shows what a page would refuse. Hashes, sealed secrets
and the keys of throttles are no columns here: nothing can ask for them.
"""

from typing import Final

from domain.access import Permission
from resolvers.reading.declarations import Column, Entity, Filter, Order, Registry, Relation
from resolvers.reading.guards import permission_guard

ACCOUNT: Final = Entity(
    name="account",
    source="account {a}",
    key="id",
    unique=(("login",),),
    guard=permission_guard(Permission.ACCOUNT_READ, "{a}.id"),
    columns={
        "id": Column("{a}.id", "uuid"),
        "login": Column("{a}.login"),
        "name": Column("{a}.name"),
        "state": Column("{a}.state"),
        "must_change_password": Column("{a}.must_change_password", "boolean"),
        "password_changed_at": Column("{a}.password_changed_at", "timestamptz", nullable=True),
        "has_password": Column("{a}.password_hash IS NOT NULL", "boolean"),
        "has_second_factor": Column("{a}.totp_confirmed_at IS NOT NULL", "boolean"),
        "issuer": Column("coalesce({a}.issuer, '')"),
        "subject": Column("coalesce({a}.subject, '')"),
        "created_at": Column("{a}.created_at", "timestamptz"),
        "posts": Column(
            "(SELECT count(*) FROM posting p WHERE p.account_id = {a}.id AND p.valid @> :today)::int", "integer"
        ),
    },
    filters={
        "search": Filter("strpos({a}.login || ' ' || lower({a}.name), :value) > 0", columns=("login", "name")),
        "state": Filter("{a}.state = :value", columns=("state",)),
    },
    orders={"login": Order(("login",))},
    relations={
        "postings": Relation("has_many", "posting", "id", "account_id", "latest"),
        "sessions": Relation("has_many", "session", "id", "account_id", "latest", 50),
    },
)

POSTING: Final = Entity(
    name="posting",
    source="posting {p} JOIN post {t} ON {t}.id = {p}.post_id JOIN unit {u} ON {u}.id = {t}.unit_id"
    " JOIN body {b} ON {b}.id = {u}.body_id JOIN government {g} ON {g}.id = {b}.government_id",
    key="id",
    guard=permission_guard(Permission.ACCOUNT_READ, "{p}.account_id"),
    columns={
        "id": Column("{p}.id", "bigint"),
        "account_id": Column("{p}.account_id", "uuid"),
        "post_id": Column("{t}.id", "bigint"),
        "post": Column("{t}.name"),
        "roles": Column("{t}.roles", "text[]"),
        "unit": Column("{u}.name"),
        "body": Column("{b}.name"),
        "body_code": Column("{b}.code"),
        "government": Column("{g}.name"),
        "valid_from": Column("lower({p}.valid)", "date", nullable=True),
        "valid_until": Column("upper({p}.valid)", "date", nullable=True),
        "is_current": Column(
            "{p}.valid @> :today AND {t}.valid @> :today AND {u}.valid @> :today AND {b}.valid @> :today", "boolean"
        ),
        "granted_at": Column("{p}.granted_at", "timestamptz"),
    },
    orders={"latest": Order(("id",), descending=True)},
)

SESSION: Final = Entity(
    name="session",
    source="session {s}",
    key="id",
    guard=permission_guard(Permission.ACCOUNT_READ, "{s}.account_id"),
    columns={
        "id": Column("{s}.id", "bigint"),
        "account_id": Column("{s}.account_id", "uuid"),
        "created_at": Column("{s}.created_at", "timestamptz"),
        "last_seen_at": Column("{s}.last_seen_at", "timestamptz"),
        "expires_at": Column("{s}.expires_at", "timestamptz"),
        "verified": Column("{s}.verified_at IS NOT NULL", "boolean"),
        "method": Column("{s}.method"),
    },
    scopes={"live": "{s}.ended_at IS NULL AND {s}.expires_at > :now"},
    orders={"latest": Order(("id",), descending=True)},
)

TOKEN: Final = Entity(
    name="token",
    source="api_token {k} LEFT JOIN account {a} ON {a}.id = {k}.created_by",
    key="id",
    unique=(("created_at", "name"),),
    guard=permission_guard(Permission.TOKEN_READ),
    columns={
        "id": Column("{k}.id", "uuid"),
        "name": Column("{k}.id::text"),
        "holder": Column("{k}.holder"),
        "scopes": Column("{k}.scopes", "text[]"),
        "created_by": Column("coalesce({a}.name, '')"),
        "created_at": Column("{k}.created_at", "timestamptz"),
        "expires_at": Column("{k}.expires_at", "timestamptz"),
        "revoked_at": Column("{k}.revoked_at", "timestamptz", nullable=True),
        "is_live": Column("{k}.revoked_at IS NULL AND {k}.expires_at > :now", "boolean"),
    },
    orders={"latest": Order(("created_at", "name"), descending=True)},
)

POST: Final = Entity(
    name="post",
    source="post {t} JOIN unit {u} ON {u}.id = {t}.unit_id JOIN body {b} ON {b}.id = {u}.body_id",
    key="id",
    unique=(("unit_id", "post"),),
    # Which posts there are is asked by whoever grants them; the rule about oneself is the granting's own.
    guard=permission_guard(Permission.POSTING_GRANT),
    columns={
        "id": Column("{t}.id", "bigint"),
        "post": Column("{t}.name"),
        "duty": Column("{t}.duty"),
        "roles": Column("{t}.roles", "text[]"),
        "unit_id": Column("{u}.id", "bigint"),
        "unit": Column("{u}.name"),
        "body_code": Column("{b}.code"),
    },
    filters={"body": Filter("{b}.code = :value", columns=("body_code",))},
    scopes={"today": "{t}.valid @> :today AND {u}.valid @> :today AND {b}.valid @> :today"},
    orders={"unit": Order(("unit_id", "id"))},
)

_EVENT: Final = {
    "id": Column("{e}.id", "bigint"),
    "stream": Column("{e}.stream"),
    "seq": Column("{e}.seq", "integer"),
    "kind": Column("{e}.kind"),
    "actor_id": Column("{e}.actor_id", "uuid", nullable=True),
    "actor_name": Column("{e}.actor_name"),
    "body_code": Column("{e}.body_code"),
    "at": Column("{e}.at", "timestamptz"),
    "body": Column("{e}.body"),
    # Whose account the act was about, for people: an identifier tells them nothing.
    "about_name": Column(
        "coalesce((SELECT n.name || '（' || n.login || '）' FROM account n WHERE n.id = CASE WHEN {e}.stream LIKE"
        " 'account:%' AND length({e}.stream) = 44 THEN substr({e}.stream, 9)::uuid END), '')"
    ),
}

EVENT: Final = Entity(
    name="event",
    source="event {e}",
    key="id",
    guard=permission_guard(Permission.RECORD_READ),
    columns=_EVENT,
    filters={
        "stream": Filter("{e}.stream = :value", columns=("stream",), skewed=True),
        "about": Filter("split_part({e}.stream, ':', 1) = :value", columns=("stream",), skewed=True),
        "kind": Filter("{e}.kind = :value", columns=("kind",), skewed=True),
        "actor": Filter("strpos({e}.actor_name, :value) > 0", columns=("actor_name",), skewed=True),
        "since": Filter("{e}.at >= :value", "timestamptz", ("at",)),
        "until": Filter("{e}.at < :value", "timestamptz", ("at",)),
    },
    orders={"latest": Order(("at", "id"), descending=True)},
)

ACCOUNT_EVENT: Final = Entity(
    name="account_event",
    source="event {e} JOIN account {a} ON {e}.stream = 'account:' || {a}.id::text",
    key="id",
    guard=permission_guard(Permission.ACCOUNT_READ, "{a}.id"),
    columns=_EVENT,
    filters={"account": Filter("{e}.stream = 'account:' || :value::text AND {a}.id = :value", "uuid", ("stream",))},
    orders={"latest": Order(("id",), descending=True)},
)

FINDING: Final = Entity(
    name="log_finding",
    source="log_finding {f}",
    key="id",
    guard=permission_guard(Permission.RECORD_READ),
    columns={
        "id": Column("{f}.id", "bigint"),
        "kind": Column("{f}.kind"),
        "place": Column("{f}.place"),
        "detail": Column("{f}.detail"),
        "seen_at": Column("{f}.seen_at", "timestamptz"),
    },
    orders={"latest": Order(("id",), descending=True)},
)

ACCESS: Final = Registry((ACCOUNT, POSTING, SESSION, TOKEN, POST, EVENT, ACCOUNT_EVENT, FINDING))
