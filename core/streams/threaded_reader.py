"""ThreadedReader: reads a stream on a thread of its own, a few pieces ahead of who takes them: a download beside decompression."""

from __future__ import annotations

from queue import Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.fs.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.oci.digest import Digest

_PIECE = 1 << 18
_AHEAD = 16  # pieces
_LOOK = 0.1  # seconds between two looks whether the other side has ended


class ThreadedReader(Reader):
    """A stream read forward, ahead of `read`. Closing it closes the stream; an error in it is raised where its bytes would come."""

    def __init__(self, raw: BinaryIO, interrupt: Callable[[], object] | None = None) -> None:
        """`interrupt` ends a read of `raw` in which the other thread may wait; without it closing waits for that read."""
        super().__init__()
        self._interrupt = interrupt
        self.name = str(getattr(raw, "name", "stream"))
        self.digest: Digest | None = getattr(raw, "digest", None)
        """That of the stream, where it verifies itself."""
        self._raw = raw
        self._pieces: Queue[bytes | BaseException] = Queue(_AHEAD)
        self._stop = Event()
        self._thread = Thread(target=self._run, name="read-ahead", daemon=True)
        self._piece = memoryview(b"")
        self._is_over = False

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(_PIECE), b""))
        if not self._piece and not self._next():
            return b""
        got, self._piece = self._piece[:size], self._piece[size:]
        return bytes(got)

    def close(self) -> None:
        if not self.closed:
            self._stop.set()
            if self._interrupt is not None:
                self._interrupt()
            if self._thread.ident is not None:
                self._thread.join()
            self._raw.close()
        super().close()

    def _next(self) -> bool:
        if self._is_over:
            return False
        if self._thread.ident is None:
            self._thread.start()
        found = self._pieces.get()
        if isinstance(found, BaseException):
            self._is_over = True
            raise found
        self._piece, self._is_over = memoryview(found), not found
        return bool(found)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                piece = self._raw.read(_PIECE)
                self._put(piece)
                if not piece:
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised by `read`
            self._put(error)

    def _put(self, found: bytes | BaseException) -> None:
        while not self._stop.is_set():
            try:
                self._pieces.put(found, timeout=_LOOK)
            except Full:
                continue
            return
