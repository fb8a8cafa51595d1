"""Scores: frozen with their evidence, objected to, restated in sight of everybody who may see, published once (S7)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import asyncpg
import pytest

from domain.access import Role
from domain.actors import ANONYMOUS
from domain.assessments.scored_periods import scored_period
from domain.assessments.scoring import Evidence
from domain.periods import Period, period_of
from domain.tables.bodies import Body
from resolvers import assessments, assessments_freezing, matters, outbox, score_items, supervision
from resolvers.addresses import plain_url
from resolvers.assessments_evidence import evidence_of
from resolvers.assessments_locking import is_open, only_scorer, scoring
from resolvers.context import LOCAL, Context, UnitOfWork, unit_of_work
from resolvers.database import Database
from resolvers.errors import Conflict, InvalidInput, NotFound, NotPermitted
from resolvers.score_items import ItemText
from tests import factories, running
from tests.running import Office

pytestmark = pytest.mark.clause("S7")
PERIOD = "2026-Q1"


@pytest.fixture
async def office(database: Database) -> Office:
    """Return a body with two late cases and a refusal in the first quarter, and a supervision bureau; it is April."""
    made = await running.office(database)
    bureau = await factories.body(
        made.ctx, made.government, code="B077", number="077", name="云川市监察机构", offices=("supervision_bureau",)
    )
    made.people["watcher"] = await running.person(made.ctx, bureau, "watcher", "监督检查岗", Role.SUPERVISION_BUREAU)
    await supervision.keep_shipped(made.ctx)
    for _ in range(2):
        opened = await made.open()
        await made.act(opened, "clerk", "accept")
    refused = await made.open()
    await made.act(refused, "clerk", "refuse_acceptance", ground="not_needed", reasons="不需要许可")
    made.later(days=29)
    await matters.sweep(made.ctx)
    await _deliver(made)
    made.later(days=8)
    return made


async def _deliver(of: Office) -> None:
    while claimed := await outbox.claim(of.ctx):
        for one in claimed:
            await outbox.deliver(of.ctx, one.id)


async def _only(of: Office, who: str = "") -> assessments.ScoreView:
    (row,) = (await assessments.list_scores(of.at(who), period=PERIOD, body=of.body.code)).rows
    return await assessments.score_view(of.at(who), row.id)


async def test_every_point_that_was_lost_leads_to_its_alert_and_the_record_keeps_the_score(office: Office) -> None:
    assert await assessments.freeze(office.at("watcher"), office.government.id or 0, PERIOD) == 1
    assert await assessments.freeze(office.at("watcher"), office.government.id or 0, PERIOD) == 0
    view = await _only(office, "clerk")
    alerts = await supervision.all_alerts(office.ctx, supervision.AlertFilter())
    points = {one.id: (one.rule_code, one.grade) for one in alerts}
    lost = [one for one in view.entries.rows if one.indicator == "alerts"]
    assert lost
    assert {one.alert_id for one in lost} <= points.keys()
    assert {(one.rule_code, one.points) for one in lost} >= {("R12", "-0.50"), ("R01", "-1.00")}
    assert all(one.clause and one.stream == f"alert:{one.alert_id}" for one in lost)
    total = 100 + sum(float(one.points) for one in view.entries.rows)
    assert float(view.row.total) == total
    assert (view.row.rank, view.row.of_bodies, view.row.edition) == (1, 1, 1)
    # What is found or lifted afterwards moves nothing.
    await supervision.lift(office.ctx, [alerts[0].id], "unfounded", "查证不实")
    assert (await _only(office, "clerk")).row.total == view.row.total


async def _object_again(office: Office, second_edition: int) -> None:
    """Each edition may be objected to once, and whoever wrote it by deciding the objection before decides no more."""
    await second_watcher(office)
    await assessments.object_to(office.at("head"), second_edition, [1], "仍有异议")
    assert [
        (view.may_decide, view.own_work)
        for view in [await assessments.score_view(office.at(who), second_edition) for who in ("watcher", "second")]
    ] == [(False, True), (True, False)]
    with pytest.raises(NotPermitted, match="前次异议"):
        await assessments.decide(office.at("watcher"), second_edition, upheld=False, decision="不同意")
    assert await assessments.decide(office.at("second"), second_edition, upheld=False, decision="查证属实") is None


async def test_an_objection_that_is_upheld_restates_the_score_beside_the_first(office: Office) -> None:
    await assessments.freeze(office.ctx, office.government.id or 0, PERIOD)
    first = await _only(office, "head")
    worst = min(first.entries.rows, key=lambda one: float(one.points))
    for who, refusal in (("clerk", NotPermitted), ("watcher", NotPermitted)):
        with pytest.raises(refusal):
            await assessments.object_to(office.at(who), first.row.id, [worst.no], "系统故障")
    with pytest.raises(InvalidInput):
        await assessments.object_to(office.at("head"), first.row.id, [99], "系统故障")
    filed = await assessments.object_to(office.at("head"), first.row.id, [worst.no], "系统故障")
    assert await assessments.object_to(office.at("head"), first.row.id, [worst.no], "系统故障") == filed
    with pytest.raises(Conflict):
        await assessments.object_to(office.at("head"), first.row.id, [worst.no], "另一理由")
    with pytest.raises(NotPermitted):
        await assessments.decide(office.at("head"), first.row.id, upheld=True, decision="自己同意")
    await _deliver(office)
    made = await assessments.decide(office.at("watcher"), first.row.id, upheld=True, decision="当日系统停机")
    assert await assessments.decide(office.at("watcher"), first.row.id, upheld=True, decision="当日系统停机") == made
    with pytest.raises(Conflict):
        await assessments.decide(office.at("watcher"), first.row.id, upheld=False, decision="不同意")
    now = await _only(office, "clerk")
    assert (now.row.id, now.row.edition, now.row.reason) == (made, 2, "当日系统停机")
    assert float(now.row.total) == float(first.row.total) - float(worst.points)
    assert [one.edition for one in now.editions] == [2, 1]
    kept = await assessments.score_view(office.at("clerk"), first.row.id)
    assert (kept.row.total, kept.objection.state if kept.objection else "") == (first.row.total, "upheld")
    kinds = await office.ctx.db.reads.fetch(
        "SELECT kind FROM event WHERE stream = $1 ORDER BY seq", f"score:{first.row.id}"
    )
    assert [row["kind"] for row in kinds] == ["score.frozen", "score.objected", "score.decided"]
    # The bureau was told at once, the head when it was decided; that nobody decides is told where it is so alone.
    then = office.ctx
    office.later(days=30)
    await _deliver(office)
    told = await office.ctx.db.reads.fetch(
        "SELECT template, state FROM notice WHERE template LIKE 'score%' ORDER BY id"
    )
    assert [(row["template"], row["state"]) for row in told] == [
        ("score_objected", "told"),
        ("score_objection_late", "dropped"),
        ("score_decided", "told"),
    ]
    office.ctx = then
    await _object_again(office, now.row.id)


async def test_scores_are_public_once_published_and_ledgers_never(office: Office, owner_url: str) -> None:
    await assessments.freeze(office.ctx, office.government.id or 0, PERIOD)
    nobody = office.ctx.acting_as(ANONYMOUS)
    assert (await assessments.list_scores(nobody, period=PERIOD)).rows == ()
    assert await assessments.periods(nobody) == ()
    before = await office.ctx.db.publicity.revision()
    assert await assessments.publish(office.at("watcher"), office.government.id or 0, PERIOD) is True
    assert await assessments.publish(office.at("watcher"), office.government.id or 0, PERIOD) is False
    assert await office.ctx.db.publicity.revision() > before
    (row,) = (await assessments.list_scores(nobody, period=PERIOD)).rows
    assert row.body_code == office.body.code
    with pytest.raises(NotFound):
        await assessments.score_view(nobody, row.id)
    connection = await asyncpg.connect(plain_url(owner_url))
    for sql in (
        "UPDATE assessment_score SET total = 100",
        "DELETE FROM assessment_entry",
        "UPDATE assessment SET period = '2026-Q4'",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await connection.execute(sql)
    await connection.close()


async def _second_unit(office: Office) -> None:
    """Add a unit with posts of the same names, so that a post alone does not tell the unit."""
    same: dict[str, tuple[str, tuple[Role, ...]]] = {"other1": ("窗口受理岗", ()), "other2": ("材料审查岗", ())}
    office.people |= await running.people(office.ctx, office.body, same)


REASSIGNED = """
UPDATE matter SET seq = seq + 1, state = jsonb_set(state, '{visits}', (SELECT jsonb_agg(v || jsonb_build_object('assignee', $1::text))
  FROM jsonb_array_elements(state -> 'visits') v))
