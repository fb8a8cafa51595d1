"""Where the library's data live, and who may see them.

What is confirmed in the library is public (003-26): the row guards say so in so many words. Every statement over
these entities carries the guard, so an entity that is not for everybody only needs another predicate here.
"""

from dataclasses import replace
from typing import Final

from resolvers.reading.declarations import EVERYBODY, Column, Entity, Filter, Order, Registry, Relation

LIBRARY_GUARD: Final = EVERYBODY
"""Who may see what a confirmed batch has put into the library."""

IN_FORCE: Final = "coalesce({p}.valid @> :valid_on, false) AND upper_inf({p}.recorded)"
"""The periods of a day as the library holds them now.

The day is compared inside ``coalesce``: a plan made for any day takes a bare ``@>`` to leave one row in two hundred,
and sorts a hundred thousand periods for a page of twenty (325 ms instead of 0.1). Nearly all of them hold.
"""

AS_KNOWN: Final = "coalesce({p}.valid @> :valid_on, false) AND coalesce({p}.recorded @> :recorded_at, false)"
"""The periods of a day as the library held them at a time."""

SKEWED_SCOPES: Final = frozenset({"as_known"})
SCOPES: Final = {"in_force": IN_FORCE, "as_known": AS_KNOWN}

_QUOTED: Final = (
    # What RFC 3986 leaves unreserved stands as it is, everything else as its UTF-8 octets.
    "CASE WHEN {v}.code !~ '[^A-Za-z0-9_.~-]' THEN {v}.code ELSE (SELECT string_agg(CASE WHEN l.c ~ '[A-Za-z0-9_.~-]'"
    " THEN l.c ELSE upper(regexp_replace(encode(convert_to(l.c, 'UTF8'), 'hex'), '(..)', '%\\1', 'g')) END, '' ORDER BY l.n)"
    " FROM unnest(string_to_array({v}.code, NULL)) WITH ORDINALITY l(c, n)) END"
)
_VERSION: Final = {
    "item_id": Column("{v}.item_id", "bigint"),
    "version_id": Column("{v}.id", "bigint"),
    "no": Column("{v}.no", "integer"),
    "code": Column("{v}.code"),
    "name": Column("{v}.name"),
    "sub_item": Column("{v}.sub_item"),
    "category": Column("{v}.category"),
    "status": Column("{v}.status"),
    "level": Column("{v}.level"),
    "body_code": Column("{v}.body_code"),
    "body_name": Column("coalesce({v}.content ->> 'body_name', '')"),
    "change": Column("{v}.change"),
    "reason": Column("{v}.reason"),
    "recorded_at": Column("{v}.recorded_at", "timestamptz"),
    "power_path": Column(f"'/powers/' || {_QUOTED}"),
    "version_path": Column(f"'/powers/' || {_QUOTED} || '/versions/' || {{v}}.no"),
}
_IDENTITY: Final = {
    "government_id": Column("{i}.government_id", "bigint"),
    "scheme": Column("{i}.scheme"),
}
_DOCUMENT: Final = {
    "handling_unit": Column("coalesce({v}.content ->> 'handling_unit', '')"),
    "content": Column("{v}.content", "jsonb"),
    "digest": Column("{v}.digest", "bytea"),
    "digest_hex": Column("encode({v}.digest, 'hex')"),
    "batch_id": Column("{v}.batch_id", "bigint"),
    "law_ids": Column(
        "ARRAY(SELECT b.law_id FROM power_basis b WHERE b.version_id = {v}.id ORDER BY b.position)", "bigint[]"
    ),
    "law_positions": Column(
        "ARRAY(SELECT b.position FROM power_basis b WHERE b.version_id = {v}.id ORDER BY b.position)", "integer[]"
    ),
}
_PERIOD: Final = {
    "valid_from": Column("lower({p}.valid)", "date", nullable=True),
    "valid_until": Column("upper({p}.valid)", "date", nullable=True),
    "known_from": Column("lower({p}.recorded)", "timestamptz", nullable=True),
    "known_until": Column("upper({p}.recorded)", "timestamptz", nullable=True),
}
_OF_GOVERNMENT: Final = (
    "= (SELECT g.id FROM government g WHERE g.division_code = :value AND g.valid @> :valid_on LIMIT 1)"
)
"""The government that has a division code on the day: codes are abolished and given to others."""


def _all_terms(*texts: str) -> str:
    """Return the predicate that every term of ``:value`` (in normal form) is in one of some short texts."""
    absent = " AND ".join(
        f"strpos(translate(lower({text}), '（）()《》〈〉“”·、，,。；：:—-  ', ''), t) = 0" for text in texts
    )
    return f"NOT EXISTS (SELECT 1 FROM unnest(:value) t WHERE {absent})"


