"""What a dump of the database, its record and the logs surrender: nothing of 50 planted people (trust model 2.6)."""

import base64
import hashlib
import logging
import traceback
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.actors import ANONYMOUS
from domain.parties import Party, reference
from resolvers import parties, parties_sealing
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.errors import NotFound, Refusal
from resolvers.keys import Keyring
from resolvers.record import append
from tests import running
from tests.domain.test_parties import citizen_number
from tests.running import Office

pytestmark = pytest.mark.clause("R4", "L2")
SURNAMES, GIVEN, MIDDLE = "赵钱孙李周吴郑冯陈褚", "骞翊瑄珩昀", "璟"
TABLES = "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"


def planted() -> list[Party]:
    """Return 50 people, each with values that occur nowhere else."""
    found = []
    for place in range(50):
        name = SURNAMES[place % 10] + MIDDLE + GIVEN[place // 10]
        number = citizen_number("320301", f"19{60 + place % 40}0{place % 9 + 1}17", f"{place:03}")
        contact = {
            "phone": f"1397{place:03}4681",
            "email": f"somebody{place}@planted.example",
            "contact": f"{name}之友",
        }
        found.append(Party("citizen", "citizen_id", name, number, address=f"云川市植园路{place}号院", **contact))
    return found


def secrets_of(people: list[Party]) -> dict[str, str]:
    """Return every form in which a value of them could stand somewhere, with the value it betrays."""
    found = {}
    for one in people:
        for value in (
            one.name,
            one.number,
            one.phone,
            one.email,
            one.address,
            one.contact,
            one.number[6:14] + one.number[14:],
        ):
            raw = value.encode()
            digests = [hashlib.new(name, raw).hexdigest() for name in ("md5", "sha1", "sha256", "sm3")]
            escaped = value.encode("unicode_escape").decode()
            for form in (
                value,
                value.lower(),
                raw.hex(),
                base64.b64encode(raw).decode().rstrip("="),
                escaped,
                *digests,
            ):
                found[form] = value
    return found


def betrayed(text: str, secrets: dict[str, str]) -> set[str]:
    return {value for form, value in secrets.items() if form in text}


async def dumped(owner_url: str) -> str:
    """Return every row of every table as text, as a dump would hold it."""
    owner = await asyncpg.connect(owner_url)
    try:
        rows: list[str] = []
        for table in await owner.fetch(TABLES):
            rows += [row[0] for row in await owner.fetch(f"SELECT t::text FROM {table[0]} t")]
    finally:
        await owner.close()
    return "\n".join(rows)


async def refused(told: list[str], work: Any) -> None:
    """Do what is refused, and keep everything that the refusal tells, with its traceback."""
    with pytest.raises(Refusal) as caught:
        await work
    error = caught.value
    told += [repr(error), str(error), repr(error.problems), error.remedy, "".join(traceback.format_exception(error))]
    logging.getLogger("resolvers.parties").warning("refused %r", error, exc_info=error)


async def live(office: Office, people: list[Party], told: list[str]) -> None:
    """Let everything happen to everybody: entered, declared, found, opened, corrected, refused, sealed anew."""
    clerk, visitor, body = office.at("clerk"), office.ctx.acting_as(ANONYMOUS), office.body.code
    ids: list[UUID] = []
    for place, one in enumerate(people):
        ids.append(await (parties.declare(visitor, body, one) if place % 5 == 0 else parties.enter(clerk, body, one)))
        logging.getLogger("resolvers.parties").info("entered %r %s", one, one)
        told += [repr(await parties.find(clerk, one.number))]
    for party_id, one in zip(ids[:6], people, strict=False):
        matter_id = (await office.open(party=reference(party_id))).matter_id
        seen = await parties.reveal(clerk, party_id, "handling", matter_id)
        assert seen.values["number"] == one.number
        told.append(repr(seen))
        await parties.correct(clerk, party_id, replace(one, phone=f"{one.phone[:-1]}0"), "contact_changed", 1)
        await refused(told, parties.reveal(clerk, party_id, one.name, matter_id))
    for one in people[:10]:
        await refused(told, parties.enter(clerk, body, one))
        await refused(told, parties.enter(clerk, body, replace(one, number=one.number[:-1], phone=one.number)))
        await refused(
            told, parties.enter(clerk, body, replace(one, name=one.number, email=one.name, document="passport"))
        )
        await refused(told, parties.correct(clerk, ids[1], one, one.name, 1))
        await refused(told, parties.enter(visitor, body, one))
    with pytest.raises(NotFound):
        await parties.masked_party(visitor, ids[0])
    keys = office.ctx.keys
    assert await parties_sealing.reseal(replace(office.ctx, keys=Keyring(b"y" * 40, (keys.secret,), "sm4-gcm"))) > 0


async def test_a_dump_the_record_and_the_logs_hold_nothing_of_fifty_planted_people(
    database: Database, owner_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("sqlalchemy.engine", "sqlalchemy.pool", "asyncio", "resolvers"):
        caplog.set_level(logging.DEBUG, logger=name)
    office, people = await running.office(database), planted()
    told: list[str] = []
    await live(office, people, told)
    secrets = secrets_of(people)
    logs = "\n".join([caplog.text, *(str(one.__dict__) for one in caplog.records)])
    dump = await dumped(owner_url)
    assert betrayed(dump, secrets) == set()
    assert betrayed(logs, secrets) == set()
    assert betrayed("\n".join(told), secrets) == set()
    assert "INSERT INTO party_version" in logs
    assert dump.count("party.entered") == 50
    # The search would see it: one name and one number in an event, as a bug would leave them.
    async with unit_of_work(office.ctx) as uow:
        await append(uow, "test", "test.betrayal", {"name": people[7].name, "hash": secrets_digest(people[9])})
    assert betrayed(await dumped(owner_url), secrets) == {people[7].name, people[9].number}


def secrets_digest(party: Party) -> str:
    """Return the unsalted digest that must not be kept: all numbers of a city can be tried in minutes."""
    return hashlib.sha256(party.number.encode()).hexdigest()
