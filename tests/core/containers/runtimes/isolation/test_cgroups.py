"""Cgroups as folders: what is written where, for either version."""

import pytest

from layertui.core.containers.model import resource_limits as module
from layertui.core.containers.model.resource_limits import Limits
from layertui.core.containers.runtimes.isolation.cgroups import (
    cgroups_of,
    counts_processes,
    make_cgroup,
    oom_counts,
    remove,
)
from layertui.core.errors import LayertuiError

LIMITS = Limits(memory=64 << 20, swap=96 << 20, nano_cpus=5 * 10**8, pids=7)


@pytest.fixture(autouse=True)
def _swap_is_counted(monkeypatch):
    monkeypatch.setattr(module, "_counts_swap", lambda: True)


def hierarchy(folder, *files):
    """A folder in which every new folder has these files, as the kernel would make them."""
    for path in (folder, folder / "layertui", folder / "layertui" / "c1"):
        path.mkdir(parents=True, exist_ok=True)
        for name in files:
            (path / name).touch()


def test_version_1(tmp_path):
    hierarchy(tmp_path / "memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes")
    hierarchy(tmp_path / "cpu,cpuacct", "cpu.cfs_period_us", "cpu.cfs_quota_us")
    for name in ("cpu", "cpuacct"):
        (tmp_path / name).symlink_to("cpu,cpuacct")
    hierarchy(tmp_path / "pids", "pids.max")
    made = make_cgroup(LIMITS, "c1", tmp_path)
    assert len(made) == 3
    assert cgroups_of("c1", tmp_path) == made
    own = tmp_path / "memory" / "layertui" / "c1"
    assert (own / "memory.limit_in_bytes").read_text() == str(64 << 20)
    assert (own / "memory.memsw.limit_in_bytes").read_text() == str(96 << 20)
    assert (tmp_path / "cpu/layertui/c1/cpu.cfs_quota_us").read_text() == "50000"
    assert (tmp_path / "pids/layertui/c1/pids.max").read_text() == "7"


def test_version_2(tmp_path):
    hierarchy(
        tmp_path, "cgroup.controllers", "cgroup.subtree_control", "memory.max", "memory.swap.max", "cpu.max", "pids.max"
    )
    for path in (tmp_path, tmp_path / "layertui"):
        (path / "cgroup.controllers").write_text("cpuset cpu io memory pids misc")
    (own,) = make_cgroup(LIMITS, "c1", tmp_path)
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpu +memory +pids +io"
    assert (own / "memory.max").read_text() == str(64 << 20)
    assert (own / "memory.swap.max").read_text() == str(32 << 20)
    assert (own / "cpu.max").read_text() == "50000 100000"
    assert (own / "pids.max").read_text() == "7"
    make_cgroup(Limits(memory=64 << 20, swap=-1), "c1", tmp_path)
    assert (own / "memory.swap.max").read_text() == "max"


def test_what_the_kernel_does_not_limit_is_reported_and_leaves_nothing(tmp_path):
    (tmp_path / "memory").mkdir()
    with pytest.raises(LayertuiError, match="the kernel limits no memory, pids here"):
        make_cgroup(Limits(memory=64 << 20, pids=7), "c1", tmp_path)
    assert cgroups_of("c1", tmp_path) == []


def test_without_any_cgroup(tmp_path):
    with pytest.raises(LayertuiError, match="need a cgroup"):
        make_cgroup(Limits(pids=7), "c1", tmp_path)
    remove([tmp_path / "nothing"])


def test_whether_processes_can_be_counted(tmp_path):
    """Without it only requested limits are set."""
    assert not counts_processes(tmp_path)
    (tmp_path / "pids").mkdir()
    assert counts_processes(tmp_path)
    hierarchy(tmp_path, "cgroup.controllers", "cgroup.subtree_control")
    assert not counts_processes(tmp_path)
    for path in (tmp_path, tmp_path / "layertui"):
        (path / "cgroup.controllers").write_text("cpu memory pids")
    assert counts_processes(tmp_path)
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"


def test_where_kills_for_want_of_memory_are_counted(tmp_path):
    assert oom_counts("c1", tmp_path) == [tmp_path / "memory/layertui/c1/memory.oom_control"]
    (tmp_path / "cgroup.controllers").touch()
    assert oom_counts("c1", tmp_path) == [tmp_path / "layertui/c1/memory.events"]
