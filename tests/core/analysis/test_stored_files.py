import numpy as np
import pytest

from layertui.core.analysis.stored_files import Why, stored_files
from layertui.core.errors import NotFound
from laying import lay


def rows_of(stack, **range_of_layers):
    """Path of the first name, layer, bytes, the layer that hides it, and why."""
    stored = stored_files(stack, **range_of_layers)
    columns = (stored.rows, stored.layer, stored.bytes, stored.hidden_by, stored.why)
    return [
        (stack.path(int(stack.path_id[row])), layer, size, by, Why(why).name)
        for row, layer, size, by, why in zip(*(column.tolist() for column in columns), strict=True)
    ]


def test_every_reason_counted_by_hand():
    stack = lay(
        ["d/", "d/emptied:7", "kept:1", "link->kept", "removed:3", "replaced:5", "sub/", "sub/in:11", "turned/x:13"],
        ["!d", "d/new:2", "-removed", "replaced:50", "-sub", "turned:17"],
    )
    assert rows_of(stack) == [
        ("/d/emptied", 1, 7, 2, "OPAQUE"),
        ("/d/new", 2, 2, 0, "SHOWN"),
        ("/kept", 1, 1, 0, "SHOWN"),
        ("/removed", 1, 3, 2, "REMOVED"),
        ("/replaced", 1, 5, 2, "OVERWRITTEN"),
        ("/replaced", 2, 50, 0, "SHOWN"),
        ("/sub/in", 1, 11, 2, "REMOVED"),
        ("/turned", 2, 17, 0, "SHOWN"),
        ("/turned/x", 1, 13, 2, "REMOVED"),
    ]
    stored = stored_files(stack)
    assert (stored.stored_bytes, stored.hidden_bytes) == (109, 39)
    assert stored.by_layer(stored.layer).tolist() == [0, 40, 69]
    assert stored.by_layer(stored.layer, stored.hidden).tolist() == [0, 39, 0]
    assert stored.by_layer(stored.hidden_by).tolist() == [70, 0, 39]


def test_an_inode_counts_once_and_is_shown_while_one_of_its_names_is():
    stack = lay(["a:9", "b=>a", "c=>a"], ["-a"], ["-b"], ["-c"])
    assert [rows_of(stack, high=high) for high in (1, 2, 3)] == [[("/a", 1, 9, 0, "SHOWN")]] * 3
    assert rows_of(stack) == [("/a", 1, 9, 4, "REMOVED")]
    assert [stack.path(int(path_id)) for high in (1, 2, 3) for path_id in stored_files(stack, high=high).path_ids] == [
        "/a",
        "/b",
        "/c",
    ]


def test_the_last_name_decides_why():
    assert rows_of(lay(["a:9", "b=>a"], ["-a"], ["b:4"])) == [
        ("/a", 1, 9, 3, "OVERWRITTEN"),
        ("/b", 3, 4, 0, "SHOWN"),
    ]


def test_a_link_of_a_higher_layer_keeps_the_content():
    assert rows_of(lay(["a:9"], ["b=>a"], ["-a"])) == [("/a", 1, 9, 0, "SHOWN")]


def test_a_link_whose_inode_no_layer_has_stores_nothing():
    assert rows_of(lay(["b=>a"])) == []


def test_a_range_of_layers_counts_its_own_copies_as_of_its_end():
    stack = lay(["a:1"], ["a:2"], ["a:4"], ["a:8"])
    assert rows_of(stack, low=2, high=3) == [("/a", 2, 2, 3, "OVERWRITTEN"), ("/a", 3, 4, 0, "SHOWN")]
    with pytest.raises(NotFound, match="no layer 5"):
        stored_files(stack, high=5)


def test_without_layers_nothing_is_stored():
    stored = stored_files(lay())
    assert (len(stored), stored.stored_bytes, stored.hidden_bytes) == (0, 0, 0)


def test_contents_are_compared_of_files_of_one_size_at_one_path():
    stack = lay(["a:4", "b:4", "c:4", "d:4", "link:4"], ["a:4", "b:4", "c:5", "-d", "link->a"])
    pairs = []

    def same_contents(left, right):
        pairs.extend(
            (stack.path(int(stack.path_id[row])), *stack.layer[[row, other]])
            for row, other in zip(left, right, strict=True)
        )
        return np.array([True, False])

    stored = stored_files(stack)
    stored.compare_contents(same_contents)
    assert pairs == [("/a", 1, 2), ("/b", 1, 2)]
    hidden = [
        (stack.path(int(path_id)), Why(why).name)
        for path_id, why in zip(stored.path_ids, stored.why, strict=True)
        if why
    ]
    assert hidden == [
        ("/a", "SAME_CONTENT"),
        ("/b", "OVERWRITTEN"),
        ("/c", "OVERWRITTEN"),
        ("/d", "REMOVED"),
        ("/link", "OVERWRITTEN"),
    ]
