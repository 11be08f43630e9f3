"""How a container ends: by itself, by a signal, removed, and with nothing left behind."""

import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from absent import need
from containing import FOREVER, box, options, put
from layertui.core.containers.model.container import State
from layertui.core.errors import (
    Cancelled,
    UsageError,
    WrongState,
)
from layertui.core.progress import Progress, quiet
from observed import wait_for


@pytest.mark.needs("processes")
def test_the_exit_code_is_kept(containers, started):
    container = started("sh", "-c", "exit 42")
    assert containers.lifecycle.wait(container.id) == 42
    now = containers.get(container.id)
    assert (now.state, now.exit_code, now.pid) == (State.EXITED, 42, 0)
    assert now.finished is not None
    assert now.started is not None


@pytest.mark.needs("processes")
def test_it_ends_after_its_start(containers, started):
    container = started("true")
    containers.lifecycle.wait(container.id)
    now = containers.get(container.id)
    assert now.finished >= now.started


@pytest.mark.needs("processes")
def test_stop_asks_first(containers, started):
    container = started("sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done")
    wait_for(containers, container.id, b"ready")
    assert containers.lifecycle.stop(container.id).exit_code == 3


@pytest.mark.slow
@pytest.mark.needs("processes")
def test_stop_kills_who_does_not_listen(containers, started):
    container = started(*FOREVER)
    before = time.monotonic()
    assert containers.lifecycle.stop(container.id, 0.3).exit_code == 137
    assert time.monotonic() - before < 5


@pytest.mark.needs("processes")
def test_stop_sends_the_signal_of_the_options(containers, started):
    container = started("sh", "-c", "trap 'exit 4' USR1; echo ready; while :; do sleep 0.05; done", stop_signal="USR1")
    wait_for(containers, container.id, b"ready")
    assert containers.lifecycle.stop(container.id).exit_code == 4


@pytest.mark.needs("processes")
def test_stop_of_an_image_that_names_no_signal(engine, containers, tmp_path):
    put(engine, box(StopSignal="SIGNOPE").tagged("odd:1"), tmp_path / "odd.tar")
    words = options("sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done")
    container = containers.create(engine.images.open("odd:1", None, quiet()), "odd:1", words)
    containers.lifecycle.start(container.id)
    wait_for(containers, container.id, b"ready")
    assert containers.lifecycle.stop(container.id).exit_code == 5


@pytest.mark.needs("processes")
def test_stop_of_what_does_not_run_is_nothing(containers, make, started):
    assert containers.lifecycle.stop(make().id).state is State.CREATED
    container = started("true")
    containers.lifecycle.wait(container.id)
    assert containers.lifecycle.stop(container.id).exit_code == 0


@pytest.mark.needs("processes")
def test_kill_sends_a_signal(containers, started):
    container = started("sh", "-c", "trap 'echo got' USR1; echo ready; while :; do sleep 0.05; done")
    wait_for(containers, container.id, b"ready")
    containers.lifecycle.kill(container.id, "SIGUSR1")
    wait_for(containers, container.id, b"got")
    containers.lifecycle.kill(container.id)
    assert containers.lifecycle.wait(container.id) == 137
    with pytest.raises(WrongState):
        containers.lifecycle.kill(container.id)


def test_kill_with_a_signal_that_is_none(containers, started):
    with pytest.raises(UsageError, match="NOSIG"):
        containers.lifecycle.kill(started(*FOREVER).id, "NOSIG")


def test_wait_for_what_never_ran_is_over_at_once(containers, make):
    assert containers.lifecycle.wait(make().id) == 0


@pytest.mark.slow
def test_wait_can_be_cancelled(containers, started):
    progress = Progress()
    threading.Timer(0.3, progress.cancel).start()
    with pytest.raises(Cancelled):
        containers.lifecycle.wait(started(*FOREVER).id, progress)


@pytest.mark.needs("processes")
def test_removed_by_itself(containers, started):
    # Asked for its output while it is there: a daemon on a busy machine removes it before the question comes.
    container = started("sh", "-c", "echo out; sleep 2; exit 6", remove=True)
    with ThreadPoolExecutor(1) as beside:
        code = beside.submit(containers.lifecycle.wait, container.id)
        assert b"".join(line.text for line in containers.output.logs(container.id, follow=True)) == b"out\n"
        assert code.result() == 6
    gone(containers)


@pytest.mark.needs("processes")
@pytest.mark.parametrize("end", ["kill", "stop", "remove"])
def test_removed_by_itself_where_who_started_it_also_ends_it(containers, started, end):
    """Nobody waits for its exit code: it is not kept for that."""
    container = started("sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done", remove=True)
    wait_for(containers, container.id, b"ready")
    if end == "remove":
        containers.remove(container.id, force=True)
    else:
        getattr(containers.lifecycle, end)(container.id)
    gone(containers)


@pytest.mark.needs("processes")
def test_one_that_is_removed_at_its_end_can_be_restarted(containers, started):
    container = started("sh", "-c", "echo ready; touch /once; while :; do sleep 0.05; done", remove=True)
    wait_for(containers, container.id, b"ready")
    again = containers.lifecycle.restart(container.id, 0)
    assert (again.id, again.state) == (container.id, State.RUNNING)
    assert containers.get(container.id).pid != container.pid
    containers.lifecycle.kill(container.id)
    gone(containers)


def gone(containers):
    for _ in range(100):
        if not containers.list():
            return
        time.sleep(0.05)
    pytest.fail("it is still there")


@pytest.mark.slow
def test_no_process_and_no_mount_is_left(containers, started, tmp_path):
    need("ps")
    for _ in range(3):
        containers.lifecycle.stop(started(*FOREVER).id, 0)
    marks = [str(tmp_path), *(one.id for one in containers.list())]
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in found.splitlines() if any(mark in line for mark in marks) and "pytest" not in line]
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
