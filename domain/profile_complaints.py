"""What a profile sets for consultation, complaint, help and report: kinds, who receives, grades, purposes (003-27, 003-52)."""

from typing import Literal, Self

from pydantic import Field, model_validator

from domain.profile_hall import Choice, Grade
from domain.profile_parts import Clause, Code
from domain.values import Value


class ComplaintKind(Value):
    """One kind: its words, the letters of its numbers, the procedure it runs by, and who receives it.

    ``named`` is the procedure for whoever gives a name, where the law gives such a person a limit of its own.
    ``published`` kinds may be shown with their answers, if whoever asked agrees and an official has looked at the words.
    """

    name: str = Field(min_length=1)
    letters: str = Field(pattern=r"^[A-Z]{2}$")
    about: str = Field(min_length=1)
    procedure: str = Field(min_length=1)
    named: str = ""
    office: Literal["body", "supervision"]
    published: bool = False
    clause: Clause

    def procedure_for(self, *, named: bool) -> str:
        """Return the procedure for somebody who gave a name, or gave none."""
        return self.named if named and self.named else self.procedure


class ComplaintRules(Value):
    """The rules of one city. ``rate_within`` is the limit in which one may rate an answer and ask for a review."""

    kinds: dict[Code, ComplaintKind] = Field(min_length=1)
    satisfaction: tuple[Grade, ...] = Field(min_length=2)
    purposes: tuple[Choice, ...] = Field(min_length=1)
    rate_within: Code
    review_procedure: str = Field(min_length=1)
    openings_a_day: int = Field(ge=1, le=999)
    clause: Clause

    @model_validator(mode="after")
    def _numbers_differ(self) -> Self:
        letters = [one.letters for one in self.kinds.values()]
        if len(set(letters)) != len(letters):
            raise ValueError("kinds: two have the same letters")
        return self

    def grade(self, code: str) -> Grade | None:
        """Return a grade of satisfaction by its code, or None."""
        return next((one for one in self.satisfaction if one.code == code), None)

    def purpose(self, code: str) -> Choice | None:
        """Return a purpose of opening an identity by its code, or None."""
        return next((one for one in self.purposes if one.code == code), None)
