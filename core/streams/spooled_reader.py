"""Makes a stream seekable: what has been read of it is kept, in memory or in a temporary file."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.bounds import bounds, exceeded
from layertui.core.errors import Damaged, Truncated, as_storage_error
from layertui.core.fs.reader import Reader, SeekableReader
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from pathlib import Path

_IN_MEMORY = 8 << 20  # bytes
_CHUNK = 256 << 10


class UnpackedStream(Reader):
    """A stream that ends with LimitExceeded after so many bytes as the bound `archive_unpacked` allows. Closing it closes the stream.

    With a `size`, more or fewer bytes than that are Damaged.
    """

    def __init__(self, stream: BinaryIO, name: str, size: int | None = None) -> None:
        super().__init__()
        self.name = name
        self._stream, self._size = stream, size
        self._read, self._most = 0, bounds().archive_unpacked

    def read(self, size: int | None = -1) -> bytes:
        """Raises LimitExceeded, Damaged; Truncated, one of these, for fewer bytes."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(_CHUNK), b""))
        got = self._stream.read(size)
        self._read += len(got)
        if self._read > self._most:
            raise exceeded(
                "archive_unpacked", tr("{name}: unpacks to more than {most:,} bytes", name=self.name, most=self._most)
            )
        if self._size is not None and self._read > self._size:
            raise Damaged(
                tr(
                    "{name}: unpacks to more than the {size:,} bytes that the archive says",
                    name=self.name,
                    size=self._size,
                )
            )
        if self._size is not None and size and not got and self._read < self._size:
            raise Truncated(
                tr(
                    "{name}: unpacks to {read:,} of the {size:,} bytes that the archive says",
                    name=self.name,
                    read=self._read,
                    size=self._size,
                )
            )
        return got

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


class SpooledReader(SeekableReader):
    """A seekable reader of a stream, which is read as far as it is asked for, and only once. Closing it closes the stream."""

    def __init__(self, stream: BinaryIO, name: str, size: int | None = None, folder: Path | None = None) -> None:
        super().__init__()
        self.name = name
        self._stream, self._size = stream, size
        self._have, self._is_whole = 0, False
        self._spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=None if folder is None else str(folder))

    def read(self, size: int | None = -1) -> bytes:
        if self.closed:
            raise ValueError(tr("I/O operation on closed file"))
        wanted = (1 << 62) if size is None or size < 0 else size
        with as_storage_error(tempfile.gettempdir()):
            self._reach(self._position + wanted)
            self._spool.seek(self._position)
            got = self._spool.read(min(self._have, wanted))
        self._position += len(got)
        return got

    def close(self) -> None:
        if not self.closed:
            self._spool.close()
            self._stream.close()
        super().close()

    def _reach(self, end: int) -> None:
        """Read on until so many bytes are there, or all."""
        while self._have < end and not self._is_whole:
            got = self._stream.read(min(_CHUNK, end - self._have))
            if not got:
                self._is_whole = True
                return
            self._spool.seek(self._have)
            self._spool.write(got)
            self._have += len(got)

    def _length(self) -> int:
        if self._size is not None:
            return self._size
        with as_storage_error(tempfile.gettempdir()):
            self._reach(1 << 62)
        return self._have
