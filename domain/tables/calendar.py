"""The versioned working-day calendar: one set of days for each notice of a year (N4; 003-53)."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field, SQLModel

from domain.tables.base import moment_column, one_of, text_column


class CalendarNotice(SQLModel, table=True):
    """A notice that fixes a year's holidays and make-up workdays; a later version replaces, never deletes."""

    __tablename__ = "calendar_notice"
    year: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    notice: str = text_column()
    source: str = text_column(default="")
    official: bool
    loaded_at: datetime = moment_column()


class CalendarDay(SQLModel, table=True):
    """A day that differs from the plain week: a holiday or a make-up workday."""

    __tablename__ = "calendar_day"
    __table_args__ = (
        one_of("kind", ("holiday", "make_up_workday")),
        ForeignKeyConstraint(["year", "version"], ["calendar_notice.year", "calendar_notice.version"]),
    )
    year: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    day: date = Field(primary_key=True)
    kind: str = text_column()
    name: str = text_column(default="")