"""


async def _reassigned(office: Office, owner_url: str) -> None:
    """Every step is somebody else's afterwards; what was found is about whoever had it when it was found."""

    async def found() -> Sequence[object]:
        async with unit_of_work(office.ctx, unrecorded="a test") as uow:
            told = await evidence_of(office.ctx, uow, office.government.id or 0, Period(2026, 1))
        return told[office.body.code].alerts

    before = await found()
    connection = await asyncpg.connect(plain_url(owner_url))
    await connection.execute("ALTER TABLE matter DISABLE TRIGGER USER")
    await connection.execute(REASSIGNED, office.id_of("other1"))
    await connection.execute("ALTER TABLE matter ENABLE TRIGGER USER")
    await connection.close()
    assert (await found(), len(before) > 0) == (before, True)


async def _late_for_the_one_above(office: Office, owner_url: str) -> None:
    """Nobody decided in time: the bureau one level up learns of it, once, and the late one does not lift it (003-39)."""
    above = await factories.government(office.ctx, division_code="990000", name="云川省", level="province")
    connection = await asyncpg.connect(plain_url(owner_url))
    await connection.execute("UPDATE government SET parent_id = $1 WHERE id = $2", above.id, office.government.id)
    await connection.close()
    for _ in range(2):
        await supervision.sweep(office.ctx)
    (late,) = await supervision.all_alerts(office.ctx, supervision.AlertFilter(rule="S12"))
    assert (late.body_code, late.government_name, late.grade) == ("B077", "云川省", "alarm")
    assert f"{office.body.name}{PERIOD}" in late.message
    with pytest.raises(NotPermitted):
        await supervision.lift(office.at("watcher"), [late.id], "unfounded", "自己摘牌")


