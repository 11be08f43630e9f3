"""ArrivingLayers: the stream of an image archive, whose layers are hashed and read into tables while they pass.

So none has to be read again once the archive is here. Other files of the archive are tried too, and are no layers.
"""

from __future__ import annotations

from collections import deque
from queue import Queue
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from layertui.core.bounds import check
from layertui.core.errors import LayertuiError
from layertui.core.fs.reader import Reader, read_to_end
from layertui.core.language.texts import tr
from layertui.core.oci.digest import DiffID
from layertui.core.streams.compress import decompressed
from layertui.core.streams.digest_reader import HashingReader
from layertui.core.streams.tar.header_block import BLOCK, number

if TYPE_CHECKING:
    from concurrent.futures import Future

    from layertui.core.layers.table.layer_table import LayerTable

_FILES = (b"0", b"\0")
_EMPTY = (b"1", b"2", b"3", b"4", b"5", b"6")  # members without content, whatever their size field says
_AHEAD, _FILES_AHEAD = 16, 4  # pieces of one file, and files, that wait to be read


class ArrivedLayer(NamedTuple):
    """The digest of a layer's uncompressed tar, and the table of it."""

    diff_id: DiffID
    table: LayerTable


class ArrivingLayers(Reader):
    """A stream of a plain tar, read through once; `layers` has each layer in it by where its content begins.

    Of a tar in an unusual form layers may be missing or wrong, since extended headers are not read: a digest that is not the expected
    one means that the file has to be read again. So it is with layers that have more entries together than an image may have.
    """

    def __init__(self, raw: BinaryIO) -> None:
        from concurrent.futures import ThreadPoolExecutor

        super().__init__()
        self.name = str(getattr(raw, "name", "archive"))
        self.layers: dict[int, ArrivedLayer] = {}
        self._raw = raw
        self._head = b""  # of a header, as far as it is there
        self._position = 0
        self._entries = 0  # of all layers
        self._left = self._padding = 0  # bytes of the content, and of the padding behind it, that are still to come
        # Hashing and decompression release the GIL: they run while the next piece is received.
        self._worker = ThreadPoolExecutor(1, "arriving-layers")
        self._pieces: Queue[memoryview] | None = None
        self._pending: deque[Future[None]] = deque()

    def read(self, size: int | None = -1) -> bytes:
        got = self._raw.read(-1 if size is None else size)
        if got:
            self._take(memoryview(got))
        else:
            self._end_file()
            self._wait_for(0)
        return got

    def close(self) -> None:
        if not self.closed:
            self._end_file()
            self._worker.shutdown()
            self._raw.close()
        super().close()

    def _take(self, piece: memoryview) -> None:
        while piece:
            if self._left:
                taken = min(self._left, len(piece))
                if self._pieces is not None:
                    self._pieces.put(piece[:taken])
                self._left -= taken
                if not self._left:
                    self._end_file()
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
        if self._left and kind in _FILES:
            self._pieces = Queue(_AHEAD)
            self._wait_for(_FILES_AHEAD)
            self._pending.append(self._worker.submit(self._read_layer, self._position, self._pieces))

    def _end_file(self) -> None:
        """Tell the worker that no more of a file comes, whether or not it is complete."""
        if self._pieces is not None:
            self._pieces.put(memoryview(b""))
            self._pieces = None

    def _read_layer(self, start: int, pieces: Queue[memoryview]) -> None:
        content = _Content(pieces)
        try:
            found = _read(cast("BinaryIO", content))
            # Each table is within the limit, and so is what all of them hold.
            self._entries += len(found.table)
            check("entries", self._entries, tr("the layers have more entries together"))
            self.layers[start] = found
        except LayertuiError:  # no layer, or a damaged one: the next read of it says what is wrong
            pass
        finally:
            read_to_end(cast("BinaryIO", content))  # else the queue would fill up, and the stream wait for ever

    def _wait_for(self, most: int) -> None:
        """Until no more than so many files are being read."""
        while len(self._pending) > most:
            self._pending.popleft().result()


class _Content(Reader):
    """What another thread puts into a queue, up to an empty piece."""

    def __init__(self, pieces: Queue[memoryview]) -> None:
        super().__init__()
        self.name = "layer"
        self._pieces = pieces
        self._piece = memoryview(b"")
        self._is_over = False

    def read(self, size: int | None = -1) -> bytes:
        if not self._piece and not self._is_over:
            self._piece = self._pieces.get()
            self._is_over = not self._piece
        taken = len(self._piece) if size is None or size < 0 else size
        got, self._piece = self._piece[:taken], self._piece[taken:]
        return bytes(got)


def _read(stored: BinaryIO) -> ArrivedLayer:
    """Raises Damaged and the like for what is no layer."""
    from layertui.core.layers.table.layer_tar import read_table

    tar = HashingReader(decompressed(stored))
    table = read_table(cast("BinaryIO", tar))
    read_to_end(cast("BinaryIO", tar))
    return ArrivedLayer(DiffID(tar.sum.digest()), table)
