"""find: files of one image, of all images, of a folder of archives; conditions, hidden versions, what cannot be read."""

import hashlib
import os

import pytest

from builders import (
    docker_archive,
    file,
    folder,
    hardlink,
    image,
    layer,
    oci_archive,
    oci_layout,
    symlink,
    whiteout,
)
from command_line import layertui, modules_of, process

KEY = b"-----BEGIN RSA PRIVATE KEY-----\nabc\n"
BASE = layer(
    [
        folder("etc"),
        file("etc/motd", b"hello\n"),
        file("etc/shadow", b"root:*:1\n", mode=0o640, uid=0, gid=42),
        folder("bin"),
        file("bin/busybox", b"#!" + b"x" * 5000, mode=0o4755),
        hardlink("bin/sh", "bin/busybox"),
        symlink("sbin", "bin"),
        file("home/ann/id_rsa", KEY, mode=0o600, uid=1000, gid=1000),
        file("home/ann/gr\u00fc\u00dfe", b"", uid=1000),
    ]
)
TOP = layer([whiteout("home/ann/id_rsa"), file("etc/motd", b"hello again\n"), hardlink("bin/ash", "bin/busybox")])
OTHER = layer([file("etc/motd", b"other\n"), file("srv/app.py", b"print('hello')\n")])
DEMO = image([BASE, TOP], history=["ADD rootfs /", "RUN two"], tags=["demo:1.0"])
SHARED = image([BASE, OTHER], history=["ADD rootfs /", "COPY app"], tags=["app:2"])


@pytest.fixture
def demo(tmp_path):
    return docker_archive(DEMO, tmp_path / "demo.tar")


@pytest.fixture
def store(tmp_path):
    made = tmp_path / "store"
    archives = [
        docker_archive(one, tmp_path / f"{number}.tar") for number, one in enumerate((DEMO, SHARED, image([OTHER])))
    ]
    layertui("load", *archives, store=made).ok()
    return made


def found(*words, store=None):
    return layertui("find", *words, store=store).ok().lines


# ---------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("words", "paths"),
    [
        (["--name", "motd"], ["/etc/motd"]),
        (["--name", "*sh*"], ["/bin/ash", "/bin/sh", "/etc/shadow"]),
        (["--name", "ETC"], []),
        (["--path", "/home/*"], ["/home/ann", "/home/ann/gr\u00fc\u00dfe"]),
        (["--path", "etc/m*"], ["/etc/motd"]),
        (["--regex", "^/[a-z]+/m"], ["/etc/motd"]),
        (["--type", "l"], ["/sbin"]),
        (["--type", "d"], ["/bin", "/etc", "/home", "/home/ann"]),
        (["--type", "f", "--size", "+4k"], ["/bin/ash", "/bin/busybox", "/bin/sh"]),
        (["--size", "-10"], ["/etc/shadow", "/home/ann/gr\u00fc\u00dfe"]),
        (["--size", "12"], ["/etc/motd"]),
        (["--mode", "4000"], ["/bin/ash", "/bin/busybox", "/bin/sh"]),
        (["--mode", "4001"], ["/bin/ash", "/bin/busybox", "/bin/sh"]),
        (["--mode", "4", "--type", "f", "--name", "s*"], ["/bin/sh"]),
        (["--owner", "1000"], ["/home/ann/gr\u00fc\u00dfe"]),
        (["--layer", "2"], ["/bin/ash", "/etc/motd"]),
        (["--content", "again"], ["/etc/motd"]),
        (["--content", "#!", "--name", "a*"], ["/bin/ash"]),
        (["--content-regex", "^hel+o [a-z]+$"], ["/etc/motd"]),
        (["--content-regex", "^root", "--content", ":*:"], ["/etc/shadow"]),
        (["--digest", hashlib.sha256(b"hello again\n").hexdigest()], ["/etc/motd"]),
        (["--digest", "sha256:" + hashlib.sha256(b"").hexdigest()], ["/home/ann/gr\u00fc\u00dfe"]),
        (["--name", "motd", "--size", "+100"], []),
    ],
)  # fmt: skip
def test_conditions(demo, words, paths):
    rows = [row["path"] for row in layertui("ls", "-R", "--json", demo).ok().json]
    expected = sorted(paths, key=rows.index)
    assert found(*words, demo) == expected
    assert [row["path"] for row in layertui("find", "--json", *words, demo).ok().json] == expected


def test_without_conditions_everything_is_found(demo):
    assert found(demo) == layertui("ls", "-R", demo).ok().lines


def test_json_is_the_row_of_ls_with_the_image(demo):
    rows = {row["path"]: row for row in layertui("ls", "-R", "--json", demo).ok().json}
    for row in layertui("find", "--json", demo).ok().json:
        assert row == {"image": str(demo), **rows[row["path"]]}
    assert layertui("--json", "find", "--name", "none", demo).ok().json == []


