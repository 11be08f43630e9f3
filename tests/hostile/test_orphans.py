"""What containers that do not run have left on the machine: found by `fsck`, ended by `fsck --repair`; those that run are let be."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from builders import docker_archive
from command_line import process
from containing import box, require_runtime, runtimes
from leftovers import left_behind

pytestmark = [pytest.mark.slow, pytest.mark.sampled("running")]


@pytest.fixture(params=runtimes())
def running(request, tmp_path, store_folder, monkeypatch):
    """A store with a container that sleeps, and its folder."""
    require_runtime(request.param, tmp_path / "probed")
    monkeypatch.setenv("LAYERTUI_RUNTIME", request.param)
    process("load", docker_archive(box(), tmp_path / "box.tar"), store=store_folder).ok()
    process("run", "-d", "--name", "sleeper", "box:1", "sleep", "600", store=store_folder).ok()
    yield next(store_folder.glob("containers/*/record.json")).parent
    process("fsck", "--repair", store=store_folder)
    process("rm", "-f", "sleeper", store=store_folder)


def store_of(container: Path) -> Path:
    return container.parent.parent


def kinds(store: Path) -> set[str]:
    done = process("fsck", "--json", store=store)
    assert done.err == ""
    assert done.code == (1 if done.json["problems"] else 0)
    return {one["kind"] for one in done.json["problems"]}


def pid_of(container: Path) -> int:
    return int(process("--json", "inspect", "sleeper", store=store_of(container)).ok().json[0]["State"]["Pid"])


def test_what_runs_is_sound(running):
    assert kinds(store_of(running)) == set()
    process("fsck", "--repair", store=store_of(running)).ok()
    assert pid_of(running)


def test_processes_of_a_container_that_is_gone(running, tmp_path):
    store, pid = store_of(running), pid_of(running)
    running.rename(tmp_path / "gone")
    assert kinds(store) >= {"process"}
    process("fsck", "--repair", store=store).ok()
    assert not Path(f"/proc/{pid}").exists() or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    assert kinds(store) == set()
    assert left_behind(tmp_path, 3.0) == []


def test_a_shim_that_was_killed(running):
    store = store_of(running)
    shims = [
        int(name)
        for name in os.listdir("/proc")
        if name.isdigit() and f"shim.py\0{running}/run\0".encode() in _cmdline(name)
    ]
    assert len(shims) == 1
    os.kill(shims[0], signal.SIGKILL)
    time.sleep(0.3)
    assert kinds(store) == {"process"}
    process("fsck", "--repair", store=store).ok()
    assert kinds(store) == set()
    (listed,) = process("ps", "-a", "--json", store=store).ok().json
    assert listed["status"] == "exited"


def _cmdline(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_mount_that_nobody_needs(running):
    store = store_of(running)
    process("stop", "-t", "0", "sleeper", store=store).ok()
    place = running / "work" / "here"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("to mount needs root")
    subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
    try:
        assert kinds(store) == {"mount"}
        process("fsck", "--repair", store=store).ok()
        assert not place.is_mount()
    finally:
        subprocess.run(["umount", "-l", place], capture_output=True, check=False)


def test_a_cgroup_that_nobody_needs(running):
    store = store_of(running)
    process("stop", "-t", "0", "sleeper", store=store).ok()
    group = Path("/sys/fs/cgroup/memory", f"layertui-{running.name}")
    try:
        group.mkdir()
    except OSError:
        pytest.skip("no cgroup can be made here")
    try:
        assert kinds(store) == {"cgroup"}
        process("fsck", "--repair", store=store).ok()
        assert not group.exists()
    finally:
        if group.exists():
            group.rmdir()
