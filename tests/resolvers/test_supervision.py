"""Breaches are found on the day they happen, once, by the act itself as by the sweep, and stay found (S1, S3, S10)."""

import asyncio
import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from domain.access import Role
from domain.supervision.rules import Bounds
from resolvers import (
    matters,
    outbox,
    supervision,
    supervision_conditions,
    supervision_finding,
    supervision_looking,
    supervision_rules,
)
from resolvers.addresses import plain_url
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound, NotPermitted
from resolvers.supervision import AlertFilter, AlertMoved, AlertRow
from resolvers.supervision_conditions import BY_SWEEP, OF_MATTERS, statements
from tests import factories, running
from tests.hall import served
from tests.running import PENALTY, Office, agree

pytestmark = pytest.mark.clause("S1", "S3")
ALTERED: dict[str, Any] = {
    "outcome": {"result": "granted", "fees": [{"name": "工本费", "amount": "5"}]},
    "supplements": [{"asked": "2026-03-02T02:00:00Z"}, {"asked": "2099-03-02T02:00:00Z"}],
    "pauses": [{}, {}],
    "materials": [],
    "documents": [],
    "visits": [{"how": "completed", "doers": []}, {"how": "completed", "doers": []}],
    "reminded": [{"visit": 1, "limit": "review", "level": "alarm"}],
    "marks": {
        "received": "2026-03-02T01:00:00Z",
        "accepted": "2026-03-01T01:00:00Z",
        "decided": "2026-03-03T01:00:00Z",
    },
}
"""A state that no act of the engine makes: as a department's own system or an intruder might leave it."""


@pytest.fixture
async def office(database: Database) -> Office:
    made = await running.office(database)
    await supervision.keep_shipped(made.ctx)
    return made


async def told(ctx: Context) -> None:
    """Tell everything that is due: inboxes, and supervision."""
    while claimed := await outbox.claim(ctx):
        for one in claimed:
            await outbox.deliver(ctx, one.id)


async def found(ctx: Context, **where: Any) -> list[AlertRow]:
    return list(await supervision.all_alerts(ctx, AlertFilter(**where)))


async def codes(ctx: Context) -> set[tuple[str, str]]:
    return {(one.rule_code, one.grade) for one in await found(ctx)}


async def forged(owner: str, number: str, change: str) -> None:
    """Alter the state of a matter past the program, as a department's own system or an intruder might."""
    connection = await asyncpg.connect(plain_url(owner))
    await connection.execute("ALTER TABLE matter DISABLE TRIGGER USER")
    await connection.execute(f"UPDATE matter SET {change}, seq = seq + 1 WHERE number = $1", number)
    await connection.execute("ALTER TABLE matter ENABLE TRIGGER USER")
    await connection.close()


async def test_a_late_case_rises_from_reminder_to_alarm_in_one_alert_and_lifting_needs_a_ground(office: Office) -> None:
    """R01–R03, R19: one alert whose grade rises; lifted with a reason, back only at a higher grade."""
    opened = await office.open()
    await office.act(opened, "clerk", "accept")
    view = await matters.matter(office.at("clerk"), opened.matter_id)
    due = max(one.due for one in view.deadlines if one.due is not None and one.of == "matter" and one.name == "decide")
    seen = []
    days = [one.day for one in view.book.calendar.days(due, date(due.year, 12, 31))][:8]
    for when in days:
        office.later(days=max(0, (when - office.ctx.today).days))
        await matters.sweep(office.ctx)
        await told(office.ctx)
        (alert,) = [one for one in await found(office.ctx) if (one.rule_code, one.occasion) == ("R01", "decide")]
        seen.append((alert.id, alert.grade))
        if alert.grade == "warning" and alert.state == "open":
            with pytest.raises(InvalidInput):
                await supervision.lift(office.ctx, [alert.id], "no_such", "核实")
            with pytest.raises(InvalidInput):
                await supervision.lift(office.ctx, [alert.id], "objective", "  ")
            assert await supervision.lift(office.ctx, [alert.id], "objective", "当事人未到场") == 1
            assert await supervision.lift(office.ctx, [alert.id], "objective", "当事人未到场") == 0
            with pytest.raises(AlertMoved):
                await supervision.lift(office.ctx, [alert.id], "unfounded", "另一理由")
    grades = [grade for _, grade in seen]
    assert len({number for number, _ in seen}) == 1
    assert list(dict.fromkeys(grades)) == ["reminder", "warning", "alarm"]
    view_of = await supervision.alert(office.ctx, seen[0][0])
    assert [one.kind for one in view_of.history] == ["alert.opened", "alert.risen", "alert.lifted", "alert.risen"]
    assert (view_of.row.state, view_of.row.lift_reason) == ("open", "")
    assert view_of.history[2].told == {"ground": "objective", "reason": "当事人未到场"}


