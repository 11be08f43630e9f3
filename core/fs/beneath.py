"""Opens paths below one folder and never outside it, whatever symlinks it contains.

`Beneath(folder, symlinks=False)` refuses every symlink in a path. It is for folders that hold one layer, where a
symlink in the middle of a path is either damage or an attack. `Beneath(folder, symlinks=True)` follows symlinks as the
container would, with the folder as `/`. It is for a running container's root.

    open(path, flags, mode, last=True)   a descriptor; last=False does not follow a symlink at the very end
    open_file(path)                      the same, only for a regular file, which is checked before it is opened
    enter(path, make=None)               a descriptor of a folder, usable as `dir_fd`; make=MODE creates missing folders
    at(path, make=None)                  context manager: (descriptor of the parent, name), for os functions with dir_fd
    stat(path, last=False), readlink(path)

`dir_fd.py` has what the os module lacks for names in an open folder: removing trees, xattrs, modes.

Paths are bytes or str, relative to the folder; slashes at either end are ignored. A path that leads outside, or that
contains a symlink where none is allowed, raises UnsafePath; all other failures raise OSError. Linux resolves the path
itself (openat2). Elsewhere, or if a sandbox forbids that call, it is resolved step by step with the same result.
"""

import errno
import functools
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate, takewhile
from typing import Self

from layertui.core.errors import UnsafePath
from layertui.core.fs.descent import LOOK, STEP, reopened
from layertui.core.fs.libc import last_error, libc
from layertui.core.fs.symlink_walk import MOST_LINKS
from layertui.core.language.texts import tr
from layertui.core.ownership import open_folder

NO_MAGICLINKS, NO_SYMLINKS, BENEATH, IN_ROOT = 0x02, 0x04, 0x08, 0x10
LONGEST = 4096  # bytes of a path that the kernel takes; layers may hold longer ones
FOLDER = LOOK | os.O_DIRECTORY | os.O_CLOEXEC

OpenAt2 = Callable[[int, bytes, int, int, int], int]


@functools.cache
def openat2() -> OpenAt2 | None:
    """The kernel's own confined open, or None where there is none or a sandbox forbids it."""
    if sys.platform != "linux":
        return None
    import ctypes  # late: not every importer of this file needs it

    class Way(ctypes.Structure):
        _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]

    syscall = libc().syscall
    syscall.restype = ctypes.c_long
    number = 437  # the same on every architecture that has it

    def call(fd: int, path: bytes, flags: int, mode: int, resolve: int) -> int:
        way = Way(flags | os.O_CLOEXEC, mode if flags & os.O_CREAT else 0, resolve)
        while True:
            got: int = syscall(
                ctypes.c_long(number), ctypes.c_int(fd), ctypes.c_char_p(path), ctypes.byref(way), ctypes.c_size_t(24)
            )
            if got >= 0:
                return got
            # EAGAIN: something was renamed while the kernel resolved a ".."; it asks for another try.
            if (error := last_error(os.fsdecode(path))).errno not in (errno.EAGAIN, errno.EINTR):
                raise error

    here = os.open("/", FOLDER)
    try:
        os.close(call(here, b".", LOOK, 0, BENEATH))
    except OSError:
        return None
    finally:
        os.close(here)
    return call


def parts_of(path: str | bytes) -> list[bytes]:
    """The names of a path, without empty ones and `.`. Raises UnsafePath."""
    raw = os.fsencode(path)
    if b"\0" in raw:
        raise UnsafePath(tr("invalid path, it contains a NUL byte: {raw!r}", raw=os.fsdecode(raw)))
    return [part for part in raw.split(b"/") if part not in (b"", b".")]


