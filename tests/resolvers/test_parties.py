"""Parties at work: entered, found, shown masked, opened for a purpose, corrected; by whoever may, and by nobody else."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy.exc import IntegrityError

from domain.access import Role
from domain.actors import ANONYMOUS, Actor
from domain.parties import Party, reference
from resolvers import parties, parties_sealing
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.errors import Conflict, InvalidInput, NotFound, NotPermitted, NotSignedIn
from resolvers.keys import CannotOpen, Keyring
from resolvers.parties_values import AlreadyEntered
from tests import factories, running
from tests.domain.test_parties import citizen_number, person, unit
from tests.running import Office

pytestmark = pytest.mark.clause("R4")


async def matter_of(office: Office, party_id: UUID) -> int:
    """Open a matter whose party this is."""
    return (await office.open(party=reference(party_id))).matter_id


async def entered(office: Office, party: Party | None = None) -> UUID:
    return await parties.enter(office.at("clerk"), office.body.code, party or person())


async def told(ctx: Context, kind: str) -> list[dict[str, Any]]:
    """Return the bodies of all events of a kind, with who did it."""
    rows = await ctx.db.reads.fetch("SELECT actor_id, body FROM event WHERE kind = $1 ORDER BY id", kind)
    return [json.loads(row["body"]) | {"by": row["actor_id"]} for row in rows]


@pytest.mark.both_postgres
async def test_a_party_comes_back_as_it_was_entered_and_the_reading_is_recorded(database: Database) -> None:
    office = await running.office(database)
    party = unit(email="a@example.com", address="测试路1号", contact="张三", representative="李四")
    party_id = await entered(office, party)
    matter_id = await matter_of(office, party_id)
    seen = await parties.reveal(office.at("verifier"), party_id, "handling", matter_id)
    assert seen.values == {name: getattr(party, name) if name != "phone" else "051683712345" for name in seen.values}
    assert len(seen.values) == 7
    (event,) = await told(office.ctx, "party.revealed")
    assert event == {
        "by": office.people["verifier"].account_id,
        "fields": list(seen.values),
        "matter": matter_id,
        "no": 1,
        "purpose": "handling",
    }
    assert party.name not in repr(seen)


async def test_only_the_fields_asked_for_are_opened_and_told(database: Database) -> None:
    office = await running.office(database)
    party_id = await entered(office)
    matter_id = await matter_of(office, party_id)
    seen = await parties.reveal(office.at("clerk"), party_id, "contact", matter_id, ("phone",))
    assert seen.values == {"phone": "13800138000"}
    assert [one["fields"] for one in await told(office.ctx, "party.revealed")] == [["phone"]]


@pytest.mark.parametrize(
    ("purpose", "fields", "field"),
    [
        ("", ("name",), "purpose"),
        ("curiosity", ("name",), "purpose"),
        ("handling", (), "fields"),
        ("handling", ("id",), "fields"),
    ],
)
async def test_nothing_is_opened_without_a_purpose_and_a_field_of_the_list(
    database: Database, purpose: str, fields: tuple[str, ...], field: str
) -> None:
    office = await running.office(database)
    party_id = await entered(office)
    matter_id = await matter_of(office, party_id)
    with pytest.raises(InvalidInput) as caught:
        await parties.reveal(office.at("clerk"), party_id, purpose, matter_id, fields)
    assert [one.path for one in caught.value.problems] == [field]
    assert await told(office.ctx, "party.revealed") == []


async def test_nothing_is_opened_when_the_reading_cannot_be_recorded(database: Database, owner_url: str) -> None:
    office = await running.office(database)
    party_id = await entered(office)
    matter_id = await matter_of(office, party_id)
    owner = await asyncpg.connect(owner_url)
    await owner.execute("ALTER TABLE event ADD CONSTRAINT broken CHECK (kind <> 'party.revealed')")
    await owner.close()
    with pytest.raises(IntegrityError) as caught:
        await parties.reveal(office.at("clerk"), party_id, "handling", matter_id)
    assert citizen_number() not in str(caught.value)
    assert await told(office.ctx, "party.revealed") == []


@pytest.mark.parametrize("suite", ["aes-256-gcm", "sm4-gcm"])
async def test_a_number_is_found_however_it_is_written_and_shown_masked(database: Database, suite: Any) -> None:
    office = await running.office(database)
    office.ctx = replace(office.ctx, keys=replace(office.ctx.keys, suite=suite))
    number = citizen_number("320301")
    party_id = await entered(office, person(number=f" {number[:6]}-{number[6:14]} {number[14:].lower()}"))
    wide = "".join(chr(ord(one) + 0xFEE0) for one in number)
    for written in (number, number.lower(), wide, f"{number[:6]} {number[6:]}"):
        (found,) = await parties.find(office.at("reviewer"), written)
        assert (found.id, found.name, found.number) == (party_id, "王**", f"3203**********{number[-4:]}")
        assert found.reference == reference(party_id)
    assert await parties.find(office.at("reviewer"), citizen_number("320302")) == ()
    searches = await told(office.ctx, "party.sought")
    assert [one["found"] for one in searches] == [[str(party_id)]] * 4 + [[]]
    assert {one["by"] for one in searches} == {office.people["reviewer"].account_id}


async def test_a_body_enters_a_number_once_even_if_two_do_it_at_once(database: Database) -> None:
    office = await running.office(database)
    both = await asyncio.gather(entered(office), entered(office), return_exceptions=True)
    (party_id,) = [one for one in both if isinstance(one, UUID)]
    (refused,) = [one for one in both if isinstance(one, AlreadyEntered)]
    assert refused.party_id == party_id
    assert len(await told(office.ctx, "party.entered")) == 1


async def test_a_visitor_of_the_hall_declares_a_party_and_learns_nothing_about_others(database: Database) -> None:
    office = await running.office(database)
    known = await entered(office)
    visitor = office.ctx.acting_as(ANONYMOUS)
    declared = await parties.declare(visitor, office.body.code, person(name="别人"))
    assert declared != known
    assert {one.id for one in await parties.find(office.at("clerk"), citizen_number())} == {known, declared}
    assert [one["by_itself"] for one in await told(office.ctx, "party.entered")] == [False, True]
    with pytest.raises(NotSignedIn):
        await parties.enter(visitor, office.body.code, person())
    with pytest.raises(NotSignedIn):
        await parties.find(visitor, citizen_number())
    assert await parties.masked_parties(visitor, [known, declared]) == {}


async def watchers(office: Office) -> dict[str, Context]:
    """Return contexts of everybody who may come near a party of B001."""
    ctx = office.ctx
    beside = await factories.body(ctx, office.government, code="B002", number="002", name="云川市另一局")
    county = await factories.government(ctx, division_code="990121", name="山川县", level="county")
    far = await factories.body(ctx, county, code="B003", number="003", name="山川县测试局")
    bureau = (Role.SUPERVISION_BUREAU,)
    near: dict[str, tuple[str, tuple[Role, ...]]] = {
        "beside": ("窗口受理岗", (Role.BODY_HEAD,)),
        "supervisor": ("监督检查岗", bureau),
    }
    people = {
        "own": office.people["verifier"],
        **await running.people(ctx, beside, near),
        **await running.people(ctx, far, {"far": ("监督检查岗", bureau)}),
        "bare": Actor("official", office.people["clerk"].account_id, "无岗"),
        "integrator": Actor("integrator", uuid4(), "单位", scopes=frozenset({"library:read"})),
        "citizen": ANONYMOUS,
    }
    return {name: ctx.acting_as(actor) for name, actor in people.items()}


@pytest.mark.clause("N5")
@pytest.mark.both_postgres
async def test_whoever_may_not_see_a_party_does_not_find_it(database: Database) -> None:
    """Own body: all; supervision bureau of the government: masked, and open for supervision only; others: nothing."""
    office = await running.office(database)
    party_id = await entered(office)
    matter_id = await matter_of(office, party_id)
    may: dict[str, set[str]] = {
        "own": {"masked", "handling", "find", "correct"},
        "supervisor": {"masked", "supervision"},
    }
    answers: set[str] = set()
    for name, ctx in (await watchers(office)).items():
        did: set[str] = set()
        attempts: dict[str, Callable[[Context], Awaitable[object]]] = {
            "masked": lambda here: parties.masked_party(here, party_id),
            "handling": lambda here: parties.reveal(here, party_id, "handling", matter_id),
            "supervision": lambda here: parties.reveal(here, party_id, "supervision", matter_id),
            "correct": lambda here: parties.correct(here, party_id, person(phone="13900139000"), "mistyped", 1),
        }
        for what, attempt in attempts.items():
            try:
                await attempt(ctx)
                did.add(what)
            except NotFound as refusal:
                answers.add(str(refusal))
        try:
            did |= {"find"} if await parties.find(ctx, citizen_number()) else set()
        except (NotSignedIn, NotPermitted):
            did -= {"find"}
        assert did == may.get(name, set()), name
    with pytest.raises(NotFound) as missing:
        await parties.masked_party(office.ctx, uuid4())
    assert answers == {str(missing.value)}
    assert [one["purpose"] for one in await told(office.ctx, "party.revealed")] == ["handling", "supervision"]


@pytest.mark.clause("N5")
async def test_a_party_is_opened_within_its_own_matter_only(database: Database) -> None:
    """Another matter of the same body, a matter that is not there, and a matter in which another body wrote the reference."""
    office = await running.office(database)
    party_id, other_id = await entered(office), await entered(office, unit())
    other = await matter_of(office, other_id)
    for matter_id in (other, 0):
        with pytest.raises(NotFound):
            await parties.reveal(office.at("clerk"), party_id, "handling", matter_id)
    mine = await matter_of(office, party_id)
    async with unit_of_work(office.ctx, unrecorded="a matter that was moved, for this test") as uow:
        await (await uow.raw()).execute("UPDATE matter SET body_code = 'B002', bodies = '{B002}' WHERE id = $1", mine)
    beside = (await watchers(office))["beside"]
    with pytest.raises(NotFound):
        await parties.reveal(beside, party_id, "handling", mine)
    with pytest.raises(NotFound):
        await parties.masked_party(beside, party_id)
    assert await told(office.ctx, "party.revealed") == []


@pytest.mark.clause("R17")
async def test_a_body_that_joins_in_a_matter_sees_its_party(database: Database) -> None:
    office = await running.office(database)
    party_id = await entered(office)
    matter_id = await matter_of(office, party_id)
    async with unit_of_work(office.ctx, unrecorded="a matter that two handle, for this test") as uow:
        await (await uow.raw()).execute("UPDATE matter SET bodies = '{B001,B002}' WHERE id = $1", matter_id)
    beside = (await watchers(office))["beside"]
    assert (await parties.masked_party(beside, party_id)).name == "王**"
    assert (await parties.reveal(beside, party_id, "service", matter_id, ("name",))).values == {"name": "王小明"}
    with pytest.raises(NotFound):
        await parties.correct(beside, party_id, person(name="王大明"), "renamed", 1)


async def test_a_correction_is_a_further_version_and_tells_only_which_fields(database: Database) -> None:
    office = await running.office(database)
    party_id = await entered(office)
    ctx, matter_id = office.at("clerk"), await matter_of(office, party_id)
    renumbered = person(name="王晓明", number=citizen_number(order="125"))
    assert await parties.correct(ctx, party_id, renumbered, "mistyped", 1) == 2
    assert (await parties.reveal(ctx, party_id, "handling", matter_id, ("name",))).values == {"name": "王晓明"}
    assert await parties.find(ctx, citizen_number()) == ()
    assert len(await parties.find(ctx, citizen_number(order="125"))) == 1
    (event,) = await told(ctx, "party.corrected")
    del event["by"]
    assert event == {"changed": ["name", "number"], "document": "citizen_id", "ground": "mistyped", "no": 2}
    assert await ctx.db.reads.fetchval("SELECT count(*) FROM party_version") == 2


async def test_a_correction_is_refused_with_the_reason(database: Database) -> None:
    office = await running.office(database)
    party_id = await entered(office)
    ctx = office.at("clerk")
    with pytest.raises(InvalidInput, match="理由"):
        await parties.correct(ctx, party_id, person(name="王晓明"), "他要求的", 1)
    with pytest.raises(InvalidInput) as caught:
        await parties.correct(ctx, party_id, person(number="123"), "mistyped", 1)
    assert [one.path for one in caught.value.problems] == ["number"]
    with pytest.raises(Conflict, match="相同"):
        await parties.correct(ctx, party_id, person(), "mistyped", 1)
    with pytest.raises(InvalidInput, match="类别"):
        await parties.correct(ctx, party_id, unit(), "mistyped", 1)
    await parties.correct(ctx, party_id, person(phone="13900139000"), "contact_changed", 1)
    with pytest.raises(Conflict, match="他人更正"):
        await parties.correct(ctx, party_id, person(name="王晓明"), "renamed", 1)


async def test_a_ciphertext_in_another_row_or_column_does_not_open(database: Database, owner_url: str) -> None:
    """Whoever can write to the database and has no key cannot put one person in the place of another."""
    office = await running.office(database)
    one, other = await entered(office), await entered(office, person(name="李四", number=citizen_number(order="125")))
    owner = await asyncpg.connect(owner_url)
    swap = "UPDATE party_version SET key_id = key_id || 'x', {} WHERE party_id = $1"
    moves = {
        "name_sealed = (SELECT name_sealed FROM party_version WHERE party_id = $2)": (one, other),
        "contact_sealed = name_sealed": (other,),
    }
    for move, ids in moves.items():
        await owner.execute(swap.format(move), *ids)
        with pytest.raises(CannotOpen, match="another place"):
            await parties.masked_party(office.at("clerk"), ids[0])
    await owner.close()


@pytest.mark.parametrize(
    "after", [{"secret": b"x" * 40}, {"suite": "sm4-gcm"}, {"secret": b"x" * 40, "suite": "sm4-gcm"}]
)
async def test_keys_are_changed_while_everything_goes_on(database: Database, after: dict[str, Any]) -> None:
    """With the earlier secret at hand all opens and is found; sealed anew, it is needed no more, and opens nothing."""
    office = await running.office(database)
    number, before = citizen_number(), office.ctx.keys
    party_id = await entered(office)
    await parties.correct(office.at("clerk"), party_id, person(name="王晓明"), "renamed", 1)
    changed: dict[str, Any] = {"secret": before.secret, "suite": "aes-256-gcm"} | after
    ctx = replace(office.ctx, keys=Keyring(**changed, earlier=(before.secret,)))
    clerk = ctx.acting_as(office.people["clerk"])
    assert (await parties.find(clerk, number))[0].id == party_id
    with pytest.raises(AlreadyEntered):
        await parties.enter(clerk, office.body.code, person())
    assert await parties_sealing.left_to_reseal(ctx) == 2
    assert [await parties_sealing.reseal(ctx, most=1) for _ in range(3)] == [1, 1, 0]
    alone = replace(ctx, keys=Keyring(**changed)).acting_as(office.people["clerk"])
    assert (await parties.find(alone, number))[0].name == "王**"
    with pytest.raises(NotPermitted):
        await parties_sealing.reseal(clerk)
    if "secret" in after:
        with pytest.raises(CannotOpen):
            await parties.masked_party(office.at("clerk"), party_id)
    assert [one["versions"] for one in await told(ctx, "party.resealed")] == [1, 1]


async def test_versions_are_never_changed_or_removed(database: Database, owner_url: str) -> None:
    office = await running.office(database)
    await entered(office)
    owner = await asyncpg.connect(owner_url)
    for statement in (
        "UPDATE party_version SET ground = 'mistyped'",
        "UPDATE party_version SET name_sealed = number_sealed",
        "UPDATE party_version SET key_id = 'other', document = 'passport'",
        "DELETE FROM party_version",
        "TRUNCATE party_version CASCADE",
        "TRUNCATE party CASCADE",
    ):
        with pytest.raises(Exception, match=r"sealed anew|never changed"):
            await owner.execute(statement)
    await owner.close()


async def test_what_is_wrong_is_told_at_its_field_and_enters_nothing(database: Database) -> None:
    office = await running.office(database)
    with pytest.raises(InvalidInput) as caught:
        await entered(office, person(number="320301198001011234", phone="1"))
    assert {one.path for one in caught.value.problems} == {"number", "phone"}
    with pytest.raises(NotPermitted):
        await parties.enter(office.at("clerk"), "B999", person())
    with pytest.raises(NotFound):
        await parties.enter(office.ctx, "B999", person())
    with pytest.raises(InvalidInput):
        await parties.find(office.at("clerk"), " ")
    with pytest.raises(InvalidInput):
        await parties.masked_parties(office.ctx, [uuid4() for _ in range(501)])
    assert await office.ctx.db.reads.fetchval("SELECT count(*) FROM party") == 0
