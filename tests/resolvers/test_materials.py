"""Materials as use-cases: handed in, taken up by acts, listed against the guide, opened, scanned and swept."""

import asyncio
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from domain.actors import ANONYMOUS
from domain.engine.parts import Material
from resolvers import files, keeping, materials, matters
from resolvers.database import Database
from resolvers.errors import InvalidInput, NotFound, NotPermitted, NotSignedIn, Refusal
from resolvers.file_store import FileStore
from resolvers.materials import (
    FileRefused,
    ForApplication,
    ForMatter,
    ForOpening,
    ForParty,
    Sent,
    TooManyFiles,
)
from resolvers.materials_intake import Intake
from resolvers.matters import Opened, Opening
from tests import factories, running
from tests.handing_in import brought, bytes_of, kinds_of_events, sent
from tests.hostile_files import GOOD, PDF
from tests.running import LICENCE, PENALTY, Office

pytestmark = pytest.mark.clause("R6", "R8", "003-31(3)")
KEY = "0123456789abcdef0123456789abcdef"


def text(content: bytes) -> Sent:
    return Sent(io.BytesIO(content), "说明.txt", "text/plain", "说明")


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    made = await running.office(database)
    made.ctx = replace(made.ctx, files=FileStore.in_folder(tmp_path / "files"))
    return made


@pytest.mark.clause("R9", "003-32(2)")
async def test_a_file_goes_from_the_counter_into_the_matter_and_is_opened(office: Office) -> None:
    clerk = office.at("clerk")
    assert [one.missing for one in materials.requirements(await view(office, await office.open(brings={})), ())] == [
        True, False,
    ]  # fmt: skip
    one = await materials.upload(clerk, ForOpening("k", "B001"), sent())
    assert (one.seq, one.scan, one.kind_code, one.uploaded_by_name) == (None, "unscanned", "pdf", clerk.actor.name)
    opened = await matters.open_matter(clerk, Opening(item=LICENCE, key="k", brings=brought(one)))
    (held,) = (await materials.listed(clerk, opened.matter_id)).rows
    assert (held.id, held.seq, held.title, held.taken_at) == (one.id, 1, "申请表", clerk.now)
    asked = materials.requirements(await view(office, opened), (held,))
    assert [(line.name, line.missing, len(line.held)) for line in asked] == [("申请表", False, 1), ("照片", False, 0)]
    assert await bytes_of(clerk, opened, held) == PDF
    assert await materials.loose(clerk, ForMatter(opened.matter_id)) == ()


async def view(office: Office, opened: Opened) -> matters.MatterView:
    return await matters.matter(office.at("clerk"), opened.matter_id)


async def test_equal_bytes_are_kept_once_and_each_handing_in_is_a_row_and_an_event(
    office: Office, tmp_path: Path
) -> None:
    opened = await office.open(brings={})
    first, second = [
        await materials.upload(office.at(who), ForMatter(opened.matter_id), sent(name=f"{who}.pdf"))
        for who in ("clerk", "reviewer")
    ]
    assert (first.digest, first.size) == (second.digest, second.size)
    assert first.id != second.id
    assert len([one for one in (tmp_path / "files").rglob("*") if one.is_file()]) == 1
    assert await kinds_of_events(office.ctx) == ["material.uploaded"] * 2
    # Each sees what was handed in oneself; the act of the one takes up the row of the one.
    assert [one.id for one in await materials.loose(office.at("clerk"), ForMatter(opened.matter_id))] == [first.id]
    rows = await office.ctx.db.reads.fetch("SELECT body FROM event WHERE kind = 'material.uploaded'")
    assert not [row for row in rows if 'pdf"' in row["body"].replace('"kind":"pdf"', "") or "clerk" in row["body"]]


