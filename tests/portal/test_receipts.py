"""A citizen keeps a receipt, gets its proof, checks both without us, and finds what was altered; the log is told of and watched."""

import hashlib
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from bs4 import Tag
from starlette.applications import Starlette

from domain.proof.archives import Month
from portal import assets
from resolvers import matters, receipts
from resolvers.archives import InTheArchive, Whereabouts
from resolvers.database import Database
from resolvers.errors import Refusal
from resolvers.log_sequencing import sequence, take_over
from resolvers.log_watch import LogWatch, RecordNotWitnessed, Standing
from tests import bureau, desks
from tests.bureau import Bureau
from tests.desks import Visitor, check_markup, soup, text_of
from tests.portal.test_applications import WHO
from tests.portal.test_matters import filled
from tests.proofs import SmallLog
from tests.published import PublicLog
from tests.running import LICENCE

pytestmark = pytest.mark.clause("R9", "S1", "H2")
VERIFIER = assets.FOLDER / "proof" / "verify.py"


@dataclass
class Hall:
    """The application on a database whose log is published when the test says so."""

    bureau: Bureau
    app: Starlette
    visitor: Visitor
    log: PublicLog
    folder: Path

    async def applied(self) -> tuple[str, str, str]:
        """Apply for a licence; returns number, look-up code and receipt."""
        address = f"/apply/{LICENCE}"
        form = filled(await self.visitor.get(address), "form.act-form") | WHO
        carried = filled(await self.visitor.client.post(address, data=form), "main form[method=post]")
        done = await self.visitor.client.post(address, data=carried | {"do": "send"})
        check_markup(done)
        number, code = (one.get_text() for one in soup(done).select(".answer code"))
        return number, code, area(done, "#receipt-text")

    async def asked(self, receipt: str, status: int = 200, **more: str) -> httpx2.Response:
        """Ask the page about a receipt, as a browser sends it: with its own ends of lines."""
        sent = {"receipt": receipt.replace("\n", "\r\n"), **more}
        answer = await self.visitor.client.post("/receipt", data=sent)
        assert answer.status_code == status, text_of(answer)
        assert "no-store" in answer.headers["cache-control"]
        return answer

    def verdict(self, text: str) -> int:
        """Check a text with the one file alone, in a folder of its own."""
        (self.folder / "evidence.txt").write_text(text, encoding="utf-8")
        policy = self.folder / "state" / "log" / "policy.txt"
        command = [sys.executable, "-I", str(VERIFIER), "evidence.txt", "--policy", str(policy)]
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=False).returncode


def area(answer: httpx2.Response, selector: str) -> str:
    found = soup(answer).select_one(selector)
    assert isinstance(found, Tag), text_of(answer)
    return found.get_text().removeprefix("\n")