async def test_acts_and_the_sweep_agree_and_nothing_is_found_twice(office: Office) -> None:
    """What is answered act by act is what a first sweep over the same matters finds, and the next one finds nothing."""
    await _breaches(office)
    await told(office.ctx)
    by_acts = await codes(office.ctx)
    await supervision.sweep(office.ctx)
    by_both = await found(office.ctx)
    assert {one for one in by_acts if one[0] != "R01"} <= {(one.rule_code, one.grade) for one in by_both}
    again = await supervision.sweep(office.ctx)
    assert (again.matters, again.opened, again.risen) == (0, 0, 0)
    assert await office.ctx.db.reads.fetchval("SELECT count(*) FROM watched_matter") > 0
    kept = {(one.rule_code, one.subject_key, one.occasion, one.grade, one.message) for one in by_both}
    fresh = await _from_nothing(office)
    assert fresh == kept
    # Whose step it was is kept with each alert, as the histories of the matters tell it at any time afterwards.
    had = supervision_finding.HAD.format(matter="a.matter_id", occasion="a.occasion", opened="a.opened_at")
    told_by = (
        "SELECT a.step, a.post, a.people, coalesce(had.step, ''), coalesce(had.post, ''), coalesce(had.people, '{}')"
        f" FROM alert a {had}"
    )
    steps = [tuple(row) for row in await office.ctx.db.reads.fetch(told_by)]
    assert all(one[:3] == one[3:] for one in steps)
    assert office.id_of("clerk") in {who for one in steps for who in one[2]}
    assert {("verify", "业务审核岗")} <= {one[:2] for one in steps}


