"""KeptBlobs: blobs that were brought from registries, kept on this machine so that they are brought once.

A blob has its name in the cache only once its digest is verified; before that it is a `.part`, which the next process goes on with.
What the cache does not take (there is none, or the blob is too large for it) is kept in a file without a name until the process ends.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from weakref import finalize

from layertui.core.errors import as_storage_error
from layertui.core.fs.file_window import Window
from layertui.core.layers.cache.cache_files import LIMIT, Cache

if TYPE_CHECKING:
    from layertui.core.oci.descriptor import Descriptor
    from layertui.core.oci.digest import Digest

_LARGEST = LIMIT // 2  # bytes of a blob in the cache


class KeptBlob(Window):
    """A blob on this machine, whose bytes were verified when they came."""

    blob_source = ""

    @property
    def source(self) -> str:
        """The same for these bytes wherever they are: see BlobSource."""
        return self.blob_source


class KeptBlobs:
    """The blobs of all registries; shared by threads."""

    def __init__(self, cache: Path | None, spool: Path | None) -> None:
        """`cache` is where to keep them, if anywhere; `spool` a folder for what is not kept, None for the system's own."""
        self._cache, self._spool = Cache(cache), spool
        self._files: dict[Digest, int] = {}  # of what has no name, descriptors
        self._lock = Lock()
        finalize(self, _close_all, self._files)

    def find(self, descriptor: Descriptor) -> KeptBlob | None:
        """A blob that is here, whole and verified."""
        with self._lock:
            fd = self._files.get(descriptor.digest)
        if fd is not None:
            return KeptBlob(fd)
        path = self._cache.blob_file(descriptor.digest, "blob")
        with suppress(OSError):
            if path is not None and path.stat().st_size == descriptor.size:
                return KeptBlob(path)
        return None

    def part(self, descriptor: Descriptor) -> BlobPart:
        """A file to write a blob to, perhaps with some of its first bytes in it. Raises StorageError."""
        if descriptor.size <= _LARGEST and (path := self._cache.blob_file(descriptor.digest, "part")) is not None:
            with suppress(OSError):
                fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
                try:
                    # One process writes it; a second one writes a file of its own.
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return BlobPart(self, descriptor, fd, path)
                except OSError:
                    os.close(fd)
        with as_storage_error(self._spool):
            folder = self._spool if self._spool is not None and os.access(self._spool, os.W_OK) else None
            with tempfile.TemporaryFile(dir=folder) as file:
                return BlobPart(self, descriptor, os.dup(file.fileno()), None)

    def keep(self, part: BlobPart) -> None:
        """Take over a part that is whole and verified."""
        path = self._cache.blob_file(part.descriptor.digest, "blob") if part.path is not None else None
        if path is not None and part.path is not None:
            with suppress(OSError):
                os.rename(part.path, path)
                self._cache.trim()
            return
        with self._lock:
            if part.descriptor.digest not in self._files:
                self._files[part.descriptor.digest] = os.dup(part.fd)


class BlobPart:
    """The first bytes of a blob in a file; `size` of them are there."""

    def __init__(self, kept: KeptBlobs, descriptor: Descriptor, fd: int, path: Path | None) -> None:
        self.descriptor, self.fd, self.path = descriptor, fd, path
        self._kept = kept
        self.size = os.fstat(fd).st_size
        if self.size > descriptor.size:
            self.reset()

    def read(self, position: int, size: int) -> bytes:
        """Bytes that are there."""
        with as_storage_error(self.path):
            return os.pread(self.fd, size, position)

    def append(self, content: bytes) -> None:
        """Write the next bytes. Raises StorageError."""
        view = memoryview(content)
        with as_storage_error(self.path):
            while view:
                count = os.pwrite(self.fd, view, self.size)
                self.size += count
                view = view[count:]

    def reset(self) -> None:
        """Forget what is there: it is not what it should be."""
        with as_storage_error(self.path):
            os.ftruncate(self.fd, 0)
        self.size = 0

    def keep(self) -> None:
        """Say that all of it is there and verified."""
        self._kept.keep(self)

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def _close_all(files: dict[Digest, int]) -> None:
    for fd in files.values():
        os.close(fd)
    files.clear()
