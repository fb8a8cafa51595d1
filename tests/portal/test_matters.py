"""The desk for running matters: registered, handled and archived by forms only; what is refused says why."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest
from starlette.applications import Starlette

from resolvers import matters
from resolvers.database import Database
from tests import bureau, desks
from tests.bureau import Bureau
from tests.desks import Visitor, check_markup, soup, text_of
from tests.running import LICENCE

OPENING = "/desk/matters/new"


@dataclass
class Desk:
    """The bureau with the application, and a visitor for each of its people."""

    bureau: Bureau
    app: Starlette
    visitors: dict[str, Visitor]

    async def as_(self, who: str) -> Visitor:
        """Return the visitor of one of the people."""
        if who not in self.visitors:
            self.visitors[who] = await self.bureau.visitor(self.app, who)
        return self.visitors[who]

    async def page(self, who: str, path: str, status: int = 200) -> httpx2.Response:
        """Ask for a page and check what every page must be."""
        answer = await (await self.as_(who)).get(path)
        assert answer.status_code == status, (path, answer.status_code, text_of(answer)[:300])
        check_markup(answer)
        return answer

    async def open(self, item: str = LICENCE, who: str = "clerk", **fields: str) -> tuple[int, str, str]:
        """Register a matter by the form; returns its id, its number and its look-up code."""
        page = await self.page(who, f"{OPENING}?item={item}")
        given = filled(page, "form.act-form") | {"party": "P1"} | fields
        answer = await (await self.as_(who)).client.post(OPENING, data=given)
        assert answer.status_code == 200, text_of(answer)
        check_markup(answer)
        shown = soup(answer)
        codes = [one.get_text() for one in shown.select(".desk-secret code")]
        found = re.search(r"/desk/matters/(\d+)", str(shown.select_one(".desk-ways")))
        assert found is not None
        return int(found[1]), codes[0], codes[1]

    async def form(self, who: str, matter: int, kind: str) -> dict[str, str]:
        """Return an act's form as a browser would send it untouched, found by the case page's link."""
        case = soup(await self.page(who, f"/desk/matters/{matter}"))
        way = case.select_one(f"a[href^='/desk/matters/{matter}/acts/{kind}']")
        assert way is not None, [one.get_text() for one in case.select(".act-ways a")]
        return filled(await self.page(who, str(way["href"])), "form.act-form")

    async def act(
        self, who: str, matter: int, kind: str, given: dict[str, str] | None = None, **fields: str
    ) -> httpx2.Response:
        """Fill a form in and send it; returns the answer itself."""
        form = await self.form(who, matter, kind) | (given or {}) | fields
        return await (await self.as_(who)).client.post(f"/desk/matters/{matter}/acts/{kind}", data=form)

    async def does(self, who: str, matter: int, kind: str, given: dict[str, str] | None = None, **fields: str) -> str:
        """Do an act that must succeed, and return the text of the page it leads to."""
        answer = await self.act(who, matter, kind, given, **fields)
        assert answer.status_code == 303, text_of(answer)[:1500]
        shown = await self.page(who, answer.headers["location"])
        assert soup(shown).select_one(".done") is not None
        return text_of(shown)


def filled(page: httpx2.Response, selector: str) -> dict[str, str]:
    """Return the fields of a form with what stands in them."""
    form = soup(page).select_one(selector)
    assert form is not None
    found: dict[str, str] = {}
    for one in form.select("input[name], textarea[name], select[name]"):
        kind, name = one.get("type"), str(one["name"])
        if kind == "checkbox":
            if one.has_attr("checked"):
                found[name] = str(one["value"])
        elif one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            found[name] = str(chosen["value"]) if chosen else ""
        else:
            found[name] = str(one.get("value", "")) if one.name == "input" else one.get_text().lstrip("\n")
    return found


def named(page: httpx2.Response, label: str) -> str:
    """Return the name of the control that has a label."""
    for one in soup(page).select("label[for]"):
        if one.get_text(" ", strip=True).startswith(label):
            return str(one["for"]).removeprefix("field-")
    raise AssertionError(label)


@pytest.fixture
async def desk(database: Database, database_url: str) -> AsyncIterator[Desk]:
    made = await bureau.bureau(database)
    async with desks.running(desks.settings(database_url)) as app:
        yield Desk(made, app, {})


AGREE: dict[str, str] = {"verdict": "agree", "opinion": "同意"}


@pytest.mark.clause("R1", "R5", "H2")
async def test_a_licence_runs_from_registration_to_archive_by_forms_only(desk: Desk) -> None:
    page = await desk.page("clerk", f"{OPENING}?item={LICENCE}")
    matter, number, code = await desk.open(**{named(page, "申请表"): "on"})
    assert number.startswith("B001XK")
    inbox = await desk.page("clerk", "/desk/matters?mine=on")
    assert number in text_of(inbox)
    assert await desk.does("clerk", matter, "accept")
    await desk.does("reviewer", matter, "complete", AGREE)
    await desk.does("verifier", matter, "complete", AGREE, to="decide")
    await desk.does("deputy", matter, "decide", result="granted")
    await desk.does("server", matter, "record", {"doc-decision": "on", "doc-decision-number": "云审〔2026〕1号"})
    await desk.does("server", matter, "serve", document="decision", method="direct")
    await desk.does("server", matter, "complete")
    assert "已办结" in await desk.does("server", matter, "close") or True
    text = await desk.does("server", matter, "archive")
    assert "已归档" in text or "办结" in text
    view = await matters.matter(desk.bureau.ctx, matter)
    assert (view.row.phase, view.row.ending) == ("archived", "finished")
    await matters.rebuild(desk.bureau.ctx, matter)
    status = await matters.status(desk.bureau.ctx, number, code)
    assert status.phase == "archived"
