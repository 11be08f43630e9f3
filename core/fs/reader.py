"""Base class of layertui's readable streams; each of them implements only `read`."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

_CHUNK = 256 << 10


def read_fully(read: Callable[[int], bytes], size: int) -> bytes:
    """Read ``size`` bytes with as many reads as necessary; fewer only at the end of the stream."""
    got = read(size) if size else b""
    if len(got) == size or not got:
        return got
    pieces, left = [got], size - len(got)
    while left and (got := read(left)):
        pieces.append(got)
        left -= len(got)
    return b"".join(pieces)


def read_to_end(stream: BinaryIO) -> None:
    """Read and discard the rest of a stream, so that a reader which verifies or hashes has seen all of it."""
    while stream.read(_CHUNK):
        pass


class Reader(io.RawIOBase):
    """A raw stream over `read`, which returns all remaining bytes if no size is given."""

    def read(self, size: int | None = -1) -> bytes:
        raise NotImplementedError

    def readall(self) -> bytes:
        return self.read(-1)

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        got = self.read(min(len(view), _CHUNK))
        view[: len(got)] = got
        return len(got)

    def readable(self) -> bool:
        return True


class PrefixedReader(Reader):
    """A stream with the bytes put back that were read to recognise it. Closing it closes the stream, if `closes`."""

    def __init__(self, head: bytes, stream: BinaryIO, *, closes: bool = True) -> None:
        super().__init__()
        self.name = str(getattr(stream, "name", "stream"))
        self._head, self._stream, self._closes = head, stream, closes
        self._failure: BaseException | None = None

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            head, self._head = self._head, b""
            return head + self._stream.read()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            try:
                raise failure
            finally:
                del failure  # it has this frame: files would stay open until the cycle is found
        if not self._head:
            return self._stream.read(size)
        # As much as was asked for: a caller that recognises formats must not get a few bytes only.
        got, self._head = self._head[:size], self._head[size:]
        pieces, left = [got], size - len(got)
        try:
            while left and (got := self._stream.read(left)):
                pieces.append(got)
                left -= len(got)
        except BaseException as error:  # noqa: BLE001 - raised by the next read: what came before is kept of a download
            self._failure = error
        return b"".join(pieces)

    def close(self) -> None:
        if self._closes and not self.closed:
            self._stream.close()
        super().close()


class SeekableReader(Reader):
    """A Reader that can seek: `seek` only sets where the next `read` begins."""

    _position = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position. Raises ValueError before the beginning."""
        position = offset
        if whence == os.SEEK_CUR:
            position += self._position
        elif whence == os.SEEK_END:
            position += self._length()
        if position < 0:
            raise ValueError(tr("negative seek position {position}", position=position))
        self._position = position
        return position

    def tell(self) -> int:
        return self._position

    def seekable(self) -> bool:
        return True

    def _length(self) -> int:
        """The total number of bytes."""
        raise io.UnsupportedOperation(tr("where this stream ends is not known"))
