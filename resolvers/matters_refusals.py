"""Why an act on a matter cannot be: the engine's refusals as refusals of this layer, each under its own stable code.

``clause`` says which provision asks for it, ``shortfalls`` (of a gate that is shut) lists everything that is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final

from pydantic import ValidationError

from domain.engine import refusals as engine
from domain.engine.refusals import ActRefused, Shortfall
from resolvers.errors import Conflict, FieldProblem, InvalidInput, Refusal


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened on a matter: who did what, when, under which number."""

    seq: int
    kind: str
    name: str
    by: str
    at: datetime


class MatterRefused(Conflict):
    """Base of what the engine refuses; ``problems`` are its shortfalls under the names of their gates."""

    code: ClassVar[str] = "ACT_REFUSED"

    def __init__(self, message: str, clause: str, remedy: str = "", shortfalls: tuple[Shortfall, ...] = ()) -> None:
        problems = tuple(FieldProblem(one.gate, one.gate.upper(), one.message, one.remedy) for one in shortfalls)
        super().__init__(message, remedy, problems)
        self.clause = clause
        self.shortfalls = shortfalls


class ChangedMeanwhile(MatterRefused):
    """Somebody else acted since the doer last looked; ``happened`` says who did what since."""

    code = "CHANGED_MEANWHILE"

    def __init__(self, message: str, clause: str, remedy: str = "", shortfalls: tuple[Shortfall, ...] = ()) -> None:
        super().__init__(message, clause, remedy, shortfalls)
        self.happened: tuple[Happened, ...] = ()

    def telling(self, happened: Sequence[Happened]) -> "ChangedMeanwhile":
        """Return the same refusal that tells what happened since."""
        words = "；".join(f"{one.by or '系统'}{one.name}" for one in happened)
        told = ChangedMeanwhile(f"{self.message}：{words}" if words else self.message, self.clause, self.remedy)
        told.happened = tuple(happened)
        return told


class KeyReused(MatterRefused):
    """The idempotency key was used for something else."""

    code = "KEY_REUSED"


class WrongPost(MatterRefused):
    """The step belongs to another post, body or official (003-14)."""

    code = "WRONG_POST"
    status = 403


class NotRunnable(Conflict):
    """The item has no procedure that could be run, or its status does not allow a new matter."""

    code = "NOT_RUNNABLE"


def _class(refused: type[ActRefused]) -> type[MatterRefused]:
    return type(refused.__name__, (MatterRefused,), {"code": refused.code, "__doc__": refused.__doc__})


OWN: Final[Mapping[type[ActRefused], type[MatterRefused]]] = {
    engine.ChangedMeanwhile: ChangedMeanwhile,
    engine.KeyReused: KeyReused,
    engine.WrongPost: WrongPost,
}
REFUSALS: Final[Mapping[type[ActRefused], type[MatterRefused]]] = MappingProxyType(
    {one: OWN.get(one) or _class(one) for one in ActRefused.__subclasses__()}
)
"""For every refusal of the engine one of this layer, with the same code."""


def refusal_of(refused: ActRefused) -> MatterRefused:
    """Return what this layer raises for a refusal of the engine."""
    found = REFUSALS.get(type(refused), MatterRefused)
    return found(refused.message, refused.clause, refused.remedy, refused.shortfalls)


def wrong_act(error: ValidationError) -> Refusal:
    """Return the refusal for an act whose data do not fit; each problem names its field."""
    problems = tuple(
        FieldProblem(_path(one["loc"]), str(one["type"]).upper(), _words(one), "请改正后重新提交。")
        for one in error.errors(include_url=False, include_input=False)
    )
    return InvalidInput(f"提交的内容有{len(problems)}处不符合要求。", "请按提示改正。", problems)


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location[1:] or location)


_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing": "没有填写",
        "extra_forbidden": "没有这一项",
        "union_tag_invalid": "没有这一种操作",
        "union_tag_not_found": "没有写明是哪一种操作",
        "string_too_short": "内容为空或者太短",
        "string_too_long": "内容太长",
        "string_pattern_mismatch": "格式不符",
        "literal_error": "不在可选的范围内",
        "timezone_aware": "时间没有写明时区",
    }
)


def _words(problem: Any) -> str:
    return f"{_path(problem['loc'])}：{_WORDS.get(str(problem['type']), '不符合要求')}。"
