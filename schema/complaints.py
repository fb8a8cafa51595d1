"""Complaints in the interface: the desk's list by guard, filing, replying, and following with a code (H3–H5, S4).

No name, text or address is in a list. Filing needs no account; a token with ``complaints:file`` may say when something
came and that it knows who files. The code is sent by POST and shown once.
"""

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, ClassVar, Final, cast

import strawberry
from strawberry import UNSET

from domain.complaints import Filing, Identity
from resolvers import complaints
from resolvers.complaints import Coming, ComplaintFilter, Deed, FollowView
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.reading.complaints import COMPLAINT
from resolvers.reading.declarations import Entity
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.paging import PageRequest
from schema.acting import SEEN, Made, mutation, same_key
from schema.acting import _key as key_field
from schema.acting_inputs import made
from schema.acting_table import Doing
from schema.fields import computed
from schema.loading import Info
from schema.matters_names import MatterEnding, MatterPhase
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.sources import FromSource, Source, column

FILE: Final = Doing(
    "complaintFile", "file", "提出: a question, complaint, call for help or report (003-26, 003-27).", "party"
)
REPLY: Final = Doing("complaintReply", "reply", "答复: tell whoever filed how it was handled (003-27, 003-52).")


@strawberry.enum(description="What is filed (003-26).")
class ComplaintKind(Enum):
    """Kinds."""

    CONSULTATION = strawberry.enum_value("consultation", description="咨询: a question.")
    COMPLAINT = strawberry.enum_value("complaint", description="投诉: a complaint.")
    HELP = strawberry.enum_value("help", description="求助: a call for help.")
    REPORT = strawberry.enum_value("report", description="举报: a report (003-52).")


@strawberry.enum(description="Whether a name is given (003-52, 000-16).")
class ComplaintCapacity(Enum):
    """Capacities."""

    REAL_NAME = strawberry.enum_value("real_name", description="实名: name, identity number and contact, sealed.")
    UNDISCLOSED = strawberry.enum_value("undisclosed", description="署名不公开: name and contact, sealed.")
    ANONYMOUS = strawberry.enum_value("anonymous", description="匿名: nothing.")


@strawberry.enum(description="What it is about.")
class ComplaintAbout(Enum):
    """Objects."""

    BODY = strawberry.enum_value("body", description="机关: a body.")
    ITEM = strawberry.enum_value("item", description="事项: an item.")
    CASE = strawberry.enum_value("case", description="办件: a case.")
    OFFICER = strawberry.enum_value("officer", description="人员: an official.")
    GENERAL = strawberry.enum_value("general", description="其他: anything else.")


@strawberry.enum(description="Which complaints are listed.")
class ComplaintScope(Enum):
    """Scopes."""

    OPEN = strawberry.enum_value("open", description="未办结: open ones, the most urgent first.")
    OVERDUE = strawberry.enum_value("overdue", description="已超期: open ones that are late.")
    ESCALATED = strawberry.enum_value("escalated", description="已升级: open ones that went up.")
    ALL = strawberry.enum_value("all", description="全部: closed ones too, the latest first.")


@strawberry.type(description="咨询投诉举报: where one stands; no word of what it says or who filed (000-16).")
class Complaint(FromSource):
    """A complaint in a list."""

    entity: ClassVar[Entity] = COMPLAINT

    number: str = column("number", "编号: its number.")
    kind: ComplaintKind = column("kind", "类型: what was filed.")
    capacity: ComplaintCapacity = column("capacity", "是否署名: whether a name was given.")
    about: ComplaintAbout = column("about", "对象: what it is about.")
    item_code: str = column("item_code", "权力编码: code of the item, if it is about one.")
    body_code: str = column("body_code", "承办机关代码: who deals with it.")
    body_name: str = column("body_name", "承办机关: name of that body.")
    phase: MatterPhase = column("phase", "阶段: where it is.")
    ending: MatterEnding = column("ending", "结束方式: how it ended.")
    result: str = column("result", "结果: solved, explained, not_substantiated, cannot; empty: not decided.")
    step: str = column("step", "当前环节: key of the open step.")
    received_at: datetime = column("received_at", "收到时间: when it came; limits run from here (003-52).")
    due_on: date | None = column("due_on", "到期日: the earliest limit that runs.")
    due_name: str = column("due_name", "期限: name of that limit.")
    answer_due: date | None = column("answer_due", "最迟答复: last day for the answer.")
    answered_at: datetime | None = column("answered_at", "答复时间: when it was answered.")
    closed_at: datetime | None = column("closed_at", "办结时间: when it was closed.")
    escalated_at: datetime | None = column("escalated_at", "升级时间: when the alarm went up to who supervises.")


