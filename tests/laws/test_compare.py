"""Two views held against each other: what differs is what the naive trees differ in, and it turns the one into the other."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laws.naive import Inode, Layer, Tree, timeline, tree_order
from laws.stacks import STACKS, as_table, as_tar
from layertui.core.layers.diff.file_changes import FIELDS, Changes, changes
from layertui.core.layers.diff.same_contents import same_contents
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.progress import quiet

PAIRS = st.tuples(STACKS, STACKS, st.integers(0, 4))
"""Two stacks, and how many layers they share."""


def laid(layers: tuple[Layer, ...], known: dict[Layer, StackLayer]) -> Stack:
    """A stack of real tars; layers that were merged before are the same ones."""
    return Stack.from_layers(
        [known.get(members) or known.setdefault(members, _from_tar(members)) for members in layers]
    )


def _from_tar(members: Layer) -> StackLayer:
    tar = as_tar(members)
    table = read_table(io.BytesIO(tar))
    return StackLayer(table, TarballContent(table, lambda: io.BytesIO(tar)))


def compared(a: tuple[Layer, ...], b: tuple[Layer, ...]) -> Changes:
    """The changes between two stacks, contents read."""
    known: dict[Layer, StackLayer] = {}
    one, other = laid(a, known), laid(b, known)

    def same(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return same_contents(one, left, other, right, quiet())

    return changes(one.view(), other.view(), same_contents=same)


def facts(inode: Inode) -> dict[str, object]:
    """What can differ of a path, by the names of the fields."""
    return {
        "type": inode.kind,
        "mode": inode.mode,
        "uid": inode.uid,
        "gid": inode.gid,
        "size": len(inode.content) if inode.kind is Kind.FILE else 0,
        "mtime": inode.mtime,
        "link": inode.link if inode.kind is Kind.SYMLINK else None,
        "dev": inode.dev if inode.kind in (Kind.CHAR, Kind.BLOCK) else None,
        "xattrs": inode.xattrs,
    }


def naive(a: Tree, b: Tree) -> dict[str, tuple[str, tuple[str, ...]]]:
    """By path, what happened to it and in which fields."""
    found = {}
    for path in sorted(a.keys() | b.keys(), key=tree_order):
        text = "/" + path.decode(errors="surrogateescape")
        if path not in b:
            found[text] = ("removed", ())
        elif path not in a:
            found[text] = ("added", ())
        else:
            one, other = a[path].inode, b[path].inode
            fields = [name for name, value in facts(one).items() if value != facts(other)[name]]
            fields += ["content"] * (one.kind is other.kind is Kind.FILE and one.content != other.content)
            if fields:
                found[text] = ("modified", tuple(fields))
    return found


@given(PAIRS)
def test_the_changes_are_those_of_the_naive_trees(pair):
    a, other, stands_on = pair
    b = a[:stands_on] + other
    found = {change.path: (change.kind, change.fields) for change in compared(a, b)}
    expected = naive(timeline(a)[-1], timeline(b)[-1])
    assert found == expected
    assert list(found) == list(expected)  # in tree order too


@pytest.mark.slow
@given(PAIRS)
def test_the_mirror_of_the_changes(pair):
    a, b, _ = pair
    there, back = compared(a, b), compared(b, a)
    turned = {"added": "removed", "removed": "added", "modified": "modified"}
    assert [(change.path, turned[change.kind], change.fields) for change in there] == [
        (change.path, change.kind, change.fields) for change in back
    ]


@given(STACKS)
def test_nothing_differs_from_itself(a):
    assert not compared(a, a)
    # The same layers read once more are other tables, and still nothing differs.
    one, other = (Stack.from_layers([StackLayer(as_table(members)) for members in a]) for _ in range(2))
    assert not changes(one.view(), other.view())


@given(PAIRS)
def test_the_changes_turn_the_one_view_into_the_other(pair):
    a, other, stands_on = pair
    b = a[:stands_on] + other
    found = compared(a, b)
    one, two = found.lineup.a, found.lineup.b
    tree = {entry.path: entry for entry in one}
    for change in found:
        if change.b is None:
            del tree[change.path]
        else:
            tree[change.path] = change.b
    assert {path: seen(entry) for path, entry in tree.items()} == {entry.path: seen(entry) for entry in two}


def seen(entry):
    return [getattr(entry, name) for name in ("kind", "mode", "uid", "gid", "size", "mtime", "link", "dev", "xattrs")]


@given(STACKS, st.data())
def test_two_moments_of_one_stack(a, drawn):
    known: dict[Layer, StackLayer] = {}
    stack = laid(a, known)
    low, high = (drawn.draw(st.integers(0, len(a))) for _ in range(2))
    found = changes(
        stack.view(low),
        stack.view(high),
        same_contents=lambda left, right: same_contents(stack, left, stack, right, quiet()),
    )
    told = {change.path: (change.kind, change.fields) for change in found}
    trees = timeline(a)
    assert told == naive(trees[low], trees[high])


def test_every_field_has_its_bit():
    assert len(FIELDS) == len(set(FIELDS)) < 16
