"""Whose score it is: a body, one of its units 内设机构, or a post 岗位 of a unit; and which of them had the step (003-36(5); S7).

A line is given to a unit only where the record tells which one: nothing is guessed, and what is given to nobody says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

SubjectKind = Literal["body", "unit", "post"]
SUBJECT_KINDS: Final[tuple[SubjectKind, ...]] = ("body", "unit", "post")

How = Literal["", "post", "assignee", "unit", "several", "unknown", "whole"]
"""How a line was given to a unit and a post, or why not.

``post``: one unit alone has the post; ``assignee``: whoever had the step held the post there; ``unit``: several posts of one
unit, so the unit alone; ``several``: several units come into question; ``unknown``: no unit has the post; ``whole``: it is
about the body as a whole. Empty: a line of a time before lines were given.
"""
HOWS: Final[tuple[How, ...]] = ("", "post", "assignee", "unit", "several", "unknown", "whole")


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """A subject within a body: a unit, or a post in a unit; without both the body itself."""

    unit: str = ""
    post: str = ""

    @property
    def kind(self) -> SubjectKind:
        """Of what kind it is."""
        if not self.unit:
            return "body"
        return "post" if self.post else "unit"


BODY_ITSELF: Final = Subject()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line belongs: the post stays written where its unit is not known."""

    unit: str = ""
    post: str = ""
    how: How = "whole"

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The subjects below the body to which it is given: its unit, and its post in it."""
        if not self.unit:
            return ()
        return (Subject(self.unit), Subject(self.unit, self.post)) if self.post else (Subject(self.unit),)


WHOLE_BODY: Final = Place()


def placed(post: str, having: Sequence[str], held_in: Sequence[str]) -> Place:
    """Return where a step belongs whose procedure gives it to ``post``.

    ``having``: units of the body that had such a post on the day. ``held_in``: units in which those who had the step (whom it was
    assigned to, or else who acted in it) held such a post that day; they tell units apart that have posts of one name.
    """
    if not post:
        return WHOLE_BODY
    held = sorted(set(held_in))
    if len(held) == 1:
        return Place(held[0], post, "assignee")
    units = sorted(set(having))
    if not held and len(units) == 1:
        return Place(units[0], post, "post")
    return Place("", post, "several" if units or held else "unknown")


def together(places: Sequence[Place]) -> Place:
    """Return where a finding belongs that was made of several alerts: only where all of them agree."""
    found = set(places)
    if not found:
        return WHOLE_BODY
    if len(found) == 1:
        return found.pop()
    units = {one.unit for one in found}
    posts = {(one.unit, one.post) for one in found}
    if len(posts) == 1:
        return next(one for one in places)
    if len(units) == 1 and "" not in units:
        return Place(units.pop(), "", "unit")
    return Place("", "", "several")
