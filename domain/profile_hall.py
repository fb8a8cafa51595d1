"""What a profile sets for the hall: rating what was handled (003-27), and publishing what was decided (004-3)."""

from typing import Literal, Self

from pydantic import Field, model_validator

from domain.profile_parts import Clause, Code
from domain.values import Value

Milestone = Literal["decided", "served", "closed"]


class Choice(Value):
    """An entry of a closed list: its code, its words, its clause."""

    code: Code
    name: str = Field(min_length=1)
    clause: Clause


class Grade(Value):
    """A grade of a rating, the best first; ``bad`` ones are reviewed (差评)."""

    code: Code
    name: str = Field(min_length=1)
    bad: bool = False


# 003-27: the party rates how its matter was handled, and the ratings are public.
class RatingRules(Value):
    """Who is invited, by which grades and reasons one rates, what becomes of a bad rating, and what is published.

    ``invited_from``: the first of these milestones that a matter reaches. ``again``: how often one may rate anew after
    a bad rating was handled. ``least_shown``: fewer answers than this are nobody's business (statistical secrecy).
    """

    invited_from: tuple[Milestone, ...] = Field(min_length=1)
    not_after: tuple[str, ...] = ()
    grades: tuple[Grade, ...] = Field(min_length=2)
    reasons: tuple[Choice, ...] = Field(min_length=1)
    answer_within: Code
    handle_within: Code
    procedure: str = Field(min_length=1)
    again: int = Field(ge=0, le=9)
    least_shown: int = Field(ge=1, le=99)
    clause: Clause

    @model_validator(mode="after")
    def _bad_ones_come_last(self) -> Self:
        bad = [grade.bad for grade in self.grades]
        if bad != sorted(bad) or not bad[-1] or bad[0]:
            raise ValueError("grades: the bad ones come last, and there are good and bad ones")
        if len({grade.code for grade in self.grades}) != len(self.grades):
            raise ValueError("grades: written twice")
        return self

    def grade(self, code: str) -> Grade | None:
        """Return a grade by its code, or None."""
        return next((one for one in self.grades if one.code == code), None)

    def reason(self, code: str) -> Choice | None:
        """Return a reason by its code, or None."""
        return next((one for one in self.reasons if one.code == code), None)


# 004-3: the results of licences and penalties are published, corrected and withdrawn with a trace.
class ResultKind(Value):
    """Which decisions of which matters are published, since when the draft is due, how long they are shown.

    ``publish_within``, ``withdraw_within``, ``shown_for`` and ``light_shown_for`` name limits of the profile. A
    decision whose measures are all ``light`` is shown for ``light_shown_for``; without a limit it is shown for good.
    """

    name: str = Field(min_length=1)
    matter: Literal["case", "penalty_case"]
    categories: tuple[Code, ...]
    results: tuple[Code, ...] = Field(min_length=1)
    ready: Milestone
    publish_within: Code
    withdraw_within: Code
    shown_for: str = ""
    light_shown_for: str = ""
    light: tuple[Code, ...] = ()
    clause: Clause


class ResultRules(Value):
    """What is published by which rules, and the closed lists of grounds to withhold and to withdraw."""

    kinds: dict[Code, ResultKind] = Field(min_length=1)
    withholding: tuple[Choice, ...] = Field(min_length=1)
    withdrawing: tuple[Choice, ...] = Field(min_length=1)
    clause: Clause


def choice(among: tuple[Choice, ...], code: str) -> Choice | None:
    """Return the entry with a code, or None."""
    return next((one for one in among if one.code == code), None)
