"""Acts between bodies (R14; 004-6, 行政处罚法-25, -27): disputes over who is competent, and what goes to another body.

``becomes`` is the number under which a matter goes on at the other body. The server draws it in the same transaction;
it is never taken from whoever sends the act.
"""

from typing import Literal

from pydantic import Field

from domain.engine.acts_base import BaseAct, Bringing
from domain.engine.parts import Name, Words
from domain.profile_parts import Code


class Transfer(Bringing):
    """移送 to another body: the matter ends here and begins there."""

    kind: Literal["transfer"] = "transfer"
    ground: Code
    to: Name
    reasons: Words
    item: str = Field("", description="The item of the other body under which it is to be handled, where it is known.")
    becomes: str = ""


class RaiseDispute(BaseAct):
    """提出管辖争议 with another body; whoever raises it says at once what it holds itself."""

    kind: Literal["raise_dispute"] = "raise_dispute"
    other: Name
    claims: bool = Field(description="Whether the body that raises it holds itself to be competent.")
    reasons: Words
    superior: str = Field(
        "", description="The office that designates, where the two do not agree; the server names it."
    )


class StateJurisdiction(BaseAct):
    """陈述管辖意见: one of the two bodies says whether it is competent, and why; where both agree, that settles it."""

    kind: Literal["state_jurisdiction"] = "state_jurisdiction"
    claims: bool
    reasons: Words
    becomes: str = ""


class Designate(Bringing):
    """指定管辖: the common superior says which body is competent."""

    kind: Literal["designate"] = "designate"
    to: Name
    reasons: Words
    becomes: str = ""


class AnswerTransfer(BaseAct):
    """移送回执: the other body has accepted what was sent, or it goes back (then ``becomes`` is its number here)."""

    kind: Literal["answer_transfer"] = "answer_transfer"
    accepted: bool
    reasons: str = ""
    becomes: str = ""
