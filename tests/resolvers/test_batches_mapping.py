"""An operator's own file teaches the import headers and words that nobody foresaw."""

from pathlib import Path

import pytest

from resolvers import batches
from resolvers.batches import Proposal, SourceFile
from resolvers.database import Database
from resolvers.errors import InvalidInput
from tests.resolvers.batch_lists import BASIS, CODE, city

LIST = f"办什么事,算哪种,谁来办,实施依据\n食品经营许可,甲类,云川市测试局,{BASIS}\n"
MAPPING = '[fields]\nname = ["办什么事"]\ncategory = ["算哪种"]\nbody_name = ["谁来办"]\n[values.category]\n"甲类" = "licence"\n'


@pytest.mark.clause("L8")
async def test_a_mapping_of_ones_own_makes_a_strange_list_readable(database: Database, tmp_path: Path) -> None:
    """Without the file the row cannot enter; with it, it is a new item."""
    ctx, _ = await city(database)
    source, mapping = tmp_path / "list.csv", tmp_path / "mapping.toml"
    source.write_text(LIST, "utf-8")
    mapping.write_text(MAPPING, "utf-8")
    outcomes = []
    for mappings in ((), (mapping,)):
        proposal = Proposal(CODE, ctx.today, mappings=mappings)
        number = await batches.propose(ctx, proposal, [SourceFile(source.name, source)])
        outcomes.append((await batches.batch(ctx, number)).counts.get("new", 0))
    assert outcomes == [0, 1]


async def test_a_wrong_mapping_is_refused_with_its_key(database: Database, tmp_path: Path) -> None:
    """The sentence names the table and the key that nobody knows."""
    ctx, _ = await city(database)
    source, mapping = tmp_path / "list.csv", tmp_path / "mapping.toml"
    source.write_text(LIST, "utf-8")
    mapping.write_text('[fields]\nnonsense = ["办什么事"]\n', "utf-8")
    with pytest.raises(InvalidInput, match="nonsense"):
        await batches.propose(ctx, Proposal(CODE, ctx.today, mappings=(mapping,)), [SourceFile("list.csv", source)])
    assert await database.reads.fetchval("SELECT count(*) FROM batch") == 0
