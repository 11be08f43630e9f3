"""ls, tree, cat, which, versions, extract, compare: the contents of layers, as lines and as JSON."""

import io
import os
import tarfile

import pytest

from builders import (
    char,
    docker_archive,
    fifo,
    file,
    folder,
    hardlink,
    image,
    layer,
    opaque,
    symlink,
    whiteout,
)
from command_line import layertui
from layertui.tui.verbs import look_verbs

BASE = layer(
    [
        folder("etc"),
        file("etc/motd", b"hello\n", uid=5, gid=6, mtime=1_700_000_000.25, xattrs={"user.k": b"\x01\xff"}),
        folder("bin"),
        file("bin/busybox", b"#!", mode=0o4755),
        hardlink("bin/sh", "bin/busybox"),
        symlink("sbin", "bin"),
        symlink("broken", "nowhere"),
        symlink("loop", "loop"),
        symlink("leaves", "../../etc/motd"),
        symlink("absolute", "/etc/motd"),
        char("dev/null", 1, 3),
        fifo("dev/fifo"),
        file("odd/caf\udce9", b"1"),
        file("odd/\x1b[31m\n\u202e", b"2"),
        folder("data"),
        file("data/a", b"3"),
        file("data/sub/b", b"4"),
    ]
)
TOP = layer(
    [whiteout("etc/motd"), file("app/run", b"run", mode=0o755), folder("data"), opaque("data"), file("data/n", b"n")]
)
DEMO = image([BASE, TOP], history=["ADD rootfs /", "RUN two"], tags=["demo:1.0"])


@pytest.fixture
def demo(tmp_path):
    return docker_archive(DEMO, tmp_path / "demo.tar")


def paths(*words):
    return [row["path"] for row in layertui("ls", "--json", *words).ok().json]


# ---------------------------------------------------------------- ls


def test_ls_lists_a_folder(demo):
    assert layertui("ls", demo).ok().lines == [
        f"/{name}"
        for name in ("absolute", "app", "bin", "broken", "data", "dev", "etc", "leaves", "loop", "odd", "sbin")
    ]
    assert layertui("ls", demo, "/bin").ok().lines == ["/bin/busybox", "/bin/sh"]
    assert layertui("ls", demo, "bin").ok().lines == ["/bin/busybox", "/bin/sh"]
    assert layertui("ls", demo, "/etc").ok().out == b""
    assert layertui("ls", "--json", demo, "/etc").ok().json == []


def test_ls_recursively_names_everything_once(demo):
    found = paths("-R", demo)
    assert found[:3] == ["/absolute", "/app", "/app/run"]
    assert "/odd/caf\udce9" in found
    assert len(found) == len(set(found)) == len(layertui("ls", "-R", demo).ok().lines)
    assert paths("-R", demo, "/data") == ["/data/n"]


def test_ls_rows(demo):
    rows = {row["path"]: row for row in layertui("ls", "-R", "--json", f"{demo}@1").ok().json}
    assert rows["/etc/motd"] == {
        "path": "/etc/motd",
        "type": "file",
        "mode": "0644",
        "uid": 5,
        "gid": 6,
        "uname": "",
        "gname": "",
        "size": 6,
        "mtime": 1_700_000_000,
        "mtime_ns": 250_000_000,
        "link": None,
        "hardlink_to": None,
        "dev": None,
        "xattrs": {"user.k": "01ff"},
        "layer": 1,
        "change": "added",
    }
    assert rows["/bin/busybox"]["mode"] == "4755"
    assert (rows["/bin/sh"]["type"], rows["/bin/sh"]["hardlink_to"]) == ("file", "/bin/busybox")
    assert rows["/bin/sh"]["size"] == 2
    assert (rows["/sbin"]["type"], rows["/sbin"]["link"]) == ("symlink", "bin")
    assert (rows["/dev/null"]["type"], rows["/dev/null"]["dev"]) == ("char", "1:3")
    assert rows["/dev/fifo"]["type"] == "fifo"
    assert rows["/odd"]["type"] == "dir"


def test_ls_of_one_layer_shows_what_it_removes(demo):
    rows = {row["path"]: row for row in layertui("ls", "-R", "--json", "--layer", "2", demo).ok().json}
    assert not [path for path in rows if ".wh." in path]
    gone = rows["/etc/motd"]
    assert (gone["change"], gone["type"], gone["layer"]) == ("removed", "file", 2)
    assert {gone[key] for key in ("mode", "uid", "gid", "size", "mtime", "link", "xattrs", "dev")} == {None}
    assert rows["/data"]["opaque"] is True
    assert rows["/app/run"]["change"] == "added"
    assert "D /etc/motd" in layertui("ls", "-R", "--layer", "2", demo).ok().lines


