"""A range of a file, read like a file of its own.

Each window has its own position and reads with ``pread``, so any number of them can read one file at once, from any
thread.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from layertui.core.errors import NotFound, UsageError, storage_error
from layertui.core.fs.reader import SeekableReader
from layertui.core.language.texts import tr
from layertui.core.ownership import open_file

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_SMALL = 1 << 28  # bytes; a container may have a million recorded owners


class Window(SeekableReader):
    """The bytes ``offset`` to ``offset + size`` of a file; without a size, up to its end.

    ``read(n)`` gives all ``n`` bytes unless the window, or the file, ends before.
    """

    def __init__(self, file: str | os.PathLike[str] | int, offset: int = 0, size: int | None = None) -> None:
        super().__init__()
        if isinstance(file, int):
            self._fd = os.dup(file)
            self.name = tr("file descriptor {file}", file=file)
        else:
            self._fd = -1
            self.name = os.fspath(file)
            self._fd = _open(self.name)
        self.offset = offset
        self._status = os.fstat(self._fd)
        self.size = max(0, self._status.st_size - offset) if size is None else size

    @property
    def source(self) -> str:
        """A key that changes when the bytes change: the file's identity and the window's range.

        The change time is part of it besides the modification time: a file that replaces
        another may have the same size, modification time (kept by the copy) and even inode.
        """
        status = self._status
        return f"{status.st_dev}:{status.st_ino}:{self.size}:{status.st_mtime_ns}.{status.st_ctime_ns}:{self.offset}"

    def window(self, offset: int, size: int) -> Window:
        """A window within this one, with a position of its own."""
        inner = Window(self._fd, self.offset + offset, max(0, min(size, self.size - offset)))
        inner.name = self.name
        return inner

    def read(self, size: int | None = -1) -> bytes:
        self._check_open()
        left = self.size - self._position
        wanted = left if size is None or size < 0 or size > left else size
        if wanted <= 0:
            return b""
        got = os.pread(self._fd, wanted, self.offset + self._position)
        self._position += len(got)
        if len(got) == wanted or not got:
            return got
        return self._read_on([got], wanted - len(got))

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._check_open()
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self.size - self._position)
        if wanted <= 0:
            return 0
        count = os.preadv(self._fd, [view[:wanted]], self.offset + self._position)
        self._position += count
        return count

    def fileno(self) -> int:
        """The descriptor of the whole file, for calls with an offset of their own."""
        self._check_open()
        return self._fd

    def close(self) -> None:
        if not self.closed and self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        super().close()

    def _length(self) -> int:
        return self.size

    def _check_open(self) -> None:
        if self._fd < 0:
            raise ValueError(tr("I/O operation on closed file"))

    def _read_on(self, pieces: list[bytes], left: int) -> bytes:
        # The kernel gives at most 2 GiB per call, and less after a signal.
        while left and (got := os.pread(self._fd, left, self.offset + self._position)):
            pieces.append(got)
            self._position += len(got)
            left -= len(got)
        return b"".join(pieces)


def window_of(path: str | os.PathLike[str]) -> Window:
    """A Window on a whole regular file. Raises UsageError."""
    window = Window(path)
    if not stat.S_ISREG(window._status.st_mode):  # noqa: SLF001
        window.close()
        raise UsageError(tr("{path}: is not a regular file", path=os.fspath(path)))
    return window


def without_waiting(path: str, flags: int) -> int:
    """An opener for `open`: a pipe instead of a file is not waited for, and read as empty.

    In a store of another user only regular files are opened, and no symlink on the way is followed.
    """
    fd = open_file(path, flags)
    return fd if fd is not None else os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK)


def files_only(path: str, flags: int) -> int:
    """An opener for `open`, for our own files that are still being written.

    Raises FileNotFoundError if a pipe or a device is there instead.
    """
    try:
        fd = without_waiting(path, flags)
        if stat.S_ISREG(os.fstat(fd).st_mode):
            return fd
        os.close(fd)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    raise FileNotFoundError(errno.ENOENT, tr("is not a file"), path)


def read_small(path: str | os.PathLike[str]) -> bytes:
    """The content of a small file of our own; empty if a pipe or a device is there instead. OSError."""
    fd = without_waiting(os.fspath(path), os.O_RDONLY)  # no file object: a list of containers opens thousands of files
    try:
        status = os.fstat(fd)
        if status.st_size > _SMALL:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), os.fspath(path))
        if not stat.S_ISREG(status.st_mode):
            return b""
        content = os.read(fd, status.st_size + 1)
        while len(content) > status.st_size and (more := os.read(fd, _SMALL)):  # it has grown
            content += more
        return content
    finally:
        os.close(fd)


def _open(path: str) -> int:
    try:
        return without_waiting(path, os.O_RDONLY)
    except FileNotFoundError:
        raise NotFound(tr("{path}: no such file", path=path)) from None
    except OSError as error:
        raise storage_error(error, path) from error
