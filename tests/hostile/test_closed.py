"""What others on the machine can see of a store, whatever the umask: nothing; and no secret is stored unnecessarily."""

import os
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from builders import docker_archive, file, folder, image, layer
from containing import box, require_runtime, runtimes

pytestmark = pytest.mark.slow


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def run(*words, store):
    done = subprocess.run(
        [sys.executable, "-m", "layertui", "--store", store, *words], capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().strip()


@pytest.mark.parametrize("first", ["history", "layers", "load", "import", "images", "create", "engines", "demo"])
def test_whatever_makes_the_store_makes_it_for_its_owner_alone(first, tmp_path, open_umask):
    path = docker_archive(
        image([layer([folder("etc"), file("etc/motd", b"hello\n")])], tags=["a:1"]), tmp_path / "a.tar"
    )
    (tmp_path / "l.tar").write_bytes(layer([file("f")]))
    words = {
        "history": ("history", path),
        "layers": ("layers", path),
        "load": ("load", path),
        "import": ("import", tmp_path / "l.tar", "b:1"),
        "images": ("images",),
        "create": ("--json", "create", path, "true"),
        "engines": ("engines",),
        "demo": ("demo", "--no-ui"),
    }[first]
    store = tmp_path / "above" / "store"
    if first == "create":
        run("load", path, store=store)
        words = ("create", "a:1", "true")
    run(*words, store=store)
    assert not store.exists() or stat.S_IMODE(store.stat().st_mode) == 0o700


@pytest.mark.parametrize("runtime", runtimes())
def test_a_running_container_is_reached_by_its_owner_alone(runtime, tmp_path, open_umask, monkeypatch):
    require_runtime(runtime, tmp_path / "probe")
    monkeypatch.setenv("LAYERTUI_RUNTIME", runtime)
    store = tmp_path / "store"
    secret = f"hunter2-{uuid4()}"  # of this test alone: another test's is among the processes, too
    run("load", docker_archive(box(), tmp_path / "box.tar"), store=store)
    run("create", "--name", "box", "-e", f"PASSWORD={secret}", "box:1", "sleep", "60", store=store)
    run("start", "box", store=store)
    try:
        run("exec", "-d", "-e", f"PASSWORD={secret}", "box", "sleep", "60", store=store)
        sockets = [path for path in store.rglob("*") if path.is_socket()]
        assert sockets
        for path in sockets:
            assert not path.lstat().st_mode & 0o077
            assert not path.parent.stat().st_mode & 0o077
        with open("/proc/net/unix", encoding="ascii", errors="replace") as table:
            assert not [line for line in table if "@" in line and (str(store) in line or "layertui" in line)]
        run("logs", "box", store=store)
        _no_secret(store, secret)
    finally:
        run("rm", "-f", "box", store=store)


def _no_secret(store, secret):
    """The variable is in the container's record, and in its runtime's input; not in logs, events, or names of processes."""
    known = {"record.json", "config.json", "plan", "launcher", "process.json"}
    holding = [
        path
        for path in store.rglob("*")
        if path.is_file() and not path.is_symlink() and secret.encode() in path.read_bytes()
    ]
    assert {path.name for path in holding} <= known
    assert [path for path in holding if path.parent.parent.name == "exec"]
    assert [path for path in holding if path.stat().st_mode & 0o077] == []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            assert secret.encode() not in path.read_bytes(), path
