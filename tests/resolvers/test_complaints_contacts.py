"""Whoever gives a real name has the telephone or mailbox proved by a code that tells nothing and is kept by nothing."""

from dataclasses import replace

import pytest

from domain.complaints import Filing, Identity
from resolvers import complaints
from resolvers.complaints import Coming
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


@pytest.mark.clause("H3", "H5")
async def test_a_real_name_has_its_address_proved_by_a_code_that_tells_nothing(city: City) -> None:
    """Asked for, typed, once right for a day; wrong five times or old, it is over; nobody is flooded; nothing is kept."""
    sent: list[Message] = []
    broken = False

    async def sms(message: Message) -> None:
        if broken:
            raise OSError
        sent.append(message)

    async def ask(form: str, who: Identity = SOMEBODY, place: Client = CLIENT) -> str:
        await complaints.send_contact_code(city.at("visitor"), form, who, place)
        return "".join(one for one in sent[-1].body.split("，")[0] if one.isdigit())

    city.ctx = replace(city.ctx, gateways=Gateways(sms=sms))
    form = key()
    with pytest.raises(InvalidInput, match="需要核验") as missing:
        await city.file("report", named=True, key=form)
    assert [one.path for one in missing.value.problems] == ["contact_code"]
    code = await ask(form)
    assert (sent[0].to, sent[0].title, sent[0].address) == ("13900001234", "验证码", "")
    assert not [one for one in ("举报", "反映", "投诉", "司马") if one in sent[0].title + sent[0].body]
    for typed in ("", "x", str((int(code) + 1) % 1_000_000).zfill(6)):
        with pytest.raises(InvalidInput):
            await city.file("report", named=True, key=form, contact_code=typed)
    with pytest.raises(InvalidInput):  # the code of another form
        await city.file("report", named=True, key=key(), contact_code=code)
    first = await city.file("report", named=True, key=form, contact_code=f" {code[:3]} {code[3:]} ")
    again = await city.file("report", named=True, key=form)
    assert (again.number, again.repeated) == (first.number, True)
    verified = "SELECT verified FROM complaint WHERE id = $1"
    assert await city.ctx.db.reads.fetchval(verified, first.complaint_id) == "contact"
    # Five tries, ten minutes, three codes to one address from wherever.
    other = key()
    code = await ask(other)
    for _ in range(5):
        with pytest.raises(InvalidInput):
            await city.file("report", named=True, key=other, contact_code="000000" if code != "000000" else "000001")
    with pytest.raises(InvalidInput):
        await city.file("report", named=True, key=other, contact_code=code)
    code = await ask(other)
    city.later(minutes=11)
    with pytest.raises(InvalidInput):
        await city.file("report", named=True, key=other, contact_code=code)
    with pytest.raises(TooMany):
        await ask(other, place=Client("198.51.100.7"))
    # A channel that does not answer holds up nobody; whoever has no such address is not asked for a code.
    city.later(hours=1)
    broken = True
    with pytest.raises(Unavailable):
        await ask(other)
    left = await city.file("report", named=True, key=other)
    assert await city.ctx.db.reads.fetchval(verified, left.complaint_id) == "number"
    await city.file("report", named=True, identity=replace(SOMEBODY, phone="0516-8000000"))
    with pytest.raises(InvalidInput, match="接口不能"):
        await complaints.file_by_token(
            city.at("visitor"), Filing("report", "real_name", "general", "x", identity=SOMEBODY), key(), Coming()
        )
    assert "13900001234" not in repr(await city.ctx.db.reads.fetch("SELECT * FROM contact_proof"))
