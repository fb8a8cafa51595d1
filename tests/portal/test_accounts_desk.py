"""The desk's doors, through the real application: rights end with the post, sessions are one's own, nothing leaks."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.dialects.postgresql import Range
from sqlmodel import update
from starlette.applications import Starlette

from domain.access import Role
from domain.tables.accounts import Posting
from domain.tables.bodies import Body, Post
from portal import session_cookie
from portal.steps import local_path
from resolvers import accounts, postings, tokens
from resolvers.context import Context
from resolvers.database import Database
from resolvers.devices import known_device, new_mark
from resolvers.keys import Keyring
from resolvers.postings import Term
from tests import desks, factories
from tests.desks import Person, Visitor, check_markup, soup, text_of

pytestmark = pytest.mark.clause("N5")
PASSWORD = "晨光里的长长口令二零二六"


@dataclass
class Scene:
    """A city with one body, and the application."""

    ctx: Context
    body: Body
    app: Starlette

    async def signed(self, person: Person) -> Visitor:
        """Return a visitor with a complete session."""
        return Visitor(self.app).carry(await desks.session_of(self.ctx, person))

    async def official(self, login: str, *roles: Role) -> Person:
        """Enter an official."""
        return await desks.official(self.ctx, self.body, login, *roles)


@pytest.fixture
async def scene(database: Database, database_url: str) -> AsyncIterator[Scene]:
    """Give the scene."""
    ctx = factories.context(database, now=datetime.now(UTC), keys=Keyring(desks.SECRET.encode()))
    body = await factories.body(ctx, await factories.government(ctx))
    async with desks.running(desks.settings(database_url)) as app:
        yield Scene(ctx, body, app)


async def test_a_transferred_official_has_the_new_rights_and_none_of_the_old(scene: Scene) -> None:
    """TOB-26-13: moved from the staffing office to another post, the same session opens no list any more."""
    person = await scene.official("zhao", Role.STAFFING_OFFICE)
    visitor = await scene.signed(person)
    assert (await visitor.get("/desk/imports")).status_code == 200
    held = await scene.ctx.db.reads.fetchval("SELECT id FROM posting WHERE account_id = $1", person.account_id)
    other = await desks.post(scene.ctx, scene.body, "审计岗", Role.AUDIT_ADMIN)
    await postings.end(scene.ctx, held, scene.ctx.today)
    await postings.grant(scene.ctx, person.account_id, other, Term(scene.ctx.today))
    assert (await visitor.get("/desk/imports")).status_code == 403
    assert (await visitor.get("/desk/record")).status_code == 200
    assert "清单导入" not in text_of(await visitor.get("/desk"))


async def test_a_leaver_has_nothing_from_the_moment_of_leaving(scene: Scene) -> None:
    """The post ends: no right is left, though the session lives. The account is disabled: the session ends too."""
    person = await scene.official("qian", Role.SYSTEM_ADMIN)
    visitor = await scene.signed(person)
    assert (await visitor.get("/desk/accounts")).status_code == 200
    held = await scene.ctx.db.reads.fetchval("SELECT id FROM posting WHERE account_id = $1", person.account_id)
    await postings.end(scene.ctx, held, scene.ctx.today)
    for path in ("/desk/accounts", "/desk/tokens", "/desk/record", "/desk/imports"):
        assert (await visitor.get(path)).status_code == 403
    assert "今天没有担任任何岗位" in text_of(await visitor.get("/desk"))
    await accounts.disable(scene.ctx, person.account_id, "退休")
    assert (await visitor.get("/desk")).headers["location"] == "/desk/sign-in"


@pytest.mark.parametrize("what", ["posting", "post", "unit", "body"])
async def test_rights_end_on_the_day_on_which_what_they_hang_on_ends(scene: Scene, what: str, owner_url: str) -> None:
    """A posting that ran out, and a post, a unit or a body that was dissolved, give nothing from that day on."""
    person = await scene.official("sun", Role.AUDIT_ADMIN)
    visitor = await scene.signed(person)
    assert (await visitor.get("/desk/record")).status_code == 200
    owner = await Database.connect(owner_url, pool_size=1)
    try:
        async with owner.engine.begin() as connection:
            ended = Range(scene.ctx.today - timedelta(days=9), scene.ctx.today)
            table = {"posting": Posting, "post": Post}.get(what)
            if table is not None:
                await connection.execute(update(table).values(valid=ended))
            else:
                await connection.exec_driver_sql(f"UPDATE {what} SET valid = daterange(NULL, CURRENT_DATE)")
    finally:
        await owner.close()
    assert (await visitor.get("/desk/record")).status_code == 403


async def test_a_posting_that_has_not_begun_gives_nothing_and_can_be_cancelled(scene: Scene) -> None:
    """From tomorrow on means tomorrow; what is cancelled before never begins, and cannot be revived by ending it later."""
    person, tomorrow = await desks.person(scene.ctx, "li"), scene.ctx.today + timedelta(days=1)
    post = await desks.post(scene.ctx, scene.body, "记录岗", Role.AUDIT_ADMIN)
    posting = await postings.grant(scene.ctx, person.account_id, post, Term(tomorrow))
    visitor = await scene.signed(person)
    assert (await visitor.get("/desk/record")).status_code == 403
    security = await scene.signed(await scene.official("guard", Role.SECURITY_ADMIN))
    address = f"/desk/accounts/{person.account_id}/postings/{posting}/end"
    assert (await security.send(address, {"last": scene.ctx.today.isoformat()})).status_code == 303
    longer = await security.send(address, {"last": (tomorrow + timedelta(days=90)).isoformat()})
    assert longer.status_code == 409
    later = replace(scene.ctx, now=scene.ctx.now + timedelta(days=2))
    sql = "SELECT count(*) FROM posting WHERE account_id = $1 AND valid @> $2::date"
    assert await scene.ctx.db.reads.fetchval(sql, person.account_id, later.today) == 0


async def test_the_security_administrator_neither_backdates_nor_touches_another_accounts_posting(scene: Scene) -> None:
    """A posting is ended through its own account's address only; rights are never given or taken for days gone by."""
    guard = await scene.official("guard", Role.SECURITY_ADMIN)
    first, second = await scene.official("zhou"), await scene.official("wu")
    visitor = await scene.signed(guard)
    held = await scene.ctx.db.reads.fetchval("SELECT id FROM posting WHERE account_id = $1", second.account_id)
    foreign = await visitor.send(f"/desk/accounts/{first.account_id}/postings/{held}/end", {})
    assert foreign.status_code == 404
    yesterday = (scene.ctx.today - timedelta(days=1)).isoformat()
    past = await visitor.send(f"/desk/accounts/{second.account_id}/postings/{held}/end", {"last": yesterday})
    assert past.status_code == 400
    post = await desks.post(scene.ctx, scene.body, "新岗")
    back = await visitor.send(f"/desk/accounts/{first.account_id}/postings", {"post": str(post), "first": yesterday})
    assert back.status_code == 400
    check_markup(back)
    check_markup(await visitor.get(f"/desk/accounts/{first.account_id}?body={scene.body.code}"))
    assert await scene.ctx.db.reads.fetchval("SELECT count(*) FROM posting WHERE NOT valid @> CURRENT_DATE") == 0


