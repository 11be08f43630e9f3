"""Reads the contents of many files of a stack one after another, and opens each layer once.

A compressed layer can only be read forward, and going back means to start again. If the files are needed in another
order than they are stored, so that this would happen often, the layer is first decompressed to a temporary file.
"""

import shutil
import tempfile
from contextlib import ExitStack
from typing import BinaryIO, Self, cast

import numpy as np

from layertui.core.errors import NotFound
from layertui.core.language.texts import tr
from layertui.core.layers.stack.timeline import Timeline
from layertui.core.layers.table.columns import Column
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK, SPARSE
from layertui.core.layers.table.layer_tar import TarballContent
from layertui.core.streams.seekable_blob import ReopeningReader
from layertui.core.streams.tar.member_content import MemberContent

MOST_TURNS = 2
_PIECE = 1 << 20


class Bodies:
    """Opens the content of rows of a stack, which are given beforehand in the order in which they will be opened."""

    def __init__(self, stack: Timeline, rows: Column) -> None:
        self._stack, self._rows = stack, rows
        self._open = ExitStack()
        self._tars: dict[int, BinaryIO] = {}
        self._last: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close_last()
        self._open.close()

    def open(self, row: int) -> BinaryIO:
        """The content of a row, valid until the next one is opened. Raises NotFound."""
        self._close_last()
        number, own = int(self._stack.layer[row]), int(self._stack.row[row])
        layer = self._stack.layers[number - 1]
        if layer.table.flags[own] & HARDLINK and layer.table.target[own] < 0:
            raise NotFound(tr("{path} is a hard link to what no layer has", path=layer.table.path(own)))
        if not isinstance(layer.content, TarballContent) or layer.table.flags[own] & SPARSE:
            if layer.content is None:
                raise NotFound(tr("the content of layer {number} is not at hand", number=number))
            self._last = layer.content.open(self._stack.entry(row))
            return self._last
        tar = self._tars.get(number)
        if tar is None:
            tar = self._tars[number] = self._open.enter_context(self._tar(number, layer.content))
        return cast("BinaryIO", MemberContent(tar, int(layer.table.body[own]), int(layer.table.size_of[own])))

    def prove(self) -> None:
        """Read the opened compressed layers to their end: only there do they fail if damaged."""
        for tar in self._tars.values():
            if isinstance(tar, ReopeningReader):
                while tar.read(_PIECE):
                    pass

    def _close_last(self) -> None:
        if self._last is not None:
            self._last.close()
            self._last = None

    def _tar(self, number: int, content: TarballContent) -> BinaryIO:
        tar = content.open_tar()
        if not isinstance(tar, ReopeningReader) or self._turns(number) <= MOST_TURNS:
            return tar
        with tar:
            spool = cast("BinaryIO", tempfile.TemporaryFile())
            shutil.copyfileobj(tar, spool, _PIECE)
        return spool

    def _turns(self, number: int) -> int:
        """How often a layer would have to be read again from its beginning."""
        rows = self._rows[(self._stack.layer[self._rows] == number) & (self._stack.kind[self._rows] == Kind.FILE)]
        bodies = self._stack.layers[number - 1].table.body[self._stack.row[rows]]
        return int((np.diff(bodies[bodies >= 0].astype(np.int64)) < 0).sum())
