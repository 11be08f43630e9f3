"""The timeline, rule by rule; tests/laws has it on any stack whatever."""

import pytest

from layertui.core.errors import NotFound
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.table.columns import read_columns, write_columns
from laying import lay


def shown(stack, number=None):
    return {entry.path: entry.layer for entry in stack.view(number)}


def test_a_later_file_takes_the_place_of_an_earlier_one():
    stack = lay(["a"], ["b"], ["a"])
    assert [shown(stack, n) for n in range(4)] == [{}, {"/a": 1}, {"/a": 1, "/b": 2}, {"/a": 3, "/b": 2}]


def test_a_whiteout_ends_a_folder_and_all_below_it():
    stack = lay(["d/", "d/e/", "d/e/f", "g"], ["-d"])
    assert shown(stack) == {"/g": 1}


def test_a_whiteout_never_hides_what_its_writable_layer_brings():
    stack = lay(["f", "d/", "d/x"], ["-f", "f", "-d", "d/y"])
    assert shown(stack) == {"/f": 2, "/d": 2, "/d/y": 2}


def test_an_opaque_folder_empties_what_is_below_wherever_its_marker_stands():
    stack = lay(["d/", "d/a", "d/s/", "d/s/b"], ["d/n", "!d"])
    assert shown(stack) == {"/d": 1, "/d/n": 2}


def test_an_opaque_root_empties_everything():
    assert shown(lay(["a", "d/x"], ["!", "b"])) == {"/b": 2}


def test_a_marker_in_a_folder_that_nobody_makes_makes_none():
    assert shown(lay(["a"], ["-x/y", "!z"])) == {"/a": 1}


def test_a_file_over_a_folder_ends_what_was_in_it():
    assert shown(lay(["d/", "d/x"], ["d"])) == {"/d": 2}


def test_a_folder_over_a_folder_keeps_what_is_in_it():
    assert shown(lay(["d/", "d/x"], ["d/"])) == {"/d": 2, "/d/x": 1}


def test_an_implied_folder_keeps_the_one_below():
    assert shown(lay(["d/"], ["d/x"])) == {"/d": 1, "/d/x": 2}


def test_an_implied_folder_takes_the_place_of_a_file():
    stack = lay(["d"], ["d/x"], ["d/y"])
    assert shown(stack) == {"/d": 2, "/d/x": 2, "/d/y": 3}


def test_an_implied_folder_comes_again_after_a_whiteout():
    assert shown(lay(["d/", "d/x"], ["-d"], ["d/y"])) == {"/d": 3, "/d/y": 3}


def test_nested_opaque_folders_end_what_the_outer_one_ends():
    stack = lay(["a/b/c/x"], ["!a", "!a/b", "a/b/c/"], ["!a/b"])
    assert shown(stack, 2) == {"/a": 1, "/a/b": 2, "/a/b/c": 2}
    assert shown(stack, 3) == {"/a": 1, "/a/b": 2}


def test_content_comes_from_the_layer_that_shows():
    stack = lay(["a", "b"], ["a"])
    view = stack.view()
    assert stack.open(view.get("/a")).read() == b"2:/a"
    assert stack.open(view.get("/b")).read() == b"1:/b"


def test_a_hard_link_into_a_lower_layer_reads_its_inode():
    stack = lay(["a:7"], ["b=>a"], ["-a"])
    before, after = stack.view(2).get("/b"), stack.view(3).get("/b")
    assert (before.hardlink_to, before.size) == ("/a", 7)
    assert (after.hardlink_to, after.size) == (None, 7)
    assert stack.open(after).read() == b"1:/a"


@pytest.mark.parametrize("few", [0, 64])
def test_links_into_lower_layers_find_the_same_however_many_they_are(few, monkeypatch):
    monkeypatch.setattr("layertui.core.layers.stack.timeline._FEW", few)
    monkeypatch.setattr("layertui.core.layers.stack.timeline._BATCH", 2)
    stack = lay(
        ["d/s/a:7", "d/b:8", "e-f", "e/c:9"], ["l1=>d/s/a", "l2=>d/b", "d/l3=>e/c", "l4=>d/none"], ["l5=>d/l3", "-d/b"]
    )
    view = stack.view()
    assert {path: view.get(path).size for path in ("/l1", "/l2", "/d/l3", "/l4", "/l5")} == {
        "/l1": 7,
        "/l2": 8,
        "/d/l3": 9,
        "/l4": 0,
        "/l5": 9,
    }


def test_a_hard_link_keeps_its_content_when_the_first_name_gets_another():
    stack = lay(["a:7", "b=>a", "c=>a"], ["a:9"])
    view = stack.view()
    assert [(view.get(path).size, view.get(path).hardlink_to) for path in ("/a", "/b", "/c")] == [
        (9, None),
        (7, None),
        (7, "/b"),
    ]
    assert view.total_size == 16


def test_a_hard_link_to_nothing_says_so():
    stack = lay(["b=>nowhere"])
    with pytest.raises(NotFound, match="nowhere"):
        stack.open(stack.view().get("/b"))


def test_a_layer_that_is_not_there():
    stack = lay(["a"])
    for number in (-1, 2, 99):
        with pytest.raises(NotFound, match="there are 1"):
            stack.view(number)
    with pytest.raises(NotFound):
        stack.alone(0)


def test_one_layer_more():
    stack = lay(["a"]).with_layer(lay(["-a", "b"]).layers[0])
    assert shown(stack) == {"/b": 2}
    assert len(stack) == 2


def test_no_layers_at_all():
    stack = lay()
    assert (len(stack), shown(stack), stack.find(b"a")) == (0, {}, None)


def test_a_way_that_is_gone_step_by_step_leads_to_what_its_key_does():
    """Whatever is between siblings in tree order, and wherever a layer has only removed something."""
    stack = lay(["a/", "a/b/", "a/b/c", "a.b", "a0/", "a0/x", "z"], ["a/b.c", "-a/b/c", "-gone/x", "a/a/a/a"])
    for place in range(len(stack.depth)):
        above = None
        for name in stack.key(place).split(b"\0"):
            above = stack.child(above, name)
        assert above == place
        assert stack.child(place, b"nothing") is None
    assert stack.child(None, b"b") is None


def test_a_cache_file_with_columns_of_another_version_is_missing(tmp_path):
    stack = lay(["a"], ["b"])
    stack.save(tmp_path / "kept")
    assert shown(Stack.load(tmp_path / "kept", stack.layers)) == shown(stack)
    heading, columns = read_columns(tmp_path / "kept")
    columns["place"] = columns.pop(next(iter(columns)))
    write_columns(tmp_path / "older", heading, columns)
    assert Stack.load(tmp_path / "older", stack.layers) is None
