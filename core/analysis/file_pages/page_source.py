"""PageSource: reads any part of a file's content, from several threads in turn; CrLines: the same with other line ends."""

from __future__ import annotations

from bisect import bisect_right
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Protocol

from layertui.core.errors import Cancelled
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr
from layertui.core.streams.tar.member_content import pieces_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.progress import Progress

STEP = 4 << 20
"""Bytes between two stops on the way to a far offset: a compressed layer is unpacked up to there, which takes a while."""


class PagedContent(Protocol):
    """Content of which any part can be read; `data_from` and `data_before` say which parts are in no hole of a sparse file."""

    @property
    def size(self) -> int: ...

    def read(self, start: int, end: int, progress: Progress) -> bytes: ...

    def data_from(self, start: int, end: int) -> tuple[int, int] | None: ...

    def data_before(self, end: int) -> tuple[int, int] | None: ...


class CrLines:
    """A text whose lines end in CR, as on the Macs of the last century, with LF in its place: each byte stays at its offset."""

    def __init__(self, source: PagedContent) -> None:
        self._source = source
        self.data_from, self.data_before = source.data_from, source.data_before

    @property
    def size(self) -> int:
        return self._source.size

    def read(self, start: int, end: int, progress: Progress) -> bytes:
        """As `PageSource.read`."""
        return self._source.read(start, end, progress).replace(b"\r", b"\n")


class PageSource:
    """The content of one file. It closes the stream that it was made of."""

    def __init__(self, content: BinaryIO, size: int, close: Callable[[], object] | None = None) -> None:
        """`content` is seekable, `size` its length in bytes; `close` closes what else it is read through."""
        self.size = size
        self._close = close or content.close
        self._content = content
        self._lock = Lock()
        self._reached = 0
        self._is_closed = False
        # Holes of a sparse file: nothing in them is read to count lines or to search.
        pieces = pieces_of(content)
        self._pieces = ((0, size),) if pieces is None else tuple((start, start + length) for start, length in pieces)
        self._starts = [start for start, _ in self._pieces]

    def grow(self, size: int) -> None:
        """The file has become longer, as a log does; it has no holes."""
        self._pieces, self._starts, self.size = ((0, size),), [0], size

    @property
    def stored(self) -> int:
        """Bytes that are in no hole."""
        return sum(end - start for start, end in self._pieces)

    def read(self, start: int, end: int, progress: Progress) -> bytes:
        """The bytes from `start` to `end`, fewer where the file ends before. Raises Cancelled, Damaged, OSError."""
        start, end = max(0, start), min(end, self.size)
        if end <= start:
            return b""
        at = self._reached
        while (at := at + STEP) < start:
            if self.data_from(at, at + 1) is not None:
                self._read(at, 1)
                progress.advance(STEP)
        self._reached = max(self._reached, end)
        progress.advance(0)
        return self._read(start, end - start)

    def data_from(self, start: int, end: int) -> tuple[int, int] | None:
        """The first part between `start` and `end` that is stored, and in no hole of a sparse file."""
        index = max(0, bisect_right(self._starts, start) - 1)
        for first, last in self._pieces[index : index + 2]:
            if max(first, start) < min(last, end):
                return max(first, start), min(last, end)
        return None

    def data_before(self, end: int) -> tuple[int, int] | None:
        """The last stored part before `end`."""
        index = bisect_right(self._starts, end - 1) - 1
        while index >= 0:  # parts of no bytes may be there
            first, last = self._pieces[index]
            if first < min(last, end):
                return first, min(last, end)
            index -= 1
        return None

    def close(self) -> None:
        """Close the stream: now, or once the thread that reads it is done with its read."""
        self._is_closed = True
        self._close_if_asked()

    def _read(self, start: int, size: int) -> bytes:
        with self._lock:
            if self._is_closed:
                raise Cancelled(tr("cancelled: the file is closed"))
            self._content.seek(start)
            got = read_fully(self._content.read, size)
        self._close_if_asked()
        return got

    def _close_if_asked(self) -> None:
        if self._is_closed and self._lock.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._lock.release()
