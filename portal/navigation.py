"""The desk's navigation: what today's posts of the signed-in official open, and nothing else. Public pages have none."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request

from domain.access import Permission, Target, allowed
from domain.actors import Actor
from portal.labels import mark

DESK = "/desk"


@dataclass(frozen=True, slots=True)
class DeskLink:
    """A way on the desk: its address, its name, and in one sentence what one does there.

    ``about`` tells ways of one name apart by the body that each is about; ``unread`` is what waits there to be read.
    """

    address: str
    name: str
    hint: str
    about: str = ""
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """Who sits at the desk, and where that person may go. ``complete`` is false until sign-in is finished."""

    name: str = ""
    complete: bool = False
    links: tuple[DeskLink, ...] = ()


PLACES: tuple[tuple[Permission, DeskLink], ...] = (
    (Permission.MATTER_READ, DeskLink("/desk/matters", mark("待办"), mark("登记、办理和查看本机关的办件和案件。"))),
    (
        Permission.COMPLAINT_READ,
        DeskLink("/desk/complaints", mark("咨询投诉举报"), mark("登记、办理和答复咨询、投诉、求助和举报。")),
    ),
    (
        Permission.OPINION_READ,
        DeskLink("/desk/opinions", mark("意见征集"), mark("征求意见、问卷和听证，答复并公布采纳情况。")),
    ),
    (Permission.PARTY_FIND, DeskLink("/desk/parties", mark("查找当事人"), mark("按证件号码查找当事人和他们的办件。"))),
    (Permission.RESULT_READ, DeskLink("/desk/results", mark("公示"), mark("核对并公示许可和处罚的结果，更正和撤下。"))),
    (Permission.REPORT_READ, DeskLink("/desk/reports", mark("年度报告"), mark("编写、报送和接收年度运行情况报告。"))),
    (Permission.BULLETIN_READ, DeskLink("/desk/bulletins", mark("季度通报"), mark("编写、审核和公布季度通报。"))),
    (
        Permission.ALERT_READ,
        DeskLink("/desk/supervision", mark("监察"), mark("查看预警和督办，了解本机关或者本级的情况。")),
    ),
    (
        Permission.EXCHANGE_READ,
        DeskLink("/desk/exchange", mark("数据上报"), mark("查看上级平台已经接收到哪里，等待上报的有多久。")),
    ),
    (Permission.SCORE_READ, DeskLink("/desk/scores", mark("绩效"), mark("查看得分的明细，提出和复核异议。"))),
    (Permission.BATCH_READ, DeskLink("/desk/imports", mark("清单导入"), mark("上传清单，逐行核对，确认入库。"))),
    (Permission.PAPER_SAMPLE_READ, DeskLink("/desk/papers", mark("文书模板"), mark("查看各流程文书的格式和用语。"))),
    (Permission.ACCOUNT_READ, DeskLink("/desk/accounts", mark("账号管理"), mark("查看账号、任职和会话。"))),
    (
        Permission.PLAN_READ,
        DeskLink("/desk/planner", mark("通知计划"), mark("查看将要发出的通知、依据和没有发出去的。")),
    ),
    (Permission.TOKEN_READ, DeskLink("/desk/tokens", mark("接口令牌"), mark("查看、发放和撤销数据接口的令牌。"))),
    (Permission.RECORD_READ, DeskLink("/desk/record", mark("操作记录"), mark("查看谁在何时做了什么。"))),
    (
        Permission.RECORD_READ,
        DeskLink("/desk/record/audit", mark("记录核查"), mark("查看公开日志的核查结果和发现的异常。")),
    ),
)


def inside_desk(path: str) -> bool:
    """Say whether an address belongs to the officials' desk."""
    return path == DESK or path.startswith(f"{DESK}/")


def may_anywhere(actor: Actor, permission: Permission) -> bool:
    """Say whether the actor has the permission in at least one government or body in which a post is held."""
    own = {posting.government_id for posting in actor.postings}
    bodies = {(posting.government_id, posting.body_code) for posting in actor.postings}
    targets = (*(Target(government_id=one) for one in (None, *own)), *(Target(*one) for one in bodies))
    return any(allowed(actor, permission, one) for one in targets)


def may_load(actor: Actor) -> bool:
    """Say whether the actor may watch the load of at least one body (R16)."""
    return may_anywhere(actor, Permission.LOAD_READ)


def _letterheads(actor: Actor) -> Iterator[DeskLink]:
    """Yield the way to the letterhead of each body whose letterhead the actor may set."""
    bodies = {posting.body_code: posting.government_id for posting in actor.postings}
    own = [body for body, where in bodies.items() if allowed(actor, Permission.LETTERHEAD_SET, Target(where, body))]
    for body in sorted(own):
        hint = mark("设置本机关文书上的发文代字、地址和收款账户。")
        yield DeskLink(
            f"{DESK}/letterheads/{quote(body, safe='')}", mark("文书版头"), hint, body if len(own) > 1 else ""
        )


def navigation(request: Request) -> Desk:
    """Return the desk of whoever asks; empty outside the desk, so that public pages are the same for everybody."""
    signed = getattr(request.state, "signed", None)
    if signed is None or not inside_desk(request.url.path):
        return Desk()
    actor = request.state.context.actor
    if not signed.complete:
        return Desk(signed.name)
    unread = getattr(request.state, "unread", 0)
    notices = DeskLink(f"{DESK}/notices", mark("消息"), mark("查看本人所办事项的新动态。"), unread=unread)
    places = (link for permission, link in PLACES if may_anywhere(actor, permission))
    return Desk(signed.name, complete=True, links=(notices, *places, *_letterheads(actor)))
