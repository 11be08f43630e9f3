"""Reads a compressed blob at any offset.

There is no index: to seek back, the blob is opened again and read up to the offset. Callers with many offsets read
in order, or keep what they have read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from layertui.core.fs.reader import SeekableReader, read_fully
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable

_CHUNK = 256 << 10


class ReopeningReader(SeekableReader):
    """A seekable reader over a stream that ``open`` can open repeatedly; ``size`` is its length, if known."""

    def __init__(self, open: Callable[[], BinaryIO], size: int | None = None) -> None:  # noqa: A002
        super().__init__()
        self._open = open
        self._stream: BinaryIO | None = None
        self._at = 0  # the position of the open stream
        self._size = size

    @property
    def name(self) -> str:
        return str(getattr(self._stream, "name", "stream"))

    def read(self, size: int | None = -1) -> bytes:
        stream = self._reach()
        if self._at < self._position:
            return b""  # beyond the end
        if size is None or size < 0:
            got = b"".join(iter(lambda: stream.read(_CHUNK), b""))
        else:
            got = read_fully(stream.read, size)
        self._at += len(got)
        self._position = self._at
        if size is None or len(got) < max(size, 0) or size < 0:
            self._size = self._at
        return got

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        super().close()

    def _reach(self) -> BinaryIO:
        """The stream at the current position, or at its end if that comes first."""
        if self.closed:
            raise ValueError(tr("I/O operation on closed file"))
        if self._stream is not None and self._at > self._position:
            self._stream.close()
            self._stream = None
        if self._stream is None:
            self._stream, self._at = self._open(), 0
        while self._at < self._position and (got := self._stream.read(min(_CHUNK, self._position - self._at))):
            self._at += len(got)
        return self._stream

    def _length(self) -> int:
        if self._size is None:
            stream = self._reach()
            while got := stream.read(_CHUNK):
                self._at += len(got)
            self._size = self._at
        return self._size
