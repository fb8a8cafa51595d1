"""Kept exports: made once under one revision, whole or not there, bounded, and in nobody's way."""

import asyncio
import errno
import hashlib
import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from resolvers import exports
from resolvers.context import Context
from resolvers.database import Database
from resolvers.exports import FORMATS, ExportFormat
from resolvers.exports_kept import FOLDER, PART, PART_SECONDS, Copy, KeptExports, Wanted
from resolvers.power_views import NOW, AsOf, PowerFilter
from tests import factories

pytestmark = pytest.mark.clause("H7")
ALL = PowerFilter()


async def gathered(stream: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in stream])


async def filled(database: Database, items: int = 3) -> Context:
    ctx = factories.context(database)
    city = await factories.government(ctx)
    await factories.body(ctx, city)
    await factories.confirmed(ctx, city, [factories.change(city, factories.power()) for _ in range(items)])
    return ctx


async def wanted(ctx: Context, form: ExportFormat = "jsonl", where: PowerFilter = ALL, at: AsOf = NOW) -> Wanted:
    return Wanted.of(ctx, where, at, form, await ctx.db.publicity.revision())


async def made(files: KeptExports, ctx: Context, form: ExportFormat = "jsonl", where: PowerFilter = ALL) -> bytes:
    return await gathered(files.make(ctx, where, NOW, form, await wanted(ctx, form, where)))


async def has(files: KeptExports, asked: Wanted) -> bool:
    found = await files.find(asked)
    if found is not None:
        found.file.close()
    return found is not None


def names(files: KeptExports) -> list[str]:
    return sorted(path.name for path in files.folder.iterdir()) if files.folder.is_dir() else []


@pytest.mark.parametrize("form", FORMATS)
async def test_what_is_found_is_what_was_made_and_its_hash_is_known(
    database: Database, tmp_path: Path, form: ExportFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx, files = await filled(database), KeptExports(tmp_path)
    asked = await wanted(ctx, form)
    assert await files.find(asked) is None
    body = await made(files, ctx, form)
    assert body == await gathered(exports.stream(ctx, form=form))
    monkeypatch.setattr("resolvers.exports_kept.stream", None)  # nothing is made any more
    for one in (files, KeptExports(tmp_path)):
        found = await one.find(asked)
        assert found is not None
        assert (found.size, found.sha256) == (len(body), hashlib.sha256(body).hexdigest())
        assert await gathered(found.pieces()) == body
        assert found.file.closed
        assert await one.sha256(ctx, ALL, NOW, form, asked) == found.sha256


async def test_a_hash_alone_makes_the_file_once(database: Database, tmp_path: Path) -> None:
    ctx, files = await filled(database), KeptExports(tmp_path)
    asked = await wanted(ctx)
    digest = await files.sha256(ctx, ALL, NOW, "jsonl", asked)
    found = await files.find(asked)
    assert found is not None
    assert hashlib.sha256(await gathered(found.pieces())).hexdigest() == digest


async def test_a_change_makes_a_new_file_and_the_old_one_goes(database: Database, tmp_path: Path) -> None:
    ctx, files = await filled(database), KeptExports(tmp_path)
    old = await wanted(ctx)
    body = await made(files, ctx)
    reading = await files.find(old)
    city = await factories.government(ctx, division_code="990200", name="另一市")
    assert await files.find(await wanted(ctx)) is None
    await factories.confirmed(
        ctx.at(ctx.now + timedelta(1)), city, [factories.change(city, factories.power(code="990200001XK00100"))]
    )
    newer = await made(files, ctx.at(ctx.now + timedelta(2)))
    assert len(newer.splitlines()) == len(body.splitlines()) + 1
    assert len(names(files)) == 1
    assert reading is not None
    assert await gathered(reading.pieces()) == body, "what is open stays readable"


async def test_another_day_filter_form_profile_or_database_is_another_file(database: Database) -> None:
    ctx = await filled(database, 1)
    day = ctx.today
    other = replace(ctx, profile=factories.profile("demo-city"))
    prefixes = {
        one.prefix + one.form
        for one in (
            await wanted(ctx),
            await wanted(ctx, "csv"),
            await wanted(ctx, where=PowerFilter(category=("licence",))),
            await wanted(ctx, at=AsOf(day - timedelta(1))),
            await wanted(ctx, at=AsOf(None, ctx.now)),
            await wanted(other),
            await wanted(replace(ctx, db=replace(database, url="postgresql://elsewhere"))),
        )
    }
    assert len(prefixes) == 7
    assert await wanted(ctx) == await wanted(ctx, at=AsOf(day)), "without a day it is today's"


async def test_who_stops_reading_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    ctx, files = await filled(database), KeptExports(tmp_path)
    asked = await wanted(ctx, "csv")
    pieces = files.make(ctx, ALL, NOW, "csv", asked)
    assert await anext(pieces)
    assert len(names(files)) == 1
    await pieces.aclose()
    assert names(files) == []
    assert await made(files, ctx, "csv")
    assert await has(files, asked), "the next one is kept again"


async def test_two_who_ask_at_once_both_get_all_and_one_file_is_written(database: Database, tmp_path: Path) -> None:
    ctx, files = await filled(database, 20), KeptExports(tmp_path)
    first, second = await asyncio.gather(made(files, ctx, "csv"), made(files, ctx, "csv"))
    assert first == second
    assert len(names(files)) == 1


async def test_a_full_disk_keeps_nobody_from_reading(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        name = str(tmp_path / "full")

        def write(self, _piece: bytes) -> int:
            raise OSError(errno.ENOSPC, "no space left on device")

        def close(self) -> None:
            raise OSError(errno.ENOSPC, "no space left on device")

    ctx, files = await filled(database), KeptExports(tmp_path)
    full: Any = Full()
    monkeypatch.setattr(files, "_begin", lambda: Copy(full))
    assert await made(files, ctx) == await gathered(exports.stream(ctx))
    assert await files.find(await wanted(ctx)) is None


async def test_nothing_is_kept_without_a_state_folder_nor_what_is_too_large(database: Database, tmp_path: Path) -> None:
    ctx = await filled(database)
    for files in (KeptExports(tmp_path / "none"), KeptExports(tmp_path, most_bytes=100)):
        assert len((await made(files, ctx)).splitlines()) == 3
        assert names(files) == []
    assert not (tmp_path / "none").exists()


async def test_files_and_bytes_are_bounded_and_forgotten_parts_go(database: Database, tmp_path: Path) -> None:
    ctx, files = await filled(database), KeptExports(tmp_path, most_files=3)
    (tmp_path / FOLDER).mkdir()
    for name, age in (("1-1", PART_SECONDS + 10), ("2-2", 10)):
        part = tmp_path / FOLDER / f"{name}{PART}"
        part.write_bytes(b"x")
        os.utime(part, (time.time() - age, time.time() - age))
    for number in range(6):
        await made(files, ctx, where=PowerFilter(body=f"B{number}", level=("prefecture",)))
        await made(files, ctx, where=PowerFilter(category=("licence",)))
    kept = names(files)
    assert [name for name in kept if name.endswith(PART)] == [f"2-2{PART}"]
    assert len(kept) <= 4
    assert await has(files, await wanted(ctx, where=PowerFilter(category=("licence",))))
