"""What finds and counts versions: projections of the library, filled in the transaction that records it."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE, TSVECTOR
from sqlmodel import Field, SQLModel

from domain.tables.base import identity_column, text_column


def plain_text() -> Any:
    """Return a text column compared by code point, whatever the database's collation is."""
    return Field(sa_column=Column(Text(collation="C"), nullable=False))


class PowerSearch(SQLModel, table=True):
    """The normal forms of one version (``domain.search_text``) and the grams that find it.

    ``scatter`` is an order that has nothing to do with content: the first rows in it are a fair sample of all.
    """

    __tablename__ = "power_search"
    __table_args__ = (
        Index(
            "ix_power_search_tokens",
            "tokens",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": "65536"},
        ),
        Index("ix_power_search_scatter", "scatter", "item_id", "version_id"),
        Index("ix_power_search_code", "code_key"),
        Index("ix_power_search_government", "government_id", "code", "item_id"),
        Index("ix_power_search_body", "body_code", "version_id"),
    )
    version_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("power_version.id"), primary_key=True, autoincrement=False)
    )
    item_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    government_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    scatter: int = Field(sa_column=Column(Integer, nullable=False))
    length: int = Field(sa_column=Column(Integer, nullable=False))
    code: str = plain_text()
    body_code: str = text_column()
    category: str = text_column()
    status: str = text_column()
    level: str = text_column()
    code_key: str = plain_text()
    name_key: str = plain_text()
    sub_key: str = plain_text()
    near_key: str = plain_text()
    other_key: str = plain_text()
    tokens: Any = Field(sa_column=Column(TSVECTOR, nullable=False))


class PowerTally(SQLModel, table=True):
    """How many items of a kind the library holds for the days ``valid``, as known during ``recorded``.

    For a day and a time the sum over the rows that contain both is exact; now is where ``recorded`` has no end.
    """

    __tablename__ = "power_tally"
    __table_args__ = (
        Index("ix_power_tally_body", "body_code"),
        Index("ix_power_tally_held", "valid", postgresql_using="gist", postgresql_where="upper_inf(recorded)"),
    )
    id: int | None = identity_column()
    government_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    body_code: str = text_column()
    category: str = text_column()
    status: str = text_column()
    level: str = text_column()
    valid: Any = Field(sa_column=Column(DATERANGE, nullable=False))
    recorded: Any = Field(sa_column=Column(TSTZRANGE, nullable=False))
    items: int = Field(sa_column=Column(Integer, nullable=False))
