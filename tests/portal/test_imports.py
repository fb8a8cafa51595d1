"""The staffing office imports a list in the browser: upload, account, decisions, second look, confirmation."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import html5lib  # type: ignore[import-untyped]
import httpx2
import pytest
from bs4 import BeautifulSoup
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from domain.actors import ANONYMOUS, Actor
from domain.tables.bodies import Government
from portal import errors, forms, site
from portal.identity import Site
from resolvers.context import Context
from resolvers.database import Database
from tests.resolvers.batch_lists import city, csv_file, line, staff

pytestmark = pytest.mark.clause("L8", "N5")


class Given:
    """Middleware that gives every request the test's own context."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.ctx: Context | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the context where the portal looks for it."""
        if scope["type"] == "http":
            scope.setdefault("state", {})["context"] = self.ctx
        await self.app(scope, receive, send)


class Desk:
    """A browser at the desk: keeps cookies, reads forms, sends them with their token."""

    def __init__(self, client: httpx2.AsyncClient, given: Given, ctx: Context, government: Government) -> None:
        self.client, self.given, self.ctx, self.government = client, given, ctx, government
        self.page = BeautifulSoup("", "html.parser")

    def as_(self, actor: Actor) -> None:
        """Be somebody else from now on."""
        self.given.ctx = self.ctx.acting_as(actor)

    async def get(self, address: str, status: int = 200) -> BeautifulSoup:
        """Open a page."""
        answer = await self.client.get(address)
        assert answer.status_code == status, answer.text
        self.read(answer.text)
        return self.page

    def read(self, text: str) -> None:
        """Take a page as the open one; it must be HTML without any parse error."""
        if text:
            html5lib.HTMLParser(strict=True).parse(text)
        self.page = BeautifulSoup(text, "html.parser")

    async def post(self, address: str, data: dict[str, Any], status: int = 303, **more: Any) -> str:
        """Send a form of the page that is open; returns where it leads (or reads the page that is shown again)."""
        token = self.page.find("input", {"name": "csrf_token"})
        fields = {"csrf_token": str(token["value"]) if token else "", **data}
        answer = await self.client.post(address, data=fields, **more)
        assert answer.status_code == status, answer.text
        if status != 303:
            self.read(answer.text)
        return str(answer.headers.get("location", ""))

    async def upload(self, path: Path, status: int = 303, **options: str) -> str:
        """Upload one list."""
        await self.get("/desk/imports/new")
        data = {"government": "990100", "valid_from": "2026-01-01", **options}
        files = [("files", (path.name, path.read_bytes(), "application/octet-stream"))]
        return await self.post("/desk/imports", data, status, files=files)

    def text(self) -> str:
        """Return the words of the open page."""
        return re.sub(r"\s+", " ", self.page.get_text(" "))


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """Give a desk at which an official of the staffing office sits."""
    ctx, government = await city(database)
    given = Given(Starlette(routes=site.routes(), exception_handlers=errors.exception_handlers()))
    given.app.state.site = Site(secret=b"x" * 32, upload_limit_bytes=200_000)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=given), base_url="http://test") as client:
        made = Desk(client, given, ctx, government)
        made.as_(staff(government))
        yield made


def refused_and_doubtful(folder: Path) -> Path:
    """Write a list with a good row, a refused one, a doublet and one without category and known body."""
    rows = [line("甲"), line("行政复议"), line("甲"), line("乙", 权力类型="", 行使主体="市某局")]
    return csv_file(folder, rows).path


async def test_from_upload_to_the_library_without_any_script(desk: Desk, tmp_path: Path) -> None:
    """The whole way: upload, account, accept a doublet, mend a row, second look, confirm."""
    batch = await desk.upload(refused_and_doubtful(tmp_path))
    assert batch == "/desk/imports/1"
    page = await desk.get(batch)
    assert "共读取 5 行" in desk.text()
    counts = {
        row.select("th")[0].get_text(strip=True): row.select("td")[0].get_text()
        for row in page.select("table.fates tbody tr")
    }
    assert counts == {"新增": "1", "待核对": "2", "不予收录": "1", "非事项行": "1"}
    assert len(page.select("svg.fate-bar rect")) == 4
    assert not page.find("script")
    assert "001-8.3" in desk.text()

    assert await desk.post(f"{batch}/rows", {"row": "4", "action": "accept", "fate": "attention"}) == (
        f"{batch}?fate=attention#rows"
    )
    await desk.get(f"{batch}/rows/5")
    assert await desk.post(f"{batch}/rows/5", {"action": "mend", "category": "penalty", "body": "B001"}) == (
        f"{batch}/rows/5"
    )
    await desk.get(f"{batch}/rows/5")
    assert "990100001CF00100" in desk.text()

    page = await desk.get(f"{batch}/confirm")
    figures = {
        row.select("th")[0].get_text(strip=True): row.select("td")[0].get_text()
        for row in page.select("table.figures tbody tr")
    }
    assert (figures["新增事项"], figures["不予收录"], figures["尚未决定（不入库）"]) == ("3", "1", "0")
    await desk.post(f"{batch}/confirm", {}, status=400)
    assert "请确认已核对" in desk.text()
    assert await desk.post(f"{batch}/confirm", {"read": "on"}) == batch
    page = await desk.get(batch)
    assert "已入库" in desk.text()
    assert not page.select("form[action$='/rows'] button")
    assert await desk.ctx.db.reads.fetchval("SELECT count(*) FROM power_version") == 3
    await desk.get("/desk/imports")
    assert "list.csv" in desk.text()


