"""A holiday notice as an operator writes it down: a small TOML file, read strictly before it is loaded.

year = 2027
title = "国务院办公厅关于2027年部分节假日安排的通知"
source = "address of the notice"
holidays = [{ name = "元旦", first = 2027-01-01, last = 2027-01-03 }]
workdays = [{ name = "元旦", day = 2027-01-04 }]
"""

import tomllib
from datetime import date, timedelta
from typing import Self

from pydantic import Field, ValidationError, model_validator

from domain.calendar import SpecialDay
from domain.values import Value

LONGEST_HOLIDAY_DAYS = 31


class NoticeFileError(ValueError):
    """The file cannot be read as a notice; the text names the key and the reason, in Chinese."""


class HolidaySpan(Value):
    """Days off in a row, both ends included, weekends among them as the notice counts them."""

    name: str = Field(min_length=1)
    first: date
    last: date

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if not timedelta(0) <= self.last - self.first < timedelta(days=LONGEST_HOLIDAY_DAYS):
            raise ValueError(f"{self.name}：结束日期应不早于开始日期，且不超过{LONGEST_HOLIDAY_DAYS}天")
        return self


class MakeUpDay(Value):
    """A weekend day on which offices work."""

    name: str = ""
    day: date


class NoticeFile(Value):
    """A notice: its year, title and source, its days off and its make-up workdays."""

    year: int = Field(ge=2004, le=2099)
    title: str = Field(min_length=1)
    source: str = ""
    holidays: tuple[HolidaySpan, ...] = Field(min_length=1)
    workdays: tuple[MakeUpDay, ...] = ()

    @model_validator(mode="after")
    def _no_day_twice(self) -> Self:
        days = [day for span in self.holidays for day in _days(span)] + [one.day for one in self.workdays]
        if doubles := sorted({day for day in days if days.count(day) > 1}):
            raise ValueError(f"同一天写了两次：{'、'.join(str(day) for day in doubles)}")
        return self

    @property
    def days(self) -> dict[date, SpecialDay]:
        """The single days that differ from the plain week."""
        found = {day: SpecialDay(kind="holiday", name=span.name) for span in self.holidays for day in _days(span)}
        for one in self.workdays:
            found[one.day] = SpecialDay(kind="make_up_workday", name=f"{one.name}调休上班")
        return found


def _days(span: HolidaySpan) -> list[date]:
    return [span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1)]


def read_notice(text: str) -> NoticeFile:
    """Read a notice file; raises ``NoticeFileError`` with the key and the reason."""
    try:
        return NoticeFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise NoticeFileError(f"不是有效的 TOML 文件：{error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise NoticeFileError(f"{key}：{reason}" if key else reason) from error
