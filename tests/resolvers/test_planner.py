"""The planner on a real database: the January of a year, downtimes of any length, nothing lost and nothing twice (N1)."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from resolvers import inbox, notices_reading, outbox, planner, supervision
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotPermitted
from resolvers.notices_reading import NoticeWishes
from tests import reporting
from tests.reporting import YEAR, Scene

pytestmark = pytest.mark.clause("N1", "N2", "R5")
AUTUMN = datetime(2026, 10, 20, 3, 0, tzinfo=UTC)
END = datetime(2027, 1, 20, 3, 0, tzinfo=UTC)
PLANNED = "SELECT key FROM planned ORDER BY key"
TITLES = "SELECT title FROM notice_copy c JOIN account a ON a.id = c.account_id WHERE a.login = $1 ORDER BY c.id"


@pytest.fixture
async def of(database: Database) -> Scene:
    return await reporting.scene(database, AUTUMN)


async def tell(of: Scene, now: datetime) -> None:
    """Tell everything that is due by now."""
    ctx = of.at("", now)
    while claimed := await outbox.claim(ctx):
        for one in claimed:
            await outbox.deliver(ctx, one.id)


async def live(of: Scene, first: datetime, last: datetime, steps: list[float]) -> None:
    """Let the planner look at some moments only, in hours after each other; what is due is told after each look."""
    now = first
    for step in steps:
        if now > last:
            break
        await planner.plan(of.at("", now))
        await tell(of, now)
        now += timedelta(hours=step)
    await planner.plan(of.at("", last))
    await tell(of, last)


async def titles(of: Scene, who: str) -> list[str]:
    rows = await of.of.ctx.db.reads.fetch(TITLES, who)
    return [row["title"] for row in rows]


@pytest.mark.clause("S3")
async def test_the_january_of_a_year(of: Scene) -> None:
    """Reminders on their days, none once it is handed in; who is missing is told to all who must know; nothing twice."""
    await live(of, AUTUMN, datetime(2026, 12, 10, 3, 0, tzinfo=UTC), [6.0] * 300)
    reminder = "请报送2026年度行政权力网上公开透明运行情况报告"
    assert (await titles(of, "head")).count(reminder) == 1
    # The bulletin of the third quarter fell due before the planner began; nobody is told of that any more.
    assert not [one for one in await titles(of, "writer") if "通报" in one]
    report = await of.of.ctx.db.reads.fetchval("SELECT id FROM report WHERE kind = 'annual_report'")
    # Planning again and again at the same time does nothing.
    assert await planner.plan(of.at("", datetime(2026, 12, 10, 3, 0, tzinfo=UTC))) == 0
    await live(of, datetime(2026, 12, 10, 3, 0, tzinfo=UTC), END, [12.0] * 200)
    head = await titles(of, "head")
    assert head.count(reminder) == 4
    assert head.count("2026年度报告逾期未报送") == 1
    for who in ("writer", "second", "watcher"):
        assert (await titles(of, who)).count("1 个机关没有按期报送2026年度报告") == 1
    assert "2026年第四季度通报已经取数，请编写" in await titles(of, "writer")
    sql = "SELECT count(*) FROM event WHERE stream = $1 AND kind = 'report.missed'"
    assert await of.of.ctx.db.reads.fetchval(sql, f"report:{report}") == 1
    # 003-51(6): supervision finds it as well, and the longer it lasts the graver.
    await supervision.keep_shipped(of.at("", END))
    await supervision.sweep(of.at("", END))
    (alert,) = await of.of.ctx.db.reads.fetch("SELECT grade, message FROM alert WHERE rule_code = 'S10'")
    assert tuple(alert) == ("alarm", "2026年度运行情况报告超过报送日期 11 个工作日。")
    assert await of.of.ctx.db.reads.fetchval("SELECT count(*) FROM outbox WHERE done_at IS NULL") == 0


async def test_whoever_has_reported_is_not_reminded(of: Scene) -> None:
    await live(of, AUTUMN, datetime(2026, 12, 7, 3, 0, tzinfo=UTC), [12.0] * 200)
    report = await of.of.ctx.db.reads.fetchval("SELECT id FROM report WHERE kind = 'annual_report'")
    await of.handed_in(report, datetime(2026, 12, 8, 3, 0, tzinfo=UTC))
    before = len(await titles(of, "head"))
    # One that was written before it was handed in, and is told after, is dropped.
    await live(of, datetime(2026, 12, 9, 3, 0, tzinfo=UTC), END, [12.0] * 200)
    late = [one for one in (await titles(of, "head"))[before:] if "年度" in one]
    assert late == []
    assert "云川市测试局提交了2026年度年度报告" in await titles(of, "second")


async def test_after_downtimes_of_any_length_everything_is_there_once(of: Scene) -> None:
    """The same occurrences are carried out as by a planner that never slept; of missed reminders the last is told."""
    dice = random.Random(seed := random.randrange(2**32))
    steps = [dice.choice((1, 5, 24, 24 * 9, 24 * 30)) * dice.uniform(0.5, 1.5) for _ in range(200)]
    await live(of, AUTUMN, END, steps)
    slept = [row["key"] for row in await of.of.ctx.db.reads.fetch(PLANNED)]
    since = await of.of.ctx.db.reads.fetchval("SELECT since FROM planner_mark")
    found = await planner._occurrences(of.at("", END), since, END)
    assert slept == sorted(one.key for one in found if since <= one.due_at <= END), seed
    copies = "SELECT count(*) - count(DISTINCT (notice_id, account_id, channel)) FROM notice_copy"
    assert await of.of.ctx.db.reads.fetchval(copies) == 0, seed
    last = "SELECT superseded FROM planned WHERE rule = 'annual_report' AND period = $1 AND moment = 'overdue'"
    assert await of.of.ctx.db.reads.fetchval(last, YEAR.code) is False, seed


async def test_a_notice_is_read_once_seen_and_counted_with_the_others(of: Scene) -> None:
    await live(of, AUTUMN, datetime(2026, 12, 7, 3, 0, tzinfo=UTC), [24.0] * 60)
    head = of.at("head", END)
    (one,) = [found for found in await notices_reading.own_notices(head) if found.template == "annual_report_reminder"]
    assert (one.unread, one.clause) == (True, "003-10(1)")
    assert "云川市测试局：2026年度报告须于 2027-01-05 前报送，还有 30 天" in one.body
    waiting = await inbox.unread(head)
    newest = (await notices_reading.own_notices(head))[0].id
    await notices_reading.mark_own_read(head, newest)
    assert await inbox.unread(head) == waiting - len(await notices_reading.own_notices(head))
    assert await notices_reading.own_notices(of.at("clerk", END)) == ()
    for wrong in (NoticeWishes(mail="x"), NoticeWishes(phone="12 34"), NoticeWishes(muted=("annual_report_reminder",))):
        with pytest.raises(InvalidInput):
            await notices_reading.set_wishes(head, wrong)
    wanted = NoticeWishes("head@example.gov.cn", "13900001234", "en", ("overdue_digest",))
    await notices_reading.set_wishes(head, wanted)
    assert await notices_reading.wishes(head) == wanted


async def test_the_operator_sees_what_will_be_sent_and_why(of: Scene) -> None:
    await planner.plan(of.at("", AUTUMN))
    view = await planner.plan_view(of.at("operator", AUTUMN))
    assert ("年度报告", "提前三十天提醒", "2026年度", "003-10(1)") in [
        (one.rule, one.moment, one.period, one.clause) for one in view.ahead
    ]
    with pytest.raises(NotPermitted):
        await planner.plan_view(of.at("head", AUTUMN))
    async with unit_of_work(of.at("", AUTUMN), unrecorded="a test") as uow:
        sql = (
            "INSERT INTO outbox (topic, key, payload, due_at, next_try, attempts) VALUES ('mail', 'x', '{}', $1, $2, 3)"
        )
        await (await uow.raw()).execute(sql, AUTUMN, AUTUMN + timedelta(hours=1))
    assert [one["key"] for one in (await planner.plan_view(of.at("operator", AUTUMN))).waiting] == ["x"]
    assert await planner.send_again(of.at("operator", AUTUMN)) == 1
    with pytest.raises(NotPermitted):
        await planner.send_again(of.at("writer", AUTUMN))
