"""The desk of supervision as people use it: the board leads to its rows, an alert to a case, a case to a finding (S3, S5)."""

from datetime import timedelta

import asyncpg
import pytest

from domain.access import Role
from domain.complaints import Filing
from domain.supervision.rules import GRADE_NAMES
from portal import supervision_words as words
from resolvers import batches, complaints, supervision
from resolvers.acting import actor_by_login
from resolvers.addresses import plain_url
from resolvers.power_views import AsOf
from resolvers.powers import power
from resolvers.supervision_cases import LONGEST_TITLE
from resolvers.throttles import Client
from tests import desks, factories
from tests.alerts import idle, planted, scored
from tests.desks import check_markup, soup, text_of
from tests.portal.test_matters import Desk, desk, filled
from tests.portal.test_supervision_analysis import opens_its_rows
from tests.running import PENALTY

__all__ = ["desk"]
pytestmark = pytest.mark.clause("S3", "S5")
AREA = "/desk/supervision"


@pytest.fixture
async def alerts(desk: Desk, owner_url: str) -> tuple[int, ...]:
    """Give two alerts of one body, about two matters."""
    await supervision.keep_shipped(desk.bureau.ctx)
    made = [(await desk.open())[0] for _ in range(2)]
    return await planted(owner_url, made[0], "alarm"), await planted(owner_url, made[1], "warning", "R04")


async def test_every_number_of_the_board_opens_the_rows_that_it_counts(
    desk: Desk, alerts: tuple[int, ...], owner_url: str
) -> None:
    page = soup(await desk.page("supervisor", AREA))
    assert [one.get_text() for one in page.select(".grades strong")] == ["1", "1", "0"]
    # The grades, the week, and by body, unit, post, power, rule, kind and region.
    assert await opens_its_rows(desk, "supervisor", AREA) == 18
    export = (await (await desk.as_("supervisor")).get(f"{AREA}/board.csv")).text
    assert "机关,B001,云川市测试局,1,1,0" in export
    listed = (await (await desk.as_("supervisor")).get(f"{AREA}/alerts.csv?grade=alarm")).text
    assert len(listed.strip().splitlines()) == 2
    # The body itself sees the same of its own work; a stranger sees nothing.
    assert soup(await desk.page("clerk", f"{AREA}/alerts")).select("tbody tr")
    assert not soup(await desk.page("stranger", f"{AREA}/alerts")).select("tbody tr")
    await desk.page("stranger", f"{AREA}/alerts/{alerts[0]}", 404)
    await _units_at_their_time(desk, owner_url, alerts[0])


MOVED = """
WITH old AS (UPDATE post t SET valid = daterange(NULL, $1) FROM unit u, body b
    WHERE u.id = t.unit_id AND b.id = u.body_id AND b.code = 'B001' AND t.name = '窗口受理岗' RETURNING u.body_id),
  fresh AS (INSERT INTO unit (body_id, name, contact_phone, place) SELECT DISTINCT body_id, '新设科', '', '' FROM old RETURNING id)
INSERT INTO post (unit_id, name, duty, roles, valid) SELECT id, '窗口受理岗', '', '{}', daterange($1, NULL) FROM fresh
"""


async def _units_at_their_time(desk: Desk, owner_url: str, alert: int) -> None:
    """The post went to another unit: what was found before stays with the unit that had it, in the count and in its list."""
    office = desk.bureau
    watcher = office.ctx.acting_as(await actor_by_login(office.ctx, "supervisor"))
    matter = (await supervision.alert(watcher, alert)).row.matter_id or 0
    connection = await asyncpg.connect(plain_url(owner_url))
    await connection.execute(MOVED, office.ctx.today - timedelta(days=3))
    await connection.close()
    await planted(owner_url, matter, "reminder", "R05", at=office.ctx.now - timedelta(days=5))
    for where, expected in ((AREA, 27), (f"{AREA}/analysis", 22)):
        assert await opens_its_rows(desk, "supervisor", where) == expected, where
    found = await supervision.board(watcher)
    assert [(one.name, one.total) for one in found.units] == [("新设科", 2), ("窗口受理岗处", 1)]


