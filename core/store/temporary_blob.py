"""Files in a store's `tmp/`: blobs that are being received, and downloads that a later process continues.

A download is called by the digest that it should have and by the process that writes it, `.tmp-HEX-PID-RANDOM`. Where it ends early
its file stays, with 0 for the process; the next download of that digest, here or in another process, takes it over by one rename.
What it holds proves nothing: the whole blob is hashed again while the rest is appended. `gc` deletes those that are not continued.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.errors import Damaged, LimitExceeded, StorageError, Truncated, UnsafePath, as_storage_error
from layertui.core.fs.atomic import TEMPORARY, make_folder
from layertui.core.fs.file_window import Window
from layertui.core.fs.reader import Reader
from layertui.core.portable import sync_content

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from layertui.core.oci.digest import Digest

_NO_PROCESS = 0


class TemporaryBlob:
    """A file in `tmp/`, on disk when the block ends well. When it does not, it is deleted, unless it can be continued later."""

    def __init__(self, folder: Path, digest: Digest | None = None) -> None:
        """`digest` is that of a download, whose file an earlier one may have left; None for a blob that cannot be continued."""
        self._folder, self._digest = folder, digest
        self.path = folder / _name(digest, os.getpid())
        self.begun = 0
        """Bytes that an earlier download has left; the same bytes have to be written again, from the beginning."""
        if digest is not None:
            self.begun = _take_over(folder, digest, self.path)

    def hold_other_bytes(self) -> None:
        """Record that other bytes than the blob's are written, so that the download is not continued."""
        self._digest = None

    def __enter__(self) -> tuple[Path, BinaryIO]:
        with as_storage_error(self.path):
            make_folder(self._folder)
            self._out = open(self.path, "r+b" if self.begun else "xb", buffering=0)
        return self.path, cast("BinaryIO", self._out)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            with self._out as out, as_storage_error(self._folder):
                if kind is None:
                    os.fchmod(out.fileno(), 0o444)
                    sync_content(out.fileno())
                    return
        except BaseException:
            self.path.unlink(missing_ok=True)
            raise
        if self._digest is None or _spoils(error):
            self.path.unlink(missing_ok=True)
        else:
            leave_unfinished(self.path, self._digest)


class ContinuedDownload(Reader):
    """A blob from its beginning: what an earlier download has left in a file, then the rest from where the blob is."""

    def __init__(self, temporary: TemporaryBlob, size: int, open_blob: Callable[[], BinaryIO]) -> None:
        """`open_blob` opens it, to be sought in; it is called only if the file does not hold all `size` bytes."""
        super().__init__()
        self.name = "a download"
        self._left, self._size, self._open = temporary.begun, size, open_blob
        self._file = Window(os.fspath(temporary.path), 0, temporary.begun) if temporary.begun else None
        self._rest: BinaryIO | None = None

    def read(self, size: int | None = -1) -> bytes:
        if self._file is not None:
            if got := self._file.read(size):
                return got
            self._file.close()
            self._file = None
        if self._rest is None:
            if self._left >= self._size:
                return b""
            self._rest = self._open()
            if self._left:
                self._rest.seek(self._left)
        return self._rest.read(-1 if size is None else size)

    def close(self) -> None:
        for stream in (self._file, self._rest):
            if stream is not None:
                stream.close()
        super().close()


def leave_unfinished(path: Path, digest: Digest) -> None:
    """Leave a download for a later process to continue."""
    with suppress(OSError):
        os.rename(path, path.parent / _name(digest, _NO_PROCESS))


def _name(digest: Digest | None, pid: int) -> str:
    called = "" if digest is None else f"{digest.encoded}-"
    return f"{TEMPORARY}{called}{pid}-{os.urandom(8).hex()}"


def _take_over(folder: Path, digest: Digest, path: Path) -> int:
    """Rename the longest file of an earlier download of this digest to `path`; its size, 0 where there is none."""
    found: list[tuple[int, str]] = []
    prefix = f"{TEMPORARY}{digest.encoded}-"
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and entry.is_file(follow_symlinks=False):
                owner = entry.name.removeprefix(prefix).partition("-")[0]
                if owner.isdecimal() and not _is_at_work(int(owner)):
                    found.append((entry.stat(follow_symlinks=False).st_size, entry.path))
    for size, left in sorted(found, reverse=True):
        # Another process may be quicker, or the file be another user's: then the blob is fetched from its beginning.
        with suppress(OSError):
            os.rename(left, path)
            os.chmod(path, 0o600)  # a complete one was made read-only
            return size
    return 0


def _is_at_work(pid: int) -> bool:
    if pid == _NO_PROCESS:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _spoils(error: BaseException | None) -> bool:
    """Whether an error means that the bytes are wrong, or too many for the disk: such a download is not continued."""
    return isinstance(error, (Damaged, LimitExceeded, UnsafePath, StorageError)) and not isinstance(error, Truncated)
