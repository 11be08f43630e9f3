"""A layer from a daemon's list of changes and its tars: which it is asked for, and what is taken of them."""

import io
import json

import pytest

from builders import file, folder, hardlink, layer, symlink
from layertui.core.engines.daemon.files.changes_table import changes_table, listed_name
from layertui.core.engines.daemon.files.container_archive import ContainerArchive
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.layer_tar import read_table
from scripted_daemon import ScriptedDaemon

KINDS = {"C": 0, "A": 1, "D": 2}


def no_image():
    raise AssertionError("the image is not read for so little")


@pytest.fixture
def table_of():
    """The table of a layer with these changes, in a container where each path has this tar; and the paths that were asked for."""

    def made(changes, tars, *, mounts=(), below=no_image, kind="docker", links=()):
        daemon = ScriptedDaemon(kind)
        rows = [{"Path": path, "Kind": KINDS[letter]} for letter, path in (one.split(" ", 1) for one in changes)]
        daemon.answers("GET", "changes", json.dumps(rows).encode())
        daemon.answers("GET", "archive", tars.get)
        daemon.answers("HEAD", "archive", status=404)
        table = changes_table(ContainerArchive(daemon.client(), "c" * 64, "one"), mounts, below)
        asked = [url.partition("path=")[2] for url in daemon.asked if "archive?path=" in url]
        return table, [path.replace("%2F", "/") for path in asked]

    return made


def rows(table):
    entries = [table.entry(row) for row in range(len(table))]
    return {one.path: (one.kind.word, one.mode, one.uid, one.size) for one in entries}


def test_a_new_folder_is_asked_for_once(table_of):
    tar = layer(
        [
            folder("new", mode=0o700),
            file("new/a", b"12"),
            symlink("new/l", "a"),
            folder("new/deep"),
            file("new/deep/b", b"3", uid=7),
        ]
    )
    changes = ["A /new", "A /new/a", "A /new/l", "A /new/deep", "A /new/deep/b"]
    table, asked = table_of(changes, {"/new": tar})
    assert asked == ["/new"]
    assert rows(table) == {
        "/new": ("dir", 0o700, 0, 0),
        "/new/a": ("file", 0o644, 0, 2),
        "/new/deep": ("dir", 0o755, 0, 0),
        "/new/deep/b": ("file", 0o644, 7, 1),
        "/new/l": ("symlink", 0o777, 0, 0),
    }


def test_of_a_folder_of_the_image_only_what_has_changed(table_of):
    tars = {"/etc": layer([folder("etc"), file("etc/other", b"x" * 100)]), "/etc/new": layer([file("new", b"n")])}
    table, asked = table_of(["C /etc", "A /etc/new", "D /etc/old"], tars)
    assert sorted(asked) == ["/etc", "/etc/new"]
    assert rows(table).keys() == {"/etc", "/etc/new", "/etc/old"}
    assert rows(table)["/etc/old"][0] == "whiteout"


def test_of_a_small_folder_with_many_changes_all_is_asked_for_at_once(table_of):
    names = [f"f{number}" for number in range(20)]
    image = layer([folder("etc"), file("etc/other", b"x" * 100)])
    tar = layer([folder("etc"), file("etc/other", b"x" * 100), *(file(f"etc/{name}", b"n") for name in names)])
    stack = Stack.from_layers([StackLayer(read_table(io.BytesIO(image)))])
    table, asked = table_of(["C /etc", *(f"A /etc/{name}" for name in names)], {"/etc": tar}, below=stack.view)
    assert asked == ["/etc"]
    assert rows(table).keys() == {"/etc", *(f"/etc/{name}" for name in names)}


def test_what_is_mounted_in_a_new_folder_is_not_streamed(table_of):
    tars = {"/new": layer([folder("new"), file("new/a", b"12")]), "/new/a": layer([file("a", b"12")])}
    tars["/new/vol"] = layer([folder("vol"), file("vol/large", b"x" * 1000)])
    table, asked = table_of(["A /new", "A /new/a", "A /new/vol"], tars, mounts=["/new/vol"])
    assert sorted(asked) == ["/new", "/new/a", "/new/vol"]
    assert "/new/vol/large" not in rows(table)


def test_hard_links_and_names_that_are_not_utf8(table_of):
    raw = "/new/\udcff"
    assert listed_name(b"new/\xff") == "/new/\ufffd"
    tar = layer(
        [folder("new"), file("new/f", b"12345", mode=0o4755), hardlink("new/g", "new/f"), file("new/\udcff", b"1")]
    )
    table, _ = table_of(["A /new", "A /new/f", "A /new/g", "A /new/\ufffd"], {"/new": tar})
    assert table.entry([table.path(row) for row in range(len(table))].index("/new/g")).hardlink_to == "/new/f"
    assert rows(table)[raw] == ("file", 0o644, 0, 1)


def test_podman_has_symlinks_only_in_the_tar_of_their_folder(table_of):
    tars = {"/opt": layer([folder("opt"), symlink("opt/broken", "nowhere"), file("opt/large", b"x" * 100)])}
    table, asked = table_of(["C /opt", "A /opt/broken"], tars, kind="podman")
    assert asked.count("/opt") == 2
    assert rows(table)["/opt/broken"][0] == "symlink"
    assert "/opt/large" not in rows(table)


def test_podman_lists_a_folder_that_was_made_anew_as_deleted(table_of):
    tars = {"/opt": layer([folder("opt"), file("opt/new", b"n")]), "/opt/new": layer([file("new", b"n")])}
    table, _ = table_of(["D /opt", "A /opt/new"], tars, kind="docker")
    stack = Stack.from_layers([StackLayer(read_table(io.BytesIO(layer([file("opt/old", b"o")])))), StackLayer(table)])
    assert stack.view().get("/opt/old") is None
    assert stack.view().get("/opt/new") is not None


def test_what_vanishes_meanwhile_is_left_out(table_of):
    table, _ = table_of(["C /tmp", "A /tmp/gone"], {"/tmp": layer([folder("tmp")])})
    assert rows(table).keys() == {"/tmp"}
