"""write, mkdir, unlink, cp, diff, commit, export, and what shows of them: on containers that have never run."""

import io
import tarfile

import pytest

from builders import docker_archive, file, folder, image, layer, symlink
from command_line import layertui

BASE = layer(
    [
        folder("etc"),
        file("etc/motd", b"hello\n", mode=0o600, uid=5, gid=6),
        folder("data"),
        file("data/a", b"1"),
        file("data/b", b"2"),
        symlink("link", "data"),
        symlink("outside", "../../../etc"),
    ]
)
DEMO = image([BASE], history=["ADD rootfs /"], config={"Cmd": ["sh"], "Entrypoint": ["/e"]}, tags=["demo:1.0"])


@pytest.fixture(autouse=True)
def container(tmp_path):
    layertui("load", docker_archive(DEMO, tmp_path / "demo.tar")).ok()
    return layertui("create", "--name", "box", "demo:1.0").ok().text.strip()


def row(path):
    (found,) = (one for one in layertui("ls", "-R", "--json", "container:box").ok().json if one["path"] == path)
    return found


def diff():
    return layertui("diff", "box").ok().lines


# ---------------------------------------------------------------- write, mkdir, unlink


def test_a_new_container_has_written_nothing():
    assert diff() == []
    assert layertui("diff", "--json", "box").ok().json == []
    own = layertui("layers", "--json", "container:box").ok().json[-1]
    assert (own["number"], own["writable"], own["entries"], own["size"]) == (2, True, 0, 0)
    assert {own[key] for key in ("diff_id", "chain_id", "digest", "media_type", "created_by")} == {None}


def test_write_a_new_file():
    assert layertui("write", "box", "/new", stdin=b"content").ok().out == b""
    assert layertui("cat", "container:box", "/new").ok().out == b"content"
    found = row("/new")
    assert (found["mode"], found["uid"], found["gid"], found["layer"]) == ("0644", 0, 0, 2)
    assert diff() == ["A /new"]


def test_write_keeps_mode_and_owner_of_what_exists_and_the_image_as_it_was(tmp_path):
    (tmp_path / "source").write_bytes(b"changed")
    layertui("write", "box", "/etc/motd", tmp_path / "source").ok()
    found = row("/etc/motd")
    assert (found["mode"], found["uid"], found["gid"], found["size"]) == ("0600", 5, 6, 7)
    assert layertui("cat", "demo:1.0", "/etc/motd").ok().out == b"hello\n"
    assert layertui("cat", "--layer", "1", "container:box", "/etc/motd").ok().out == b"hello\n"
    assert diff() == ["C /etc", "C /etc/motd"]
    traced = layertui("which", "--json", "container:box", "/etc/motd").ok().json
    assert (traced["layer"], traced["steps"][0]["diff_id"]) == (2, None)


def test_write_with_mode_owner_and_parents():
    layertui("write", "box", "/a/b/c", stdin=b"x").failed(1)
    layertui("write", "-p", "--mode", "4750", "--owner", "7:8", "box", "/a/b/c", "-", stdin=b"x").ok()
    found = row("/a/b/c")
    assert (found["mode"], found["uid"], found["gid"]) == ("4750", 7, 8)


def test_paths_resolve_inside_the_container():
    layertui("write", "box", "/link/new", stdin=b"1").ok()
    layertui("write", "box", "/outside/../outside/passwd", stdin=b"2").ok()
    layertui("write", "box", "../../up", stdin=b"3").ok()
    assert diff() == ["C /data", "A /data/new", "C /etc", "A /etc/passwd", "A /up"]


def test_mkdir():
    layertui("mkdir", "box", "/new").ok()
    layertui("mkdir", "box", "/new").failed(1)
    layertui("mkdir", "-p", "box", "/new").ok()
    layertui("mkdir", "box", "/x/y").failed(1)
    layertui("mkdir", "-p", "box", "/x/y").ok()
    layertui("mkdir", "-p", "box", "/etc/motd").failed(1)
    assert diff() == ["A /new", "A /x", "A /x/y"]


def test_unlink():
    layertui("unlink", "box", "/data/a").ok()
    assert diff() == ["C /data", "D /data/a"]
    layertui("unlink", "box", "/data").failed(1)
    layertui("unlink", "-r", "box", "/data").ok()
    assert diff() == ["D /data"]
    layertui("unlink", "-r", "box", "/").failed(1)
    layertui("unlink", "box", "/nowhere").failed(1)
    layertui("cat", "container:box", "/data/b").failed(1)
    assert layertui("cat", "demo:1.0", "/data/b").ok().out == b"2"


def test_what_comes_and_goes_leaves_nothing():
    layertui("write", "box", "/new", stdin=b"").ok()
    layertui("unlink", "box", "/new").ok()
    assert diff() == []


