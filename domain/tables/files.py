"""Contents of files: which bytes are kept, under the SHA-256 of them. What they are to whom stands in other tables.

Whoever keeps a file refers to its digest by a foreign key: what nothing refers to is removed after a while.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Text
from sqlmodel import Field, SQLModel

from domain.tables.base import moment_column

DIGEST = "digest ~ '^[0-9a-f]{64}$'"


class StoredFile(SQLModel, table=True):
    """A content that was put into the file store; ``kept_at`` is when that was last done."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint(DIGEST, name="digest"),
        CheckConstraint("size >= 0", name="size"),
        Index("ix_stored_file_kept_at", "kept_at"),
    )
    digest: str = Field(sa_column=Column(Text, primary_key=True))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    kept_at: datetime = moment_column()
