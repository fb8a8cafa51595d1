"""The tree of RFC 9162: known vectors, another implementation as oracle, and what must not verify."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from domain.proof.merkle import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    consistency_ranges,
    filled,
    inclusion_ranges,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from domain.proof.tiles import (
    ENTRIES,
    HEIGHT,
    Tile,
    TileBroken,
    TileReader,
    bundle,
    split_tile,
    tile_of,
    tiles_between,
    tiles_of,
    unbundle,
)
from tests.proofs import SmallLog

pytestmark = pytest.mark.clause("R9", "S1")

INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""The vectors of the Certificate Transparency reference code: the roots over the first one to eight inputs."""


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(n).encode()) for n in range(count)]


def test_the_known_roots() -> None:
    hashes = [leaf_hash(bytes.fromhex(one)) for one in INPUTS]
    assert [Tree(hashes[:n]).root().hex() for n in range(1, 9)] == list(ROOTS)
    assert Tree().root() == Frontier().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@given(st.integers(1, 200), st.data())
@settings(max_examples=60, deadline=None)
def test_another_implementation_gives_the_same_roots_and_paths(size: int, data: st.DataObject) -> None:
    oracle = InmemoryTree(algorithm="sha256")
    for n in range(size):
        oracle.append_entry(str(n).encode())
    tree = Tree(leaves(size))
    assert tree.root() == oracle.get_root(size)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    # The oracle's proof starts with the leaf itself, and counts leaves from one.
    assert [leaves(size)[index], *tree.inclusion(index)] == oracle.prove_inclusion(index + 1, size).path
    assert tree.root(old) == oracle.get_root(old)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
@settings(deadline=None)
def test_a_frontier_grows_to_the_same_root(a: int, b: int, c: int) -> None:
    all_leaves = leaves(a + b + c)
    grown = Frontier().grown(all_leaves[:a]).grown(all_leaves[a : a + b]).grown(all_leaves[a + b :])
    assert grown == Frontier().grown(all_leaves)
    assert grown.root() == Tree(all_leaves).root()
    with pytest.raises(ValueError, match="complete subtrees"):
        Frontier(grown.size, (*grown.nodes, bytes(32)))


def test_every_proof_of_every_small_tree_verifies_and_no_other_does() -> None:
    tree = Tree(leaves(40))
    for size in range(1, 41):
        root = tree.root(size)
        for index in range(size):
            path, leaf = tree.inclusion(index, size), leaves(40)[index]
            assert verify_inclusion(leaf, index, size, path, root)
            assert not verify_inclusion(leaf, index, size, [*path, bytes(32)], root)
            assert not path or not verify_inclusion(leaf, index, size, path[:-1], root)
            assert not any(verify_inclusion(leaf, n, size, path, root) for n in range(-1, size + 1) if n != index)
        for old in range(size + 1):
            path = tree.consistency(old, size)
            assert verify_consistency(old, tree.root(old), size, root, path)
            assert not verify_consistency(old, tree.root(old), size, root, [*path, bytes(32)])
            assert not verify_consistency(old, bytes(32), size, root, path)
            assert old == 0 or not verify_consistency(old, tree.root(old), size, bytes(32), path)
            assert old + 1 > size or not verify_consistency(old + 1, tree.root(old), size, root, path)


@given(st.integers(2, 200), st.data())
@settings(deadline=None)
def test_a_tree_that_changed_the_past_is_not_consistent(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size - 1))
    honest, changed = Tree(leaves(size)), leaves(size)
    changed[data.draw(st.integers(0, old - 1))] = leaf_hash(b"changed")
    forged = Tree(changed)
    for path in (honest.consistency(old), forged.consistency(old)):
        assert not verify_consistency(old, honest.root(old), size, forged.root(), path)


def test_ranges_outside_the_tree_are_refused() -> None:
    for wrong in (-1, 5):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_ranges(wrong, 5)
    with pytest.raises(ValueError, match="does not extend"):
        consistency_ranges(6, 5)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600, 66_000])
def test_proofs_come_out_of_tiles(size: int) -> None:
    tree = Tree(leaves(size))

    def fetch(tile: Tile) -> bytes:
        first = tile.index * 256
        return b"".join(tree.read(HEIGHT * tile.level, n) for n in range(first, first + tile.width))

    read = TileReader(fetch, size).read
    for index in {0, size // 2, size - 1}:
        assert filled(read, inclusion_ranges(index, size)) == tree.inclusion(index)
    for old in {1, size // 3, size}:
        assert filled(read, consistency_ranges(old, size)) == tree.consistency(old)
    with pytest.raises(TileBroken):
        TileReader(lambda tile: fetch(tile)[:-1], size).read(0, 0)


def test_the_files_of_the_specification() -> None:
    # C2SP tlog-tiles, "Partial Tiles": a tree of 70,000.
    tiles = [tile for tile in tiles_of(70_000) if tile.level != ENTRIES]
    widths = [(tile.level, tile.width) for tile in tiles]
    assert widths.count((0, 256)) == 273
    assert [one for one in widths if one != (0, 256)] == [(0, 112), (1, 256), (1, 17), (2, 1)]
    assert list(tiles_of(256)) == [Tile(ENTRIES, 0), Tile(0, 0), Tile(1, 0, 1)]
    assert Tile(0, 1_234_067).path == "tile/0/x001/x234/067"
    assert Tile(ENTRIES, 0, 7).path == "tile/entries/000.p/7"


@given(st.integers(-1, 63), st.integers(0, 10**9), st.integers(1, 256))
def test_a_tile_has_one_name(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert tile_of(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    ["", "tile", "tile/0", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/0/0", "tile/0/x000/000", "tile/0/000.p/0",
     "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/../../secret", "tile/entries/000.p/", "tile/0/١٢٣", "tile/0/000/"],
)  # fmt: skip
def test_other_names_name_no_tile(path: str) -> None:
    assert tile_of(path) is None


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_growing_needs_just_the_files_at_the_edge(old: int, more: int) -> None:
    new = old + more
    between = set(tiles_between(old, new))
    assert set(tiles_of(new)) <= set(tiles_of(old)) | between
    assert between <= set(tiles_of(new))


def test_bundles_hold_what_was_put_in() -> None:
    entries = SmallLog(3).entries
    tile = Tile(ENTRIES, 0, 3)
    assert unbundle(tile, bundle(entries)) == entries
    for broken in (bundle(entries)[:-1], bundle(entries[:2]), bundle([*entries, b""]), b"\0"):
        with pytest.raises(TileBroken):
            unbundle(tile, broken)
    with pytest.raises(TileBroken):
        bundle([bytes(65_536)])
    with pytest.raises(TileBroken):
        split_tile(Tile(0, 0, 2), bytes(32))