async def test_a_token_that_was_there_before_the_password_is_worth_nothing_after_it(scene: Scene) -> None:
    """Session fixation: a planted token does not become the session; signing in again ends the session before."""
    person = await desks.person(scene.ctx, "zheng", password=PASSWORD)
    visitor = Visitor(scene.app).carry("planted-by-somebody-else")
    signed = await visitor.sign_in(person.login, PASSWORD)
    assert signed.status_code == 303
    own = visitor.client.cookies[session_cookie.SESSION]
    assert own != "planted-by-somebody-else"
    assert "HttpOnly" in signed.headers["set-cookie"]
    assert (await Visitor(scene.app).carry("planted-by-somebody-else").get("/desk")).status_code == 303
    await visitor.form("/desk/sign-in", person.account_id, {"login": person.login, "password": PASSWORD})
    assert visitor.client.cookies[session_cookie.SESSION] != own
    assert (await Visitor(scene.app).carry(own).get("/desk")).headers["location"] == "/desk/sign-in"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/desk/../../x", "/desk"),
        ("/desk/./..%2f", "/desk"),
        ("/desk/imports", "/desk/imports"),
        ("/desk/accounts?q=a&state=active", "/desk/accounts?q=a&state=active"),
        # Whatever could lead away, or make a header of its own, leads to the desk.
        ("https://elsewhere.example/desk", "/desk"),
        ("//elsewhere.example/desk", "/desk"),
        ("/desk//elsewhere.example", "/desk"),
        ("/\\elsewhere.example", "/desk"),
        ("/desk\\@elsewhere.example", "/desk"),
        ("/desk/../powers", "/desk"),
        ("/powers", "/desk"),
        ("/desk\r\nSet-Cookie: a=b", "/desk"),
        ("javascript:alert(1)", "/desk"),
        ("", "/desk"),
        ("/desk/" + "a" * 600, "/desk"),
    ],
)
def test_only_a_place_on_the_desk_is_a_place_to_go_on_to(given: str, kept: str) -> None:
    assert local_path(given) == kept


