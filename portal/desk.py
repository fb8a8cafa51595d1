"""The officials' desk: who I am, which posts I hold, what they allow; and my own sessions."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import ROLE_NAMES, Permission, Role
from portal.forms import read_form
from portal.labels import mark
from portal.navigation import may_anywhere
from portal.rendering import render
from portal.signing_in import signed_of
from resolvers import accounts, accounts_reading, batches
from resolvers.accounts_reading import PostingRow, SessionRow
from resolvers.batches import BatchView
from resolvers.reading import PageRequest

ROLE_TITLES: Final[dict[str, str]] = {role.value: mark(ROLE_NAMES[role]) for role in Role}
OPEN_BATCHES: Final = 5


@dataclass(frozen=True, slots=True)
class DeskPage:
    """The desk: posts held today, open batches, and whether the person has any post at all."""

    name: str
    login: str
    postings: tuple[PostingRow, ...]
    role_titles: dict[str, str]
    batches: tuple[BatchView, ...]
    may_read_batches: bool


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A live session and whether it is the one that asks."""

    session: SessionRow
    method: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class OwnPage:
    """One's own account: second factor, password, sessions."""

    login: str
    name: str
    has_second_factor: bool
    has_password: bool
    sessions: tuple[SessionLine, ...]


def method_title(method: str) -> str:
    """Return in words how a session was opened."""
    start, _, more = method.partition("+")
    begun = {"password": mark("口令"), "password_change": mark("修改口令后"), "oidc": mark("统一身份认证")}
    if more in {"totp", "recovery_code"} and start == "password":
        return mark("口令与验证码") if more == "totp" else mark("口令与恢复码")
    return begun.get(start, start)


async def desk(request: Request) -> Response:
    """Show the desk."""
    ctx, found = request.state.context, signed_of(request)
    held = await accounts_reading.postings_of(ctx, found.account_id)
    may_read = may_anywhere(ctx.actor, Permission.BATCH_READ)
    drafts: tuple[BatchView, ...] = ()
    if may_read:
        listed = await batches.list_batches(ctx, PageRequest(first=20))
        drafts = tuple(one for one in listed.rows if one.state == "draft")[:OPEN_BATCHES]
    current = tuple(one for one in held if one.is_current)
    return render(request, "desk/home.html", DeskPage(found.name, found.login, current, ROLE_TITLES, drafts, may_read))


async def own(request: Request) -> Response:
    """Show one's own account and sessions."""
    found = signed_of(request)
    view = await accounts_reading.account(request.state.context, found.account_id)
    lines = tuple(SessionLine(one, method_title(one.method), one.id == found.session_id) for one in view.sessions)
    account = view.account
    page = OwnPage(account.login, account.name, account.has_second_factor, account.has_password, lines)
    return render(request, "desk/me.html", page)


async def end_own_session(request: Request) -> Response:
    """End one of one's own sessions. Another person's is not found."""
    found = signed_of(request)
    await read_form(request)
    await accounts.end_sessions(request.state.context, found.account_id, int(request.path_params["session"]))
    return RedirectResponse("/desk/me", 303, {"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [
    Route("/desk", desk, methods=["GET"]),
    Route("/desk/me", own, methods=["GET"]),
    Route("/desk/me/sessions/{session:int}/end", end_own_session, methods=["POST"]),
]