async def test_an_alert_is_lifted_with_a_reason_that_its_body_can_read(desk: Desk, alerts: tuple[int, ...]) -> None:
    address = f"{AREA}/alerts/{alerts[0]}"
    page = await desk.page("supervisor", address)
    assert "打开办件，看每一天怎样计算" in text_of(page)
    visitor = await desk.as_("supervisor")
    empty = await visitor.client.post(f"{address}/lift", data=filled(page, "main form.form"))
    assert empty.status_code == 400
    assert "没有选择摘牌的理由" in text_of(empty)
    given = filled(empty, "main form.form") | {"ground": "objective", "reason": "当事人未到场"}
    assert (await visitor.client.post(f"{address}/lift", data=given)).status_code == 303
    seen = text_of(await desk.page("clerk", address))
    assert "有客观原因，机关没有过错：当事人未到场" in seen
    assert (
        await (await desk.as_("clerk")).send(f"{address}/lift", {"ground": "handled", "reason": "x"})
    ).status_code == 403


@pytest.mark.clause("Q2", "Q3")
async def test_selected_alerts_become_a_case_that_is_found_by_forms(desk: Desk, alerts: tuple[int, ...]) -> None:
    visitor = await desk.as_("supervisor")
    chosen = f"{AREA}/cases/new?alert={alerts[0]}&alert={alerts[1]}"
    page = await desk.page("supervisor", chosen)
    assert len(soup(page).select("main section .desk-list li")) == 2
    wrong = await visitor.client.post(f"{AREA}/cases/new", data=filled(page, "main form.form"))
    assert (wrong.status_code, "没有填写" in text_of(wrong)) == (400, True)
    until = (desk.bureau.ctx.today + timedelta(days=14)).isoformat()
    given = filled(wrong, "main form.form") | {"requirement": "查清原因", "finish_on": until}
    made = await visitor.client.post(f"{AREA}/cases/new", data=given)
    again = await visitor.client.post(f"{AREA}/cases/new", data=given)
    assert (made.status_code, made.headers["location"]) == (303, again.headers["location"])
    case = made.headers["location"]
    assert "督办" in text_of(await desk.page("supervisor", case))
    assert "已督办" in text_of(await desk.page("supervisor", f"{AREA}/alerts"))
    rows = soup(await desk.page("clerk", f"{AREA}/cases")).select("tbody tr")
    assert len(rows) == 1
    number = int(case.rsplit("/", 1)[1])
    finding = await desk.page("supervisor", f"{AREA}/cases/{number}/finding")
    assert "现在不在认定环节" in text_of(finding)
    await desk.page("stranger", f"{AREA}/alerts/{alerts[0]}", 404)


