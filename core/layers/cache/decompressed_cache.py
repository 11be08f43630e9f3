"""DecompressedCache: keeps the content of a compressed layer in the cache as it is decompressed, for the next reader.

The file is a sequence of records of the same length, each with its own checksum, so each is valid or invalid by itself.
Several processes can write it at once, it can be cut off anywhere, and it can grow in a later run. Checkpoints of the
decompressor would be smaller, but only gzip has a library that stores them (indexed_gzip), and one process has to
write its whole file.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, cast
from weakref import finalize
from zlib import crc32

from layertui.core.fs.reader import SeekableReader
from layertui.core.layers.cache.cache_files import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.layers.cache.cache_files import Cache

CHUNK = 1 << 20
_HEAD = 8  # checksum and length; only the last chunk is shorter than CHUNK
_MOST = LIMIT // 2 // CHUNK  # chunks of one layer; those beyond are decompressed again each time
_TRIM = 64  # chunks between two checks of the size of the whole cache


class DecompressedCache:
    """The chunks of a layer's tar, from the cache or from ``begin``, which opens the decompressed stream from its start."""

    def __init__(self, cache: Cache, key: str, begin: Callable[[], BinaryIO]) -> None:
        self._cache, self._key, self._begin = cache, key, begin
        self._file: BinaryIO | None = None
        self._stream: BinaryIO | None = None
        self._next = 0  # the number of the next chunk in the stream
        self._lock = Lock()

    def reader(self) -> BinaryIO:
        """The whole tar, seekable."""
        return cast("BinaryIO", _CachedTar(self))

    def chunk(self, number: int) -> bytes:
        """One chunk; short at the end of the tar, empty after it."""
        with self._lock:
            if self._file is None:
                self._file = self._open()
                finalize(self, self._file.close)
            found = self._kept(self._file, number)
            return self._decompress_chunk(self._file, number) if found is None else found

    def _open(self) -> BinaryIO:
        with suppress(OSError):
            if path := self._cache.decompressed_file(self._key):
                return os.fdopen(
                    os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), "r+b", buffering=0
                )
        return cast("BinaryIO", tempfile.TemporaryFile(buffering=0))

    def _kept(self, file: BinaryIO, number: int) -> bytes | None:
        record = os.pread(file.fileno(), _HEAD + CHUNK, number * (_HEAD + CHUNK))
        length = int.from_bytes(record[4:_HEAD], "little")
        content = record[_HEAD : _HEAD + length]
        whole = len(record) >= _HEAD and len(content) == length and _head(content) == record[:_HEAD]
        return content if whole else None

    def _decompress_chunk(self, file: BinaryIO, number: int) -> bytes:
        if self._stream is None or self._next > number:
            self._close_stream()
            self._stream, self._next = self._begin(), 0
        content = b""
        while self._next <= number:
            content = self._stream.read(CHUNK)
            if self._next < _MOST:
                self._keep(file, content)
            self._next += 1
            if len(content) < CHUNK:
                content = content if self._next > number else b""
                self._close_stream()
                break
        return content

    def _keep(self, file: BinaryIO, content: bytes) -> None:
        with suppress(OSError):  # with a full disk the layer can still be read
            os.pwrite(file.fileno(), _head(content) + content, self._next * (_HEAD + CHUNK))
            if self._next % _TRIM == _TRIM - 1:
                self._cache.trim()

    def _close_stream(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def _head(content: bytes) -> bytes:
    return crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little")


class _CachedTar(SeekableReader):
    """The cached layer as a file."""

    def __init__(self, cached: DecompressedCache) -> None:
        super().__init__()
        self._cached = cached
        self._number, self._chunk = -1, b""

    def read(self, size: int | None = -1) -> bytes:
        pieces = []
        left = size if size is not None and size >= 0 else 1 << 62
        while left:
            number, start = divmod(self._position, CHUNK)
            if number != self._number:
                self._number, self._chunk = number, self._cached.chunk(number)
            piece = self._chunk[start : start + left]
            if not piece:
                break
            pieces.append(piece)
            self._position += len(piece)
            left -= len(piece)
        return b"".join(pieces)
