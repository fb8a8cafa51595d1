"""Rules of supervision are data with a clause; an alert only rises; what cannot be is refused with its place (S2, S3)."""

import re
from datetime import time
from importlib import resources

import pytest

from domain.procedure_files import load_procedures
from domain.profiles import load_profiles
from domain.supervision.alerts import due, step
from domain.supervision.conditions import CONDITIONS
from domain.supervision.rule_files import RuleFileError, load_rules, parse_rules
from domain.supervision.rules import RANKS
from resolvers.supervision_conditions import BY_SWEEP, OF_MATTERS

pytestmark = pytest.mark.clause("S2")
# What the table has beside rules: R19 how alerts go, R20 when the engine runs, R21 the clock of office hours.
NOT_RULES = {"R19", "R20", "R21"}


def test_every_rule_of_the_table_is_shipped_with_its_clause_and_every_condition_is_found_by_a_statement() -> None:
    rules = load_rules().rules
    numbers = {threshold.code for one in rules for threshold in one.grades if threshold.code}
    assert numbers == {f"R{number:02}" for number in range(1, 22)} - NOT_RULES
    assert all(re.fullmatch(r"00[0-4]-[\d.]+(\(\d+\))*", one.clause) for one in rules)
    assert {one.condition for one in rules} == CONDITIONS.keys() == {*OF_MATTERS, *BY_SWEEP}
    assert {name for name, one in CONDITIONS.items() if one.by_events} == OF_MATTERS.keys()


def test_the_ladder_of_the_table_costs_what_the_table_says() -> None:
    rule = load_rules().rule("R01")
    assert rule is not None
    ladder = [(one.grade, str(one.least), one.code, str(one.points)) for one in rule.grades]
    assert ladder == [("reminder", "0", "R01", "0"), ("warning", "1", "R02", "1"), ("alarm", "2", "R03", "1.5")]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (('condition = "limit_passed"', 'condition = "no_such"'), "rules.0"),
        (('grade = "warning", least = "1"', 'grade = "warning", least = "0"'), "rules.0"),
        (("没有办结。", "{surprise}"), "rules.0"),
        (('code = "R04"\nname', 'code = "R01"\nname'), "(file)"),
        (('clause = "003-36(1)"\nkind', "kind"), "rules.0.clause"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(change: tuple[str, str], key: str) -> None:
    text = resources.files("domain").joinpath("supervision/rules.toml").read_text("utf-8")
    with pytest.raises(RuleFileError) as refused:
        parse_rules(text.replace(*change, 1))
    assert refused.value.key == key


@pytest.mark.clause("S3")
def test_an_alert_opens_rises_and_never_falls() -> None:
    """R19 of the table: the lower grade goes when a higher one comes; the same or a lower one does nothing."""
    for found in RANKS:
        assert step(None, found) == "open"
        for known in RANKS:
            assert step(known, found) == ("rise" if RANKS[found] > RANKS[known] else "nothing")


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        (None, time(7, 59), False),
        (None, time(8), True),
        (time(8), time(8, 14), False),
        (time(8), time(8, 15), True),
        (time(17, 50), time(18), False),
    ],
)
def test_the_sweep_keeps_the_hours_of_the_table(last: time | None, now: time, expected: bool) -> None:  # noqa: FBT001
    """R20: every fifteen minutes from eight to six."""
    assert due(load_rules().schedule, last, now) is expected


def test_limits_that_are_watched_by_name_are_there() -> None:
    """A rule that looks for a limit by its name would be silent for ever if a procedure called it otherwise."""
    found = load_procedures(load_profiles()["demo-city"])
    assert "supervision-case" not in found or "start" in found["supervision-case"].limits
