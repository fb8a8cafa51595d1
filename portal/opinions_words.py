"""Words of 意见征集 for readers, and reading its forms."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from starlette.datastructures import FormData

from domain.opinions import Call, questions_of
from portal.forms import text_value
from portal.labels import mark
from portal.rendering import LOCAL

SIDES: Final[Mapping[str, str]] = {"for": mark("赞成"), "against": mark("反对"), "neither": mark("其他意见")}


def answers_of(form: FormData, most: int) -> dict[int, int]:
    """Return what was chosen, by question."""
    typed = {which: text_value(form, f"q{which}", 4) for which in range(most)}
    return {which: int(text) for which, text in typed.items() if text.isascii() and text.isdigit()}


def call_of(values: Mapping[str, str]) -> Call:
    """Return what a form asks the public; a day or time that cannot be read is none, and the use-case says so."""
    return Call(
        title=values["title"],
        content=values["content"],
        closes_on=_day(values["closes_on"]),
        questions=questions_of(values["questions"].replace("\r\n", "\n")),
        hearing_at=_moment(values["hearing_at"]),
        hearing_place=values["hearing_place"],
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LOCAL)
    except ValueError:
        return None
