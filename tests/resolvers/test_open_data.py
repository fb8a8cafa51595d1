"""Open data: dumps say one thing in three forms, and whoever follows the feed misses nothing, whoever commits when."""

import asyncio
import csv
import hashlib
import io
import json
import random
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from arro3.io import read_parquet

from deploy import roles
from deploy.embedded import OWNER
from domain.open_data import Position, PositionBroken
from domain.powers import LegalBasis
from resolvers import open_data
from resolvers.context import Context
from resolvers.database import Database
from resolvers.errors import InvalidInput
from resolvers.open_data import PositionUnknown
from resolvers.open_data_dumps import PACKAGE, SUMS, Dump, Dumps
from resolvers.open_data_making import KEPT, DumpRunning, _alone, make, take_back
from resolvers.reading.open_data import OPEN_TABLES
from tests import factories, hall
from tests.alerts import scored

pytestmark = pytest.mark.clause("H7")

NOT_ROWS = {
    "power_item": "its columns stand in every version of it",
    **dict.fromkeys(
        ("power_basis", "power_benchmark", "power_search", "power_tally"), "projections of what versions say"
    ),
    "library_head": "a counter",
    "calendar_notice": "stands in its days",
    **dict.fromkeys(("registered_document", "document_alias"), "what integrators ask, no data of the city"),
}
"""Public tables that are no tables of the open data, and why."""

ANSWERED_LATER = {"opinion_comment"}
"""Tables whose rows are not public yet when they are put in."""

EVENTS = ("insert", "update", "delete")

Copy = dict[tuple[str, str], str]


async def test_every_public_table_is_open_data_or_has_a_reason(owner_url: str) -> None:
    owner = await asyncpg.connect(owner_url)
    rows = await owner.fetch(
        "SELECT c.relname, array_agg(t.tgname) AS triggers FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE NOT t.tgisinternal GROUP BY 1"
    )
    sources = await owner.fetch("SELECT prosrc FROM pg_proc WHERE proname LIKE 'note\\_open\\_%'")
    await owner.close()
    triggers = {row["relname"]: set(row["triggers"]) for row in rows}
    public = {table for table, names in triggers.items() if f"{table}_public" in names}
    followed = {
        table
        for table, names in triggers.items()
        if {f"{table}_open_{event}" for event in EVENTS[table in ANSWERED_LATER :]} <= names
    }
    assert public - NOT_ROWS.keys() == followed
    named = {name for row in sources for name in re.findall(r"'([a-z_]+)'", row["prosrc"])}
    assert named - {"bulletin"} == {name for name, table in OPEN_TABLES.items() if not table.dataset.of_the_day}