async def test_rows_are_filtered_by_fate_and_told_with_their_place(desk: Desk, tmp_path: Path) -> None:
    """A fate's rows only, each with sheet, row, reason and what to do."""
    batch = await desk.upload(refused_and_doubtful(tmp_path))
    page = await desk.get(f"{batch}?fate=refused")
    rows = page.select("table.rows tbody tr")
    assert len(rows) == 1
    text = rows[0].get_text(" ", strip=True)
    assert "第 3 行" in text
    assert "请从清单中删除本事项" in text
    page = await desk.get(f"{batch}?fate=nonsense")
    assert len(page.select("table.rows tbody tr")) == 5


async def test_a_decision_without_reason_or_rows_is_told_on_the_page(desk: Desk, tmp_path: Path) -> None:
    """The page comes back with the problem and keeps what was typed."""
    batch = await desk.upload(refused_and_doubtful(tmp_path))
    await desk.get(batch)
    await desk.post(f"{batch}/rows", {"row": "2", "action": "reject"}, status=400)
    assert "需要填写理由" in desk.text()
    await desk.post(f"{batch}/rows", {"action": "reject", "reason": "重复"}, status=400)
    assert "没有选择任何一行" in desk.text()
    assert desk.page.find("input", {"name": "reason"})["value"] == "重复"  # type: ignore[index]
    await desk.get(f"{batch}/rows", status=303)


async def test_options_can_be_changed_and_bodies_consented(desk: Desk, tmp_path: Path) -> None:
    """Consent to a new body evaluates the batch again."""
    batch = await desk.upload(csv_file(tmp_path, [line("甲", 行使主体="市财政局")]).path)
    await desk.get(batch)
    assert "云川市财政局" in desk.text()
    assert await desk.post(f"{batch}/options", {"body": "", "create_bodies": "on"}) == batch
    await desk.get(batch)
    assert "已同意" in desk.text()
    await desk.post(f"{batch}/options", {"body": "X9"}, status=400)
    assert "X9" in desk.text()


async def test_missing_items_are_marked_on_their_own_page(desk: Desk, tmp_path: Path) -> None:
    """Marked with a reason, counted on the second look; the marks can be taken back."""
    first = await desk.upload(csv_file(tmp_path, [line("甲"), line("乙")]).path)
    await desk.get(f"{first}/confirm")
    await desk.post(f"{first}/confirm", {"read": "on"})
    second = await desk.upload(csv_file(tmp_path, [line("甲")]).path)
    await desk.get(second)
    assert "库中另有 1 个事项不在清单中" in desk.text()
    page = await desk.get(f"{second}/missing")
    item = page.find("input", {"name": "item"})["value"]  # type: ignore[index]
    await desk.post(f"{second}/missing", {"item": str(item), "action": "mark"}, status=400)
    await desk.post(f"{second}/missing", {"item": str(item), "action": "mark", "reason": "依据废止"})
    await desk.get(f"{second}/missing")
    assert "确认时取消" in desk.text()
    await desk.get(f"{second}/confirm")
    assert "取消事项 1" in desk.text()
    await desk.post(f"{second}/missing", {"action": "clear"})
    await desk.get(f"{second}/confirm")
    assert "取消事项 0" in desk.text()


async def test_a_batch_is_discarded_with_a_reason(desk: Desk, tmp_path: Path) -> None:
    """Without one the page says so."""
    batch = await desk.upload(csv_file(tmp_path, [line("甲")]).path)
    await desk.get(f"{batch}/confirm")
    await desk.post(f"{batch}/discard", {"reason": ""}, status=400)
    await desk.post(f"{batch}/discard", {"reason": "文件有误"})
    await desk.get(batch)
    assert "已作废" in desk.text()


async def test_a_library_that_moved_is_told_on_the_second_look(desk: Desk, tmp_path: Path) -> None:
    """Nothing enters; the page names the rows and what to do."""
    mine = await desk.upload(csv_file(tmp_path, [line("甲", 备注="我的")], "a.csv").path)
    theirs = await desk.upload(csv_file(tmp_path, [line("甲", 备注="他的")], "b.csv").path)
    await desk.get(f"{theirs}/confirm")
    await desk.post(f"{theirs}/confirm", {"read": "on"})
    await desk.post(f"{mine}/confirm", {"read": "on"}, status=409)
    assert "权力库已有变化" in desk.text()
    assert "“甲”" in desk.text()


