"""Why an act was not done: the refusals of the use-cases as members of every mutation's result.

They all are a `UserError`, so that a client that knows none of them by name still shows what is wrong and what to do. A
resolver raises what its use-case raises; the handlers here make the answer of it, the special ones first.
"""

from datetime import datetime
from typing import Any, ClassVar, Final

import strawberry
from strawberry.utils.str_converters import to_camel_case

from resolvers import errors
from resolvers.matters import ChangedMeanwhile as Changed
from resolvers.matters import KeyReused
from resolvers.matters import MatterRefused as Refused
from resolvers.reports import KeyOfAnother

REUSED: Final = "IDEMPOTENCY_KEY_REUSED"


@strawberry.interface(description="错误: why nothing was done: a stable code, what is wrong, where, and what to do.")
class UserError:
    """A refusal."""

    code: str = strawberry.field(description="代码: stable code.")
    message: str = strawberry.field(description="说明: what is wrong, in Chinese.")
    path: list[str] = strawberry.field(description="位置: the field of the input it is about; empty: the whole act.")
    remedy: str = strawberry.field(description="办法: what to do.")


@strawberry.type(description="一处错误: a problem with one field of the input.")
class InputProblem:
    """A problem of a field."""

    path: list[str] = strawberry.field(description="位置: the field.")
    code: str = strawberry.field(description="代码: stable code.")
    message: str = strawberry.field(description="说明: what is wrong.")
    remedy: str = strawberry.field(description="办法: what to do.")


@strawberry.type(description="输入有误: the input cannot be taken; every problem names its field.")
class ValidationError(UserError):
    """Wrong input."""

    problems: list[InputProblem] = strawberry.field(description="各处错误: all problems, one for each field.")


@strawberry.type(description="无权办理: you are not signed in, or your posts do not give the right (N5, 003-14).")
class NotPermitted(UserError):
    """No right."""


@strawberry.type(
    description="未找到: there is no such thing, or none that you may know of: the two answers are the same."
)
class NotFound(UserError):
    """Nothing there."""


@strawberry.type(description="状态冲突: the item or the matter is in a state that does not allow it.")
class Conflict(UserError):
    """A wrong state."""


@strawberry.type(description="提交编号重复: the idempotency key was used for something else (IDEMPOTENCY_KEY_REUSED).")
class IdempotencyKeyReused(UserError):
    """A key used twice."""


@strawberry.type(description="期间的行为: what somebody else did since you last looked.")
class MatterHappened:
    """One thing that happened."""

    seq: int = strawberry.field(description="序号: number of the event.")
    kind: str = strawberry.field(description="行为代码: what was done.")
    name: str = strawberry.field(description="行为: what was done, in Chinese.")
    by: str = strawberry.field(description="行为人: who did it.")
    at: datetime = strawberry.field(description="时间: when.")


@strawberry.type(description="期间有变动: somebody else acted since `seen`; look again, then decide (003-33).")
class ChangedMeanwhile(UserError):
    """Too late."""

    clause: str = strawberry.field(description="依据: the clause.")
    happened: list[MatterHappened] = strawberry.field(description="期间的行为: who did what since.")


@strawberry.type(description="欠缺: one thing that a gate of the procedure finds missing (003-32).")
class MatterShortfall:
    """What is missing."""

    gate: str = strawberry.field(description="关口: name of the gate.")
    message: str = strawberry.field(description="说明: what is missing.")
    remedy: str = strawberry.field(description="办法: what to do.")


@strawberry.type(
    description="不予办理: the procedure refuses the act: by which clause, and everything that is missing (003-32)."
)
class MatterRefused(UserError):
    """The engine's refusal."""

    clause: str = strawberry.field(description="依据: the clause that asks for it.")
    shortfalls: list[MatterShortfall] = strawberry.field(description="欠缺: everything that is missing, at once.")


def _path(of: str) -> list[str]:
    """Return the way to a field as the contract writes it."""
    return [to_camel_case(one) for one in of.split(".")]


def _told(refusal: errors.Refusal, code: str = "") -> dict[str, Any]:
    path = _path(refusal.problems[0].path) if len(refusal.problems) == 1 else []
    return {"code": code or refusal.code, "message": refusal.message, "path": path, "remedy": refusal.remedy}


class _Handles:
    """Answers refusals of some classes with one type."""

    error_type: ClassVar[Any]
    exception_type: ClassVar[Any]

    def handle(self, exception: Any, *, field: Any, info: Any) -> Any:  # noqa: ARG002 -- strawberry's signature
        """Return the answer."""
        return self.error_type(**_told(exception))


class _KeyReused(_Handles):
    error_type, exception_type = IdempotencyKeyReused, (KeyReused, KeyOfAnother)

    def handle(self, exception: Any, *, field: Any, info: Any) -> Any:  # noqa: ARG002 -- strawberry's signature
        """Return the answer under the code that clients know."""
        return IdempotencyKeyReused(**{**_told(exception, REUSED), "path": ["idempotencyKey"]})


class _Changed(_Handles):
    error_type, exception_type = ChangedMeanwhile, Changed

    def handle(self, exception: Any, *, field: Any, info: Any) -> Any:  # noqa: ARG002 -- strawberry's signature
        """Return the answer with what happened."""
        happened = [MatterHappened(seq=one.seq, kind=one.kind, name=one.name, by=one.by, at=one.at)
                    for one in exception.happened]  # fmt: skip
        return ChangedMeanwhile(**_told(exception), clause=exception.clause, happened=happened)


class _Refused(_Handles):
    error_type, exception_type = MatterRefused, Refused

    def handle(self, exception: Any, *, field: Any, info: Any) -> Any:  # noqa: ARG002 -- strawberry's signature
        """Return the answer with its clause and everything that is missing."""
        missing = [MatterShortfall(gate=one.gate, message=one.message, remedy=one.remedy)
                   for one in exception.shortfalls]  # fmt: skip
        return MatterRefused(**{**_told(exception), "path": []}, clause=exception.clause, shortfalls=missing)


class _Invalid(_Handles):
    error_type, exception_type = ValidationError, errors.InvalidInput

    def handle(self, exception: Any, *, field: Any, info: Any) -> Any:  # noqa: ARG002 -- strawberry's signature
        """Return the answer with every problem."""
        problems = [
            InputProblem(path=_path(one.path), code=one.code, message=one.message, remedy=one.remedy)
            for one in exception.problems
        ]
        return ValidationError(**_told(exception), problems=problems)


class _NotPermitted(_Handles):
    error_type, exception_type = NotPermitted, (errors.NotPermitted, errors.NotSignedIn)


class _NotFound(_Handles):
    error_type, exception_type = NotFound, errors.NotFound


class _Conflict(_Handles):
    error_type, exception_type = Conflict, errors.Conflict


HANDLERS: Final = (_KeyReused(), _Changed(), _Refused(), _Invalid(), _NotPermitted(), _NotFound(), _Conflict())
"""The special ones before the general ones: the first that fits answers."""

ERRORS: Final = (
    ValidationError, NotPermitted, NotFound, ChangedMeanwhile, MatterRefused, IdempotencyKeyReused, Conflict
)  # fmt: skip
