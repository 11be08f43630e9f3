"""Writes files atomically (temporary file, fsync, rename), and locks files.

A reader sees the complete old file or the complete new one. A file whose name begins with ``TEMPORARY`` was left by a
process that died; the holder of the folder's lock may delete it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.errors import Conflict, StorageError, misplaced, storage_error
from layertui.core.fs.early_writeback import EarlyWriteback
from layertui.core.fs.libc import function, last_error
from layertui.core.language.texts import tr
from layertui.core.other_users import changer_of_path
from layertui.core.ownership import require_ours

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from layertui.core.fs.beneath import Beneath

TEMPORARY = ".tmp-"

_PATIENCE = 0.02


@contextmanager
def atomic_write(
    path: str | os.PathLike[str], mode: int = 0o600, *, durable: bool = True, unnamed: bool = False
) -> Iterator[BinaryIO]:
    """A file that takes the name ``path`` when the block ends well, and leaves no trace otherwise.

    ``mode`` is narrowed by the umask. Without ``durable`` a power cut may leave
    anything under the name: that is for caches that check what they read. With
    ``unnamed`` the file has no name until it is complete, so that not even a kill
    leaves a temporary file; for folders that are never swept, on file systems with O_TMPFILE. Raises StorageError.
    """
    target = os.fspath(path)
    require_ours(target)
    if os.path.isdir(target):
        raise StorageError(tr("{target}: is a folder; name a file in it", target=target))
    folder = os.path.dirname(target) or "."
    temporary = os.path.join(folder, f"{TEMPORARY}{os.urandom(8).hex()}")
    with _storage_errors(target):
        fd, unnamed = open_beside(folder, temporary, mode, unnamed=unnamed)
        out = os.fdopen(fd, "w+b")
        try:
            with out:
                yield cast("BinaryIO", out)
                out.flush()
                if durable:
                    os.fsync(fd)
                take_name(fd, temporary, target, unnamed=unnamed)
        except BaseException:
            # Also on KeyboardInterrupt: otherwise the temporary file stays until the next run.
            with suppress(OSError):
                os.unlink(temporary)
            raise
        if durable:
            fsync_dir(folder)


@contextmanager
def write_out(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """The same for a path that the user gave.

    Anything but a regular file (``/dev/null``, a pipe) is written directly instead, and waited for: a rename would
    replace it.
    """
    target = os.fspath(path)
    if not _is_special(target):
        with atomic_write(target, unnamed=True) as out:
            yield cast("BinaryIO", EarlyWriteback(out))
        return
    with _storage_errors(target), open(target, "wb") as special:
        yield special


def write_atomically(path: str | os.PathLike[str], content: bytes, mode: int = 0o600, *, durable: bool = True) -> None:
    """Write a whole small file; no reader ever sees a part of it."""
    with atomic_write(path, mode, durable=durable) as out:
        out.write(content)


def write_private(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a new file (0600), not atomically: for files of a bundle, whose environment may hold secrets."""
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)


def write_user_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file whole or not at all, with the folders that are missing. A power cut may undo it.

    Root does not write where another user can rename a folder or replace a symlink on the way: that user would choose
    where the file ends up. So `sudo` with another user's HOME writes nothing. Raises StorageError.
    """
    if (who := changer_of_path(os.path.abspath(path))) is not None:
        raise StorageError(tr("{path}: is not written: {who}", path=os.fspath(path), who=who))
    make_folder(os.path.dirname(os.path.abspath(path)), durable=False)
    write_atomically(path, content, durable=False)


def make_folder(path: str | os.PathLike[str], mode: int = 0o700, *, durable: bool = True) -> None:
    """Make a folder and its missing parents, and sync their names. A folder that exists is no error.

    `mkdir` with parents would leave the mode of the parents to the umask. Without `durable` a power cut may undo it.
    """
    require_ours(path)
    if not os.path.isdir(path):
        above = os.path.dirname(os.path.abspath(path))
        make_folder(above, mode, durable=durable)
        with suppress(FileExistsError):  # another process was quicker
            os.mkdir(path, mode)
        if durable:
            fsync_dir(above)


def folder_for_spooling(wanted: str | os.PathLike[str] | None) -> str | os.PathLike[str]:
    """A folder for temporary files that are too large for memory: the wanted one, made if missing; the system's if it is not writable."""
    import tempfile  # late: few need it

    if wanted is None:
        return tempfile.gettempdir()
    with suppress(OSError):
        make_folder(wanted, durable=False)
    return wanted if os.access(wanted, os.W_OK | os.X_OK) else tempfile.gettempdir()


@contextmanager
def write_beneath(folder: Beneath, path: str, mode: int = 0o644) -> Iterator[BinaryIO]:
    """As ``atomic_write``, below a folder that other users may be able to change: found and named by descriptors, through no symlink.

    Missing folders on the way are made. ``mode`` is narrowed by the umask. Raises OSError, UnsafePath.
    """
    with folder.at(path, make=0o777) as (fd, name):
        temporary = f"{TEMPORARY}{os.urandom(8).hex()}".encode()
        file, unnamed = open_beside(b".", temporary, mode, unnamed=False, dir_fd=fd)
        try:
            with os.fdopen(file, "w+b") as out:
                yield cast("BinaryIO", out)
                out.flush()
                os.fsync(file)
                take_name(file, temporary, name, unnamed=unnamed, dir_fd=fd)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=fd)
            raise
        sync_names(fd)


