"""Laws and documents that powers rest on, and which version of which item rests on which article (A10, 004-6)."""

from datetime import date

from sqlalchemy import BigInteger, Column, ForeignKey, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.tables.base import identity_column, reference_column, text_column


class Law(SQLModel, table=True):
    """A law, regulation, rule or document; one row for each title."""

    __tablename__ = "law"
    __table_args__ = (UniqueConstraint("title"), Index("ix_law_title_key", "title_key", "id"))
    id: int | None = identity_column()
    title: str = text_column()
    title_key: str = text_column()
    kind: str = text_column()
    document_number: str = text_column(default="")
    in_force_from: date | None = None
    in_force_until: date | None = None


class PowerBasis(SQLModel, table=True):
    """A projection of ``power_version.content -> bases``: the version at this position rests on this law."""

    __tablename__ = "power_basis"
    __table_args__ = (Index("ix_power_basis_law", "law_id", "article", "version_id"),)
    version_id: int = Field(sa_column=Column(BigInteger, ForeignKey("power_version.id"), primary_key=True))
    position: int = Field(primary_key=True)
    law_id: int = reference_column("law.id", index=False)
    article: str = text_column(default="")