async def test_units_and_posts_are_scored_by_their_lines_and_restated_with_their_body(
    office: Office, owner_url: str
) -> None:
    await _second_unit(office)
    await assessments.freeze(office.ctx, office.government.id or 0, PERIOD)
    whole = await _only(office, "head")
    lines = {one.no: one for one in whole.entries.rows}
    given = {one.attribution for one in lines.values()}
    # The clerk acted in the steps of the refusal; nobody did in the late review, which two units might have had.
    assert {"assignee", "several"} <= given <= {"assignee", "several", "post", "whole"}
    assert {one.unit for one in whole.parts if one.kind == "unit"} == {"clerk科"}
    for part in whole.parts:
        view = await assessments.score_view(office.at("clerk"), part.id)
        assert view.whole == whole.row.id
        assert all(lines[one.no].points == one.points and one.unit == part.unit for one in view.entries.rows)
        own = [one for one in lines.values() if one.unit == part.unit and part.post in ("", one.post)]
        assert [one.no for one in view.entries.rows] == [one.no for one in own]
        assert float(part.total) == 100 + sum(float(one.points) for one in own)
        assert (part.rank <= part.of_bodies, (part.steps or 0) > 0) == (True, True)
        with pytest.raises(Conflict):
            await assessments.object_to(office.at("head"), part.id, [1], "系统故障")
    worst = next(one for one in whole.entries.rows if one.attribution == "assignee")
    await assessments.object_to(office.at("head"), whole.row.id, [worst.no], "系统故障")
    for days, late in ((0, False), (40, True)):
        office.later(days=days)
        await _deliver(office)
        (waits,) = await assessments.open_objections(office.at("watcher"), office.government.id or 0)
        assert (waits.score_id, waits.overdue) == (whole.row.id, late)
    await _late_for_the_one_above(office, owner_url)
    copies = "SELECT count(*) FROM notice_copy c JOIN notice n ON n.id = c.notice_id WHERE n.template = 'score_objection_late'"
    assert await office.ctx.db.reads.fetchval(copies) > 0
    made = await assessments.decide(office.at("watcher"), whole.row.id, upheld=True, decision="当日系统停机")
    now = await assessments.score_view(office.at("clerk"), made or 0)
    before = {one.subject_key: one for one in whole.parts}
    assert {one.subject_key for one in now.parts} == before.keys()
    for part in now.parts:
        moved = float(part.total) - float(before[part.subject_key].total)
        theirs = part.unit == worst.unit and part.post in ("", worst.post)
        assert (part.edition, part.reason, moved) == (2, "当日系统停机", -float(worst.points) if theirs else 0)
        assert [one.edition for one in (await assessments.score_view(office.at("clerk"), part.id)).editions] == [2, 1]
    told = await office.ctx.db.reads.fetchval("SELECT count(*) FROM event WHERE kind = 'score.restated'")
    assert told == 1 + len(now.parts)
    # Nobody else reads of units and posts, once the bodies' totals are published as well.
    await assessments.publish(office.at("watcher"), office.government.id or 0, PERIOD)
    for kind, seen in (("body", 1), ("unit", 0), ("post", 0)):
        found = await assessments.list_scores(office.ctx.acting_as(ANONYMOUS), period=PERIOD, kind=kind)
        assert len(found.rows) == seen, kind
    await _reassigned(office, owner_url)


