"""Every change leaves an event: what is excused is listed here with its reason, and every form on the desk is counted."""

import re
from pathlib import Path

import pytest

from tests.access import matrix
from tests.access.conftest import Scene

pytestmark = pytest.mark.clause("R1", "N5")
ROOT = Path(__file__).parents[2]
EXCUSED = {
    # Counting, cleaning and looking: nothing that a person decided.
    "a count of attempts": "resolvers/throttles.py",
    "a count of attempts; failures are recorded by the sign-in": "resolvers/throttles.py",
    "a proof of an address; that it was given, the filing says": "resolvers/complaints_contacts.py",
    "a code that could not be sent": "resolvers/complaints_contacts.py",
    "a try at a code": "resolvers/complaints_contacts.py",
    "when a session was last seen": "resolvers/sessions.py",
    "sessions that ended long ago; their events stay": "resolvers/keeping.py",
    "when a platform above was last heard": "resolvers/exchange.py",
    "what a platform above has; an event would be the next thing to hand over": "resolvers/exchange.py",
    "a content that nothing refers to yet: whoever does records it": "resolvers/files.py",
    "a content that nothing refers to": "resolvers/files.py",
    "nothing was left to seal anew": "resolvers/sealing_anew.py",
    "closed already": "resolvers/closing.py",
    "open already": "resolvers/closing.py",
    "another worker has noted what the scanner said": "resolvers/materials_housekeeping.py",
    "a material that was taken up or removed meanwhile": "resolvers/materials_housekeeping.py",
    "what is seen of a matter; its own events stay": "resolvers/supervision_sweep.py",
    "a sweep that found nothing new": "resolvers/supervision_sweep.py",
    "alerts that another watchman has opened meanwhile": "resolvers/supervision_looking.py",
    "rules that another worker has kept meanwhile": "resolvers/supervision_rules.py",
    "matters of which an expression says nothing": "resolvers/supervision_expressing.py",
    "a rule whose number somebody else was given meanwhile": "resolvers/supervision_writing.py",
    "nothing of the bundle may leave yet, or nothing is left to": "resolvers/archives.py",
    "everything is here already": "resolvers/archives.py",
    # Doing a thing twice: the first time was recorded.
    "a case that was opened before under its key": "resolvers/supervision_cases.py",
    "an item of a score that was proposed before under its key": "resolvers/score_items.py",
    "an item of a score that was decided before in the same words": "resolvers/score_items.py",
    "a period that was scored before": "resolvers/assessments_locking.py",
    "an application to suspend that stands already": "resolvers/supervision_suspending.py",
    "an order to score that stood already": "resolvers/assessments_ordering.py",
    "how far an order to score is": "resolvers/assessments_ordering.py",
    "scores that were published before": "resolvers/assessments_freezing.py",
    "an objection that was filed before in the same words": "resolvers/assessments_objecting.py",
    "an objection that was decided before in the same words": "resolvers/assessments_objecting.py",
    "an inspection that was planned before under its key": "resolvers/inspections.py",
    "lots that were drawn before": "resolvers/inspections.py",
    "sheets that say what stood there before": "resolvers/inspections.py",
    "an inspection that was closed before with the same result": "resolvers/inspections.py",
    "an alert that was lifted before on the same ground": "resolvers/supervision_alerts.py",
    "discarding twice changes nothing": "resolvers/batches_deciding.py",
    "a repeated confirmation changes nothing": "resolvers/batches_confirming.py",
    "nothing is entered where the post is there already": "resolvers/first_accounts.py",
    "an act that was done before under its key": "resolvers/matters_acting.py",
    "a declaration that was made before under its key": "resolvers/parties.py",
    "a matter that was opened before under its key": "resolvers/matters_opening.py",
    "cases that were joined before under the same key": "resolvers/matters_joining.py",
    "a case that was parted before under the same key": "resolvers/matters_joining.py",
    "a look at a matter on which time has nothing to do": "resolvers/matters_time.py",
    "a complaint that was filed before under its key": "resolvers/complaints_filing.py",
    "an act on a complaint that was done before under its key": "resolvers/complaints_acting.py",
    "an opinion that was given before under its key": "resolvers/opinions.py",
    "a call for opinions that was published before under its key": "resolvers/opinions_desk.py",
    "something that was said before under its key": "resolvers/complaints_following.py",
    "a look at a complaint on which time has nothing to do": "resolvers/complaints_time.py",
    # What is no act yet.
    "a draft is no act; what it says is recorded when it is done": "resolvers/drafts.py",
    "a draft of an application: nothing before it is sent": "resolvers/application_drafts.py",
    "a draft of an application that was sent": "resolvers/application_drafts.py",
    "a draft that is done with": "resolvers/drafts.py",
    "drafts whose days are over": "resolvers/drafts.py",
    "a document that is registered already": "resolvers/documents.py",
    "a letter that is on its way; its cause is recorded": "resolvers/outbox.py",
    "a letter that was told; its cause is recorded": "resolvers/outbox.py",
    "letters that were told long ago; their causes stay": "resolvers/outbox.py",
    "a notice that its reader has seen": "resolvers/inbox.py",
    "a notice that somebody was told and has seen": "resolvers/notices_reading.py",
    "a rating that was given before": "resolvers/ratings_giving.py",
    "a result that was published before in the same words": "resolvers/results_publishing.py",
    "a result that was withdrawn before on the same ground": "resolvers/results_publishing.py",
    "a result that was withheld before on the same ground": "resolvers/results_publishing.py",
    "a change of a decision that was noted before": "resolvers/results_publishing.py",
    "a late result that was reminded of before": "resolvers/results_reading.py",
    "a milestone that asks for nothing in the hall": "resolvers/hall.py",
    "the planner had begun already": "resolvers/planner.py",
    "another planner was there first": "resolvers/planner.py",
    "a report in which nothing was changed": "resolvers/reports_writing.py",
    "a report that was handed in before": "resolvers/reports_writing.py",
    "a correction that was begun before": "resolvers/reports_writing.py",
    "a report that was accepted before": "resolvers/reports_reviewing.py",
    "a report that was sent back before": "resolvers/reports_reviewing.py",
    "nothing happened when every published year is there already": "deploy/calendars.py",
}
# What an address needs so that it does what it is for; the rest does it with what the table says.
WORKING: dict[str, dict[str, str]] = {
    "POST /desk/supervision/alerts/{alert:int}/lift": {"ground": "corrected", "reason": "已整改"},
    "POST /desk/scores/items": {
        "key": "by-a-test",
        "body": "B001",
        "period": "2027",
        "indicator": "additions",
        "points": "1",
        "words": "测试",
        "evidence": "测试",
    },
    "POST /desk/scores": {"period": "2025-Q4", "do": "freeze"},
    "POST /desk/supervision/rules/{code}": {"state": "on_trial", "version": "1"},
    "POST /desk/supervision/rules/{code}/trials": {},
    "POST /desk/supervision/writing": {
        "name": "多次暂停",
        "clause": "003-32(5)",
        "kind": "flow",
        "expression": "suspensions > 1",
        "message": "暂停多次。",
        "least-reminder": "1",
    },
    "POST /desk/accounts": {"login": "made-by-test", "name": "新人"},
    "POST /desk/accounts/{account}/disable": {"reason": "离职"},
    "POST /desk/accounts/{account}/enable": {"reason": "返岗"},
    "POST /desk/accounts/{account}/reset-factor": {"reason": "遗失"},
    "POST /desk/accounts/{account}/link": {"issuer": "https://id.example", "subject": "1"},
    "POST /desk/accounts/{account}/postings/{posting:int}/end": {},
    "POST /desk/opinions/new": {
        "title": "公交调价",
        "content": "拟调整票价。",
        "closes_on": "2099-01-01",
        "key": "a-key-of-a-test",
    },
    "POST /desk/tokens": {"holder": "单位", "days": "1", "scopes": "library:read"},
    "POST /desk/imports/{number:int}/options": {},
    "POST /desk/letterheads/{body}": {"word": "测试"},
    "POST /desk/matters/new": {"item": "{item}", "key": "by-a-test"},
    "POST /apply/{code:path}": {
        "do": "send",
        "key": "a-key-of-a-test-that-is-long-enough",
        "party-document": "passport",
        "party-number": "E76543210",
        "party-name": "欧阳测试",
        "party-phone": "13912345678",
    },
    "POST /desk/parties/{party}/correct": {"ground": "contact_changed", "seen": "1", "party-phone": "13900005678"},
    "POST /desk/results/{result:int}/publish": {
        "seen": "0",
        "decision_number": "1号",
        "party": "王某",
        "content": "准予",
        "basis": "依据",
    },
    "POST /desk/matters/{matter:int}/acts/{kind}": {"key": "by-a-test", "other1": "照片"},
    "POST /desk/reports/{report:int}/save": {"seen": "0", "running": "全部上网运行。"},
}
# These need a file, a post, or a row that asks for a decision; their own tests show the event.
ELSEWHERE = {
    "POST /desk/matters/assign",
    # A preview makes nothing; where the register knows the party, its reading is recorded.
    "POST /desk/matters/{matter:int}/acts/{kind}/preview",
    "POST /desk/imports/{number:int}/rows",
    "POST /desk/imports/{number:int}/rows/{seq:int}",
    "POST /desk/imports",
    "POST /desk/imports/{number:int}/missing",
    "POST /desk/imports/{number:int}/confirm",
    "POST /desk/imports/{number:int}/discard",
    "POST /desk/accounts/{account}/postings",
    # This needs a ledger with something in it; tests/resolvers/test_assessments.py shows its events.
    "POST /desk/scores/{score:int}",
    # This needs an alert about an item that nobody asks for; tests/portal/test_supervision.py shows its event.
    "POST /desk/supervision/alerts/{alert:int}/suspension",
    # These need a further body and a case; tests/resolvers/test_supervision_cases.py shows their events.
    "POST /desk/supervision/cases/new",
    # These need matters of some days ago; tests/resolvers/test_inspections.py shows their events.
    "POST /desk/supervision/inspections/new",
    "POST /desk/supervision/inspections/{inspection:int}",
    "POST /desk/supervision/cases/{matter:int}/finding",
    # These need something said, and a last day that is over; tests/resolvers/test_opinions.py shows their events.
    "POST /desk/opinions/{call:int}/comments/{comment:int}",
    "POST /desk/opinions/{call:int}/conclusion",
    # This needs a published log; tests/portal/test_receipts.py shows its event.
    "POST /desk/matters/{matter:int}/export",
    # These need a report that is written or handed in; tests/resolvers/test_reports.py shows their events.
    "POST /desk/reports/{report:int}/count",
    "POST /desk/reports/{report:int}/submit",
    "POST /desk/reports/{report:int}/accept",
    "POST /desk/reports/{report:int}/return",
    "POST /desk/reports/{report:int}/correct",
    # These need a result that is public; tests/resolvers/test_results.py shows their events.
    "POST /desk/results/{result:int}/correct",
    "POST /desk/results/{result:int}/withdraw",
    "POST /desk/results/{result:int}/withhold",
    "POST /desk/results/{result:int}/changed",
}
# A draft is no act (tests/portal/test_drafts.py). What a platform above has is none either, and no official sends it
# (tests/portal/test_exchange.py): an act for each page would be the next thing to hand over.
NO_ACT = {"POST /desk/matters/{matter:int}/acts/{kind}/draft", "POST /exchange/received"}
CHANGING = [
    name for name, row in matrix.routes().items() if row.permission and row.method == "POST" and name not in NO_ACT
]


