"""One layer as columns in tree order."""

import pytest

from layertui.core.errors import UnsafePath
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK, IMPLIED, OPAQUE, WHITED, LayerTable
from layertui.core.layers.table.path_keys import key_of, normalize, path_of
from layertui.core.layers.table.table_builder import TableBuilder


def table(*fill):
    builder = TableBuilder()
    for name, *arguments in fill:
        options = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
        getattr(builder, name)(*arguments, **options)
    return builder.build()


def paths(a_table):
    return [a_table.path(row) for row in range(len(a_table))]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        (b"a/b", b"a\0b"),
        (b"./a//b/", b"a\0b"),
        (b"/a/./b", b"a\0b"),
        (b"a/../b", b"b"),
        (b"./", b""),
        (b"...", b"..."),
        (b"a\xff", b"a\xff"),
    ],
)
def test_a_path_has_one_key(written, key):
    assert normalize(written) == key


@pytest.mark.parametrize("path", [b"..", b"../x", b"a/../../x", b"/.."])
def test_a_path_that_leads_outside_is_refused(path):
    with pytest.raises(UnsafePath):
        normalize(path)


def test_a_users_path_stays_at_the_root():
    assert key_of("/../../etc/") == b"etc"


def test_bytes_that_are_no_text_survive():
    assert key_of(path_of(b"a\xff\0b")) == b"a\xff\0b"


def test_rows_stand_in_tree_order_not_in_byte_order():
    layer = table(*[("add", name, Kind.FILE) for name in (b"a.b", b"a-b", b"a/x", b"a/b/c")])
    assert paths(layer) == ["/a", "/a/b", "/a/b/c", "/a/x", "/a-b", "/a.b"]
    assert layer.parent.tolist() == [-1, 0, 1, 0, -1, -1]
    assert layer.end.tolist() == [4, 3, 3, 4, 5, 6]
    assert layer.depth.tolist() == [1, 2, 3, 2, 1, 1]


def test_far_down_a_path_needs_no_walk_to_the_top_for_each_row(monkeypatch):
    deep = "d/" * 1000
    found = table(*(("add", f"{deep}{name}/f".encode(), Kind.FILE) for name in "abc"), ("add", b"top", Kind.FILE))
    keys, asked = found.keys(), []
    name = LayerTable.name
    monkeypatch.setattr(LayerTable, "name", lambda self, row: asked.append(row) or name(self, row))
    low = [*range(990, 1006)]
    assert [found.key(row) for row in low] == keys[990:1006]
    assert len(asked) < 1500
    anywhere = [*low[::-1], 0, 1006, 500, 1005, 3, 499, 501]
    assert [found.key(row) for row in anywhere] == [keys[row] for row in anywhere]


def test_a_folder_that_nobody_names_is_implied():
    layer = table(("add", b"a/b", Kind.FILE))
    assert layer.flags.tolist() == [IMPLIED, 0]
    assert layer.entry(0).mode == 0o755
    assert layer.members == 1


def test_of_a_name_that_comes_twice_the_last_counts():
    layer = table(("add", b"a", Kind.FILE, {"size": 1}), ("add", b"a", Kind.FILE, {"size": 2}))
    assert [layer.entry(row).size for row in range(len(layer))] == [2]
    assert (layer.members, layer.size) == (2, 2)


def test_a_file_over_a_folder_takes_what_was_in_it():
    layer = table(("add", b"a", Kind.DIR), ("add", b"a/b", Kind.FILE), ("add", b"a", Kind.FILE))
    assert paths(layer) == ["/a"]
    assert layer.entry(0).kind is Kind.FILE


def test_something_put_into_a_file_makes_it_a_folder():
    layer = table(("add", b"a", Kind.FILE, {"size": 9}), ("add", b"a/b", Kind.FILE))
    assert [(entry.path, entry.kind) for entry in map(layer.entry, range(2))] == [
        ("/a", Kind.DIR),
        ("/a/b", Kind.FILE),
    ]
    assert layer.size == 0


