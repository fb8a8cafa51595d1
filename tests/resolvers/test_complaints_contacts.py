"""Whoever gives a real name has the telephone or mailbox proved by a code that tells nothing and is kept by nothing."""

from dataclasses import dataclass, field, replace

import pytest

from domain.complaints import Filing, Identity
from resolvers import complaints
from resolvers.complaints import Coming, Filed
from resolvers.database import Database
from resolvers.errors import InvalidInput, TooMany, Unavailable
from resolvers.gateways import Gateways, Message
from resolvers.throttles import Client
from tests import complaints as cities
from tests.complaints import CLIENT, SOMEBODY, City, key

pytestmark = pytest.mark.anyio


@pytest.fixture
async def city(database: Database) -> City:
    """Give the city."""
    return await cities.city(database)


@dataclass
class Telephones:
    """A city whose gateway for SMS keeps what it is given, or does not answer."""

    city: City
    sent: list[Message] = field(default_factory=list)
    broken: bool = False

    async def take(self, message: Message) -> None:
        """Take an SMS."""
        if self.broken:
            raise OSError
        self.sent.append(message)

    async def ask(self, form: str, who: Identity = SOMEBODY, place: Client = CLIENT) -> str:
        """Ask for a code and return it."""
        await complaints.send_contact_code(self.city.at("visitor"), form, who, place)
        return "".join(one for one in self.sent[-1].body.split("，")[0] if one.isdigit())

    async def refused(self, form: str, *typed: str) -> None:
        """See that a form is refused with each of some codes."""
        for one in typed:
            with pytest.raises(InvalidInput) as wrong:
                await self.city.file("report", named=True, key=form, contact_code=one)
            assert [problem.path for problem in wrong.value.problems] == ["contact_code"]

    async def verified(self, filed: Filed) -> str:
        """Return how who files is known."""
        sql = "SELECT verified FROM complaint WHERE id = $1"
        return str(await self.city.ctx.db.reads.fetchval(sql, filed.complaint_id))


@pytest.fixture
async def phones(city: City) -> Telephones:
    """Give the city its telephones."""
    made = Telephones(city)
    city.ctx = replace(city.ctx, gateways=Gateways(sms=made.take))
    return made


@pytest.mark.clause("H3", "H5")
async def test_a_real_name_has_its_address_proved_by_a_code_that_tells_nothing(city: City, phones: Telephones) -> None:
    """Asked for, typed, once right for a day; not another form's; the message and the row say nothing else."""
    form = key()
    await phones.refused(form, "")
    code = await phones.ask(form)
    (message,) = phones.sent
    assert (message.to, message.title, message.address) == ("13900001234", "验证码", "")
    assert not [one for one in ("举报", "反映", "投诉", "司马") if one in message.title + message.body]
    await phones.refused(form, "", "x", str((int(code) + 1) % 1_000_000).zfill(6))
    await phones.refused(key(), code)
    first = await city.file("report", named=True, key=form, contact_code=f" {code[:3]} {code[3:]} ")
    again = await city.file("report", named=True, key=form)
    assert (again.number, again.repeated) == (first.number, True)
    assert await phones.verified(first) == "contact"
    assert "13900001234" not in repr(await city.ctx.db.reads.fetch("SELECT * FROM contact_proof"))
    filing = Filing("report", "real_name", "general", "x", identity=SOMEBODY)
    with pytest.raises(InvalidInput, match="接口不能"):
        await complaints.file_by_token(city.at("visitor"), filing, key(), Coming())


@pytest.mark.clause("H3", "H5")
async def test_codes_are_few_and_short_lived_and_a_silent_channel_holds_up_nobody(
    city: City, phones: Telephones
) -> None:
    form = key()
    code = await phones.ask(form)
    other = "000000" if code != "000000" else "000001"
    await phones.refused(form, *[other] * 5, code)
    code = await phones.ask(form)
    city.later(minutes=11)
    await phones.refused(form, code)
    await phones.ask(form)
    with pytest.raises(TooMany):
        await phones.ask(form, place=Client("198.51.100.7"))
    city.later(hours=1)
    phones.broken = True
    with pytest.raises(Unavailable):
        await phones.ask(form)
    assert await phones.verified(await city.file("report", named=True, key=form)) == "number"
    # Whoever has no such address is asked for no code.
    await city.file("report", named=True, identity=replace(SOMEBODY, phone="0516-8000000"))
