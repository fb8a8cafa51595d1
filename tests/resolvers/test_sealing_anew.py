"""After a change of the secret everything that is sealed is sealed anew; then the earlier secret is needed no more."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pyotp
import pytest

from domain.actors import ANONYMOUS
from domain.complaints import Filing
from domain.opinions import Attendance, Call
from domain.ratings import Given
from resolvers import (
    complaints,
    drafts,
    opinions,
    opinions_desk,
    papers,
    parties_sealing,
    ratings,
    ratings_store,
    sealing_anew,
)
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.drafts import Place
from resolvers.errors import NotPermitted
from resolvers.keys import CannotOpen, Keyring
from resolvers.papers import PaperOrder
from resolvers.second_factors import sealed_place
from tests.complaints import CLIENT
from tests.hall import served
from tests.resolvers.test_papers import make, with_party
from tests.running import Office, office

SPEAKER = Attendance("司马测试", "13900001234", "against")
WORDS = "窗口的李某某让我跑了三趟"
NEW = Keyring(b"n" * 40)
SEALED = """
SELECT a.attrelid::regclass::text || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped AND a.attname ~ 'sealed$'
  AND a.atttypid = 'bytea'::regtype
"""
COMPLAINTS = {"complaint_text.sealed", "complaint_file.name_sealed", "complaint_file.content_sealed"}
ELSEWHERE = {
    "application_draft.sealed",
    "paper.text_sealed",
    "opinion_attendance.sealed",
    "rating.remarks_sealed",
    "draft.sealed",
    "account.totp_sealed",
} | COMPLAINTS
NOBODYS = {"complaint.identity_sealed", "complaint_opening_step.half_sealed"}
"""Who filed is sealed to keys that two people hold; the system's secret never opened it."""


async def sealed_by(of: Office) -> tuple[int, int, UUID, str]:
    """Seal one thing of each kind; returns the two matters, the official with a second factor, and its secret."""
    opened, _ = await with_party(of)
    await make(of, "clerk", opened, "accept", [PaperOrder("acceptance_slip")])
    rated = await served(of)
    await ratings.give(of.ctx, rated.number, rated.code, Given("dissatisfied", ("slow",), WORDS))
    await drafts.keep(of.at("clerk"), Place(opened.matter_id, "opine", 1), {"opinion": WORDS}, days=3)
    filing = Filing(kind="complaint", capacity="anonymous", about="body", body="B001", text=WORDS)
    await complaints.file(of.ctx.acting_as(ANONYMOUS), filing, "a key of a test, long enough", CLIENT)
    hearing = Call(
        "公交调价", "拟调整票价。", of.ctx.today + timedelta(9), (), of.ctx.now + timedelta(20), "三楼会议室"
    )
    asked = await opinions_desk.publish(of.ctx, "B001", "a key", hearing)
    await opinions.attend(of.ctx.acting_as(ANONYMOUS), asked, "a key of a test, long enough", SPEAKER, CLIENT)
    account, secret = of.people["clerk"].account_id, pyotp.random_base32()
    assert account is not None
    async with unit_of_work(of.ctx, unrecorded="test") as uow:
        values = (account, of.ctx.keys.seal(sealed_place(account), secret.encode()), of.ctx.now)
        sql = "UPDATE account SET totp_sealed = $2, totp_confirmed_at = $3 WHERE id = $1"
        await (await uow.raw()).execute(sql, *values)
    return opened.matter_id, rated.matter_id, account, secret


async def opens(of: Office, ctx: Context, held: tuple[int, int, UUID, str]) -> None:
    """Read everything with the keys of a context."""
    opened, rated, account, secret = held
    clerk = ctx.acting_as(of.people["clerk"])
    (made,) = await papers.papers_of(clerk, opened)
    content = await papers.paper(clerk, opened, made.id)
    assert content.pdf.startswith(b"%PDF")
    assert "王小明" in content.text
    found = await ratings_store.latest(ctx.db.reads, rated)
    assert found is not None
    assert found.remarks(ctx) == WORDS
    draft = await drafts.kept(clerk, Place(opened, "opine", 1))
    assert draft is not None
    assert draft.values["opinion"] == WORDS
    sealed = await ctx.db.reads.fetchval("SELECT totp_sealed FROM account WHERE id = $1", account)
    assert ctx.keys.open(sealed_place(account), sealed).decode() == secret


async def everything(ctx: Context) -> dict[str, int]:
    await parties_sealing.reseal(ctx)
    return {what: await sealing_anew.reseal(ctx, what) for what in sealing_anew.STEPS}


@pytest.mark.clause("N5", "R4", "R7")
async def test_after_a_change_of_the_secret_nothing_needs_the_one_before(database: Database) -> None:
    of = await office(database)
    held = await sealed_by(of)
    changed = replace(of.ctx, keys=replace(NEW, earlier=(of.ctx.keys.secret,)))
    await opens(of, changed, held)
    for what in sealing_anew.STEPS:
        with pytest.raises(CannotOpen):
            await sealing_anew.reseal(replace(of.ctx, keys=NEW), what)
    with pytest.raises(NotPermitted):
        await sealing_anew.reseal(changed.acting_as(of.people["clerk"]), "paper")
    assert await everything(changed) == dict.fromkeys(sealing_anew.STEPS, 1)
    assert await everything(changed) == dict.fromkeys(sealing_anew.STEPS, 0)
    await opens(of, replace(of.ctx, keys=NEW), held)
    with pytest.raises(CannotOpen):
        await opens(of, of.ctx, held)
    told = await database.reads.fetch("SELECT body::jsonb ->> 'what' AS what FROM event WHERE kind = 'sealing.renewed'")
    assert [row["what"] for row in told] == list(sealing_anew.STEPS)


@pytest.mark.house
async def test_every_sealed_column_is_sealed_anew_by_somebody(database: Database) -> None:
    found = {str(row[0]) for row in await database.reads.fetch(SEALED)}
    assert {one for one in found if not one.startswith("party_version.")} == ELSEWHERE | NOBODYS
