"""Published figures: every value that was published once stays, and what replaces it says so."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.tables.base import identity_column, moment_column, reference_column, text_column


class MetricFigure(SQLModel, table=True):
    """A figure of a period: of a government (``body_code`` empty), a body, or a category. NULL: too small to be told.

    ``no`` counts its values; a ``restated`` one tells the value before it, ``previous``. ``replaced_at`` is set once.
    """

    __tablename__ = "metric_figure"
    __table_args__ = (
        UniqueConstraint(
            *("government_id", "period", "metric", "body_code", "category", "no"), name="uq_metric_figure_no"
        ),
        CheckConstraint("no >= 1 AND restated = (no > 1)", name="restated"),
        Index(
            "uq_metric_figure_current",
            *("government_id", "period", "metric", "body_code", "category"),
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("ix_metric_figure_listed", "period", "body_code", "category", "metric", "id"),
    )
    id: int | None = identity_column()
    government_id: int = reference_column("government.id", index=False)
    period: str = text_column()
    metric: str = text_column()
    body_code: str = text_column()
    category: str = text_column()
    no: int
    value: Any = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    restated: bool = Field(sa_column=Column(Boolean, nullable=False))
    previous: Any = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    publication_id: Any = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("publication.id"), nullable=True, index=True)
    )
    published_at: datetime = moment_column()
    replaced_at: datetime | None = moment_column(nullable=True)