async def test_missing_and_forbidden_look_the_same(scene: Scene) -> None:
    """Who may not see an account gets the same answer for one that is there and one that is not."""
    clerk, other = await scene.official("feng"), await scene.official("chen")
    visitor = await scene.signed(clerk)
    nobody = "00000000-0000-4000-8000-000000000000"
    for template in ("/desk/accounts/{}", "/desk/accounts/{}?body=B001"):
        there, missing = [await visitor.get(template.format(one)) for one in (other.account_id, nobody)]
        assert there.status_code == missing.status_code == 404
        assert text_of(there) == text_of(missing)
    for verb in ("disable", "reset", "reset-factor", "end-sessions", "link", "postings"):
        there, missing = [
            await visitor.form(f"/desk/accounts/{one}/{verb}", clerk.account_id, {"reason": "x"})
            for one in (other.account_id, nobody)
        ]
        assert there.status_code == missing.status_code == 403
        assert text_of(there) == text_of(missing)
    await desks.session_of(scene.ctx, other)
    sql = "SELECT max(id) FROM session WHERE account_id = $1"
    foreign = await scene.ctx.db.reads.fetchval(sql, other.account_id)
    for session in (foreign, 10**9):
        assert (await visitor.form(f"/desk/me/sessions/{session}/end", clerk.account_id, {})).status_code == 404


async def test_a_public_page_is_the_same_for_everybody(scene: Scene) -> None:
    """No name and no navigation of the desk stands on a page that caches may keep."""
    person = await scene.official("chu", Role.SYSTEM_ADMIN)
    signed = await scene.signed(person)
    stranger, known = await Visitor(scene.app).get("/no-such-page"), await signed.get("/no-such-page")
    assert "人员chu" not in known.text
    assert not soup(known).select(".desk-nav")
    assert text_of(stranger) == text_of(known)
    assert "人员chu" in (await signed.get("/desk")).text
    assert (await signed.get("/desk")).headers["cache-control"] == "private, no-store"


async def test_own_sessions_are_listed_and_ended(scene: Scene) -> None:
    """One sees one's own sessions, ends another one, and that one is gone at once."""
    person = await scene.official("wei")
    here, there = await scene.signed(person), await scene.signed(person)
    page = await here.get("/desk/me")
    ways = soup(page).select("form[action^='/desk/me/sessions/']")
    assert len(ways) == 1
    assert (await here.send(str(ways[0]["action"]))).status_code == 303
    assert (await there.get("/desk")).headers["location"] == "/desk/sign-in"
    assert (await here.get("/desk")).status_code == 200


