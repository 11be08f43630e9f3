"""What is reported of a container whose shim was killed, or whose machine went down."""

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from containing import FOREVER
from layertui.core.containers.model.container import State
from layertui.core.containers.model.process_identity import Process, inside
from layertui.core.errors import (
    WrongState,
)
from leftovers import cgroups, left_behind
from observed import happened

pytestmark = [pytest.mark.slow, pytest.mark.needs("embedded")]


def test_a_shim_that_is_killed(engine, containers, started, tmp_path):
    """The exit code is lost; the end is recorded, and no process is left without a shim."""
    container = started("sh", "-c", "(setsid sleep 600) & exec sleep 600")
    state = json.loads((tmp_path / "store/containers" / container.id / "run/state").read_bytes())
    everybody = inside(Process.of(container.pid))
    os.kill(state["shim"], 9)
    Process(state["shim"], state["shim_start_time"]).wait(10)
    now = next(one for one in containers.list() if one.id == container.id)
    assert (now.state, now.pid, now.exit_code) == (State.EXITED, 0, 255)
    assert "shim" in now.reason
    assert now.finished >= now.started
    assert all(one.wait(10) for one in everybody)
    assert containers.get(container.id) == now
    assert [name for name, _ in happened(engine, container.id)] == ["create", "start", "die"]
    assert not [*cgroups({container.id})]
    again = containers.lifecycle.start(container.id)
    assert (again.state, again.reason) == (State.RUNNING, None)


@pytest.mark.parametrize("verb", ["start", "remove"])
def test_a_shim_that_is_killed_before_it_could_note_what_runs(containers, started, tmp_path, verb):
    """Nothing is known of it; but what comes next does not mount its layer a second time, or remove it under it."""
    container = started(*FOREVER)
    run = tmp_path / "store/containers" / container.id / "run"
    state = json.loads((run / "state").read_bytes())
    (run / "state").unlink()
    os.kill(state["shim"], 9)
    getattr(containers if verb == "remove" else containers.lifecycle, verb)(container.id)
    assert Process(state["pid"], state["start_time"]).wait(10)
    containers.remove(container.id, force=True) if verb == "start" else None
    assert not [*cgroups({container.id})]


@pytest.mark.parametrize("paused", [False, True])
def test_all_is_killed_at_once(containers, started, tmp_path, paused):
    kept, gone = started(*FOREVER), started(*FOREVER, remove=True)
    if paused:
        containers.lifecycle.pause(kept.id)
    for one in (kept, gone):
        state = json.loads((tmp_path / "store/containers" / one.id / "run/state").read_bytes())
        for pid in (state["shim"], state["pid"]):
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        Process(state["shim"], state["shim_start_time"]).wait(10)
    assert [(one.id, one.state, one.exit_code) for one in containers.list()] == [(kept.id, State.EXITED, 255)]
    containers.remove(kept.id)
    assert not [*cgroups({kept.id})]


def test_after_the_machine_went_down(containers, started, tmp_path):
    container = started("true")
    containers.lifecycle.wait(container.id)
    run = tmp_path / "store/containers" / container.id / "run"
    (run / "exit").unlink()
    (run / "state").write_text((run / "state").read_text().replace('"boot_id":"', '"boot_id":"another-'))
    now = containers.get(container.id)
    assert (now.state, now.exit_code) == (State.EXITED, 255)
    assert "machine" in (now.reason or "")


@pytest.fixture
def somebody():
    """A process that has nothing to do with containers."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield Process.of(process.pid)
        process.kill()


@pytest.mark.parametrize("ended", [True, False])
def test_a_pid_that_is_somebody_elses_now(containers, started, tmp_path, somebody, ended):
    """Of the same number, and of another start: no verb reaches it, and what is written goes into the layer."""
    container = started(*FOREVER)
    containers.lifecycle.kill(container.id)
    containers.lifecycle.wait(container.id)
    run = tmp_path / "store/containers" / container.id / "run"
    state = json.loads((run / "state").read_bytes())
    pids = {"pid": somebody.pid, "shim": somebody.pid, "start_time": state["start_time"], "shim_start_time": 1}
    (run / "state").write_text(json.dumps(state | pids))
    if not ended:
        (run / "exit").unlink()
    assert containers.get(container.id).state is State.EXITED
    for verb in (containers.lifecycle.kill, containers.lifecycle.pause, containers.processes.top):
        with pytest.raises(WrongState):
            verb(container.id)
    containers.lifecycle.stop(container.id)
    containers.files.writable_layer(container.id).write("/written", io.BytesIO(b"into the layer"))
    assert (tmp_path / "store/containers" / container.id / "upper/written").read_bytes() == b"into the layer"
    assert not Path("/written").exists()
    assert containers.lifecycle.start(container.id).pid != somebody.pid
    containers.remove(container.id, force=True)
    assert not somebody.wait(0)


def names_of(run):
    """Every process whose words name the folder of a start: its shim, and the runtime at work."""
    found = {}
    for name in os.listdir("/proc"):
        with suppress(OSError):
            words = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0") if name.isdigit() else []
            if any(os.fsencode(run) in word for word in words):
                found[int(name)] = words
    return found


def kill_the_shim_at_work(run, starting):
    """As soon as its runtime is there; how far that has come is another matter each time."""
    while starting.poll() is None:
        found = names_of(run)
        shims = [pid for pid, words in found.items() if any(word.endswith(b"shim.py") for word in words)]
        if len(shims) < len(found):
            for pid in shims:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "with who started it"])
def test_a_shim_that_is_killed_while_its_runtime_works(containers, make, tmp_path, alone, number):
    """Nothing goes on by itself: what was begun is ended, and the container can be started, and removed."""
    store = tmp_path / "store"
    container = make(*FOREVER, name="c1")
    run = store / "containers" / container.id / "run"
    if number % 2:
        containers.lifecycle.start(container.id)
    words = [sys.executable, "-m", "layertui", "--store", str(store), "start", "c1"]
    env = {**os.environ, "LAYERTUI_RUNTIME": containers.survey.runtimes()[0].name}
    for _ in range(10):  # a start that was quicker than we
        if containers.get("c1").state is State.RUNNING:
            containers.lifecycle.stop(container.id, 0)
        before = containers.get("c1").state
        with subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as starting:
            kill_the_shim_at_work(run, starting)
            if not alone:
                starting.kill()
            said = starting.communicate()[1].decode()
        if starting.returncode:
            break
    if alone:
        assert starting.returncode == 1, said
        assert "shim was killed" in said
        assert said.count("\n") == 1
        now = containers.get("c1")
        assert now.state is before
        assert "shim" in (now.reason or "")
        assert names_of(run) == {}
        assert not [*cgroups({container.id})]
        assert containers.lifecycle.start("c1").state is State.RUNNING
    containers.remove("c1", force=True)
    assert left_behind(tmp_path, 3.0) == []
