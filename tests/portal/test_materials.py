"""Files through the pages: with the form of an act, from the hall, and the bytes again under a policy that locks them in."""

import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from deploy.file_stores import file_store
from domain.actors import ANONYMOUS
from portal.materials import disposition
from portal.matters_fields import slug
from resolvers import materials, matters
from resolvers.database import Database
from resolvers.materials import ForMatter
from resolvers.matters import Opened, Opening
from tests import bureau, desks
from tests.bureau import Bureau
from tests.desks import Visitor, soup, text_of
from tests.hostile_files import GOOD, PDF
from tests.portal.test_matters import filled
from tests.running import LICENCE

pytestmark = pytest.mark.clause("R6", "R8", "H2")
FORM = f"mat-{slug('申请表')}-file"


@dataclass
class Counter:
    """The bureau with one matter and its application."""

    made: Bureau
    app: Starlette
    opened: Opened
    visitor: Visitor | None = None

    async def clerk(self) -> Visitor:
        """Return the clerk, who stays the same."""
        self.visitor = self.visitor or await self.made.visitor(self.app, "clerk")
        return self.visitor

    @property
    def at(self) -> str:
        return f"/desk/matters/{self.opened.matter_id}"

    async def sends(self, kind: str, files: list[tuple[str, tuple[str, bytes, str]]], **fields: str) -> httpx2.Response:
        """Fill in the form of an act as the clerk, with files, and send it."""
        clerk = await self.clerk()
        form = filled(await clerk.get(f"{self.at}/acts/{kind}"), "form.act-form") | fields
        return await clerk.client.post(f"{self.at}/acts/{kind}", data=form, files=files)


@pytest.fixture
async def counter(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Counter]:
    made = await bureau.bureau(database)
    given = desks.settings(database_url, state_dir=tmp_path)
    made.ctx = replace(made.ctx, files=file_store(given))
    opened = await matters.open_matter(made.ctx, Opening(item=LICENCE, key="one"))
    async with desks.running(given) as app:
        yield Counter(made, app, opened)


@pytest.mark.clause("003-32(2)")
async def test_files_come_with_the_form_and_a_refused_act_loses_none(counter: Counter) -> None:
    files = [
        (FORM, ("申请表.pdf", PDF, "application/pdf")),
        (FORM, ("第二页.png", GOOD["png"].content, "image/png")),
        ("other1-file", ("病毒.exe", b"MZ" + bytes(99), "application/octet-stream")),
    ]
    refused = await counter.sends("record", files, other1="其他")
    assert refused.status_code == 400
    assert "病毒.exe" in text_of(refused)
    assert "没有收下" in text_of(refused)
    desks.check_markup(refused)
    kept = [str(one["name"]) for one in soup(refused).select("input[name^='up-'][checked]")]
    assert len(kept) == 2
    clerk = await counter.clerk()
    again = filled(refused, "form.act-form") | {"other1": ""}
    assert (await clerk.client.post(f"{counter.at}/acts/record", data=again)).status_code == 303
    rows = (await materials.listed(counter.made.acting("clerk"), counter.opened.matter_id)).rows
    assert [(one.name, one.title, one.seq) for one in rows] == [
        ("申请表.pdf", "申请表", 2),
        ("第二页.png", "申请表", 2),
    ]
    page = await clerk.get(f"{counter.at}/materials")
    desks.check_markup(page)
    assert "已在卷" in text_of(page)
    assert "第 2 条记录" in text_of(page)
    case = await clerk.get(counter.at)
    assert len(soup(case).select(f"a[href^='{counter.at}/materials/']")) == 2
    assert "第二页" not in text_of(case), "the names of files stay out of the record"


async def test_the_same_form_sent_twice_is_one_act(counter: Counter) -> None:
    clerk = await counter.clerk()
    form = filled(await clerk.get(f"{counter.at}/acts/record"), "form.act-form")
    files = [(FORM, ("申请表.pdf", PDF, "application/pdf"))]
    sent = [await clerk.client.post(f"{counter.at}/acts/record", data=form, files=files) for _ in range(2)]
    assert [one.status_code for one in sent] == [303, 303]
    assert sent[0].headers["location"] == sent[1].headers["location"]
    assert len((await materials.listed(counter.made.acting("clerk"), counter.opened.matter_id)).rows) == 1


