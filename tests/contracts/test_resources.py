"""A container that takes all it can get meets its limits, and only the container: layertui and its shim go on."""

import os
import time
from pathlib import Path

import pytest

from containing import engine_at, options
from layertui.core.containers.model.container import State
from layertui.core.containers.model.resource_limits import Limits
from layertui.core.progress import quiet
from layertui.tui.report.inspect_report import container_inspection

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="a user who is not root has no cgroups to limit"),
    pytest.mark.needs("processes"),
]

# Each time a branch of it cannot fork it dies, and its parent begins another one.
FORK_BOMB = "while :; do (while :; do sleep 100 & done) 2> /dev/null; done"


def pids_max(pid):
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, kinds, path = line.split(":", 2)
        if kinds in ("pids", ""):
            file = Path("/sys/fs/cgroup", kinds, path.lstrip("/"), "pids.max")
            if file.is_file():
                return file.read_text().strip()
    return None


@pytest.mark.needs("embedded")
@pytest.mark.parametrize(
    ("setting", "limits", "expected"),
    [
        (None, Limits(), "2048"),
        (None, Limits(pids=-1), "max"),
        (None, Limits(pids=30), "30"),
        (500, Limits(), "500"),
        (0, Limits(), "max"),
        (500, Limits(pids=30), "30"),
    ],
)
def test_how_many_processes(setting, limits, expected, request, engine, tmp_path):
    runtime = request.node.callspec.params["engine"]
    containers = engine_at(tmp_path / "store", runtime, pids_limit=setting).containers
    image = engine.images.open("box:1", None, quiet())
    container = containers.create(image, "box:1", options("sleep", "60", limits=limits))
    # Without a limit it may have no cgroup of its own.
    assert pids_max(containers.lifecycle.start(container.id).pid) in (expected, *({None} if expected == "max" else ()))
    containers.remove(container.id, force=True)


def test_a_fork_bomb(containers, started):
    """It is as many processes as it may be, and every verb says what it did, or one line."""
    bomb = started("sh", "-c", FORK_BOMB, limits=Limits(pids=20))
    first = containers.get(bomb.id)
    assert first.state is State.RUNNING
    assert len(containers.processes.top(bomb.id)) <= 20
    assert containers.observation.reading(bomb.id).pids <= 20
    containers.lifecycle.pause(bomb.id)
    assert containers.get(bomb.id).state is State.PAUSED
    containers.lifecycle.unpause(bomb.id)
    containers.lifecycle.stop(bomb.id, 0)
    assert (containers.get(bomb.id).state, containers.get(bomb.id).exit_code) == (State.EXITED, 137)
    assert containers.lifecycle.wait(bomb.id) == 137


@pytest.mark.slow
@pytest.mark.late("containerd tells of the end and of its cause by two events, in any order; the cause may get lost")
@pytest.mark.parametrize("which", ["the first process", "a child"])
def test_memory_that_is_used_up(which, containers, started):
    """Docker's exit code and word for it."""
    # One process alone: another that asks for memory while the first is being killed makes the kernel kill the shell too.
    eat = ("tail", "-c", "150000000", "/dev/zero")
    words = ("sh", "-c", f"{' '.join(eat)}; true") if which == "a child" else eat
    container = started(*words, limits=Limits(memory=16 << 20, swap=16 << 20))
    code = containers.lifecycle.wait(container.id)
    assert code == (0 if which == "a child" else 137)
    until = time.monotonic() + 5
    while not (ended := containers.get(container.id)).oom_killed and time.monotonic() < until:
        time.sleep(0.1)
    assert ended.oom_killed
    said = container_inspection(ended, None, 0, {})["State"]
    assert (said["OOMKilled"], said["ExitCode"]) == (True, code)


@pytest.mark.slow
def test_memory_that_is_enough(containers, started):
    container = started("true", limits=Limits(memory=64 << 20))
    containers.lifecycle.wait(container.id)
    assert not containers.get(container.id).oom_killed