async def test_what_is_due_is_scored_by_itself_what_was_missed_afterwards_and_too_late_is_too_late(
    office: Office,
) -> None:
    async def scored() -> list[str]:
        rows = await office.ctx.db.reads.fetch("SELECT period FROM assessment ORDER BY id")
        return [row["period"] for row in rows]

    office.later(days=6)
    # Five minutes after midnight it is still the day before in Greenwich: limits are counted in the city's days.
    frozen_on = office.ctx.today
    office.ctx = office.ctx.at(datetime.combine(frozen_on, time(0, 5), LOCAL))
    assert [await assessments.freeze_due(office.ctx) for _ in range(2)] == [2, 0]
    # Nothing was run before March; the quarter is as due as its last month.
    assert await scored() == ["2026-Q1", "2026-03"]
    for code, refusal in (("2026-Q2", Conflict), ("2026-13", InvalidInput)):
        with pytest.raises(refusal):
            await assessments.freeze(office.ctx, office.government.id or 0, code)
    last, score = date(2026, 4, 21), await _only(office, "head")
    assert (frozen_on, score.object_until) == (date(2026, 4, 14), last)
    for days, allowed in ((1, False), (0, True)):
        at = office.at("head").at(datetime.combine(last + timedelta(days=days), time(23, 55), LOCAL))
        assert (await assessments.score_view(at, score.row.id)).may_object is allowed
        if allowed:
            assert await assessments.object_to(at, score.row.id, [1], "系统故障") > 0
        else:
            with pytest.raises(assessments.TooLateToObject, match="期限已过"):
                await assessments.object_to(at, score.row.id, [1], "系统故障")
    office.later(days=65)
    await assessments.freeze_due(office.ctx)
    assert await scored() == ["2026-Q1", "2026-03", "2026-04", "2026-05"]
    history = await assessments.history(
        office.ctx, (await assessments.list_scores(office.ctx, period="2026-05")).rows[0]
    )
    assert [one.period for one in history] == ["2026-05", "2026-04", "2026-03"]
    before = await assessments.compared(office.ctx, history[:1], "2026-03")
    assert [one.period for one in before.values()] == ["2026-03"]


