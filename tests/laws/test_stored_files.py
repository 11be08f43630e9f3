"""Visible and hidden copies of files are together all that layers store, for every range of every stack."""

import random
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given

from laws import naive
from laws.examples import examples
from laws.naive import Inode, Layer, Op, Tree
from laws.stacks import STACKS, as_table, thrown
from layertui.core.analysis.stored_files import StoredFiles, Why, stored_files
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer, Timeline
from layertui.core.layers.table.entry import Kind
from sampling import drawn

EACH = 8
SEEDS = [
    pytest.param(seed, marks=pytest.mark.slow if seed >= 2 else ()) for seed in drawn(range(30), 6, "stored files")
]


@dataclass(frozen=True)
class Copy:
    """What one layer stores of one file, by the naive oracle."""

    inode: Inode
    layer: int
    hidden_by: int
    last_names: frozenset[bytes]
    """Its names before it is hidden; or, if it is not, its names in the view."""


def copies(trees: list[Tree], low: int, high: int) -> list[Copy]:
    found = []
    for number in range(low, high + 1):
        before = {id(node.inode) for node in trees[number - 1].values()}
        inodes = {id(node.inode): node.inode for node in trees[number].values() if node.inode.kind is Kind.FILE}
        for identity, inode in inodes.items():
            if identity in before:
                continue
            names = [named(tree, inode) for tree in trees[number : high + 1]]
            gone = next((number + at for at, some in enumerate(names) if not some), 0)
            found.append(Copy(inode, number, gone, names[gone - number - 1] if gone else names[-1]))
    return found


def named(tree: Tree, inode: Inode) -> frozenset[bytes]:
    return frozenset(path for path, node in tree.items() if node.inode is inode)


def reason(path: bytes, layer: Layer, tree: Tree) -> Why:
    """Why a layer hides a path; `tree` is as of this layer."""
    if path in tree:
        return Why.OVERWRITTEN
    way = [*naive.parents(path), path]
    if any(member.op is Op.WHITEOUT and member.path in way for member in layer):
        return Why.REMOVED
    # A file in place of a folder above it, though this layer may have put a folder there again.
    if any(
        member.path in way and member.op in (Op.ENTRY, Op.HARDLINK) and member.kind is not Kind.DIR for member in layer
    ):
        return Why.REMOVED
    return Why.OPAQUE


def check(stack: Stack, layers: tuple[Layer, ...], trees: list[Tree], low: int, high: int) -> None:
    stored = stored_files(stack, low=low, high=high)
    expected = copies(trees, low, high)
    assert sorted(zip(stored.layer, stored.bytes, stored.hidden_by, strict=True)) == sorted(
        (copy.layer, len(copy.inode.content), copy.hidden_by) for copy in expected
    )
    in_range = stack.layers[low - 1 : high]
    assert stored.stored_bytes == sum(layer.table.size for layer in in_range)
    assert stored.by_layer(stored.layer)[low:].tolist() == [layer.table.size for layer in in_range]
    assert stored.by_layer(stored.hidden_by)[1:].sum() == stored.hidden_bytes
    if low == 1:
        assert stored.stored_bytes - stored.hidden_bytes == stack.view(high).total_size
    names = {(copy.layer, name): copy for copy in expected for name in copy.last_names}
    for at in range(len(stored)):
        check_names(stored, at, names, layers, trees)


def check_names(
    stored: StoredFiles, at: int, names: dict[tuple[int, bytes], Copy], layers: tuple[Layer, ...], trees: list[Tree]
) -> None:
    stack, layer, by = stored.stack, int(stored.layer[at]), int(stored.hidden_by[at])
    if not by:
        shown, own = (inner(stack, int(row)) for row in (stored.shown_as[at], stored.rows[at]))
        visible = names[layer, shown].last_names
        assert shown == (own if own in visible else min(visible, key=naive.tree_order))
        assert (stored.why[at], stored.replaced_by[at]) == (Why.SHOWN, -1)
        return
    assert stored.shown_as[at] == -1
    own = inner(stack, int(stored.rows[at]))
    last = names[layer, own].last_names if (layer, own) in names else linked_names(stored, at, names)
    assert stored.why[at] in {reason(name, layers[by - 1], trees[by]) for name in last}
    assert (stored.why[at] == Why.OVERWRITTEN) == (stored.replaced_by[at] >= 0)


def linked_names(stored: StoredFiles, at: int, names: dict[tuple[int, bytes], Copy]) -> frozenset[bytes]:
    """The last names of a copy whose first name went before them."""
    stack, layer = stored.stack, int(stored.layer[at])
    links = np.flatnonzero(stack.inode == stored.rows[at])
    return next(
        names[layer, path].last_names for path in (inner(stack, int(row)) for row in links) if (layer, path) in names
    )


def inner(stack: Timeline, row: int) -> bytes:
    return stack.key(int(stack.path_id[row])).replace(b"\0", b"/")


def check_all(layers: tuple[Layer, ...]) -> None:
    trees = naive.timeline(layers)
    stack = Stack.from_layers([StackLayer(as_table(members)) for members in layers])
    for high in range(1, len(layers) + 1):
        for low in range(1, high + 1):
            check(stack, layers, trees, low, high)


@pytest.mark.slow
@examples(100)
@given(STACKS)
def test_visible_and_hidden_are_all(layers: tuple[Layer, ...]) -> None:
    check_all(layers)


@pytest.mark.parametrize("seed", SEEDS)
def test_visible_and_hidden_are_all_on_random_stacks(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(EACH):
        check_all(thrown(dice, layers=4, members=9))
