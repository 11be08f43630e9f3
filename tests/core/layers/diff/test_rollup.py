"""Changed paths as a tree, with what changed below each folder."""

from layertui.core.layers.diff.file_changes import changes
from layertui.core.layers.diff.rollup import ROOT, BytePair, FolderBytes, Rollup
from laying import lay


def between(one, other):
    return Rollup(changes(lay(one).view(), lay(other).view()))


def test_folders_lead_to_what_changed():
    tree = between(["a/b/x:5", "a/y", "k"], ["a/b/x:6", "a/b/n:3", "k"])
    assert [(tree.path(row), int(tree.depth[row]), int(tree.change[row])) for row in range(len(tree))] == [
        ("/a", 1, -1), ("/a/b", 2, -1), ("/a/b/n", 3, 0), ("/a/b/x", 3, 1), ("/a/y", 2, 2),
    ]  # fmt: skip
    assert [tree.name(row) for row in tree.children()] == ["a"]
    assert [tree.name(row) for row in tree.children(0)] == ["b", "y"]
    assert tree.weight(1) == BytePair(added=1, modified=1, removed=0, before=5, after=9)
    assert tree.weight(1).difference == 4
    assert tree.weight() == tree.weight(0) == BytePair(added=1, modified=1, removed=1, before=10, after=9)


def test_what_only_the_right_side_has_stands_in_its_place():
    tree = between(["a/x", "c"], ["a/w/q", "a/x", "b/n", "c"])
    assert [tree.path(row) for row in range(len(tree))] == ["/a", "/a/w", "/a/w/q", "/b", "/b/n"]
    assert [int(row) for row in tree.parent] == [-1, 0, 1, -1, 3]


def test_other_attributes_are_no_bytes():
    tree = between(["d/", "f:9"], ["x/", "d/", "f:9"])
    assert tree.weight() == BytePair(added=1, modified=1, removed=0, before=0, after=0)


def test_nothing():
    tree = between(["a"], ["a"])
    assert len(tree) == 0
    assert tree.weight(ROOT) == BytePair(0, 0, 0, 0, 0)
    assert tree.heaviest() == []


def test_the_heaviest_folders_are_all_bytes_together():
    tree = between(
        [f"usr/lib/{n}:100" for n in range(9)] + ["etc/motd:20", "usr/bin/sh:300"],
        [f"usr/lib/{n}:150" for n in range(9)] + ["etc/motd:21", "usr/bin/sh:310", "var/x:1"],
    )
    found = tree.heaviest()
    assert found == [
        FolderBytes("/usr/lib", 900, 1350),
        FolderBytes("/usr/bin", 300, 310),
        FolderBytes("/", 20, 22, rest=True),
    ]
    assert [bar.path for bar in tree.heaviest(1)] == ["/"]
