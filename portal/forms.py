"""Forms: one guarded way to read them (origin, then token), and what a form shows again after a refusal.

The token is a signed double submit: a random cookie, and in the form an HMAC of that cookie and the account. It
works before sign-in; after sign-in a token of the anonymous visitor is no longer good.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

from markupsafe import Markup
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from portal.identity import site_of
from resolvers.errors import FieldProblem, InvalidInput, Refusal

FIELD = "csrf_token"
COOKIE = "form_key"
FORM_BYTES = 4_000_000
"""What a form without files may hold."""


class ForgedForm(Refusal):
    """A form that did not come from one of our own pages, or comes from a page that is too old."""

    code: ClassVar[str] = "FORGED_FORM"
    status: ClassVar[int] = 403

    def __init__(self) -> None:
        super().__init__(
            "表单没有通过安全校验，未作任何处理。", "请返回上一页，刷新后重新提交；请允许本站使用 Cookie。"
        )


class FormTooLarge(Refusal):
    """A form that is longer than any of ours."""

    code: ClassVar[str] = "FORM_TOO_LARGE"
    status: ClassVar[int] = 413

    def __init__(self) -> None:
        super().__init__(f"提交的内容超过 {FORM_BYTES // 1_000_000} MB。", "请减少内容后重新提交。")


@dataclass(frozen=True, slots=True)
class FormView:
    """What a form shows: the values to put back and the problems by field name."""

    values: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[FieldProblem, ...] = ()

    def value(self, name: str, default: str = "") -> str:
        """Return the value to show in a field."""
        return self.values.get(name, default)

    def errors(self, name: str) -> tuple[FieldProblem, ...]:
        """Return the problems of one field."""
        return tuple(problem for problem in self.problems if problem.path == name)


def _account(request: Request) -> str:
    context = getattr(request.state, "context", None)
    account = context.actor.account_id if context is not None else None
    return str(account or "")


def _token(request: Request, key: str) -> str:
    message = f"{key}|{_account(request)}".encode()
    return hmac.new(site_of(request).secret, b"form|" + message, hashlib.sha256).hexdigest()


def csrf_field(request: Request) -> Markup:
    """Return the hidden field for a form; the response then carries the cookie (see :func:`attach_key`)."""
    key = request.cookies.get(COOKIE) or getattr(request.state, "form_key", "")
    if not key:
        key = secrets.token_urlsafe(32)
    request.state.form_key = key
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, _token(request, key))


def attach_key(request: Request, response: Response) -> None:
    """Set the form cookie when the page contains a form; such a page is for this visitor only."""
    key = getattr(request.state, "form_key", "")
    if not key:
        return
    response.headers["Cache-Control"] = "private, no-store"
    if request.cookies.get(COOKIE) != key:
        secure = site_of(request).secure_cookies
        response.set_cookie(COOKIE, key, httponly=True, samesite="lax", secure=secure, path="/")


def same_origin(request: Request) -> bool:
    """Whether an unsafe request comes from our own pages, by Sec-Fetch-Site and Origin; neither: old browser."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    expected = urlsplit(site_of(request).public_url).netloc or request.url.netloc
    try:
        return urlsplit(origin).netloc in (expected, request.url.netloc)
    except ValueError:  # a bracket without its pair
        return False


def limited(request: Request, most: int, refusal: Refusal) -> Request:
    """Return the same request with a body that ends in ``refusal`` beyond ``most`` bytes, declared or not."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > most:
        raise refusal
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        message: Message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise refusal
        return message

    return Request(request.scope, receive)


async def read_form(request: Request, *, max_files: int = 0) -> FormData:
    """Read a posted form after checking where it comes from. Use it in every POST view.

    Without ``max_files`` a form carries no files and is short: nobody fills memory or disk before a page has said who
    may send what. Who asks for files limits the request itself. Raises ForgedForm, InvalidInput or FormTooLarge.
    """
    if not same_origin(request):
        raise ForgedForm
    # A form may name any encoding Python knows, also those that make text no database can hold. Ours are UTF-8.
    charset = parse_options_header(request.headers.get("content-type"))[1].get(b"charset", b"utf-8")
    if charset.lower() not in (b"utf-8", b"utf8"):
        raise InvalidInput("表单的字符编码不是 UTF-8。", "请用本站的页面重新提交。")
    taken = request if max_files else limited(request, FORM_BYTES, FormTooLarge())
    form = await taken.form(max_files=max_files)
    key, given = request.cookies.get(COOKIE, ""), form.get(FIELD)
    # As bytes: the comparison refuses text beyond ASCII, and a forger may send any.
    expected = _token(request, key).encode()
    if not key or not isinstance(given, str) or not hmac.compare_digest(expected, given.encode("utf-8", "replace")):
        await form.close()
        raise ForgedForm
    return form


def text_value(form: FormData, name: str, max_length: int = 2000) -> str:
    """Return a text field, trimmed, without NUL and not longer than ``max_length`` characters; missing: empty."""
    value = form.get(name)
    return value.replace("\x00", "").strip()[:max_length] if isinstance(value, str) else ""
