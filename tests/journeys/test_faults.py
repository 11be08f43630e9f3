"""Faults while containers live: a full disk, the screen killed. One clear line, nothing half done, nothing left."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

import peers
from builders import docker_archive
from containing import ROOT, box, require_runtime, runtimes
from layertui.core.containers.model.process_identity import Process
from terminal import terminal

RUNTIME = pytest.mark.parametrize("runtime", runtimes())
pytestmark = [pytest.mark.slow, pytest.mark.sampled("runtime")]
BIG = bytes(3_000_000)


@pytest.fixture
def cramped(tmp_path, monkeypatch, runtime):
    """A store on a disk that is nearly full, with a container that runs and one that does not."""
    if not ROOT:
        pytest.skip("mounting a small tmpfs needs root")
    require_runtime(runtime, tmp_path / "probe")
    monkeypatch.setenv("LAYERTUI_RUNTIME", runtime)
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", small], check=True)
    cramped = peers.program(small / "store")
    try:
        cramped.run("load", "-i", docker_archive(box(), tmp_path / "box.tar"))
        cramped.run("run", "-d", "--name", "running", "box:1", "sleep", "600")
        cramped.run("create", "--name", "stopped", "box:1", "true")
        left = os.statvfs(small)
        (small / "ballast").write_bytes(bytes(max(0, left.f_bavail * left.f_frsize - 2_000_000)))
        yield cramped
        (small / "ballast").unlink()
        assert cramped.json("fsck")["ok"]
    finally:
        cramped.run("rm", "-f", "running", "stopped", check=False)
        subprocess.run(["umount", small], check=True)


def refused(program, *words, stdin=b""):
    done = program.run(*words, stdin=stdin, check=False)
    (line,) = done.stderr.decode().splitlines()
    assert (done.returncode, line.startswith("error: "), "space" in line.lower()) == (1, True, True), line


@RUNTIME
@pytest.mark.parametrize("name", ["running", "stopped"])
def test_a_full_disk(cramped, name, tmp_path, runtime):
    """What was there is still there, in whole, and small things go on."""
    (tmp_path / "big").write_bytes(BIG)
    cramped.run("write", name, "/etc/plain", stdin=b"before\n")
    before = cramped.json("diff", name)
    refused(cramped, "write", name, "/etc/plain", stdin=BIG)
    refused(cramped, "write", "-p", name, "/made/new", stdin=BIG)
    refused(cramped, "cp", tmp_path / "big", f"{name}:/srv/big")
    assert cramped.json("diff", name) == before
    assert cramped.text("cat", f"container:{name}", "/etc/plain") == "before"
    cramped.run("write", name, "/etc/small", stdin=b"small\n")
    assert cramped.text("cat", f"container:{name}", "/etc/small") == "small"


@RUNTIME
def test_a_full_disk_for_the_container_itself(cramped, runtime):
    """The kernel reports it, as on any disk; the files can be removed, and then the layer be committed."""
    done = cramped.run("exec", "running", "sh", "-c", "head -c 3000000 /dev/zero > /big; echo ended $?", check=False)
    assert done.stdout == b"ended 1\n"
    refused(cramped, "commit", "running", "two:1")
    assert [row["tags"] for row in cramped.json("images")] == [["box:1"]]
    cramped.run("unlink", "running", "/big")
    cramped.run("commit", "running", "two:1")


@RUNTIME
def test_not_a_byte_is_left(cramped, runtime):
    """One can look why, at a terminal too, and everything that takes things away does so."""
    with (Path(cramped.store).parent / "fill").open("wb", buffering=0) as fill, suppress(OSError):
        while fill.write(bytes(4096)):
            pass
    assert cramped.text("exec", "running", "echo", "here") == "here"
    assert cramped.run("exec", "running", "sh", "-c", "exit 5", check=False).returncode == 5
    assert cramped.run("exec", "-t", "running", "sh", "-c", "echo here; exit 6", check=False).returncode == 6
    cramped.run("stop", "-t", "0", "running")
    cramped.run("rmi", "--force", "box:1")
    cramped.run("rm", "running", "stopped")
    assert cramped.json("images") == []
    cramped.run("gc")
    (Path(cramped.store).parent / "fill").unlink()


@pytest.mark.late("a real terminal: keys may come before what they are meant for is painted")
@RUNTIME
def test_the_screen_is_killed(layertui, tmux, runtime, tmp_path, monkeypatch):
    """What it has started continues, and the next process finds it."""
    require_runtime(runtime, tmp_path / "probe")
    monkeypatch.setenv("LAYERTUI_RUNTIME", runtime)
    layertui.run("load", "-i", docker_archive(box(), tmp_path / "box.tar"))
    layertui.run("create", "--name", "outlives", "box:1", "sh", "-c", "echo begun; exec sleep 600")
    argv = [*layertui.tool.argv, "--store", layertui.store]
    try:
        with terminal(argv, tmp_path, env={"LAYERTUI_RUNTIME": runtime}) as shown:
            shown.wait("outlives", "Created")
            shown.go("2", "s")
            shown.wait("running, process")
            screen = int(shown.tmux.text("display-message", "-p", "#{pane_pid}"))
            everybody = [screen, *children(screen)]
            for pid in everybody:
                os.kill(pid, signal.SIGKILL)
        (row,) = layertui.json("ps")
        assert (row["name"], row["status"]) == ("outlives", "running")
        assert Process.of(row["pid"]) is not None
        assert layertui.text("logs", "outlives") == "begun"
        assert layertui.text("exec", "outlives", "echo", "still here") == "still here"
        assert layertui.json("fsck")["ok"]
        layertui.run("stop", "-t", "0", "outlives")
        assert layertui.json("ps") == []
    finally:
        layertui.run("rm", "-f", "outlives", check=False)


def children(pid):
    """Those that the screen has started and still has."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