async def test_a_device_mark_is_good_for_its_login_only() -> None:
    """A mark is believed only with its seal, for the login it was given for."""
    keys = Keyring.ephemeral()
    mark = new_mark(keys, "zhang")
    assert known_device(keys, " Zhang", mark)
    assert not known_device(keys, "lisi", mark)
    assert not known_device(Keyring.ephemeral(), "zhang", mark)
    for forged in ("", ".", "x", mark[:-1], mark.replace(".", ""), "device." + mark.partition(".")[2], "é.é"):
        assert not known_device(keys, "zhang", forged)


async def test_guesses_from_one_address_never_lock_out_a_known_device(scene: Scene) -> None:
    """The owner's browser goes on signing in while a stranger behind the same address guesses."""
    person = await desks.person(scene.ctx, "jiang", password=PASSWORD)
    owner, stranger = Visitor(scene.app), Visitor(scene.app)
    await owner.sign_in(person.login, PASSWORD)
    await owner.send("/desk/sign-out")
    for _ in range(5):
        assert (await stranger.sign_in(person.login, "guess")).status_code == 400
    stopped = await stranger.sign_in(person.login, PASSWORD)
    assert stopped.status_code == 429
    assert "尝试次数过多" in text_of(stopped)
    assert (await owner.sign_in(person.login, PASSWORD)).status_code == 303


async def test_a_token_is_shown_once_works_and_is_revoked(scene: Scene) -> None:
    """Issued on the desk, good at the interface, never shown again, and worth nothing once it is revoked."""
    admin = await scene.signed(await scene.official("shen", Role.SYSTEM_ADMIN))
    wrong = await admin.send("/desk/tokens", {"holder": "", "days": "0", "scopes": "library:read"})
    assert wrong.status_code == 400
    check_markup(wrong)
    assert "请填写使用单位" in text_of(wrong)
    made = await admin.send("/desk/tokens", {"holder": "省平台", "days": "30", "scopes": "library:read"})
    token = next(code.get_text() for code in soup(made).select(".desk-secret code"))
    assert token.startswith(tokens.PREFIX)
    machine = Visitor(scene.app)
    machine.client.headers["Authorization"] = f"Bearer {token}"
    assert (await machine.get("/graphql?query={__typename}")).status_code == 200
    assert (await machine.get("/desk")).status_code == 403
    listed = await admin.get("/desk/tokens")
    assert "省平台" in listed.text
    assert token not in listed.text
    way = soup(listed).select_one("form[action$='/revoke']")
    assert way
    assert (await admin.send(str(way["action"]))).status_code == 303
    assert (await tokens.actor_of_token(scene.ctx, token)).kind == "anonymous"


async def test_the_record_is_paged_and_filtered_for_the_audit_administrator(scene: Scene) -> None:
    """Thirty acts fill two pages; a filter shows only what it says, and a wrong cursor or day is told."""
    auditor = await scene.signed(await scene.official("han", Role.AUDIT_ADMIN))
    for number in range(25):
        await desks.person(scene.ctx, f"person{number}")
    first = await auditor.get("/desk/record")
    assert len(soup(first).select(".desk-events tbody tr")) == 20
    onward = soup(first).select_one("a[rel=next]")
    assert onward
    second = await auditor.get(str(onward["href"]))
    assert len(soup(second).select(".desk-events tbody tr")) >= 5
    filtered = await auditor.get("/desk/record?kind=posting.granted")
    kinds = {cell.get_text() for cell in soup(filtered).select(".desk-events tbody th")}
    assert kinds == {"授予岗位"}
    stream = await auditor.get("/desk/record?about=government&since=2020-01-01&until=2099-01-01&actor=测试")
    assert "登记政府" in stream.text
    assert "没有符合条件的记录" in text_of(await auditor.get("/desk/record?stream=none"))
    for wrong in ("after=forged", "since=yesterday"):
        assert (await auditor.get(f"/desk/record?{wrong}")).status_code == 400