_ITS_ITEM: Final = " JOIN power_item {i} ON {i}.id = {v}.item_id"
_ITS_GOVERNMENT: Final = " JOIN government {g} ON {g}.id = {b}.government_id"

POWER: Final = Entity(
    name="power",
    source="power_version {v} JOIN power_period {p} ON {p}.version_id = {v}.id" + _ITS_ITEM,
    dispensable={"i": _ITS_ITEM},
    key="item_id",
    unique=(("version_id",),),
    guard=LIBRARY_GUARD,
    # A period names its version and its days, which never change; only the end of its record is written once.
    stamp="{p}.id::text",
    passing=frozenset({"known_until"}),
    pieces_by="version_id",
    scopes=SCOPES,
    skewed_scopes=SKEWED_SCOPES,
    columns={
        **_VERSION,
        **_IDENTITY,
        **_DOCUMENT,
        **_PERIOD,
        # A name may have 1,000 characters; an index row may not.
        "name_key": Column("left({v}.name_key, 120)"),
    },
    filters={
        "code": Filter("{v}.code = :value", columns=("code",)),
        "item": Filter("{v}.item_id = :value", "bigint", ("item_id",)),
        "versions": Filter("{v}.id = ANY(:value)", "bigint[]", ("version_id",), skewed=True),
        "body": Filter("{v}.body_code = :value", columns=("body_code",)),
        "category": Filter("{v}.category = ANY(:value)", "text[]", ("category",), skewed=True),
        # With one value the index on category and code gives the rows in order; with several it cannot.
        "one_category": Filter("{v}.category = :value", columns=("category",), skewed=True),
        "status": Filter("{v}.status = ANY(:value)", "text[]", ("status",), skewed=True),
        "level": Filter("{v}.level = ANY(:value)", "text[]", ("level",), skewed=True),
        "government": Filter("{i}.government_id " + _OF_GOVERNMENT, columns=("government_id",), skewed=True),
        "law": Filter(
            "{v}.id IN (SELECT b.version_id FROM power_basis b WHERE b.law_id = :value)", "bigint", skewed=True
        ),
        # The value is the law's id and the article, both as text.
        "law_article": Filter(
            "{v}.id IN (SELECT b.version_id FROM power_basis b"
            " WHERE b.law_id = (:value)[1]::bigint AND b.article = (:value)[2])",
            "text[]",
            skewed=True,
        ),
        "updated_since": Filter("{v}.recorded_at >= :value", "timestamptz", ("recorded_at",), skewed=True),
        "terms": Filter(
            "EXISTS (SELECT 1 FROM power_search s WHERE s.version_id = {v}.id AND NOT EXISTS (SELECT 1"
            " FROM unnest(:value) t WHERE strpos(s.name_key, t) = 0 AND strpos(s.sub_key, t) = 0"
            " AND strpos(s.code_key, t) = 0 AND strpos(s.near_key, t) = 0 AND strpos(s.other_key, t) = 0))",
            "text[]",
            skewed=True,
        ),
    },
    orders={
        "code": Order(("code", "item_id")),
        "name": Order(("name_key", "item_id")),
        "changed": Order(("recorded_at", "version_id"), descending=True),
    },
    relations={
        "body": Relation("belongs_to", "body", "body_code", "code"),
        "government": Relation("belongs_to", "government", "government_id", "id"),
        "versions": Relation("has_many", "version", "item_id", "item_id", "number"),
    },
)

POWER_OF_GOVERNMENT: Final = replace(
    POWER,
    source=POWER.source + " JOIN power_search {s} ON {s}.version_id = {v}.id",
    columns={**POWER.columns, "government_id": Column("{s}.government_id", "bigint"), "code": Column("{s}.code")},
    filters={
        **POWER.filters,
        "government": Filter("{s}.government_id " + _OF_GOVERNMENT, columns=("government_id",), skewed=True),
        # The same columns, but where a row is refused before its version is looked up.
        "body": Filter("{s}.body_code = :value", columns=("body_code",), skewed=True),
        **{
            name: Filter(f"{{s}}.{name} = ANY(:value)", "text[]", (name,), skewed=True)
            for name in ("category", "status", "level")
        },
        "one_category": Filter("{s}.category = :value", columns=("category",), skewed=True),
    },
)
"""The same items, read along the codes of one government: its codes may stand far behind in the order of all."""

