"""Finds processes, mounts and cgroups that containers left on the machine although they do not run.

They are recognized by the store that they name: a shim by its argument, a container's process by the writable layer in
its root, a mount by its path, a cgroup by the ID of a container of this store. A container that has just ended may
still be cleaning up, so each finding is checked again; a shim that has not begun, or has nothing left but to remove its
container, is none, however long that takes.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from layertui.core.containers.model.container_names import is_id
from layertui.core.containers.model.mount_table import mounts_of
from layertui.core.containers.model.process_identity import Process
from layertui.core.containers.records.records import Records
from layertui.core.containers.runtimes.shim_process import SHIM
from layertui.core.errors import Conflict, LayertuiError
from layertui.core.fs.file_window import without_waiting
from layertui.core.language.texts import tr
from layertui.core.storage.lost_and_found import Problem, RepairableProblem

CGROUPS = Path("/sys/fs/cgroup")
_PATIENCE = 4.0  # seconds: on a busy machine, cleaning up after an end takes time
_LOOK_AGAIN = 0.5
_MOUNTED = re.compile(r"(?:^|,)upperdir=([^,]*)")

Mend = Callable[[], object]
_Left = dict[tuple[str, str, str], tuple[str, Mend]]
"""Kind, object and container ID; with a description, and a function that removes it."""


def orphans(records: Records, had: Collection[str]) -> Iterator[RepairableProblem]:
    """What remains of containers that do not run or were removed. `had`: the IDs that this store has ever known."""
    left = _left(records, had)
    end = time.monotonic() + _PATIENCE
    while left and time.monotonic() < end:
        time.sleep(_LOOK_AGAIN)
        again = _left(records, had)
        left = {key: again[key] for key in left if key in again}
    for (kind, what, container_id), (detail, repair) in left.items():
        whose = tr(
            "{detail} container {container_id}, which does not run", detail=detail, container_id=container_id[:12]
        )
        yield RepairableProblem(Problem(kind, what, tr("{whose}; `fsck --repair` ends that", whose=whose)), repair)


def remove_orphan(records: Records, container_id: str, but: int) -> None:
    """Remove everything that remains of one container, except one process; the caller holds its lock, so it cannot start."""
    for (kind, what, _), (_, repair) in _found(records, {container_id}, lambda whose: whose == container_id).items():
        if (kind, what) != ("process", str(but)):
            repair()


def _left(records: Records, had: Collection[str]) -> _Left:
    at_rest: dict[str, bool] = {}

    def rests(container_id: str) -> bool:
        if container_id not in at_rest:
            at_rest[container_id] = _rests(records, container_id)
        return at_rest[container_id]

    return _found(records, had, rests)


def _found(records: Records, had: Collection[str], rests: Callable[[str], bool]) -> _Left:
    found: _Left = {}
    for process, whose in _processes(records):
        if rests(whose):
            found["process", str(process.pid), whose] = (tr("belongs to"), partial(process.signal, signal.SIGKILL))
    for path in (line.path for line in mounts_of(os.getpid())):
        if (owner := _owner(records, path)) and path != os.fspath(records.path(owner)) and rests(owner):
            found["mount", path, owner] = (tr("is mounted for"), partial(_unmount, path))
    for folder in _cgroups() if had else ():
        owner = folder.name.removeprefix("layertui-")
        if owner in had and rests(owner):
            found["cgroup", os.fspath(folder), owner] = (tr("was made for"), partial(_remove_cgroup, folder))
    return found


def _rests(records: Records, container_id: str) -> bool:
    """Whether the container does not run, and is not being started."""
    if not records.path(container_id).is_dir():
        return True
    try:
        with records.lock(container_id, timeout=0):
            life = records.life(container_id)
            return not life.state.alive and not life.lost and not _is_awaited(records, container_id)
    except (Conflict, LayertuiError, OSError):
        return False


def _is_awaited(records: Records, container_id: str) -> bool:
    """Whether the command that started a container with `--rm` still reads how it ended; its shim removes it after that."""
    try:
        with open(records.paths(container_id).hold, "rb", opener=without_waiting) as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _processes(records: Records) -> Iterator[tuple[Process, str]]:
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        process = Process.of(pid)
        if process is not None and (owner := _shim_of(records, pid) or _inside(records, pid)):
            yield process, owner


def _shim_of(records: Records, pid: int) -> str | None:
    with suppress(OSError):
        words = os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")
        # SHIM, FOLDER and the empty string at the end.
        if len(words) > 2 and os.path.basename(words[-3]) == SHIM.name and _is_at_work(records, pid):
            return _owner(records, words[-2])
    return None


def _is_at_work(records: Records, pid: int) -> bool:
    """Whether a shim may have a container: it has its plan, and thus a session of its own, and does not remove the container yet.

    Before that it ends with the process that starts the container, afterwards by itself.
    """
    return os.getsid(pid) == pid and os.readlink(f"/proc/{pid}/cwd") != os.path.realpath(records.folder)


def _inside(records: Records, pid: int) -> str | None:
    with suppress(OSError), open(f"/proc/{pid}/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            if " / / " in line and (upper := _MOUNTED.search(line.rpartition(" ")[2].rstrip("\n"))):
                return _owner(records, upper[1])
    return None


def _owner(records: Records, path: str) -> str | None:
    """The ID of this store's container whose folder a path is in, as the host or as bwrap names it."""
    for folder in {os.fspath(records.folder), os.path.realpath(records.folder)}:
        before, _, rest = path.partition(f"{folder}/")
        container_id = rest.partition("/")[0].removeprefix(".gone-")
        if before in ("", "/oldroot") and is_id(container_id):
            return container_id
    return None


def _cgroups() -> Iterator[Path]:
    for root, folders, _ in os.walk(CGROUPS):
        yield from (Path(root, name) for name in folders if len(name) in (64, 73))


def _unmount(path: str) -> None:
    subprocess.run(["umount", "-l", path], capture_output=True, check=False)


def _remove_cgroup(folder: Path) -> None:
    """Kill the processes in a cgroup, and remove it."""
    with suppress(OSError):
        for pid in (folder / "cgroup.procs").read_text().split():
            if (process := Process.of(int(pid))) is not None:
                process.signal(signal.SIGKILL)
                process.wait(_PATIENCE)
    with suppress(OSError):
        folder.rmdir()
