"""Base class of layertui's readable streams; each of them implements only `read`."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK = 256 << 10


class Reader(io.RawIOBase):
    """A raw stream over `read`, which gives all bytes that are left where no size is given."""

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


class Placed(Reader):
    """A Reader that can go to any place: `seek` only notes where the next `read` begins."""

    _position = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; ValueError before the beginning."""
        position = offset
        if whence == os.SEEK_CUR:
            position += self._position
        elif whence == os.SEEK_END:
            position += self._length()
        if position < 0:
            raise ValueError(f"negative seek position {position}")
        self._position = position
        return position

    def tell(self) -> int:
        return self._position

    def seekable(self) -> bool:
        return True

    def _length(self) -> int:
        """How many bytes there are in all."""
        raise io.UnsupportedOperation("where this stream ends is not known")
