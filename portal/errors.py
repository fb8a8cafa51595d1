"""Error pages: what is wrong and what to do, in the visitor's language, without a word about the inside.

``exception_handlers()`` is given to the application. A request under the API's address is answered by the API.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.labels import mark
from portal.rendering import render
from resolvers.errors import FieldProblem, Refusal, TooMany
from resolvers.outages import away

TITLES: dict[int, str] = {
    400: mark("请求有误"),
    401: mark("需要登录"),
    403: mark("不允许这样操作"),
    404: mark("没有找到这个页面"),
    405: mark("这个地址不接受这种请求"),
    409: mark("内容已经发生变化"),
    413: mark("提交的内容过大"),
    429: mark("访问过于频繁"),
    500: mark("系统出了问题"),
    503: mark("服务暂时不可用"),
}
REMEDIES: dict[int, str] = {
    400: mark("请返回上一页检查填写的内容，或者从首页重新开始。"),
    401: mark("请登录后再试。"),
    403: mark("如果您认为应当有此权限，请联系本单位的系统管理员。"),
    404: mark("地址可能写错了，或者页面已经移动。可以搜索事项名称，或者从权力清单中查找。"),
    405: mark("请从首页或者上一页的链接进入。"),
    409: mark("请刷新页面，查看最新内容后再试。"),
    413: mark("请减小文件后重新提交。"),
    429: mark("请稍等片刻再试。"),
    500: mark("问题已经记录，请稍后再试。如果一直如此，请把下面的编号告诉我们。"),
    503: mark("请稍后再试。"),
}


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What an error page says. ``message`` is a refusal's own text; ``request_id`` helps to find the log line."""

    status: int
    title: str
    message: str
    remedy: str
    problems: tuple[FieldProblem, ...]
    request_id: str


def error_page(request: Request, status: int, message: str = "", remedy: str = "", **more: Any) -> Response:
    """Render the page of an HTTP status; an unlisted status is shown under its class."""
    known = status if status in TITLES else (500 if status >= 500 else 400)
    context = getattr(request.state, "context", None)
    page = ErrorPage(
        status=status,
        title=TITLES[known],
        message=message,
        remedy=remedy or REMEDIES[known],
        problems=more.get("problems", ()),
        request_id=context.request_id if context is not None else "",
    )
    response = render(request, "errors/error.html", page, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer an HTTP exception of the framework, such as an unknown address."""
    if not isinstance(error, HTTPException):
        raise error
    response = error_page(request, error.status_code)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def on_refusal(request: Request, error: Exception) -> Response:
    """Answer a refusal of a use-case with its own words; who is not signed in is led to the sign-in page."""
    if not isinstance(error, Refusal):
        raise error
    if error.status == 401 and request.method == "GET":
        return RedirectResponse("/desk/sign-in", status_code=303, headers={"Cache-Control": "no-store"})
    return say_when(error_page(request, error.status, error.message, error.remedy, problems=error.problems), error)


def say_when(response: Response, refusal: Refusal) -> Response:
    """Tell machines too when to come back, if the refusal says it."""
    if isinstance(refusal, TooMany) and refusal.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
    return response


async def on_failure(request: Request, error: Exception) -> Response:
    """Answer anything unforeseen: the log has the details, the page has none.

    A refusal on the way to a page (who asks is looked up before there is one) is still a refusal, and a database that is
    away is no fault of the system: what was sent may be sent again as it was.
    """
    if isinstance(error, Refusal):
        return await on_refusal(request, error)
    return error_page(request, 503 if away(error) else 500)


def exception_handlers() -> dict[Any, Callable[[Request, Exception], Awaitable[Response]]]:
    """Return the handlers for ``Starlette(exception_handlers=…)``."""
    return {HTTPException: on_http_exception, Refusal: on_refusal, 500: on_failure}
