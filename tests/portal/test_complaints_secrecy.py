"""What a dump of the database, Valkey, the logs and the files surrender after fifty people complained: nothing (trust 2.6)."""

import io
import re
from collections.abc import AsyncIterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from redis import Redis
from starlette.applications import Starlette

from deploy import identity_keys
from domain.parties import Party
from domain.profiles import load_profiles
from resolvers import complaints, complaints_store
from resolvers.complaints_sealing import IdentityKeys, public_of
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.keys import Keyring
from resolvers.record import append
from tests import complaints as cities
from tests import desks
from tests.complaints import CLIENT, City
from tests.desks import Visitor, soup
from tests.resolvers.test_parties_secrecy import betrayed, dumped, planted, secrets_of
from workers.complaints import keep_complaints

pytestmark = pytest.mark.clause("H5")
AUTHOR = "摄影师司空植园"


@dataclass
class Filed:
    """One of the fifty, with the code that was shown."""

    who: Party
    number: str
    code: str


@pytest.fixture
async def city(database: Database) -> City:
    return await cities.city(database, datetime.now(UTC), keys=Keyring(desks.SECRET.encode()))


@pytest.fixture
async def app(city: City, database_url: str, tmp_path: Path) -> AsyncIterator[Starlette]:
    sealing = IdentityKeys(public_of("handling", city.handling), public_of("supervision", city.supervision))
    identity_keys.keep(tmp_path, sealing)
    async with desks.running(desks.settings(database_url, state_dir=desks.with_a_log(tmp_path))) as running:
        yield running


def photograph() -> bytes:
    """Return a photograph that tells who took it."""
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x013B] = AUTHOR
    exif[0x8298] = AUTHOR
    Image.new("RGB", (40, 30), "white").save(out, "JPEG", exif=exif, comment=AUTHOR.encode())
    return out.getvalue()


def text_of(one: Party) -> str:
    return f"我看见窗口收钱，{one.name}亲历，住{one.address}。"


async def filed(app: Starlette, place: int, one: Party) -> Filed:
    """File something on the portal's form, every fifth anonymously, with a photograph."""
    visitor = Visitor(app, f"203.0.113.{place}")
    named = place % 5 != 0
    fields = {"kind": "report" if place % 2 else "complaint", "about": "body", "body": "B001", "text": text_of(one)}
    fields |= {"key": f"a key of a test, long enough {place:04}", "capacity": "real_name" if named else "anonymous"}
    who = {"name": one.name, "number": one.number, "phone": one.phone, "email": one.email, "address": one.address}
    files = [("files", (f"{one.name}.jpg", photograph(), "image/jpeg"))]
    answer = await visitor.client.post("/complaints/new", data=fields | (who if named else {}), files=files)
    assert answer.status_code == 200, answer.text[:2000]
    page = soup(answer)
    assert not visitor.client.cookies
    code, number = page.select_one("code.code"), page.select_one("dd code:not(.code)")
    assert code is not None
    assert number is not None
    return Filed(one, number.text, code.text)


async def live(city: City, app: Starlette, people: list[Party]) -> list[Filed]:
    """Let everything happen: filed, refused, followed, worked on, opened by two, late, escalated, answered, counted."""
    found = [await filed(app, place, one) for place, one in enumerate(people)]
    wrong = Visitor(app, "203.0.113.200")
    one = people[0]
    bad = {"kind": "report", "about": "officer", "capacity": "real_name", "text": text_of(one), "name": one.name}
    assert (await wrong.client.post("/complaints/new", data=bad | {"phone": one.phone, "key": "x"})).status_code == 400
    for filing in found[:4]:
        visitor = Visitor(app, "203.0.113.201")
        said = {
            "code": filing.code,
            "do": "message",
            "key": f"a key of a message {filing.number}",
            "text": text_of(filing.who),
        }
        told = await visitor.client.post("/complaints/follow", data=said)
        assert text_of(filing.who) in told.text
    which = await city.ctx.db.reads.fetchval("SELECT id FROM complaint WHERE number = $1", found[2].number)
    opening = await complaints.ask_identity(city.at("officer"), which, "inquiry")
    await complaints.countersign(city.at("director"), which, opening, city.supervision)
    opened = await complaints.read_identity(city.at("officer"), which, opening, city.handling)
    assert opened["name"] == found[2].who.name
    deeds = (("officer", "route"), ("officer", "accept"), ("officer", "find"), ("head", "decide"), ("officer", "reply"))
    for who, verb in deeds:
        deed = complaints.Deed(verb, f"a key {verb}", f"{found[2].who.name}反映属实", "solved")
        await complaints.act(city.at(who), which, deed)
    return found


@pytest.mark.timeout(180)
async def test_nothing_of_fifty_people_is_left_anywhere(
    city: City, app: Starlette, owner_url: str, database: Database, redis_url: str, tmp_path: Path
) -> None:
    people, out, err = planted(), io.StringIO(), io.StringIO()
    secrets = secrets_of(people) | {AUTHOR: AUTHOR, AUTHOR.encode().hex(): AUTHOR}
    with redirect_stdout(out), redirect_stderr(err):
        found = await live(city, app, people)
        job = {"database": database, "profile": load_profiles()["demo-city"]}
        await keep_complaints(job | {"now": lambda: city.ctx.now + timedelta(days=60)})
        await keep_complaints(job | {"now": lambda: city.ctx.now + timedelta(days=61)})
    codes = {one.code.replace("-", ""): one.code for one in found}
    secrets |= codes | {one: one for one in codes.values()}
    dump = await dumped(owner_url)
    with Redis.from_url(redis_url) as queue:
        queued = "\n".join(repr((key, queue.dump(key))) for key in queue.scan_iter())
    files = b"".join(one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()).decode("utf-8", "replace")
    public = (await Visitor(app).get("/complaints/figures")).text
    for place, text in {
        "database": dump,
        "queue": queued,
        "logs": out.getvalue() + err.getvalue(),
        "files": files,
        "page": public,
    }.items():
        assert betrayed(text, secrets) == set(), place
    assert "complaint.escalated" in dump
    assert not re.search(r"203\.0\.113\.\d+", dump + out.getvalue() + err.getvalue())
    # What was attached is the picture and nothing else; the accused have none of the words, and a control is found.
    (row,) = await database.reads.fetch("SELECT id, complaint_id FROM complaint_file ORDER BY at LIMIT 1")
    freed = await complaints.opened_file(
        city.at("officer").acting_as(city.people["director"]), row["complaint_id"], str(row["id"])
    )
    assert AUTHOR.encode() not in freed.content
    assert not Image.open(io.BytesIO(freed.content)).getexif()
    seen = await complaints.follow(city.at("visitor"), found[0].code, CLIENT)
    assert seen.texts[0].text == text_of(found[0].who)
    assert complaints_store.stream_of(1) in dump
    async with unit_of_work(city.ctx) as uow:
        await append(uow, "control", "control", {"leak": people[7].name})
    assert betrayed(await dumped(owner_url), secrets) == {people[7].name}
