"""Acts: everything that can be done to a matter. One act makes one event; every act carries its idempotency key.

003-30 names 补正, 暂停, 退回 and 多项处罚并案; 004-6 transfer, assistance and disputes; the rest are the ordinary course.
An act says what somebody wants; `domain.engine.deciding` says whether it may be.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from domain.engine.acts_base import BaseAct, Bringing
from domain.engine.acts_between import AnswerTransfer, Designate, RaiseDispute, StateJurisdiction, Transfer
from domain.engine.parts import Approval, Digest, LimitOf, Moment, Name, OtherMatter, Outcome, Words
from domain.profile_parts import Code
from domain.values import digest


class Open(Bringing):
    """登记: a matter begins with an application, a clue or a task; the materials have been received."""

    kind: Literal["open"] = "open"
    matter: Name
    body: Name
    bodies: tuple[Name, ...] = Field((), description="Bodies of a joint handling, the leading one included.")
    party: str = ""
    party_kind: Literal["citizen", "organisation"] = "citizen"
    received: Moment | None = Field(None, description="When the materials came, if before the registration.")
    origin: str = Field("", description="The matter this one was split from or transferred from.")
    came_by: str = Field("", description="The ground on which another body transferred it, if one did.")


class NameParty(BaseAct):
    """确认当事人: who the party is becomes known, or was taken for somebody else (003-31(1))."""

    kind: Literal["name_party"] = "name_party"
    party: Name
    party_kind: Literal["citizen", "organisation"]


class Accept(Bringing):
    """受理 / 立案: the rulebook is fixed from here on."""

    kind: Literal["accept"] = "accept"
    to: str = ""


class RefuseAcceptance(Bringing):
    """不予受理 / 不予立案, on a ground of the closed list, with reasons and where to turn to."""

    kind: Literal["refuse_acceptance"] = "refuse_acceptance"
    ground: Code
    reasons: Words
    referred_to: str = ""


class AskSupplement(Bringing):
    """一次告知补正: all that is missing, at once."""

    kind: Literal["ask_supplement"] = "ask_supplement"
    items: tuple[Words, ...] = Field(min_length=1)


class Supplement(Bringing):
    """The party hands in what was asked for."""

    kind: Literal["supplement"] = "supplement"
    received: Moment | None = None


class Record(Bringing):
    """登记材料、事实、文书、音像记录或者银行回执: something is added to the file, nothing moves."""

    kind: Literal["record"] = "record"


class Opine(Bringing):
    """签署意见: an opinion is given, the step is not yet left."""

    kind: Literal["opine"] = "opine"


class Assign(BaseAct):
    """分派: the step is given to one official."""

    kind: Literal["assign"] = "assign"
    to: Name


class Complete(Bringing):
    """办结环节: the step is done and the matter goes on."""

    kind: Literal["complete"] = "complete"
    to: str = ""
    proposal: Outcome | None = None


class Return(BaseAct):
    """退回: back to an earlier step, with reasons."""

    kind: Literal["return"] = "return"
    to: Code
    reasons: Words


class Decide(Bringing):
    """作出决定, and on to the next step."""

    kind: Literal["decide"] = "decide"
    outcome: Outcome
    to: str = ""


class Serve(Bringing):
    """送达 of one document on one day."""

    kind: Literal["serve"] = "serve"
    document: Code
    method: Literal["direct", "mail", "electronic", "left", "entrusted", "announcement"]
    received: Moment | None = Field(None, description="When the party received it, if before the record.")
    confirmed: bool = Field(False, description="The party agreed in writing to electronic service.")


class Exercise(Bringing):
    """The party exercises a right, such as to a hearing, or gives it up."""

    kind: Literal["exercise"] = "exercise"
    right: Code
    waive: bool = False


class Suspend(BaseAct):
    """暂停 on a ground of the closed list; where the law wants it, for a time told beforehand."""

    kind: Literal["suspend"] = "suspend"
    ground: Code
    reasons: Words
    told: int | None = Field(None, ge=1, le=9999, description="The time needed, in the ground's unit.")
    told_by: Digest | None = Field(None, description="Digest of the notice that told it.")


class Resume(BaseAct):
    """恢复: the clock runs again."""

    kind: Literal["resume"] = "resume"
    ground: Code


class Extend(BaseAct):
    """延长 of a limit with the approval the law asks for."""

    kind: Literal["extend"] = "extend"
    limit: Code
    value: int = Field(ge=1, le=9999)
    reasons: Words
    approval: Approval


class RequestAssistance(BaseAct):
    """请求协助 of another body (行政处罚法-26, 004-6)."""

    kind: Literal["request_assistance"] = "request_assistance"
    of: Name
    what: Words


class AnswerAssistance(Bringing):
    """The body asked answers, or the request is taken back."""

    kind: Literal["answer_assistance"] = "answer_assistance"
    request: int = Field(ge=1)
    answer: Words


class Merge(BaseAct):
    """并案: this penalty case takes up others of the same party."""

    kind: Literal["merge"] = "merge"
    others: tuple[OtherMatter, ...] = Field(min_length=1)
    reasons: Words


class BeMerged(BaseAct):
    """并入: this penalty case goes on within another one."""

    kind: Literal["be_merged"] = "be_merged"
    into: OtherMatter
    reasons: Words


class Split(BaseAct):
    """分案: part of the case goes on under numbers of its own."""

    kind: Literal["split"] = "split"
    off: tuple[Name, ...] = Field(min_length=1)
    reasons: Words


class Withdraw(Bringing):
    """撤回: the applicant takes the application back."""

    kind: Literal["withdraw"] = "withdraw"
    reasons: str = ""


class Terminate(Bringing):
    """终止 on a ground of the closed list."""

    kind: Literal["terminate"] = "terminate"
    ground: Code
    reasons: Words


class Close(Bringing):
    """办结 / 结案."""

    kind: Literal["close"] = "close"


class Archive(BaseAct):
    """归档: the file is complete; what follows is correction only."""

    kind: Literal["archive"] = "archive"
    index: Digest


class Correct(BaseAct):
    """更正 by a further act: what an earlier event said stays as it was said (003-33)."""

    kind: Literal["correct"] = "correct"
    event: int = Field(ge=1)
    what: Words
    instead: Words
    reasons: Words


class Remind(BaseAct):
    """提醒、预警、报警 about a limit; it belongs to the visit, not to the step.

    ``limit_of`` says whether it is a limit of the matter or the time of a step, which may bear the same name; events
    that were written before it was said leave it empty.
    """

    kind: Literal["remind"] = "remind"
    visit_of: int = Field(ge=1)
    limit: str
    limit_of: LimitOf | Literal[""] = ""
    level: Literal["reminder", "warning", "alarm"]


class Deem(BaseAct):
    """What time itself does: silence counts as acceptance or as abandonment, a pause has used up its budget."""

    kind: Literal["deem"] = "deem"
    what: Literal["accepted", "abandoned", "pause_over"]
    pause: int | None = None
    since: Moment


class Recount(BaseAct):
    """A provisional day has become another one by the notice of its year; the old day is kept here."""

    kind: Literal["recount"] = "recount"
    limit: str
    limit_of: LimitOf | Literal[""] = ""
    before: date | None
    after: date | None
    calendar: dict[int, int]


Act = Annotated[
    Open
    | NameParty
    | Accept
    | RefuseAcceptance
    | AskSupplement
    | Supplement
    | Record
    | Opine
    | Assign
    | Complete
    | Return
    | Decide
    | Serve
    | Exercise
    | Suspend
    | Resume
    | Extend
    | RequestAssistance
    | AnswerAssistance
    | Transfer
    | RaiseDispute
    | StateJurisdiction
    | Designate
    | AnswerTransfer
    | Merge
    | BeMerged
    | Split
    | Withdraw
    | Terminate
    | Close
    | Archive
    | Correct
    | Remind
    | Deem
    | Recount,
    Field(discriminator="kind"),
]
ACT: TypeAdapter[Act] = TypeAdapter(Act)
"""Reads an act from plain data; ValidationError where it does not fit."""


# 003-33: one key is one act. The digest leaves out the kind, since every kind names its own; so it is said beside it.
def known_by(act: Act) -> str:
    """Return what an act is known by under its key: its kind and its content."""
    return f"{act.kind}:{digest(act).hex()}"


ACT_NAMES: dict[str, str] = {
    "open": "登记",
    "name_party": "确认当事人",
    "accept": "受理",
    "refuse_acceptance": "不予受理",
    "ask_supplement": "告知补正",
    "supplement": "补正",
    "record": "登记材料",
    "opine": "签署意见",
    "assign": "分派",
    "complete": "办结环节",
    "return": "退回",
    "decide": "作出决定",
    "serve": "送达",
    "exercise": "行使权利",
    "suspend": "暂停",
    "resume": "恢复",
    "extend": "延长期限",
    "request_assistance": "请求协助",
    "answer_assistance": "答复协助",
    "transfer": "移送",
    "raise_dispute": "提出管辖争议",
    "state_jurisdiction": "陈述管辖意见",
    "designate": "指定管辖",
    "answer_transfer": "移送回执",
    "merge": "并案",
    "be_merged": "并入",
    "split": "分案",
    "withdraw": "撤回",
    "terminate": "终止",
    "close": "办结",
    "archive": "归档",
    "correct": "更正",
    "remind": "提醒",
    "deem": "期限届满的后果",
    "recount": "重新计算期限",
}
