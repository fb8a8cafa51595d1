"""The status page of a party: what comes next and why, its rights with their last days, and its own acts, without script."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.file_stores import file_store
from resolvers import matters
from resolvers.database import Database
from resolvers.materials import ForOpening
from resolvers.matters import Opened, Opening
from tests import bureau, desks
from tests.bureau import Bureau
from tests.desks import Visitor, check_markup, soup, text_of
from tests.matters import sha
from tests.portal.test_matters import filled
from tests.running import LICENCE, handed_in, paper

pytestmark = pytest.mark.clause("H2", "R3")


@dataclass
class Hall:
    """The bureau, and somebody with a number and a code."""

    bureau: Bureau
    visitor: Visitor
    acts: int = 0

    async def opened(self, key: str) -> Opened:
        """Register an application with what the guide asks for."""
        form = {"materials": [{"name": "申请表", "digest": sha("a")}]}
        brings = await handed_in(self.bureau.ctx, ForOpening(key, self.bureau.body.code), form)
        return await matters.open_matter(self.bureau.ctx, Opening(item=LICENCE, key=key, party="P1", brings=brings))

    async def act(self, who: str, matter: Opened, kind: str, /, **given: Any) -> None:
        """Let an official act."""
        self.acts += 1
        await matters.act(self.bureau.acting(who), matter.matter_id, {"kind": kind, "key": f"act {self.acts}", **given})

    async def serves(self, who: str, matter: Opened, document: str) -> None:
        """Let an official make a document and serve it."""
        await self.act(who, matter, "record", documents=[paper(document)])
        await self.act(who, matter, "serve", document=document, method="direct")

    async def page(self, path: str, given: dict[str, str], status: int = 200) -> httpx2.Response:
        """Send a form of the page, and check what every answer must be."""
        answer = await self.visitor.client.post(path, data=given)
        assert answer.status_code == status, text_of(answer)[:600]
        check_markup(answer)
        assert "no-store" in answer.headers["cache-control"]
        return answer

    async def found(self, matter: Opened) -> httpx2.Response:
        """Look a matter up."""
        return await self.page("/status", {"number": matter.number, "code": matter.code})


@pytest.fixture
async def hall(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Hall]:
    made = await bureau.bureau(database)
    given = desks.settings(database_url, state_dir=tmp_path)
    made.ctx = replace(made.ctx, files=file_store(given))
    async with desks.running(given) as app:
        yield Hall(made, Visitor(app))


def form_of(page: httpx2.Response, act: str) -> dict[str, str]:
    """Return the fields of the form of one of the party's own acts."""
    return filled(page, f"form[action='/status/acts']:has(input[name=act][value={act}])")


def rights_in(page: httpx2.Response) -> str:
    """Return what a page tells of rights, without blanks."""
    found = soup(page).select_one("section[aria-labelledby=rights]")
    assert found is not None
    return re.sub(r"\s", "", found.get_text())


async def test_an_application_is_withdrawn_by_its_party_once_and_only_when_confirmed(hall: Hall) -> None:
    opened = await hall.opened("withdrawn")
    found = await hall.found(opened)
    told = text_of(found)
    assert "承办机关正在决定是否受理" in told
    assert "自收到材料之日起即为受理" in told
    assert soup(found).select("details table.receipt tbody tr"), "every day is explained"
    form = form_of(found, "withdraw")
    unsure = await hall.page("/status/acts", form | {"reasons": "不再需要"}, 422)
    assert soup(unsure).select_one("#error-confirm") is not None
    assert form_of(unsure, "withdraw")["reasons"] == "不再需要"
    wrong = await hall.page("/status/acts", form | {"confirm": "on", "code": "0000-0000-0000-0000"}, 422)
    assert "没有找到" in text_of(wrong)
    assert (await matters.status(hall.bureau.ctx, opened.number, opened.code)).ending == ""
    for _ in range(2):
        done = await hall.page("/status/acts", form | {"confirm": "on", "reasons": "不再需要"})
        assert "申请已经撤回" in str(soup(done).select_one(".done"))
    assert soup(done).select_one("form[action='/status/acts']") is None
    history = (await matters.history(hall.bureau.ctx, opened.matter_id)).rows
    assert [one.kind for one in history] == ["open", "withdraw"]
    elsewhere = {"sec-fetch-site": "cross-site"}
    forged = await hall.visitor.client.post("/status/acts", data=form, headers=elsewhere)
    assert forged.status_code == 403


@pytest.mark.clause("R18")
async def test_rights_are_told_with_their_last_day_and_used_on_the_page(hall: Hall) -> None:
    refused, heard = await hall.opened("refused"), await hall.opened("heard")
    await hall.act("clerk", refused, "refuse_acceptance", ground="not_needed", reasons="依法不需要许可")
    told = rights_in(await hall.found(refused))
    assert f"向{hall.bureau.government.name}申请行政复议：自收到决定之日起60日内。" in told
    assert "最迟到" not in told, "nothing was served yet"
    await hall.serves("clerk", refused, "non_acceptance")
    assert rights_in(await hall.found(refused)).count("最迟到") == 2

    await hall.act("clerk", heard, "accept")
    assert "要求听证" not in rights_in(await hall.found(heard)), "nobody was told of it"
    await hall.serves("reviewer", heard, "hearing_right_notice")
    page = await hall.found(heard)
    assert "要求听证：最迟到" in rights_in(page)
    done = await hall.page("/status/acts", form_of(page, "exercise") | {"do": "use"})
    assert "您行使这一权利" in str(soup(done).select_one(".done"))
    assert soup(done).select_one("input[name=act][value=exercise]") is None
    view = await matters.matter(hall.bureau.ctx, heard.matter_id)
    assert "hearing_requested" in view.matter.marks