def test_folder_file_folder_loses_what_was_in_the_first():
    layer = table(
        ("add", b"a", Kind.DIR),
        ("add", b"a/old", Kind.FILE),
        ("add", b"a", Kind.FILE),
        ("add", b"a", Kind.DIR, {"mode": 0o700}),
        ("add", b"a/new", Kind.FILE),
    )
    assert paths(layer) == ["/a", "/a/new"]
    assert layer.entry(0).mode == 0o700


def test_a_whiteout_beside_its_name_is_a_flag():
    layer = table(("whiteout", b"a"), ("add", b"a", Kind.FILE), ("whiteout", b"d/x"), ("opaque", b"e"))
    assert [(layer.path(row), Kind(layer.kind[row]), int(layer.flags[row])) for row in range(4)] == [
        ("/a", Kind.FILE, WHITED),
        ("/d", Kind.PLACE, 0),
        ("/d/x", Kind.WHITEOUT, WHITED),
        ("/e", Kind.PLACE, OPAQUE),
    ]
    assert layer.members == 1


def test_a_hard_link_has_what_its_inode_has_and_weighs_nothing():
    layer = table(
        ("add", b"b", Kind.FILE, {"size": 7, "mode": 0o640, "body": 512}),
        ("hardlink", b"a", b"b"),
    )
    link = layer.entry(0)
    assert (link.path, link.kind, link.size, link.mode, link.hardlink_to) == ("/a", Kind.FILE, 7, 0o640, "/b")
    assert layer.entry(1).hardlink_to is None
    assert layer.size == 7
    assert int(layer.body[0]) == 512


def test_attributes_that_only_a_link_has_are_not_its_inodes():
    layer = table(
        ("add", b"plain", Kind.FILE),
        ("hardlink", b"link", b"plain", {"xattrs": {"user.a": b"1"}}),
        ("add", b"rich", Kind.FILE, {"xattrs": {"user.b": b"2"}}),
        ("hardlink", b"rich2", b"rich"),
    )
    assert [layer.attributes(row) for row in range(4)] == [{}, {}, {"user.b": b"2"}, {"user.b": b"2"}]


def test_a_hard_link_keeps_the_inode_that_its_name_lost():
    layer = table(
        ("add", b"a", Kind.FILE, {"size": 1, "body": 512}),
        ("hardlink", b"b", b"a"),
        ("hardlink", b"c", b"b"),
        ("add", b"a", Kind.FILE, {"size": 5, "body": 2048}),
    )
    a, b, c = map(layer.entry, range(3))
    assert (a.size, b.size, c.size) == (5, 1, 1)
    assert (b.hardlink_to, c.hardlink_to) == (None, "/b")
    assert layer.body.tolist() == [2048, 512, 512]


def test_a_hard_link_into_a_lower_layer_is_marked():
    layer = table(("hardlink", b"a", b"x/y"))
    assert int(layer.flags[0]) & HARDLINK
    assert (int(layer.target[0]), layer.entry(0).hardlink_to) == (-1, "/x/y")


def test_a_table_comes_back_from_its_file(tmp_path):
    layer = table(
        ("add", b"s", Kind.SYMLINK, {"link": b"t\xff", "uname": "me", "uid": -5}),
        ("add", b"n", Kind.CHAR, {"dev": (5, 1), "xattrs": {"user.x": b"\0\xff"}}),
        ("opaque", b""),
    )
    layer.save(tmp_path / "t", of="k")
    found = LayerTable.load(tmp_path / "t", of="k")
    assert [found.entry(row) for row in range(2)] == [layer.entry(row) for row in range(2)]
    assert found.entry(0).dev == (5, 1)
    assert found.entry(0).xattrs == {"user.x": b"\0\xff"}
    assert found.entry(1).link == "t\udcff"
    assert (found.members, found.root_opaque) == (2, True)
    assert LayerTable.load(tmp_path / "t", of="another") is None


def test_an_empty_table_can_be_asked(tmp_path):
    layer = table()
    assert (len(layer), layer.size, layer.keys()) == (0, 0, [])
    layer.save(tmp_path / "t")
    assert len(LayerTable.load(tmp_path / "t")) == 0