@pytest.mark.clause("S5", "L12", "003-18", "000-16")
async def test_a_case_begins_with_what_a_silence_proposes_or_with_a_complaint_and_none_of_its_words(
    desk: Desk, owner_url: str
) -> None:
    ctx = desk.bureau.ctx
    await supervision.keep_shipped(ctx)
    alert = await idle(owner_url, PENALTY)
    seen = await desk.page("clerk", f"{AREA}/alerts/{alert}")
    # The body finds the draft of its application open, and nothing that the supervisor alone may do.
    assert "关于申请暂停行使“占道处罚”的请示" in text_of(seen)
    assert (soup(seen).select("details[open] .draft"), soup(seen).select("#proposal ~ p a")) != ([], [])
    (way,) = soup(await desk.page("supervisor", f"{AREA}/alerts/{alert}")).select("#proposal ~ p a")
    given = filled(await desk.page("supervisor", str(way["href"])), "main form.form")
    assert (given["undertaker"], given["source"], given["alerts"]) == ("B001", "alert", str(alert))
    assert f"核实“占道处罚”（{PENALTY}）2025-01-06以来" in given["requirement"]
    assert given["finish_on"] == (ctx.today + timedelta(days=30)).isoformat()
    assert len(supervision.case_title("长" * 1000)) == LONGEST_TITLE, "a name of an item may be longer than a title"
    visitor = await desk.as_("supervisor")
    assert (await visitor.client.post(f"{AREA}/cases/new", data=given)).status_code == 303
    said = "窗口的人要我多交钱"
    filing = Filing("complaint", "anonymous", "body", said, body="B001")
    number = (await complaints.file(ctx, filing, "a key of a test, long enough", Client("203.0.113.9"))).number
    (shown,) = soup(await desk.page("supervisor", f"/desk/complaints?number={number}&scope=all")).select("tbody th a")
    (way,) = soup(await desk.page("supervisor", str(shown["href"]))).select("#supervise ~ ul a")
    page = await desk.page("supervisor", str(way["href"]))
    given = filled(page, "main form.form")
    assert (given["origin"], given["source"], given["undertaker"]) == (number, "complaint", "B001")
    assert said not in page.text
    given |= {"content": "核实收费", "requirement": "查清", "finish_on": (ctx.today + timedelta(days=9)).isoformat()}
    case = (await visitor.client.post(f"{AREA}/cases/new", data=given)).headers["location"]
    complaint = soup(await desk.page("supervisor", str(shown["href"])))
    assert [str(one["href"]) for one in complaint.select("#supervise ~ .desk-list a")] == [case]
    # The case leads back to it, for whoever may know of the complaint alone.
    for who, leads in (("supervisor", 1), ("clerk", 0)):
        links = soup(await desk.page(who, case)).select("#course ~ .desk-list a")
        assert [str(one["href"]) for one in links] == [str(shown["href"])] * leads
    await desk.page("stranger", str(way["href"]), 403)


@pytest.mark.clause("L12", "003-18", "003-24")
async def test_a_body_applies_from_the_alert_and_the_keeper_of_the_list_alone_suspends(
    desk: Desk, owner_url: str
) -> None:
    ctx, office = desk.bureau.ctx, desk.bureau
    office.people["editor"] = await desks.official(ctx, office.body, "editor", Role.BODY_EDITOR)
    office.people["keeper"] = await desks.official(ctx, office.body, "keeper", Role.STAFFING_OFFICE)
    await supervision.keep_shipped(ctx)
    basis = {"kind": "law", "title": "中华人民共和国行政许可法", "article": "第十二条"}
    item = factories.power(code="990100001XK00900", name="冷门许可", bases=[basis])
    await factories.confirmed(ctx, office.government, [factories.change(office.government, item)])
    unfit, alert = [f"{AREA}/alerts/{await idle(owner_url, one)}" for one in (PENALTY, item.code)]
    form = f"form[action='{alert}/suspension']"
    for who in ("clerk", "supervisor"):
        assert not soup(await desk.page(who, alert)).select(form)
    editor, since = await desk.as_("editor"), ctx.today + timedelta(days=7)
    given = filled(await desk.page("editor", alert), form)
    yesterday = (ctx.today - timedelta(days=1)).isoformat()
    wrong = await editor.client.post(f"{alert}/suspension", data=given | {"from": yesterday})
    assert (wrong.status_code, len(soup(wrong).select(".problems a"))) == (400, 2)
    given = filled(wrong, form) | {"why": "没有需求，恢复时另行申请", "from": since.isoformat()}
    # What may not enter the list as it is now is not applied for, and leaves nothing.
    refused = await editor.client.post(f"{unfit}/suspension", data=given)
    assert (refused.status_code, "没有列出法律依据" in text_of(refused)) == (409, True)
    assert [(await editor.client.post(f"{alert}/suspension", data=given)).status_code for _ in range(2)] == [303, 303]
    for who, refusal in (("clerk", 403), ("supervisor", 403), ("stranger", 404)):
        sent = await (await desk.as_(who)).send(f"{alert}/suspension", {"why": "x", "from": since.isoformat()})
        assert sent.status_code == refusal, who
    shown = await desk.page("editor", alert)
    check_markup(shown)
    assert ("待审核" in text_of(shown), "申请暂停" in text_of(shown), soup(shown).select(form)) == (True, True, [])
    ((batch, fate),) = await ctx.db.reads.fetch("SELECT batch_id, fate FROM batch_row")
    assert fate == "changed"
    # Nothing holds before the keeper has confirmed it, who finds it where all batches are.
    row = soup(await desk.page("keeper", f"/desk/imports/{batch}"))
    assert "申请暂停行使“冷门许可”" in row.get_text()
    await desk.page("editor", f"/desk/imports/{batch}", 403)
    assert (await power(ctx, item.code, at=AsOf(valid_on=since))).content.status == "in_use"
    later = ctx.at(ctx.now + timedelta(minutes=5))
    await batches.confirm(later.acting_as(await actor_by_login(ctx, "keeper")), batch)
    suspended = await power(later, item.code, at=AsOf(valid_on=since))
    assert (suspended.content.status, suspended.reason) == ("suspended", "没有需求，恢复时另行申请")
    assert (
        suspended.content.model_copy(update={"status": "in_use", "status_reason": ""})
        == (await power(ctx, item.code)).content
    )
    assert "已入库" in text_of(await desk.page("editor", alert))


