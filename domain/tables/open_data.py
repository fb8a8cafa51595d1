"""The change feed of the open data: which rows each commit changed, in the order of the commits. Triggers alone write here.

It names rows and never says what is in them: whoever reads it is shown each row as it is now, so that what was withdrawn
is nowhere told again (DECISIONS §23).
"""

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from domain.tables.base import identity_column, text_column


class OpenCommit(SQLModel, table=True):
    """A commit that changed something public, under the revision that it raised.

    The revision is drawn as the commit's last lock (`public_head`), so revisions stand in the order of the commits:
    whoever sees one sees all that are lower.
    """

    __tablename__ = "open_commit"
    __table_args__ = (Index("uq_open_commit_number", "number", unique=True),)
    revision: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(BigInteger, nullable=False))


class OpenChange(SQLModel, table=True):
    """A row of a table of the open data that a transaction changed; ``number`` is the transaction's own."""

    __tablename__ = "open_change"
    __table_args__ = (Index("ix_open_change_number", "number", "id"),)
    id: int | None = identity_column()
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    dataset: str = text_column()
    key: str = text_column()
