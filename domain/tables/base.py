"""What all tables share: constraint names, text enums with a CHECK, UTC time stamps, JSONB columns."""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Identity, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def one_of(column: str, values: Sequence[str], name: str | None = None) -> CheckConstraint:
    """Return a CHECK that a text column holds one of the values.

    Text with a CHECK instead of a native enum: a state can be added without altering a type.
    """
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)


def text_column(*, nullable: bool = False, default: str | None = None, **options: Any) -> Any:
    """Return an unbounded text column; published texts reach 3,000 characters and more."""
    return Field(sa_column=Column(Text, nullable=nullable, server_default=default, **options))


def json_column(*, nullable: bool = False, default: str | None = None) -> Any:
    """Return a JSONB column."""
    return Field(sa_column=Column(JSONB, nullable=nullable, server_default=default))


def texts_column() -> Any:
    """Return a column of text[] that is empty by default."""
    return Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))


def validity_column() -> Any:
    """Return a ``daterange`` column: the days on which the row is in force, upper end excluded."""
    return Field(sa_column=Column(DATERANGE, nullable=False, server_default="(,)"))


def moment_column(*, nullable: bool = False) -> Any:
    """Return a ``timestamptz`` column; the caller gives the time, the database never does."""
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def identity_column() -> Any:
    """Return a bigint primary key that the database draws."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))


def reference_column(target: str, *, nullable: bool = False, index: bool = True) -> Any:
    """Return a bigint column that refers to ``table.column``."""
    return Field(
        default=None if nullable else ...,
        sa_column=Column(BigInteger, ForeignKey(target), nullable=nullable, index=index),
    )


class _Stored(Protocol):
    id: int | None


def key_of(row: _Stored) -> int:
    """Return the id that the database drew for a row that has been flushed."""
    if row.id is None:
        raise ValueError("the row has not been flushed yet")
    return row.id


def bytes_column(*, nullable: bool = False) -> Any:
    """Return a column of bytes."""
    return Field(default=None, sa_column=Column(LargeBinary, nullable=nullable))
