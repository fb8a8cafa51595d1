"""Reading accounts, the posts people hold, their sessions, and integrators' tokens; each behind its permission."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from domain.access import Permission, Target
from resolvers.bodies import BodyRow, GovernmentRow, list_bodies, list_governments
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.permits import permit, permit_or_hide
from resolvers.reading import Page, PageRequest, Read, Row, fetch_by_keys, fetch_children, fetch_page
from resolvers.reading.access import ACCESS, ACCOUNT, ACCOUNT_EVENT, POST, TOKEN
from resolvers.record_reading import EventRow, event_row

T = TypeVar("T")
HISTORY_ROWS: Final = 20
BODY_PAGES: Final = 10


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as lists show it. ``posts`` counts the posts held today."""

    id: UUID
    login: str
    name: str
    state: str
    must_change_password: bool
    password_changed_at: datetime | None
    has_password: bool
    has_second_factor: bool
    issuer: str
    subject: str
    created_at: datetime
    posts: int


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A post that an account holds, held or will hold."""

    id: int
    post: str
    roles: tuple[str, ...]
    unit: str
    body: str
    body_code: str
    government: str
    valid_from: date | None
    valid_until: date | None
    is_current: bool
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A live session of an account."""

    id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    verified: bool
    method: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account with its posts, its live sessions and what was recorded about it lately."""

    account: AccountRow
    postings: tuple[PostingRow, ...]
    sessions: tuple[SessionRow, ...]
    history: Page[EventRow]


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token of an integrator; the token itself is known to nobody but its holder."""

    id: UUID
    holder: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    is_live: bool


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post that can be granted, with the roles that hang on it."""

    id: int
    post: str
    duty: str
    roles: tuple[str, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class GovernmentBodies:
    """A government with its bodies, for choosing one."""

    government: GovernmentRow
    bodies: tuple[BodyRow, ...]


def _value(kind: type[T], row: Row) -> T:
    values: dict[str, Any] = {one.name: row[one.name] for one in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def _columns(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


async def list_accounts(
    ctx: Context, page: PageRequest = PageRequest(), *, search: str = "", state: str = ""
) -> Page[AccountRow]:
    """Return a page of accounts by login. Raises ``NotSignedIn`` or ``NotPermitted``."""
    permit(ctx, Permission.ACCOUNT_READ)
    filters = {"search": search.strip().lower(), "state": state}
    read = Read(_columns(AccountRow), {name: value for name, value in filters.items() if value}, "login")
    return (await fetch_page(ctx, ACCOUNT, read, page)).map(lambda row: _value(AccountRow, row))


async def account(
    ctx: Context, account_id: UUID, history: PageRequest = PageRequest(first=HISTORY_ROWS)
) -> AccountView:
    """Return one account. Raises ``NotFound``, also for one that the actor may not see."""
    permit_or_hide(ctx, Permission.ACCOUNT_READ, Target(account_id=account_id), "账号")
    found: dict[UUID, tuple[Row, ...]] = await fetch_by_keys(ctx, ACCOUNT, Read(), [account_id])
    if account_id not in found:
        raise NotFound("账号")
    postings = await fetch_children(ctx, ACCESS, ACCOUNT, "postings", [account_id])
    read = Read(_columns(EventRow), {"account": account_id}, "latest")
    return AccountView(
        _value(AccountRow, found[account_id][0]),
        tuple(_value(PostingRow, row) for row in postings[account_id].rows),
        await sessions_of(ctx, account_id),
        (await fetch_page(ctx, ACCOUNT_EVENT, read, history)).map(event_row),
    )


async def sessions_of(ctx: Context, account_id: UUID) -> tuple[SessionRow, ...]:
    """Return an account's live sessions, the latest first. Raises ``NotFound`` when the actor may not see them."""
    permit_or_hide(ctx, Permission.ACCOUNT_READ, Target(account_id=account_id), "账号")
    found = await fetch_children(ctx, ACCESS, ACCOUNT, "sessions", [account_id], Read(scope="live"))
    return tuple(_value(SessionRow, row) for row in found[account_id].rows)


async def postings_of(ctx: Context, account_id: UUID) -> tuple[PostingRow, ...]:
    """Return the posts of an account. Raises ``NotFound`` when the actor may not see them."""
    permit_or_hide(ctx, Permission.ACCOUNT_READ, Target(account_id=account_id), "账号")
    found = await fetch_children(ctx, ACCESS, ACCOUNT, "postings", [account_id])
    return tuple(_value(PostingRow, row) for row in found[account_id].rows)


async def list_tokens(ctx: Context, page: PageRequest = PageRequest()) -> Page[TokenRow]:
    """Return a page of integrators' tokens, the latest first."""
    permit(ctx, Permission.TOKEN_READ)
    read = Read((*_columns(TokenRow), "name"), {}, "latest")
    return (await fetch_page(ctx, TOKEN, read, page)).map(lambda row: _value(TokenRow, row))


async def bodies_with_posts(ctx: Context) -> tuple[GovernmentBodies, ...]:
    """Return every government with its bodies, at most 1,000 of them, for choosing a post to grant."""
    permit(ctx, Permission.POSTING_GRANT)
    chosen = []
    for government in await list_governments(ctx):
        bodies: list[BodyRow] = []
        after: str | None = None
        for _ in range(BODY_PAGES):
            page = await list_bodies(ctx, PageRequest(first=100, after=after), government=government.division_code)
            bodies += page.rows
            after = page.end_cursor
            if not page.has_next:
                break
        chosen.append(GovernmentBodies(government, tuple(bodies)))
    return tuple(chosen)


async def posts_of(ctx: Context, body_code: str) -> tuple[PostRow, ...]:
    """Return the posts of a body today, by unit, at most 100; an unknown body has none."""
    permit(ctx, Permission.POSTING_GRANT)
    read = Read(_columns(PostRow), {"body": body_code}, "unit", scope="today")
    found = await fetch_page(ctx, POST, read, PageRequest(first=100))
    return tuple(_value(PostRow, row) for row in found.rows)