def test_what_changes_without_an_event_is_listed_with_its_reason() -> None:
    """A unit of work without an event is rolled back, except where the code says why; each such place is here."""
    found = {}
    for layer in ("resolvers", "portal", "schema", "workers", "deploy"):
        for file in (ROOT / layer).rglob("*.py"):
            for reason in re.findall(r'unrecorded="([^"]+)"', file.read_text(encoding="utf-8")):
                found[reason] = str(file.relative_to(ROOT))
    assert found == EXCUSED


@pytest.mark.parametrize("name", [name for name in CHANGING if name not in ELSEWHERE])
async def test_a_form_that_changes_something_leaves_an_event(scene: Scene, name: str) -> None:
    """TOB-26-4: through the whole application, by somebody who may, the record is longer afterwards, by that person."""
    row = matrix.routes()[name]
    side = "other" if set(row.other) & set(matrix.OFFICIALS) else "own"
    role = min((row.other if side == "other" else row.own) & set(matrix.OFFICIALS))
    address = await scene.address(row, side, role)
    visitor = await scene.visitor(role)
    account = scene.people[role].account_id
    sql = "SELECT count(*) FROM event WHERE actor_id = $1"
    before = await scene.ctx.db.reads.fetchval(sql, account)
    answer = await visitor.form(address, account, scene.filled(WORKING.get(name, row.fields)))
    assert answer.status_code in (200, 303), f"{name}: {answer.status_code}"
    assert await scene.ctx.db.reads.fetchval(sql, account) > before
