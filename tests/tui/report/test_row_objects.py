"""Rows of `ls`: what the columns say is what the entries say, and each is one line."""

import json

import pytest

from builders import char, docker_archive, fifo, file, folder, hardlink, image, layer, opaque, symlink, whiteout
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.report import row_objects
from layertui.tui.report.row_objects import entry_object, json_rows, text_rows
from layertui.tui.report.tree_report import tree_json, tree_lines

BASE = [
    folder("etc", uid=1, gid=2, uname="o\udcff", gname="g"),
    file("etc/motd", b"hello", mode=0o4755, mtime=1_700_000_000.5),
    hardlink("etc/again", "etc/motd"),
    symlink("etc/link", "motd"),
    symlink("etc/odd", "a\x1b[31m\udce9"),
    char("dev/null", 1, 3),
    fifo("dev/fifo"),
    file("x/new\nline", b"1"),
    file("x/caf\udce9", b"22", xattrs={"user.k": b"\x00\xff"}),
    file("x/\u202egpj.exe", b"3"),
    folder("data"),
    file("data/a", b"4"),
    file("data/sub/b", b"5"),
]
TOP = [whiteout("etc/motd"), file("app/run", b"66"), folder("data"), opaque("data"), file("data/n", b"7")]


@pytest.fixture
def inspector(tmp_path):
    with Inspector(Settings(tmp_path / "store")) as door:
        yield door


@pytest.fixture
def subject(inspector, tmp_path):
    built = image([layer(BASE), layer(TOP)], tags=["demo:1.0"])
    return inspector.open(str(docker_archive(built, tmp_path / "demo.tar")))


@pytest.fixture(params=["top", "first", "alone", "span"])
def view(request, inspector, subject):
    match request.param:
        case "top":
            return inspector.view(subject)
        case "first":
            return inspector.view(subject, upto=1)
        case "alone":
            return inspector.view(subject, only=2)
        case _:
            return inspector.stack(subject).span(1, 2)


@pytest.mark.parametrize("batch", [1, 3, 8192])
def test_json_rows_say_what_the_entries_say(view, batch, monkeypatch):
    monkeypatch.setattr(row_objects, "BATCH", batch)
    found = _loaded(json_rows(view, range(len(view))))
    assert found == [json.loads(json.dumps(entry_object(entry))) for entry in view]
    assert [list(row) for row in found] == [list(entry_object(entry)) for entry in view]


def test_digests_are_of_the_content(view):
    found = _loaded(json_rows(view, range(len(view)), lambda _: "sha256:x"))
    for row in found:
        assert row["sha256"] == (None if row["change"] == "removed" else "sha256:x")
    assert all("sha256" not in row for row in _loaded(json_rows(view, range(len(view)))))


def _loaded(texts):
    return json.loads(f"[{','.join(texts)}]")


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("marked", [False, True])
def test_text_rows_are_one_line_each_and_harmless(view, long, marked):
    lines = "\n".join(text_rows(view, range(len(view)), long=long, marked=marked)).split("\n")
    assert len(lines) == len(view)
    for line in lines:
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line
        assert "\u202e" not in line


def test_a_removed_path_has_no_attributes(inspector, subject):
    removed = [entry for entry in inspector.view(subject, only=2) if entry.change.word == "removed"]
    assert [entry.path for entry in removed] == ["/etc/motd"]
    row = entry_object(removed[0])
    assert row == {
        **dict.fromkeys(row),
        "path": "/etc/motd",
        "type": "file",
        "layer": 2,
        "change": "removed",
    }


def test_a_folder_that_was_emptied_says_so(inspector, subject):
    found = {entry.path: entry_object(entry) for entry in inspector.view(subject, only=2)}
    assert [path for path, row in found.items() if row.get("opaque")] == ["/data"]


@pytest.mark.parametrize("depth", [None, 1, 2])
def test_the_tree_as_json_holds_every_row_down_to_the_depth(view, depth):
    document = json.loads("".join(tree_json(view, -1, depth)))
    assert document["path"] == "/"

    def paths(node):
        for child in node["children"]:
            assert child["path"].rpartition("/")[0] == node["path"].rstrip("/")
            yield child["path"]
            yield from paths(child)

    wanted = [entry.path for entry in view if depth is None or entry.path.count("/") <= depth]
    assert list(paths(document)) == wanted


@pytest.mark.parametrize("depth", [None, 1, 2])
def test_the_tree_as_text_has_a_line_for_every_row(view, depth):
    lines = list(tree_lines(view, -1, depth))
    assert len(lines) == 1 + sum(depth is None or entry.path.count("/") <= depth for entry in view)


def test_a_part_of_the_tree(inspector, subject):
    view = inspector.view(subject)
    assert list(tree_lines(view, view.find("/x"), None)) == [
        "     4B  /x",
        "     2B  ├── caf\\udce9",
        "     1B  ├── new\\x0aline",
        "     1B  └── \\u202egpj.exe",
    ]


def test_a_tree_deeper_than_python_recurses(inspector, tmp_path):
    deep = "/".join(["d"] * 1500)
    built = image([layer([file(deep + "/f", b"x")])], tags=["deep:1"])
    subject = inspector.open(str(docker_archive(built, tmp_path / "deep.tar")))
    view = inspector.view(subject)
    assert "".join(tree_json(view, -1, None)).count("children") == 1502
    assert len(list(tree_lines(view, -1, None))) == 1502