def test_long(demo):
    assert found("-l", "--name", "motd", demo) == [
        line for line in layertui("ls", "-Rl", demo).ok().lines if line.endswith("/etc/motd")
    ]


def test_as_of_a_layer_and_what_layers_changed(demo):
    assert found("--name", "id_rsa", f"{demo}@1") == ["/home/ann/id_rsa"]
    assert found(f"{demo}@2..2") == ["/bin/ash", "/etc/motd"]
    gone = layertui("find", "--json", "--hidden", "--name", "id_rsa", f"{demo}@2..2").ok().json
    assert [(row["path"], row["layer"], row["visible"]) for row in gone] == [("/home/ann/id_rsa", 1, False)]


def test_hidden_versions(demo):
    assert found("--content", "PRIVATE KEY", demo) == []
    assert found("--content", "PRIVATE KEY", "--hidden", demo) == ["/home/ann/id_rsa"]
    rows = layertui("find", "--json", "--hidden", "--name", "motd", demo).ok().json
    assert [(row["layer"], row["visible"], row["change"], row["size"]) for row in rows] == [
        (2, True, "modified", 12),
        (1, False, "added", 6),
    ]
    assert [line.endswith("  (hidden)") for line in found("-l", "--hidden", "--name", "motd", demo)] == [False, True]


def test_files_of_a_package(tmp_path):
    status = "Package: app\nStatus: install ok installed\nVersion: 1\nArchitecture: all\nDescription: x\n\n"
    listed = [
        file("var/lib/dpkg/status", status),
        file("var/lib/dpkg/info/app.list", "/.\n/usr\n/usr/app\n/usr/app.md\n"),
    ]
    built = image([layer([*listed, file("usr/app", b"1"), file("usr/app.md", b"22"), file("usr/other", b"3")])])
    path = docker_archive(built, tmp_path / "app.tar")
    assert found("--package", "app", path) == ["/usr/app", "/usr/app.md"]
    assert found("--package", "app", "--size", "+1", path) == ["/usr/app.md"]
    assert found("--package", "none", path) == []
    assert found("--no-package", path) == ["/usr/other", "/var/lib/dpkg/info/app.list", "/var/lib/dpkg/status"]
    assert found("--no-package", "--path", "/usr/*", path) == ["/usr/other"]
    assert "cannot be used together" in layertui("find", "--no-package", "--package", "app", path).failed(2).err


def test_files_of_no_package_where_a_database_cannot_be_read(tmp_path):
    """All of its files seem to have no package: that is said."""
    berkeley = file("var/lib/rpm/Packages", bytes(4096))
    path = docker_archive(image([layer([berkeley, file("usr/app", b"1")])]), tmp_path / "app.tar")
    answer = layertui("find", "--no-package", path)
    assert answer.code == 1
    assert "rpm database of a kind that is not read" in answer.err
    assert answer.lines == ["/usr/app", "/var/lib/rpm/Packages"]


# ---------------------------------------------------------------- where


def test_all_images_of_the_store(store):
    unnamed = layertui("images", "-q", store=store).ok().lines
    lines = found("--name", "motd", store=store)
    names = sorted(["demo:1.0", "app:2", next(one for one in unnamed if one[:12] in "".join(lines))])
    assert sorted(lines) == sorted(f"{name}:/etc/motd" for name in names)
    assert lines == sorted(lines)
    assert found("--name", "app.py", "--json", store=store)[0].startswith('[{"image":')
    assert found("--name", "motd", "demo:1.0", store=store) == ["/etc/motd"]
    assert found("--name", "motd", "demo:1.0", "app:2", store=store) == ["demo:1.0:/etc/motd", "app:2:/etc/motd"]


def test_what_is_found_is_opened_by_the_name_that_is_given(store):
    for row in layertui("find", "--json", "--content", "hello", store=store).ok().json:
        assert b"hello" in layertui("cat", row["image"], row["path"], store=store).ok().out


def test_a_container(store):
    layertui("create", "--name", "box", "demo:1.0", "true", store=store).ok()
    layertui("write", "-p", "box", "/srv/mine", "-", stdin=b"hello too", store=store).ok()
    assert found("--content", "hello", "container:box", store=store) == ["/etc/motd", "/srv/mine"]
    assert found("--layer", "3", "--type", "f", "box", store=store) == ["/srv/mine"]


@pytest.mark.parametrize("compress", ["none", "gzip", "zstd"])
def test_contents_of_compressed_layers(tmp_path, compress):
    big = [file(f"d/{number}", os.urandom(900) * 2000 + b"needle") for number in range(3)]
    built = image([layer([*big, *(file(f"s/{number}", b"a needle") for number in range(50))])], compress=compress)
    path = oci_archive(built, tmp_path / "big.tar")
    assert found("--content", "needle", "--type", "f", path) == found("--type", "f", path)
    assert found("--content-regex", "needle$", "--type", "f", path) == found("--type", "f", path)
    assert found("--content", "a needle", path) == found("--path", "/s/*", path)


