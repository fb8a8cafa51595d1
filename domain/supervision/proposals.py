"""What an alert may lead to where nobody has done wrong: a proposal to the body, and the draft of what it then applies for (003-18)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import Field

from domain.profile_parts import Clause, Code
from domain.values import Value


class Proposal(Value):
    """A proposal: how a case about it is called, what it asks for and within how many days, and the draft of the application."""

    title: str = Field(min_length=1)
    requirement: str = Field(min_length=1)
    days: int = Field(ge=1)
    clause: Clause
    application: tuple[str, ...] = Field(min_length=1)

    def filled(self, told: Mapping[str, str]) -> "Proposal":
        """Return the same proposal about something. Raises ``KeyError`` for a word that nobody fills in."""
        return self.model_copy(
            update={
                "title": self.title.format_map(told),
                "requirement": self.requirement.format_map(told),
                "application": tuple(one.format_map(told) for one in self.application),
            }
        )


@cache
def load_proposals() -> Mapping[Code, Proposal]:
    """Return the shipped proposals by the condition of the rule that they follow."""
    text = resources.files("domain").joinpath("supervision", "proposals.toml").read_text("utf-8")
    return {code: Proposal.model_validate(one) for code, one in tomllib.loads(text).items()}