@strawberry.type(description="往来: something said between whoever filed and the office.")
class ComplaintText:
    """A text."""

    kind: str = strawberry.field(
        description="种类: filed, message, answer, reply, refusal, remarks, review_asked, withdrawn."
    )
    text: str = strawberry.field(description="内容: the words.")
    at: datetime = strawberry.field(description="时间: when.")


@strawberry.type(description="查询: what whoever has the code may know (H3).")
class ComplaintFollow:
    """Where one's own complaint stands."""

    number: str = strawberry.field(description="编号: its number.")
    kind: ComplaintKind = strawberry.field(description="类型: what was filed.")
    body_name: str = strawberry.field(description="承办机关: who deals with it.")
    phase: MatterPhase = strawberry.field(description="阶段: where it is.")
    ending: MatterEnding = strawberry.field(description="结束方式: how it ended.")
    stages: list[str] = strawberry.field(description="全部阶段: stages, in order.")
    stage: str = strawberry.field(description="当前阶段: the stage it is in.")
    result: str = strawberry.field(description="结果: what was found, in words; told with the answer.")
    refusal: str = strawberry.field(description="不予受理: on which ground, in words.")
    filed_at: datetime = strawberry.field(description="提出时间: when it was filed.")
    answered_at: datetime | None = strawberry.field(description="答复时间: when it was answered.")
    texts: list[ComplaintText] = strawberry.field(description="往来: what was said, in order.")
    may: list[str] = strawberry.field(description="可以办理: message, rate, review, withdraw.")

    @computed()
    @staticmethod
    def answer_due(root: strawberry.Parent[FollowView]) -> date | None:
        """最迟答复: last day for the answer; null: none."""
        return root.answer.receipt.due if root.answer else None


@strawberry.type(description="已提出: number, and the code that is shown here only.")
class ComplaintFiled:
    """What was filed."""

    number: str = strawberry.field(description="编号: its number.")
    code: str = strawberry.field(description="查询码: the only way to the answer; keep it (H5).")
    body_name: str = strawberry.field(description="承办机关: who deals with it.")
    received_at: datetime = strawberry.field(description="收到时间: limits run from here.")
    answer_due: date | None = strawberry.field(description="最迟答复: last day for the answer.")
    receipt: str = strawberry.field(
        description="记录凭证: to be checked without us (003-33); empty for what a system passed on."
    )
    repeated: bool = strawberry.field(description="是否重复提交: it had been filed before under its key.")


@strawberry.type(description="已办理: what was done, and where it stands now.")
class ComplaintDone:
    """What an act did."""

    number: str = strawberry.field(description="编号: its number.")
    seq: int = strawberry.field(description="事件序号: number of the event.")
    at: datetime = strawberry.field(description="时间: when it was done.")
    phase: MatterPhase = strawberry.field(description="阶段: where it is now.")
    step: str = strawberry.field(description="当前环节: key of the open step.")
    repeated: bool = strawberry.field(description="是否重复提交: it had been done before under its key.")


def complaints_listing(_ctx: Context, page: PageRequest, kind: Any = UNSET, show: Any = UNSET) -> Listing:
    """Return the listing of complaints."""
    chosen, scope = given(kind), given(show)
    where = ComplaintFilter(
        kind=chosen.value if chosen else "",
        overdue=scope is ComplaintScope.OVERDUE,
        escalated=scope is ComplaintScope.ESCALATED,
        everything=scope is ComplaintScope.ALL,
    )
    return complaints.listing(where, page)


