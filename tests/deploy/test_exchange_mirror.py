"""A platform above over a line that loses, doubles, mixes up and breaks off: nothing lost, nothing twice, caught up (X1, F11)."""

import json
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy import exchange_mirror, log_keys
from deploy.commands import main
from deploy.exchange_mirror import Mirror, MirrorBroken, MirrorRefused, MirrorTrouble
from domain.exchange import Entry
from resolvers import exchange_platforms, exchange_standing
from resolvers.database import Database
from resolvers.exchange_standing import Standing
from resolvers.log_folder import LogFolder
from tests import desks, exchanging
from tests.exchanging import City

pytestmark = pytest.mark.clause("X1")
FAULTS = ("fine", "fine", "lost", "unanswered", "doubled", "stale", "torn", "cut")
NUMBERS = count(1)


class Line(httpx2.AsyncBaseTransport):
    """A line to an application that fails as it is told to, one word for each request; afterwards it is sound."""

    def __init__(self, city: City, faults: list[str]) -> None:
        self.inner = httpx2.ASGITransport(app=city.app, client=("127.0.0.1", 1234))
        self.faults, self.down = faults, 0
        self.before: dict[str, httpx2.Response] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        fault = self.faults.pop(0) if self.faults else "fine"
        self.down = max(self.down - 1, 3 if fault == "cut" else 0)
        if fault == "lost" or self.down:
            raise httpx2.ConnectError("lost on the way there")
        answer = await self._answer(request)
        if fault == "doubled":
            answer = await self._answer(request)
        kept, self.before[request.url.path] = self.before.get(request.url.path, answer), answer
        if fault == "unanswered":
            raise httpx2.ReadError("lost on the way back")
        if fault == "stale":
            return httpx2.Response(kept.status_code, content=kept.content)
        body = answer.content[: len(answer.content) // 2] if fault == "torn" else answer.content
        return httpx2.Response(answer.status_code, content=body)

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self.inner.handle_async_request(request)
        return httpx2.Response(answer.status_code, content=await answer.aread())


@pytest.fixture
async def city(database: Database, database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[City]:
    async with exchanging.city(database, (database_url, owner_url), tmp_path) as made:
        await made.acts(30)
        await made.log.publish()
        yield made


async def mirror(city: City, folder: Path, faults: list[str], ago: timedelta = timedelta()) -> tuple[Mirror, str]:
    """Return a mirror of the city over a line with faults, and the name of its platform."""
    name = f"第{next(NUMBERS)}平台"
    token = await exchange_platforms.add(city.ctx.at(city.ctx.now - ago), name)
    client = httpx2.AsyncClient(
        transport=Line(city, faults), base_url=desks.SITE, headers={"Authorization": f"Bearer {token}"}
    )
    return Mirror(LogFolder(folder), log_keys.policy(city.log.settings), client), name


async def standing(city: City, name: str) -> Standing:
    return next(one for one in await exchange_standing.standings(city.ctx) if one.name == name)


def lines(folder: Path) -> list[bytes]:
    return [line for path in sorted(folder.glob("entries/*")) for line in path.read_bytes().splitlines()]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.lists(st.sampled_from(FAULTS), max_size=40))
async def test_over_a_bad_line_nothing_is_lost_or_twice_and_the_delay_is_seen_meanwhile(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: list[str]
) -> None:
    """F11. At every moment what is held is proven; when the line is sound again the next pull has caught up."""
    monkeypatch.setattr(exchange_mirror, "PAGE", 9)
    monkeypatch.setattr(exchange_mirror, "IN_A_FILE", 10)
    folder = tmp_path / "above"
    shutil.rmtree(folder, ignore_errors=True)
    made, name = await mirror(city, folder, list(faults), timedelta(hours=25))
    held = 0
    for _ in range(len(faults) * 4 + 1):
        try:
            await made.pull()
            break
        except MirrorTrouble:
            assert held <= made.check()[0].size
            held = made.place().size
            shown = await standing(city, name)
            assert shown.size >= city.head.size or shown.lag(city.ctx.now) == timedelta(hours=25)
    place, signed = made.check()
    assert (place.size, place.received, signed) == (city.head.size, city.head.size, city.head)
    assert [Entry.read(one).index for one in lines(folder)] == list(range(city.head.size))
    shown = await standing(city, name)
    assert (shown.size, shown.disputes) == (city.head.size, False)
    assert await city.events("exchange.contradicted") == 0


async def test_what_the_log_does_not_say_is_never_kept_and_what_is_held_is_found_when_it_is_altered(
    city: City, tmp_path: Path
) -> None:
    made, _ = await mirror(city, tmp_path / "above", [])
    with made.alone(), pytest.raises(MirrorBroken), made.alone():
        pass
    await made.pull()
    with (tmp_path / "above" / "entries" / "00000000.ndjson").open("ab") as file:
        file.write(b"what a pull wrote that was ended")
    await city.acts(3)
    await city.log.publish()
    assert (await made.pull()).size == made.check()[0].size == city.head.size
    # The log below is made anew with another act in it: its head may be signed, but it does not go on from what is held.
    place = made.place()
    forged = place.content.replace(place.frontier.nodes[0].hex().encode(), b"00" * 32)
    (tmp_path / "above" / "place.json").write_bytes(forged)
    with pytest.raises(MirrorRefused, match="not the beginning"):
        await made.pull()
    with pytest.raises(MirrorBroken, match="another root"):
        made.check()
    (tmp_path / "above" / "place.json").write_bytes(place.content)
    path = tmp_path / "above" / "entries" / "00000000.ndjson"
    path.write_bytes(path.read_bytes().replace("申请材料已收到".encode(), "申请材料没收到".encode(), 1))
    with pytest.raises(MirrorBroken, match="committed"):
        made.check()
    other, _ = await mirror(city, tmp_path / "other", [])
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "place.json").write_bytes(place.content.replace(place.log.encode(), b"another.example/log"))
    with pytest.raises(MirrorRefused, match="holds the log"):
        await other.pull()


def test_the_command_says_what_came_of_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("ygup_x", "utf-8")
    (tmp_path / "policy.txt").write_text("quorum none\n", "utf-8")
    words = ["--token-file", f"{tmp_path}/token", "--policy", f"{tmp_path}/policy.txt", "--to", f"{tmp_path}/above"]
    run = CliRunner()
    away = run.invoke(main, ["exchange", "pull", "--from", "http://127.0.0.1:9", *words])
    assert (away.exit_code, "暂时取不到（已有 0 条）" in away.output) == (2, True), away.output
    empty = run.invoke(main, ["exchange", "check", f"{tmp_path}/above", "--policy", f"{tmp_path}/policy.txt"])
    assert (empty.exit_code, "0 条" in empty.output) == (0, True), empty.output
    (tmp_path / "above" / "place.json").write_text(json.dumps({"log": "x"}), "utf-8")
    wrong = run.invoke(main, ["exchange", "check", f"{tmp_path}/above", "--policy", f"{tmp_path}/policy.txt"])
    assert wrong.exit_code == 1