@pytest.mark.clause("003-33")
async def test_nobody_puts_a_file_of_others_into_a_matter_by_its_digest(office: Office) -> None:
    citizen, secret = office.ctx.acting_as(ANONYMOUS), sent(b"%PDF-1.4 secret %%EOF")
    theirs, mine = await office.open(brings={}), await office.open(brings={})
    one = await materials.upload(office.at("clerk"), ForMatter(theirs.matter_id), secret)
    application = await matters.apply(citizen, Opening(item=LICENCE, key=KEY))
    hers = ForParty(application.number, application.code)
    tries = [
        matters.act(office.at("clerk"), mine.matter_id, {"kind": "record", "key": "a", **brought(one)}),
        matters.open_matter(office.at("clerk"), Opening(item=LICENCE, key="other", brings=brought(one))),
        matters.apply(citizen, Opening(item=LICENCE, key="f" * 32, brings=brought(one))),
        matters.act_as_party(citizen, hers.number, hers.code, {"kind": "record", "key": "b", **brought(one)}),
    ]
    for trying in tries:
        with pytest.raises(InvalidInput) as refused:
            await trying
        assert [problem.code for problem in refused.value.problems] == ["FILE_UNKNOWN"]
    # Whoever has the bytes may hand them in anew: then it is the sender's own row.
    again = await materials.upload(citizen, hers, sent(b"%PDF-1.4 secret %%EOF"))
    assert (again.digest, again.id != one.id) == (one.digest, True)
    done = await matters.act_as_party(citizen, hers.number, hers.code, {"kind": "record", "key": "c", **brought(again)})
    assert (done.events[-1].seq, (await materials.listed_for_party(citizen, hers))[0].seq) == (done.seq, done.seq)


async def test_a_party_brings_only_what_the_party_handed_in_and_sees_only_that(office: Office) -> None:
    citizen = office.ctx.acting_as(ANONYMOUS)
    applied = await materials.upload(citizen, ForApplication(KEY), sent())
    opened = await matters.apply(citizen, Opening(item=LICENCE, key=KEY, brings=brought(applied)))
    aim = ForParty(opened.number, opened.code)
    organs = await materials.upload(
        office.at("clerk"), ForMatter(opened.matter_id), sent(GOOD["png"].content, "图.png")
    )
    with pytest.raises(InvalidInput):
        await matters.act_as_party(citizen, aim.number, aim.code, {"kind": "record", "key": "r", **brought(organs)})
    await office.act(opened, "clerk", "accept")
    seen = await materials.listed_for_party(citizen, aim)
    assert [(one.id, one.seq, one.uploaded_by_name) for one in seen] == [(applied.id, 1, "")]
    assert (await materials.opened_for_party(citizen, aim, applied.id)).material.digest == applied.digest
    answers = set()
    for number, code, which in ((aim.number, aim.code, organs.id), (aim.number, "0" * 16, applied.id),
                                ("B001XK2026999999", aim.code, applied.id), (aim.number, aim.code, uuid4())):  # fmt: skip
        with pytest.raises(NotFound) as refused:
            await materials.opened_for_party(citizen, ForParty(number, code), which)
        answers.add((refused.value.message, refused.value.remedy))
    assert len(answers) == 1
    assert await materials.listed_for_party(citizen, ForParty(aim.number, "0" * 16)) == ()
    with pytest.raises(NotFound):
        await materials.upload(citizen, ForParty(aim.number, "0" * 16), sent())


@pytest.mark.clause("N5")
async def test_who_may_not_see_the_matter_finds_no_file_of_it(office: Office) -> None:
    opened = await office.open(brings={})
    other = await office.open(brings={})
    one = await materials.upload(office.at("clerk"), ForMatter(opened.matter_id), sent())
    stranger = (await running.people(office.ctx, await beside(office), {"stranger": ("岗", ())}))["stranger"]
    outside = office.ctx.acting_as(stranger)
    tries = [(outside, opened.matter_id, one.id), (office.ctx.acting_as(ANONYMOUS), opened.matter_id, one.id),
             (office.at("clerk"), other.matter_id, one.id), (office.at("clerk"), opened.matter_id, uuid4())]  # fmt: skip
    answers = set()
    for ctx, matter_id, which in tries:
        for ask in (materials.shown(ctx, matter_id, which), materials.opened(ctx, matter_id, which)):
            with pytest.raises(NotFound) as refused:
                await ask
            answers.add(refused.value.message)
    assert len(answers) == 1
    assert (await materials.listed(outside, opened.matter_id)).rows == ()
    for ctx, refusal in ((outside, NotFound), (office.ctx.acting_as(ANONYMOUS), NotSignedIn)):
        with pytest.raises(refusal):
            await materials.upload(ctx, ForMatter(opened.matter_id), sent())
    with pytest.raises(NotPermitted):
        await materials.upload(outside, ForOpening("k", "B001"), sent())


