"""Complaints from the filing to the closure: who may, what time does, what nobody can do, and who is told what."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.complaints import Filing, Identity
from domain.engine.matter import fold
from resolvers import complaints, notices_reading, outbox
from resolvers import complaints_store as store
from resolvers.complaints import Coming
from resolvers.database import Database
from resolvers.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooMany, Unavailable
from resolvers.gateways import Gateways, Message
from resolvers.matters_refusals import KeyReused, MatterRefused
from resolvers.notices_reading import NoticeWishes
from resolvers.throttles import FOLLOWED, Client
from tests import complaints as cities
from tests import factories, running
from tests.complaints import CLIENT, SOMEBODY, City, key

pytestmark = pytest.mark.anyio


@pytest.fixture
async def city(database: Database) -> City:
    """Give the city."""
    return await cities.city(database)


async def kinds(city: City, complaint_id: int) -> list[str]:
    """Return the kinds of all events of a complaint, in the order of time."""
    sql = """SELECT e.kind || coalesce(':' || (e.body::jsonb -> 'act' ->> 'level'), '') AS kind FROM event e
    LEFT JOIN complaint_run r ON e.stream = 'complaint:' || r.id::text
    WHERE r.complaint_id = $1 OR e.stream = 'complaint_case:' || $1::text ORDER BY e.id"""
    return [row["kind"].removeprefix("complaint.") for row in await city.ctx.db.reads.fetch(sql, complaint_id)]


@pytest.mark.clause("H3", "H4", "S4")
async def test_a_report_under_a_real_name_runs_seven_working_days_and_the_alarm_goes_up(city: City) -> None:
    """Reminder, warning and alarm before and after the seventh working day; the supervisor is told; then it is answered late."""
    filed = await city.file("report", named=True, about="general", body="")
    assert filed.answer is not None
    assert filed.answer.due == date(2026, 3, 11)
    assert filed.body_name == "云川市B009局"
    await city.act(filed, "inspector", "route")
    await city.act(filed, "inspector", "accept")
    levels = {}
    while city.ctx.today < date(2026, 3, 16):
        if (await complaints.sweep(city.at())).events:
            levels[city.ctx.today] = (await kinds(city, filed.complaint_id))[-2:]
        city.later(days=1)
    assert levels[date(2026, 3, 6)][-1] == "remind:reminder"
    assert levels[date(2026, 3, 10)][-1] == "remind:warning"
    assert levels[date(2026, 3, 12)] == ["remind:alarm", "escalated"]
    (row,) = (await complaints.list_complaints(city.at("director"), complaints.ComplaintFilter(escalated=True))).rows
    assert row.id == filed.complaint_id
    assert row.urgency is not None
    assert row.urgency.grade == "overdue"
    await city.act(filed, "inspector", "find", "已向窗口核实。", result="solved")
    await city.act(filed, "director", "decide", "同意经办人意见。", result="solved")
    await city.act(filed, "inspector", "reply", "已经安排专人值守。")
    seen = await complaints.follow(city.at("visitor"), filed.code, CLIENT)
    assert seen.answer is not None
    assert (seen.answer.state, seen.answer.receipt.due, seen.result) == ("missed", date(2026, 3, 11), "已解决")
    assert [one.kind for one in seen.texts] == ["filed", "reply"]
    (figure,) = await complaints.figures(city.at(), date(2026, 3, 1), date(2026, 3, 31))
    assert (figure.body, figure.kind, figure.due, figure.in_time, figure.late) == ("B009", "report", 1, 0, 1)


@pytest.mark.clause("H4", "H5", "R5")
async def test_time_tells_whoever_hears_it_its_head_and_the_bureau_and_nobody_else(city: City) -> None:
    """At the desk and by mail: number and last day, no word of what was filed; where nobody hears, the bureau is told."""
    lonely = await factories.body(city.ctx, city.government, code="B003", number="003", name="云川市B003局")
    city.people |= await running.people(city.ctx, lonely, {"lonely": ("lonely岗", ())})
    sent: list[Message] = []

    async def mail(message: Message) -> None:
        sent.append(message)

    city.ctx = replace(city.ctx, gateways=Gateways(mail=mail))
    await notices_reading.set_wishes(city.at("officer"), NoticeWishes(mail="officer@example.gov.cn"))
    filed = await city.file("complaint", named=True, text="我是司马测试，窗口收钱。")
    other = await city.file("complaint", body="B003")
    while city.ctx.today < date(2026, 3, 9):
        await complaints.sweep(city.at())
        while claimed := await outbox.claim(city.at()):
            for one in claimed:
                await outbox.deliver(city.at(), one.id)
        city.later(days=1)
    sql = """SELECT a.login, n.template, c.title || c.body AS words FROM notice_copy c JOIN notice n ON n.id = c.notice_id
    JOIN account a ON a.id = c.account_id WHERE c.channel = 'desk'"""
    rows = await city.ctx.db.reads.fetch(sql)
    told = {(row["login"], row["template"]) for row in rows if filed.number in row["words"]}
    bureau = ("inspector", "second_inspector", "director", "second_director")
    assert told == {
        ("officer", "complaint_reminder"),
        *((who, f"complaint_{level}") for who in ("officer", "head") for level in ("warning", "alarm")),
        *((who, "complaint_escalated") for who in bureau),
    }
    assert {row["login"] for row in rows if other.number in row["words"]} == set(bureau)
    assert [one.to for one in sent] == ["officer@example.gov.cn"] * 3
    words = " ".join([row["words"] for row in rows] + [one.title + one.body for one in sent])
    assert "2026-03-05" in words
    assert not [one for one in ("司马", "收钱", "139", "举报") if one in words]


@pytest.mark.clause("H4")
async def test_a_transfer_does_not_restart_the_clock_and_nothing_can_stop_it(city: City) -> None:
    """The run that goes on elsewhere has the day of the first; there is no ground to pause and nothing to extend."""
    filed = await city.file("complaint")
    assert filed.answer is not None
    city.later(days=3)
    await city.act(filed, "officer", "transfer", "属于第二局。", ground="competent", to="B002")
    held = await store.hold(city.ctx.db.reads, filed.complaint_id, lock=False)
    assert held is not None
    assert (held.body_code, held.role, held.matter.marks["received"]) == ("B002", "transferred", filed.received_at)
    with pytest.raises(NotFound):
        await complaints.complaint(city.at("officer"), filed.complaint_id)
    view = await complaints.complaint(city.at("other_officer"), filed.complaint_id)
    assert {one.name: one.receipt.due for one in view.clocks}["answer"] == filed.answer.due
    book = await store.book_of(city.ctx, city.ctx.db.reads, held)
    assert not book.procedure.pauses
    assert not any(one.extension for one in book.procedure.limits.values())
    assert book.procedure.supplement is None
    await city.answered(filed, "other_officer", "other_head")
    assert (await complaints.follow(city.at("visitor"), filed.code, CLIENT)).number == filed.number


@pytest.mark.clause("S4", "R16")
async def test_the_two_findings_are_those_of_two_persons_with_two_rights(city: City) -> None:
    filed = await city.file("complaint")
    await city.act(filed, "officer", "route")
    await city.act(filed, "officer", "accept")
    with pytest.raises(InvalidInput, match="没有选择认定结果"):
        await city.act(filed, "officer", "find", "属实", result="")
    await city.act(filed, "officer", "find", "属实", result="solved")
    with pytest.raises(NotPermitted):
        await city.act(filed, "officer", "decide", "同意", result="solved")
    with pytest.raises(NotFound):
        await city.act(filed, "clerk", "decide", "同意", result="solved")
    with pytest.raises(NotFound):
        await city.act(filed, "other_head", "decide", "同意", result="solved")
    await city.act(filed, "head", "return", "请补充核实。")
    await city.act(filed, "officer", "find", "再次核实，属实", result="solved")
    await city.act(filed, "head", "decide", "同意", result="not_substantiated")
    with pytest.raises(Conflict):
        await city.act(filed, "officer", "find", "再来一次", result="solved")
    held = await store.hold(city.ctx.db.reads, filed.complaint_id, lock=False)
    assert held is not None
    assert fold(await store.reread(city.ctx.db.reads, held.id)) == held.matter  # type: ignore[arg-type]


@pytest.mark.clause("H3", "H6", "R16")
async def test_dissatisfied_it_is_reviewed_by_people_who_had_no_part_in_it(city: City) -> None:
    filed = await city.file("report", named=True)
    visitor = city.at("visitor")
    await city.answered(filed, "inspector", "director", "not_substantiated")
    await city.act(filed, "inspector", "close")
    assert (await complaints.follow(visitor, filed.code, CLIENT)).may == ("message", "rate")
    await complaints.rate(city.at("visitor"), filed.code, key(), "dissatisfied", "没有查。", CLIENT)
    with pytest.raises(Conflict):
        await complaints.rate(city.at("visitor"), filed.code, key(), "satisfied", "", CLIENT)
    await complaints.ask_review(city.at("visitor"), filed.code, key(), "请换人再查。", CLIENT)
    seen = await complaints.follow(visitor, filed.code, CLIENT)
    assert (seen.role, seen.phase) == ("review", "received")
    with pytest.raises(MatterRefused, match="不能办理本件"):
        await city.act(filed, "inspector", "route")
    await city.answered(filed, "second_inspector", "second_director", "solved")
    assert (await complaints.follow(city.at("visitor"), filed.code, CLIENT)).result == "已解决"


@pytest.mark.clause("H5")
async def test_an_identity_is_opened_by_two_and_each_opening_is_recorded(city: City) -> None:
    """Asked by the handler, countersigned by the supervisor, read once; no code opens alone, nor another complaint."""
    filed = await city.file("complaint", named=True)
    other = await city.file("complaint", named=True)
    with pytest.raises(NotFound):
        await complaints.ask_identity(city.at("clerk"), filed.complaint_id, "inquiry")
    opening = await complaints.ask_identity(city.at("officer"), filed.complaint_id, "inquiry")
    with pytest.raises(NotPermitted):
        await complaints.countersign(city.at("officer"), filed.complaint_id, opening, city.supervision)
    with pytest.raises(Conflict):
        await complaints.read_identity(city.at("officer"), filed.complaint_id, opening, city.handling)
    with pytest.raises(InvalidInput):
        await complaints.countersign(city.at("director"), filed.complaint_id, opening, city.handling)
    with pytest.raises(NotFound):
        await complaints.countersign(city.at("director"), other.complaint_id, opening, city.supervision)
    await complaints.countersign(city.at("director"), filed.complaint_id, opening, city.supervision)
    with pytest.raises(NotPermitted):
        await complaints.read_identity(city.at("head"), filed.complaint_id, opening, city.handling)
    found = await complaints.read_identity(city.at("officer"), filed.complaint_id, opening, city.handling.lower())
    assert found == SOMEBODY.as_dict()
    with pytest.raises(Conflict):
        await complaints.read_identity(city.at("officer"), filed.complaint_id, opening, city.handling)
    told = [one for one in await kinds(city, filed.complaint_id) if "open" in one]
    assert told == ["open", "opening_asked", "opening_countersigned", "opened"]
    # Who supervises and handles at once is still one person: the database says so as well.
    own = await city.file("report", named=True)
    mine = await complaints.ask_identity(city.at("inspector"), own.complaint_id, "reply")
    with pytest.raises(NotPermitted):
        await complaints.countersign(city.at("inspector"), own.complaint_id, mine, city.supervision)


@pytest.mark.clause("H5")
async def test_the_accused_body_gets_an_extract_and_learns_nothing_else(city: City) -> None:
    filed = await city.file("report", named=True, body="B001", text="我是司马测试，窗口收钱。")
    await city.act(filed, "inspector", "route")
    await city.act(filed, "inspector", "accept")
    await city.act(filed, "inspector", "extract", "请说明三月以来窗口收费的情况。", to="B001")
    (extract,) = await complaints.extracts(city.at("officer"))
    assert extract.text == "请说明三月以来窗口收费的情况。"
    assert "司马" not in repr(extract)
    assert filed.number not in repr(extract)
    assert await complaints.extracts(city.at("clerk")) == ()
    while claimed := await outbox.claim(city.at()):
        for letter in claimed:
            await outbox.deliver(city.at(), letter.id)
    (told,) = await notices_reading.own_notices(city.at("officer"))
    assert told.title == "云川市B009局请本机关说明情况"
    assert filed.number not in repr(told)
    assert await notices_reading.own_notices(city.at("clerk")) == ()
    assert (await complaints.list_complaints(city.at("officer"))).rows == ()
    with pytest.raises(NotFound):
        await complaints.answer_extract(city.at("other_officer"), extract.id, key(), "没有")
    done = await complaints.answer_extract(city.at("officer"), extract.id, key(), "没有收费。")
    assert (done.number, done.complaint_id) == ("", 0)
    view = await complaints.complaint(city.at("inspector"), filed.complaint_id)
    assert [one.text for one in view.texts if one.kind == "extract_answer"] == ["没有收费。"]
    # Nobody waits for the accused: the findings go on without an answer as well.
    await city.act(filed, "inspector", "find", "属实", result="solved")


@pytest.mark.clause("H3", "H5")
async def test_codes_keys_and_messages(city: City) -> None:
    """Sent twice it is one complaint with one code; a wrong code and none are alike; who guesses is slowed down."""
    form = key()
    first = await city.file("complaint", key=form)
    again = await city.file("complaint", key=form)
    assert (again.number, again.code, again.repeated) == (first.number, first.code, True)
    with pytest.raises(KeyReused):
        await city.file("complaint", key=form, text="别的内容")
    assert len(first.code) * 5 >= 64
    assert len({first.code, (await city.file("complaint")).code}) == 2
    visitor = city.at("visitor")
    messages = {}
    for code in ("", "0000000000000000", first.code[:-1], "没有"):
        with pytest.raises(NotFound) as refused:
            await complaints.follow(visitor, code, CLIENT)
        messages[code] = str(refused.value)
    assert len(set(messages.values())) == 1
    spaced = first.code.lower()[:8] + "-" + first.code[8:]
    assert (await complaints.follow(visitor, spaced, CLIENT)).number == first.number
    said = key()
    one = await complaints.say(visitor, first.code, said, "补充：下午三点。", CLIENT)
    two = await complaints.say(visitor, first.code, said, "补充：下午三点。", CLIENT)
    assert (one.repeated, two.repeated) == (False, True)
    await city.act(first, "officer", "message", "请问是哪个窗口？")
    seen = await complaints.follow(city.at("visitor"), first.code, CLIENT)
    assert [(text.kind, text.by_name) for text in seen.texts][1:] == [("message", ""), ("answer", "人员officer")]
    await complaints.withdraw(city.at("visitor"), first.code, key(), "", CLIENT)
    assert (await complaints.follow(city.at("visitor"), first.code, CLIENT)).ending == "withdrawn"
    guesser = Client("198.51.100.7")
    for _ in range(FOLLOWED):
        with pytest.raises(NotFound):
            await complaints.follow(city.at("visitor"), "0000000000000000", guesser)
    with pytest.raises(TooMany):
        await complaints.follow(city.at("visitor"), first.code, guesser)


@pytest.mark.clause("H3")
async def test_what_comes_by_phone_counts_from_the_day_it_came(city: City) -> None:
    filing = Filing(
        "report", "undisclosed", "body", "来电反映。", body="B001", identity=Identity("欧阳", phone="13900000000")
    )
    came = Coming("phone", city.ctx.now - timedelta(days=3), "shown")
    with pytest.raises(NotPermitted):
        await complaints.register(city.at("clerk"), filing, key(), came, "B001")
    filed = await complaints.register(city.at("inspector"), filing, key(), came, "B009")
    assert filed.received_at == came.received
    assert filed.answer is not None
    # Friday, 27 February: seven working days from there; 28 February is one, in exchange for the holiday.
    assert filed.answer.due == date(2026, 3, 9)
    later = Coming("phone", city.ctx.now + timedelta(hours=1))
    with pytest.raises(InvalidInput, match="晚于现在"):
        await complaints.register(city.at("inspector"), filing, key(), later, "B009")


@pytest.mark.clause("H3", "N5")
async def test_what_is_about_nobody_goes_to_the_office_that_the_profile_names(city: City) -> None:
    general = {"about": "general", "body": ""}
    assert (await city.file("complaint", **general)).body_name == "云川市B009局"
    city.ctx = replace(city.ctx, profile=factories.profile("baotou-2023"))
    assert (await city.file("complaint", **general)).body_name == "云川市B009局"
    office = {"code": "B004", "number": "004", "name": "云川市职转办", "offices": ("coordination_office",)}
    await factories.body(city.ctx, city.government, **office)
    assert (await city.file("complaint", **general)).body_name == "云川市职转办"


@pytest.mark.clause("H3", "H5")
async def test_without_keys_nobody_is_asked_for_a_name(city: City) -> None:
    city.ctx = replace(city.ctx, identity_keys=None)
    with pytest.raises(Unavailable):
        await city.file("complaint", named=True)
    assert (await city.file("complaint")).number


@pytest.mark.clause("H3")
async def test_it_is_refused_with_its_ground_and_that_is_an_answer(city: City) -> None:
    filed = await city.file("complaint")
    await city.act(filed, "officer", "route")
    with pytest.raises(InvalidInput, match="内容"):
        await city.act(filed, "officer", "refuse", "", ground="not_competent")
    await city.act(filed, "officer", "refuse", "属于邮政管理部门，电话12305。", ground="not_competent")
    seen = await complaints.follow(city.at("visitor"), filed.code, CLIENT)
    assert (seen.ending, seen.refusal) == ("not_accepted", "不属于本机关职权，已告知应当向谁提出")
    assert seen.texts[-1].text.startswith("属于邮政")
    city.later(days=40)
    (figure,) = await complaints.figures(city.at(), date(2026, 3, 1), date(2026, 3, 31))
    assert (figure.due, figure.in_time) == (1, 1)


@pytest.mark.clause("H3", "H7")
async def test_a_question_is_published_with_consent_in_words_without_people(city: City) -> None:
    silent = await city.file("consultation", consent=False)
    await city.answered(silent, result="explained")
    with pytest.raises(Conflict, match="同意"):
        await complaints.publish_question(city.at("officer"), silent.complaint_id, "怎么办？", "这样办。", key())
    filed = await city.file("consultation", consent=True, text="我的手机13900001234，怎么办？")
    with pytest.raises(Conflict, match="还没有答复"):
        await complaints.publish_question(city.at("officer"), filed.complaint_id, "怎么办？", "这样办。", key())
    await city.answered(filed, result="explained")
    with pytest.raises(InvalidInput, match="手机号码"):
        await complaints.publish_question(
            city.at("officer"), filed.complaint_id, "13900001234怎么办？", "这样办。", key()
        )
    which = await complaints.publish_question(city.at("officer"), filed.complaint_id, "怎么办？", "这样办。", key())
    assert [one.question for one in (await complaints.list_questions(city.at("visitor"))).rows] == ["怎么办？"]
    with pytest.raises(NotPermitted):
        await complaints.take_down(city.at("other_officer"), which)
    await complaints.take_down(city.at("officer"), which)
    assert (await complaints.list_questions(city.at("visitor"))).rows == ()


@pytest.mark.clause("H3", "H5")
async def test_figures_hide_the_few_and_count_what_is_still_open_as_late(city: City) -> None:
    """Six complaints to one body, four consultations: these are hidden, and so is what would tell of them."""
    for number in range(6):
        filed = await city.file("complaint")
        if number < 2:
            await city.answered(filed)
    for _ in range(4):
        await city.file("consultation")
    for _ in range(3):
        await city.file("complaint", body="B002")
    city.later(days=35)
    assert await complaints.publish_figures(city.at()) == 1
    shown = (await complaints.list_figures(city.at("visitor"))).rows
    told = {(one.body_code, one.kind): (one.due, one.in_time, one.late) for one in shown}
    assert told["B002", ""] == told["B002", "complaint"] == (None, None, None)
    assert told["B001", "consultation"] == (None, None, None)
    # Ten in all and six complaints would tell of four consultations.
    assert told["B001", ""] == (10, 2, 8) or told["B001", ""] == (None, None, None)
    assert not (told["B001", ""][0] is not None and told["B001", "complaint"][0] is not None)
