"""意见征集 from publishing to the conclusion: who may, what anybody may say, and that nothing said goes missing (H10)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.opinions import Attendance, Call, Question, questions_of
from resolvers import opinions, opinions_desk
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooMany
from resolvers.issuing import Issuer
from resolvers.log_folder import LogFolder
from resolvers.throttles import COMPLAINTS, Client
from tests import complaints as cities
from tests.complaints import CLIENT, City, key
from tests.proofs import ORIGIN, WEB, WEB_KEY

pytestmark = [pytest.mark.anyio, pytest.mark.clause("H10")]


@pytest.fixture
async def city(database: Database) -> City:
    """Give the city."""
    return await cities.city(database)


def asked(city: City, **changes: Any) -> Call:
    """Return what is asked."""
    questions = (Question("票价涨多少合适？", ("不涨", "一元")), Question("您常坐公交吗？", ("常坐", "不常坐")))
    call = Call("公交调价", "拟调整票价。", city.ctx.today + timedelta(days=9), questions)
    return replace(call, **changes)


async def test_it_is_asked_said_answered_and_concluded_and_nothing_goes_missing(city: City, tmp_path: Path) -> None:
    hearing = {"hearing_at": city.ctx.now + timedelta(days=20), "hearing_place": "三楼会议室"}
    which = await opinions_desk.publish(city.at("editor"), "B001", "a key", asked(city, **hearing))
    assert await opinions_desk.publish(city.at("editor"), "B001", "a key", asked(city, **hearing)) == which
    issuer = Issuer(ORIGIN, WEB_KEY, WEB, LogFolder(tmp_path))
    visitor, form, comes = replace(city.at("visitor"), issuer=issuer), key(), key()
    said = "我是李四13900001234，不要涨。"
    receipts = [await opinions.say(visitor, which, form, said, {0: 0, 1: 0}, CLIENT) for _ in range(2)]
    receipts += [await opinions.say(visitor, which, key(), "", {0: 1}, CLIENT)]
    speaker = Attendance("司马测试", "13900001234", "against", "太贵")
    receipts += [await opinions.attend(visitor, which, comes, speaker, CLIENT) for _ in range(2)]
    # Each has its own, the first one again when the answer was lost; none tells who or what.
    assert [receipts.index(one) for one in receipts] == [0, 0, 2, 3, 3]
    assert all(f"about opinion:{which}\n" in one for one in receipts)
    view = await opinions_desk.desk_call(city.at("editor"), which)
    assert (view.received, view.waiting, view.counts) == (2, 1, ((1, 1), (1, 0)))
    assert [(one.name, one.side) for one in view.speakers] == [("司马测试", "against")]
    stored = repr(await city.ctx.db.reads.fetch("SELECT * FROM opinion_attendance"))
    assert "司马" not in stored
    (comment,) = view.comments
    with pytest.raises(InvalidInput, match="手机号码"):
        await opinions_desk.answer(city.at("editor"), which, comment.id, comment.said, "已经研究。")
    with pytest.raises(NotFound):
        await opinions_desk.answer(city.at("other_head"), which, comment.id, "不要涨。", "已经研究。")
    assert (await opinions.list_answers(visitor, which)).rows == ()
    await opinions_desk.answer(city.at("head"), which, comment.id, "不要涨。", "已经研究，涨幅减半。")
    with pytest.raises(Conflict):
        await opinions_desk.answer(city.at("head"), which, comment.id, "不要涨。", "又答一次。")
    (shown,) = (await opinions.list_answers(visitor, which)).rows
    assert (shown.shown, shown.reply) == ("不要涨。", "已经研究，涨幅减半。")
    with pytest.raises(Conflict, match="截止"):
        await opinions_desk.conclude(city.at("editor"), which, "采纳一条。")
    city.later(days=10)
    with pytest.raises(Conflict, match="截止"):
        await opinions.say(city.at("visitor"), which, key(), "晚了", {}, CLIENT)
    await opinions_desk.conclude(city.at("editor"), which, "采纳一条。")
    done = await opinions.call(city.at("visitor"), which)
    assert (done.received, done.results, done.is_open) == (2, ((1, 1), (1, 0)), False)
    kinds = "SELECT kind FROM event WHERE stream = $1 ORDER BY seq"
    told = [row["kind"].partition(".")[2] for row in await city.ctx.db.reads.fetch(kinds, f"opinion:{which}")]
    assert told == ["published", "said", "said", "attends", "answered", "concluded"]
    words = repr(await city.ctx.db.reads.fetch("SELECT body FROM event WHERE stream = $1", f"opinion:{which}"))
    assert "李四" not in words
    with pytest.raises(Exception, match="permission denied"):
        async with unit_of_work(city.at(), unrecorded="a test") as uow:
            await (await uow.raw()).execute("UPDATE opinion_comment SET said = 'x'")


async def test_what_cannot_be_is_refused_at_its_field(city: City) -> None:
    with pytest.raises(NotPermitted):
        await opinions_desk.publish(city.at("clerk"), "B001", "a key", asked(city))
    with pytest.raises(NotPermitted):
        await opinions_desk.publish(city.at("editor"), "B002", "a key", asked(city))
    wrong = asked(
        city,
        title="",
        closes_on=city.ctx.today,
        questions=questions_of("一个选项的问题\n只有它\n\n重复的\n甲\n甲"),
        hearing_at=city.ctx.now,
    )
    with pytest.raises(InvalidInput) as refused:
        await opinions_desk.publish(city.at("editor"), "B001", "a key", wrong)
    paths = [one.path for one in refused.value.problems]
    assert paths == ["title", "closes_on", "questions", "questions", "hearing_place", "hearing_at"]
    which = await opinions_desk.publish(city.at("editor"), "B001", "a key", asked(city))
    visitor = city.at("visitor")
    for text, chosen in (("", {}), ("", {0: 7}), ("长" * 3001, {})):
        with pytest.raises(InvalidInput):
            await opinions.say(visitor, which, key(), text, chosen, CLIENT)
    with pytest.raises(NotFound):  # there is no hearing
        await opinions.attend(visitor, which, key(), Attendance("甲", "1", "for"), CLIENT)
    flood, form = Client("198.51.100.7"), key()
    for _ in range(COMPLAINTS):
        await opinions.say(visitor, which, form, "不要涨", {}, flood)
    with pytest.raises(TooMany):
        await opinions.say(visitor, which, form, "不要涨", {}, flood)
    await opinions.say(visitor, which, key(), "别处的人不受影响", {}, CLIENT)