async def list_complaints(
    info: Info,
    kind: Annotated[ComplaintKind | None, strawberry.argument(description="类型: of this kind only.")] = UNSET,
    show: Annotated[
        ComplaintScope | None, strawberry.argument(description="范围: open ones, the most urgent first, if empty.")
    ] = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[Complaint]:
    """咨询投诉举报: those that your post lets you know of, the most urgent first; for others there is none."""
    ctx, page = info.context.ctx, page_request(info, first, after, last, before)
    found = await fetch_listing(ctx, complaints_listing(ctx, page, kind, show))
    return Connection(page=found.map(lambda row: Source("Complaint", row)))


async def complaint_follow(
    info: Info, code: Annotated[str, strawberry.argument(description="查询码: the code; POST it.")]
) -> ComplaintFollow | None:
    """查询: one's own complaint by its code; null for a wrong one. One code in one request (H3, H5)."""
    info.context.try_code()
    try:
        return cast(ComplaintFollow, await complaints.follow_again(info.context.ctx, code))
    except NotFound:
        return None


def _text(words: str) -> tuple[Any, Any]:
    return str | None, strawberry.field(default=UNSET, description=words)


def _file() -> Made:
    fields = {
        "idempotency_key": key_field(),
        "kind": (ComplaintKind, strawberry.field(description="类型: what is filed.")),
        "capacity": (ComplaintCapacity, strawberry.field(description="是否署名: whether a name is given.")),
        "about": (ComplaintAbout, strawberry.field(description="对象: what it is about.")),
        "text": (str, strawberry.field(description="内容: what happened and what is wanted.")),
        "body": _text("机构代码: the body it is about."),
        "item": _text("权力编码: the item it is about."),
        "detail": _text("办件编号或者人员: the case or the official."),
        "subject": _text("标题: a title."),
        "consent": (bool | None, strawberry.field(default=UNSET, description="同意公开: for questions.")),
        "name": _text("姓名: sealed at once."),
        "identity_number": _text("居民身份证号码: sealed at once."),
        "phone": _text("电话: sealed at once."),
        "email": _text("电子邮箱: sealed at once."),
        "address": _text("地址: sealed at once."),
        "received_at": (
            datetime | None,
            strawberry.field(default=UNSET, description="收到时间: only from a system with a token (003-52)."),
        ),
        "verified": (
            bool | None,
            strawberry.field(default=UNSET, description="已核验: the system with the token knows who files."),
        ),
    }

    async def resolve(info: Info, input_: Any) -> Any:
        key = same_key(info, input_.idempotency_key)
        coming = Coming(received=given(input_.received_at), verified="system" if given(input_.verified) else "")
        filed = await complaints.file_by_token(info.context.ctx, _filing(input_), key, coming)
        return ComplaintFiled(
            number=filed.number,
            code=filed.code,
            body_name=filed.body_name,
            received_at=filed.received_at,
            answer_due=filed.answer.due if filed.answer else None,
            receipt=filed.receipt,
            repeated=filed.repeated,
        )

    return Made(FILE.name, mutation(FILE, resolve, made("ComplaintFileInput", fields, FILE.words), ComplaintFiled))


def _filing(sent: Any) -> Filing:
    names = {"name": "name", "number": "identity_number", "phone": "phone", "email": "email", "address": "address"}
    return Filing(
        kind=sent.kind.value,
        capacity=sent.capacity.value,
        about=sent.about.value,
        text=sent.text,
        subject=given(sent.subject) or "",
        body=given(sent.body) or "",
        item=given(sent.item) or "",
        detail=given(sent.detail) or "",
        consent=bool(given(sent.consent)),
        identity=Identity(**{name: given(getattr(sent, own)) or "" for name, own in names.items()}),
    )


def _reply() -> Made:
    fields = {
        "number": (str, strawberry.field(description="编号: number of the complaint.")),
        "idempotency_key": key_field(),
        "seen": SEEN,
        "text": (str, strawberry.field(description="答复: what whoever filed will read.")),
    }

    async def resolve(info: Info, input_: Any) -> Any:
        ctx, key = info.context.ctx, same_key(info, input_.idempotency_key)
        which = await complaints.id_of(ctx, input_.number)
        done = await complaints.act(ctx, which, Deed("reply", key, input_.text, seen=given(input_.seen)))
        return ComplaintDone(
            number=done.number,
            seq=done.seq,
            at=done.at,
            phase=MatterPhase(done.phase),
            step=done.step,
            repeated=done.repeated,
        )

    return Made(REPLY.name, mutation(REPLY, resolve, made("ComplaintReplyInput", fields, REPLY.words), ComplaintDone))


def complaint_mutations() -> list[Made]:
    """Return the mutations of this file."""
    return [_file(), _reply()]
