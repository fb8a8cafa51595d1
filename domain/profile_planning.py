"""What a profile says about reports and about notices that fall due by themselves (003-6, 003-10, 003-51(6))."""

from datetime import time
from typing import Literal, Self

from pydantic import Field, model_validator

from domain.profile_parts import Clause, Code
from domain.values import Value

Template = Code


class Section(Value):
    """A part of a report: its heading, what belongs into it, and whether it must be written."""

    code: Code
    name: str = Field(min_length=1)
    hint: str = ""
    required: bool = True
    clause: Clause


class Moment(Value):
    """A day told from another one: so many days or working days ``before`` it, or ``after`` it."""

    code: Code
    before: int = Field(0, ge=0, le=366)
    after: int = Field(0, ge=0, le=366)
    unit: Literal["day", "workday"] = "day"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.before and self.after:
            raise ValueError("a moment lies before or after, not both")
        return self


# 003-10: every implementing body reports on the year before, by the day that `date` names.
class AnnualReportRules(Value):
    """The yearly report: which date of the profile and which task it is, its contents, when it is reminded of.

    ``consequence`` is the clause under which a report that did not come is a violation; it is recorded at ``overdue``.
    """

    date: Code
    task: Code
    sections: tuple[Section, ...] = Field(min_length=1)
    reminders: tuple[Moment, ...] = Field(min_length=1)
    overdue: Moment
    consequence: Clause
    violation: str = Field(min_length=1)
    clause: Clause

    @model_validator(mode="after")
    def _reminds_before(self) -> Self:
        if any(one.after for one in self.reminders) or not self.overdue.after:
            raise ValueError("reminders lie before the day, overdue lies after it")
        return self


# 003-6: once a quarter how powers are run is told in a circular.
class BulletinRules(Value):
    """The quarterly bulletin: its frequency and task, its contents, when it is compiled and when it is reminded of."""

    frequency: Code
    task: Code
    sections: tuple[Section, ...] = Field(min_length=1)
    compiled: Moment
    reminders: tuple[Moment, ...] = ()
    clause: Clause


# 003-53: periods are counted in working days, so the notice of the coming year must be in the calendar in time.
class CalendarNoticeRules(Value):
    """From which day of a year on the system administrators are asked for the next year's notice, and how often."""

    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=28)
    every: int = Field(ge=1, le=60)
    clause: Clause


# 003-32(4): what is late is told, to the heads of the bodies once a week.
class OverdueDigestRules(Value):
    """On which day of the week (1: Monday) the heads of bodies are told how many matters are late."""

    weekday: int = Field(ge=1, le=7)
    clause: Clause


class QuietHours(Value):
    """From when until when nothing is sent out; what is told at the desk waits for nobody."""

    begins: time
    ends: time


class Planning(Value):
    """Everything that falls due by itself. A regulation that asks for none of it leaves it out."""

    hour: int = Field(9, ge=0, le=23, description="The hour of the day at which the notices of that day are told.")
    quiet: QuietHours = QuietHours(begins=time(21), ends=time(8))
    annual_report: AnnualReportRules | None = None
    bulletin: BulletinRules | None = None
    calendar_notice: CalendarNoticeRules | None = None
    overdue_digest: OverdueDigestRules | None = None

    @property
    def names(self) -> dict[str, str]:
        """The dates, frequencies and tasks that are named, by the kind of their table (``date:annual_report``)."""
        found: dict[str, str] = {}
        if self.annual_report is not None:
            found |= {f"dates:{self.annual_report.date}": "annual_report.date"}
            found |= {f"tasks:{self.annual_report.task}": "annual_report.task"}
        if self.bulletin is not None:
            found |= {f"frequencies:{self.bulletin.frequency}": "bulletin.frequency"}
            found |= {f"tasks:{self.bulletin.task}": "bulletin.task"}
        return found