def test_ls_as_of_a_layer(demo):
    assert "/etc/motd" in paths("-R", "--upto", "1", demo)
    assert "/etc/motd" in paths("-R", f"{demo}@1")
    assert "/etc/motd" not in paths("-R", "--upto", "2", demo)
    layertui("ls", "--upto", "1", "--layer", "1", demo).failed(2)
    layertui("ls", "--layer", "99", demo).failed(1)
    layertui("ls", "--upto", "99", demo).failed(1)


def test_ls_of_a_file_is_one_row_and_of_a_link_itself(demo):
    assert layertui("ls", demo, "/app/run").ok().lines == ["/app/run"]
    assert layertui("ls", demo, "/sbin").ok().lines == ["/sbin"]
    assert layertui("ls", demo, "/sbin/").ok().lines == ["/bin/busybox", "/bin/sh"]
    assert layertui("ls", demo, "/sbin/sh").ok().lines == ["/bin/sh"]
    layertui("ls", demo, "/app/run/").failed(1)
    layertui("ls", demo, "/nowhere").failed(1)
    layertui("ls", demo, "/loop/").failed(1)


def test_ls_long_is_one_harmless_line_an_entry(demo):
    lines = layertui("ls", "-lR", demo).ok().lines
    assert len(lines) == len(paths("-R", demo))
    assert not [line for line in lines if "\x1b" in line or "\u202e" in line]
    (run,) = (line for line in lines if line.endswith("/app/run"))
    assert run.split()[:3] == ["-rwxr-xr-x", "0:0", "3"]


def test_ls_with_digests(demo):
    rows = {row["path"]: row for row in layertui("ls", "-R", "--digest", "--json", demo).ok().json}
    assert rows["/app/run"]["sha256"] == "sha256:acba25512100f80b56fc3ccd14c65be55d94800cda77585c5f41a887e398f9be"
    assert rows["/bin/sh"]["sha256"] == rows["/bin/busybox"]["sha256"]
    assert rows["/app"]["sha256"] is None
    assert layertui("ls", "--digest", demo, "/app").ok().lines == [f"{rows['/app/run']['sha256']}  /app/run"]


# ---------------------------------------------------------------- tree, cat


def test_tree(demo):
    lines = layertui("tree", demo, "/app").ok().lines
    assert lines == ["     3B  /app", "     3B  └── run"]
    document = layertui("tree", "--json", "--depth", "1", demo).ok().json
    assert [child["path"] for child in document["children"]] == paths(demo)
    layertui("tree", demo, "/nowhere").failed(1)


def test_cat_follows_links_inside_the_image(demo):
    assert layertui("cat", demo, "/app/run").ok().out == b"run"
    assert layertui("cat", demo, "/sbin/sh").ok().out == b"#!"
    assert layertui("cat", f"{demo}@1", "/absolute").ok().out == b"hello\n"
    assert layertui("cat", "--layer", "1", demo, "/etc/motd").ok().out == b"hello\n"
    assert layertui("cat", f"{demo}@1", "/odd/caf\udce9").ok().out == b"1"


@pytest.mark.parametrize(
    "path", ["/etc", "/dev/null", "/dev/fifo", "/broken", "/loop", "/leaves", "/nowhere", "/etc/motd", "/"]
)
def test_what_cannot_be_read(demo, path):
    layertui("cat", demo, path).failed(1)
    layertui("cat", "--json", demo, path).failed(1)


# ---------------------------------------------------------------- which, versions


def test_which_asks_from_the_top_down(demo):
    done = layertui("which", "--json", demo, "/bin/busybox").ok()
    assert (done.json["path"], done.json["visible"], done.json["layer"]) == ("/bin/busybox", True, 1)
    first, second = done.json["steps"]
    assert first == {
        "layer": 2,
        "diff_id": DEMO.diff_ids[1],
        "created_by": "RUN two",
        "found": "absent",
        "visible": False,
    }
    assert (second["found"], second["visible"], second["mode"], second["size"], second["type"]) == (
        "present",
        True,
        "4755",
        2,
        "file",
    )


