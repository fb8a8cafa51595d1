"""``reseal`` seals parties anew under the present secret and suite; the one before is needed no more afterwards."""

import asyncio
import json
from uuid import UUID

import asyncpg
import pytest
from click.testing import CliRunner

from deploy.commands import main
from deploy.keyrings import keyring_of
from deploy.settings import Settings
from resolvers import parties
from resolvers.addresses import plain_url
from resolvers.context import Context
from resolvers.database import Database
from resolvers.keys import Keyring
from tests import factories
from tests.domain.test_parties import citizen_number, person

BEFORE, NOW = "b" * 40, "n" * 40


async def entered(url: str) -> UUID:
    """Enter a party under the earlier secret."""
    database = await Database.connect(url, pool_size=2)
    ctx = factories.context(database, keys=Keyring(BEFORE.encode()))
    body = await factories.body(ctx, await factories.government(ctx))
    party_id = await parties.enter(ctx, body.code, person())
    await database.close()
    return party_id


async def found(url: str, keys: Keyring) -> tuple[list[UUID], list[str]]:
    """Return the parties that are found by number with some keys, and the bodies of the events of sealing."""
    database = await Database.connect(url, pool_size=2)
    ctx: Context = factories.context(database, keys=keys)
    ids = [one.id for one in await parties.find(ctx, citizen_number())]
    await database.close()
    connection = await asyncpg.connect(plain_url(url))
    rows = await connection.fetch("SELECT body FROM event WHERE kind = 'party.resealed'")
    await connection.close()
    return ids, [row[0] for row in rows]


@pytest.mark.clause("R4")
def test_parties_are_sealed_anew_and_the_act_is_recorded(
    owner_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"DATABASE_URL": owner_url, "REDIS_URL": redis_url, "YANGGUANG_SECRET_KEY": NOW}
    given |= {"YANGGUANG_EARLIER_SECRET_KEY": BEFORE, "YANGGUANG_FIELD_SUITE": "sm4-gcm"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    party_id = asyncio.run(entered(owner_url))
    result = CliRunner().invoke(main, ["reseal"])
    assert result.exit_code == 0, result.output
    assert "已重新加密：1 条" in result.output
    monkeypatch.delenv("YANGGUANG_EARLIER_SECRET_KEY")
    ids, events = asyncio.run(found(owner_url, keyring_of(Settings())))
    assert ids == [party_id]
    assert [json.loads(one)["versions"] for one in events] == [1]
    assert asyncio.run(found(owner_url, Keyring(BEFORE.encode())))[0] == []


@pytest.mark.clause("N5")
def test_a_second_factor_of_the_earlier_secret_still_opens() -> None:
    sealed = Keyring(BEFORE.encode()).seal("account.totp_sealed.1", b"seed")
    assert Keyring(NOW.encode(), (BEFORE.encode(),)).open("account.totp_sealed.1", sealed) == b"seed"