VERSION: Final = Entity(
    name="version",
    source="power_version {v}" + _ITS_ITEM,
    dispensable={"i": _ITS_ITEM},
    key="version_id",
    unique=(("item_id", "no"),),
    guard=LIBRARY_GUARD,
    stamp="{v}.id::text",
    passing=frozenset({"valid_from"}),
    unchanging=True,
    columns={
        **_VERSION,
        **_IDENTITY,
        **_DOCUMENT,
        "valid_from": Column(
            "(SELECT min(lower(p.valid)) FROM power_period p WHERE p.version_id = {v}.id)", "date", nullable=True
        ),
    },
    filters={
        "code": Filter("{v}.code = :value", columns=("code",)),
        "item": Filter("{v}.item_id = :value", "bigint", ("item_id",)),
        # Of a code that several governments or schemes use, the item that was entered first.
        "item_of_code": Filter(
            "{v}.item_id = (SELECT min(w.item_id) FROM power_version w WHERE w.code = :value)",
            columns=("item_id", "code"),
        ),
        "version": Filter("{v}.id = :value", "bigint", ("version_id",)),
        "no": Filter("{v}.no = :value", "bigint", ("no",)),
        "since": Filter("{v}.recorded_at >= :value", "timestamptz", ("recorded_at",)),
        "body": Filter("{v}.body_code = :value", columns=("body_code",), skewed=True),
    },
    orders={
        "number": Order(("item_id", "no"), descending=True),
        "latest": Order(("recorded_at", "version_id"), descending=True),
    },
    relations={
        "periods": Relation("has_many", "period", "version_id", "version_id", "recorded"),
        "body": Relation("belongs_to", "body", "body_code", "code"),
        "government": Relation("belongs_to", "government", "government_id", "id"),
    },
)

PERIOD: Final = Entity(
    name="period",
    source="power_period {p}",
    key="id",
    guard=LIBRARY_GUARD,
    columns={"id": Column("{p}.id", "bigint"), "version_id": Column("{p}.version_id", "bigint"), **_PERIOD},
    orders={"recorded": Order(("id",))},
)

BENCHMARK: Final = Entity(
    name="benchmark",
    source="power_benchmark {k} JOIN power_version {v} ON {v}.id = {k}.version_id"
    " JOIN power_period {p} ON {p}.version_id = {v}.id",
    key="version_id",
    unique=(("item_id", "position"),),
    guard=LIBRARY_GUARD,
    scopes=SCOPES,
    skewed_scopes=SKEWED_SCOPES,
    columns={
        **_VERSION,
        "position": Column("{k}.position", "integer"),
        "violation": Column("{k}.violation"),
        "benchmark": Column("{v}.content -> 'benchmarks' -> ({k}.position - 1)", "jsonb"),
    },
    filters={
        "code": Filter("{v}.code = :value", columns=("code",)),
        "body": Filter("{v}.body_code = :value", columns=("body_code",), skewed=True),
        "search": Filter(_all_terms("{k}.violation"), "text[]", ("violation",), skewed=True),
    },
    orders={"code": Order(("code", "item_id", "position"))},
    relations={"body": Relation("belongs_to", "body", "body_code", "code")},
)

_BODY_ITEMS: Final = (
    "(SELECT coalesce(sum(t.items), 0)::bigint FROM power_tally t"
    " WHERE t.body_code = {b}.code AND t.valid @> :valid_on AND upper_inf(t.recorded) AND t.status <> 'cancelled')"
)
BODY: Final = Entity(
    name="body",
    source="body {b}" + _ITS_GOVERNMENT,
    dispensable={"g": _ITS_GOVERNMENT},
    key="id",
    guard=EVERYBODY,
    # The transaction that wrote a row is another for every state of it, though not for every row that it wrote; of a
    # row of another table it says nothing.
    stamp="{b}.id::text || '.' || {b}.xmin::text",
    passing=frozenset({"items", "government_name", "division_code"}),
    columns={
        "id": Column("{b}.id", "bigint"),
        **{
            name: Column("{b}." + name)
            for name in ("code", "number", "name", "short_name", "usc_code", "kind", "name_key")
        },
        **{name: Column("{b}." + name) for name in ("place", "contact_phone", "supervision_phone")},
        **{name: Column("{b}." + name, "text[]") for name in ("aliases", "offices", "duties")},
        "government_id": Column("{b}.government_id", "bigint"),
        "government_name": Column("{g}.name"),
        "division_code": Column("{g}.division_code"),
        "parent_id": Column("{b}.parent_id", "bigint", nullable=True),
        "valid_from": Column("lower({b}.valid)", "date", nullable=True),
        "valid_until": Column("upper({b}.valid)", "date", nullable=True),
        "items": Column(_BODY_ITEMS, "bigint"),
    },
    filters={
        "id": Filter("{b}.id = :value", "bigint", ("id",)),
        "code": Filter("{b}.code = :value", columns=("code",)),
        "government": Filter("{g}.division_code = :value", columns=("division_code",)),
        "kind": Filter("{b}.kind = :value", columns=("kind",)),
        "parent": Filter("{b}.parent_id = :value", "bigint", ("parent_id",)),
        "search": Filter(
            _all_terms("{b}.name", "{b}.short_name", "array_to_string({b}.aliases, ' ')", "{b}.code"),
            "text[]",
            ("name", "short_name", "aliases", "code"),
        ),
    },
    orders={"name": Order(("name_key", "id")), "code": Order(("code", "id"))},
    relations={
        "government": Relation("belongs_to", "government", "government_id", "id"),
        "units": Relation("has_many", "unit", "id", "body_id", "id"),
        "powers": Relation("connection", "power", "code", "body_code", "code"),
    },
)

