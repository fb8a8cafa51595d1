"""Drafts of acts: what an official has typed into a form and not done yet. No part of any record."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Integer, LargeBinary, Text, Uuid
from sqlmodel import Field, SQLModel

from domain.tables.base import moment_column


class Draft(SQLModel, table=True):
    """What one account has typed for one act on one matter, sealed for this place; it ends on its day.

    ``visit`` is the visit that the form names, 0 for none.
    """

    __tablename__ = "draft"
    account_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("account.id"), primary_key=True))
    matter_id: int = Field(sa_column=Column(BigInteger, ForeignKey("matter.id"), primary_key=True, index=True))
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    visit: int = Field(sa_column=Column(Integer, primary_key=True))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    saved_at: datetime = moment_column()
    ends_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
