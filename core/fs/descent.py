"""Walks a folder tree by descriptors, without following symlinks, so that it cannot leave the tree.

For trees that others make and may change during the walk: a container's writable layer, a volume, a folder that another
user can write to. It does not recurse, opens no path twice, and keeps few folders of a deep tree open.
"""

import errno
import os
import stat
import sys
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import BinaryIO, NamedTuple, Self, cast

from layertui.core.bounds import check
from layertui.core.errors import Damaged
from layertui.core.language.texts import tr
from layertui.core.ownership import open_folder
from layertui.core.portable import chmod_open

HELD = 64
"""How many of the deepest folders stay open; above them only every HELD-th one, from which the others are reopened."""
LOOK: int = getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK)
"""Flags to open a file to look at: O_PATH, which needs no permission; elsewhere O_NONBLOCK, which does not wait for a pipe."""
STEP = LOOK | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
"""errno where a folder is gone, or was replaced by something else."""
_CLOSED = -1


class Descent:
    """The folders from a top folder down to the current one; the caller closes the descriptor of the top.

    With `ours`, a folder of our own is opened even if its mode denies it: see `unlocked`.
    """

    def __init__(self, top: int, *, ours: bool = False) -> None:
        self.names: list[bytes] = []
        self._fds, self._ours = [top], ours

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.up(len(self.names))

    @property
    def fd(self) -> int:
        """A descriptor of the current folder, valid until the next step. OSError if it is gone."""
        if self._fds[-1] == _CLOSED:
            # Opens all folders below the nearest open one: a caller that goes up one folder usually goes up further.
            first = max(at for at, fd in enumerate(self._fds) if fd != _CLOSED)
            for at in range(first + 1, len(self._fds)):
                self._fds[at] = self._step(self._fds[at - 1], self.names[at - 1])
        return self._fds[-1]

    def down(self, name: bytes) -> None:
        """Enter a folder. OSError if it is missing, NotADirectoryError for a symlink."""
        self.push(name, self._step(self.fd, name))

    def push(self, name: bytes, fd: int) -> None:
        """Enter a folder that is open already; this object closes the descriptor."""
        self.names.append(name)
        self._fds.append(fd)
        old = len(self._fds) - 1 - HELD
        if old % HELD and old > 0 and self._fds[old] != _CLOSED:
            os.close(self._fds[old])
            self._fds[old] = _CLOSED

    def up(self, steps: int = 1) -> None:
        """Go back towards the top."""
        depth = len(self.names) - steps
        for fd in self._fds[depth + 1 :]:
            if fd != _CLOSED:
                os.close(fd)
        del self._fds[depth + 1 :]
        del self.names[depth:]

    def stat(self, name: bytes) -> os.stat_result:
        """The status of a name in the folder; of a symlink, its own."""
        with self.unlocked():
            return os.stat(name, dir_fd=self.fd, follow_symlinks=False)

    def listed(self) -> list[bytes]:
        """The names in the folder, in order."""
        with self.unlocked():
            fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self.fd)
        try:
            return sorted(map(os.fsencode, os.listdir(fd)))
        finally:
            os.close(fd)

    def unlocked(self) -> AbstractContextManager[bool]:
        """Open the folder's mode to us for the block, if it is `ours`; yields whether that was necessary."""
        return self._unlocked(self.fd)

    def _unlocked(self, folder: int) -> AbstractContextManager[bool]:
        return unlocked(folder) if self._ours and os.geteuid() != 0 else nullcontext(False)

    def _step(self, folder: int, name: bytes) -> int:
        with self._unlocked(folder):
            return os.open(name, STEP, dir_fd=folder)


@contextmanager
def unlocked(fd: int) -> Iterator[bool]:
    """Open the mode of a file or folder of our own for the block; `fd` may be an O_PATH descriptor.

    Yields whether that was necessary.
    """
    status = os.fstat(fd)
    mode = stat.S_IMODE(status.st_mode)
    wanted = mode | (0o500 if stat.S_ISDIR(status.st_mode) else 0o400)
    if wanted == mode or stat.S_ISLNK(status.st_mode) or status.st_uid != os.geteuid():
        yield False
        return
    chmod_open(fd, wanted)
    try:
        yield True
    finally:
        with suppress(OSError):  # gone meanwhile
            chmod_open(fd, mode)


class FoundFile(NamedTuple):
    """One name found by `walk`."""

    folder: int
    """A descriptor of its parent folder, valid until the walk continues."""
    name: bytes
    above: list[bytes]
    """The names of the folders above it: the walk's own list, not to be kept."""
    status: os.stat_result

    @property
    def path(self) -> bytes:
        """The path relative to the top."""
        return b"/".join((*self.above, self.name))


