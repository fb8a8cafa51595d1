"""A public side that is closed tells why and shows nothing else; the desk goes on; how the record stands is for everybody."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette

from deploy.commands import main
from domain.access import Role
from portal import closing as door
from resolvers import closing
from resolvers.addresses import plain_url
from resolvers.auditing import audit
from resolvers.context import Context
from resolvers.database import Database
from tests import desks, factories, tampering
from tests.desks import Visitor, text_of

pytestmark = pytest.mark.clause("H9", "R9")
QUERY = {"query": "{ __typename }"}


@pytest.fixture
async def app(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Starlette]:
    monkeypatch.setattr(door, "SECONDS", 0.02)
    async with desks.running(desks.settings(database_url, state_dir=desks.with_a_log(tmp_path))) as running:
        yield running


@pytest.fixture
def ctx(database: Database) -> Context:
    return factories.context(database, now=datetime.now(UTC))


async def until(holds: Callable[[], object]) -> None:
    """Wait for a process to notice."""
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it was not noticed")


async def test_closed_for_the_public_open_for_officials_and_open_again(app: Starlette, ctx: Context) -> None:
    visitor, official = Visitor(app), Visitor(app, "203.0.113.9")
    body = await factories.body(ctx, await factories.government(ctx))
    who = await desks.official(ctx, body, "auditor", Role.AUDIT_ADMIN)
    official.carry(await desks.session_of(ctx, who))
    assert (await visitor.get("/")).status_code == 200
    assert await closing.close(ctx, "首页被篡改，正在恢复")
    lane = app.lane  # type: ignore[attr-defined]
    await until(lambda: lane._door.closed)
    for path in ("/", "/powers", "/status", "/nowhere", "/downloads", "/deskx", "/logx"):
        answer = await visitor.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store"), path
        assert "首页被篡改，正在恢复" in text_of(answer)
        desks.check_markup(answer)
    english = await visitor.get("/?lang=en")
    assert "closed for the time being" in text_of(english)
    for more in ({}, {"Authorization": "Bearer x"}, {"Cookie": "session=x"}):
        asked = await visitor.client.post("/graphql", json=QUERY, headers=more)
        assert asked.status_code in (401, 503)
        assert "__typename" not in asked.text
    for path in ("/desk/sign-in", "/healthz", "/log", "/log/checkpoint"):
        assert (await visitor.get(path)).status_code == 200, path
    assert (await official.get("/desk/record")).status_code == 200
    assert (await official.client.post("/graphql", json=QUERY)).status_code == 200
    assert await closing.reopen(ctx, "已恢复")
    await until(lambda: not lane._door.closed)
    assert (await visitor.get("/")).status_code == 200
    recorded = text_of(await official.get("/desk/record?about=portal"))
    assert "关闭公众端" in recorded
    assert "重新开放公众端" in recorded


async def test_how_the_record_stands_is_told_in_words(
    app: Starlette, ctx: Context, owner_url: str, tmp_path: Path
) -> None:
    visitor, official = Visitor(app), Visitor(app, "203.0.113.9")
    assert "还没有进行过" in text_of(await visitor.get("/log"))
    body = await factories.body(ctx, await factories.government(ctx))
    who = await desks.official(ctx, body, "auditor", Role.AUDIT_ADMIN)
    official.carry(await desks.session_of(ctx, who))
    owner = await asyncpg.connect(plain_url(owner_url))
    scene = await tampering.made(owner, tmp_path / "other")
    now = ctx.at(tampering.NOW)
    await audit(now, scene.auditor(), scene.outside)
    page = await visitor.get("/log")
    desks.check_markup(page)
    assert "没有发现异常" in text_of(page)
    assert "对照外部留存的日志头 4 个" in text_of(page)
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        await owner.execute("UPDATE event SET body = '{}' WHERE stream LIKE 'matter:%'")
    await owner.close()
    await audit(now, scene.auditor())
    assert "发现异常，正在核实" in text_of(await visitor.get("/log"))
    listed = await official.get("/desk/record/audit")
    desks.check_markup(listed)
    assert "记录与日志不符" in text_of(listed)
    assert "matter:0#1" in text_of(listed) or "matter:7#" in text_of(listed)
    assert (await visitor.get("/desk/record/audit")).status_code == 303
    metrics = (await Visitor(app, "127.0.0.1").get("/metrics")).text
    assert 'yangguang_audit{figure="findings"} 96.0' in metrics
    assert 'yangguang_audit{figure="sound"} 0.0' in metrics


def test_the_commands_close_open_and_audit(
    owner_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"DATABASE_URL": owner_url, "REDIS_URL": redis_url, "YANGGUANG_STATE_DIR": str(tmp_path / "state")}
    for name, value in (given | {"YANGGUANG_SECRET_KEY": desks.SECRET}).items():
        monkeypatch.setenv(name, value)
    run = CliRunner().invoke
    assert "早已" not in run(main, ["close-portal", "--reason", "演练"]).output
    assert "早已关闭" in run(main, ["close-portal", "--reason", "演练"]).output
    assert "已重新开放" in run(main, ["open-portal", "--reason", "演练结束"]).output
    assert run(main, ["close-portal", "--reason", " "]).exit_code == 1
    unknown = run(main, ["audit", "--full"])
    assert (unknown.exit_code, "无法核查" in unknown.output) == (2, True)
    assert asyncio.run(_tampered(owner_url, tmp_path)) == 4
    heads = ["--heads", str(tmp_path / "heads")]
    sound = run(main, ["audit", "--full", *heads])
    assert sound.exit_code == 0, sound.output
    assert "对照外部留存的日志头 4 个" in sound.output
    asyncio.run(_forged(owner_url))
    bad = run(main, ["audit", "--full", *heads])
    assert (bad.exit_code, "异常：记录与日志不符" in bad.output) == (1, True)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    assert run(main, ["audit", "--full"]).exit_code == 2


async def _tampered(url: str, folder: Path) -> int:
    connection = await asyncpg.connect(plain_url(url))
    scene = await tampering.made(connection, folder / "state" / "log")
    await connection.close()
    (folder / "state" / "log" / "policy.txt").write_text(tampering.QUIET)
    (folder / "heads").mkdir()
    for number, (_, note) in enumerate(scene.outside.heads):
        (folder / "heads" / str(number)).write_text(note.whole)
    return len(scene.outside.heads)


async def _forged(url: str) -> None:
    connection = await asyncpg.connect(plain_url(url))
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("UPDATE event SET body = '{}' WHERE stream = 'matter:3'")
    await connection.close()
