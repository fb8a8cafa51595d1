"""Reminders where a step bears the name of a limit of its matter: each is given by itself (R10, 003-32(4))."""

from datetime import datetime

import pytest

from domain.engine.days import LOCAL
from domain.engine.lapses import Reminder, due_reminders
from domain.procedures import Procedure
from tests.matters import Run, procedure, rulebook

WEDNESDAY = datetime(2026, 4, 1, 9, tzinfo=LOCAL)


def both_late() -> Run:
    """A licence in the step ``decide``, of which both the step's time and the limit ``decide`` are over."""
    limit = {"value": 3, "unit": "workday", "clause": "003-14"}
    base = procedure("licence")
    steps = [one.model_dump() | ({"limit": limit} if one.key == "decide" else {}) for one in base.steps]
    run = Run(rulebook(procedure=Procedure.model_validate(base.model_dump() | {"steps": steps}))).licence_at("decide")
    run.now = WEDNESDAY
    return run


def give(run: Run, one: Reminder) -> None:
    run.go("remind", "time", **one.act().model_dump(exclude={"kind", "by"}))


@pytest.mark.clause("R10")
def test_a_step_and_a_limit_of_one_name_are_reminded_of_apart() -> None:
    run = both_late()
    due = due_reminders(run.matter, run.book, run.now)
    assert {(one.deadline.of, one.deadline.name) for one in due} == {("matter", "decide"), ("step", "decide")}
    give(run, due[0])
    assert due_reminders(run.matter, run.book, run.now) == due[1:]
    give(run, due[1])
    assert due_reminders(run.matter, run.book, run.now) == ()


@pytest.mark.clause("R10", "003-33")
def test_what_an_earlier_release_wrote_counts_for_both() -> None:
    run = both_late()
    give(run, due_reminders(run.matter, run.book, run.now)[0])
    told = tuple(one.model_copy(update={"limit_of": ""}) for one in run.matter.reminded)
    earlier = run.matter.model_copy(update={"reminded": told})
    assert due_reminders(earlier, run.book, run.now) == ()
