"""Accounts on the desk: the system administrator keeps them, the security administrator says who holds which post."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.access import Permission, Target, allowed
from portal import asking
from portal.desk import ROLE_TITLES, SessionLine, method_title
from portal.events import EventLine, event_lines
from portal.forms import FormView, read_form, text_value
from portal.refusing import form_of
from portal.rendering import render
from portal.signing_in import no_store
from resolvers import accounts, accounts_reading, postings
from resolvers.accounts import NewAccount
from resolvers.accounts_reading import AccountRow, GovernmentBodies, PostingRow, PostRow
from resolvers.errors import FieldProblem, InvalidInput, NotFound, Refusal
from resolvers.permits import permit
from resolvers.postings import Term

STATES: Final = ("active", "disabled")


@dataclass(frozen=True, slots=True)
class Rights:
    """What the visitor may do with one account; the pages show only these forms, the use-cases decide."""

    disable: bool
    enable: bool
    reset: bool
    reset_factor: bool
    end_sessions: bool
    grant: bool
    end_posting: bool
    link: bool


@dataclass(frozen=True, slots=True)
class AccountsPage:
    """The list of accounts, and the form for a new one."""

    accounts: tuple[AccountRow, ...]
    previous: str
    following: str
    search: str
    state: str
    may_create: bool
    form: FormView


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One account. ``form`` is the form that was refused last, named ``wrong``."""

    account: AccountRow
    postings: tuple[PostingRow, ...]
    sessions: tuple[SessionLine, ...]
    history: tuple[EventLine, ...]
    rights: Rights
    role_titles: dict[str, str]
    today: date
    governments: tuple[GovernmentBodies, ...]
    body: str
    posts: tuple[PostRow, ...]
    provider: str
    form: FormView
    wrong: str

    def form_for(self, name: str) -> FormView:
        """Return what one of the page's forms shows: its own problems, never another form's."""
        return self.form if self.wrong == name else FormView()


@dataclass(frozen=True, slots=True)
class FirstPasswordPage:
    """A first password, shown this once."""

    login: str
    password: str
    account_id: UUID
    created: bool


def account_in_path(request: Request) -> UUID:
    """Return the account in the path; what cannot be one is simply not found."""
    return identifier(request, "account", "账号")


def identifier(request: Request, name: str, what: str) -> UUID:
    """Return a random identifier in the path. Raises ``NotFound`` for anything else."""
    try:
        return UUID(str(request.path_params[name]))
    except ValueError as error:
        raise NotFound(what) from error


async def account_list(request: Request) -> Response:
    """Show the accounts."""
    return await _list_page(request, FormView())


async def _list_page(request: Request, form: FormView, status: int = 200) -> Response:
    ctx, search = request.state.context, asking.text(request, "q", 60)
    state = (*asking.choices(request, "state", STATES), "")[0]
    found = await accounts_reading.list_accounts(ctx, asking.page_request(request), search=search, state=state)
    page = AccountsPage(
        found.rows,
        *asking.neighbours(request, found),
        search,
        state,
        allowed(ctx.actor, Permission.ACCOUNT_CREATE),
        form,
    )
    return render(request, "accounts/list.html", page, status=status)


async def create(request: Request) -> Response:
    """Make an account and show its first password, once."""
    form = await read_form(request)
    login, name = text_value(form, "login", 100), text_value(form, "name", 100)
    try:
        made = await accounts.create(request.state.context, login, name)
    except Refusal as refusal:
        if refusal.status in (401, 403):
            raise
        return await _list_page(request, form_of(refusal, {"login": login, "name": name}, "login"), refusal.status)
    return _first_password(request, made, created=True)


def _first_password(request: Request, made: NewAccount, *, created: bool) -> Response:
    page = FirstPasswordPage(made.login, made.password, made.account_id, created)
    return no_store(render(request, "accounts/first_password.html", page))


async def account(request: Request) -> Response:
    """Show one account."""
    return await _account_page(request, account_in_path(request), FormView())


async def _account_page(
    request: Request, account_id: UUID, form: FormView, wrong: str = "", status: int = 200
) -> Response:
    ctx = request.state.context
    view = await accounts_reading.account(ctx, account_id)
    rights = _rights(request, account_id)
    body = asking.text(request, "body", 60) if rights.grant else ""
    signed, provider = request.state.signed, getattr(request.app.state, "provider", None)
    page = AccountPage(
        account=view.account,
        postings=view.postings,
        sessions=tuple(
            SessionLine(one, method_title(one.method), signed is not None and one.id == signed.session_id)
            for one in view.sessions
        ),
        history=event_lines(view.history.rows),
        rights=rights,
        role_titles=ROLE_TITLES,
        today=ctx.today,
        governments=await accounts_reading.bodies_with_posts(ctx) if rights.grant else (),
        body=body,
        posts=await accounts_reading.posts_of(ctx, body) if body else (),
        provider=provider.config.issuer if provider else "",
        form=form,
        wrong=wrong,
    )
    return render(request, "accounts/one.html", page, status=status)


