"""Writes a file sequentially and starts its writeback to disk early, while the rest is still being hashed."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.portable import write_out_early

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STRETCH = 4 << 20


class EarlyWriteback(io.RawIOBase):
    """Writes to ``out``, which the caller syncs and closes: the sync then has little left to wait for.

    The kernel keeps dirty pages for half a minute before it writes them, unless it is advised otherwise. Pages that are
    not on the disk yet stay in memory in any case.
    """

    def __init__(self, out: BinaryIO) -> None:
        super().__init__()
        self.name = getattr(out, "name", None)
        self._out = out
        self._begun = out.tell() if out.seekable() else 0
        self._waiting = 0

    def write(self, content: ReadableBuffer, /) -> int:
        count = self._out.write(content)
        self._waiting += count
        if self._waiting >= _STRETCH:
            self._out.flush()
            with suppress(OSError):  # a pipe, or a file system without this call
                write_out_early(self._out.fileno(), self._begun, self._waiting)
            self._begun += self._waiting
            self._waiting = 0
        return count

    def writable(self) -> bool:
        return True
