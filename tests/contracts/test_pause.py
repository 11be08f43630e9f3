"""A container paused, resumed, and started again."""

import io
import os
import time
from contextlib import suppress

import pytest

from containing import FOREVER, ROOT
from layertui.core.containers.model.container import State
from layertui.core.containers.model.process_identity import Process, inside
from layertui.core.errors import (
    WrongState,
)
from leftovers import cgroups
from observed import changed, wait_for

pytestmark = pytest.mark.needs("processes")

COUNTING = ("sh", "-c", "while :; do echo x; sleep 0.02; done")
FORKING = ("sh", "-c", "while :; do (sleep 0.01; echo x); done & (setsid sh -c 'while :; do sleep 0.01; done') & wait")


def written(containers, name):
    return sum(1 for _ in containers.output.logs(name))


def stands_still(containers, name):
    """Nothing is written any more, after what was on its way has come."""
    time.sleep(0.2)
    before = written(containers, name)
    time.sleep(0.3)
    return written(containers, name) == before


@pytest.mark.slow
@pytest.mark.parametrize("command", [COUNTING, FORKING])
def test_paused_it_stands_still_and_goes_on(containers, started, command):
    container = started(*command)
    wait_for(containers, container.id, b"x")
    paused = containers.lifecycle.pause(container.id)
    assert (paused.state, paused.pid) == (State.PAUSED, container.pid)
    assert paused.paused_by == ("freezer" if ROOT else "signals")
    assert stands_still(containers, container.id)
    now = containers.lifecycle.unpause(container.id)
    assert (now.state, now.paused_by) == (State.RUNNING, None)
    before = written(containers, container.id)
    for _ in range(200):
        if written(containers, container.id) > before:
            return
        time.sleep(0.02)
    pytest.fail("it does not go on")


@pytest.mark.needs("embedded")
def test_where_there_is_no_freezer_signals_do_it(containers, started, monkeypatch):
    """They find every process, and leave those alone that the container has stopped itself."""
    from layertui.core.containers.model.process_identity import stat_of
    from layertui.core.containers.runtimes.bubblewrap import Bubblewrap
    from layertui.core.containers.runtimes.oci_runtime import OciRuntime

    for runtime in (Bubblewrap, OciRuntime):
        monkeypatch.setattr(runtime, "pause", lambda *_: False)
    container = started("sh", "-c", "sleep 600 & kill -STOP $!; (setsid sleep 600) & echo ready; exec sleep 600")
    wait_for(containers, container.id, b"ready")
    first = Process.of(container.pid)
    for _ in range(100):  # until both have come to their sleep
        before = {one: stat_of(one.pid).state for one in inside(first)}
        if sorted(before.values()) == ["S", "S", "T"]:
            break
        time.sleep(0.02)
    assert containers.lifecycle.pause(container.id).paused_by == "signals"
    assert {stat_of(one.pid).state for one in before} == {"T"}
    containers.lifecycle.unpause(container.id)
    for _ in range(100):
        if {one: stat_of(one.pid).state for one in inside(first)} == before:
            return
        time.sleep(0.02)
    pytest.fail("they are not as they were")


@pytest.mark.slow
def test_what_cannot_be_done_while_paused_and_what_can(containers, make, started):
    container = started(*COUNTING)
    containers.lifecycle.pause(container.id)
    for refused in (
        lambda: containers.lifecycle.pause(container.id),
        lambda: containers.lifecycle.start(container.id),
        lambda: containers.processes.exec(container.id, ["true"]),
    ):
        with pytest.raises(WrongState, match=r"paused.*unpause it first"):
            refused()
    with pytest.raises(WrongState, match="stop it first"):
        containers.remove(container.id)
    containers.files.writable_layer(container.id).write("/w", io.BytesIO(b"w"))
    assert ("A", "/w") in changed(containers, container.id)
    for other in (make(), started("true", name="over")):
        containers.lifecycle.wait(other.id)
        for refused in (containers.lifecycle.pause, containers.lifecycle.unpause):
            with pytest.raises(WrongState):
                refused(other.id)


@pytest.mark.slow
def test_a_paused_container_can_be_ended(containers, started):
    trapping = "trap 'exit 3' TERM; trap 'echo got' USR1; echo ready; while :; do sleep 0.02; done"

    def paused():
        container = started("sh", "-c", trapping)
        wait_for(containers, container.id, b"ready")
        return containers.lifecycle.pause(container.id).id

    assert containers.lifecycle.stop(paused()).exit_code == 3
    killed = paused()
    containers.lifecycle.kill(killed)
    assert containers.lifecycle.wait(killed) == 137
    waiting = paused()
    containers.lifecycle.kill(waiting, "USR1")  # is kept for it until it goes on
    assert containers.get(waiting).state is State.PAUSED
    containers.lifecycle.unpause(waiting)
    wait_for(containers, waiting, b"got")
    containers.lifecycle.pause(waiting)
    containers.remove(waiting, force=True)
    again = paused()
    assert containers.lifecycle.restart(again).state is State.RUNNING


def test_killed_while_paused_by_somebody_else_it_can_be_started_again(containers, started):
    container = started(*COUNTING)
    containers.lifecycle.pause(container.id)
    os.kill(container.pid, 9)
    with suppress(WrongState):  # v1's freezer holds even a killed one
        containers.lifecycle.kill(container.id)
    assert containers.lifecycle.wait(container.id) == 137
    assert containers.lifecycle.start(container.id).state is State.RUNNING


def test_no_freezer_is_left(containers, started):
    container = started(*FOREVER)
    containers.lifecycle.pause(container.id)
    containers.lifecycle.stop(container.id, 0)
    containers.remove(container.id)
    assert not [*cgroups({container.id})]


def test_restart(containers, make):
    container = make(*FOREVER)
    first = containers.lifecycle.restart(container.id, 0)
    second = containers.lifecycle.restart(container.id, 0)
    assert (first.state, second.state) == (State.RUNNING, State.RUNNING)
    assert first.pid != second.pid
    assert second.started > first.started
