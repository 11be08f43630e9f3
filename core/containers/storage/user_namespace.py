"""The user namespace in which layertui runs for a plain user with subordinate IDs (`/etc/subuid`, user_namespaces(7)).

In it the user is root, and files and processes can have all owners that containers need; outside, the user's rights are
unchanged. So the rest of the program is the same for root and for plain users: unpacking, writing, committing,
removing. All processes of layertui must share one namespace, because a process in another one cannot reach the
containers in it. It exists as long as one process is in it: a layertui, or the shim of a container.

    STORE/ids         the mode of the store, which never changes, because the owners of its files would be wrong
    STORE/inside      the processes known to be in the namespace: pid and start time, one on each line
"""

from __future__ import annotations

import errno
import os
import pwd
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

from layertui.core.containers.model.id_ranges import IdRange
from layertui.core.containers.model.process_identity import Process, host_namespaces
from layertui.core.errors import RuntimeUnavailable, StorageError
from layertui.core.fs.atomic import Lock, make_folder, write_atomically
from layertui.core.fs.libc import last_error, libc
from layertui.core.language.texts import tr
from layertui.core.ownership import refusal
from layertui.core.store_paths import StorePaths

_NEW_USER = 0x10000000  # CLONE_NEWUSER
MULTI = "multi"


def enter(store: Path) -> str | None:
    """Become root of the store's namespace, if possible; otherwise returns why not. Call it before any thread is started.

    Raises RuntimeUnavailable.
    """
    if sys.platform != "linux" or os.geteuid() == 0:
        return None
    if (line := refusal(store)) is not None:
        return line  # the processes that it names are not trusted
    host_namespaces()
    reason = refused(store)
    if reason is None:
        try:
            reason = _entered(store)
        except (OSError, StorageError) as error:  # a store that is not writable can still be read
            return str(error)
    if reason is not None and StorePaths(store).id_ranges.is_file():
        raise RuntimeUnavailable(
            tr(
                "the files of the containers in {store} belong to a range of user ids, and {reason}",
                store=store,
                reason=reason,
            )
        )
    return reason


def _entered(store: Path) -> str | None:
    make_folder(store)
    with Lock(StorePaths(store).inside_lock):
        noted = _noted(store)
        joined = next(filter(_join, chain(noted, _shims(store))), None)
        if joined is None and (reason := _found()) is not None:
            return reason
        if not StorePaths(store).id_ranges.is_file():
            write_atomically(StorePaths(store).id_ranges, f"{MULTI}\n".encode())
        _note(store, {*noted, *filter(None, (joined, Process.of(os.getpid())))})
    return None


def refused(store: Path) -> str | None:
    """Why there is only one user ID; None if a namespace with more can be had, or at least tried."""
    # In this order, as another process may be about to make these, and `ids` before them.
    in_use = StorePaths(store).unpacked.is_dir() or StorePaths(store).containers.is_dir()
    if in_use and not StorePaths(store).id_ranges.is_file():
        return tr(
            "the store {store} began with one user id and keeps to it; choose another folder with --store", store=store
        )
    if not (shutil.which("newuidmap") and shutil.which("newgidmap")):
        return tr("newuidmap and newgidmap are missing: install the package uidmap")
    if not (_range("subuid") and _range("subgid")):
        name = _name()
        return tr(
            "no range in /etc/subuid and /etc/subgid: `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {name}`",
            name=name,
        )
    return None


def _noted(store: Path) -> list[Process]:
    """Processes in the namespace that are recorded and alive."""
    with suppress(FileNotFoundError, ValueError):
        lines = StorePaths(store).inside.read_text(encoding="ascii").splitlines()
        return [one for one in (Process(*map(int, line.split())) for line in lines) if one.alive]
    return []


def _shims(store: Path) -> Iterator[Process]:
    """The shims of containers, which are in it too."""
    from layertui.core.containers.records.records import Records  # late: only needed without other processes

    records = Records(StorePaths(store).containers)
    lives = (records.life(container_id) for container_id in records.ids())
    yield from (life.shim for life in lives if life.shim is not None and life.shim.alive)


def _note(store: Path, inside: set[Process]) -> None:
    _write(StorePaths(store).inside, "".join(f"{one.pid} {one.start_time}\n" for one in inside))


def _write(path: Path, text: str) -> None:
    """Written atomically, for readers without the lock; not synced, since no process survives a reboot.

    Independent of the umask, only we can write to it: it says which processes are ours.
    """
    new = path.with_suffix(".new")
    with open(new, "w", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    new.rename(path)


def _join(other: Process) -> bool:
    """Enter the namespace of a process in it; False if that is about to end."""
    with suppress(OSError):
        fd = os.open(f"/proc/{other.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _call("setns", fd, _NEW_USER)
        finally:
            os.close(fd)
        return True
    return False


def _found() -> str | None:
    """Make a new namespace in a child, so that this process is unchanged if it gets no IDs; returns why not, if so."""
    ready, made = os.pipe()
    held, release = os.pipe()
    child = os.fork()
    if not child:
        os.close(release)
        try:
            _call("unshare", _NEW_USER)
            os.write(made, b"0")
            os.read(held, 1)
        except OSError as error:
            os.write(made, str(error.errno).encode())
        finally:
            os._exit(0)
    os.close(made)
    os.close(held)
    try:
        if refusal := int(os.read(ready, 16) or errno.EIO):
            from layertui.core.containers.runtimes.advice import not_allowed

            return not_allowed(refusal)
        for program, kind in (("newuidmap", "subuid"), ("newgidmap", "subgid")):
            if not _mapped(program, child, kind):
                return tr("{program} gave no ids", program=program)
        held_by = Process.of(child)
        return None if held_by is not None and _join(held_by) else tr("the user namespace cannot be entered")
    finally:
        os.close(ready)
        os.close(release)
        os.waitpid(child, 0)


def _mapped(program: str, pid: int, kind: str) -> bool:
    own, path = os.geteuid() if kind == "subuid" else os.getegid(), shutil.which(program)
    words = [program, str(pid), "0", str(own), "1"]
    inside = 1
    for one in _range(kind):
        words += [str(inside), str(one.first), str(one.count)]
        inside += one.count
    runs = os.posix_spawn(path or program, words, os.environ)
    return os.waitpid(runs, 0)[1] == 0


def _range(kind: str) -> list[IdRange]:
    """The subordinate IDs of this user: lines of `/etc/subuid` or `/etc/subgid` (subuid(5))."""
    return list(_ranges(Path("/etc", kind), {_name(), str(os.getuid())}))


def _ranges(file: Path, names: set[str]) -> Iterator[IdRange]:
    with suppress(OSError), file.open(encoding="utf-8") as lines:
        for line in lines:
            name, _, rest = line.strip().partition(":")
            first, _, count = rest.partition(":")
            if name in names and first.isdecimal() and count.isdecimal() and int(count):
                yield IdRange(int(first), int(count))


def _name() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _call(name: str, *arguments: int) -> None:
    if (function := getattr(os, name, None)) is not None:  # Python 3.12 has both
        function(*arguments)
        return
    if getattr(libc(), name)(*arguments) < 0:
        raise last_error()