def test_a_folder_of_archives(tmp_path):
    folder_ = tmp_path / "archives"
    folder_.mkdir()
    docker_archive(DEMO, folder_ / "b.tar")
    docker_archive([DEMO, SHARED], folder_ / "c.tar")
    oci_layout(SHARED, folder_ / "a")
    (folder_ / "README").write_text("no archive")
    (folder_ / "below").mkdir()
    done = layertui("find", "--name", "motd", folder_)
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        f"{folder_}/a:/etc/motd",
        f"{folder_}/b.tar:/etc/motd",
        f"docker-archive:{folder_}/c.tar:demo:1.0:/etc/motd",
        f"docker-archive:{folder_}/c.tar:app:2:/etc/motd",
    ]
    (folder_ / "cut.tar").write_bytes((folder_ / "b.tar").read_bytes()[:3000])
    done = layertui("find", "--name", "app.py", folder_)
    assert done.code == 1
    assert done.err.startswith("error: ")
    assert "cut.tar" in done.err
    assert done.err.count("\n") == 1
    assert len(done.lines) == 2


def test_several_images_in_one_archive(tmp_path):
    path = docker_archive([DEMO, SHARED], tmp_path / "two.tar")
    assert found("--name", "app.py", path) == [f"docker-archive:{path}:app:2:/srv/app.py"]


# ---------------------------------------------------------------- what goes wrong


def test_one_that_cannot_be_read_and_the_others(store, demo):
    done = layertui("find", "--name", "motd", "nothere", demo, store=store)
    assert done.code == 1
    assert done.lines == [f"{demo}:/etc/motd"]
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    layertui("find", "--json", "--name", "motd", "nothere", store=store).failed(1)


def test_an_image_that_lost_a_layer(store):
    built = image([layer([file("etc/lost", b"1")])], tags=["lost:1"])
    layertui("load", docker_archive(built, store / "lost.tar"), store=store).ok()
    gone = store / "blobs" / "sha256" / built.diff_ids[0].partition(":")[2]
    gone.unlink()
    for path in (store / "cache").iterdir():
        path.unlink()
    done = layertui("find", "--name", "motd", store=store)
    assert done.code == 1
    assert len(done.lines) == 3
    assert done.err.startswith("error: lost:1: ")


@pytest.mark.parametrize(
    "words",
    [
        ["--size", "x"],
        ["--size", "+1e3"],
        ["--mode", "9"],
        ["--owner", "ann"],
        ["--layer", "0"],
        ["--type", "x"],
        ["--regex", "("],
        ["--regex", r"(a)\1"],
        ["--content-regex", "*"],
        ["--content", ""],
        ["--digest", "abc"],
        ["--name", "[z-a]"],
        ["--all-engines", "demo:1.0"],
    ],
)
def test_wrong_usage(words, store):
    layertui("find", *words, store=store).failed(2)


def test_a_layer_that_is_not_there(demo, store):
    assert "no layer 9: there are 2" in layertui("find", "--layer", "9", demo).failed(1).err
    assert found("--layer", "9", store=store) == []


def test_an_empty_store(tmp_path):
    assert layertui("find", "--name", "x", store=tmp_path / "none").ok().out == b""
    assert layertui("--json", "find", store=tmp_path / "none").ok().json == []


@pytest.mark.slow
def test_only_an_expression_loads_re2(demo, tmp_path):
    assert "re2" not in modules_of("find", "--name", "a", "--content", "b", demo, store=tmp_path / "s")
    assert "re2" in modules_of("find", "--regex", "a", demo, store=tmp_path / "s")


@pytest.mark.slow
def test_a_reader_may_stop(store):
    done = process("find", "--name", "motd", store=store)
    assert done.ok().lines == found("--name", "motd", store=store)


def test_a_word_that_is_no_image_may_be_meant_as_the_name_of_a_file(tmp_path):
    store = oci_layout(DEMO, tmp_path / "store")

    def refused(*words):
        done = layertui("find", *words, store=store).failed(1)
        assert done.err.count("\n") == 1
        return done.err

    assert refused("motd").endswith("; did you mean `layertui find --name motd`?\n")
    assert refused("a b").endswith("; did you mean `layertui find --name 'a b'`?\n")
    assert refused("etc/mot").endswith("; did you mean `layertui find --path etc/mot`?\n")
    # A condition that is given, and an image that is one, leave nothing to guess.
    assert "did you mean" not in refused("--type", "f", "motd")
    assert "did you mean" not in refused("demo:1.0@9")
    assert layertui("find", "--name", "motd", store=store).ok().text.endswith("/etc/motd\n")
