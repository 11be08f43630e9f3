"""Reads a forward-only stream by position, with read-ahead where it is faster."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.fs.file_window import Window
from layertui.core.fs.reader import SeekableReader, read_fully
from layertui.core.language.texts import tr
from layertui.core.streams.seekable_blob import ReopeningReader

if TYPE_CHECKING:
    from layertui.core.progress import Progress

_BLOCK = 512
_SMALLEST, _FIRST, _LARGEST = 1 << 11, 1 << 14, 1 << 16
_STREAM = 1 << 20  # what a thread that decompresses gives at once
_REPORT = 1 << 20
_pread = os.pread


class BufferedTar:
    """Returns buffers that begin at a given position; positions only grow.

    If the stream is seekable, gaps are skipped by seeking, and the read size adapts to
    the tar: large while members are small and one buffer serves many, small while
    nearly every member is followed by a seek.
    """

    def __init__(self, raw: BinaryIO, progress: Progress | None) -> None:
        self.name = str(getattr(raw, "name", "tar"))
        self.position = raw.tell() if raw.seekable() else 0
        self._raw = raw
        self._jumps = raw.seekable()
        # Nothing is read ahead if the stream cannot seek back, or only by reading all of it again.
        self._exact = isinstance(raw, ForwardReader | ReopeningReader)
        self._fd, self._base, self._end = -1, 0, 0
        if isinstance(raw, Window):
            # One system call per read, without a buffer of Python's.
            self._fd, self._base, self._end = raw.fileno(), raw.offset, raw.size
        self._want = _FIRST
        self._buffer = b""
        self._start = self.position
        self._progress = progress
        self._reported = self.position

    def load(self, position: int) -> bytes:
        """A buffer that begins at ``position``; shorter than a block only at the end of the stream."""
        if self._progress is not None and position - self._reported >= _REPORT:
            self._report(position)
        if not self._jumps:
            return self._through(position, _BLOCK)
        if self._exact:
            self._want = _BLOCK
        elif position - self._start <= 2 * self._want:
            if self._want < _LARGEST:
                self._want *= 2
        elif self._want > _SMALLEST:
            self._want //= 2
        self._start = position
        if self._fd < 0 or position + self._want > self._end or self._raw.closed:
            self._buffer = self._at(position, self._want, _BLOCK)
        else:
            # Inlined: for a tar of large files this path runs for nearly every member.
            self._buffer = _pread(self._fd, self._want, self._base + position)
            if len(self._buffer) < _BLOCK:
                self._buffer = self._at(position, self._want, _BLOCK)
        return self._buffer

    def take(self, position: int, size: int) -> bytes:
        """The ``size`` bytes at ``position``, fewer only at the end of the stream."""
        at = position - self._start
        if 0 <= at <= len(self._buffer) - size:
            return self._buffer[at : at + size]
        return self._at(position, size, size) if self._jumps else self._through(position, size)[:size]

    def reaches(self, end: int) -> bool:
        """Whether the stream has ``end`` bytes; call it once a read has met the end."""
        if isinstance(self._raw, ForwardReader):
            return self._raw.tell() >= end
        if self._jumps:
            return end == 0 or bool(self._at(end - 1, 1, 1))
        return self._start + len(self._buffer) >= end

    def finish(self) -> None:
        """Read on to the end, since a verifying stream has verified only what was read."""
        if not self._jumps or self._exact:
            while got := self._raw.read(_STREAM):
                self._start += len(got)
        if self._fd >= 0:
            self._report(self._end)
        else:
            self._report(self._raw.tell() if self._exact else self._start + len(self._buffer))

    def _report(self, position: int) -> None:
        if self._progress is not None:
            self._progress.advance(max(0, position - self._reported))
            self._reported = position

    def _at(self, position: int, size: int, least: int) -> bytes:
        if self._fd >= 0:
            if self._raw.closed:
                # The descriptor's number may be another file's by now.
                raise ValueError(tr("I/O operation on closed file"))
            got = os.pread(self._fd, max(0, min(size, self._end - position)), self._base + position)
        else:
            self._raw.seek(position)
            got = self._raw.read(size)
        if len(got) >= least or not got:
            return got
        # A short read is not the end yet.
        pieces, count = [got], len(got)
        while count < least and (got := self._at(position + count, size - count, 1)):
            pieces.append(got)
            count += len(got)
        return b"".join(pieces)

    def _through(self, position: int, size: int) -> bytes:
        have = self._start + len(self._buffer) - position
        pieces = [self._buffer[-have:]] if have > 0 else []
        if have < 0:
            self._skip(-have)
            have = 0
        if self._start + len(self._buffer) < position and not pieces:
            return b""
        while have < size and (got := self._raw.read(max(_STREAM, size - have))):
            pieces.append(got)
            have += len(got)
        self._buffer = b"".join(pieces) if len(pieces) != 1 else pieces[0]
        self._start = position
        return self._buffer

    def _skip(self, count: int) -> None:
        self._start += len(self._buffer)
        self._buffer = b""
        while count and (got := self._raw.read(min(count, _STREAM))):
            self._start += len(got)
            count -= len(got)
            if self._progress is not None and self._start - self._reported >= _REPORT:
                self._report(self._start)


class ForwardReader(SeekableReader):
    """A stream that cannot seek, with forward seeks: ``seek`` reads and discards."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__()
        self.name = str(getattr(raw, "name", "tar"))
        self._raw = raw
        self._buffer = b""
        self._at = 0

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self._some(_STREAM), b""))
        return read_fully(self._some, size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Read on to ``offset``, or to the end of the stream if that comes first. Raises io.UnsupportedOperation backwards."""
        if whence != os.SEEK_SET or offset < self._position:
            raise io.UnsupportedOperation(tr("this stream cannot be read again from an earlier position"))
        while self._position < offset and self._some(min(offset - self._position, _STREAM)):
            pass
        return self._position

    def _some(self, size: int) -> bytes:
        if self._at >= len(self._buffer):
            self._buffer, self._at = self._raw.read(max(size, _STREAM)), 0
        got = self._buffer[self._at : self._at + size]
        self._at += len(got)
        self._position += len(got)
        return got


def forward_reader(raw: BinaryIO) -> BinaryIO:
    """``raw`` itself if it is seekable, else a ForwardReader over it."""
    return raw if raw.seekable() else cast("BinaryIO", ForwardReader(raw))
