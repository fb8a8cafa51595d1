"""Several items in one go (000-12): who applies is asked once, one form follows the other, the receipts stand in one list.

What is still to come and what was sent travels in the forms themselves, as everything of an application does; nothing is
kept by the server, and whoever stops on the way has the receipts so far on the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData

from portal.parties_fields import PREFIX
from resolvers import applications
from resolvers.applications import Beside
from resolvers.context import Context
from resolvers.errors import FieldProblem, Refusal

ALSO, CODES, DONE = "also", "also-codes", "done"
MOST: Final = 8
LONGEST: Final = 300
PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class Receipted:
    """An application that was sent on the way: number, look-up code, name of the item."""

    number: str
    code: str
    name: str

    @property
    def carried(self) -> str:
        """The text that the next form carries."""
        return f"{self.number} {self.code} {self.name}"[:LONGEST]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The items that are still to come, and what was sent before."""

    also: tuple[str, ...] = ()
    done: tuple[Receipted, ...] = ()

    @property
    def count(self) -> int:
        """How many items there are in all, with the one of the form."""
        return len(self.also) + len(self.done) + 1

    def fields(self) -> tuple[tuple[str, str], ...]:
        """Return the hidden fields that carry it on."""
        return (*((ALSO, one) for one in self.also), *((DONE, one.carried) for one in self.done))

    def after(self, sent: Receipted) -> "Bundle":
        """Return what is left once the item of the form was sent."""
        return Bundle(self.also[1:], (*self.done, sent))


def bundle_of(form: FormData, here: str) -> Bundle:
    """Read what a form carries; an item is taken once, and the one of the form is not another one."""
    typed = [str(one)[:60] for one in form.getlist(ALSO)]
    typed += str(form.get(CODES) or "")[:1_000].replace("，", " ").replace(",", " ").split()
    also = [one for one in dict.fromkeys(one.strip() for one in typed) if one and one != here][:MOST]
    parts = [str(one)[:LONGEST].split(" ", PARTS - 1) for one in form.getlist(DONE)[:MOST]]
    return Bundle(tuple(also), tuple(Receipted(*one) for one in parts if len(one) == PARTS))


def bundle_in(values: Mapping[str, str], here: str) -> Bundle:
    """Read the items that a draft holds."""
    also = [one for one in dict.fromkeys(values.get(ALSO, "").split()) if one != here]
    return Bundle(tuple(also[:MOST]))


async def problems(ctx: Context, bundle: Bundle) -> list[FieldProblem]:
    """Return what is wrong with the items that are to come: whether each can be applied for is told before the first is sent."""
    found = []
    for one in bundle.also:
        try:
            await applications.offer(ctx, one)
        except Refusal as refusal:
            found.append(FieldProblem(CODES, refusal.code, f"{one}：{refusal.message}", refusal.remedy))
    return found


def of_party(values: Mapping[str, str]) -> dict[str, str]:
    """Return of what was typed who applies: the same for each item."""
    return {name: text for name, text in values.items() if name.startswith(PREFIX)}


def named(bundle: Bundle, offered: Sequence[Beside]) -> tuple[tuple[Beside, bool], ...]:
    """Return the other items of the body, each with whether it is chosen."""
    return tuple((one, one.code in bundle.also) for one in offered)


def typed_codes(bundle: Bundle, offered: Sequence[Beside]) -> str:
    """Return the chosen codes that are items of other bodies, as they are typed."""
    known = {one.code for one in offered}
    return " ".join(one for one in bundle.also if one not in known)
