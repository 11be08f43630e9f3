"""Decides whether a store is ours, or another user can change it; then we only read it.

Everything in such a store is under that user's control: a program, process, socket or symlink that it names may lead anywhere. So

    nothing is written in it       every lock, new folder and file calls `require_ours` first (`fs/atomic.py`)
    no symlink in it is followed   `open_file` and `open_folder` refuse symlinks (`fs/file_window.py`, `fs/beneath.py`)
    nothing it names is acted on   `engines/embedded/read_only.py` passes on calls that read files, and refuses all others

The settings decide it once, before anything is opened, for the whole process, like the bounds. Root is always trusted:
a user who is root here needs no store to do harm.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from layertui.core.errors import NotOurs
from layertui.core.other_users import line_of, other_user

_LOOK: int = getattr(os, "O_PATH", os.O_RDONLY)
_STEP = _LOOK | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NONE = -1

Where = str | os.PathLike[str]


class _LookedAt(NamedTuple):
    """A store that another user can change."""

    refusal: str
    """The error message for everything but reading."""
    fd: int
    """Its folder, kept open, so that all reads are in the folder that was checked. Negative if there is none."""


_decided: dict[str, bool] = {}
"""Stores that existed when they were checked, and whether the user trusts them."""
_undecided: set[str] = set()
"""Stores that did not exist yet."""
_looked_at: dict[str, _LookedAt] = {}


def decide(store: Where, *, trusted: bool) -> None:
    """Check a store, once; `trusted`: the user trusts everyone who can change it."""
    folder = os.path.abspath(store)
    if _decided.get(folder) is trusted:
        return
    _forget(folder)
    if trusted:
        _decided[folder] = True
    else:
        _undecided.add(folder)
        _judge(folder)


def forget() -> None:
    """Check every store again at its next `decide`."""
    for folder in {*_decided, *_undecided, *_looked_at}:
        _forget(folder)


def _forget(folder: str) -> None:
    _decided.pop(folder, None)
    _undecided.discard(folder)
    if (known := _looked_at.pop(folder, None)) is not None and known.fd != _NONE:
        os.close(known.fd)


def _judge(folder: str) -> None:
    fd = _NONE
    with suppress(OSError):
        fd = os.open(folder, _LOOK | os.O_DIRECTORY | os.O_CLOEXEC)
    if (found := other_user(folder, None if fd == _NONE else fd)) is not None:
        _looked_at[folder] = _LookedAt(line_of(folder, *found), fd)
    elif fd != _NONE:
        os.close(fd)
    if fd != _NONE:  # otherwise it is checked at its next use, as another user may make it meanwhile
        _decided[folder] = False
        _undecided.discard(folder)


def refusal(path: Where) -> str | None:
    """Why a path is read-only; None if its store is ours, or it is in none."""
    found = _store_of(path)
    return found[1].refusal if found is not None else None


def require_ours(path: Where) -> None:
    """Raise NotOurs if a path is in a store that is read-only."""
    if (line := refusal(path)) is not None:
        raise NotOurs(line)


def can_write(folder: Where) -> bool:
    """Whether we own a folder's store and have write permission."""
    return refusal(folder) is None and os.access(folder, os.W_OK)


def is_own(path: Where) -> bool:
    """Whether a path is in no read-only store, and belongs to us or root; in a trusted store every path counts as own."""
    if refusal(path) is not None:
        return False
    whole = os.path.abspath(path)
    if any(trusted and _within(whole, store) for store, trusted in _decided.items()):
        return True
    try:
        return os.lstat(path).st_uid in (os.geteuid(), 0)
    except OSError:
        return True  # it does not exist, or is in a folder that cannot be entered


def require_own(path: Where) -> None:
    """Raise NotOurs if a path is in a read-only store, or itself belongs to another user."""
    require_ours(path)
    if not is_own(path):
        raise NotOurs(line_of(os.fspath(path), os.fspath(path), os.lstat(path).st_uid))


def open_file(path: Where, flags: int) -> int | None:
    """Open a regular file of a read-only store; None for a path in no such store. OSError.

    Symlinks, pipes and devices are not opened, and no symlink on the way is followed.
    """
    if (found := _store_of(path)) is None:
        return None
    folder, name = os.path.split(found[0])
    above = _entered(found[1].fd, folder)
    try:
        return _opened(above, name, flags, os.fspath(path))
    finally:
        os.close(above)


def open_folder(path: Where) -> int | None:
    """Open a folder of a read-only store, to continue from; None for a path in no such store. OSError."""
    found = _store_of(path)
    return None if found is None else _entered(found[1].fd, found[0])


@contextmanager
def reached(folder: Where) -> Iterator[str]:
    """A path by which to list or walk a folder; in a read-only store no symlink on the way is followed. OSError."""
    fd = open_folder(folder)
    if fd is None:
        yield os.fspath(folder)
        return
    try:
        yield f"/proc/self/fd/{fd}" if hasattr(os, "O_PATH") else os.fspath(folder)
    finally:
        os.close(fd)


def names_in(folder: Where) -> list[str]:
    """The names in a folder, as from `os.listdir`. OSError."""
    with reached(folder) as path:
        return os.listdir(path)


def _store_of(path: Where) -> tuple[str, _LookedAt] | None:
    """The read-only store that a path is in, and the path relative to it."""
    if not _looked_at and not _undecided:
        return None
    whole = os.path.abspath(path)
    for folder in [one for one in _undecided if _within(whole, one)]:
        _judge(folder)
    return next(((whole[len(one) + 1 :], known) for one, known in _looked_at.items() if _within(whole, one)), None)


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _entered(fd: int, way: str) -> int:
    if fd == _NONE:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), way)
    at = os.dup(fd)
    for name in filter(None, way.split("/")):
        try:
            below = os.open(name, _STEP, dir_fd=at)
        finally:
            os.close(at)
        at = below
    return at


def _opened(fd: int, name: str, flags: int, path: str) -> int:
    flags |= os.O_CLOEXEC | os.O_NONBLOCK
    if not hasattr(os, "O_PATH"):
        thing = os.open(name, flags | os.O_NOFOLLOW, dir_fd=fd)
    else:
        thing = os.open(name, _LOOK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
    if not stat.S_ISREG(os.fstat(thing).st_mode):
        os.close(thing)
        raise OSError(errno.EINVAL, "is not a regular file; nothing else is opened in a store of another user", path)
    if not hasattr(os, "O_PATH"):
        return thing
    try:
        return os.open(f"/proc/self/fd/{thing}", flags)
    finally:
        os.close(thing)
