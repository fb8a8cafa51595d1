"""Reading what an address asks for: every parameter is checked here, and a wrong one is told apart by name."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from portal.rendering import LOCAL
from resolvers.errors import FieldProblem, InvalidInput, NotFound
from resolvers.power_views import AsOf
from resolvers.reading import Page, PageRequest

PAGE_SIZE = 20


def text(request: Request, name: str, most: int = 200) -> str:
    """Return a text parameter, trimmed, without control characters and at most ``most`` characters long."""
    value = request.query_params.get(name, "")
    return "".join(letter for letter in value if letter.isprintable()).strip()[:most]


def choices(request: Request, name: str, allowed: Iterable[str]) -> tuple[str, ...]:
    """Return the known values of a parameter that may be given several times; unknown ones are left out."""
    known = list(allowed)
    return tuple(dict.fromkeys(value for value in request.query_params.getlist(name) if value in known))


def number(request: Request, name: str, lowest: int, highest: int) -> int | None:
    """Return a whole number inside its bounds; None when it is not given. Raises ``InvalidInput``."""
    value = text(request, name, 20)
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or not lowest <= int(value) <= highest:
        message = f"“{value}”不是{lowest}到{highest}之间的整数。"
        raise InvalidInput(message, "请改正后重试。", (FieldProblem(name, "NOT_A_NUMBER", message),))
    return int(value)


def day(request: Request, name: str) -> date | None:
    """Return a day parameter (YYYY-MM-DD); None when it is not given. Raises ``InvalidInput``."""
    value = text(request, name, 20)
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        message = f"“{value}”不是有效的日期。"
        remedy = "请按“年-月-日”填写，例如 2026-01-31。"
        raise InvalidInput(message, remedy, (FieldProblem(name, "NOT_A_DAY", message, remedy),)) from error


def as_of(request: Request) -> AsOf:
    """Return the state asked for: ``on`` is a day of validity, ``known`` the day by whose end it was recorded."""
    known = day(request, "known")
    recorded = None
    now: datetime = request.state.context.now
    if known is not None and known < now.astimezone(LOCAL).date():
        recorded = datetime.combine(known + timedelta(days=1), time.min, LOCAL)
    return AsOf(day(request, "on"), recorded)


def page_request(request: Request, *, count: bool = False, size: int = PAGE_SIZE) -> PageRequest:
    """Return the page asked for by ``after`` or ``before``, which hold a cursor."""
    before, after = text(request, "before", 2000) or None, text(request, "after", 2000) or None
    if before is not None:
        return PageRequest(last=size, before=before, count=count)
    return PageRequest(first=size, after=after, count=count)


def code_of(request: Request) -> str:
    """Return the code in the path; one that cannot be a code is simply not found."""
    code = str(request.path_params["code"])
    if not code or len(code) > 200 or not code.isprintable():
        raise NotFound("内容")
    return code


def _with(request: Request, **changes: str | None) -> str:
    dropped = {"after", "before", "lang", "mode", *changes}
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in dropped]
    pairs = [*kept, *((key, value) for key, value in changes.items() if value)]
    return f"{request.url.path}?{urlencode(pairs)}" if pairs else request.url.path


def first_page(request: Request) -> str:
    """Return the address of the first page of the same list."""
    return _address(request, _of_list(request))


def _of_list(request: Request) -> list[tuple[str, str]]:
    gone = {"after", "before", "lang", "mode"}
    return [(key, one) for key, one in request.query_params.multi_items() if key not in gone and one]


def _address(request: Request, pairs: list[tuple[str, str]]) -> str:
    return f"{request.url.path}?{urlencode(pairs)}" if pairs else request.url.path


def without(request: Request, name: str, value: str = "") -> str:
    """Return this address without a parameter (or without one of its values), from the first page on."""
    pairs = [(key, one) for key, one in _of_list(request) if not (key == name and value in ("", one))]
    return _address(request, pairs)


def having(request: Request, name: str, value: str, *, only: bool = False) -> str:
    """Return this address with a further value of a parameter (``only``: instead of its values)."""
    base = without(request, name) if only else without(request, name, value)
    return f"{base}{'&' if '?' in base else '?'}{urlencode({name: value})}"


def neighbours(request: Request, page: Page[Any]) -> tuple[str, str]:
    """Return the addresses of the previous and the next page; empty where there is none."""
    previous = _with(request, before=page.start_cursor) if page.has_previous and page.start_cursor else ""
    following = _with(request, after=page.end_cursor) if page.has_next and page.end_cursor else ""
    return previous, following
