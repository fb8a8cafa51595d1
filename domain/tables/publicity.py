"""The counter that every change of something public raises, once a transaction; triggers alone write here."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Integer
from sqlmodel import Field, SQLModel

from domain.tables.base import moment_column


class PublicHead(SQLModel, table=True):
    """The public revision: one row, raised at the commit of whatever changes a table that public answers show.

    It rises by a random step: after a backup was restored no number comes again for other contents.
    ``changed_at`` is the library's own, so no row of the library is recorded later than it says.
    """

    __tablename__ = "public_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    revision: int = Field(sa_column=Column(BigInteger, nullable=False))
    changed_at: datetime | None = moment_column(nullable=True)


class PublicChange(SQLModel, table=True):
    """A note that a running transaction changes something public; gone when the transaction ends.

    ``number`` is what the transaction is called for good: numbers of transactions begin anew in a restored database.
    """

    __tablename__ = "public_change"
    transaction: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    number: int = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False))
