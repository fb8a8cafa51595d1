"""Refusals: why an act cannot be. Each is a named class with a stable code, the clause and words for people.

``message`` says what is wrong and where, ``remedy`` what to do; use-cases turn them into their own refusals. A gate
that is shut is told with all its shortfalls at once, so that nobody corrects one thing after the other.
"""

from typing import ClassVar

from domain.values import Value


class Shortfall(Value):
    """One thing that is missing before an act can be: which gate, by which clause, what is wrong, what to do."""

    gate: str
    clause: str
    message: str
    remedy: str = ""


class ActRefused(Exception):
    """Base of all refusals of the engine."""

    code: ClassVar[str] = "ACT_REFUSED"

    def __init__(self, message: str, clause: str, remedy: str = "", shortfalls: tuple[Shortfall, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.clause = clause
        self.remedy = remedy
        self.shortfalls = shortfalls


class NotInThisPhase(ActRefused):
    """The matter is not in a phase in which this can be done."""

    code = "NOT_IN_THIS_PHASE"


class NotInThisStep(ActRefused):
    """The step the matter is in does not allow this act (003-29: steps are fixed)."""

    code = "NOT_IN_THIS_STEP"


class NoSuchWay(ActRefused):
    """There is no way from here to there, or several and none was chosen."""

    code = "NO_SUCH_WAY"


class WrongPost(ActRefused):
    """The step belongs to another post, body or official (003-14)."""

    code = "WRONG_POST"


class NoSuchGround(ActRefused):
    """The ground is not on the closed list of the procedure."""

    code = "NO_SUCH_GROUND"


class ReasonsMissing(ActRefused):
    """A negative opinion or decision states no reasons (003-31(4))."""

    code = "REASONS_MISSING"


class AlreadySupplemented(ActRefused):
    """补正 was asked for as often as the law allows: once, all at once (行政许可法-32(1))."""

    code = "ALREADY_SUPPLEMENTED"


class WaitingForSupplement(ActRefused):
    """The party has been asked for a supplement that has not come."""

    code = "WAITING_FOR_SUPPLEMENT"


class MatterSuspended(ActRefused):
    """The matter stands still; it must be resumed first."""

    code = "MATTER_SUSPENDED"


class NotSuspended(ActRefused):
    """There is no pause to end."""

    code = "NOT_SUSPENDED"


class TimeNotTold(ActRefused):
    """The time needed must be fixed and told in writing (行政许可法-45), and may not pass the budget."""

    code = "TIME_NOT_TOLD"


class TooOften(ActRefused):
    """The act was repeated more often than the procedure allows (003-32(5))."""

    code = "TOO_OFTEN"


class NotExtendable(ActRefused):
    """The limit cannot be extended, not so far, not again, or not by this approval."""

    code = "NOT_EXTENDABLE"


class TooLate(ActRefused):
    """The limit within which the act had to happen has passed."""

    code = "TOO_LATE"


class GatesShut(ActRefused):
    """What the step needs is not there; ``shortfalls`` lists everything that is missing."""

    code = "GATES_SHUT"


class NotProvided(ActRefused):
    """The procedure does not provide for this act at all."""

    code = "NOT_PROVIDED"


class NotMergeable(ActRefused):
    """The cases cannot be joined: another party, another body, no penalty cases, or one is decided (003-30)."""

    code = "NOT_MERGEABLE"


class UnknownThing(ActRefused):
    """The act names something that the matter or the procedure does not have."""

    code = "UNKNOWN_THING"


class ChangedMeanwhile(ActRefused):
    """Somebody else acted since the doer last looked."""

    code = "CHANGED_MEANWHILE"


class KeyReused(ActRefused):
    """The idempotency key was used for a different act of this matter."""

    code = "KEY_REUSED"


class RulebookChanged(ActRefused):
    """The rules brought are not those fixed at acceptance (R1)."""

    code = "RULEBOOK_CHANGED"
