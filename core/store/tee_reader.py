"""Writes, hashes and counts a stream in one pass, for blobs that are added to the store."""

from collections import deque
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.errors import as_storage_error
from layertui.core.fs.early_writeback import EarlyWriteback
from layertui.core.fs.reader import Reader
from layertui.core.oci.digest import Sum
from layertui.core.progress import Progress
from layertui.core.streams.digest_reader import HashingReader

if TYPE_CHECKING:
    from concurrent.futures import Future

_CHUNK = 1 << 20
_LONG = 256 << 10


def copy_hashed(head: bytes, stream: BinaryIO, out: BinaryIO, progress: Progress, algorithm: str = "sha256") -> Sum:
    """Write `head` and the rest of a stream to a file, and hash what is written: long pieces on a second thread.

    Raises StorageError, Cancelled.
    """
    from concurrent.futures import ThreadPoolExecutor  # late: reading the store starts no threads

    total = Sum(algorithm)
    out = cast("BinaryIO", EarlyWriteback(out))
    write(out, head)
    total.update(head)
    progress.advance(len(head))
    # Two buffers: while one is hashed the other is filled and written; sha256, read and write release the GIL.
    buffers = deque([bytearray(_CHUNK), bytearray(_CHUNK)])
    pending: deque[Future[None]] = deque()
    readinto = getattr(stream, "readinto", None)
    with ThreadPoolExecutor(1, "sum") as summing:
        while True:
            if len(pending) == len(buffers):
                pending.popleft().result()
            if readinto is None:
                piece = memoryview(stream.read(_CHUNK))
            else:
                piece = memoryview(buffers[0])[: readinto(buffers[0]) or 0]
                buffers.rotate()
            if not piece:
                break
            if len(piece) >= _LONG or pending:
                pending.append(summing.submit(total.update, piece))
            else:
                total.update(piece)
            write(out, piece)
            progress.advance(len(piece))
    return total


def write(out: BinaryIO, content: bytes | memoryview) -> None:
    """Write all of it. Raises StorageError, also for a full disk."""
    view = memoryview(content)
    with as_storage_error(getattr(out, "name", None)):
        while view:
            view = view[out.write(view) :]


class TeeReader(Reader):
    """A stream that is read once, by whatever recognises its content, and is written, hashed and counted as it passes."""

    def __init__(self, stream: BinaryIO, out: BinaryIO, progress: Progress) -> None:
        super().__init__()
        self._stream, self._out, self._progress = HashingReader(stream), out, progress
        self.name = self._stream.name

    @property
    def sum(self) -> Sum:
        """Digest and size of everything read so far."""
        return self._stream.sum

    def read(self, size: int | None = -1) -> bytes:
        got = self._stream.read(size)
        write(self._out, got)
        self._progress.advance(len(got))
        return got
