"""The clock: the real time, or a time-lapse that never runs back and never is taken for the real time."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy import clocks
from deploy.app import LAPSE_BANNER, access_policy, create_app
from deploy.clocks import Clock, clock_of, settle
from deploy.configuration import load
from deploy.refusals import SettingsWrong
from deploy.settings import Settings
from resolvers.addresses import plain_url

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
SECRET = "0123456789abcdef0123456789abcdef"


@given(st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=20), st.integers(1, 100_000))
def test_time_never_runs_back_at_any_speed(seconds: list[int], speed: int) -> None:
    clock = Clock(NOON, NOON + timedelta(days=40), speed)
    shown = [clock.at(NOON + timedelta(seconds=one)) for one in sorted(seconds)]
    assert shown == sorted(shown)
    assert shown[0] >= clock.shown


def test_a_minute_is_a_day_at_1440_and_the_ordinary_clock_shows_the_real_time() -> None:
    assert Clock(NOON, NOON, 1440).at(NOON + timedelta(minutes=1)) == NOON + timedelta(days=1)
    assert Clock(NOON, NOON).at(NOON + timedelta(minutes=1)) == NOON + timedelta(minutes=1)
    assert not Clock(NOON, NOON).lapsing


def lapsing(folder: Path, url: str, speed: int) -> Settings:
    return Settings(state_dir=folder, database_url=url, embedded=True, secret_key=SECRET, speed=speed)


def record(url: str, at: datetime) -> None:
    async def insert() -> None:
        connection = await asyncpg.connect(plain_url(url))
        await connection.execute(
            "INSERT INTO event (stream, seq, kind, actor_name, body_code, at, body) VALUES ('t', 1, 'x', '', '', $1, '{}')",
            at,
        )
        await connection.close()

    asyncio.run(insert())


def test_a_time_lapse_begins_where_the_record_ends_and_an_ordinary_start_stays_ahead(
    tmp_path: Path, owner_url: str
) -> None:
    real = settle(tmp_path, owner_url, 1)
    assert not real.lapsing
    assert not clock_of(lapsing(tmp_path, owner_url, 1)).lapsing
    later = datetime.now(UTC) + timedelta(days=90)
    record(owner_url, later)

    fast = settle(tmp_path, owner_url, 1440)
    assert fast.shown == later
    assert clock_of(lapsing(tmp_path, owner_url, 1440)) == fast, "every process reads the same clock"

    ordinary = settle(tmp_path, owner_url, 1)
    assert (ordinary.shown, ordinary.speed, ordinary.lapsing) == (later, 1, True)


def test_a_real_library_never_runs_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/db")
    monkeypatch.setenv("YANGGUANG_SECRET_KEY", SECRET)
    monkeypatch.setenv("YANGGUANG_SPEED", "1440")
    with pytest.raises(SettingsWrong, match="时间加速只能用于演示城市"):
        load()


async def test_every_page_says_that_its_time_is_not_real_and_sessions_last_as_long_as_people_need(
    tmp_path: Path, owner_url: str
) -> None:
    await asyncio.to_thread(settle, tmp_path, owner_url, 1440)
    settings = lapsing(tmp_path, owner_url, 1440)
    policy = access_policy(settings, clock_of(settings))
    assert policy.idle_minutes == settings.session_idle_minutes * 1440
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app, client=("127.0.0.1", 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            for address in ("/", "/powers", "/desk/sign-in", "/nowhere"):
                assert LAPSE_BANNER in (await client.get(address)).text, address


def test_what_is_ahead_is_told_from_the_ordinary_difference_of_two_clocks(tmp_path: Path, owner_url: str) -> None:
    record(owner_url, datetime.now(UTC) + clocks.AHEAD / 2)
    assert not settle(tmp_path, owner_url, 1).lapsing