def _rights(request: Request, account_id: UUID) -> Rights:
    actor, target = request.state.context.actor, Target(account_id=account_id)
    wanted = (
        Permission.ACCOUNT_DISABLE,
        Permission.ACCOUNT_ENABLE,
        Permission.ACCOUNT_RESET,
        Permission.SECOND_FACTOR_RESET,
        Permission.SESSION_END,
        Permission.POSTING_GRANT,
        Permission.POSTING_END,
        Permission.ACCOUNT_LINK,
    )
    return Rights(*(allowed(actor, one, target) for one in wanted))


Act = Callable[[Any, UUID, FormData], Awaitable[None]]


def _acting(name: str, act: Act, field: str = "") -> Callable[[Request], Awaitable[Response]]:
    """Return the view that does one thing to an account and comes back to its page, or shows what was wrong."""

    async def view(request: Request) -> Response:
        account_id = account_in_path(request)
        form = await read_form(request)
        try:
            await act(request.state.context, account_id, form)
        except Refusal as refusal:
            if refusal.status in (401, 403, 404):
                raise
            values = {key: value for key, value in form.items() if isinstance(value, str)}
            again = form_of(refusal, values, field)
            return await _account_page(request, account_id, again, name, refusal.status)
        return RedirectResponse(f"/desk/accounts/{account_id}", 303, {"Cache-Control": "no-store"})

    return view


async def _disable(ctx: Any, account_id: UUID, form: FormData) -> None:
    await accounts.disable(ctx, account_id, text_value(form, "reason", 500))


async def _enable(ctx: Any, account_id: UUID, form: FormData) -> None:
    await accounts.enable(ctx, account_id, text_value(form, "reason", 500))


async def _reset_factor(ctx: Any, account_id: UUID, form: FormData) -> None:
    await accounts.reset_second_factor(ctx, account_id, text_value(form, "reason", 500))


async def _end_sessions(ctx: Any, account_id: UUID, _form: FormData) -> None:
    await accounts.end_sessions(ctx, account_id)


async def _link(ctx: Any, account_id: UUID, form: FormData) -> None:
    await accounts.link(ctx, account_id, text_value(form, "issuer", 500), text_value(form, "subject", 300))


async def _grant(ctx: Any, account_id: UUID, form: FormData) -> None:
    # Who may not grant learns nothing of what is wrong with the form.
    permit(ctx, Permission.POSTING_GRANT, Target(account_id=account_id))
    first = _day(form, "first") or ctx.today
    post = text_value(form, "post", 20)
    number = int(post) if post.isascii() and post.isdigit() and len(post) <= 18 else 0
    await postings.grant(ctx, account_id, number, Term(first, _day(form, "until")))


def _day(form: FormData, name: str) -> date | None:
    text = text_value(form, name, 20)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"“{text}”不是有效的日期"
        raise InvalidInput(message, "请按“年-月-日”填写。", (FieldProblem(name, "NOT_A_DAY", message),)) from error


async def reset(request: Request) -> Response:
    """Give the account a new first password and show it, once."""
    account_id = account_in_path(request)
    await read_form(request)
    return _first_password(request, await accounts.reset(request.state.context, account_id), created=False)


async def end_posting(request: Request) -> Response:
    """End a post that the account holds, from a day on."""
    account_id, posting = account_in_path(request), int(request.path_params["posting"])
    form = await read_form(request)
    ctx = request.state.context
    permit(ctx, Permission.POSTING_END, Target(account_id=account_id))
    try:
        await postings.end(ctx, posting, _day(form, "last") or ctx.today, of=account_id)
    except Refusal as refusal:
        if refusal.status in (401, 403, 404):
            raise
        return await _account_page(request, account_id, form_of(refusal, {}, "last"), "posting", refusal.status)
    return RedirectResponse(f"/desk/accounts/{account_id}", 303, {"Cache-Control": "no-store"})


ONE: Final = "/desk/accounts/{account}"
ROUTES: list[BaseRoute] = [
    Route("/desk/accounts", account_list, methods=["GET"]),
    Route("/desk/accounts", create, methods=["POST"]),
    Route(ONE, account, methods=["GET"]),
    Route(f"{ONE}/disable", _acting("disable", _disable, "reason"), methods=["POST"]),
    Route(f"{ONE}/enable", _acting("enable", _enable, "reason"), methods=["POST"]),
    Route(f"{ONE}/reset", reset, methods=["POST"]),
    Route(f"{ONE}/reset-factor", _acting("reset-factor", _reset_factor, "reason"), methods=["POST"]),
    Route(f"{ONE}/end-sessions", _acting("end-sessions", _end_sessions), methods=["POST"]),
    Route(f"{ONE}/link", _acting("link", _link, "subject"), methods=["POST"]),
    Route(f"{ONE}/postings", _acting("grant", _grant, "post"), methods=["POST"]),
    Route(f"{ONE}/postings/{{posting:int}}/end", end_posting, methods=["POST"]),
]
