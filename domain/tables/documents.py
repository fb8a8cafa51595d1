"""Registered documents of the interface, under the names that clients ask for them by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Text, Uuid
from sqlmodel import Field, SQLModel

from domain.tables.base import moment_column, text_column, texts_column


class RegisteredDocument(SQLModel, table=True):
    """A GraphQL document under the SHA-256 of its text; it may be withdrawn once, and never changes otherwise."""

    __tablename__ = "registered_document"
    __table_args__ = (
        CheckConstraint("sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex')", name="sha256"),
        Index("ix_registered_document_registered", "registered_at", "sha256"),
    )
    sha256: str = Field(sa_column=Column(Text, primary_key=True))
    text: str = text_column()
    operations: list[str] = texts_column()
    # What it costs with the defaults of its variables.
    cost: int = Field(sa_column=Column(BigInteger, nullable=False))
    registered_at: datetime = moment_column()
    registered_by: UUID | None = Field(default=None, sa_column=Column(Uuid, nullable=True))
    registered_by_name: str = text_column(default="")
    withdrawn_at: datetime | None = moment_column(nullable=True)
    withdrawn_by_name: str = text_column(default="")


class DocumentAlias(SQLModel, table=True):
    """A client's own name for a document, such as the MD5 that an older compiler gave it; never one that reads as a SHA-256."""

    __tablename__ = "document_alias"
    __table_args__ = (
        CheckConstraint("alias ~ '^[A-Za-z0-9._~:-]{1,200}$' AND alias !~ '^(sha256:)?[0-9a-f]{64}$'", name="form"),
    )
    alias: str = Field(sa_column=Column(Text, primary_key=True))
    sha256: str = Field(sa_column=Column(Text, ForeignKey("registered_document.sha256"), nullable=False, index=True))