GOVERNMENT: Final = Entity(
    name="government",
    source="government {g}",
    key="id",
    guard=EVERYBODY,
    stamp="{g}.id::text || '.' || {g}.xmin::text",
    columns={
        "id": Column("{g}.id", "bigint"),
        **{name: Column("{g}." + name) for name in ("division_code", "name", "short_name", "level")},
        "parent_id": Column("{g}.parent_id", "bigint", nullable=True),
        "valid_from": Column("lower({g}.valid)", "date", nullable=True),
        "valid_until": Column("upper({g}.valid)", "date", nullable=True),
    },
    filters={"id": Filter("{g}.id = :value", "bigint", ("id",))},
    orders={"code": Order(("division_code", "id"))},
    relations={"bodies": Relation("connection", "body", "id", "government_id", "name")},
)

UNIT: Final = Entity(
    name="unit",
    source="unit {u}",
    key="id",
    guard=EVERYBODY,
    columns={
        "id": Column("{u}.id", "bigint"),
        "body_id": Column("{u}.body_id", "bigint"),
        **{name: Column("{u}." + name) for name in ("name", "contact_phone", "place")},
    },
    filters={"id": Filter("{u}.id = :value", "bigint", ("id",))},
    orders={"id": Order(("id",))},
)

LAW_USES_BOUND: Final = 100
LAW: Final = Entity(
    name="law",
    source="law {l}",
    key="id",
    guard=EVERYBODY,
    columns={
        "id": Column("{l}.id", "bigint"),
        **{name: Column("{l}." + name) for name in ("title", "kind", "document_number")},
        "title_key": Column("{l}.title_key"),
        "in_force_from": Column("{l}.in_force_from", "date", nullable=True),
        "in_force_until": Column("{l}.in_force_until", "date", nullable=True),
        # Bounded: the best-known laws carry half of a library.
        "uses": Column(
            # OFFSET 0 keeps the periods a look-up for each basis: joined, all periods would be read for each law.
            "(SELECT count(*) FROM (SELECT 1 FROM power_basis b WHERE b.law_id = {l}.id AND EXISTS (SELECT 1"
            " FROM power_period p WHERE p.version_id = b.version_id AND p.valid @> :valid_on"
            f" AND upper_inf(p.recorded) OFFSET 0) LIMIT {LAW_USES_BOUND + 1}) c)",
            "bigint",
        ),
    },
    filters={
        "id": Filter("{l}.id = :value", "bigint", ("id",)),
        "kind": Filter("{l}.kind = ANY(:value)", "text[]", ("kind",)),
        "search": Filter(_all_terms("{l}.title", "{l}.document_number"), "text[]", ("title", "document_number")),
    },
    orders={"title": Order(("title_key", "id"))},
)

CHART: Final = Entity(
    name="chart",
    source="chart_version {c}",
    key="id",
    guard=LIBRARY_GUARD,
    columns={
        "id": Column("{c}.id", "bigint"),
        "government_id": Column("{c}.government_id", "bigint"),
        "code": Column("{c}.code"),
        "no": Column("{c}.no", "integer"),
        "content": Column("{c}.content", "jsonb"),
        "recorded_at": Column("{c}.recorded_at", "timestamptz"),
    },
    filters={
        "government_id": Filter("{c}.government_id = :value", "bigint", ("government_id",)),
        "known": Filter("{c}.recorded_at <= :value", "timestamptz", ("recorded_at",)),
    },
    orders={"number": Order(("no", "id"))},
)

Registry((POWER_OF_GOVERNMENT, BODY, GOVERNMENT, VERSION, PERIOD, UNIT))
LIBRARY: Final = Registry((POWER, VERSION, PERIOD, BENCHMARK, BODY, GOVERNMENT, UNIT, LAW, CHART))
"""All entities of the library; a wrong declaration stops the program here, at start."""
