"""Readers of one member's content: a part of a stream, and a sparse file with its holes filled."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.errors import Truncated

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK = 256 << 10


class _Positioned(io.RawIOBase):
    """Seeking and reading fully over ``_some``, which reads where the position is."""

    size: int
    name: str
    _position: int
    _seekable: bool

    def _some(self, size: int) -> bytes:
        """At least one byte and at most ``size``, which reaches not beyond the end."""
        raise NotImplementedError

    def read(self, size: int | None = -1) -> bytes:
        left = self.size - self._position
        wanted = left if size is None or size < 0 or size > left else size
        if wanted <= 0:
            return b""
        got = self._take(wanted)
        if len(got) == wanted:
            return got
        pieces, count = [got], len(got)
        while count < wanted:
            got = self._take(wanted - count)
            pieces.append(got)
            count += len(got)
        return b"".join(pieces)

    def readall(self) -> bytes:
        return self.read(-1)

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        got = self.read(min(len(view), _CHUNK))
        view[: len(got)] = got
        return len(got)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        position = (0, self._position, self.size)[whence] + offset
        if position < 0:
            raise ValueError(f"negative seek position {position}")
        if not self._seekable and position != self._position:
            raise io.UnsupportedOperation("this content can be read once, from its beginning to its end")
        self._position = position
        return position

    def tell(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._seekable

    def _take(self, size: int) -> bytes:
        got = self._some(size)
        if not got:
            raise Truncated(f"{self.name}: ends inside a file of {self.size} bytes, after {self._position} of them")
        self._position += len(got)
        return got


class Part(_Positioned):
    """``size`` bytes of ``raw`` from ``offset`` on. Every read seeks first, so several Parts may share one ``raw``, on one thread.

    With ``owned`` closing it closes ``raw`` too.
    """

    def __init__(self, raw: BinaryIO, offset: int, size: int, *, seekable: bool = True, owned: bool = False) -> None:
        super().__init__()
        self._owned = owned
        self.name = str(getattr(raw, "name", "tar"))
        self.size = size
        self._raw = raw
        self._offset = offset
        self._position = 0
        self._seekable = seekable

    def _some(self, size: int) -> bytes:
        self._raw.seek(self._offset + self._position)
        return self._raw.read(size)

    def close(self) -> None:
        if self._owned:
            self._raw.close()
        super().close()


class Sparse(_Positioned):
    """The pieces of a sparse file where they belong, zeros between them. Closing it closes ``stored``."""

    def __init__(self, stored: BinaryIO, pieces: tuple[tuple[int, int], ...], size: int) -> None:
        super().__init__()
        self.name = str(getattr(stored, "name", "tar"))
        self.size = size
        self._stored = stored
        self._position = 0
        self._seekable = stored.seekable()
        self._offsets = [offset for offset, _ in pieces]
        self._ends = [offset + length for offset, length in pieces]
        self.pieces = pieces
        self._places: list[int] = []
        place = 0
        for _, length in pieces:
            self._places.append(place)
            place += length

    def _some(self, size: int) -> bytes:
        at = self._position
        index = bisect_right(self._offsets, at) - 1
        if index >= 0 and at < self._ends[index]:
            place = self._places[index] + at - self._offsets[index]
            if self._stored.tell() != place:
                self._stored.seek(place)
            return self._stored.read(min(size, self._ends[index] - at))
        following = self._offsets[index + 1] if index + 1 < len(self._offsets) else self.size
        return bytes(min(size, following - at, _CHUNK))

    def close(self) -> None:
        self._stored.close()
        super().close()


def pieces_of(content: BinaryIO) -> tuple[tuple[int, int], ...] | None:
    """Offset and length of what a sparse file stores, its holes being between; None for any other content."""
    raw = getattr(content, "raw", content)
    return raw.pieces if isinstance(raw, Sparse) else None