def walk(top: int, what: str, *, ours: bool = False, passed_over: Collection[int] = GONE) -> Iterator[FoundFile]:
    """Everything below a folder, each folder before its contents, names in order.

    Errors in `passed_over` are skipped: such a file was removed during the walk. All others have the path relative to
    the top. `what` begins the message of LimitExceeded, for a tree deeper than `Bounds.tree_depth`.
    """
    with Descent(top, ours=ours) as way:
        waiting = [iter(way.listed())]
        while waiting:
            name = next(waiting[-1], None)
            if name is None:
                waiting.pop()
                way.up(1 if way.names else 0)
                continue
            try:
                found = FoundFile(way.fd, name, way.names, way.stat(name))
            except OSError as error:
                _pass_over(error, way, name, passed_over)
                continue
            yield found
            if stat.S_ISDIR(found.status.st_mode):
                check_depth(len(way.names) + 1, what)
                depth = len(way.names)
                try:
                    way.down(name)
                    waiting.append(iter(way.listed()))
                except OSError as error:
                    way.up(len(way.names) - depth)
                    _pass_over(error, way, name, passed_over)


def is_empty_folder(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder exists and is empty."""
    try:
        looked_at = open_folder(folder)
        if looked_at is None:  # asked of thousands: with one descriptor, not two as a walk has
            fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                return not os.listdir(fd)
            finally:
                os.close(fd)
    except OSError:
        return False
    try:
        return not Descent(looked_at).listed()
    except OSError:
        return False
    finally:
        os.close(looked_at)


def open_top(folder: str | os.PathLike[str]) -> int:
    """Open a folder to walk; a symlink is refused. OSError."""
    looked_at = open_folder(folder)
    return os.open(folder, STEP) if looked_at is None else looked_at


def bytes_below(folder: str | os.PathLike[str]) -> int:
    """Bytes of all regular files below a folder, each inode once; files that are gone or unreadable are not counted.

    Raises LimitExceeded for a folder deeper than `Bounds.tree_depth`.
    """
    try:
        top = open_top(folder)
    except OSError:
        return 0
    sizes: dict[tuple[int, int], int] = {}
    try:
        for found in walk(top, os.fspath(folder), passed_over=(*GONE, errno.EACCES)):
            status = found.status
            if stat.S_ISREG(status.st_mode):
                sizes[status.st_dev, status.st_ino] = status.st_size
    except PermissionError:
        return 0
    finally:
        os.close(top)
    return sum(sizes.values())


def _pass_over(error: OSError, way: Descent, name: bytes, passed_over: Collection[int]) -> None:
    if error.errno not in passed_over:
        error.filename = os.fsdecode(b"/".join((*way.names, name)))
        raise error


def check_depth(depth: int, what: str) -> None:
    """Raise LimitExceeded for a folder deeper than `Bounds.tree_depth`; `what` begins the message."""
    check("tree_depth", depth, tr("{what} has folders in each other, {depth} deep and more", what=what, depth=depth))


def read_link(found: FoundFile, shown_path: str) -> bytes:
    """The target of a symlink found by a walk. Raises Damaged, naming `shown_path`, if it is no longer a symlink."""
    try:
        return os.readlink(found.name, dir_fd=found.folder)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise Damaged(
            tr("{shown_path}: something else has taken its place meanwhile; try again", shown_path=shown_path)
        ) from None


def open_regular(folder: int, name: bytes, found: os.stat_result, shown_path: str) -> BinaryIO:
    """Open a regular file found in a folder. Raises Damaged, naming `shown_path`, if it was replaced."""
    thing = os.open(name, LOOK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        if not os.path.samestat(os.fstat(thing), found):
            raise Damaged(
                tr("{shown_path}: something else has taken its place meanwhile; try again", shown_path=shown_path)
            )
        return open_found(thing, shown_path)
    finally:
        os.close(thing)


def open_found(thing: int, shown_path: str) -> BinaryIO:
    """Open the regular file behind an O_PATH descriptor. Raises Damaged for anything else."""
    return cast("BinaryIO", os.fdopen(reopened(thing, shown_path), "rb"))


def reopened(thing: int, shown_path: str, flags: int = os.O_RDONLY) -> int:
    """Reopen the regular file behind an O_PATH descriptor for reading or writing. Raises Damaged for anything else.

    Checked before it is opened: opening a device may have side effects, and opening a pipe may block.
    """
    if not stat.S_ISREG(os.fstat(thing).st_mode):
        raise Damaged(tr("{shown_path} is not a regular file any more; look again", shown_path=shown_path))
    return os.open(path_of(thing), flags | os.O_CLOEXEC)


def path_of(thing: int) -> str:
    """The path in /proc by which the file of a descriptor can be opened again, with other flags."""
    return f"/proc/self/fd/{thing}" if sys.platform == "linux" else f"/dev/fd/{thing}"