@pytest.mark.parametrize(
    ("path", "found"),
    [("/etc/motd", "whiteout"), ("/data/a", "opaque"), ("/data/sub/b", "opaque"), ("/nowhere", "absent")],
)
def test_which_of_what_is_not_visible_answers_and_exits_1(demo, path, found):
    done = layertui("which", "--json", demo, path)
    assert (done.code, done.err) == (1, "")
    assert (done.json["visible"], done.json["layer"]) == (False, None)
    assert done.json["steps"][0]["found"] == found
    text = layertui("which", demo, path)
    assert (text.code, text.err) == (1, "")
    assert text.lines[0] == f"{path}: not visible"


def test_a_path_that_shows_through_a_link_above_it_is_found_where_it_lies(demo):
    for verb in ("which", "versions"):
        done = layertui(verb, "--json", demo, "/sbin/busybox").ok()
        assert (done.json["path"], done.json["visible"], done.json["layer"]) == ("/bin/busybox", True, 1)
    assert layertui("which", demo, "/sbin").ok().lines[0] == "/sbin: layer 1"
    for path in ("/sbin/none", "/leaves/x", "/loop/x", "/etc/motd/x", "/absolute/"):
        done = layertui("which", "--json", demo, path)
        assert (done.code, done.json["path"]) == (1 if path != "/absolute/" else 0, path.rstrip("/"))


def test_a_path_that_a_link_took_the_place_of_is_found_where_it_lies_now(tmp_path):
    merged = layer([symlink("bin", "usr/bin"), file("usr/bin/sh", b"new")])
    path = docker_archive(image([layer([file("bin/sh", b"old"), file("bin/gone", b"x")]), merged]), tmp_path / "a.tar")
    assert layertui("which", path, "/bin/sh").ok().lines[0] == "/usr/bin/sh: layer 2"
    gone = layertui("versions", "--json", path, "/bin/gone").ok().json
    assert [step["found"] for step in gone["steps"]] == ["not-a-directory", "present"]


def test_versions_go_on_to_the_bottom(demo):
    done = layertui("versions", "--json", demo, "/etc/motd").ok()
    assert [(step["layer"], step["found"]) for step in done.json["steps"]] == [(2, "whiteout"), (1, "present")]
    assert len(layertui("versions", demo, "/etc/motd").ok().lines) == 3
    assert layertui("versions", demo, "/nowhere").code == 1


# ---------------------------------------------------------------- extract, compare


def test_extract_to_a_tar_and_of_one_layer(demo, tmp_path):
    with tarfile.open(fileobj=io.BytesIO(layertui("extract", demo, "/app", "-").ok().out)) as tar:
        assert tar.getnames() == ["app", "app/run"]
        assert tar.extractfile("app/run").read() == b"run"
    layertui("extract", "--layer", "1", demo, "/data", tmp_path / "one").ok()
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["a", "sub"]
    layertui("extract", "--upto", "1", demo, "/etc/motd", tmp_path / "motd").ok()
    assert (tmp_path / "motd").read_bytes() == b"hello\n"
    layertui("extract", "--layer", "1", "--upto", "1", demo, "/etc/motd", tmp_path).failed(2)


def test_extract_refuses_to_overwrite_where_that_is_asked_for_and_asks_at_a_terminal(demo, tmp_path, monkeypatch):
    run = tmp_path / "app" / "run"
    layertui("extract", "-n", demo, "/app", tmp_path).ok()
    run.write_text("mine")
    assert "exists already; nothing was written" in layertui("extract", "-n", demo, "/app", tmp_path).failed(1).err
    assert run.read_text() == "mine"
    monkeypatch.setattr(look_verbs, "_at_terminal", lambda: True)
    refused = layertui("extract", demo, "/app", tmp_path, stdin=b"n\n")
    assert (refused.code, "Overwrite? [y/N]" in refused.err, run.read_text()) == (1, True, "mine")
    layertui("extract", demo, "/app", tmp_path, stdin=b"y\n").ok()
    assert run.read_text() == "run"
    run.write_text("mine")
    layertui("extract", "-f", demo, "/app", tmp_path).ok()
    assert run.read_text() == "run"
    monkeypatch.undo()
    run.write_text("mine")
    layertui("extract", demo, "/app", tmp_path).ok()  # as docker, where no terminal is
    assert run.read_text() == "run"


