"""The power library: items, their immutable versions, and the bitemporal periods that say which version holds when.

A version is a document and never changes. A period says: from the moment ``lower(recorded)`` on, the library held
that on the days ``valid`` the item was as in this version. A change closes the recorded end of the periods it
replaces and adds new ones; nothing is overwritten (003-21, 003-24; house §4).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE, ExcludeConstraint
from sqlmodel import Field, SQLModel

from domain.tables.base import identity_column, json_column, moment_column, one_of, reference_column, text_column

CHANGES = ("add", "modify", "suspend", "resume", "cancel", "delegate", "merge", "split", "correct")
STATUSES = ("in_use", "suspended", "cancelled")


def projected(path: str, default: str = "") -> Any:
    """Return a stored generated column: one field of the content, so that it can never drift from it."""
    return Field(
        default=None,
        sa_column=Column(Text, Computed(f"coalesce(content ->> '{path}', '{default}')", persisted=True)),
    )


class PowerItem(SQLModel, table=True):
    """The identity of a power item: a government's library, a code scheme and a code."""

    __tablename__ = "power_item"
    __table_args__ = (UniqueConstraint("government_id", "scheme", "code"), Index("ix_power_item_code", "code"))
    id: int | None = identity_column()
    government_id: int = reference_column("government.id", index=False)
    scheme: str = text_column()
    code: str = text_column()


class PowerVersion(SQLModel, table=True):
    """One immutable version of an item: its content, who changed what and why."""

    __tablename__ = "power_version"
    __table_args__ = (
        UniqueConstraint("item_id", "no"),
        one_of("change", CHANGES),
        one_of("coalesce(content ->> 'status', 'in_use')", STATUSES, name="status"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        Index("ix_power_version_code", "code", "item_id"),
        Index("ix_power_version_category", "category", "code", "item_id"),
        Index("ix_power_version_body", "body_code", "code", "item_id"),
        Index("ix_power_version_recorded", "recorded_at", "id"),
        # The beginning of the key: a name may have 1,000 characters, an index row may not.
        Index("ix_power_version_name", text("left(name_key, 120)"), "item_id"),
    )
    id: int | None = identity_column()
    item_id: int = reference_column("power_item.id", index=False)
    no: int
    content: dict[str, Any] = json_column()
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    change: str = text_column()
    reason: str = text_column(default="")
    batch_id: Any = Field(sa_column=Column(BigInteger, ForeignKey("batch.id"), nullable=False, index=True))
    recorded_at: datetime = moment_column()
    name_key: str = text_column(default="")
    code: str | None = projected("code")
    name: str | None = projected("name")
    sub_item: str | None = projected("sub_item")
    category: str | None = projected("category")
    status: str | None = projected("status", "in_use")
    level: str | None = projected("level")
    body_code: str | None = projected("body")


class PowerPeriod(SQLModel, table=True):
    """What was held, from when to when, about which days of an item."""

    __tablename__ = "power_period"
    __table_args__ = (
        CheckConstraint("NOT isempty(valid) AND NOT isempty(recorded)", name="not_empty"),
        ExcludeConstraint(
            ("item_id", "="), ("valid", "&&"), ("recorded", "&&"), using="gist", name="ex_power_period_one_truth"
        ),
        Index("ix_power_period_version", "version_id"),
        Index(
            "ix_power_period_current",
            "version_id",
            "valid",
            postgresql_where="upper_inf(recorded)",
        ),
    )
    id: int | None = identity_column()
    item_id: int = reference_column("power_item.id", index=False)
    version_id: int = reference_column("power_version.id", index=False)
    valid: Any = Field(sa_column=Column(DATERANGE, nullable=False))
    recorded: Any = Field(sa_column=Column(TSTZRANGE, nullable=False))


class PowerBenchmark(SQLModel, table=True):
    """A projection of ``power_version.content -> benchmarks``, so that benchmarks can be listed and found."""

    __tablename__ = "power_benchmark"
    version_id: int = Field(sa_column=Column(BigInteger, ForeignKey("power_version.id"), primary_key=True))
    position: int = Field(primary_key=True)
    violation: str = text_column()


class ChartVersion(SQLModel, table=True):
    """One immutable version of a generic chart (000-8)."""

    __tablename__ = "chart_version"
    __table_args__ = (UniqueConstraint("government_id", "code", "no"),)
    id: int | None = identity_column()
    government_id: int = reference_column("government.id", index=False)
    code: str = text_column()
    no: int
    content: dict[str, Any] = json_column()
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    batch_id: int = reference_column("batch.id", index=False)
    recorded_at: datetime = moment_column()


class LibraryHead(SQLModel, table=True):
    """The library's revision: one row, raised by one with every confirmed batch; locked while one is confirmed."""

    __tablename__ = "library_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    revision: int = Field(sa_column=Column(BigInteger, nullable=False))
    changed_at: datetime | None = moment_column(nullable=True)