async def test_an_administrator_keeps_accounts(scene: Scene) -> None:
    """Disable, enable, reset, reset the factor, end sessions, link: each needs its reason or its form, and leaves an event."""
    system = await scene.official("yang", Role.SYSTEM_ADMIN)
    guard = await scene.official("guard", Role.SECURITY_ADMIN)
    target = await scene.official("zhu")
    admin, security = await scene.signed(system), await scene.signed(guard)
    one = f"/desk/accounts/{target.account_id}"
    acts: list[tuple[Visitor, str, dict[str, str], str]] = [
        (admin, "disable", {"reason": "离职"}, "account.disabled"),
        (admin, "enable", {"reason": "返岗"}, "account.enabled"),
        (admin, "reset", {}, "account.password_reset"),
        (admin, "reset-factor", {"reason": "手机丢失"}, "second_factor.reset"),
        (security, "end-sessions", {}, "session.ended"),
        (security, "link", {"issuer": "https://id.example", "subject": "7"}, "account.linked"),
        (security, "link", {"issuer": "", "subject": ""}, "account.unlinked"),
    ]
    kinds = "SELECT array_agg(kind) FROM (SELECT kind FROM event WHERE stream = $1 ORDER BY id DESC LIMIT 2) latest"
    for visitor, verb, fields, kind in acts:
        answer = await visitor.send(f"{one}/{verb}", fields)
        assert answer.status_code == (200 if verb == "reset" else 303), verb
        found = await scene.ctx.db.reads.fetchval(kinds, f"account:{target.account_id}")
        assert kind in found, verb
    for verb in ("disable", "reset-factor"):
        empty = await admin.send(f"{one}/{verb}", {"reason": " "})
        assert empty.status_code == 400
        check_markup(empty)
        assert "请填写理由" in text_of(empty)
    half = await security.send(f"{one}/link", {"issuer": "https://id.example", "subject": ""})
    assert half.status_code == 400
    assert (await admin.get("/desk/accounts?q=ZHU&state=active")).text.count(f'href="{one}"') == 1
    taken = await admin.send("/desk/accounts", {"login": "zhu", "name": "同名"})
    assert taken.status_code == 409
    assert "已被使用" in text_of(taken)


async def test_who_holds_no_post_sees_the_refusal_in_words(scene: Scene) -> None:
    """The refusal page says what is missing and whom to ask."""
    visitor = await scene.signed(await desks.person(scene.ctx, "qin"))
    refused = await visitor.get("/desk/accounts")
    assert refused.status_code == 403
    assert "没有进行此操作的权限" in text_of(refused)
    assert "安全管理员" in text_of(refused)


async def test_every_word_of_the_desk_is_there_in_english(scene: Scene) -> None:
    """Read in English, no heading, label or button of the desk is left in Chinese; names and records stay as they are."""
    auditor = await scene.official("you", Role.AUDIT_ADMIN)
    system = await scene.official("xu", Role.SYSTEM_ADMIN)
    for person, paths in (
        (auditor, ("/desk", "/desk/record", f"/desk/accounts/{system.account_id}")),
        (system, ("/desk/me", "/desk/accounts", "/desk/tokens", "/desk/password", "/desk/second-factor/set-up")),
    ):
        visitor = await scene.signed(person)
        for path in paths:
            answer = await visitor.get(f"{path}?lang=en")
            check_markup(answer)
            page = soup(answer)
            main = page.select_one("main")
            assert main
            for own in main.select("[lang], [translate=no], dd, td, option"):
                own.decompose()
            left = re.findall(r"[\u4e00-\u9fff]+", main.get_text(" "))
            assert not left, f"{path}: {left}"