async def beside(office: Office) -> Any:
    return await factories.body(office.ctx, office.government, code="B002", number="002", name="第二局")


async def test_opening_what_a_citizen_handed_in_is_an_event_once_an_hour_and_other_files_are_not(
    office: Office,
) -> None:
    """个人信息保护法-6, -51: whoever reads a person's papers leaves a trace; the organ's own papers are no person's."""
    opened = await office.open(party_kind="citizen")
    (theirs,) = (await materials.listed(office.at("clerk"), opened.matter_id)).rows
    photo = await materials.upload(office.at("clerk"), ForMatter(opened.matter_id), sent(title="现场照片"))
    await matters.act(
        office.at("clerk"), opened.matter_id, {"kind": "record", "key": "r", **brought(photo, by="organ")}
    )
    for who, span in (("clerk", {}), ("clerk", {"minutes": 50}), ("reviewer", {}), ("clerk", {"minutes": 20})):
        office.later(**span)
        await bytes_of(office.at(who), opened, theirs)
        await bytes_of(office.at(who), opened, photo)
        await materials.opened(office.at(who), opened.matter_id, theirs.id, 1, 5)
    rows = await office.ctx.db.reads.fetch(
        "SELECT stream, actor_name FROM event WHERE kind = 'material.opened' ORDER BY id"
    )
    assert [row["actor_name"] for row in rows] == ["人员clerk", "人员reviewer", "人员clerk"]
    assert {row["stream"] for row in rows} == {f"material:{theirs.id}"}
    company = await office.open(party_kind="organisation")
    (paper,) = (await materials.listed(office.at("clerk"), company.matter_id)).rows
    await bytes_of(office.at("clerk"), company, paper)
    assert len(await kinds_of_events(office.ctx, "material.opened")) == 3


async def test_paper_is_noted_by_its_entry_and_an_act_sent_twice_stays_one(office: Office) -> None:
    opened = await office.open(brings={})
    clerk, aim = office.at("clerk"), ForMatter(opened.matter_id)
    first, second = [await materials.enter_paper(clerk, aim, "申请表", 2) for _ in range(2)]
    assert first.digest == second.digest
    done = [
        await matters.act(clerk, opened.matter_id, {"kind": "record", "key": "r", **brought(one)})
        for one in (first, second)
    ]
    assert [one.repeated for one in done] == [False, True]
    (held,) = (await materials.listed(clerk, opened.matter_id)).rows
    assert "份数：2" in (await bytes_of(clerk, opened, held)).decode()


@pytest.mark.clause("004-4")
async def test_recordings_are_handed_in_or_named_by_their_digest(office: Office) -> None:
    opened = await office.open(PENALTY)
    wav = await materials.upload(
        office.at("inv1"), ForMatter(opened.matter_id), sent(GOOD["wav"].content, "询问.wav", "")
    )
    hour = {"began": office.ctx.now - timedelta(hours=1), "ended": office.ctx.now}
    recordings = [{"code": "evidence_taking", "digest": digest, **hour} for digest in (wav.digest, "e" * 64)]
    await office.act(opened, "inv1", "complete")
    await office.act(opened, "deputy", "accept", documents=[running.paper("filing_approval")])
    await office.act(opened, "inv1", "record", recordings=recordings, officers=[office.id_of("inv2")])
    (held,) = (await materials.listed(office.at("inv1"), opened.matter_id)).rows
    assert (held.id, held.title, held.side) == (wav.id, "evidence_taking", "organ")
    with pytest.raises(NotFound):
        await files.read(office.ctx, "e" * 64)


async def test_a_refused_file_leaves_nothing(office: Office, tmp_path: Path) -> None:
    opened = await office.open(brings={})
    with pytest.raises(FileRefused) as refused:
        await materials.upload(office.at("clerk"), ForMatter(opened.matter_id), sent(b"MZ" + bytes(99), "a.pdf"))
    assert (refused.value.reason, refused.value.status) == ("PROGRAM", 422)
    assert "a.pdf" in refused.value.message
    small = replace(office.at("clerk"), intake=Intake(most_bytes=100))
    with pytest.raises(Refusal, match="MB"):
        await materials.upload(small, ForMatter(opened.matter_id), sent())
    assert not list((tmp_path / "files").rglob("*"))
    assert await kinds_of_events(office.ctx) == []


