"""How a container is removed that has just ended."""

import json
import subprocess

import pytest

from layertui.core.containers.lifecycle import ending
from layertui.core.containers.model.process_identity import Process, boot_id
from layertui.core.containers.runtimes.isolation import cgroups
from layertui.core.errors import NotFound, StorageError, WrongState
from layertui.core.oci.digest import Digest

DIGEST = Digest("sha256:" + "a" * 64)


@pytest.fixture
def made(make):
    return make()


def test_one_that_was_started_meanwhile_stays(records, made):
    """Who removes it has seen it at rest, and then waited for the lock that its start held."""
    (records.path(made.id) / "run").mkdir()
    with subprocess.Popen(["sleep", "60"]) as process:
        who = Process.of(process.pid)
        state = {"pid": who.pid, "start_time": who.start_time, "shim": who.pid, "shim_start_time": who.start_time}
        state |= {"boot_id": boot_id(), "started": "2026-01-01T00:00:00Z"}
        (records.path(made.id) / "run/state").write_text(json.dumps(state))
        with pytest.raises(WrongState):
            ending.remove(records, made, lambda: None, lambda: None, force=False)
        process.kill()
    assert records.path(made.id).exists()


@pytest.mark.slow
def test_its_shim_tidies_up_before_it_goes(records, made):
    """Both in one folder at the same time would be in each other's way."""
    run = records.path(made.id) / "run"
    run.mkdir()
    with subprocess.Popen(["sh", "-c", f'sleep 0.5; touch "{run}/tidy"']) as shim:
        who = Process.of(shim.pid)
        state = {"pid": 2**22 + 1, "start_time": 1, "shim": who.pid, "shim_start_time": who.start_time}
        state |= {"boot_id": boot_id(), "started": "2026-01-01T00:00:00Z"}
        (run / "state").write_text(json.dumps(state))
        (run / "exit").write_text(json.dumps({"code": 0, "finished": "2026-01-01T00:00:01Z"}))
        ending.remove(records, records.read(made.id), lambda: None, lambda: None, force=False)
    assert shim.returncode == 0
    assert not records.path(made.id).exists()
    assert records.list() == []


def test_a_cgroup_that_a_runtime_forgot_goes_with_it(records, made, tmp_path, monkeypatch):
    monkeypatch.setattr(cgroups, "ROOT", tmp_path)
    left = [tmp_path / one / "layertui" for one in ("pids", "freezer", "")]
    for folder in left:
        (folder / made.id).mkdir(parents=True)
        (folder / ("b" * 64)).mkdir()
    ending.remove(records, made, lambda: None, lambda: None, force=False)
    assert [[one.name for one in folder.iterdir()] for folder in left] == [["b" * 64]] * 3


def test_one_that_was_removed_before_its_restart_or_wait_could_hold_it(records, made):
    """A container with `--rm` may end by itself at any moment."""
    records.remove(made)
    ending.keep(records, made)
    with pytest.raises(NotFound, match="removed meanwhile"):
        ending.lock_removal(records, made.id)


def test_what_holds_it_is_refused_in_one_line(records, made):
    records.paths(made.id).hold.symlink_to("elsewhere")
    with pytest.raises(StorageError, match=made.id):
        ending.lock_removal(records, made.id)
