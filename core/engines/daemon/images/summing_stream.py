"""SummingStream: computes the digest of each file in a tar while the tar is read, so that none has to be read again to be verified."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.errors import LayertuiError
from layertui.core.fs.reader import Reader
from layertui.core.oci.digest import Digest, Sum
from layertui.core.streams.tar.header_block import BLOCK, number

if TYPE_CHECKING:
    from concurrent.futures import Future

_FILES = (b"0", b"\0")
_EMPTY = (b"1", b"2", b"3", b"4", b"5", b"6")  # members without content, whatever their size field says
_PENDING = 4  # pieces that wait to be summed


class SummingStream(Reader):
    """A stream of a plain tar, read through once; `sums` has the digest of each regular file by where its content begins.

    Of a tar in an unusual form digests may be missing or wrong, since extended headers are not read: a digest that is not the expected
    one means that the file has to be read again.
    """

    def __init__(self, raw: BinaryIO) -> None:
        from concurrent.futures import ThreadPoolExecutor

        super().__init__()
        self.name = str(getattr(raw, "name", "archive"))
        self.sums: dict[int, Digest] = {}
        self._raw = raw
        self._head = b""  # of a header, as far as it is there
        self._position = 0
        self._left = self._padding = 0  # bytes of the content, and of the padding behind it, that are still to come
        self._sum: Sum | None = None
        self._start = 0
        # sha256 lets go of the interpreter: it runs while the next piece is received.
        self._worker = ThreadPoolExecutor(1, "sum")
        self._pending: deque[Future[None]] = deque()

    def read(self, size: int | None = -1) -> bytes:
        got = self._raw.read(-1 if size is None else size)
        if got:
            self._take(memoryview(got))
        else:
            self._wait(0)
        return got

    def close(self) -> None:
        if not self.closed:
            self._wait(0)
            self._worker.shutdown()
            self._raw.close()
        super().close()

    def _take(self, piece: memoryview) -> None:
        while piece:
            if self._left:
                taken = min(self._left, len(piece))
                self._submit(piece[:taken])
                self._left -= taken
                if not self._left:
                    self._finish()
            elif self._padding:
                taken = min(self._padding, len(piece))
                self._padding -= taken
            else:
                taken = min(BLOCK - len(self._head), len(piece))
                self._head += piece[:taken]
            self._position += taken
            piece = piece[taken:]
            if len(self._head) == BLOCK:
                self._begin(self._head)
                self._head = b""

    def _begin(self, block: bytes) -> None:
        kind = block[156:157]
        try:
            size = 0 if kind in _EMPTY else number(block[124:136])
        except LayertuiError:
            size = 0
        self._left = max(size, 0)
        self._padding = -self._left % BLOCK
        self._sum, self._start = (Sum() if kind in _FILES else None), self._position

    def _submit(self, piece: memoryview) -> None:
        if self._sum is not None:
            self._wait(_PENDING)
            self._pending.append(self._worker.submit(self._sum.update, piece))

    def _finish(self) -> None:
        if self._sum is not None:
            self._pending.append(self._worker.submit(self._record, self._start, self._sum))

    def _record(self, start: int, total: Sum) -> None:
        self.sums[start] = total.digest()

    def _wait(self, most: int) -> None:
        while len(self._pending) > most:
            self._pending.popleft().result()
