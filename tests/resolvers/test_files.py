"""The file store: whole or not at all, once for equal bytes, ranges, what is in nobody's use, memory that stays flat."""

import hashlib
import io
import tracemalloc
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from deploy import roles
from domain.values import canonical_json
from resolvers import files
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.errors import NotFound, Unavailable
from resolvers.file_store import FileStore, FileTooLarge
from tests import factories

pytestmark = pytest.mark.clause("R6", "003-31(3)")
DAY = 24


@pytest.fixture
def ctx(database: Database, tmp_path: Path) -> Context:
    return factories.context(database, files=FileStore.in_folder(tmp_path / "files"))


async def bytes_of(ctx: Context, digest: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in await files.read(ctx, digest, start, end)])


def contents(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.rglob("*") if one.is_file())


async def test_a_content_is_found_under_its_digest_and_kept_once(ctx: Context, tmp_path: Path) -> None:
    content = "营业执照".encode() * 300_000
    first, again = await files.keep(ctx, content), await files.keep(ctx, io.BytesIO(content))
    assert first == again
    assert first.digest == hashlib.sha256(content).hexdigest()
    assert contents(tmp_path / "files") == [first.digest]
    assert (tmp_path / "files").stat().st_mode & 0o077 == 0
    assert await bytes_of(ctx, first.digest) == content
    for start, end in ((0, 1), (5, 1 << 20), ((1 << 20) - 1, (1 << 20) + 1), (len(content) - 3, None), (7, 10**12)):
        assert await bytes_of(ctx, first.digest, start, end) == content[start:end]


async def test_what_is_not_there_is_not_found_and_a_store_that_is_away_says_so(ctx: Context) -> None:
    with pytest.raises(NotFound):
        await files.read(ctx, "0" * 64)
    nowhere = factories.context(ctx.db, files=FileStore.nowhere())
    with pytest.raises(Unavailable):
        await files.keep(nowhere, b"text")
    with pytest.raises(Unavailable):
        await files.read(nowhere, "0" * 64)


async def test_more_than_may_be_is_refused_before_anything_is_kept(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge, match=r"1\.5 MB"):
        await files.keep(ctx, io.BytesIO(b"x" * 1_500_001), most=1_500_000)
    assert contents(tmp_path / "files") == []
    assert await ctx.db.reads.fetchval("SELECT count(*) FROM stored_file") == 0


class Breaks(io.BytesIO):
    """A file whose disk fails late in the second reading: it was measured, and is now being copied."""

    seen = 0

    def read(self, size: int | None = -1, /) -> bytes:
        if self.seen > 9_500_000 + 7_000_000:
            raise OSError("the disk is gone")
        piece = super().read(size)
        self.seen += len(piece)
        return piece


async def test_a_half_copied_content_is_not_there(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await files.keep(ctx, Breaks(b"x" * 9_500_000))
    digest = hashlib.sha256(b"x" * 9_500_000).hexdigest()
    with pytest.raises(NotFound):
        await files.read(ctx, digest)
    assert digest not in contents(tmp_path / "files")
    assert (await files.keep(ctx, b"x" * 9_500_000)).digest == digest
    assert len(await bytes_of(ctx, digest)) == 9_500_000


async def test_only_what_nothing_refers_to_is_removed_and_only_when_it_is_old(ctx: Context, owner_url: str) -> None:
    """Any table may refer; the sweep knows of none."""
    held, loose = await files.keep(ctx, b"held"), await files.keep(ctx, b"loose")
    owner = await asyncpg.connect(owner_url)
    await owner.execute("CREATE TABLE refers (digest text REFERENCES stored_file (digest))")
    await owner.execute(f"GRANT SELECT ON refers TO {roles.OPERATOR}")
    await owner.execute("INSERT INTO refers VALUES ($1)", held.digest)
    await owner.close()
    assert await files.sweep(ctx, DAY) == 0
    later = ctx.at(ctx.now + timedelta(hours=DAY + 1))
    young = await files.keep(later, b"young")
    assert await files.sweep(later, DAY) == 1
    with pytest.raises(NotFound):
        await files.read(ctx, loose.digest)
    assert await bytes_of(ctx, held.digest) == b"held"
    assert await bytes_of(ctx, young.digest) == b"young"


async def test_kept_again_it_is_young_again(ctx: Context) -> None:
    measured = await files.keep(ctx, b"again")
    later = ctx.at(ctx.now + timedelta(hours=DAY + 1))
    await files.keep(later, b"again")
    assert await files.sweep(later, DAY) == 0
    assert await bytes_of(ctx, measured.digest) == b"again"


async def test_a_crash_after_the_row_leaves_nothing_that_stays(ctx: Context, tmp_path: Path) -> None:
    """The row is there before the content: whatever is in the store, a row knows of it, and the sweep finds it."""
    async with unit_of_work(ctx, unrecorded="a test") as uow:
        await (await uow.raw()).execute(files.KEEP, "c" * 64, 3, ctx.now)
    orphan = await files.keep(ctx, canonical_json({"never": "referred to"}))
    assert contents(tmp_path / "files") == [orphan.digest]
    later = ctx.at(ctx.now + timedelta(hours=DAY + 1))
    assert await files.sweep(later, DAY) == 2
    assert contents(tmp_path / "files") == []
    assert await ctx.db.reads.fetchval("SELECT count(*) FROM stored_file") == 0


async def test_a_hundred_megabytes_pass_through_a_few(ctx: Context, tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        for number in range(100):
            file.write(number.to_bytes(1, "big") * 1_000_000)
    tracemalloc.start()
    try:
        with large.open("rb") as file:
            measured = await files.keep(ctx, file)
        read = hashlib.sha256()
        async for piece in await files.read(ctx, measured.digest):
            read.update(piece)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
    assert (read.hexdigest(), measured.size) == (measured.digest, 100_000_000)