async def test_what_cannot_be_read_is_told_on_the_upload_form(desk: Desk, tmp_path: Path) -> None:
    """Broken, empty, too large, no file, wrong day: each with its own sentence, and nothing is kept."""
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing")
    await desk.upload(broken, status=400)
    assert "broken.xlsx" in desk.text()
    good = csv_file(tmp_path, [line("甲")]).path
    await desk.upload(good, status=400, valid_from="昨天")
    assert "不是有效的日期" in desk.text()
    await desk.upload(good, status=400, government="110000")
    assert "110000" in desk.text()
    large = tmp_path / "large.csv"
    large.write_bytes(b"x" * 300_000)
    await desk.upload(large, status=413)
    assert "超过" in desk.text()
    huge = tmp_path / "huge.csv"
    huge.write_bytes(b"x" * 2_000_000)
    await desk.upload(huge, status=413)
    await desk.get("/desk/imports/new")
    await desk.post("/desk/imports", {"government": "990100", "valid_from": "2026-01-01"}, status=400)
    assert "没有选择文件" in desk.text()
    assert await desk.ctx.db.reads.fetchval("SELECT count(*) FROM batch") == 0


async def test_the_report_is_a_file(desk: Desk, tmp_path: Path) -> None:
    """CSV with a name, never cached."""
    batch = await desk.upload(csv_file(tmp_path, [line("甲")]).path)
    answer = await desk.client.get(f"{batch}/report.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="batch-1.csv"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert len(answer.text.splitlines()) == 3


PAGES = ("", "/new", "/1", "/1/rows/2", "/1/missing", "/1/confirm", "/1/report.csv")
FORMS = ("", "/1/rows", "/1/rows/2", "/1/options", "/1/missing", "/1/confirm", "/1/discard")


@pytest.mark.parametrize("page", PAGES)
async def test_pages_are_for_the_keepers_of_the_list_only(desk: Desk, tmp_path: Path, page: str) -> None:
    """Nobody signed in: to the sign-in page; another post: not permitted."""
    await desk.upload(csv_file(tmp_path, [line("甲")]).path)
    desk.as_(ANONYMOUS)
    answer = await desk.client.get(f"/desk/imports{page}")
    assert (answer.status_code, answer.headers.get("location")) == (303, "/desk/sign-in")
    desk.as_(staff(desk.government, "body_editor"))
    assert (await desk.client.get(f"/desk/imports{page}")).status_code == 403


@pytest.mark.parametrize("address", FORMS)
async def test_forms_are_for_the_keepers_of_the_list_only_and_need_their_token(
    desk: Desk, tmp_path: Path, address: str
) -> None:
    """A forged form, a stranger and an official without the right change nothing."""
    await desk.upload(csv_file(tmp_path, [line("甲")]).path)
    data = {"row": "2", "action": "reject", "reason": "x", "read": "on", "item": "1"}
    assert (await desk.client.post(f"/desk/imports{address}", data=data)).status_code == 403
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert (await desk.client.post(f"/desk/imports{address}", data=data, headers=cross)).status_code == 403
    desk.as_(staff(desk.government, "legal_office"))
    await desk.get("/desk/imports")
    events = await desk.ctx.db.reads.fetchval("SELECT count(*) FROM event")
    token = await form_token(desk)
    answer = await desk.client.post(f"/desk/imports{address}", data={**data, "csrf_token": token})
    assert answer.status_code == 403
    assert await desk.ctx.db.reads.fetchval("SELECT count(*) FROM event") == events
    assert await desk.ctx.db.reads.fetchval("SELECT state FROM batch") == "draft"


async def form_token(desk: Desk) -> str:
    """Return a token that is good for the actor of now: the review page of a reader carries none, so make one."""
    asked = SimpleNamespace(
        app=desk.given.app, cookies=dict(desk.client.cookies), state=SimpleNamespace(context=desk.given.ctx)
    )
    found = re.search(r'value="([0-9a-f]+)"', str(forms.csrf_field(asked)))  # type: ignore[arg-type]
    assert found
    return found[1]


async def test_the_pages_speak_english_and_traditional_chinese(desk: Desk, tmp_path: Path) -> None:
    """Every word of ours is translated; words of the list stay Chinese and are marked so."""
    batch = await desk.upload(refused_and_doubtful(tmp_path))
    for address in (batch, f"{batch}/rows/5", f"{batch}/confirm", f"{batch}/missing", "/desk/imports/new"):
        page = await desk.get(f"{address}?lang=en")
        main = page.select("main")[0]
        for part in main.select("[lang], select option, input, summary.hint"):
            part.extract()
        left = re.findall(r"[\u4e00-\u9fff]+", main.get_text(" "))
        assert left == [], (address, left)
    await desk.get(f"{batch}?lang=zh-Hant")
    assert "每一行的處理結果" in desk.text()


async def test_numbers_that_no_batch_has_are_not_found(desk: Desk) -> None:
    """Also numbers beyond what the database can count."""
    await desk.get("/desk/imports/99", status=404)
    await desk.get(f"/desk/imports/{10**30}", status=404)


async def test_an_empty_list_of_batches_says_what_to_do(desk: Desk) -> None:
    """A real empty state, with the way to the form."""
    page = await desk.get("/desk/imports")
    assert "还没有批次" in desk.text()
    assert page.find("a", {"href": "/desk/imports/new"})
