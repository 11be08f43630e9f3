"""What differs between two views, and what each layer did, in numbers."""

import numpy as np

from layertui.core.layers.diff.file_changes import BUT_CONTENT, ChangeFilter, changes
from layertui.core.layers.stack.layer_counts import LayerCounts, counts
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from laying import lay, table


def changes_of(a, b, **options):
    return [(change.kind, change.path, change.fields) for change in changes(a, b, **options)]


def test_a_view_does_not_differ_from_itself():
    stack = lay(["a", "d/x", "l->a", "h=>a"])
    assert changes_of(stack.view(), stack.view()) == []
    assert changes_of(stack.view(), lay(["a", "d/x", "l->a", "h=>a"]).view()) == []


def test_an_image_may_have_no_layers_at_all():
    assert changes_of(lay().view(), lay(["a"]).view()) == [("added", "/a", ())]
    assert changes_of(lay(["a"]).view(), lay().view()) == [("removed", "/a", ())]
    assert changes_of(lay().view(), lay().view()) == []


def test_every_path_below_a_removed_folder_is_reported():
    stack = lay(["d/x", "d/s/y", "k"], ["-d", "n"])
    assert changes_of(stack.view(1), stack.view(2)) == [
        ("removed", "/d", ()),
        ("removed", "/d/s", ()),
        ("removed", "/d/s/y", ()),
        ("removed", "/d/x", ()),
        ("added", "/n", ()),
    ]


def test_fields_say_what_differs():
    one, other = lay(["f:5", "t", "l->a"]).view(), lay(["f:6", "t/", "l->b"]).view()
    assert changes_of(one, other) == [
        ("modified", "/f", ("size", "content")),
        ("modified", "/l", ("link",)),
        ("modified", "/t", ("type", "mode", "size", "mtime")),
    ]


def test_content_of_equal_size_is_compared_where_asked():
    one, other = lay(["f:5", "g:5", "e:0"]).view(), lay(["f:5", "g:5", "e:0"]).view()
    assert changes_of(one, other) == []

    def same(left, right):
        paths = [one.stack.entry(row).path for row in left.tolist()]
        assert paths == [other.stack.entry(row).path for row in right.tolist()]
        assert paths == ["/f", "/g"]
        return np.array([path == "/g" for path in paths])

    assert changes_of(one, other, same_contents=same) == [("modified", "/f", ("content",))]


def never(left, right):
    raise AssertionError


def test_the_same_stored_file_is_never_compared():
    base = table("f", "g", "h=>f")
    one = Stack.from_layers([StackLayer(base)])
    assert changes_of(
        one.view(), Stack.from_layers([StackLayer(base), StackLayer(table("n"))]).view(), same_contents=never
    ) == [("added", "/n", ())]
    # Layers below it are others, the layer is the same.
    moved = Stack.from_layers([StackLayer(table("a")), StackLayer(base)])
    assert changes_of(one.view(), moved.view(), same_contents=never) == [("added", "/a", ())]
    # Another name of an inode of one stack is no other content.
    stack = lay(["f"], ["g=>f", "-f"])
    assert [path for _, path, _ in changes_of(stack.view(1), stack.view(2), same_contents=never)] == ["/f", "/g"]


def test_layers_that_are_known_to_be_the_same_are_never_compared():
    one, other = lay(["f", "d/x", "l->f"]), lay(["a"], ["f", "d/x", "l->f"])
    found = changes_of(one.view(), other.view(), same_layers=[(1, 2)], same_contents=never)
    assert found == [("added", "/a", ())]


def test_many_names_of_one_inode_are_compared_once():
    one, other = lay(["f", "g=>f", "h=>f"]), lay(["f", "g=>f", "h=>f"])
    asked = []

    def same(left, right):
        asked.extend(zip(left.tolist(), right.tolist(), strict=True))
        return np.zeros(len(left), bool)

    assert [path for _, path, _ in changes_of(one.view(), other.view(), same_contents=same)] == ["/f", "/g", "/h"]
    assert len(asked) == 1


def test_what_only_one_stack_names_stands_where_the_tree_has_it():
    one = lay(["a/x", "b", "c/k", "m/", "m/a", "m/z"])
    other = lay(["a-b/y", "a/w/q", "a/x", "bb", "c/j", "c/l", "d", "m/q", "z"])
    found = [path for _, path, _ in changes_of(one.view(), other.view())]
    assert found == sorted(found, key=lambda path: path.split("/"))
    assert {"/a-b", "/a-b/y", "/a/w", "/a/w/q", "/b", "/bb", "/c/j", "/c/k", "/c/l", "/d", "/m/a", "/m/q", "/z"} <= {
        *found
    }


def test_what_layers_removed_is_no_file():
    stack = lay(["f", "g"], ["f"], ["-f"], ["-f"])
    brings, removes = stack.span(2, 2), stack.span(3, 3)
    assert changes_of(brings, removes, same_contents=never) == [("modified", "/f", ("type",))]
    assert changes_of(removes, removes) == []


def test_differences_that_do_not_count():
    one = lay(["d/", "f", "g"]).view()
    other = lay(["x/", "d/", "f:6", "n"]).view()
    found = changes(one, other)
    assert [change.path for change in found] == ["/d", "/f", "/g", "/n", "/x"]
    assert [change.path for change in found.without(BUT_CONTENT)] == ["/f", "/g", "/n", "/x"]
    assert [change.path for change in found.without(ChangeFilter(owner=True, mode=True))] == [
        "/d",
        "/f",
        "/g",
        "/n",
        "/x",
    ]
    assert [change.path for change in found[1:3]] == ["/f", "/g"]


def test_what_each_layer_did():
    stack = lay(
        ["d/", "d/a", "d/s/", "d/s/b", "f", "g"],
        ["f", "-g", "!d", "d/"],
        ["d", "n/m"],
        ["f/", "f/x"],
    )
    assert counts(stack) == [
        LayerCounts(entries=6, added=6, modified=0, removed=0, size=20),
        LayerCounts(entries=2, added=0, modified=1, removed=3, size=5),
        LayerCounts(entries=2, added=2, modified=1, removed=0, size=10),
        LayerCounts(entries=2, added=1, modified=1, removed=0, size=5),
    ]
