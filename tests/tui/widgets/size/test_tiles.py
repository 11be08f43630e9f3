"""Which tiles there are: they show all bytes, fill the area, and each can be reached with the arrow keys."""

from collections import deque

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.by_folder.size_tree import SizeTree
from layertui.core.analysis.stored_files import stored_files
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.table_builder import TableBuilder
from layertui.tui.common.tile_layout import Rect
from layertui.tui.widgets.size.tiles import TileGrid, arranged

NAMES = st.sampled_from([b"a", b"b", b"lib", b"share", b"x" * 40])
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=5).map(b"/".join), min_size=1, max_size=25, unique=True)
AREAS = st.builds(Rect, st.just(0), st.just(0), st.integers(1, 70), st.integers(1, 20))


def tree_of(sizes):
    """A tree of files, by path; a path that another file is below is left out."""
    build = TableBuilder()
    folders = {path[:at] for path in sizes for at in range(len(path)) if path[at : at + 1] == b"/"}
    for path, size in sizes.items():
        if path not in folders:
            build.add(path, Kind.FILE, size=size, mode=0o644, uid=0, gid=0, mtime=0)
    stack = Stack.from_layers([StackLayer(build.build())])
    return SizeTree(stack, stored_files(stack))


@st.composite
def trees(draw):
    return tree_of({path: draw(st.integers(1, 10**9)) for path in draw(PATHS)})


def inner(tile):
    x, y, width, height = tile.area
    return Rect(x + 1, y + 1, width - 1, height - 1)


@given(trees(), AREAS)
def test_they_fill_the_area_and_what_is_in_an_open_folder_fills_it(tree, area):
    tiles = arranged(tree, 0, area)
    around = [(-1, area)] + [(number, inner(tile)) for number, tile in enumerate(tiles) if tile.is_open]
    for number, outer in around:
        depth = tiles[number].depth + 1 if number >= 0 else 0
        after = tiles[number + 1 :]
        end = next((at for at, tile in enumerate(after) if tile.depth < depth), len(after))
        inside = [tile.area for tile in after[:end] if tile.depth == depth]
        taken = np.zeros((area.height, area.width), np.int8)
        for x, y, width, height in inside:
            taken[y : y + height, x : x + width] += 1
        x, y, width, height = outer
        assert (taken[y : y + height, x : x + width] == 1).all()
        assert taken.sum() == outer.cells


@given(trees(), AREAS)
def test_the_tiles_in_a_folder_have_all_its_bytes(tree, area):
    tiles = arranged(tree, 0, area)
    assert sum(tile.size for tile in tiles if tile.depth == 0) == tree.sizes[0]
    for number, tile in enumerate(tiles):
        if not tile.is_open:
            continue
        after = tiles[number + 1 :]
        end = next((at for at, one in enumerate(after) if one.depth <= tile.depth), len(after))
        inside = [one for one in after[:end] if one.depth == tile.depth + 1]
        assert sum(one.size for one in inside) == tile.size
        assert sum(one.rest or 1 for one in inside) == len(tree.children(tile.node))


@given(trees(), AREAS)
def test_every_tile_is_reached_with_the_arrow_keys(tree, area):
    tiles = arranged(tree, 0, area)
    grid = TileGrid(tiles, area.width, area.height)
    reached, going = {0}, deque([0])
    while going:
        number = going.popleft()
        x, y, width, height = tiles[number].stop
        for at in {(x + dx, y + dy) for dx in (0, width // 2, width - 1) for dy in (0, height // 2, height - 1)}:
            for step in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                found = grid.beside(number, *at, *step)
                if found is not None and found not in reached:
                    reached.add(found)
                    going.append(found)
    assert reached == set(range(len(tiles)))


def test_what_is_too_small_is_together():
    tree = tree_of({b"large": 1_000_000, **{b"small-%04d" % number: 10 for number in range(5_000)}})
    tiles = arranged(tree, 0, Rect(0, 0, 80, 20))
    assert tiles[0].size == 1_000_000
    rest = tiles[-1]
    assert rest.rest == 5_000 - (len(tiles) - 2)
    assert rest.size == rest.rest * 10
    later = arranged(tree, 0, Rect(0, 0, 80, 20), skipped=rest.skipped)
    assert sum(tile.size for tile in later) == rest.size
    assert later[0].node not in [tile.node for tile in tiles[:-1]]


def test_of_many_equal_files_some_can_be_gone_into():
    tree = tree_of({b"%06d" % number: 7 for number in range(3_000)})
    tiles = arranged(tree, 0, Rect(0, 0, 80, 20))
    assert [tile.rest for tile in tiles[:-1]] == [0] * (len(tiles) - 1)
    assert len(tiles) > 2
    assert tiles[-1].rest == 3_000 - len(tiles) + 1


def test_a_folder_whose_files_cannot_be_read_is_not_open():
    tree = tree_of({b"docs/%03d" % number: 100 for number in range(300)} | {b"program": 30_000})
    names = {tile.node: tile.is_open for tile in arranged(tree, 0, Rect(0, 0, 80, 20))}
    assert list(names.values()) == [False, False]


def test_one_more_is_no_rest_of_one():
    tree = tree_of({b"a": 10**9, b"b": 10**9, **{b"%d" % number: 1 for number in range(5)}})
    assert [tile.rest for tile in arranged(tree, 0, Rect(0, 0, 80, 20))] == [0] * 7
