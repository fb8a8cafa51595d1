"""Parties on the desk: found, entered and chosen in forms, masked everywhere, opened for a purpose, corrected."""

import httpx2
import pytest

from portal.rendering import TEMPLATES
from tests.desks import check_markup, soup, text_of
from tests.portal.test_matters import OPENING, Desk, desk, filled
from tests.running import LICENCE

__all__ = ["desk"]
NAME, NUMBER, PHONE = "欧阳测试", "E76543210", "13912345678"
TYPED = {"party-document": "passport", "party-number": "e 7654-3210", "party-name": NAME, "party-phone": PHONE}
SECRETS = (NAME, NUMBER, PHONE)


def hides(page: httpx2.Response) -> bool:
    """Say whether a page shows none of the secrets."""
    return not any(one in page.text for one in SECRETS)


async def opened(desk: Desk, **fields: str) -> httpx2.Response:
    """Send the form of a registration and return the answer."""
    page = await desk.page("clerk", f"{OPENING}?item={LICENCE}")
    return await (await desk.as_("clerk")).client.post(OPENING, data=filled(page, "form.act-form") | fields)


async def found(desk: Desk, number: str = NUMBER, who: str = "clerk") -> str:
    """Return the address of the one party that is found by its number."""
    answer = await (await desk.as_(who)).send("/desk/parties", {"party-number": number}, page="/desk/parties")
    check_markup(answer)
    links = soup(answer).select("main a[href^='/desk/parties/']")
    assert len(links) == 1
    return str(links[0]["href"])


@pytest.mark.clause("R4")
async def test_a_party_is_entered_with_a_matter_and_known_the_next_time(desk: Desk) -> None:
    """What is wrong is told in words at its field; a known number is not entered twice, but offered."""
    wrong = await opened(desk, **(TYPED | {"party-document": "citizen_id", "party-number": "110101199003078516"}))
    assert wrong.status_code == 400
    told = soup(wrong).select_one("#error-party-number")
    assert told is not None
    assert "校验位" in told.get_text()
    assert filled(wrong, "form.act-form")["party-name"] == NAME
    first = await opened(desk, **TYPED)
    assert first.status_code == 200, text_of(first)
    second = await opened(desk, **TYPED)
    check_markup(second)
    assert second.status_code == 400
    assert "已经登记过这个证件号码" in text_of(second)
    shown = soup(second).select_one("#field-party option[selected]")
    assert shown is not None
    assert shown.get_text() == "欧***（护照 E7*****10）"
    again = await (await desk.as_("clerk")).client.post(OPENING, data=filled(second, "form.act-form"))
    assert "查询码" in text_of(again)
    page = await desk.page("clerk", await found(desk))
    assert hides(page)
    assert len(soup(page).select("section[aria-labelledby=matters] li")) == 2
    way = soup(page).select_one("a[href^='/desk/matters/new']")
    assert way is not None
    items = await desk.page("clerk", str(way["href"]))
    onward = soup(items).select_one(".desk-cards a[href*=party]")
    assert onward is not None
    begun = filled(await desk.page("clerk", str(onward["href"])), "form.act-form")
    assert begun["party"].startswith("party:"), "who came from the party's page need not choose it again"
    sql = "SELECT count(*) FROM party"
    assert await desk.bureau.ctx.db.reads.fetchval(sql) == 1


@pytest.mark.clause("R4")
async def test_a_party_is_found_in_the_form_and_by_nobody_else(desk: Desk) -> None:
    await opened(desk, **TYPED)
    sought = await opened(desk, **{"party-number": NUMBER, "do": "find"})
    assert sought.status_code == 200
    assert soup(sought).select_one("#field-party option[selected]") is not None
    unknown = await opened(desk, **{"party-number": "E00000001", "do": "find"})
    assert "没有登记过这个号码" in text_of(unknown)
    stranger = await desk.as_("stranger")
    answer = await stranger.send("/desk/parties", {"party-number": NUMBER}, page="/desk/parties")
    assert "没有登记过这个号码" in text_of(answer)
    address = await found(desk)
    assert (await stranger.get(address)).status_code == 404
    forged = await opened(desk, party="party:00000000-0000-4000-8000-000000000000")
    assert forged.status_code == 400
    sought_events = "SELECT count(*) FROM event WHERE kind = 'party.sought' AND body::text NOT LIKE '%' || $1 || '%'"
    assert await desk.bureau.ctx.db.reads.fetchval(sought_events, NUMBER) == 4


