"""Where reports, their published editions and published figures live (003-6, 003-10), and who may see which.

Editions and figures are for everybody. What is being written is for whoever writes it, receives it or watches.
"""

from typing import Final

from domain.access import Permission
from resolvers.reading.declarations import EVERYBODY, Column, Entity, Filter, Order, Registry
from resolvers.reading.guards import permission_guard

_PUBLICATION_COLUMNS: Final = {
    "id": Column("{p}.id", "bigint"),
    "report_id": Column("{p}.report_id", "bigint"),
    "government_id": Column("{p}.government_id", "bigint"),
    "body_code": Column("{p}.body_code"),
    "body_name": Column("{p}.body_name"),
    "period": Column("{p}.period"),
    "edition": Column("{p}.edition", "integer"),
    "title": Column("{p}.title"),
    "content": Column("{p}.content", "jsonb"),
    "note": Column("{p}.note"),
    "digest_hex": Column("encode({p}.digest, 'hex')"),
    "pdf_file": Column("{p}.pdf_file"),
    "pdf_size": Column("{p}.pdf_size", "integer"),
    "published_at": Column("{p}.published_at", "timestamptz"),
    "replaced_at": Column("{p}.replaced_at", "timestamptz", nullable=True),
    "current": Column("({p}.replaced_at IS NULL)", "boolean"),
}


def _publication(kind: str) -> Entity:
    return Entity(
        name=kind,
        source="publication {p}",
        key="id",
        guard=f"{{p}}.kind = '{kind}'",
        columns=_PUBLICATION_COLUMNS,
        filters={
            "id": Filter("{p}.id = :value", "bigint", ("id",)),
            "report": Filter("{p}.report_id = :value", "bigint", ("report_id",)),
            "period": Filter("{p}.period = :value", columns=("period",), skewed=True),
            "year": Filter("starts_with({p}.period, :value)", columns=("period",), skewed=True),
            "body": Filter("{p}.body_code = :value", columns=("body_code",), skewed=True),
            "government": Filter("{p}.government_id = :value", "bigint", ("government_id",), skewed=True),
            "current": Filter("({p}.replaced_at IS NULL) = :value", "boolean", ("replaced_at",), skewed=True),
        },
        orders={
            "latest": Order(("period", "id"), descending=True),
            "published": Order(("published_at", "id"), descending=True),
        },
    )


BULLETIN: Final = _publication("bulletin")
ANNUAL_REPORT: Final = _publication("annual_report")

_ITS_BODY: Final = " LEFT JOIN body {b} ON {b}.code = {f}.body_code"
METRIC_FIGURE: Final = Entity(
    name="metric_figure",
    source=f"metric_figure {{f}}{_ITS_BODY}",
    key="id",
    guard=EVERYBODY,
    columns={
        "id": Column("{f}.id", "bigint"),
        "government_id": Column("{f}.government_id", "bigint"),
        "period": Column("{f}.period"),
        "metric": Column("{f}.metric"),
        "body_code": Column("{f}.body_code"),
        "body_name": Column("coalesce({b}.name, '')"),
        "category": Column("{f}.category"),
        "no": Column("{f}.no", "integer"),
        "value": Column("{f}.value", "bigint", nullable=True),
        "restated": Column("{f}.restated", "boolean"),
        "previous": Column("{f}.previous", "bigint", nullable=True),
        "published_at": Column("{f}.published_at", "timestamptz"),
    },
    filters={
        "id": Filter("{f}.id = :value", "bigint", ("id",)),
        "period": Filter("{f}.period = :value", columns=("period",), skewed=True),
        "metric": Filter("{f}.metric = :value", columns=("metric",), skewed=True),
        "body": Filter("{f}.body_code = :value", columns=("body_code",), skewed=True),
        "government": Filter("{f}.government_id = :value", "bigint", ("government_id",), skewed=True),
        "by": Filter(
            "CASE :value WHEN 'body' THEN {f}.body_code <> '' WHEN 'category' THEN {f}.category <> ''"
            " ELSE {f}.body_code = '' AND {f}.category = '' END",
            columns=("body_code", "category"),
            skewed=True,
        ),
    },
    orders={"latest": Order(("period", "body_code", "category", "metric", "id"), descending=True)},
    scopes={"current": "{f}.replaced_at IS NULL", "all": "true"},
    skewed_scopes=frozenset({"current", "all"}),
    dispensable={"b": _ITS_BODY},
)

_BODIES: Final = {"bodies": "ARRAY[{r}.body_code]", "government": "{r}.government_id"}
REPORT: Final = Entity(
    name="report",
    source="report {r} JOIN body {b} ON {b}.code = {r}.body_code",
    key="id",
    guard=(
        f"({{r}}.kind = 'annual_report' AND ({permission_guard(Permission.REPORT_READ, **_BODIES)}))"
        f" OR ({{r}}.kind = 'bulletin' AND ({permission_guard(Permission.BULLETIN_READ, **_BODIES)}))"
    ),
    columns={
        "id": Column("{r}.id", "bigint"),
        "kind": Column("{r}.kind"),
        "government_id": Column("{r}.government_id", "bigint"),
        "body_code": Column("{r}.body_code"),
        "body_name": Column("{b}.name"),
        "period": Column("{r}.period"),
        "state": Column("{r}.state"),
        "edition": Column("{r}.edition", "integer"),
        "no": Column("{r}.no", "integer"),
        "content": Column("{r}.content", "jsonb"),
        "note": Column("{r}.note"),
        "due_on": Column("{r}.due_on", "date", nullable=True),
        "late": Column("{r}.late", "boolean"),
        "missed": Column("({r}.missed_at IS NOT NULL)", "boolean"),
        "opened_at": Column("{r}.opened_at", "timestamptz"),
        "changed_at": Column("{r}.changed_at", "timestamptz"),
        "submitted_at": Column("{r}.submitted_at", "timestamptz", nullable=True),
        "submitted_by": Column("{r}.submitted_by", "uuid", nullable=True),
        "writers": Column("{r}.writers", "uuid[]"),
    },
    filters={
        "id": Filter("{r}.id = :value", "bigint", ("id",)),
        "kind": Filter("{r}.kind = :value", columns=("kind",), skewed=True),
        "period": Filter("{r}.period = :value", columns=("period",), skewed=True),
        "body": Filter("{r}.body_code = :value", columns=("body_code",), skewed=True),
    },
    orders={"latest": Order(("period", "id"), descending=True), "body": Order(("body_code", "id"))},
)

# One's own: what somebody was told at the desk.
NOTICE: Final = Entity(
    name="notice",
    source="notice_copy {c} JOIN notice {n} ON {n}.id = {c}.notice_id",
    key="id",
    guard="(:actor_kind = 'official' AND coalesce({c}.account_id = :actor_account, false) AND {c}.channel = 'desk')",
    columns={
        "id": Column("{c}.id", "bigint"),
        "title": Column("{c}.title"),
        "body": Column("{c}.body"),
        "template": Column("{n}.template"),
        "clause": Column("{n}.clause"),
        "address": Column("{n}.address"),
        "made_at": Column("{c}.made_at", "timestamptz"),
        "read_at": Column("{c}.read_at", "timestamptz", nullable=True),
    },
    filters={"id": Filter("{c}.id = :value", "bigint", ("id",))},
    orders={"latest": Order(("id",), descending=True)},
)

REPORTS: Final = Registry((BULLETIN, ANNUAL_REPORT, METRIC_FIGURE, REPORT, NOTICE))
"""What is published of reports and figures, what is being written for those who may see it, and one's own notices."""
