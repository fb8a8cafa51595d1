"""The parts of acts: who acts, and the materials, facts, documents, recordings, opinions and outcomes they bring.

003-31 says what is transferred and kept. Contents of files lie elsewhere; here are their names and digests. Parties
are named by a reference: their identity is no part of an act, so a record can be shown without it.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from domain.benchmarks import Amount
from domain.profile_parts import Code
from domain.values import Value

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the content, in hexadecimal.")]
Moment = AwareDatetime
LimitOf = Literal["matter", "step"]
"""What a limit is of: the matter as a whole, or the time of a step."""


class Doer(Value):
    """Who acts: an official on a post of a body, the party, or time itself (the system)."""

    kind: Literal["official", "party", "system"]
    id: Name
    body: str = ""
    post: str = ""


class Material(Value):
    """A material handed in or made: its name in the guide or in the file, and the digest of its content."""

    name: Name
    digest: Digest
    by: Literal["party", "organ"] = "party"
    note: str = ""


# 003-31(3): time, place, scale and area are kept in a form that a computer can count.
class Fact(Value):
    """A key fact as a typed value; exactly one is set. Named by a declared code, or by the words of a benchmark."""

    code: Name
    text: str | None = Field(None, min_length=1)
    number: int | None = None
    amount: Amount | None = None
    day: date | None = None
    moment: Moment | None = None
    yes_no: bool | None = None

    @model_validator(mode="after")
    def _has_one_value(self) -> Self:
        if (
            sum(
                value is not None for value in (self.text, self.number, self.amount, self.day, self.moment, self.yes_no)
            )
            != 1
        ):
            raise ValueError("a fact has exactly one value")
        return self

    @property
    def value(self) -> str | int | Decimal | date | datetime:
        """The value, whatever its type."""
        values = (self.text, self.number, self.amount, self.day, self.moment, self.yes_no)
        return next(value for value in values if value is not None)

    @property
    def type(self) -> str:
        """The name of the type, as a procedure declares it."""
        names = ("text", "number", "amount", "day", "moment", "yes_no")
        return next(name for name in names if getattr(self, name) is not None)


class Document(Value):
    """A document made in the matter (003-31(5)): its kind, number and digest; text and PDF may both be kept."""

    code: Code
    number: str = ""
    digest: Digest
    persons: tuple[Name, ...] = Field((), description="Officials who took part or signed, such as of a discussion.")


class Recording(Value):
    """One entry of the recording manifest: audio or video kept elsewhere, named by its digest (004-4)."""

    code: Code
    digest: Digest
    began: Moment
    ended: Moment
    persons: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.ended <= self.began:
            raise ValueError("a recording ends after it began")
        return self


class BankReceipt(Value):
    """The bank's receipt of a payment; the system itself never takes money (R15, 行政处罚法-67)."""

    number: Name
    amount: Amount
    paid_on: date


class Opinion(Value):
    """An opinion; a negative one states its reasons (003-31(4))."""

    verdict: Literal["agree", "disagree", "neutral"]
    text: str = ""
    reasons: str = ""


class Deviation(Value):
    """A reasoned departure from the benchmark, and the head or the discussion that approved it (R11)."""

    reasons: Words
    approved_by: Name
    document: Code | None = None


class Fine(Value):
    """The fine for one violation: by which benchmark and tier, on what base, how much."""

    violation: Name
    tier: str = ""
    amount: Amount
    bases: dict[str, Amount] = Field({}, description="Amounts that a multiple or percentage is taken of.")
    lighter: str = Field("", description="The circumstance of 行政处罚法-32 that allows less than the law's least.")
    deviation: Deviation | None = None


class Fee(Value):
    """A fee that is charged, by its name in the library."""

    name: Name
    amount: Amount


class Outcome(Value):
    """What is proposed or decided: the result, its reasons, and for penalties the measures and fines."""

    result: Code
    reasons: str = ""
    measures: tuple[Code, ...] = ()
    fines: tuple[Fine, ...] = ()
    confiscated: Amount | None = None
    fees: tuple[Fee, ...] = ()

    @property
    def fine(self) -> Decimal:
        """The sum of the fines, in yuan."""
        return sum((one.amount for one in self.fines), start=Decimal(0))


class Approval(Value):
    """Who approved an extension or a pause, in which capacity, by which document."""

    by: Name
    role: Code
    document: str = ""


class OtherMatter(Value):
    """What must be known of another matter before it is merged: the caller brings it (003-30 多项处罚并案)."""

    id: Name
    kind: str
    body: str
    party: str
    phase: str
    decided: bool


class Assistance(Value):
    """Another body was asked to assist."""

    number: int
    of: str
    asked: Moment
    answered: Moment | None = None


class Reminded(Value):
    """A reminder that was sent for a visit; ``limit_of`` is empty where its event did not say of what the limit is."""

    visit: int
    limit: str
    level: str
    limit_of: LimitOf | Literal[""] = ""


class Statement(Value):
    """What a body said in a dispute: whether it holds itself to be competent, and why."""

    body: str
    claims: bool
    reasons: str
    at: Moment


class Dispute(Value):
    """A dispute over which of two bodies is competent, and how it ended."""

    number: int
    other: str
    superior: str
    raised: Moment
    statements: tuple[Statement, ...] = ()
    ended: Moment | None = None
    designated: str = ""

    def said(self, body: str) -> Statement | None:
        """Return what a body has said, if it has."""
        return next((one for one in self.statements if one.body == body), None)

    @property
    def agreed(self) -> str:
        """The body that both hold to be competent; empty while they do not agree."""
        claiming = [one.body for one in self.statements if one.claims]
        return claiming[0] if len(self.statements) == 2 and len(claiming) == 1 else ""


class Sent(Value):
    """Where a matter went that ended here: to which body, under which number there, and what was answered."""

    to: str
    at: Moment
    number: str = ""
    ground: str = ""
    answered: Moment | None = None
    accepted: bool = False
    back: str = Field("", description="Number under which it came back, if it was not accepted.")
