"""Documents at work: made together with the act that brings them, numbered without a gap, sealed, read by whoever may."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.access import Role
from domain.actors import ANONYMOUS
from domain.parties import reference
from resolvers import letterheads, matters, papers, parties
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound, NotPermitted
from resolvers.letterheads import Letterhead, word_of
from resolvers.matters import MatterRefused, Opened
from resolvers.papers import PaperOrder, PaperRefused
from tests import factories, running
from tests.domain.test_parties import person
from tests.resolvers.papers import pdf_of, read, squeezed
from tests.running import LICENCE, PENALTY, Office, agree, paper

pytestmark = pytest.mark.clause("R7")
SLIP = PaperOrder("acceptance_slip")
HEARING = {"when_text": "2026年4月10日9时", "where_text": "听证室", "chair_text": "吴平"}
REASONS = {"reasons_text": "经审查，材料真实完整，符合规定的条件。", "basis_text": "《某条例》第三条"}


async def with_party(office: Office, item: str = LICENCE, who: str = "clerk") -> tuple[Opened, UUID]:
    """Open a matter of a registered party."""
    party = await parties.enter(office.at(who), office.body.code, person(name="王小明"))
    return await office.open(item, who, party=reference(party)), party


async def make(
    office: Office, who: str, matter: Opened, kind: str, orders: Sequence[PaperOrder], /, **data: Any
) -> matters.ActDone:
    """Do an act that brings documents."""
    data = {"kind": kind, "key": f"{kind}-{len(orders)}", **data}
    done = await papers.make(office.at(who), matter.matter_id, data, orders)
    office.later(minutes=1)
    return done


async def events(ctx: Context, kind: str) -> list[str]:
    rows = await ctx.db.reads.fetch("SELECT body FROM event WHERE kind = $1 ORDER BY id", kind)
    return [row["body"] for row in rows]


@pytest.mark.clause("R13", "R4")
async def test_a_slip_is_made_with_the_acceptance_and_says_who_and_what(database: Database) -> None:
    office = await running.office(database)
    opened, _ = await with_party(office)
    order = PaperOrder("acceptance_slip", {"receipt_code": opened.code})
    done = await make(office, "clerk", opened, "accept", [order])
    (document,) = done.events[-1].act.documents  # type: ignore[union-attr]
    (made,) = await papers.papers_of(office.at("reviewer"), opened.matter_id)
    assert (made.digest, made.number, made.name) == (document.digest, document.number, "受理通知书")
    assert document.number.endswith("许受〔2026〕1号")
    content = await papers.paper(office.at("reviewer"), opened.matter_id, made.id)
    assert sha256(content.pdf).hexdigest() == made.digest
    assert sha256(content.text.encode()).hexdigest() == made.text_digest
    shown = squeezed(read(pdf_of(content.pdf)))
    for words in ("王小明", opened.number, opened.code, document.number, "20个工作日"):
        assert squeezed(words) in shown
        assert squeezed(words) in squeezed(content.text)
    # Who it is stands in the document alone: not in the record, and not readable where it is kept.
    told = await database.reads.fetch("SELECT body FROM event")
    assert not [row for row in told if "王小明" in row["body"]]
    row = await database.reads.fetchrow("SELECT * FROM paper")
    assert row is not None
    assert "王小明".encode() not in bytes(row["text_sealed"])
    assert row["pdf_file"] != made.digest
    (reading,) = await events(office.ctx, "party.revealed")
    assert '"purpose":"document"' in reading
    assert '"name"' in reading
    assert '"number"' not in reading
    assert len(await events(office.ctx, "paper.made")) == 1
    assert '"purpose":"handling"' in (await events(office.ctx, "paper.read"))[0]


async def test_the_same_submission_makes_one_document(database: Database) -> None:
    office = await running.office(database)
    opened, _ = await with_party(office)
    first = await make(office, "clerk", opened, "accept", [SLIP])
    again = await make(office, "clerk", opened, "accept", [SLIP])
    assert (again.repeated, again.seq) == (True, first.seq)
    assert len(await papers.papers_of(office.ctx, opened.matter_id)) == 1
    other = PaperOrder("acceptance_slip", {"remarks": "别的内容"})
    with pytest.raises(MatterRefused) as reused:
        await make(office, "clerk", opened, "accept", [other])
    assert reused.value.code == "KEY_REUSED"
    with pytest.raises(MatterRefused):
        await office.act(opened, "clerk", "accept", key="accept-1")


@pytest.mark.clause("R18")
async def test_what_is_refused_makes_nothing_and_draws_no_number(database: Database) -> None:
    office = await running.office(database)
    opened, _ = await with_party(office)
    with pytest.raises(PaperRefused) as refused:
        await make(office, "clerk", opened, "record", [PaperOrder("decision", {})])
    assert "decision.reasons_text" in {one.path for one in refused.value.problems}
    with pytest.raises(PaperRefused) as unshown:
        await make(
            office, "clerk", opened, "record", [PaperOrder("hearing_notice", HEARING | {"where_text": "张𠮷厅"})]
        )
    assert "“听证地点”中的字符“𠮷”（U+20BB7）" in unshown.value.message
    with pytest.raises(PaperRefused) as hidden:
        await make(
            office, "clerk", opened, "record", [PaperOrder("hearing_notice", HEARING | {"where_text": "给\u202e张"})]
        )
    assert [one.path for one in hidden.value.problems] == ["hearing_notice.where_text"]
    with pytest.raises(PaperRefused) as wrong:
        await make(office, "clerk", opened, "accept", [PaperOrder("acceptance_slip", {"receipt_code": "0" * 16})])
    assert [one.code for one in wrong.value.problems] == ["WRONG_CODE"]
    # The engine refuses before anything is made.
    with pytest.raises(MatterRefused):
        await make(office, "reviewer", opened, "accept", [SLIP])
    with pytest.raises(InvalidInput):
        await make(office, "clerk", opened, "assign", [SLIP], to=office.id_of("clerk"))
    with pytest.raises(NotFound):
        await make(office, "clerk", opened, "record", [PaperOrder("poem")])
    assert await papers.papers_of(office.ctx, opened.matter_id) == ()
    assert not await database.reads.fetch("SELECT FROM number_series WHERE series LIKE 'paper:%'")
    await make(office, "clerk", opened, "accept", [SLIP])
    (made,) = await papers.papers_of(office.ctx, opened.matter_id)
    assert made.number.endswith("〔2026〕1号")


async def test_twenty_at_once_leave_no_gap_in_the_series(database: Database) -> None:
    office = await running.office(database)
    opened = [await office.open(party=f"甲公司{number}") for number in range(20)]
    data = {"kind": "accept", "key": "a"}
    await asyncio.gather(*(papers.make(office.at("clerk"), one.matter_id, data, [SLIP]) for one in opened))
    made = [one for each in opened for one in await papers.papers_of(office.ctx, each.matter_id)]
    numbers = sorted(int(one.number.partition("〕")[2].removesuffix("号")) for one in made)
    assert numbers == list(range(1, 21))
    assert len({one.number.partition("〔")[0] for one in made}) == 1


@pytest.mark.clause("R15", "R18")
async def test_a_penalty_goes_with_its_documents(database: Database) -> None:
    office = await running.office(database)
    head = Letterhead("云城管", "中山路1号", "12345678", "云川市中级人民法院", "云川银行", "6200000001")
    await letterheads.set_letterhead(office.at("head"), office.body.code, head)
    opened, _ = await with_party(office, PENALTY, "inv1")
    await office.act(opened, "inv1", "complete")
    filing = PaperOrder(
        "filing_approval",
        {"source_text": "巡查发现", "story_text": "占道", "proposal_text": "建议立案", "basis_text": "《某条例》"},
    )
    await make(office, "deputy", opened, "accept", [filing])
    (made,) = await papers.papers_of(office.ctx, opened.matter_id)
    assert made.number == "云城管立〔2026〕1号"
    until = {"code": "statement_until", "day": "2026-03-10"}
    asked = {"hearing_text": "", "penalty_text": "罚款1000元", "cause_text": "占道"} | REASONS
    shown = await papers.preview(
        office.at("inv1"), opened.matter_id, {"kind": "record", "facts": [until]}, PaperOrder("penalty_notice", asked)
    )
    assert "2026年3月10日前" in shown.text
    assert "云城管罚告〔2026〕　号" in shown.text
    # A preview makes nothing.
    assert len(await papers.papers_of(office.ctx, opened.matter_id)) == 1
    notice = PaperOrder("penalty_notice", asked | {"until_text": "2026年3月10日"})
    payment = PaperOrder("payment_notice", {"amount_text": "1000元", "decision_text": "云城管罚〔2026〕1号"})
    await make(office, "inv1", opened, "record", [notice, payment])
    both = await papers.papers_of(office.ctx, opened.matter_id)
    assert [one.number for one in both[1:]] == ["云城管罚告〔2026〕1号", "云城管缴〔2026〕1号"]
    text = (await papers.paper(office.at("inv1"), opened.matter_id, both[2].id)).text
    assert "云川银行" in text
    assert "15日" in text


@pytest.mark.clause("H2", "N5")
async def test_only_those_who_may_read_a_document_and_the_party_only_what_was_served(database: Database) -> None:
    office = await running.office(database)
    opened, _ = await with_party(office)
    await make(office, "clerk", opened, "accept", [SLIP])
    (made,) = await papers.papers_of(office.ctx, opened.matter_id)
    elsewhere = await factories.body(office.ctx, office.government, code="B002", number="002")
    strangers = await running.people(office.ctx, elsewhere, {"stranger": ("别的岗", ())})
    bureau = await factories.body(office.ctx, office.government, code="B003", number="003")
    watchers = await running.people(office.ctx, bureau, {"watcher": ("监察岗", (Role.SUPERVISION_BUREAU,))})
    for nobody in (strangers["stranger"], ANONYMOUS):
        ctx = office.ctx.acting_as(nobody)
        assert await papers.papers_of(ctx, opened.matter_id) == ()
        with pytest.raises(NotFound):
            await papers.paper(ctx, opened.matter_id, made.id)
        with pytest.raises(NotFound):
            await papers.drafts(ctx, opened.matter_id)
        with pytest.raises(NotFound):
            await papers.preview(ctx, opened.matter_id, {}, SLIP)
    watching = office.ctx.acting_as(watchers["watcher"])
    assert (await papers.paper(watching, opened.matter_id, made.id)).text
    assert '"purpose":"supervision"' in (await events(office.ctx, "paper.read"))[-1]
    with pytest.raises(NotFound):
        await papers.paper(office.at("clerk"), opened.matter_id + 1, made.id)
    # The party sees what was served on it, and nothing before.
    hall = office.ctx.acting_as(ANONYMOUS)
    assert await papers.papers_of_party(hall, opened.number, opened.code) == ()
    with pytest.raises(NotFound):
        await papers.paper_of_party(hall, opened.number, opened.code, made.id)
    await office.act(opened, "reviewer", "serve", document="acceptance_slip", method="electronic", confirmed=True)
    (served,) = await papers.papers_of_party(hall, opened.number, opened.code)
    got = await papers.paper_of_party(hall, opened.number, opened.code, served.id)
    assert sha256(got.pdf).hexdigest() == made.digest
    assert '"purpose":"party_request"' in (await events(office.ctx, "paper.read"))[-1]
    with pytest.raises(NotFound):
        await papers.papers_of_party(hall, opened.number, "0" * 16)


@pytest.mark.clause("R7")
async def test_a_document_is_never_changed_nor_removed(database: Database, owner_url: str) -> None:
    office = await running.office(database)
    opened, _ = await with_party(office)
    await make(office, "clerk", opened, "accept", [SLIP])
    owner = await asyncpg.connect(owner_url.replace("+asyncpg", ""))
    try:
        for statement in (
            "UPDATE paper SET number = 'x'",
            "UPDATE paper SET key_id = 'x', digest = repeat('0', 64)",
            "DELETE FROM paper",
            "TRUNCATE paper",
        ):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                await owner.execute(statement)
    finally:
        await owner.close()


async def test_whose_party_nobody_knows_is_named_by_the_officer(database: Database) -> None:
    office = await running.office(database)
    opened = await office.open(party="")
    (draft,) = await papers.drafts(office.at("clerk"), opened.matter_id, ["acceptance_slip"])
    assert draft.fields[0].name == papers.PARTY_NAME
    with pytest.raises(PaperRefused) as refused:
        await make(office, "clerk", opened, "accept", [SLIP])
    assert "当事人姓名或者名称" in refused.value.message
    await make(office, "clerk", opened, "accept", [PaperOrder("acceptance_slip", {papers.PARTY_NAME: "李四"})])
    (made,) = await papers.papers_of(office.ctx, opened.matter_id)
    assert "李四" in (await papers.paper(office.at("clerk"), opened.matter_id, made.id)).text


async def test_drafts_offer_every_kind_without_the_party(database: Database) -> None:
    office = await running.office(database)
    opened, _ = await with_party(office)
    await office.act(opened, "clerk", "accept")
    await office.act(opened, "reviewer", "complete", opinion=agree())
    found = await papers.drafts(office.at("clerk"), opened.matter_id)
    assert {one.code for one in found} >= {"acceptance_slip", "decision", "hearing_record", "archive_cover"}
    assert "王小明" not in repr(found)
    assert not await events(office.ctx, "party.revealed")
    assert paper("decision")["code"] in {one.code for one in found if one.reasoned}


async def test_the_letterhead_is_the_heads_to_set(database: Database) -> None:
    office = await running.office(database)
    code = office.body.code
    with pytest.raises(NotPermitted):
        await letterheads.set_letterhead(office.at("clerk"), code, Letterhead("云城管"))
    with pytest.raises(InvalidInput) as wrong:
        await letterheads.set_letterhead(office.at("head"), code, Letterhead("ABC", phone="1\u0000"))
    assert {one.path for one in wrong.value.problems} == {"word", "phone"}
    await letterheads.set_letterhead(office.at("head"), code, Letterhead("云城管"))
    assert (await letterheads.letterhead(office.at("head"), code)).head.word == "云城管"
    assert len(await events(office.ctx, "letterhead.set")) == 1


async def test_administrators_look_at_templates_with_sample_data(database: Database) -> None:
    office = await running.office(database)
    lawyers = await running.people(office.ctx, office.body, {"legal": ("法制岗", (Role.LEGAL_OFFICE,))})
    ctx = office.ctx.acting_as(lawyers["legal"])
    found = await papers.sample_papers(ctx)
    assert {("penalty-ordinary", "penalty_decision"), ("licence", "acceptance_slip")} <= {
        (one.procedure, one.code) for one in found
    }
    assert "云川市城市管理局" in squeezed(read(pdf_of(await papers.sample_paper(ctx, "licence", "decision"))))
    with pytest.raises(NotFound):
        await papers.sample_paper(ctx, "licence", "poem")
    with pytest.raises(NotPermitted):
        await papers.sample_papers(office.at("clerk"))


@pytest.mark.clause("R7")
@pytest.mark.parametrize(
    ("organ", "word"), [("市市场监管局", "市场监管"), ("市住建局", "市住建"), ("市委编办", "市委编"), ("云办", "云办")]
)
def test_the_word_of_an_organ_that_set_none_does_not_say_its_level_twice(organ: str, word: str) -> None:
    assert word_of(organ) == word