@pytest.mark.clause("N3", "003-48")
async def test_a_failed_score_leads_to_a_case_that_asks_for_rectification(desk: Desk, owner_url: str) -> None:
    ctx = desk.bureau.ctx
    await supervision.keep_shipped(ctx)
    await scored(owner_url, "B001", total="52")
    await supervision.sweep(ctx)
    (row,) = soup(await desk.page("clerk", f"{AREA}/alerts?rule=S13")).select("tbody th a")
    seen = await desk.page("clerk", str(row["href"]))
    assert "2026年第3季度（52.00分）考核不合格，应当责令限期整改。" in text_of(seen)
    assert [str(one["href"]) for one in soup(seen).select("#proposal ~ p a")] == ["/desk/scores?period=2026-Q3"]
    _, way = soup(await desk.page("supervisor", str(row["href"]))).select("#proposal ~ p a")
    given = filled(await desk.page("supervisor", str(way["href"])), "main form.form")
    assert (given["undertaker"], given["source"]) == ("B001", "alert")
    assert given["title"].startswith("考核不合格的整改：")
    assert "予以通报批评" in given["requirement"]
    visitor = await desk.as_("supervisor")
    assert (await visitor.client.post(f"{AREA}/cases/new", data=given)).status_code == 303


@pytest.mark.clause("S2")
async def test_a_rule_is_changed_by_a_new_version(desk: Desk, alerts: tuple[int, ...]) -> None:
    assert len(soup(await desk.page("clerk", f"{AREA}/rules")).select("tbody tr")) > 30
    assert not soup(await desk.page("clerk", f"{AREA}/rules/R12")).select("main form.form")
    page = await desk.page("supervisor", f"{AREA}/rules/R01")
    visitor = await desk.as_("supervisor")
    given = filled(page, "main form.form") | {"least-warning": "2"}
    wrong = await visitor.client.post(f"{AREA}/rules/R01", data=given)
    assert (wrong.status_code, "规则的内容有误" in text_of(wrong)) == (400, True)
    given |= {"least-warning": "1.5", "state": "on_trial"}
    assert (await visitor.client.post(f"{AREA}/rules/R01", data=given)).status_code == 303
    assert "第 2 版" in text_of(await desk.page("supervisor", f"{AREA}/rules/R01"))


def test_words_are_those_of_the_rules() -> None:
    assert dict(words.GRADES) == dict(GRADE_NAMES)