async def test_a_place_takes_so_many_files_and_no_more_also_at_once(office: Office) -> None:
    citizen = replace(office.ctx.acting_as(ANONYMOUS), intake=Intake(party_files=3))
    answers = await asyncio.gather(
        *(materials.upload(citizen, ForApplication(KEY), sent()) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(one, TooManyFiles) for one in answers) == 3
    assert len(await materials.loose(citizen, ForApplication(KEY))) == 3
    with pytest.raises(InvalidInput):
        await materials.upload(citizen, ForApplication("short"), sent())


async def test_what_no_act_took_up_is_removed_and_recorded_and_the_rest_stays(office: Office) -> None:
    opened = await office.open()
    clerk, aim = office.at("clerk"), ForMatter(opened.matter_id)
    shared, alone = await materials.upload(clerk, aim, text(b"one")), await materials.upload(clerk, aim, text(b"two"))
    assert (await materials.sweep(clerk)).materials == 0
    other = await office.open(brings={})
    kept = await materials.upload(office.at("clerk"), ForMatter(other.matter_id), text(b"one"))
    await matters.act(office.at("clerk"), other.matter_id, {"kind": "record", "key": "r", **brought(kept)})
    later = office.ctx.at(office.ctx.now + timedelta(hours=100))
    swept = await materials.sweep(later)
    assert (swept.materials, swept.contents, swept.more) == (2, 1, False)
    assert await bytes_of(office.at("clerk"), other, kept) == b"one"
    for gone in (shared, alone):
        with pytest.raises(NotFound):
            await materials.shown(clerk, opened.matter_id, gone.id)
    with pytest.raises(NotFound):
        await files.read(clerk, alone.digest)
    assert (await kinds_of_events(office.ctx)).count("material.removed") == 2
    assert await keeping.files_are_due(later)
    assert await keeping.sweep_files(later) == 0
    assert not await keeping.files_are_due(later)


@pytest.mark.clause("003-33")
async def test_what_an_act_took_up_is_changed_and_removed_by_nobody(office: Office, owner_url: str) -> None:
    opened = await office.open()
    owner = await asyncpg.connect(owner_url)
    try:
        for sql in ("DELETE FROM material", "UPDATE material SET digest = digest, title = 'x'", "TRUNCATE material",
                    "UPDATE material SET matter_id = matter_id + 1", "UPDATE material SET seq = 9"):  # fmt: skip
            with pytest.raises(asyncpg.PostgresError):
                await owner.execute(sql)
    finally:
        await owner.close()
    assert len((await materials.listed(office.at("clerk"), opened.matter_id)).rows) == 1


async def test_a_crash_between_store_and_commit_leaves_no_row_and_the_content_is_swept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await office.open(brings={})

    async def dies(*_: object, **__: object) -> None:
        raise ConnectionError("the process is gone")

    monkeypatch.setattr("resolvers.materials.record.append", dies)
    with pytest.raises(ConnectionError):
        await materials.upload(office.at("clerk"), ForMatter(opened.matter_id), sent())
    monkeypatch.undo()
    assert await office.ctx.db.reads.fetchval("SELECT count(*) FROM material") == 0
    assert await office.ctx.db.reads.fetchval("SELECT count(*) FROM stored_file") == 1
    later = office.ctx.at(office.ctx.now + timedelta(hours=100))
    assert await keeping.sweep_files(later) == 1
    assert await office.ctx.db.reads.fetchval("SELECT count(*) FROM stored_file") == 0


async def test_the_record_names_what_is_stored(office: Office) -> None:
    """Every digest that a matter holds is that of a content which is there, byte for byte."""
    opened = await office.open()
    state = (await view(office, opened)).matter
    assert [type(one) for one in state.materials] == [Material]
    content = b"".join([piece async for piece in await files.read(office.ctx, state.materials[0].digest)])
    assert (await files.keep(office.ctx, content)).digest == state.materials[0].digest