async def city(database: Database, owner_url: str, items: int = 3) -> Context:
    """Enter something of many tables."""
    ctx = factories.context(database)
    here = await factories.government(ctx)
    await factories.body(ctx, here)
    basis = LegalBasis(kind="law", title="中华人民共和国食品安全法", article="第三十五条")
    powers = [factories.power(name=f'=许可,"{n}"\n第二行', bases=(basis,)) for n in range(items)]
    await factories.confirmed(ctx, here, [factories.change(here, one) for one in powers])
    await hall.published_rows(owner_url, "B001", "1", "2")
    owner = await asyncpg.connect(owner_url)
    # Those rows were put there with triggers off.
    await owner.execute("UPDATE published_result SET no = no; UPDATE rating_figure SET invited = invited")
    await owner.close()
    return ctx


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def plain(value: Any) -> Any:
    """Return a value of a Parquet file as JSON would have it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def same_in_all_forms(dump: Dump, folder: Path) -> int:
    """Compare the three files of each table, value by value; returns how many rows they have."""
    rows = 0
    for table in dump.tables:
        kinds = OPEN_TABLES[table.dataset.name].types
        base = folder / table.dataset.name
        objects = json.loads(base.with_suffix(".json").read_bytes())
        columns = read_parquet(base.with_suffix(".parquet")).read_all()
        packed = [
            dict(zip(kinds, row, strict=True))
            for row in zip(*(columns[name].to_pylist() for name in kinds), strict=True)
        ]
        told = [
            {
                name: json.loads(value) if kinds[name] == "jsonb" and value is not None else plain(value)
                for name, value in row.items()
            }
            for row in packed
        ]
        assert told == objects, table.dataset.name
        cells = read_csv(base.with_suffix(".csv").read_bytes())
        assert [list(row) for row in cells] == [list(kinds)] * len(objects)
        for line, one in zip(cells, objects, strict=True):
            for name, kind in kinds.items():
                text = "" if one[name] is None else one[name]
                text = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
                found = line[name].removeprefix("'") if kind == "text" else line[name]
                same = json.loads(found or "null") == one[name] if kind in ("jsonb", "text[]") else found == text
                assert same, (table.dataset.name, name, found, text)
        assert table.rows == len(objects)
        rows += len(objects)
    return rows


async def test_a_dump_says_the_same_in_three_forms_and_can_be_checked(
    database: Database, owner_url: str, tmp_path: Path
) -> None:
    ctx = await city(database, owner_url)
    dumps = Dumps(tmp_path)
    dump = await make(ctx, dumps)
    folder = dumps.folder / dump.name
    assert same_in_all_forms(dump, folder) > 10
    made = {one.dataset.name: one for one in dump.tables}
    assert made.keys() == OPEN_TABLES.keys()
    assert {"powers", "power_versions", "power_periods", "results", "laws"} <= {
        n for n, one in made.items() if one.rows
    }
    assert "'=许可" in (folder / "powers.csv").read_text("utf-8"), "no spreadsheet runs what a name begins with"

    package = json.loads((folder / PACKAGE).read_bytes())
    assert len(package["resources"]) == 3 * len(OPEN_TABLES)
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert all(field["title"] and field["description"] for field in resource["schema"]["fields"])
    sums = dict(line.split("  ")[::-1] for line in (folder / SUMS).read_text().splitlines())
    assert sums.keys() == {one.name for one in folder.iterdir()} - {SUMS}
    assert dumps.newest() == dump

    assert not dumps.is_due(ctx.today)
    assert dumps.is_due(ctx.today + timedelta(days=1)), "a missed night is caught up"
    with _alone(dumps), pytest.raises(DumpRunning):
        await make(ctx, dumps)
    for day in range(1, KEPT + 2):
        await make(ctx.at(ctx.now + timedelta(days=day)), dumps)
    assert len(dumps.names()) == KEPT
    assert dump.name not in dumps.names()
    assert sorted(one.name for one in dumps.folder.iterdir() if one.name.startswith(".")) == [".lock"]


async def test_the_worker_may_read_whatever_it_dumps(owner_url: str, tmp_path: Path) -> None:
    worker = await Database.connect(owner_url.replace(f"://{OWNER}@", f"://{roles.WORKER}@", 1), pool_size=1)
    try:
        dump = await make(factories.context(worker), Dumps(tmp_path))
    finally:
        await worker.close()
    assert len(dump.tables) == len(OPEN_TABLES)


async def test_a_writer_that_cannot_write_ends_the_dump_and_leaves_nothing(
    database: Database, owner_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = await city(database, owner_url)
    dumps = Dumps(tmp_path)

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("resolvers.open_data_files.csv_rows", full)
    with pytest.raises(OSError, match="No space"):
        await asyncio.wait_for(make(ctx, dumps), 30)
    assert dumps.newest() is None
    assert [one.name for one in dumps.folder.iterdir()] == [".lock"]


async def followed(ctx: Context, copy: Copy, after: Position, most: int = 7) -> Position:
    """Bring a mirror up to date: ask until there is no more."""
    while True:
        page = await open_data.changes(ctx, after, most)
        for one in page.changes:
            if one.row is None:
                copy.pop((one.dataset, one.key), None)
            else:
                copy[one.dataset, one.key] = one.row
        assert page.position.revision >= after.revision
        after = page.position
        if not page.more:
            return after


def mirrored(dump: Dump, folder: Path) -> Copy:
    """Return what a mirror holds that begins with a dump."""
    copy: Copy = {}
    for table in dump.tables:
        if not table.dataset.of_the_day:
            lines = (folder / f"{table.dataset.name}.json").read_text("utf-8").splitlines()[1:-1]
            for line in lines:
                text = line.removesuffix(",")
                copy[table.dataset.name, str(json.loads(text)[table.dataset.key])] = text
    return copy


async def test_a_mirror_that_follows_has_what_a_new_dump_has(
    database: Database, owner_url: str, tmp_path: Path
) -> None:
    ctx = await city(database, owner_url)
    dumps = Dumps(tmp_path)
    first = await make(ctx, dumps)
    mirror, at = mirrored(first, dumps.folder / first.name), first.position
    from_nothing: Copy = {}
    assert await followed(ctx, from_nothing, open_data.position_of("")) == at
    assert from_nothing == mirror, "the feed alone gives everything"

    later = ctx.at(ctx.now + timedelta(days=1))
    owner = await asyncpg.connect(owner_url)
    await owner.execute("UPDATE body SET name = '改了名的局' WHERE code = 'B001'")
    await owner.execute("DELETE FROM post")
    gone = await owner.fetchval(
        "UPDATE published_result SET state = 'withdrawn', decision_number = '', party = '', item_code = '', item_name = '',"
        " result = '', content = '', basis = '', decided_on = NULL, valid_from = NULL, valid_until = NULL, search_key = ''"
        " WHERE id = (SELECT min(id) FROM published_result WHERE state = 'published') RETURNING id"
    )
    hidden = await scored(owner_url, "B001", "2026-Q2")
    assert gone
    at = await followed(later, mirror, at)
    assert ("assessment_scores", str(hidden)) not in mirror, "a score that is not published is nobody's yet"
    await owner.execute("UPDATE assessment SET published_at = now()")
    await followed(later, mirror, at)
    await owner.close()
    assert await take_back(later, dumps) == [first.name], "what was withdrawn is in no file any more"
    assert dumps.is_due(ctx.today)
    second = await make(later, dumps)
    assert await take_back(later, dumps) == []
    fresh = mirrored(second, dumps.folder / second.name)
    assert mirror == fresh
    assert json.loads(mirror["results", str(gone)])["content"] is None, "what was withdrawn is told nowhere again"
    assert ("assessment_scores", str(hidden)) in mirror
    assert second.position.revision > first.position.revision


async def test_a_position_of_another_past_is_refused(database: Database) -> None:
    ctx = factories.context(database)
    head = (await open_data.changes(ctx, open_data.position_of(""))).position
    with pytest.raises(PositionUnknown):
        await open_data.changes(ctx, Position(head.revision + 1))
    for wrong in ("-1", "1.0", "01", "x", "9" * 20, "1.2.3", "١"):
        with pytest.raises(PositionBroken):
            Position.parse(wrong)
        with pytest.raises(InvalidInput):
            open_data.position_of(wrong)
    for most in (0, open_data.MOST + 1):
        with pytest.raises(InvalidInput):
            await open_data.changes(ctx, head, most)
    assert Position.parse(str(Position(7, 3))) == Position(7, 3)


Seen = dict[str, int]
BY_NUMBER = "SELECT number, id, key FROM open_change WHERE (number, id) > ($1, $2) AND dataset = 'laws' ORDER BY 1, 2"


async def by_numbers(owner: asyncpg.Connection, seen: Seen, after: tuple[int, int]) -> tuple[int, int]:
    """Follow as one would without thinking: by the number that a change got when it was made."""
    for row in await owner.fetch(BY_NUMBER, *after):
        seen[row["key"]] = seen.get(row["key"], 0) + 1
        after = row["number"], row["id"]
    return after


async def test_no_order_of_commits_hides_a_row_from_whoever_follows(database: Database, owner_url: str) -> None:
    """Writers begin and commit in any order while a mirror reads; one that follows by numbers does miss rows."""
    ctx, chance = factories.context(database), random.Random(7)
    writers = [await asyncpg.connect(owner_url) for _ in range(6)]
    owner = await asyncpg.connect(owner_url)
    open_ones: dict[int, Any] = {}
    committed: set[str] = set()
    mirror: Copy = {}
    at, careless, after = await followed(ctx, mirror, open_data.position_of("")), Seen(), (0, 0)
    mine: Mapping[int, list[str]] = {n: [] for n in range(len(writers))}
    for step in range(180):
        n = chance.randrange(len(writers))
        if n not in open_ones:
            open_ones[n] = writers[n].transaction()
            await open_ones[n].start()
        kind = chance.random()
        if kind < 0.5:
            text = f"法 {step}"
            key = await writers[n].fetchval(
                "INSERT INTO law (title, title_key, kind) VALUES ($1, $1, 'law') RETURNING id", text
            )
            mine[n].append(str(key))
        elif kind < 0.8:
            await open_ones.pop(n).commit()
            committed.update(mine[n])
            mine[n].clear()
        elif kind < 0.9:
            await open_ones.pop(n).rollback()
            mine[n].clear()
        else:
            at = await followed(ctx, mirror, at, chance.choice((1, 2, 50)))
            after = await by_numbers(owner, careless, after)
            assert {key for dataset, key in mirror if dataset == "laws"} >= committed, "seen as soon as it is committed"
    for n, one in open_ones.items():
        await one.commit()
        committed.update(mine[n])
    at = await followed(ctx, mirror, at)
    await by_numbers(owner, careless, after)
    assert {key for dataset, key in mirror if dataset == "laws"} == committed
    assert not committed <= careless.keys(), (
        "the control: numbers are drawn before the commit, and hide what comes late"
    )
    for one in (*writers, owner):
        await one.close()


async def test_concurrent_commits_are_followed_while_they_happen(database: Database, owner_url: str) -> None:
    """The same with real concurrency: nobody waits for anybody but at the commit."""
    ctx = factories.context(database)
    mirror: Copy = {}
    at = await followed(ctx, mirror, open_data.position_of(""))
    done = asyncio.Event()

    async def write(writer: int) -> None:
        connection = await asyncpg.connect(owner_url)
        for n in range(12):
            async with connection.transaction():
                for part in "甲乙":
                    await connection.execute(
                        "INSERT INTO law (title, title_key, kind) VALUES ($1, $1, 'law')", f"{writer}-{n}-{part}"
                    )
                    await asyncio.sleep(0)
        await connection.close()

    async def follow() -> Position:
        place = at
        while not done.is_set():
            place = await followed(ctx, mirror, place, 5)
            await asyncio.sleep(0)
        return await followed(ctx, mirror, place)

    following = asyncio.create_task(follow())
    await asyncio.gather(*(write(writer) for writer in range(6)))
    done.set()
    await following
    titles = {json.loads(row)["title"] for (dataset, _), row in mirror.items() if dataset == "laws"}
    assert {f"{writer}-{n}-{part}" for writer in range(6) for n in range(12) for part in "甲乙"} <= titles
