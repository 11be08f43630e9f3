"""Creates a cgroup for containers whose runtime creates none, with the path and limits that runc would use for root.

With cgroup v2 it is one folder, with v1 one for each controller that has a limit. The options are docker's.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from layertui.core.containers.model.resource_limits import PERIOD, Limits
from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr

ROOT = Path("/sys/fs/cgroup")
_OURS = "layertui"
_CONTROLLERS = ("memory", "cpu", "cpuacct", "pids", "blkio")  # of version 1


def cgroups_of(container_id: str, root: Path = ROOT) -> list[Path]:
    """The existing cgroups of a container."""
    return [folder for one in _hierarchies(root) if (folder := one / _OURS / container_id).is_dir()]


def counts_processes(root: Path = ROOT) -> bool:
    """Whether a cgroup that is made here can limit the number of its processes."""
    if not _is_v2(root):
        return (root / "pids").is_dir() and all(os.access(one, os.W_OK) for one in _hierarchies(root))
    try:
        (root / _OURS).mkdir(exist_ok=True)
        _hand_on(root)
        return "pids" in (root / _OURS / "cgroup.controllers").read_text(encoding="ascii").split()
    except OSError:
        return False


def oom_counts(container_id: str, root: Path = ROOT) -> list[Path]:
    """Files in which the kernel counts a container's processes that it killed for lack of memory, as `oom_kill N`."""
    if _is_v2(root):
        return [root / _OURS / container_id / "memory.events"]
    return [root / "memory" / _OURS / container_id / "memory.oom_control"]


def make_cgroup(limits: Limits, container_id: str, root: Path = ROOT) -> list[Path]:
    """Make the cgroups, in each hierarchy with a limit. Raises LayertuiError if a limit cannot be set; then none is left."""
    made: list[Path] = []
    files = _files_v2(limits) if _is_v2(root) else _files_v1(limits)
    try:
        for hierarchy in _hierarchies(root):
            folder = hierarchy / _OURS / container_id
            folder.parent.mkdir(exist_ok=True)
            if _is_v2(root):
                _hand_on(root, folder.parent)
            folder.mkdir(exist_ok=True)
            made.append(folder)
            for name, value in files.items():
                if (folder / name).exists():
                    (folder / name).write_text(value, encoding="ascii")
        _require(made, files)
    except OSError as error:
        remove(made)
        raise LayertuiError(
            tr(
                "limits on memory, processors and processes need a cgroup: {strerror}; leave them out",
                strerror=error.strerror,
            )
        ) from error
    return made


def _require(made: list[Path], files: Mapping[str, str]) -> None:
    lacking = {name.partition(".")[0] for name in files if not any((one / name).exists() for one in made)}
    if lacking:
        raise OSError(errno.ENOTSUP, f"the kernel limits no {', '.join(sorted(lacking))} here")


def remove(folders: list[Path]) -> None:
    """Remove them, unless processes are in them."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def clear(container_id: str) -> None:
    """Remove what a runtime, or a shim that was too late, has left of a container, in any hierarchy."""
    with suppress(OSError):
        remove([folder for one in (ROOT, *ROOT.iterdir()) if (folder := one / _OURS / container_id).is_dir()])


def _is_v2(root: Path) -> bool:
    return (root / "cgroup.controllers").exists()


def _hierarchies(root: Path) -> list[Path]:
    """The hierarchies in which a container has a cgroup; in version 1 two names may be the same folder."""
    if _is_v2(root):
        return [root]
    found = {path.resolve(): path for name in _CONTROLLERS if (path := root / name).is_dir()}
    return list(found)


def _hand_on(*folders: Path) -> None:
    """Enable in the cgroups below these folders the controllers that the folders have."""
    for folder in folders:
        there = (folder / "cgroup.controllers").read_text(encoding="ascii").split()
        wanted = " ".join(f"+{name}" for name in ("cpu", "memory", "pids", "io") if name in there)
        (folder / "cgroup.subtree_control").write_text(wanted, encoding="ascii")


def _files_v2(limits: Limits) -> Mapping[str, str]:
    """The files of the cgroup and their content, in the order in which to write them (cgroup-v2.rst)."""
    said = limits.to_json()
    files = {}
    if memory := said.get("memory"):
        files["memory.max"] = str(memory["limit"])
        if "swap" in memory:
            files["memory.swap.max"] = "max" if memory["swap"] < 0 else str(memory["swap"] - memory["limit"])
    if cpu := said.get("cpu"):
        files["cpu.max"] = f"{cpu['quota']} {PERIOD}"
    if pids := said.get("pids"):
        files["pids.max"] = str(pids["limit"])
    return files


def _files_v1(limits: Limits) -> Mapping[str, str]:
    """The same for version 1; memory and swap together can only be limited after memory (cgroup-v1/memory.rst)."""
    said = limits.to_json()
    files = {}
    if memory := said.get("memory"):
        files["memory.limit_in_bytes"] = str(memory["limit"])
        if "swap" in memory:
            files["memory.memsw.limit_in_bytes"] = str(memory["swap"])
    if cpu := said.get("cpu"):
        files |= {"cpu.cfs_period_us": str(PERIOD), "cpu.cfs_quota_us": str(cpu["quota"])}
    if pids := said.get("pids"):
        files["pids.max"] = str(pids["limit"])
    return files