class Beneath:
    """One folder, held open; its methods reach only what is inside."""

    def __init__(self, folder: str | bytes | os.PathLike[str] | int, *, symlinks: bool) -> None:
        """`folder`: a path, or a descriptor, which stays open."""
        if isinstance(folder, int):
            self.fd, self.name = os.open(b".", FOLDER, dir_fd=folder), "."
        else:
            looked_at = open_folder(os.fsdecode(folder))
            self.fd = looked_at if looked_at is not None else os.open(folder, FOLDER)
            self.name = os.fsdecode(folder)
        self.symlinks = symlinks

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folder; a second call is no error."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def open(self, path: str | bytes, flags: int, mode: int = 0o666, *, last: bool = True) -> int:
        """A descriptor of `path`. With O_CREAT a missing file is made, inside, even behind a dangling symlink.

        Raises UnsafePath.
        """
        parts = parts_of(path)
        if not self.symlinks and b".." in parts:
            raise UnsafePath(
                tr("{path!r} has `..` in it, and may not leave {name}", path=os.fsdecode(path), name=self.name)
            )
        if not last:
            flags |= os.O_NOFOLLOW
        try:
            whole = b"/".join(parts) or b"."
            if (call := openat2()) is not None and (self.symlinks or len(whole) < LONGEST):
                resolve = NO_MAGICLINKS | (IN_ROOT if self.symlinks else BENEATH | NO_SYMLINKS)
                return call(self.fd, whole, flags, mode, resolve)
            if call is not None and len(parts) > 1:
                return self._stretch_by_stretch(call, parts, flags, mode)
            return self._step_by_step(parts, flags, mode, last=last)
        except OSError as error:
            if error.errno == errno.EXDEV or (error.errno == errno.ELOOP and not self.symlinks):
                raise UnsafePath(
                    tr(
                        "{path!r} leads through a symlink, which is not followed in {name}",
                        path=os.fsdecode(path),
                        name=self.name,
                    )
                ) from None
            raise

    def open_file(self, path: str | bytes, flags: int = os.O_RDONLY) -> int:
        """A descriptor of the regular file at `path`. Raises Damaged for anything else, also a symlink; it is not opened."""
        thing = self.open(path, LOOK, last=False)
        try:
            return reopened(thing, os.fsdecode(path), flags)
        finally:
            os.close(thing)

    def enter(self, path: str | bytes, *, make: int | None = None) -> int:
        """A descriptor of the folder at `path`; with `make`, missing folders are made with that mode."""
        try:
            return self.open(path, FOLDER)
        except FileNotFoundError:
            if make is None:
                raise
        parts = parts_of(path)
        at = self.open(b"", FOLDER)
        for number, part in enumerate(parts, 1):
            try:
                below = self._enter_or_make(at, parts[:number], part, make)
            finally:
                os.close(at)
            at = below
        return at

    def _enter_or_make(self, at: int, parts: list[bytes], name: bytes, mode: int) -> int:
        try:
            if self.symlinks:
                return self.open(b"/".join(parts), FOLDER)
            if _link_at(at, name) is not None:
                raise UnsafePath(
                    tr(
                        "{name!r} in {name2} is a symlink, which is not followed",
                        name=os.fsdecode(name),
                        name2=self.name,
                    )
                )
            return os.open(name, STEP, dir_fd=at)
        except FileNotFoundError:
            try:
                os.mkdir(name, mode, dir_fd=at)
            except FileExistsError:  # another process was quicker; a dangling symlink is an error, as with `mkdir -p`
                if _link_at(at, name) is not None:
                    raise
            return os.open(name, STEP, dir_fd=at)

    @contextmanager
    def at(self, path: str | bytes, *, make: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The parent folder of `path` and the name in it. The name itself is not looked up. Raises UnsafePath."""
        parts = parts_of(path)
        if not parts or parts[-1] == b"..":
            raise UnsafePath(tr("{path!r} names no entry of a folder", path=os.fsdecode(path)))
        fd = self.enter(b"/".join(parts[:-1]), make=make)
        try:
            yield fd, parts[-1]
        finally:
            os.close(fd)

    def stat(self, path: str | bytes, *, last: bool = False) -> os.stat_result:
        """The status of `path`; a symlink at its end is followed only with `last`."""
        if not parts_of(path):
            return os.fstat(self.fd)
        if last:
            fd = self.open(path, LOOK)
            try:
                return os.fstat(fd)
            finally:
                os.close(fd)
        with self.at(path) as (parent, name):
            return os.stat(name, dir_fd=parent, follow_symlinks=False)

    def readlink(self, path: str | bytes) -> bytes:
        """Where the symlink at `path` points, as written in it."""
        with self.at(path) as (parent, name):
            return os.readlink(name, dir_fd=parent)

    def _stretch_by_stretch(self, call: OpenAt2, parts: list[bytes], flags: int, mode: int) -> int:
        """Open a path without symlinks that is longer than PATH_MAX, in parts."""
        at, above = os.dup(self.fd), parts[:-1]
        try:
            while above:
                lengths = accumulate(len(part) + 1 for part in above)
                many = max(1, len(list(takewhile(LONGEST.__gt__, lengths))))
                below = call(at, b"/".join(above[:many]), FOLDER, 0, BENEATH | NO_SYMLINKS | NO_MAGICLINKS)
                os.close(at)
                at, above = below, above[many:]
            return call(at, parts[-1], flags, mode, BENEATH | NO_SYMLINKS | NO_MAGICLINKS)
        finally:
            os.close(at)

    def _step_by_step(self, parts: list[bytes], flags: int, mode: int, *, last: bool) -> int:
        """The same as openat2. `..` returns along the folders that were opened, not by the file system's `..`."""
        came_by = [os.dup(self.fd)]
        ahead, links = deque(parts), 0
        try:
            while ahead:
                part = ahead.popleft()
                if part == b"..":
                    if len(came_by) > 1:
                        os.close(came_by.pop())
                    continue
                final = not ahead
                target = _link_at(came_by[-1], part)
                if target is not None and (not final or (last and not flags & os.O_EXCL)):
                    links += 1
                    if not self.symlinks or links > MOST_LINKS:
                        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fsdecode(part))
                    if target.startswith(b"/"):
                        while len(came_by) > 1:
                            os.close(came_by.pop())
                    if final and target.endswith((b"/", b"/.")):
                        flags |= os.O_DIRECTORY  # "name/" is a folder or nothing
                    ahead.extendleft(reversed(parts_of(target)))
                    continue
                if final:
                    return os.open(part, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=came_by[-1])
                came_by.append(os.open(part, STEP, dir_fd=came_by[-1]))
                if not self.symlinks:
                    os.close(
                        came_by.pop(0)
                    )  # the way back is not needed, and a path may have more folders than there are descriptors
            return os.open(b".", flags | os.O_CLOEXEC, mode, dir_fd=came_by[-1])
        finally:
            for fd in came_by:
                os.close(fd)


def _link_at(fd: int, name: bytes) -> bytes | None:
    try:
        return os.readlink(name, dir_fd=fd)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENOENT):
            return None
        raise
