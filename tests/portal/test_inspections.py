"""An inspection by forms: planned, drawn, noted, its finding followed up in a case, closed (S9)."""

from datetime import date, timedelta

import httpx2
import pytest

from domain.supervision.inspections import load_inspections
from resolvers import matters
from resolvers.matters import Opening
from tests.desks import check_markup, soup, text_of
from tests.portal.test_matters import Desk, desk, filled
from tests.running import PENALTY

__all__ = ["desk"]
pytestmark = pytest.mark.clause("S9")
AREA = "/desk/supervision/inspections"
DAYS_AGO = 5


async def registered(desk: Desk, count: int) -> date:
    """Register cases some days ago, so that they can be drawn, and return the day."""
    clerk = desk.bureau.acting("inv1")
    then = clerk.at(clerk.now - timedelta(days=DAYS_AGO))
    for number in range(count):
        await matters.open_matter(then, Opening(item=PENALTY, key=f"drawn {number}"))
    return then.today


async def sent(desk: Desk, where: str, given: dict[str, str], status: int = 303) -> httpx2.Response:
    """Send a form of an inspection as the supervisor; returns the page it leads to."""
    visitor = await desk.as_("supervisor")
    answer = await visitor.client.post(where, data=given)
    assert answer.status_code == status, text_of(answer)[:600]
    if status == 303:
        return await desk.page("supervisor", answer.headers["location"])
    check_markup(answer)
    return answer


def anchors(page: httpx2.Response) -> set[str]:
    """Return where the summary of what is wrong leads, all of it being on the page."""
    leads = {str(one["href"]).removeprefix("#") for one in soup(page).select(".problems a")}
    assert leads <= {str(one["id"]) for one in soup(page).select("[id]")}
    return leads


async def planned(desk: Desk) -> str:
    """Plan an inspection by the form, which says what is wrong until it is right; returns its address."""
    body, day = desk.bureau.body.code, await registered(desk, 3)
    page = await desk.page("supervisor", f"{AREA}/new")
    wrong = await sent(desk, f"{AREA}/new", filled(page, "main form.form"), 400)
    assert "检查组至少2人" in text_of(wrong)
    assert {"field-title", "field-team", "field-methods", "field-bodies"} <= anchors(wrong)
    before = (day - timedelta(days=3)).isoformat()
    given = filled(wrong, "main form.form") | {"title": "处罚检查", "team": "甲\n乙", "sample_size": "2"}
    given |= {"first_day": before, "last_day": before, "methods": "dossiers", "bodies": body}
    none = await sent(desk, f"{AREA}/new", given, 400)
    assert "没有登记办件" in text_of(none)
    assert soup(none).select_one(f"input[name=bodies][value={body}][checked]")
    assert "还没有监督检查" in text_of(await desk.page("supervisor", AREA))
    visitor = await desk.as_("supervisor")
    answers = [await visitor.client.post(f"{AREA}/new", data=given | {"last_day": day.isoformat()}) for _ in range(2)]
    addresses = {one.headers["location"] for one in answers}
    assert len(addresses) == 1, "a form that is sent twice plans once"
    return addresses.pop()


async def test_an_inspection_is_planned_drawn_noted_followed_up_and_closed(desk: Desk) -> None:
    here = await planned(desk)
    page = await desk.page("supervisor", here)
    assert ("3 件中抽 2 件" in text_of(page), "已计划" in text_of(page)) == (True, True)
    # What anybody needs to draw again is there before the draw; the seed itself is not.
    assert [one.get_text() for one in soup(page).select("dl.mono dt")] == ["SHA-256(seed)", "beacon", "frame"]
    page = await sent(desk, here, filled(page, "#draw ~ form") | {"do": "draw"})
    assert "已重新抽取核对：结果相同" in text_of(page)
    assert "seed" in [one.get_text() for one in soup(page).select("dl.mono dt")]
    frame = await (await desk.as_("supervisor")).get(f"{here}/frame.csv")
    assert (frame.text[:5], len(frame.text.split())) == ("\ufeff办件编号", 4)
    parts = [str(one["id"]) for one in soup(page).select("details.sheet")]
    assert (len(parts), parts[-1]) == (3, f"b{desk.bureau.body.code}"), "two cases, and the body as a whole"
    page = await _noted(desk, here, page, parts)
    clue = soup(page).select_one("section[aria-labelledby=clues] .ways a")
    assert clue is not None
    await _followed_up(desk, str(clue["href"]))
    page = await desk.page("supervisor", here)
    assert len(soup(page).select("section[aria-labelledby=clues] .desk-list a")) == 1
    unsaid = await sent(desk, here, filled(page, "#close ~ form") | {"do": "close"}, 400)
    assert anchors(unsaid) == {"field-result"}
    closed = await sent(desk, here, filled(unsaid, "#close ~ form") | {"do": "close", "result": "一件超期"})
    assert not soup(closed).select("main form")
    assert "办理时限：发现问题，超期未告知" in text_of(closed)
    (row,) = soup(await desk.page("supervisor", AREA)).select("tbody tr")
    assert [one.get_text(strip=True) for one in row.select("td")] == [
        "保留和纳入清单的事项",
        "3 件中抽 2 件",
        "已结束",
    ]
    assert row.select_one(f"a[href='{here}']")
    await desk.page("clerk", here, 404)


async def _noted(desk: Desk, here: str, page: httpx2.Response, parts: list[str]) -> httpx2.Response:
    """Fill in the sheets of the cases that were drawn; one has a problem, which wants words."""
    first, second, _ = parts
    form = filled(page, f"#{first} form")
    points = {f"verdict-{one.code}" for one in load_inspections().groups[0].points}
    assert points <= form.keys()
    given = form | {"do": "note", "verdict-lawful": "sound", "note-lawful": "卷宗齐全", "verdict-limits": "problem"}
    wrong = await sent(desk, here, given, 400)
    assert anchors(wrong) == {"field-limits"}
    # The sheet is open again with what was written; nothing of it was kept yet.
    again = soup(wrong).select_one("details.sheet[open]")
    assert again is not None
    assert (again["id"], filled(wrong, f"#{first} form")["note-lawful"]) == (first, "卷宗齐全")
    kept = filled(wrong, f"#{first} form") | {"do": "note", "note-limits": "超期未告知"}
    page = await sent(desk, here, kept)
    assert "已填 2 项，发现问题 1 项" in " ".join(soup(page).select(f"#{first} summary")[0].get_text().split())
    early = await sent(desk, here, filled(page, "#close ~ form") | {"do": "close", "result": "一件超期"}, 400)
    assert "还有 1 件抽中的办件没有检查表" in text_of(early)
    return await sent(desk, here, filled(page, f"#{second} form") | {"do": "note", "verdict-lawful": "sound"})


async def _followed_up(desk: Desk, clue: str) -> None:
    """Open a supervision case from what was found; the form begins with it."""
    page = await desk.page("supervisor", clue)
    given = filled(page, "main form.form")
    assert (given["undertaker"], given["title"]) == (desk.bureau.body.code, "处罚检查")
    assert "办理时限：超期未告知" in given["content"]
    until = (desk.bureau.ctx.today + timedelta(days=14)).isoformat()
    case = await sent(desk, "/desk/supervision/cases/new", given | {"requirement": "查清原因", "finish_on": until})
    assert "督办" in text_of(case)