async def test_one_process_scores_what_is_due_and_a_period_that_fails_holds_up_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(ctx: Context, uow: UnitOfWork, government: int, period: Period) -> dict[str, Evidence]:
        if period.code == PERIOD:
            raise RuntimeError("no evidence")
        return await evidence_of(ctx, uow, government, period)

    office.later(days=6)
    async with only_scorer(office.ctx) as mine:
        assert (mine, await assessments.freeze_due(office.ctx)) == (True, 0)
    monkeypatch.setattr(assessments_freezing, "evidence_of", failing)
    assert await assessments.freeze_due(office.ctx) == 1
    monkeypatch.undo()
    assert await assessments.freeze_due(office.ctx) == 1
    rows = await office.ctx.db.reads.fetch("SELECT period FROM assessment ORDER BY id")
    assert [row["period"] for row in rows] == ["2026-03", PERIOD]


async def test_a_period_is_scored_at_one_moment_with_every_item_that_was_confirmed_before(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await second_watcher(office)
    watcher, second, government = office.at("watcher"), office.at("second"), office.government.id or 0
    added = await score_items.propose(watcher, item(office))
    monkeypatch.setattr(assessments_freezing, "AT_ONCE_SECONDS", 1)
    count = "SELECT count(*) FROM score_item"
    async with scoring(office.ctx, government, "2026-03", 0) as uow:
        seen = await (await uow.raw()).fetchval(count)
        # Nobody scores it a second time or changes what it is made of; whoever waits is told, and other periods are free.
        with pytest.raises(assessments.NotScoredAtOnce, match="当场"):
            await assessments.freeze(watcher, government, "2026-03")
        for late in (
            score_items.propose(watcher, item(office, key="late")),
            score_items.decide(second, added, confirmed=True, decision="属实"),
        ):
            with pytest.raises(score_items.ScoreItemMoved, match="正在评定"):
                await late
        assert await score_items.propose(watcher, item(office, key="other", period=PERIOD)) > added
        assert await (await uow.raw()).fetchval(count) == seen
    async with unit_of_work(office.ctx, unrecorded="somebody decides about an item") as uow:
        assert await is_open(uow, government, "2026-03")
        with pytest.raises(assessments.NotScoredAtOnce):
            await assessments.freeze(watcher, government, "2026-03")
    await score_items.decide(second, added, confirmed=True, decision="属实")
    monkeypatch.undo()
    assert await assessments.freeze(watcher, government, "2026-03") == 1
    (row,) = (await assessments.list_scores(watcher, period="2026-03", body=office.body.code)).rows
    view = await assessments.score_view(watcher, row.id)
    assert f"score_item:{added}" in {one.stream for one in view.entries.rows}


async def second_watcher(office: Office) -> None:
    """Let the bureau have another official who supervises."""
    (row,) = await office.ctx.db.reads.fetch("SELECT id, name FROM body WHERE code = 'B077'")
    bureau = Body(id=row["id"], government_id=office.government.id or 0, code="B077", number="077", name=row["name"])
    second: dict[str, tuple[str, tuple[Role, ...]]] = {"second": ("监督检查二岗", (Role.SUPERVISION_BUREAU,))}
    office.people |= await running.people(office.ctx, bureau, second)


def item(office: Office, **changes: str) -> ItemText:
    fields = {"key": "one", "body": office.body.code, "period": "2026-03", "indicator": "additions"}
    return ItemText(
        **(fields | {"points": "4.5", "words": "主动公开办理时限", "evidence": "2026年第3号通报"} | changes)
    )


def test_months_follow_one_another_and_reports_know_none() -> None:
    december = scored_period("2026-12")
    assert december is not None
    assert (december.first, december.last) == (date(2026, 12, 1), date(2026, 12, 31))
    assert (december.following.code, december.before.code, len(december.months)) == ("2027-01", "2026-11", 1)
    assert [scored_period(one) is None for one in ("2026-13", "2026-00", "2026-9", "2026", "2026-Q1")] == [True] * 3 + [
        False
    ] * 2
    assert period_of("2026-12") is None
