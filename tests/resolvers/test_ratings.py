"""Ratings: once and for good, a bad one is reviewed by others, and what is published tells of nobody."""

from datetime import timedelta
from typing import Any

import pytest

from domain.ratings import Given
from resolvers import hall, matters, ratings, ratings_store
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound
from resolvers.matters import Opened, WrongPost
from tests.hall import served
from tests.running import Office, agree, office, paper

pytestmark = pytest.mark.clause("H6")
GOOD, BAD = Given("satisfied"), Given("dissatisfied", ("slow",), "窗口的李某某让我跑了三趟")


async def _events(of: Office, matter: Opened) -> list[str]:
    sql = "SELECT kind || ' ' || body AS told FROM event WHERE stream = $1 ORDER BY seq"
    return [row["told"] for row in await of.ctx.db.reads.fetch(sql, f"rating:{matter.matter_id}")]


async def test_a_party_is_invited_at_the_service_and_rates_once(database: Database) -> None:
    """The same rating again is the same answer, another one is refused, and nobody without the code can rate."""
    of = await office(database)
    early = await of.open()
    with pytest.raises(ratings.NotInvited):
        await ratings.give(of.ctx, early.number, early.code, GOOD)
    matter = await served(of)
    before = await ratings.rating_status(of.ctx, matter.number, matter.code)
    assert before is not None
    assert (before.open, before.answered, (before.until - of.ctx.today).days) == (True, False, 15)
    with pytest.raises(NotFound):
        await ratings.give(of.ctx, matter.number, "0" * 16, GOOD)
    for wrong in (Given("none"), Given("dissatisfied"), Given("satisfied", ("slow",)), Given("dissatisfied", ("x",))):
        with pytest.raises(InvalidInput):
            await ratings.give(of.ctx, matter.number, matter.code, wrong)
    first = await ratings.give(of.ctx, matter.number, matter.code, GOOD)
    again = await ratings.give(of.ctx, matter.number, matter.code, GOOD)
    assert (first.repeated, again.repeated, first.review) == (False, True, "")
    with pytest.raises(ratings.NotInvited):
        await ratings.give(of.ctx, matter.number, matter.code, BAD)
    assert [one.split(" ")[0] for one in await _events(of, matter)] == ["rating.invited", "rating.given"]


async def test_an_invitation_runs_out_and_is_made_once(database: Database) -> None:
    """However often the milestones are looked at, a matter has one invitation and one draft."""
    of = await office(database)
    matter = await served(of)
    sql = "UPDATE outbox SET done_at = NULL WHERE topic = 'hall'"
    async with unit_of_work(of.ctx, unrecorded="a test") as uow:
        await (await uow.raw()).execute(sql)
    assert (await hall.attend(of.ctx)).done == 0
    counts = "SELECT (SELECT count(*) FROM rating_invitation), (SELECT count(*) FROM result)"
    assert tuple(await database.reads.fetchrow(counts) or ()) == (1, 1)
    of.later(days=20)
    with pytest.raises(ratings.NotInvited):
        await ratings.give(of.ctx, matter.number, matter.code, GOOD)


async def _review(of: Office, number: str) -> matters.MatterView:
    return await matters.matter(of.at(), number)


