"""The timeline shows, for every n, what applying the first n layers one after another leaves."""

import random

import numpy as np
import pytest
from hypothesis import given

from laws import naive
from laws.examples import examples
from laws.naive import Layer, Member, Op, Tree, groups, timeline
from laws.stacks import STACKS, as_table, thrown
from layertui.core.layers.stack import row_merge
from layertui.core.layers.stack.layer_counts import counts
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.stack.view import View
from layertui.core.layers.table.entry import Change, Entry, Kind
from sampling import drawn

EACH = 30
"""So many stacks are thrown for each seed."""
SEEDS = [
    pytest.param(seed, marks=pytest.mark.slow if seed >= 6 else ()) for seed in drawn(range(60), 12, "thrown stacks")
]


def stack_of(layers: tuple[Layer, ...]) -> Stack:
    return Stack.from_layers([StackLayer(as_table(members)) for members in layers])


def inner(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")[1:]


def as_the_oracle_says(entry: Entry) -> tuple[object, ...]:
    link = (entry.link or "").encode("utf-8", "surrogateescape")
    return (
        entry.kind,
        entry.mode,
        entry.uid,
        entry.gid,
        entry.size,
        entry.mtime,
        link,
        entry.dev,
        entry.layer,
        tuple(entry.xattrs.items()),
    )


def expected(tree: Tree) -> dict[bytes, tuple[object, ...]]:
    return {
        path: (
            inode.kind,
            inode.mode,
            inode.uid,
            inode.gid,
            len(inode.content),
            inode.mtime,
            inode.link,
            inode.dev if inode.kind in (Kind.CHAR, Kind.BLOCK) else None,
            node.layer,
            inode.xattrs,
        )
        for path, node in tree.items()
        for inode in [node.inode]
    }


def check_view(view: View, tree: Tree) -> None:
    entries = list(view)
    paths = [inner(entry.path) for entry in entries]
    assert paths == sorted(tree, key=naive.tree_order)
    assert dict(zip(paths, map(as_the_oracle_says, entries), strict=True)) == expected(tree)
    assert named_together(entries) == groups(tree)
    assert view.total_size == naive.size(tree)
    assert sum(int(view.total[at]) for at in view.children()) == view.total_size
    for at, path in enumerate(paths):
        end = int(view.end[at])
        assert paths[at + 1 : end] == [other for other in paths if naive.is_below(other, path)]
        assert view.find(entries[at].path) == at


def named_together(entries: list[Entry]) -> set[frozenset[bytes]]:
    """The groups of names that `hardlink_to` makes; each leads to a name in the view that leads nowhere."""
    plain = {entry.path for entry in entries if entry.hardlink_to is None}
    found: dict[str, set[bytes]] = {}
    for entry in entries:
        if entry.hardlink_to is not None:
            assert entry.hardlink_to in plain
            found.setdefault(entry.hardlink_to, {inner(entry.hardlink_to)}).add(inner(entry.path))
    return {frozenset(names) for names in found.values()}


def check(layers: tuple[Layer, ...]) -> None:
    stack = stack_of(layers)
    trees = timeline(layers)
    told = counts(stack)
    for number, members in enumerate(layers, 1):
        before, after = trees[number - 1], trees[number]
        check_view(stack.view(number), after)
        said = told[number - 1]
        assert (said.entries, said.added, said.modified, said.removed) == naive.counts(before, after, members, number)
        rows = {inner(entry.path): entry.change for entry in stack.alone(number)}
        assert rows == naive.alone(before, after, members, number)
        check_span(stack, 1, number, trees)


def check_span(stack: Stack, low: int, high: int, trees: list[Tree]) -> None:
    before, after = trees[low - 1], trees[high]
    rows = {inner(entry.path): entry.change for entry in stack.span(low, high)}
    removed = {path for path in before if path not in after}
    assert {path for path, change in rows.items() if change is Change.REMOVED} == removed
    brought = {path: naive.change_of(before, path, node) for path, node in after.items() if node.layer >= low}
    changed = {path: change for path, change in brought.items() if change is not Change.UNCHANGED}
    assert {path: change for path, change in rows.items() if change in (Change.ADDED, Change.MODIFIED)} == changed


@pytest.mark.slow
@examples(600)
@given(STACKS)
def test_timeline_is_applying_layers_in_order(layers: tuple[Layer, ...]) -> None:
    check(layers)


@pytest.mark.parametrize("seed", SEEDS)
def test_timeline_on_thrown_stacks(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(EACH):
        check(thrown(dice, layers=4, members=9))


@pytest.mark.slow
def test_a_view_upon_a_view() -> None:
    dice = random.Random(1)
    for _ in range(100):
        layers = thrown(dice, layers=4)
        stack = stack_of(layers[:-1]).with_layer(StackLayer(as_table(layers[-1])))
        check_view(stack.view(), timeline(layers)[-1])
        for low in range(1, len(layers) + 1):
            check_span(stack, low, len(layers), timeline(layers))


def folder(path: bytes, mode: int = 0o755, uid: int = 0) -> Member:
    return Member(path, kind=Kind.DIR, mode=mode, uid=uid)


STORIES: dict[str, tuple[Layer, ...]] = {
    "a whiteout hides only lower layers": (
        (Member(b"a", content=b"1"),),
        (Member(b"a", content=b"22"), Member(b"a", Op.WHITEOUT)),
    ),
    "opaque counts first wherever it stands": (
        (folder(b"a"), Member(b"a/x"), Member(b"a/sub/y")),
        (folder(b"a"), Member(b"a/n"), Member(b"a", Op.OPAQUE)),
    ),
    "an opaque root": ((Member(b"a/x"), Member(b"b")), (Member(b"c"), Member(b"", Op.OPAQUE))),
    "an implied parent keeps what it is below": (
        (folder(b"a", 0o700, 7),),
        (Member(b"a/x"),),
    ),
    "an implied parent over a file": ((Member(b"a"),), (Member(b"a/x"),)),
    "a file, then something in it": ((folder(b"a"), Member(b"a/old")), (Member(b"a"), Member(b"a/x"))),
    "something in a folder, then a file in its place": ((Member(b"a/x"), Member(b"a")),),
    "the same name twice": ((Member(b"a", content=b"1"), Member(b"a", content=b"22")),),
    "the name of a linked file given anew": (
        (Member(b"a", content=b"1"), Member(b"b", Op.HARDLINK, link=b"a"), Member(b"a", content=b"22")),
    ),
    "the first name hidden above": (
        (Member(b"a", content=b"1"), Member(b"b", Op.HARDLINK, link=b"a"), Member(b"c", Op.HARDLINK, link=b"a")),
        (Member(b"a", Op.WHITEOUT),),
    ),
    "a link to a lower layer, and one to that": (
        (Member(b"a", content=b"1"),),
        (Member(b"b", Op.HARDLINK, link=b"a"), Member(b"a-b", Op.HARDLINK, link=b"b")),
        (Member(b"a", Op.WHITEOUT), Member(b"c", Op.HARDLINK, link=b"b")),
    ),
    "a marker in a folder that nobody makes": ((Member(b"b"),), (Member(b"a/x", Op.WHITEOUT), Member(b"c", Op.OPAQUE))),
    "a folder removed and made again": (
        (folder(b"a"), Member(b"a/x")),
        (folder(b"a"), Member(b"a", Op.WHITEOUT)),
    ),
    "names around the slash": ((Member(b"a-b"), Member(b"a/b"), Member(b"a.b"), Member(b"a0"), Member(b"a/b-c")),),
}


@pytest.mark.parametrize("story", STORIES)
def test_story(story: str) -> None:
    check(STORIES[story])


@given(STACKS)
def test_rows_are_in_the_same_order_whichever_table_the_others_are_laid_around(stack):
    tables = [as_table(layer) for layer in stack]
    starts = np.cumsum([0, *map(len, tables)])
    rows, first, _ = row_merge._sorted(tables, starts, range(len(tables)))
    for large in range(len(tables)):
        around = row_merge._around(tables, large, starts)
        assert [column.tolist() for column in around] == [rows.tolist(), first.tolist()]
