"""意见征集 by its pages: an office asks, anybody says something without cookie or script, the office answers in public (H10)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from resolvers.database import Database
from tests import bureau, desks
from tests.desks import Visitor, check_markup, soup, text_of
from tests.portal.test_matters import Desk, filled

pytestmark = pytest.mark.clause("H10")
AREA = "/desk/opinions"


@pytest.fixture
async def desk(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    made = await bureau.bureau(database)
    async with desks.running(desks.settings(database_url, state_dir=tmp_path)) as app:
        yield Desk(made, app, {})


async def test_an_office_asks_anybody_says_and_the_answer_stands_in_public(desk: Desk) -> None:
    head, today = await desk.as_("head"), desk.bureau.ctx.today
    form = filled(await desk.page("head", f"{AREA}/new"), "main form.form")
    wrong = await head.client.post(f"{AREA}/new", data=form | {"title": "公交调价"})
    assert wrong.status_code == 400
    assert filled(wrong, "main form.form")["title"] == "公交调价"
    given = {
        "title": "公交调价",
        "content": "拟调整票价。",
        "closes_on": (today + timedelta(days=9)).isoformat(),
        "questions": "涨多少？\r\n不涨\r\n一元",
        "hearing_at": f"{today + timedelta(days=20)}T09:30",
        "hearing_place": "三楼",
    }
    made = await head.client.post(f"{AREA}/new", data=form | given)
    place = made.headers["location"]
    public = place.removeprefix("/desk")
    assert "公交调价" in text_of(await Visitor(desk.app).get("/opinions"))
    visitor = Visitor(desk.app, "203.0.113.80")
    page = await visitor.get(public)
    check_markup(page)
    say, attend = (filled(page, f"section[aria-labelledby={name}] form") for name in ("say", "attend"))
    empty = await visitor.client.post(public, data={name: say[name] for name in ("key", "do")})
    assert (empty.status_code, "没有填写意见" in text_of(empty)) == (400, True)
    for _ in range(2):
        told = await visitor.client.post(public, data=say | {"q0": "1", "text": "不要涨。"})
        assert "意见已经收到" in text_of(told)
    spoken = await visitor.client.post(public, data=attend | {"name": "司马测试", "contact": "1", "side": "for"})
    assert "报名已经收到" in text_of(spoken)
    assert not visitor.client.cookies
    other_site = {"origin": "https://elsewhere.example"}
    assert (await visitor.client.post(public, data=say, headers=other_site)).status_code == 403
    seen = await desk.page("head", place)
    assert "收到 1 份，1 条意见没有答复" in text_of(seen)
    assert "司马测试" in text_of(seen)
    (comment,) = soup(seen).select("section[aria-labelledby=comments] form")
    fields = filled(seen, "section[aria-labelledby=comments] form")
    personal = await head.client.post(str(comment["action"]), data=fields | {"reply": "请打13900001234"})
    assert "手机号码" in text_of(personal)
    assert (await head.client.post(str(comment["action"]), data=fields | {"reply": "研究过了。"})).status_code == 303
    after = text_of(await visitor.get(public))
    assert "研究过了。" in after
    assert "司马测试" not in after
    for who in ("clerk", "stranger"):
        assert (await (await desk.as_(who)).get(place)).status_code == 404
