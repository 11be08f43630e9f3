"""Pipes, sockets and devices where a file is asked for: refused in one line, and never waited for."""

import os
import socket
import subprocess
import sys

import pytest

from builders import docker_archive, file, folder, image, layer
from command_line import layertui

pytestmark = pytest.mark.slow

KINDS = ["a pipe", "a socket", "a device", "a terminal", "a block device"]


@pytest.fixture
def store(tmp_path):
    path = docker_archive(
        image([layer([folder("etc"), file("etc/motd", b"hello\n")])], tags=["a:1"]), tmp_path / "a.tar"
    )
    layertui("load", path, store=tmp_path / "store").ok()
    layertui("create", "--name", "box", "a:1", "true", store=tmp_path / "store").ok()
    return tmp_path / "store"


@pytest.fixture(params=KINDS)
def no_file(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if request.param == "a pipe":
        os.mkfifo("pipe")
        yield tmp_path / "pipe"
    elif request.param == "a socket":
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind("socket")
            yield tmp_path / "socket"
    elif request.param == "a block device":
        if os.geteuid():
            pytest.skip("only root makes one")
        os.mknod(tmp_path / "disk", 0o60600, os.makedev(7, 200))
        yield tmp_path / "disk"
    else:
        yield "/dev/zero" if request.param == "a device" else "/dev/tty"


VERBS = {
    "history": ("history", None),
    "layers": ("layers", None),
    "load": ("load", None),
    "import": ("import", None, "b:1"),
    "compare": ("compare", None, "a:1"),
    "cp": ("cp", None, "box:/x"),
    "write": ("write", "box", "/x", None),
    "env-file": ("create", "--env-file", None, "a:1", "true"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_by_its_path(verb, no_file, store):
    words = [no_file if word is None else word for word in VERBS[verb]]
    done = layertui(*words, store=store)
    if verb == "cp" and str(no_file).endswith("pipe"):
        assert done.code == 0  # as docker: a pipe is made there, and nobody has read this one
        return
    assert done.code in {1, 2}
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("verb", [("load", "-"), ("import", "-", "b:1"), ("cp", "-", "box:/")])
def test_a_device_as_standard_input(verb, store):
    words = [sys.executable, "-m", "layertui", "--store", store, *verb]
    with open("/dev/zero", "rb") as endless:
        done = subprocess.run(words, stdin=endless, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, b"error: standard input is a device, not a file or a pipe\n")


@pytest.mark.parametrize("verb", [("load", "-"), ("import", "-", "b:1")])
def test_a_stream_without_end_that_is_no_tar(verb, store):
    words = [sys.executable, "-m", "layertui", "--store", store, *verb]
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as endless:
        done = subprocess.run(words, stdin=endless.stdout, capture_output=True, timeout=60, check=False)
        endless.kill()
    assert done.returncode == 1
    assert b"not a tar" in done.stderr or b"not an image archive" in done.stderr


def test_a_tree_with_such_things_in_it(tmp_path, store, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("tree")
    os.mkfifo("tree/pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("tree/socket")
        layertui("cp", tmp_path / "tree", "box:/t", store=store).ok()
    assert [row["path"] for row in layertui("--json", "diff", "box", store=store).json] == ["/t", "/t/pipe"]


def test_files_of_the_store_that_have_become_pipes(store):
    layertui("layers", "a:1", store=store).ok()
    blobs = [path for path in (store / "blobs").rglob("*") if path.is_file()]
    for path in [*blobs, store / "index.json", store / "oci-layout"]:
        path.unlink()
        os.mkfifo(path)
        assert layertui("fsck", store=store).code == 1
        layertui("images", store=store)
        layertui("history", "a:1", store=store).failed()


def test_files_of_the_cache_that_have_become_pipes_give_way(store):
    def look():
        return [
            layertui(*words, store=store).ok().out
            for words in (("layers", "a:1"), ("ls", "-R", "a:1"), ("cat", "a:1", "/etc/motd"), ("engines",))
        ]

    before = look()
    kept = [path for path in (store / "cache").rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        path.unlink()
        os.mkfifo(path)
    words = [sys.executable, "-m", "layertui", "--store", store, "layers", "a:1"]
    assert subprocess.run(words, capture_output=True, timeout=30, check=True).stdout == before[0]
    assert look() == before


@pytest.mark.parametrize("note", ["owners", "run/plan", "run/paused"])
def test_notes_of_a_container_that_have_become_pipes_are_not_waited_for(store, note):
    path = next(path.parent for path in store.glob("containers/*/record.json")) / note
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    for verb in (
        ["ls", "container:box", "/"],
        ["diff", "box"],
        ["mkdir", "box", "/new"],
        ["start", "box"],
        ["rm", "-f", "box"],
    ):
        words = [sys.executable, "-m", "layertui", "--store", store, *verb]
        done = subprocess.run(words, capture_output=True, timeout=30, check=False)
        assert done.stderr.count(b"\n") <= 1
        assert b"unexpected" not in done.stderr
    assert layertui("--json", "ps", "-a", store=store).ok().json == []
