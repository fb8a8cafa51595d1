"""What goes up opens to what was committed to, and a delay is called by the limit of the rules (X1; 003-28)."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from domain.exchange import Allowed, Entry, EntryBroken, waited
from domain.profiles import load_profiles
from domain.proof.leaf import entry, opening
from domain.supervision.rule_files import load_rules
from tests.proofs import act, salt

pytestmark = pytest.mark.clause("X1", "S2")
NOW = datetime(2026, 11, 29, 1, tzinfo=UTC)
GOOD = Entry(7, entry(act(1), salt(1)), opening(act(1), salt(1)))
TEXT = '{"name":"许可"}'
NAMED = act(3, kind="power.add", body=f'{{"digest":"{hashlib.sha256(TEXT.encode()).hexdigest()}"}}')
VERSION = Entry(9, entry(NAMED, salt(3)), opening(NAMED, salt(3)), content=TEXT)
AWAY = Entry(8, entry(act(2), salt(2)), bundle="2023-05")


@pytest.mark.parametrize("one", [GOOD, AWAY, VERSION])
def test_an_entry_is_read_as_it_was_written(one: Entry) -> None:
    assert Entry.read(one.line) == one
    assert Entry.read(one.line).line == one.line


@pytest.mark.parametrize(
    "change",
    [
        {"index": -1},
        {"index": True},
        {"index": "7"},
        {"entry": "AA=="},
        {"entry": None},
        {"entry": json.loads(AWAY.line)["entry"]},
        {"opening": {}},
        {"opening": []},
        {"opening": {**dict(GOOD.opening or {}), "body": {"blind": "00" * 32, "text": "{}"}}},
        {"opening": None},
        {"opening": None, "bundle": 1},
        {"content": TEXT},
        {"bundle": "2023-05"},
        {**json.loads(VERSION.line), "content": None},
        {**json.loads(VERSION.line), "content": TEXT + " "},
        {**json.loads(VERSION.line), "content": 1},
    ],
)
def test_what_does_not_open_is_refused(change: dict[str, object]) -> None:
    plain = {key: value for key, value in {**json.loads(GOOD.line), **change}.items() if value is not None}
    with pytest.raises(EntryBroken):
        Entry.of(plain)
    for line in (b"", b"[]", b"{", b"[" * 100_000):
        with pytest.raises(EntryBroken):
            Entry.read(line)


def test_a_delay_is_late_at_the_limit_and_near_from_the_first_warning_on() -> None:
    allowed = Allowed.by(load_profiles()["xuzhou-2016"])
    hours = {0: "", 11: "", 12: "near", 23: "near", 24: "late", 99: "late"}
    assert {one: allowed.delay(timedelta(hours=one)) for one in hours} == hours
    assert waited(None, NOW) == waited(NOW + timedelta(hours=1), NOW) == timedelta()
    assert not Allowed.by(load_profiles()["baotou-2023"]).delay(timedelta(days=99)), "001 sets no such limit"


def test_the_rule_has_the_limits_of_every_profile_that_sets_one() -> None:
    rule = load_rules().rule("S11")
    assert rule is not None
    least = {one.grade: timedelta(hours=int(one.least)) for one in rule.grades}
    for profile in load_profiles().values():
        allowed = Allowed.by(profile)
        if allowed.limit is not None:
            assert (allowed.limit, allowed.warning) == (least["alarm"], least["warning"]), profile.id
            assert allowed.clause == rule.clause