@pytest.mark.clause("R4", "N5")
async def test_who_a_party_is_opens_once_for_a_purpose_and_is_recorded(desk: Desk) -> None:
    matter, _, _ = await desk.open(**TYPED)
    case = await desk.page("clerk", f"/desk/matters/{matter}")
    assert hides(case)
    assert "欧***" in text_of(case)
    address = f"/desk/matters/{matter}/party"
    form = await desk.page("clerk", address)
    assert hides(form)
    given = filled(form, "form.act-form") | {"open-name": "on", "open-phone": "on"}
    clerk = await desk.as_("clerk")
    aimless = await clerk.client.post(address, data=given)
    assert aimless.status_code == 400
    assert hides(aimless)
    shown = await clerk.client.post(address, data=given | {"purpose": "contact"})
    check_markup(shown)
    assert NAME in text_of(shown)
    assert PHONE in text_of(shown)
    assert NUMBER not in shown.text
    assert shown.headers["cache-control"] == "private, no-store"
    sql = "SELECT body::jsonb FROM event WHERE kind = 'party.revealed'"
    (event,) = await desk.bureau.ctx.db.reads.fetch(sql)
    assert "'contact'" in str(event[0])
    assert not any(one in str(event[0]) for one in SECRETS)
    watched = soup(await desk.page("supervisor", address)).select("#field-purpose option")
    assert [one["value"] for one in watched] == ["", "supervision"]


@pytest.mark.clause("R4")
async def test_a_correction_changes_what_was_filled_in_and_nothing_else(desk: Desk) -> None:
    matter, _, _ = await desk.open(**TYPED | {"party-email": "a@example.com"})
    address = f"{await found(desk)}/correct"
    clerk = await desk.as_("clerk")
    form = await desk.page("clerk", address)
    assert hides(form)
    given = filled(form, "form.act-form")
    assert (await clerk.client.post(address, data=given)).status_code == 400
    unchanged = await clerk.client.post(address, data=given | {"ground": "mistyped"})
    assert "更正前后的内容相同" in text_of(unchanged)
    wrong = await clerk.client.post(address, data=given | {"ground": "mistyped", "party-phone": "12"})
    assert soup(wrong).select_one("#error-party-phone") is not None
    right = given | {"ground": "contact_changed", "party-phone": "13800000001", "clear-email": "on"}
    done = await clerk.client.post(address, data=right)
    assert done.status_code == 303
    assert "第 2 版" in text_of(await desk.page("clerk", done.headers["location"]))
    late = await clerk.client.post(address, data=right | {"party-phone": "13800000002"})
    assert late.status_code == 409
    assert "已被他人更正" in text_of(late)
    reveal = f"/desk/matters/{matter}/party"
    page = filled(await desk.page("clerk", reveal), "form.act-form")
    assert "open-email" not in (await desk.page("clerk", reveal)).text
    fields = page | {"purpose": "handling", "open-name": "on", "open-phone": "on"}
    opened_now = text_of(await clerk.client.post(reveal, data=fields))
    assert NAME in opened_now
    assert "13800000001" in opened_now


@pytest.mark.clause("R4")
async def test_the_party_of_a_case_is_named_later_by_its_form(desk: Desk) -> None:
    matter, _, _ = await desk.open()
    empty = await desk.act("clerk", matter, "name_party")
    assert empty.status_code == 400
    assert "尚未登记" in text_of(await desk.page("clerk", f"/desk/matters/{matter}"))
    await desk.does("clerk", matter, "name_party", TYPED)
    assert "欧***" in text_of(await desk.page("clerk", f"/desk/matters/{matter}"))


async def test_every_template_of_parties_is_visited(desk: Desk) -> None:
    """Each answers with strict markup in every language; what is revealed was looked at above."""
    matter, _, _ = await desk.open(**TYPED)
    address = await found(desk)
    pages = {"find": "/desk/parties", "party": address, "correct": f"{address}/correct"}
    pages["reveal"] = f"/desk/matters/{matter}/party"
    for language in ("zh-Hans", "zh-Hant", "en"):
        for path in pages.values():
            await desk.page("clerk", f"{path}?lang={language}")
    assert {path.stem for path in (TEMPLATES / "parties").glob("*.html")} == {*pages, "revealed"}