def open_beside(
    folder: str | bytes, temporary: str | bytes, mode: int = 0o600, *, unnamed: bool, dir_fd: int | None = None
) -> tuple[int, bool]:
    """Open a new file in ``folder``: without a name if wanted and possible, else at ``temporary``. Returns (fd, has no name)."""
    flags = os.O_RDWR | os.O_CLOEXEC
    if unnamed and hasattr(os, "O_TMPFILE"):
        # File systems without O_TMPFILE report that with several errnos; a real failure occurs again below.
        with suppress(OSError):
            fd = os.open(folder, flags | os.O_TMPFILE, mode, dir_fd=dir_fd)
            if os.path.exists(f"/proc/self/fd/{fd}"):
                return fd, True
            os.close(fd)
    return os.open(temporary, flags | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode, dir_fd=dir_fd), False


def take_name(fd: int, temporary: str | bytes, name: str | bytes, *, unnamed: bool, dir_fd: int | None = None) -> None:
    """Give a file of ``open_beside`` its name, replacing any file that has it.

    linkat cannot replace a file: that takes a rename, and the name ``temporary`` until then.
    """
    if unnamed:
        try:
            name_file(fd, dir_fd, name)
        except FileExistsError:
            name_file(fd, dir_fd, temporary)
        else:
            return
    os.replace(temporary, name, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)


def name_file(fd: int, dir_fd: int | None, name: str | bytes) -> None:
    """Link a file without a name at a free name. Raises FileExistsError if it is taken."""
    # With a dir_fd Python calls linkat, which follows the symlink in /proc/self/fd.
    os.link(f"/proc/self/fd/{fd}", name, src_dir_fd=fd, dst_dir_fd=dir_fd, follow_symlinks=True)


def fsync_dir(folder: str | os.PathLike[str]) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # Some file systems cannot sync folders, and need no sync.
        with suppress(OSError):
            os.fsync(fd)
    finally:
        os.close(fd)


def sync_names(folder: int) -> None:
    """Make the names in an open folder durable; also one that was opened only to look at, as `Beneath` does."""
    readable = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        with suppress(OSError):  # some file systems cannot sync folders, and need no sync
            os.fsync(readable)
    finally:
        os.close(readable)


def sync_all(folder: str | os.PathLike[str]) -> None:
    """Sync everything written to the file system of a folder; for many files at once. OSError."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync_file_system(fd)
    finally:
        os.close(fd)


def sync_file_system(fd: int) -> None:
    """The same for the file system of an open file."""
    syncfs = function("syncfs")
    if syncfs is None:
        os.sync()
    elif syncfs(fd) < 0:
        raise last_error()


class Lock:
    """A lock between processes (and between Locks of one process); the kernel releases it when its holder dies.

    ``timeout`` in seconds: None waits for ever, 0 not at all; then Conflict. The file
    stays when the lock is released: if it were unlinked, two processes could hold a
    lock of the same name.
    """

    def __init__(self, path: str | os.PathLike[str], *, shared: bool = False, timeout: float | None = None) -> None:
        self.path = os.fspath(path)
        self.shared = shared
        self.timeout = timeout
        self._fd = -1

    def acquire(self) -> None:
        """Take the lock, or raise Conflict."""
        if self._fd >= 0:
            raise Conflict(tr("{path}: this lock is held already", path=self.path))
        fd = self._open()
        try:
            self._wait(fd)
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd

    def release(self) -> None:
        """Release the lock; no error if it is not held."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _open(self) -> int:
        require_ours(self.path)
        flags = os.O_CLOEXEC | os.O_NOFOLLOW  # without O_NOFOLLOW the target of a symlink would be created
        try:
            return os.open(self.path, flags | os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            # A lock of a reader may be on a read-only disk.
            if self.shared:
                with suppress(OSError):
                    return os.open(self.path, flags | os.O_RDONLY)
            if error.errno in (errno.ELOOP, errno.EISDIR):
                raise misplaced(self.path, "file") from error
            raise storage_error(error, self.path) from error

    def _wait(self, fd: int) -> None:
        operation = fcntl.LOCK_SH if self.shared else fcntl.LOCK_EX
        if self.timeout is None:
            fcntl.flock(fd, operation)
            return
        end = time.monotonic() + self.timeout
        while True:
            try:
                fcntl.flock(fd, operation | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise Conflict(
                        tr("{path}: another layertui is at work here; try again when it is done", path=self.path)
                    ) from None
                time.sleep(_PATIENCE)
            else:
                return


@contextmanager
def _storage_errors(target: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        named = error.filename if isinstance(error.filename, str) else ""
        # Nothing refers to the temporary file yet.
        where = target if os.path.basename(named).startswith(TEMPORARY) else named or target
        raise storage_error(error, where) from error


def _is_special(target: str) -> bool:
    try:
        mode = os.stat(target).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
