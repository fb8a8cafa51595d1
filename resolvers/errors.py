"""Refusals: everything a use-case can answer instead of doing what was asked.

Each is a named class with a stable code. Edges translate them (GraphQL ``extensions.code``, HTTP status, exit
code); the texts are for people and in Chinese: what is wrong, where, what to do.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A problem with one field: its path, a stable code, what is wrong, and what to do."""

    path: str
    code: str
    message: str
    remedy: str = ""


class Refusal(Exception):
    """Base of all refusals. ``message`` says what is wrong and where, ``remedy`` what to do."""

    code: ClassVar[str] = "REFUSED"
    status: ClassVar[int] = 400

    def __init__(self, message: str, remedy: str = "", problems: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.problems = problems


class NotFound(Refusal):
    """There is no such thing, or the actor may not know of it: the two answers are the same."""

    code = "NOT_FOUND"
    status = 404

    def __init__(self, what: str = "内容") -> None:
        super().__init__(f"没有找到所请求的{what}。", "请核对地址或编号；如果确认无误，可能无权查看。")


class InvalidInput(Refusal):
    """Input that cannot be taken; each problem names its field."""

    code = "BAD_USER_INPUT"
    status = 400


class Conflict(Refusal):
    """Something changed in between, or is in a state that does not allow the act."""

    code = "CONFLICT"
    status = 409


class NotSignedIn(Refusal):
    """The act needs an account."""

    code = "UNAUTHENTICATED"
    status = 401


class NotPermitted(Refusal):
    """The actor's posts do not give the right; used only for operations that everybody knows exist."""

    code = "FORBIDDEN"
    status = 403


class TooMany(Refusal):
    """A rate or size limit is reached. ``retry_after_seconds`` says when to come back, if that helps."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, message: str, remedy: str = "", retry_after_seconds: int | None = None) -> None:
        super().__init__(message, remedy)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(Refusal):
    """A service this act needs does not answer at the moment."""

    code = "SERVICE_UNAVAILABLE"
    status = 503
