"""Drafts of applications from the hall, by a code that only whoever typed them has (H2)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from domain.tables.base import bytes_column, moment_column, text_column


class ApplicationDraft(SQLModel, table=True):
    """What somebody typed so far, sealed; ``code_hash`` is the keyed hash of the code."""

    __tablename__ = "application_draft"
    __table_args__ = (
        CheckConstraint("octet_length(code_hash) = 32", name="hash"),
        Index("ix_application_draft_expires_at", "expires_at"),
    )
    code_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    item_code: str = text_column()
    sealed: bytes = bytes_column()
    expires_at: datetime = moment_column()