@pytest.mark.clause("R16")
async def test_a_bad_rating_is_reviewed_by_somebody_who_had_no_part_and_may_be_given_anew(database: Database) -> None:
    """It opens a matter at once; who acted before neither reads what was said nor acts; after it one rates again, once."""
    of = await office(database)
    matter = await served(of)
    rated = await ratings.give(of.ctx, matter.number, matter.code, BAD)
    view = await _review(of, rated.review)
    assert (view.row.kind, view.matter.origin, view.row.phase) == ("rating_review", matter.number, "received")
    assert {one.title for one in view.deadlines} >= {"差评回访", "差评核查办结"}
    assert view.matter.party == (await matters.matter(of.at("clerk"), matter.matter_id)).matter.party
    assert rated.review in {one.number for one in (await matters.inbox(of.at("chair"))).rows}
    for who in ("clerk", "reviewer", "verifier", "deputy", "server"):
        with pytest.raises(WrongPost, match="参与办理过"):
            await of.act(view.row.id, who, "accept")
        assert matters.possible(of.at(who), await matters.matter(of.at(who), view.row.id)) == ()
        told = await ratings.rated(of.at(who), await matters.matter(of.at(who), view.row.id))
        assert told is not None
        assert (told.grade, told.reasons, told.remarks) == ("", (), "")
    seen = await ratings.rated(of.at("chair"), await matters.matter(of.at("chair"), view.row.id))
    assert seen is not None
    assert (seen.grade, seen.remarks) == ("不满意", BAD.remarks)
    own = await ratings.rated(of.at("clerk"), await matters.matter(of.at("clerk"), matter.matter_id))
    assert own is not None
    assert (own.state, own.grade, own.review_number) == ("under_review", "", rated.review)
    await _go_through(of, view.row.id)
    again = await ratings.rating_status(of.ctx, matter.number, matter.code)
    assert again is not None
    assert (again.open, again.again) == (True, True)
    second = await ratings.give(of.ctx, matter.number, matter.code, GOOD)
    assert not second.bad
    with pytest.raises(ratings.NotInvited):
        await ratings.give(of.ctx, matter.number, matter.code, BAD)


async def _go_through(of: Office, review: int) -> None:
    await of.act(review, "chair", "accept", documents=[paper("call_back_record")])
    await of.act(review, "chair", "complete", opinion=agree("查阅案卷"))
    await of.act(review, "judge", "decide", outcome={"result": "established"})
    await of.act(review, "chair", "complete", opinion=agree("已整改"))
    await of.act(review, "chair", "record", documents=[paper("reply")])
    await of.act(review, "chair", "serve", document="reply", method="direct")
    await of.act(review, "chair", "complete")
    await of.act(review, "chair", "close")
    await hall.attend(of.ctx)


async def test_what_somebody_wrote_is_in_no_event_and_not_in_the_clear(database: Database) -> None:
    """The words are sealed in their row: neither the record nor the table tells them, and another row cannot open them."""
    of = await office(database)
    matter = await served(of)
    await ratings.give(of.ctx, matter.number, matter.code, BAD)
    assert not any("李某某" in one for one in await _events(of, matter))
    kept = await database.reads.fetchval("SELECT remarks_sealed FROM rating")
    assert "李某某".encode() not in kept
    found = await ratings_store.latest(database.reads, matter.matter_id)
    assert found is not None
    assert found.remarks(of.ctx) == BAD.remarks


async def _month(of: Office, good: int, bad: int) -> None:
    for number in range(good + bad):
        matter = await served(of, party=f"P{number}")
        await ratings.give(of.ctx, matter.number, matter.code, GOOD if number < good else BAD)


async def test_figures_are_published_for_months_that_are_over_and_hidden_where_few_answered(
    database: Database,
) -> None:
    """Nothing before the last invitation has run out; from five answers on a figure, below it none."""
    of = await office(database)
    await _month(of, 4, 1)
    assert await ratings.publish_figures(of.ctx) == 0
    later = of.ctx.at(of.ctx.now + timedelta(days=60))
    assert await ratings.figures_are_due(later)
    assert await ratings.publish_figures(later) == 1
    assert not await ratings.figures_are_due(later)
    rows = (await ratings.list_figures(later)).rows
    shown: dict[str, Any] = {one.item_code: (one.invited, one.answered, one.satisfied, one.bad) for one in rows}
    assert shown == {"": (5, 5, 4, 1), rows[0].item_code: (5, 5, 4, 1)}
    (month,) = await ratings.monthly(later)
    assert (month.invited, month.answered, month.satisfied, month.bad) == (5, 5, 4, 1)


async def test_fewer_than_five_are_nobodys_business(database: Database) -> None:
    of = await office(database)
    await _month(of, 3, 1)
    later = of.ctx.at(of.ctx.now + timedelta(days=60))
    await ratings.publish_figures(later)
    rows = (await ratings.list_figures(later)).rows
    assert [(one.invited, one.answered, one.bad) for one in rows] == [(4, None, None)] * 2