def test_a_folder_made_anew_shows_only_what_is_new():
    layertui("unlink", "-r", "box", "/data").ok()
    layertui("mkdir", "box", "/data").ok()
    layertui("write", "box", "/data/n", stdin=b"n").ok()
    assert diff() == ["C /data", "D /data/a", "D /data/b", "A /data/n"]


@pytest.mark.parametrize(
    "words",
    [
        ["write", "box", "/etc"],
        ["write", "box", "/"],
        ["write", "box", "/.wh.etc"],
        ["write", "missing", "/x"],
        ["mkdir", "missing", "/x"],
        ["unlink", "missing", "/x"],
        ["diff", "missing"],
        ["export", "missing"],
        ["commit", "missing"],
        ["rm", "missing"],
        ["start", "missing"],
        ["stop", "missing"],
        ["logs", "missing"],
        ["namespaces", "missing"],
        ["wait", "missing"],
        ["exec", "missing", "ls"],
        ["exec", "box", "ls"],
        ["kill", "box"],
    ],
)
def test_what_cannot_be_done(words):
    layertui(*words, stdin=b"x").failed(1)
    assert diff() == []


@pytest.mark.parametrize(
    "words",
    [["--mode", "9"], ["--mode", "77777"], ["--owner", "root"], ["--owner", "1:x"]],
)
def test_wrong_values(words):
    layertui("write", *words, "box", "/x", stdin=b"x").failed(2)


# ---------------------------------------------------------------- cp


@pytest.fixture
def host(tmp_path, monkeypatch):
    folder = tmp_path / "host"
    (folder / "dir" / "sub").mkdir(parents=True)
    (folder / "dir" / "f").write_text("f")
    (folder / "dir" / "sub" / "g").write_text("g")
    (folder / "dir" / "link").symlink_to("f")
    (folder / "file").write_text("file")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("source", "path", "expected"),
    [
        ("file", "/new", ["A /new"]),
        ("file", "new", ["A /new"]),
        ("file", "/data", ["C /data", "A /data/file"]),
        ("file", "/data/", ["C /data", "A /data/file"]),
        ("file", "/data/a", ["C /data", "C /data/a"]),
        ("file", "/link", ["C /data", "A /data/file"]),
        ("dir", "/new", ["A /new", "A /new/f", "A /new/link", "A /new/sub", "A /new/sub/g"]),
        ("dir/sub", "/data", ["C /data", "A /data/sub", "A /data/sub/g"]),
        ("dir/sub/", "/data", ["C /data", "A /data/sub", "A /data/sub/g"]),
        ("dir/sub/.", "/data", ["C /data", "A /data/g"]),
        ("dir/link", "/new", ["A /new"]),
    ],
)
def test_cp_into_a_container(host, source, path, expected):
    assert layertui("cp", source, f"box:{path}").ok().out == b""
    assert diff() == expected


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("file", "/new/"),
        ("file", "/no/where"),
        ("dir", "/data/a"),
        ("dir", "/no/where"),
        ("file/", "/new"),
        ("file/.", "/data"),
        ("missing", "/new"),
        ("file", ""),
    ],
)
def test_what_cannot_be_copied_in(host, source, path):
    layertui("cp", source, f"box:{path}").failed(1)
    assert diff() == []


def test_cp_gives_to_root_and_follows_when_asked(host):
    layertui("cp", "dir/link", "box:/kept").ok()
    layertui("cp", "-L", "dir/link", "box:/followed").ok()
    assert (row("/kept")["type"], row("/kept")["link"]) == ("symlink", "f")
    assert (row("/followed")["type"], row("/followed")["uid"]) == ("file", 0)


@pytest.mark.parametrize(
    ("path", "dest", "expected"),
    [
        ("/data/a", "new", ["new"]),
        ("data/a", ".", ["a"]),
        ("/data/a", "file", ["file"]),
        ("/data", "new", ["new", "new/a", "new/b"]),
        ("/data", ".", ["data", "data/a", "data/b"]),
        ("/data/.", ".", ["a", "b"]),
        ("/link", ".", ["link"]),
        ("/link/.", "new", ["new", "new/a", "new/b"]),
    ],
)
def test_cp_out_of_a_container(host, path, dest, expected):
    before = {found.relative_to(host) for found in host.rglob("*")}
    layertui("cp", f"box:{path}", dest).ok()
    after = {found.relative_to(host) for found in host.rglob("*")}
    assert sorted(map(str, after - before)) == [name for name in expected if name != "file"]
    if dest == "file":
        assert (host / "file").read_text() == "1"


@pytest.mark.parametrize(("path", "dest"), [("/data/a", "new/"), ("/data", "file"), ("/nowhere", "."), ("/a", "no/x")])
def test_what_cannot_be_copied_out(host, path, dest):
    layertui("cp", f"box:{path}", dest).failed(1)


