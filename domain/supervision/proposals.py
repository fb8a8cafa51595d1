"""What an alert leads to beside being handled: a proposal to the body (003-18, 003-48), and a draft where the body then applies."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import Field

from domain.profile_parts import Clause, Code
from domain.values import Value


class Proposal(Value):
    """A proposal: how a case about it is called, what it asks for and within how many days; the draft of an application, if any."""

    title: str = Field(min_length=1)
    requirement: str = Field(min_length=1)
    days: int = Field(ge=1)
    clause: Clause
    application: tuple[str, ...] = ()

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