async def test_a_new_matter_is_registered_with_its_files(counter: Counter) -> None:
    clerk = await counter.clerk()
    form = filled(await clerk.get(f"/desk/matters/new?item={LICENCE}"), "form.act-form")
    wrong = await clerk.client.post(
        "/desk/matters/new", data=form | {"received": "x"}, files=[(FORM, ("申请表.pdf", PDF, "application/pdf"))]
    )
    assert wrong.status_code == 400
    again = filled(wrong, "form.act-form") | {"received": ""}
    done = await clerk.client.post("/desk/matters/new", data=again)
    assert done.status_code == 200
    number = soup(done).select("dd code")[0].get_text()
    view = await matters.matter(counter.made.acting("clerk"), number)
    assert [one.name for one in view.matter.materials] == ["申请表"]


async def test_bytes_are_locked_in_and_come_in_ranges(counter: Counter) -> None:
    await counter.sends("record", [(FORM, ("申请表.pdf", PDF, "application/pdf"))])
    (one,) = (await materials.listed(counter.made.acting("clerk"), counter.opened.matter_id)).rows
    address = f"{counter.at}/materials/{one.id}"
    clerk = await counter.clerk()
    shown = await clerk.get(address)
    desks.check_markup(shown)
    frame = soup(shown).select_one("iframe")
    assert frame is not None
    assert frame["src"] == f"{address}/content"
    assert "frame-src 'self'" in shown.headers["content-security-policy"]
    whole = await clerk.get(f"{address}/content")
    policy = whole.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "allow-" not in policy
    assert (whole.content, whole.headers["content-type"]) == (PDF, "application/pdf")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["cache-control"] == "private, no-store"
    assert whole.headers["content-disposition"].startswith("inline;")
    saved = await clerk.get(f"{address}/content?download")
    assert saved.headers["content-disposition"].startswith("attachment;")
    size = len(PDF)
    for asked, got in (("bytes=0-3", PDF[:4]), (f"bytes={size - 5}-", PDF[-5:]), ("bytes=-5", PDF[-5:]),
                       (f"bytes=1-{size * 9}", PDF[1:])):  # fmt: skip
        part = await clerk.get(f"{address}/content", headers={"Range": asked})
        assert (part.status_code, part.content) == (206, got), asked
        start = size - len(got) if asked != "bytes=0-3" else 0
        assert part.headers["content-range"] == f"bytes {start}-{start + len(got) - 1}/{size}"
    for asked in ("bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=a-b", "bytes=0-1x"):
        assert (await clerk.get(f"{address}/content", headers={"Range": asked})).content == PDF, asked
    stale = await clerk.get(f"{address}/content", headers={"Range": "bytes=0-3", "If-Range": '"another"'})
    assert stale.content == PDF
    beyond = await clerk.get(f"{address}/content", headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    assert (await clerk.client.head(f"{address}/content")).headers["content-length"] == str(size)
    for who, status in (("stranger", 404), ("supervisor", 200)):
        visitor = await counter.made.visitor(counter.app, who)
        found = [(await visitor.get(path)).status_code for path in (address, f"{address}/content")]
        assert found == [status] * 2, who
    assert (await Visitor(counter.app).get(f"{address}/content")).is_redirect


def test_a_name_in_a_header_breaks_nothing() -> None:
    said = disposition('a"\r\nSet-Cookie: x=1; 身份证.pdf', inline=False)
    assert "\r" not in said
    assert said.count('"') == 2
    assert said.isascii()


async def test_a_party_hands_a_supplement_in_and_sees_its_own_files_only(counter: Counter) -> None:
    organs = [("other1-file", ("内部.txt", b"internal", "text/plain"))]
    await counter.sends("record", organs, other1="内部说明", **{"other1-side": "organ"})
    await matters.act(
        counter.made.acting("clerk"),
        counter.opened.matter_id,
        {"kind": "ask_supplement", "key": "s", "items": ["照片"]},
    )
    visitor, who = Visitor(counter.app), {"number": counter.opened.number, "code": counter.opened.code}
    page = await visitor.client.post("/status", data=who)
    assert "提交补正材料" in text_of(page)
    assert page.headers["cache-control"] == "private, no-store"
    desks.check_markup(page)
    form = filled(page, "form[enctype]")
    bad = await visitor.client.post(
        "/status/materials", data=form, files=[("item1-file", ("照片.png", b"<svg/>", "image/png"))]
    )
    assert bad.status_code == 422
    desks.check_markup(bad)
    assert "没有收下" in text_of(bad)
    none = await visitor.client.post("/status/materials", data=form)
    assert "没有选择文件" in text_of(none)
    good = ("照片.png", GOOD["png"].content, "image/png")
    done = await visitor.client.post("/status/materials", data=form, files=[("item1-file", good)])
    assert (done.status_code, "材料已经提交" in text_of(done)) == (200, True)
    desks.check_markup(done)
    assert "照片.png" in text_of(done)
    assert "内部" not in text_of(done)
    own = filled(done, "form[action='/status/material']")
    got = await visitor.client.post("/status/material", data=own)
    assert (got.content, got.headers["content-disposition"][:10]) == (GOOD["png"].content, "attachment")
    assert (await visitor.client.post("/status/material", data=own | {"code": "0" * 16})).status_code == 422
    rows = (await materials.listed(counter.made.acting("clerk"), counter.opened.matter_id)).rows
    hidden = next(str(one.id) for one in rows if one.sender == "official")
    assert (await visitor.client.post("/status/material", data=own | {"material": hidden})).status_code == 422
    view = await matters.matter(counter.made.acting("clerk"), counter.opened.matter_id)
    assert [(one.name, one.by) for one in view.matter.materials] == [("内部说明", "organ"), ("照片", "party")]
    await matters.act_as_party(counter.made.ctx, who["number"], who["code"], {"kind": "withdraw", "key": "w"})
    ended = await visitor.client.post("/status", data=who)
    assert ("照片.png" in text_of(ended), soup(ended).select("form[enctype]")) == (True, [])


async def test_a_hundred_megabytes_are_uploaded_in_a_few(counter: Counter, tmp_path: Path) -> None:
    """Through the whole application: the form is parsed, the file looked at, kept, and taken up."""
    clerk = await counter.clerk()
    form = filled(await clerk.get(f"{counter.at}/acts/record"), "form.act-form")
    edge = b"--edge\r\nContent-Disposition: form-data; "
    fields = b"".join(edge + f'name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in form.items())
    head = f'name="{FORM}"; filename="large.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4'.encode()

    async def body() -> AsyncIterator[bytes]:
        yield fields + edge + head
        for _ in range(99):
            yield bytes(1_000_000)
        yield b"%%EOF\r\n--edge--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=edge", "Content-Length": "99500000"}
    tracemalloc.start()
    try:
        answer = await clerk.client.post(f"{counter.at}/acts/record", content=body(), headers=headers)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.status_code == 303, text_of(answer)[:500]
    assert peak < 30_000_000, peak
    (one,) = (await materials.listed(counter.made.acting("clerk"), counter.opened.matter_id)).rows
    assert one.size == 99_000_013


async def test_more_than_the_limit_and_strangers_files_are_refused_unread(counter: Counter) -> None:
    stranger = await counter.made.visitor(counter.app, "stranger")
    taken: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(50):
            taken.append(number)
            yield b"--edge\r\n" + bytes(1_000_000)

    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    address = f"{counter.at}/acts/record"
    assert (await stranger.client.post(address, content=body(), headers=headers)).status_code == 404
    clerk = await counter.clerk()
    large = headers | {"Content-Length": str(10**12)}
    assert (await clerk.client.post(address, content=body(), headers=large)).status_code == 413
    rows = "SELECT count(*) FROM material"
    assert await counter.made.ctx.db.reads.fetchval(rows) == 0
    anonymous = counter.made.ctx.acting_as(ANONYMOUS)
    with pytest.raises(Exception, match="登录"):
        await materials.check_place(anonymous, ForMatter(counter.opened.matter_id))
