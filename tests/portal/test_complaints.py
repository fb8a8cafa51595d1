"""The form of complaints: led to by items and bodies, and an address is proved in it without script, account or cookie (H3)."""

from pathlib import Path

import pytest

from deploy import app as application
from deploy import identity_keys
from resolvers.complaints_sealing import IdentityKeys, new_code, public_of
from resolvers.database import Database
from resolvers.gateways import Gateways, Message
from tests import bureau, desks
from tests.complaints import SOMEBODY
from tests.desks import Visitor, check_markup, soup, text_of
from tests.running import LICENCE

ADDRESS = "/complaints/new"


@pytest.mark.clause("H3", "H5")
async def test_items_lead_to_the_form_and_the_form_proves_an_address(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Message] = []

    async def sms(message: Message) -> None:
        sent.append(message)

    await bureau.bureau(database)
    identity_keys.keep(tmp_path, IdentityKeys(public_of("handling", new_code()), public_of("supervision", new_code())))
    monkeypatch.setattr(application, "gateways", lambda _settings: Gateways(sms=sms))
    async with desks.running(desks.settings(database_url, state_dir=tmp_path)) as app:
        visitor = Visitor(app)
        for page in (f"/powers/{LICENCE}", "/bodies/B001"):
            (link, *_) = soup(await visitor.get(page)).select(f"main a[href^='{ADDRESS}']")
            form = await visitor.get(str(link["href"]))
            check_markup(form)
            assert soup(form).select_one("input[name=about][checked]")
        (link, *_) = soup(await visitor.get(f"/powers/{LICENCE}")).select(f"main a[href^='{ADDRESS}']")
        form = await visitor.get(str(link["href"]))
        assert soup(form).select_one(f"main a[href='/powers/{LICENCE}']")
        key = soup(form).select_one("input[name=key]")
        assert key is not None
        who = SOMEBODY.as_dict() | {"capacity": "real_name", "kind": "complaint", "key": str(key["value"])}
        given = who | {"about": "item", "item": LICENCE, "text": "窗口没有人。"}
        refused = await visitor.client.post(ADDRESS, data=given)
        assert (refused.status_code, bool(soup(refused).select_one("#error-contact_code"))) == (400, True)
        asked = await visitor.client.post(ADDRESS, data=given | {"do": "contact_code"})
        check_markup(asked)
        assert "验证码已发到您填写的手机" in text_of(asked)
        assert "窗口没有人。" in text_of(asked)
        code = sent[0].body.split("，")[0].removeprefix("验证码 ")
        filed = await visitor.client.post(ADDRESS, data=given | {"contact_code": code})
        assert soup(filed).select_one("code.code") is not None
        assert not visitor.client.cookies
    assert await database.reads.fetchval("SELECT verified FROM complaint") == "contact"