@pytest.fixture
async def hall(database: Database, database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[Hall]:
    made = await bureau.bureau(database)
    log = await PublicLog.of(database_url, owner_url, tmp_path)
    async with desks.running(log.settings) as app:
        yield Hall(made, app, Visitor(app), log, tmp_path)
    await log.owner.close()


async def test_an_applicant_gets_a_receipt_that_becomes_a_proof_and_finds_what_was_altered(hall: Hall) -> None:
    number, code, receipt = await hall.applied()
    assert len(receipt.encode()) <= 4096
    for secret in (code, code.replace("-", ""), "欧阳", "76543210", "1391234"):
        assert secret not in receipt
    assert f"about {number}\n" in receipt
    assert hall.verdict(receipt) == 3
    waiting = await hall.asked(receipt)
    check_markup(waiting)
    assert "还没有进入公开日志" in text_of(waiting)
    await hall.log.publish()
    proven = await hall.asked(receipt)
    check_markup(proven)
    proof = area(proven, "#proof-text")
    assert hall.verdict(proof) == 0
    saved = [await hall.asked(receipt, do=wish) for wish in ("save", "save-proof")]
    assert [one.text for one in saved] == [receipt, proof]
    assert all("attachment" in one.headers["content-disposition"] for one in saved)
    files = {"file": ("receipt.txt", b"\xef\xbb\xbf" + receipt.encode(), "text/plain")}
    assert "已经进入公开日志" in text_of(await hall.visitor.client.post("/receipt", data={"receipt": ""}, files=files))
    await hall.log.tamper("UPDATE event SET body = replace(body, '{', '{ ') WHERE stream = 'matter:1'")
    altered = await hall.asked(receipt, 409)
    assert "系统中的记录与凭证不符" in text_of(altered)
    assert hall.verdict(proof) == 0, "what the citizen holds proves it all the same"


async def test_whatever_is_no_receipt_of_ours_is_one_answer(hall: Hall) -> None:
    _, _, receipt = await hall.applied()
    foreign = SmallLog(3)
    wrong = ["", "凭证", receipt.replace("act ", "act 1"), receipt[:-9], foreign.receipt(1), foreign.proof(1).text]
    told = set()
    for one in wrong:
        answer = await hall.asked(one, 422)
        told.add(soup(answer).select_one("#problems").get_text())  # type: ignore[union-attr]
        assert (await hall.asked(one, 422, do="save")).headers["content-type"].startswith("text/html")
    assert len(told) == 1
    elsewhere = await hall.visitor.client.post("/receipt", data={"receipt": receipt}, headers={"Origin": "https://x.y"})
    assert elsewhere.status_code == 403


async def test_what_is_handed_in_later_has_a_receipt_too(hall: Hall) -> None:
    number, code, _ = await hall.applied()
    found = await hall.visitor.client.post("/status", data={"number": number, "code": code})
    fields = filled(found, "form[action='/status/materials']")
    files = {"other-file": ("note.txt", "补充说明".encode(), "text/plain")}
    done = await hall.visitor.client.post("/status/materials", data=fields, files=files)
    check_markup(done)
    receipt = area(done, "#receipt-text")
    assert hall.verdict(receipt) == 3
    again = await hall.visitor.client.post("/status/materials", data=fields | {"key": fields["key"]}, files=files)
    assert soup(again).select_one("#receipt-text") is None or area(again, "#receipt-text") == receipt


async def test_the_log_is_told_of_in_plain_words_with_what_checks_it(hall: Hall) -> None:
    before = await hall.visitor.get("/log/about")
    check_markup(before)
    assert "还没有公布第一个日志头" in text_of(before)
    await hall.log.publish()
    page = await hall.visitor.get("/log/about")
    check_markup(page)
    assert "archive" in text_of(page)
    assert "达到策略要求" in text_of(page)
    for link in soup(page).select(".receipt-tools a"):
        content = (await hall.visitor.get(str(link["href"]))).content
        assert hashlib.sha256(content).hexdigest() in text_of(page)
    for language in ("en", "zh-Hant"):
        for path in ("/log/about", "/receipt"):
            check_markup(await hall.visitor.get(f"{path}?lang={language}"))


async def test_a_late_log_is_told_on_every_page_and_a_blind_one_stops_decisions(hall: Hall) -> None:
    """Kept pages say it too, and stop saying it; whatever is not final goes on. A log that never began stops nobody."""
    number, _, _ = await hall.applied()
    watch: LogWatch = hall.app.state.log_watch
    watch.looked = float("inf")  # this test says how it stands
    assert watch.state(datetime.now(UTC)) == ""
    official = hall.bureau.acting("clerk")
    decide = {"kind": "decide", "key": "decide-once"}
    record = {"kind": "record", "key": "record-once", "opinion": {"verdict": "neutral", "text": "核对过"}}
    (which,) = await matters.ids_of(official, [number])
    ago = {"": timedelta(seconds=30), "late": timedelta(hours=3), "blind": timedelta(hours=5)}
    words = {"late": "公开日志公布迟延", "blind": "暂不作出决定"}
    for state in ("", "late", "blind", ""):
        then = datetime.now(UTC) - ago[state]
        watch.last = Standing(1, then, then)
        clerk = await hall.bureau.visitor(hall.app, "clerk")
        for visitor, path in (
            (hall.visitor, "/laws"),
            (hall.visitor, "/laws"),
            (hall.visitor, "/log/about"),
            (clerk, "/desk"),
        ):
            told = text_of(await visitor.get(path))
            assert {one for one in words if words[one] in told.replace("恢复见证以前，", "")} == {state} - {""}, path
        with pytest.raises(Refusal) as refused:
            await matters.act(replace(official, watch=watch), which, decide)
        assert isinstance(refused.value, RecordNotWitnessed) is (state == "blind")
        done = await matters.act(replace(official, watch=watch), which, record)
        assert done.number == number
    never = LogWatch(
        stop=None, last=Standing(1, datetime.now(UTC) - timedelta(days=9), datetime.now(UTC) - timedelta(days=9))
    )
    assert never.state(datetime.now(UTC)) == "late"


async def test_the_standing_is_read_from_the_database(hall: Hall) -> None:
    """Only acts that wait make a log late: a quiet night does not."""
    reads = hall.bureau.ctx.db
    assert (await LogWatch().look(reads)).behind_since is None
    await hall.log.publish()
    quiet = await LogWatch().look(reads)
    assert (quiet.waiting, quiet.behind_since) == (None, None)
    assert quiet.size > 0
    before = datetime.now(UTC)
    await hall.applied()
    pending = await LogWatch().look(reads)
    assert pending.behind_since is not None
    assert before <= pending.behind_since <= datetime.now(UTC)
    await sequence(await take_over(hall.log.owner), datetime.now(UTC))
    assert (await LogWatch().look(reads)).behind_since == pending.behind_since


async def test_a_case_is_exported_for_official_and_party_and_one_altered_byte_is_found(hall: Hall) -> None:
    number, code, _ = await hall.applied()
    clerk = await hall.bureau.visitor(hall.app, "clerk")
    official, party = "/desk/matters/1/export", {"number": number, "code": code}
    assert (await clerk.send(official)).status_code == 409, "nothing is in the log yet"
    acting = hall.bureau.acting("clerk")
    opinion = {"verdict": "neutral", "text": "材料核对过"}
    await matters.act(acting, 1, {"kind": "record", "key": "record-once", "opinion": opinion})
    await hall.log.publish()
    whole = await clerk.send(official)
    own = await hall.visitor.client.post("/status/export", data=party)
    for made in (whole, own):
        assert made.status_code == 200, text_of(made)
        assert f'filename="case-{number}.txt"' in made.headers["content-disposition"]
        assert hall.verdict(made.text) == 0
        for place in ('"index":', '"digest":"' if made is own else "材料核对过", '"path":["'):
            at = made.text.index(place) + len(place) - 1
            broken = made.text[:at] + ("x" if made.text[at] != "x" else "y") + made.text[at + 1 :]
            assert hall.verdict(broken) == 1, place
    assert "材料核对过" in whole.text
    assert "材料核对过" not in own.text
    assert hall.bureau.people["clerk"].login not in own.text
    exported = "SELECT count(*) FROM event WHERE kind = 'matter.exported' AND stream = 'matter_export:1'"
    assert await hall.log.owner.fetchval(exported) == 2
    stranger = await hall.bureau.visitor(hall.app, "stranger")
    assert (await stranger.send(official)).status_code == 404
    wrong = await hall.visitor.client.post("/status/export", data={"number": number, "code": "0000"})
    assert (wrong.status_code, "编号或者查询码不正确" in text_of(wrong)) == (422, True)
    await hall.log.tamper("UPDATE event SET kind = 'matter.opine' WHERE stream = 'matter:1' AND seq = 2")
    assert (await clerk.send(official)).status_code == 409
    await hall.log.tamper("DELETE FROM event WHERE stream = 'matter:1' AND seq = 1")
    assert (await clerk.send(official)).status_code == 409


async def test_what_is_in_the_archive_is_said_to_be_there(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, receipt = await hall.applied()

    async def gone(*_: object) -> str:
        raise InTheArchive(Whereabouts("2022-05", Month(2022, 5), "ab" * 32))

    monkeypatch.setattr(receipts, "proof", gone)
    for wish in ("", "save-proof"):
        answer = await hall.asked(receipt, do=wish)
        check_markup(answer)
        assert "归档包 2022-05 中" in text_of(answer)