def test_cp_streams_tars_both_ways(host):
    with tarfile.open(fileobj=io.BytesIO(layertui("cp", "box:/data", "-").ok().out)) as tar:
        assert tar.getnames() == ["data", "data/a", "data/b"]
    with tarfile.open(fileobj=io.BytesIO(layertui("cp", "box:/data/.", "-").ok().out)) as tar:
        assert tar.getnames() == [".", "./a", "./b"]
    with tarfile.open(fileobj=io.BytesIO(layertui("cp", "box:/link/", "-").ok().out)) as tar:
        assert tar.getnames() == ["link", "link/a", "link/b"]
    layertui("cp", "-", "box:/etc", stdin=layer([file("sub/new", b"new")])).ok()
    assert diff() == ["C /etc", "A /etc/sub", "A /etc/sub/new"]
    layertui("cp", "-", "box:/etc/motd", stdin=layer([])).failed(1)
    layertui("cp", "-", "box:/nowhere", stdin=layer([])).failed(1)


def test_cp_of_a_tar_gives_what_belongs_to_the_file_alone(host):
    own = {"user.kept": b"1"}
    taken = {"user.layertui.owner": b"7:8", "user.overlay.opaque": b"y", "com.apple.provenance": b"\1", "user.": b"x"}
    items = [folder("data", xattrs=own | taken), file("data/new", b"new", xattrs=own | taken)]
    layertui("cp", "-", "box:/", stdin=layer(items)).ok()
    for path in ("/data", "/data/new"):
        assert row(path)["xattrs"] == {"user.kept": "31"}
        assert (row(path)["uid"], row(path)["gid"]) == (0, 0)
    assert row("/data/a")["type"] == "file"


def test_cp_into_a_container_through_its_links(host):
    links = [symlink("dangling", "target"), symlink("above", "../../../etc"), symlink("round", "round")]
    layertui("cp", "-", "box:/data", stdin=layer(links)).ok()
    layertui("cp", "file", "box:/data/dangling").ok()
    assert (row("/data/dangling")["type"], row("/data/target")["type"]) == ("symlink", "file")
    layertui("cp", "file", "box:/data/above/in").ok()
    assert row("/etc/in")["type"] == "file"
    layertui("cp", "file", "box:/data/round").failed(1)


def test_cp_keeps_hard_links(host):
    (host / "dir" / "second").hardlink_to(host / "dir" / "f")
    layertui("cp", "dir", "box:/new").ok()
    assert row("/new/second")["hardlink_to"] == "/new/f"


def test_cp_needs_one_side_in_a_container(host):
    layertui("cp", "box:/data", "box:/etc").failed(1)
    layertui("cp", "file", "other").failed(2)
    layertui("cp", "box:", "-").failed(1)
    layertui("cp", "box:", "new").failed(1)


# ---------------------------------------------------------------- commit, export


def test_commit_adds_one_layer(container):
    layertui("write", "box", "/new", stdin=b"12345").ok()
    done = layertui("commit", "-m", "why", "-a", "me", "-c", "ENV A=b", "box", "made:1").ok()
    rows = layertui("history", "--json", "made:1").ok().json
    assert len(rows) == 2
    newest = rows[0]
    assert (newest["comment"], newest["author"], newest["size"], newest["layer"]) == ("why", "me", 5, 2)
    (found,) = layertui("inspect", "made:1").ok().json
    assert found["Id"] == done.text.strip()
    assert (found["Config"]["Env"], found["Config"]["Cmd"]) == (["A=b"], ["sh"])
    assert layertui("compare", "--files", "--exit-code", "container:box", "made:1").ok()


def test_commit_of_nothing_adds_a_step_without_a_layer():
    done = layertui("commit", "--json", "box").ok()
    rows = layertui("history", "--json", done.json["id"]).ok().json
    assert [row["empty_layer"] for row in rows] == [True, False]


def test_commits_wrong_values():
    layertui("commit", "box", "UPPER").failed(2)
    layertui("commit", "-c", "RUN ls", "box").failed(2)


def test_export_is_flat(tmp_path):
    layertui("unlink", "box", "/data/a").ok()
    layertui("export", "-o", tmp_path / "flat.tar", "box").ok()
    with tarfile.open(tmp_path / "flat.tar") as tar:
        names = tar.getnames()
        assert {"etc/motd", "data/b", "link"} <= set(names)
        assert not [name for name in names if ".wh." in name or name == "data/a"]
    assert layertui("export", "box").ok().out == (tmp_path / "flat.tar").read_bytes()
    layertui("export", "-o", tmp_path, "box").failed(1)
    layertui("export", "-o", "/dev/full", "box").failed(1)


def test_what_a_container_needs_is_kept(container):
    refused = layertui("rmi", "demo:1.0").failed(1)
    assert "box" in refused.err
    layertui("rmi", "-f", "demo:1.0").ok()
    layertui("gc").ok()
    assert layertui("cat", "container:box", "/etc/motd").ok().out == b"hello\n"
    assert layertui("fsck").ok()
    layertui("rm", "box").ok()
    assert layertui("gc").ok()
    assert layertui("df", "--json").ok().json["images"]["size"] == 0
