"""The way of an account, through the real application: made, given a post, signed in to, left."""

import re
from datetime import UTC, datetime

import httpx2
import pyotp
import pytest

from domain.access import Role
from resolvers.database import Database
from tests import desks, factories
from tests.desks import Visitor, soup, text_of

pytestmark = pytest.mark.clause("N5")
NEW_PASSWORD = "晨光里的长长口令二零二六"


def secret_of(page: httpx2.Response, label: str) -> str:
    """Return a secret that a page shows once, by its label."""
    for term in soup(page).select(".desk-secret dt"):
        if term.get_text() == label:
            found = term.find_next("code")
            return found.get_text() if found else ""
    return ""


async def test_from_a_new_account_to_signing_out(database: Database, database_url: str) -> None:
    """Created, granted, first password changed, factor set up, desk used, signed out; each step leads to the next."""
    ctx = factories.context(database, now=datetime.now(UTC))
    body = await factories.body(ctx, await factories.government(ctx))
    system = await desks.official(ctx, body, "system", Role.SYSTEM_ADMIN)
    security = await desks.official(ctx, body, "security", Role.SECURITY_ADMIN)
    post_id = await desks.post(ctx, body, "审核岗", Role.STAFFING_OFFICE)
    async with desks.running(desks.settings(database_url, second_factor_required=False)) as app:
        admin = Visitor(app).carry(await desks.session_of(ctx, system))
        created = await admin.send("/desk/accounts", {"login": "wangwu", "name": "王五"})
        assert created.status_code == 200
        assert created.headers["cache-control"] == "no-store"
        first = secret_of(created, "初始口令")
        assert len(first) == 24
        address = re.search(r"/desk/accounts/[0-9a-f-]{36}", created.text)
        assert address
        assert first not in (await admin.get(address[0])).text
        guard = Visitor(app).carry(await desks.session_of(ctx, security))
        listed = await guard.get(f"{address[0]}?body={body.code}")
        assert soup(listed).select_one(f"#post option[value='{post_id}']")
        granted = await guard.send(f"{address[0]}/postings", {"post": str(post_id), "first": ctx.today.isoformat()})
        assert granted.status_code == 303
    async with desks.running(desks.settings(database_url, second_factor_required=True)) as app:
        await _first_day(Visitor(app), first)


async def _first_day(visitor: Visitor, first: str) -> None:
    wanted = await visitor.get("/desk/me")
    assert wanted.headers["location"] == "/desk/sign-in?next=%2Fdesk%2Fme"
    signed = await visitor.sign_in("wangwu", first, "/desk/me")
    assert signed.headers["location"] == "/desk/me"
    step = await visitor.get("/desk/me")
    assert step.headers["location"] == "/desk/password?next=%2Fdesk%2Fme"
    wrong = await visitor.send(
        "/desk/password?next=/desk/me", {"old": first, "new": NEW_PASSWORD, "again": "x"}, page="/desk/password"
    )
    assert wrong.status_code == 400
    assert "两次输入的新口令不一致" in text_of(wrong)
    changed = await visitor.send(
        "/desk/password?next=/desk/me",
        {"old": first, "new": NEW_PASSWORD, "again": NEW_PASSWORD},
        page="/desk/password",
    )
    assert changed.headers["location"] == "/desk/me"
    step = await visitor.get("/desk/me")
    assert step.headers["location"] == "/desk/second-factor/set-up?next=%2Fdesk%2Fme"
    begun = await visitor.send(step.headers["location"], page=step.headers["location"])
    shown = await visitor.follow(begun)
    drawn = soup(shown).select_one("img.desk-qr")
    assert drawn
    assert str(drawn["src"]).startswith("data:image/svg+xml")
    code = soup(shown).select_one(".desk-secret code")
    assert code
    totp = pyotp.TOTP(code.get_text().replace(" ", ""))
    wrong = await visitor.send("/desk/second-factor/confirm", {"code": "000000"}, page="/desk/second-factor/set-up")
    assert wrong.status_code == 400
    recovery = await visitor.send(
        "/desk/second-factor/confirm?next=/desk/me", {"code": totp.now()}, page="/desk/second-factor/set-up"
    )
    assert recovery.status_code == 200
    assert len(soup(recovery).select(".desk-codes li")) == 10
    onward = soup(recovery).select_one("a.primary")
    assert onward
    assert onward["href"] == "/desk/me"
    assert "当前会话" in text_of(await visitor.get("/desk/me"))
    desk = await visitor.get("/desk")
    assert "审核岗" in text_of(desk)
    assert soup(desk).select_one("a[href='/desk/imports']")
    assert not soup(desk).select_one("a[href='/desk/record']")
    out = await visitor.send("/desk/sign-out")
    assert out.headers["location"] == "/desk/sign-in"
    assert (await visitor.get("/desk")).headers["location"] == "/desk/sign-in"
