"""An item in the making: what was read so far, what is kept under its header, and what a person should look at."""

from dataclasses import dataclass, field
from typing import Any, Literal

from domain.lists.results import Problem, ProblemCode
from domain.lists.texts import mend, same, squeeze
from domain.powers import Guide, PowerContent

CategorySource = Literal["row", "section", "sheet", "title", "nowhere"]
# Cells of further columns that say nothing; 无 is kept there, since in such a column it informs.
_NOTHING = frozenset(("", "/", "／", "\\", "-", "－", "—", "——"))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rows around an item say about it: sheet, category of the section, sheet or title, body."""

    sheet: str
    category_text: str = ""
    category_from: CategorySource = "nowhere"
    body_name: str = ""


@dataclass(slots=True)
class Draft:
    """An item in the making."""

    content: dict[str, Any] = field(default_factory=dict)
    further: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    raw: dict[str, str] = field(default_factory=dict)

    def report(self, column: str, code: ProblemCode, message: str, advice: str, *, blocking: bool = False) -> None:
        """Add a problem."""
        self.problems.append(Problem(column, code, message, advice, blocking))

    def keep(self, header: str, text: str) -> None:
        """Keep a text under its header; a second text under the same header gets a number."""
        if squeeze(text) in _NOTHING:
            return
        name, number = header, 2
        while name in self.further and not same(self.further[name], text):
            name, number = f"{header}（{number}）", number + 1
        self.further[name] = mend(text)


def name_of(name: str) -> str:
    """Chinese title of a field, for problems."""
    info = PowerContent.model_fields.get(name) or Guide.model_fields.get(name)
    return info.title or name if info is not None else name
