"""ThreadedReader: reads a stream on a thread of its own, a few pieces ahead: a download, decompression, and a walk side by side.

Who takes the bytes waits only as long as its Progress is not cancelled, whatever the stream waits for.
"""

from __future__ import annotations

from functools import cache
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.errors import Cancelled
from layertui.core.fs.libc import function
from layertui.core.fs.reader import Reader
from layertui.core.streams.compress import decompressed
from layertui.core.streams.decompression import DecompressingReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.oci.digest import Digest
    from layertui.core.progress import Progress

_PIECE = 1 << 20  # bytes at most
_LEAST = 1 << 16  # bytes: smaller pieces are joined, since each changes threads
_AHEAD = 4  # pieces
_LOOK = 0.1  # seconds between two looks whether the other side has ended, or the user has cancelled
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # malloc.h
_KEPT = {_MMAP_THRESHOLD: 1 << 24, _TRIM_THRESHOLD: 1 << 25}  # bytes: more than all pieces under way


def decompressed_ahead(raw: BinaryIO, progress: Progress) -> BinaryIO:
    """The same as `decompressed`, on a thread of its own where there is something to decompress, begun at once. Reads raise Cancelled."""
    tar = decompressed(raw)
    if not isinstance(tar, DecompressingReader):
        return tar
    reader = ThreadedReader(cast("BinaryIO", tar), progress, getattr(raw, "interrupt", None))
    reader.start()
    return cast("BinaryIO", reader)


class ThreadedReader(Reader):
    """A stream read forward, ahead of `read`. An error in it is raised where its bytes would come.

    Closing it closes the stream; if that is being read, its method `interrupt` is called first, if it has one.
    """

    def __init__(
        self, raw: BinaryIO, progress: Progress | None = None, interrupt: Callable[[], None] | None = None
    ) -> None:
        """Once `progress` is cancelled, `read` raises Cancelled; its bytes are not counted here.

        `interrupt` ends a read of `raw` that waits, if `raw` itself has no such method.
        """
        super().__init__()
        self.name = str(getattr(raw, "name", "stream"))
        self.digest: Digest | None = getattr(raw, "digest", None)
        """That of the stream, where it verifies itself."""
        self._raw, self._progress = raw, progress
        # What comes at once: a full read would join pieces, and copy all bytes once more.
        self._some: Callable[[int], bytes] = getattr(raw, "read_some", raw.read)
        self._interrupt_raw: Callable[[], None] | None = interrupt or getattr(raw, "interrupt", None)
        self._pieces: Queue[bytes | BaseException] = Queue(_AHEAD)
        self._stop = Event()
        self._thread = Thread(target=self._run, name="read-ahead", daemon=True)
        self._piece, self._at = b"", 0  # the last piece, and how much of it has been read
        self._is_over = False

    def start(self) -> None:
        """Begin before the first `read`."""
        if self._thread.ident is None:
            _keep_freed_pieces()
            self._thread.start()

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(_PIECE), b""))
        if self._at == len(self._piece) and not self._next():
            return b""
        got = self._piece[self._at : self._at + size]  # all of it as a rule, which is no copy
        self._at += len(got)
        return got

    def interrupt(self) -> None:
        """End a `read` that another thread is in: it raises Cancelled. Only `close` may follow."""
        self._stop.set()
        if self._thread.is_alive() and self._interrupt_raw is not None:
            self._interrupt_raw()

    def close(self) -> None:
        if not self.closed:
            self.interrupt()
            if self._thread.ident is not None:
                self._thread.join()
            self._raw.close()
        super().close()

    def _next(self) -> bool:
        if self._is_over:
            return False
        self.start()
        found = self._taken()
        if isinstance(found, BaseException):
            self._is_over = True
            raise found
        self._piece, self._at, self._is_over = found, 0, not found
        return bool(found)

    def _taken(self) -> bytes | BaseException:
        """The next piece, waited for. Raises Cancelled."""
        while True:
            try:
                return self._pieces.get(timeout=_LOOK)
            except Empty:
                if self._stop.is_set():
                    raise Cancelled("interrupted") from None
                if self._progress is not None:
                    self._progress.advance(0)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                piece = self._filled()
                self._put(piece)
                if not piece:
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised by `read`
            self._put(error)

    def _filled(self) -> bytes:
        """The next piece. What came before an error goes first."""
        pieces: list[bytes] = []
        size = 0
        try:
            while size < _LEAST and not self._stop.is_set() and (got := self._some(_PIECE - size)):
                pieces.append(got)
                size += len(got)
        except BaseException:
            if pieces:
                self._put(b"".join(pieces))
            raise
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _put(self, found: bytes | BaseException) -> None:
        while not self._stop.is_set():
            try:
                self._pieces.put(found, timeout=_LOOK)
            except Full:
                continue
            return


@cache
def _keep_freed_pieces() -> None:
    """Have the C library keep the memory of a piece for the next one.

    It would return most of them to the system, and a page that is new again takes longer than what is put there.
    """
    if (mallopt := function("mallopt")) is not None:  # that of GNU has it
        for option, size in _KEPT.items():
            mallopt(option, size)
