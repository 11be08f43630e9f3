"""Writes, hashes and counts a stream in one pass, for blobs that are added to the store."""

from collections import deque
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.errors import as_storage_error
from layertui.core.fs.early_writeback import Outgoing
from layertui.core.fs.reader import Reader
from layertui.core.oci.digest import Sum
from layertui.core.progress import Progress

if TYPE_CHECKING:
    from concurrent.futures import Future

_CHUNK = 1 << 20
_LONG = 256 << 10


def head_of(stream: BinaryIO, size: int) -> bytes:
    """Read the first bytes of a stream, fewer only where it ends."""
    head = b""
    while len(head) < size and (got := stream.read(size - len(head))):
        head += got
    return head


def pour(head: bytes, stream: BinaryIO, out: BinaryIO, progress: Progress, algorithm: str = "sha256") -> Sum:
    """Write `head` and the rest of a stream to a file, and sum what is written: long pieces on a second thread."""
    from concurrent.futures import ThreadPoolExecutor  # late: who only reads the store starts no threads

    total = Sum(algorithm)
    out = cast("BinaryIO", Outgoing(out))
    write(out, head)
    total.update(head)
    progress.advance(len(head))
    # Two buffers: while one is summed the other is filled and written; sha256, read and write all let go of the GIL.
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
    """Write all of it; a full disk is a StorageError."""
    view = memoryview(content)
    with as_storage_error(getattr(out, "name", None)):
        while view:
            view = view[out.write(view) :]


class Again(Reader):
    """A stream with the bytes put back that were read to see what it is."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        super().__init__()
        self.name = str(getattr(stream, "name", "stream"))
        self._head, self._stream = head, stream

    def read(self, size: int | None = -1) -> bytes:
        if not self._head:
            return self._stream.read(-1 if size is None else size)
        wanted = len(self._head) if size is None or size < 0 else size
        got, self._head = self._head[:wanted], self._head[wanted:]
        return got


class Passing(Reader):
    """A stream read once by who wants to know what is in it, and written and summed as it passes."""

    def __init__(self, head: bytes, stream: BinaryIO, out: BinaryIO, progress: Progress) -> None:
        super().__init__()
        self.name = str(getattr(stream, "name", "stream"))
        self.total = Sum()
        self._stream, self._out, self._progress = Again(head, stream), out, progress

    def read(self, size: int | None = -1) -> bytes:
        got = self._stream.read(size)
        write(self._out, got)
        self.total.update(got)
        self._progress.advance(len(got))
        return got

    def drain(self) -> None:
        """Let pass what nobody has read, such as what lies behind the end of a compressed stream."""
        while self.read(_LONG):
            pass


class Summing(Reader):
    """A reader that sums what is read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self.name = str(getattr(stream, "name", "stream"))
        self.total = Sum()
        self._stream = stream

    def read(self, size: int | None = -1) -> bytes:
        got = self._stream.read(-1 if size is None else size)
        self.total.update(got)
        return got

    def drain(self) -> None:
        """Read to the end."""
        while self.read(_LONG):
            pass
