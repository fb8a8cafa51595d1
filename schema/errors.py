"""Errors: every one carries `extensions.code`; what clients must not see is masked. This is the one place for it.

The codes are the ones tools know: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, BAD_USER_INPUT and
OPERATION_RESOLUTION_FAILURE blame the request, INTERNAL_SERVER_ERROR blames us; a refusal of a use-case keeps its own.
"""

import logging
import re
from typing import Any, Final

from graphql import GraphQLError, GraphQLSyntaxError

from resolvers.errors import Refusal, TooMany

PARSE: Final = "GRAPHQL_PARSE_FAILED"
INVALID: Final = "GRAPHQL_VALIDATION_FAILED"
INPUT: Final = "BAD_USER_INPUT"
OPERATION: Final = "OPERATION_RESOLUTION_FAILURE"
REQUEST: Final = "BAD_REQUEST"
INTERNAL: Final = "INTERNAL_SERVER_ERROR"

CODES: Final = (PARSE, INVALID, INPUT, OPERATION, REQUEST, INTERNAL)

_SUGGESTION: Final = re.compile(r"\s*Did you mean .*\?$", re.DOTALL)
_log = logging.getLogger(__name__)


def labelled_error(message: str, code: str, **extensions: Any) -> GraphQLError:
    """Return an error with its code and whatever else helps the caller."""
    return GraphQLError(message, extensions={"code": code, **extensions})


def label_refused_document(errors: list[GraphQLError]) -> list[GraphQLError]:
    """Label what parsing and validation found. Suggestions are cut: they would spell out what is hidden."""
    labelled = []
    for error in errors:
        code = PARSE if isinstance(error, GraphQLSyntaxError) else INVALID
        labelled.append(_with(error, _SUGGESTION.sub("", error.message), {"code": code}))
    return labelled


def label_answer(errors: list[GraphQLError], request_id: str) -> list[GraphQLError]:
    """Label what execution found; internal errors are logged in full and masked for the client."""
    return [_label(error, request_id) for error in errors]


def _label(error: GraphQLError, request_id: str) -> GraphQLError:
    if error.extensions and "code" in error.extensions:
        return error
    refusal = _refusal_behind(error)
    if refusal is not None:
        return _with(error, refusal.message, _details(refusal))
    if _blames_the_request(error):
        return _with(error, _SUGGESTION.sub("", error.message), {"code": INPUT})
    _log.error("graphql field %s failed (request %s)", error.path, request_id, exc_info=error.original_error or error)
    message = f"服务器内部错误，请稍后重试；如需反馈，请提供请求编号 {request_id or '（无）'}。"
    return _with(error, message, {"code": INTERNAL, "requestId": request_id})


def _refusal_behind(error: GraphQLError) -> Refusal | None:
    cause: BaseException | None = error.original_error
    while cause is not None:
        if isinstance(cause, Refusal):
            return cause
        cause = cause.original_error if isinstance(cause, GraphQLError) else None
    return None


def _blames_the_request(error: GraphQLError) -> bool:
    """Say whether a value sent by the client is at fault.

    A variable fails before any field runs, so its error has no path; an argument fails in its field with the
    argument's node on the error. A result that does not serialise comes without nodes: that one is ours.
    """
    if error.path is None:
        return error.original_error is None or isinstance(error.original_error, GraphQLError)
    cause = error.original_error
    return cause is None or (isinstance(cause, GraphQLError) and bool(cause.nodes))


def _details(refusal: Refusal) -> dict[str, Any]:
    """Return the extensions of a refusal: its code, what to do, and its problems field by field."""
    details: dict[str, Any] = {"code": refusal.code}
    if refusal.remedy:
        details["remedy"] = refusal.remedy
    if refusal.problems:
        details["problems"] = [
            {"path": one.path, "code": one.code, "message": one.message, "remedy": one.remedy}
            for one in refusal.problems
        ]
    if isinstance(refusal, TooMany) and refusal.retry_after_seconds is not None:
        details["retryAfter"] = refusal.retry_after_seconds
    return details


def refusal_error(refusal: Refusal) -> GraphQLError:
    """Return a refusal that happened outside any field as an error."""
    return GraphQLError(refusal.message, extensions=_details(refusal))


def _with(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message, error.nodes, error.source, error.positions, error.path, error.original_error, extensions
    )