def test_extract(demo, tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.chdir(out)
    layertui("extract", demo, "/app/run").ok()
    assert (out / "run").read_bytes() == b"run"
    layertui("extract", demo, "/app", out / "new").ok()
    assert (out / "new" / "run").stat().st_mode & 0o777 == 0o755
    layertui("extract", demo, "/bin", out).ok()
    assert os.stat(out / "bin/sh").st_ino == os.stat(out / "bin/busybox").st_ino
    done = layertui("extract", demo, "/dev", out).ok()
    assert "device" in done.err
    layertui("extract", demo, "/nowhere", out).failed(1)
    layertui("extract", demo, "/app/run", out / "no" / "where").failed(1)


def test_compare_of_the_same(demo):
    done = layertui("compare", "--exit-code", demo, demo).ok()
    assert done.lines[-1] == "nothing differs"
    document = layertui("compare", "--json", demo, demo).ok().json
    assert document["same"] is True
    assert document["base"] == {"layers": 2, "chain_id": DEMO.chain_ids[1]}
    assert document["files"] == {"added": 0, "removed": 0, "modified": 0, "changes": []}
    assert (document["config"], document["verdict"]) == ([], "nothing differs")
    assert [pair["op"] for pair in document["history"]] == ["same", "same"]


def test_compare(demo):
    document = layertui("compare", "--json", f"{demo}@1", demo).ok().json
    assert document["same"] is False
    assert document["base"]["layers"] == 1
    assert [(pair["op"], pair["a"] is None) for pair in document["history"]] == [("same", False), ("only_b", True)]
    changes = {change["path"]: change for change in document["files"]["changes"]}
    assert document["files"]["added"] == sum(change["kind"] == "added" for change in changes.values())
    assert (changes["/etc/motd"]["kind"], changes["/etc/motd"]["b"]) == ("removed", None)
    assert {"/data/a", "/data/sub", "/data/sub/b"} <= changes.keys()
    assert changes["/app/run"]["b"]["mode"] == "0755"


def test_compare_only_what_is_asked_for(demo):
    assert layertui("compare", "--config", "--exit-code", f"{demo}@1", demo).ok()
    assert layertui("compare", "--files", "--exit-code", f"{demo}@1", demo).code == 1
    document = layertui("compare", "--history", "--json", f"{demo}@1", demo).ok().json
    assert (document["files"], document["config"]) == (None, None)


def test_compare_in_other_forms(demo):
    assert layertui("compare", "--format", "json", f"{demo}@1", demo).ok().json == (
        layertui("compare", "--json", f"{demo}@1", demo).ok().json
    )
    assert layertui("compare", "--format", "markdown", f"{demo}@1", demo).ok().lines[0].startswith("**")
    assert layertui("compare", "--format", "html", f"{demo}@1", demo).ok().lines[0] == "<!DOCTYPE html>"
    layertui("compare", "--format", "pdf", f"{demo}@1", demo).failed(2)


def test_compare_one_content(demo, tmp_path):
    changed = image([BASE, layer([file("etc/motd", b"good bye\n")])], tags=["changed:1"])
    other = docker_archive(changed, tmp_path / "changed.tar")
    done = layertui("compare", "--files", "--content", "/etc/motd", "--exit-code", f"{demo}@1", other)
    assert (done.code, done.lines) == (
        1,
        [f"--- {demo}@1:/etc/motd", f"+++ {other}:/etc/motd", "@@ -1 +1 @@", "-hello", "+good bye"],
    )
    done = layertui("compare", "--content", "/etc/motd", "--exit-code", other, other)
    assert (done.code, done.lines) == (0, [])
    assert layertui("compare", "--content", "/etc/motd", demo, other).ok().lines[0] == "--- /dev/null"
    assert layertui("compare", "--content", "/app/run", demo, other).ok().lines[1] == "+++ /dev/null"
    # What some layers removed they do not have.
    assert layertui("compare", "--content", "/etc/motd", f"{demo}@2..2", other).ok().lines[0] == "--- /dev/null"
    document = layertui("compare", "--json", "--content", "/etc/motd", demo, other).ok().json
    assert (document["path"], document["same"], document["a"], document["b"]["size"]) == ("/etc/motd", False, None, 9)
    layertui("compare", "--content", "/etc", demo, other).failed(1)
    layertui("compare", "--content", "/nowhere", demo, other).failed(1)
    layertui("compare", "--content", "/nowhere", "--exit-code", demo, other).failed(2)
    layertui("compare", "--content", "/etc/motd", "--format", "html", demo, other).failed(2)


def test_what_cannot_be_compared(demo):
    layertui("compare", demo, "missing").failed(1)
    layertui("compare", "--exit-code", demo, "missing").failed(2)
