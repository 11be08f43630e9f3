"""A container watched: what runs in it, what it takes, what its root is made of."""

import os
import time
from pathlib import Path

import pytest

from containing import FOREVER
from layertui.core.errors import (
    WrongState,
)
from observed import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.needs("processes", "observation")]


def test_processes_with_the_numbers_of_both_sides(containers, make, started):
    container = started("sh", "-c", "(setsid sleep 601) & echo ready; exec sleep 602")
    wait_for(containers, container.id, b"ready")
    for _ in range(100):
        found = containers.processes.top(container.id)
        if {one.command for one in found} == {("sleep", "601"), ("sleep", "602")}:
            break
        time.sleep(0.05)
    first = next(one for one in found if one.pid == container.pid)
    assert (first.inside, first.uid, first.command) == (1, os.geteuid(), ("sleep", "602"))
    assert all(Path(f"/proc/{one.pid}").exists() and one.inside < 100 for one in found)
    with pytest.raises(WrongState, match="start it first"):
        containers.processes.top(make().id)


def test_what_it_takes(containers, make, started):
    from layertui.core.containers.observe.resource_usage import between

    idle, busy = started(*FOREVER), started("sh", "-c", "while :; do :; done")
    before = [containers.observation.reading(one.id) for one in (idle, busy)]
    for _ in range(100):
        now = [containers.observation.reading(one.id) for one in (idle, busy)]
        if now[1].cpu - before[1].cpu > 0.1:
            break
        time.sleep(0.05)
    quiet_one, busy_one = (between(*pair) for pair in zip(before, now, strict=True))
    assert quiet_one.cpu_percent < busy_one.cpu_percent
    assert busy_one.cpu_percent > 0
    for one in (quiet_one.now, busy_one.now):
        assert one.pids == 1
        assert 0 < one.memory < 50_000_000 < one.limit
        assert (one.received, one.sent) == (0, 0)
    assert containers.observation.reading(make().id) is None


def test_its_layers_are_folders_and_its_root_an_overlay_of_them(containers, make, tmp_path):
    container = make(*FOREVER)
    before = containers.observation.mounts(container.id)
    assert [(one.first, one.last, one.writable) for one in before.layers] == [
        *((4, 4, True), (3, 3, False), (2, 2, False), (1, 1, False), (0, 0, False)),
    ]
    assert before.mounts == ()
    containers.lifecycle.start(container.id)
    now = containers.observation.mounts(container.id)
    assert now.layers == before.layers
    assert (now.layers[2].folder / "data/a").read_text() == "a"
    assert all(str(one.folder).startswith(str(tmp_path)) and one.folder.is_dir() for one in now.layers)
    by_path = {one.path: one for one in now.mounts}
    assert by_path["/"].kind == "overlay"
    assert (by_path["/proc"].kind, by_path["/sys"].options[0]) == ("proc", "ro")
