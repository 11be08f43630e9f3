"""Creates a freezer cgroup for containers whose runtime has none: v2's `cgroup.freeze`, or v1's `freezer.state`.

It is inside the container's cgroup, so that the limits of that cgroup still apply, and exists only while the container
is paused. Without permission to create it, there is none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from layertui.core.containers.model.process_identity import Process, inside

_PATIENCE = 5.0
_LOOK_AGAIN = 0.005


def freeze(name: str, first: Process) -> Path | None:
    """Freeze every process of the container in a new cgroup, and return that; None if none can be made."""
    for parent in _parents(first.pid):
        folder = parent / f"layertui-{name}"
        try:
            folder.mkdir(exist_ok=True)
        except OSError:
            continue
        # The cgroup is frozen first, so that each process stops as it enters and starts no others.
        if _ask(folder, still=True) and _fill(folder, first) and _is_frozen(folder):
            return folder
        thaw(folder)
    return None


def thaw(folder: Path) -> None:
    """Resume the processes in their previous cgroup; removes this one."""
    _ask(folder, still=False)
    end = time.monotonic() + _PATIENCE
    while folder.is_dir() and time.monotonic() < end:
        with suppress(OSError):
            for pid in _members(folder):
                with suppress(OSError):  # it has just ended
                    (folder.parent / "cgroup.procs").write_text(pid)
            folder.rmdir()
            return
        time.sleep(_LOOK_AGAIN)


def _parents(pid: int) -> Iterator[Path]:
    """The folders of a process's cgroups that can freeze; v2 first, where even a frozen process can be killed."""
    with suppress(OSError), open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="surrogateescape") as file:
        lines = [line.rstrip("\n").split(":", 2) for line in file]
        for _, controllers, path in sorted(lines, key=lambda line: line[1] != ""):
            roots = ("", "unified") if not controllers else (controllers,) if controllers == "freezer" else ()
            for root in roots:
                folder = Path("/sys/fs/cgroup", root) / path.lstrip("/")
                if (folder / "cgroup.procs").exists():
                    yield folder


def _ask(folder: Path, *, still: bool) -> bool:
    for name, word in (("cgroup.freeze", "1" if still else "0"), ("freezer.state", "FROZEN" if still else "THAWED")):
        with suppress(OSError):
            if (folder / name).exists():
                (folder / name).write_text(word)
                return True
    return False


def _fill(folder: Path, first: Process) -> bool:
    """Move every process of the container in, including those that others start in the meantime."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        there = set(_members(folder))
        outside = [one for one in inside(first) if str(one.pid) not in there]
        if not outside:
            return True
        for one in outside:
            try:
                (folder / "cgroup.procs").write_text(str(one.pid))
            except ProcessLookupError:  # it has just ended
                continue
            except OSError:
                return False
    return False


def _is_frozen(folder: Path) -> bool:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        for name, word in (("cgroup.events", "frozen 1"), ("freezer.state", "FROZEN")):
            with suppress(OSError):
                if word in (folder / name).read_text().splitlines():
                    return True
        time.sleep(_LOOK_AGAIN)
    return False


def _members(folder: Path) -> list[str]:
    with suppress(OSError):
        return (folder / "cgroup.procs").read_text().split()
    return []
