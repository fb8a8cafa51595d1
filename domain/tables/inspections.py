"""Supervision inspections 监督检查 (000-14, 000-15; 002-4.3.3): the plan, what was drawn, and the sheets, kept as 台账.

Sheets are append-only: what is written later about the same point stands beside what was written first.
"""

from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, Column, Date, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.tables.base import (
    bytes_column,
    identity_column,
    moment_column,
    one_of,
    reference_column,
    text_column,
    texts_column,
)

STATES: Final = ("planned", "drawn", "closed")


class Inspection(SQLModel, table=True):
    """An inspection; ``commitment`` is the hash of the seed, ``seed`` the seed once the lots are drawn."""

    __tablename__ = "inspection"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("opening"),
        one_of("state", STATES),
        CheckConstraint("(state = 'planned') = (seed IS NULL)", name="seed"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        Index("ix_inspection_government", "government_id", "id"),
    )
    id: int | None = identity_column()
    number: str = text_column()
    government_id: int = reference_column("government.id", index=False)
    bureau: str = text_column()
    title: str = text_column()
    way: str = text_column()
    methods: list[str] = texts_column()
    content: str = text_column()
    bodies: list[str] = texts_column()
    team: list[str] = texts_column()
    first_day: date = Field(sa_column=Column(Date, nullable=False))
    last_day: date = Field(sa_column=Column(Date, nullable=False))
    sample_size: int
    frame_size: int
    frame_digest: bytes = bytes_column()
    commitment: bytes = bytes_column()
    seed: bytes | None = bytes_column(nullable=True)
    state: str = text_column(default="planned")
    result: str = text_column(default="")
    opening: bytes = bytes_column()
    planned_at: datetime = moment_column()
    planned_by: str = text_column(default="")
    drawn_at: datetime | None = moment_column(nullable=True)
    closed_at: datetime | None = moment_column(nullable=True)


class InspectionSample(SQLModel, table=True):
    """A matter that was drawn, in the order of the lots."""

    __tablename__ = "inspection_sample"
    __table_args__ = (UniqueConstraint("inspection_id", "no"), UniqueConstraint("inspection_id", "matter_id"))
    id: int | None = identity_column()
    inspection_id: int = reference_column("inspection.id", index=False)
    no: int
    matter_id: int = reference_column("matter.id", index=False)


class InspectionSheet(SQLModel, table=True):
    """What was found on one point, of one drawn matter or of a body; the latest one counts."""

    __tablename__ = "inspection_sheet"
    __table_args__ = (
        one_of("verdict", ("sound", "problem", "not_applicable")),
        CheckConstraint("verdict <> 'problem' OR note <> ''", name="note"),
        Index("ix_inspection_sheet_inspection", "inspection_id", "id"),
    )
    id: int | None = identity_column()
    inspection_id: int = reference_column("inspection.id", index=False)
    sample_id: int | None = reference_column("inspection_sample.id", nullable=True, index=False)
    body_code: str = text_column()
    point: str = text_column()
    verdict: str = text_column()
    note: str = text_column(default="")
    noted_at: datetime = moment_column()
    noted_by: str = text_column(default="")
