"""Upward reporting: nothing lost, nothing twice, delay visible; and whoever holds another log than ours is heard (X1)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.access import Role
from domain.exchange import Entry
from domain.proof.notes import base64_text
from resolvers import exchange_platforms, exchange_standing, record, tokens
from resolvers.context import unit_of_work
from resolvers.database import Database
from resolvers.errors import Conflict
from resolvers.exchange_standing import Standing
from tests import desks, exchanging, factories
from tests.desks import Visitor, check_markup, text_of
from tests.exchanging import DAY, PROVINCE, City, root_of

pytestmark = pytest.mark.clause("X1", "S2")
ARCHIVED = """
INSERT INTO archive_bundle (name, month, sha256, events, first_place, end_place, size, made_at)
VALUES ('2023-05', '2023-05-01', sha256('x'), 1, 0, 1, 1, now());
INSERT INTO archive_event (event_id, bundle_id, stream, seq)
SELECT e.id, b.id, e.stream, e.seq FROM event e, archive_bundle b, log_leaf g WHERE g.event_id = e.id AND g.place = 2;
DELETE FROM event_leaf WHERE event_id IN (SELECT event_id FROM archive_event);
DELETE FROM event WHERE id IN (SELECT event_id FROM archive_event);
"""


@pytest.fixture
async def city(database: Database, database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[City]:
    async with exchanging.city(database, (database_url, owner_url), tmp_path) as made:
        yield made


async def standing(city: City, name: str = PROVINCE) -> Standing:
    return next(one for one in await exchange_standing.standings(city.ctx) if one.name == name)


async def test_every_place_comes_once_in_the_order_of_the_log_and_proves_itself(city: City) -> None:
    upper = await city.upper()
    await city.acts(7)
    here = await factories.government(city.ctx)
    await factories.confirmed(city.ctx, here, [factories.change(here, factories.power(name="测试许可"))])
    await city.log.publish()
    whole = city.head.size
    await city.acts(2)
    entries: list[Entry] = []
    while page := await upper.entries(len(entries), 3):
        entries += page
    assert [one.index for one in entries] == list(range(whole)), "what no published head covers waits"
    assert root_of(entries) == root_of([Entry.read(one.line) for one in entries])
    assert (city.head.size, root_of(entries)) == (whole, base64_text(city.head.root))
    texts = await city.ctx.db.reads.fetch("SELECT body FROM event ORDER BY id LIMIT $1", whole)
    opened = [(one.opening or {})["body"]["text"] for one in entries]
    assert opened == [row["body"] for row in texts], "byte for byte"
    versions = [one.content for one in entries if one.content]
    assert len(versions) == 1
    assert '"name":"测试许可"' in versions[0], (
        "of the library the version itself goes up, by the digest that the act names"
    )
    head = (await upper.page(0)).json()
    assert (head["log"], head["size"], head["received"], head["next"]) == (city.head.origin, whole, 0, whole)
    again = await upper.page(whole)
    same = await upper.page(whole, known=again.headers["etag"])
    assert (same.status_code, same.content) == (304, b"")
    for address, status, code in (
        (f"after={whole + 1}", 409, "POSITION_UNKNOWN"),
        ("after=0&first=0", 400, "BAD_USER_INPUT"),
        ("after=0&first=1001", 400, "BAD_USER_INPUT"),
        ("after=x", 400, "BAD_USER_INPUT"),
    ):
        answer = await upper.client.get(f"/exchange/entries?{address}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_what_is_in_the_archive_is_named_and_what_was_altered_is_not_handed_over(city: City) -> None:
    upper = await city.upper()
    await city.acts(6)
    await city.log.publish()
    whole = await upper.entries()
    await city.log.tamper(ARCHIVED)
    await city.log.tamper(
        "UPDATE event SET actor_name = '别人' WHERE id = (SELECT event_id FROM log_leaf WHERE place = 5)"
    )
    found = await upper.entries()
    assert [one.bundle for one in found] == ["", "", "2023-05", "", ""]
    assert [one.leaf for one in found] == [one.leaf for one in whole[:5]], "the tree is whole without the act"
    refused = await upper.page(5)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "RECORD_ALTERED")


async def test_what_a_platform_has_is_noted_once_never_goes_back_and_is_no_act(city: City) -> None:
    upper = await city.upper()
    await city.acts(5)
    await city.log.publish()
    entries, before = await upper.entries(), await city.events()
    for size, has in ((4, 4), (4, 4), (6, 6), (2, 6), (6, 6)):
        answer = await upper.has(size, root_of(entries[:size]))
        assert (answer.status_code, answer.json()["received"]) == (200, has), answer.text
    rows = await city.ctx.db.reads.fetch("SELECT size FROM exchange_handover ORDER BY id")
    assert [row["size"] for row in rows] == [4, 6]
    assert await city.events() == before, "an act for each page would be the next thing to hand over, for ever"
    assert (await standing(city)).waiting is None
    unknown = await upper.has(7, root_of(entries))
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (409, "POSITION_UNKNOWN")
    for wrong in ((0, root_of(entries)), ("6", root_of(entries)), (6, "x"), (6, None), (True, root_of(entries))):
        assert (await upper.has(*wrong)).status_code == 400
    for content in (b"", b"[]", b"{", b'{"size": 6}' + b" " * 5_000):
        assert (await upper.client.post("/exchange/received", content=content)).status_code == 400


async def test_a_log_that_began_anew_is_not_taken_for_received(city: City) -> None:
    upper = await city.upper()
    await city.acts(3)
    await city.log.publish()
    assert (await upper.has(4, root_of(await upper.entries()))).status_code == 200
    async with unit_of_work(city.ctx) as uow:
        sealed = await record.append(uow, "log:sunlight.example/old", "log.restarted", {"size": 4})
    await city.log.owner.execute("SELECT log_restart($1)", sealed.id)
    anew = await standing(city)
    assert (anew.size, anew.received_at, anew.behind) == (0, None, 1)
    assert anew.waiting is not None


async def test_another_root_is_a_finding_that_is_told_once_until_the_platform_agrees_again(city: City) -> None:
    upper = await city.upper()
    await city.acts(4)
    await city.log.publish()
    entries = await upper.entries()
    for turn, size in enumerate((2, 3), 1):
        wrong = root_of(entries[1:])
        for _ in range(2):
            answer = await upper.has(5, wrong)
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ROOT_CONTRADICTED")
        assert await city.events("exchange.contradicted") == turn
        assert await city.ctx.db.reads.fetchval("SELECT count(*) FROM notice") == turn
        assert (await standing(city)).disputes
        assert (await upper.has(size, root_of(entries[:size]))).status_code == 200
        assert not (await standing(city)).disputes
    row = await city.ctx.db.reads.fetchrow("SELECT template, roles, facts::text AS facts FROM notice LIMIT 1")
    assert row is not None
    assert (row["template"], row["roles"]) == ("exchange_contradicted", ["audit_admin", "supervision_bureau"])
    assert PROVINCE in row["facts"]


async def test_only_a_platform_in_use_takes_anything_and_each_has_its_own_place(city: City) -> None:
    first, second = await city.upper(), await city.upper("部平台")
    await city.acts(3)
    await city.log.publish()
    entries = await first.entries()
    assert (await first.has(5, root_of(entries))).status_code == 200
    assert [(await one.page(0)).json()["received"] for one in (first, second)] == [5, 0]
    await exchange_platforms.end(city.ctx, PROVINCE)
    other = await tokens.issue(city.ctx, "单位", frozenset({"library:read"}), 1)
    told = set()
    clients = [first.client, city.client(), city.client("ygup_wrong"), city.client(f"{exchange_platforms.PREFIX}x")]
    for client in clients:
        for answer in (await client.get("/exchange/entries"), await client.post("/exchange/received", content="{}")):
            told.add((answer.status_code, answer.text))
    assert [status for status, _ in told] == [403], "ended, missing and wrong are one answer"
    assert (await city.client(other.token).get("/exchange/entries")).status_code == 403
    assert (await second.page(0)).status_code == 200
    with pytest.raises(Conflict):
        await exchange_platforms.add(city.ctx, " 部平台 ")


async def test_the_delay_counts_from_the_act_is_shown_everywhere_and_its_end_is_recorded_once(city: City) -> None:
    upper = await city.upper(ago=3 * DAY)
    await city.upper("新平台")
    await city.acts(1, ago=2 * DAY)
    await city.acts(1, ago=DAY / 2 + timedelta(minutes=5))
    await city.log.publish()
    await city.acts(1)
    late, fresh = await standing(city), await standing(city, "新平台")
    assert late.lag(city.ctx.now) == 3 * DAY, "it began with the act that added it"
    assert fresh.lag(city.ctx.now) < timedelta(minutes=1), "what was there before waits since the platform was added"
    body = await factories.body(city.ctx, await factories.government(city.ctx))
    person = await desks.official(city.ctx, body, "clerk", Role.INFORMATION_CENTRE)
    visitor = Visitor(city.app).carry(await desks.session_of(city.ctx, person))
    page = await visitor.get("/desk/exchange")
    check_markup(page)
    for words in (PROVINCE, "超过期限", "72 小时 0 分", "24 小时（003-28）", "按时"):
        assert words in text_of(page)
    metrics = (await city.client().get("/metrics")).text
    figure = next(
        line for line in metrics.splitlines() if line.startswith("yangguang_exchange_lag") and PROVINCE in line
    )
    assert float(figure.split()[-1]) == pytest.approx(3 * DAY.total_seconds(), abs=60)
    entries = await upper.entries()
    assert (await upper.has(3, root_of(entries[:3]))).json()["behind"] > 0
    assert (await standing(city)).lag(city.ctx.now) == DAY / 2 + timedelta(minutes=5)
    assert await city.events("exchange.caught_up") == 1
    assert "接近期限" in text_of(await visitor.get("/desk/exchange"))
    assert (await upper.has(4, root_of(entries[:4]))).status_code == 200
    assert await city.events("exchange.caught_up") == 1
