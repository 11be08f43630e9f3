"""Readers for the content of one member: a range of the stream, or a sparse file with its holes filled."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.bounds import NO_BOMB, bounds, exceeded
from layertui.core.errors import Truncated
from layertui.core.fs.reader import SeekableReader, read_fully
from layertui.core.language.texts import tr
from layertui.core.streams.tar import pax_records

if TYPE_CHECKING:
    from collections.abc import Sequence

Pieces = tuple[tuple[int, int], ...]  # (offset, length) of each
_CHUNK = 256 << 10


class _Positioned(SeekableReader):
    """A seekable reader over ``_some``, which reads at the position; completes short reads."""

    size: int
    name: str
    _seekable: bool

    def _some(self, size: int) -> bytes:
        """At least one byte and at most ``size``, which does not reach past the end."""
        raise NotImplementedError

    def read(self, size: int | None = -1) -> bytes:
        left = self.size - self._position
        wanted = left if size is None or size < 0 or size > left else size
        return read_fully(self._take, max(wanted, 0))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        before = self._position
        # A stream that cannot seek back is read up to the offset.
        if super().seek(offset, whence) < before and not self._seekable:
            self._position = before
            raise io.UnsupportedOperation(tr("this content can be read once, from its beginning to its end"))
        return self._position

    def seekable(self) -> bool:
        return self._seekable

    def _length(self) -> int:
        return self.size

    def _take(self, size: int) -> bytes:
        got = self._some(size)
        if not got:
            raise Truncated(
                tr(
                    "{name}: ends inside a file of {size:,} bytes, after {position:,} of them",
                    name=self.name,
                    size=self.size,
                    position=self._position,
                )
            )
        self._position += len(got)
        return got


class MemberContent(_Positioned):
    """``size`` bytes of ``raw`` from ``offset`` on. Every read seeks first, so several may share one ``raw`` in one thread.

    With ``owned``, closing it closes ``raw`` too.
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


class SparseContent(_Positioned):
    """A sparse file: its stored data at their offsets, zeros between. Closing it closes ``stored``.

    ``stored_at`` has the offset in ``stored`` of each piece; without it they follow each other. A caller that reads the holes
    in sequence gets LimitExceeded if they are many times as large as the stored data.
    """

    def __init__(self, stored: BinaryIO, pieces: Pieces, size: int, stored_at: Sequence[int] | None = None) -> None:
        super().__init__()
        name = getattr(stored, "name", "tar")
        self.name = name if isinstance(name, str) else ""  # a descriptor's number is no name
        self.size = size
        self._stored = stored
        self._position = 0
        self._seekable = stored.seekable()
        self._offsets = [offset for offset, _ in pieces]
        self._ends = [offset + length for offset, length in pieces]
        self.pieces = pieces
        *starts, held = accumulate((length for _, length in pieces), initial=0)
        self._stored_at = starts if stored_at is None else stored_at
        self._held, self._zeros = held, 0

    def _some(self, size: int) -> bytes:
        at = self._position
        index = bisect_right(self._offsets, at) - 1
        if index >= 0 and at < self._ends[index]:
            position = self._stored_at[index] + at - self._offsets[index]
            if self._stored.tell() != position:
                self._stored.seek(position)
            return self._stored.read(min(size, self._ends[index] - at))
        following = self._offsets[index + 1] if index + 1 < len(self._offsets) else self.size
        zeros = bytes(min(size, following - at, _CHUNK))
        self._zeros += len(zeros)
        if self._zeros > NO_BOMB and self._zeros > bounds().ratio * self._held:
            what = tr("a sparse file of {size:,} bytes, which stores {held:,} of them", size=self.size, held=self._held)
            raise exceeded("ratio", f"{self.name}: {what}" if self.name else what)
        return zeros

    def close(self) -> None:
        self._stored.close()
        super().close()


def with_holes(file: BinaryIO) -> BinaryIO:
    """A regular file on disk; holes are found with SEEK_DATA (lseek(2)), and kept as such."""
    fd, status = file.fileno(), os.fstat(file.fileno())
    if status.st_blocks * 512 >= status.st_size or not hasattr(os, "SEEK_DATA"):
        return file
    pieces: list[tuple[int, int]] = []
    end = 0
    while end < status.st_size and len(pieces) < pax_records.MOST_PIECES:
        try:
            start = os.lseek(fd, end, os.SEEK_DATA)
        except OSError:
            break  # only holes up to the end; or a file system without SEEK_DATA
        end = os.lseek(fd, start, os.SEEK_HOLE)
        pieces.append((start, min(end, status.st_size) - start))
    os.lseek(fd, 0, os.SEEK_SET)
    if len(pieces) == pax_records.MOST_PIECES:
        return file
    return cast(
        "BinaryIO",
        io.BufferedReader(SparseContent(file, tuple(pieces), status.st_size, [start for start, _ in pieces])),
    )


def pieces_of(content: BinaryIO) -> Pieces | None:
    """(offset, length) of the stored pieces of a sparse file, holes between them; None for any other content."""
    raw = getattr(content, "raw", content)
    return raw.pieces if isinstance(raw, SparseContent) else None