async def test_a_look_in_parts_finds_what_one_look_does_though_one_died_and_two_went_on_at_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each finding in a transaction of its own: what was written stays, the next sweeps find the rest, and once."""
    await _breaches(office)
    monkeypatch.setattr(supervision_looking, "MOST", 1)
    monkeypatch.setattr(supervision_looking, "write", _dying(supervision_finding.write))
    with pytest.raises(_Died):
        await supervision.sweep(office.ctx)
    monkeypatch.setattr(supervision_looking, "write", supervision_finding.write)
    assert len(await found(office.ctx)) == 1
    swept = await asyncio.gather(*(supervision.sweep(office.ctx) for _ in range(2)))
    alerts = await found(office.ctx)
    assert sum(one.opened for one in swept) + 1 == len(alerts) >= 3
    kept = {(one.rule_code, one.subject_key, one.occasion, one.grade, one.message) for one in alerts}
    assert kept == await _from_nothing(office)
    opened = "SELECT count(*), count(DISTINCT stream) FROM event WHERE kind = 'alert.opened'"
    assert [tuple(row) for row in await office.ctx.db.reads.fetch(opened)] == [(len(alerts), len(alerts))]


class _Died(Exception):
    """The process ends here."""


def _dying(write: Any) -> Any:
    calls = iter(range(9))

    async def dies(*given: Any) -> Any:
        if next(calls) == 1:
            raise _Died
        return await write(*given)

    return dies


async def test_what_rules_look_for_in_matters_is_read_from_the_index_of_the_few_that_have_it(office: Office) -> None:
    """Whatever a condition asks of a matter implies the index; else each of them reads a million rows in every sweep."""
    names = [*supervision_conditions.OF_MATTERS, "handling_not_finished"]
    async with office.ctx.db.reads.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        for name in names:
            sql = f"EXPLAIN WITH g AS (SELECT $1::bigint[], $2::date, $3::date[]) {supervision_conditions.statements([name])}"
            plan = "\n".join(row[0] for row in await connection.fetch(sql, None, office.ctx.today, []))
            assert "Index Scan using ix_watched_matter_wrong" in plan, f"{name}:\n{plan}"


async def _from_nothing(office: Office) -> set[tuple[str, str, str, str, str]]:
    """Find everything anew as if no alert were there, without writing it."""
    rules = supervision_finding.running(await supervision_rules.newest(office.ctx.db.reads))
    made = await supervision_finding.find(office.ctx, office.ctx.db.reads, rules, known=True)
    return {(one.kept.rule.code, one.subject_key, one.occasion, one.grade, one.message) for one in made}


async def _breaches(office: Office) -> None:
    """Plant breaches that people can commit within the rules of the engine."""
    await served(office)
    refused = await office.open()
    await office.act(refused, "clerk", "refuse_acceptance", ground="not_needed", reasons="不需要许可")
    returned = await office.open()
    await office.act(returned, "clerk", "accept")
    for _ in range(3):
        await office.act(returned, "reviewer", "complete", opinion=agree())
        await office.act(returned, "verifier", "return", to="review", reasons="依据不足")
    await office.act(returned, "reviewer", "complete", opinion=agree())


@pytest.mark.clause("S10")
async def test_every_rule_finds_its_planted_breach_and_nothing_else_is_found(office: Office, owner_url: str) -> None:
    """The rules about a matter, one planted breach each; a clean case beside them is not alarmed."""
    clean = await office.open(brings={"materials": [{"name": "申请表", "digest": "aa" * 32}]})
    await office.act(clean, "clerk", "accept")
    await told(office.ctx)
    assert await found(office.ctx) == []
    await _breaches(office)
    number = (await served(office)).number
    await forged(owner_url, number, f"state = state || '{json.dumps(ALTERED, ensure_ascii=False)}'::jsonb")
    empty = (await served(office)).number
    await forged(owner_url, empty, "state = state || '{\"outcome\": null}'::jsonb")
    case = (await office.open(PENALTY, "inv1")).number
    judged = {"outcome": {"result": "penalty", "fines": [{"deviation": {"reasons": "x"}}]}}
    marked = "jsonb_set(state, '{marks,accepted}', '\"2026-03-03T01:00:00Z\"')"
    await forged(owner_url, case, f"state = {marked} || '{json.dumps(judged)}'::jsonb, title = '占道处罚'")
    gone = (await office.open()).number
    await forged(owner_url, gone, "item_code = '999900001XK99999'")
    await factories.confirmed(
        office.ctx,
        office.government,
        [
            factories.change(
                office.government,
                running.licence_item(status="cancelled"),
                "cancel",
                valid_from=date(2026, 3, 2),
            )
        ],
    )
    await supervision.sweep(office.ctx)
    alerts = await found(office.ctx, matter=number)
    of_one = {one.rule_code for one in alerts}
    assert of_one >= {"R04", "R06", "R07", "R09", "R10", "R11", "R13", "R14", "R23"}
    assert {one.rule_code for one in await found(office.ctx, matter=empty)} >= {"R08"}
    assert {one.rule_code for one in await found(office.ctx, matter=case)} == {"R05", "R24"}
    assert {one.rule_code for one in await found(office.ctx, matter=gone)} == {"S01"}
    everywhere = {one.rule_code for one in await found(office.ctx)}
    assert everywhere >= {"R12", "R22", "S02", "S05"}
    (wrong,) = [one for one in alerts if one.rule_code == "R11"]
    assert "受理早于登记" in wrong.message


@pytest.mark.clause("S2")
async def test_a_changed_rule_judges_nothing_anew_and_a_retired_one_finds_nothing(office: Office) -> None:
    await _breaches(office)
    await told(office.ctx)
    before = {(one.id, one.grade, one.rule_version, one.message) for one in await found(office.ctx)}
    (rule,) = [one for one in await supervision.rules(office.ctx) if one.kept.rule.code == "R12"]
    assert (rule.found, rule.precision) == (1, Decimal("100.0"))
    grades = [{"grade": "alarm", "least": "1"}]
    assert await supervision.set_rule(office.ctx, "R12", 1, {"grades": grades}) == 2
    assert await supervision.set_rule(office.ctx, "R12", 1, {"grades": grades}) == 2
    with pytest.raises(supervision.RuleMoved):
        await supervision.set_rule(office.ctx, "R12", 1, {"state": "retired"})
    with pytest.raises(InvalidInput):
        await supervision.set_rule(office.ctx, "R12", 2, {"grades": [{"grade": "alarm", "least": "-1"}]})
    await supervision.set_rule(office.ctx, "R22", 1, {"state": "retired"})
    await _breaches(office)
    await told(office.ctx)
    after = {(one.id, one.grade, one.rule_version, one.message) for one in await found(office.ctx)}
    assert before <= after
    fresh = after - before
    assert {(grade, version) for _, grade, version, text in fresh if "不予受理" in text} == {("alarm", 2)}
    assert not any("退回" in text for _, _, _, text in fresh)
    # A release with the same rules leaves what was changed as it is.
    await supervision.keep_shipped(office.ctx)
    assert [one.version for one in await supervision.rule(office.ctx, "R12")] == [2, 1]


async def test_a_body_sees_its_own_alerts_the_bureauall_and_only_the_bureaulifts(office: Office) -> None:
    other = await factories.body(office.ctx, office.government, code="B077", number="077", name="云川市监察机构")
    actor = await running.person(office.ctx, other, "supervisor", "监察岗", Role.SUPERVISION_BUREAU)
    bureau = office.ctx.acting_as(actor)
    await _breaches(office)
    await told(office.ctx)
    own = await found(office.at("clerk"))
    assert own
    assert {one.id for one in await found(bureau)} == {one.id for one in own}
    stranger = await factories.body(office.ctx, office.government, code="B088", number="088", name="云川市第八局")
    outside = office.ctx.acting_as(await running.person(office.ctx, stranger, "other", "窗口受理岗"))
    assert await found(outside) == []
    for who in (office.at("clerk"), outside):
        with pytest.raises(NotPermitted):
            await supervision.lift(who, [own[0].id], "unfounded", "核实")
    with pytest.raises(NotFound):
        await supervision.alert(outside, own[0].id)
    assert await supervision.lift(bureau, [one.id for one in own], "unfounded", "核实有误") == len(own)
    shown = await supervision.board(bureau)
    assert (shown.whole.total, shown.bodies) == (0, ())


async def test_the_board_counts_exactly_the_rows_it_leads_to(office: Office) -> None:
    await _breaches(office)
    await supervision.sweep(office.ctx)
    shown = await supervision.board(office.ctx)
    rows = await found(office.ctx, state="open")
    assert shown.whole.total == len(rows)
    assert sum(one.total for one in shown.bodies) == len(rows)
    for one in shown.rules:
        assert one.total == len(await found(office.ctx, state="open", rule=one.key))
    assert sum(one.alarm + one.warning + one.reminder for one in shown.weeks) == len(rows)


async def test_nothing_removes_an_alert_nor_lowers_its_grade(office: Office, owner_url: str) -> None:
    await _breaches(office)
    await told(office.ctx)
    connection = await asyncpg.connect(plain_url(owner_url))
    for sql in (
        "DELETE FROM alert",
        "UPDATE alert SET rank = 1, grade = 'reminder', seq = seq + 1 WHERE rank > 1",
        "UPDATE alert SET body_code = 'x', seq = seq + 1",
        "UPDATE alert SET step = 'x', seq = seq + 1",
        "UPDATE alert SET people = '{x}', seq = seq + 1",
        "TRUNCATE alert CASCADE",
        "DELETE FROM supervision_rule",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await connection.execute(sql)
    await connection.close()


def test_what_bounds_a_condition_is_a_number_of_the_rule_library_and_none_of_the_code() -> None:
    sql = statements((*OF_MATTERS, *BY_SWEEP))
    for place, name in enumerate(Bounds.model_fields, 1):
        assert f"($5::int[])[{place}]" in sql, name
    assert re.findall(r"::date - [0-9]+|interval '[0-9]+ (?:hour|day)", sql) == []
