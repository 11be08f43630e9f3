"""What is fed with arbitrary bytes: each target takes them and may only raise one of our own errors.

Where there are two ways to the same answer, they have to agree.
"""

from __future__ import annotations

import io
import tempfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from layertui.core.bounds import bounds
from layertui.core.containers.model import mounts
from layertui.core.containers.runtimes import user_lookup
from layertui.core.errors import LayertuiError
from layertui.core.fs.file_window import Window
from layertui.core.images.archive.archive import from_stream
from layertui.core.images.history_steps import steps
from layertui.core.inspector.names.spelling import read_spelling
from layertui.core.layers.cache.layer_pieces import join_pieces, piece_starts
from layertui.core.layers.cache.layer_sizes import content_total
from layertui.core.layers.stack.row_merge import merged
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK, IMPLIED, LayerTable
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.oci.config_change import apply_changes
from layertui.core.oci.image_config import ExecConfig, ImageConfig
from layertui.core.oci.manifest import Index, Manifest
from layertui.core.oci.reference import Reference
from layertui.core.streams.compress import decompressed
from layertui.core.streams.tar.header_block import BLOCK
from layertui.core.streams.tar.tar_contents import walk
from layertui.tui.common.format import safe
from readings import in_a_file, outcome, pieces_of, said, sizes_from_both_ends, small

CONTROL = {
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
}


def tar(content: bytes) -> None:
    """A layer tar: its table, its view, its sizes; sizes computed without a table are the same."""
    table = read_table(io.BytesIO(content))
    stack = Stack.from_layers([StackLayer(table, TarballContent(table, lambda: io.BytesIO(content)))])
    view = stack.view()
    listed = [view.entry(row) for row in range(min(len(view), 50))]
    for entry in listed[:5]:
        with suppress(LayertuiError):
            TarballContent(table, lambda: io.BytesIO(content)).open(entry).read(1 << 16)
    names = [member.name.removeprefix(b"./").rstrip(b"/") for member in walk(io.BytesIO(content))]
    # Spellings of one path, one name twice, markers, files without a folder: without a table none looks for these.
    paths = sorted(entry.path[1:].encode("utf-8", "surrogateescape") for entry in listed)
    if sorted(names) != paths or (table.flags & IMPLIED).any():
        return
    own = np.flatnonzero((table.kind == Kind.FILE) & ((table.flags & HARDLINK) == 0))
    assert content_total(io.BytesIO(content)) == int(table.size_of[own].sum())


class _InAFile:
    """A stored layer that nothing was compressed of."""

    def __init__(self, window: Window) -> None:
        self._window, self.size = window, window.size

    def open_at(self) -> Window:
        """Its bytes."""
        return self._window.window(0, self.size)


def large_tar(content: bytes) -> None:
    """A layer tar in a file, read as large ones are: many headers at once, in pieces, from both ends; all as one walk has it."""
    dice = zlib.crc32(content)
    if dice % 3 == 0:
        content += bytes(BLOCK * (dice % 17))
    with in_a_file(content) as window, small(2 + dice % 11):
        whole = outcome(read_table, io.BytesIO(content))
        assert _same(outcome(read_table, window), whole)
        pieces = pieces_of(window, piece_starts(window, bounds().entries)[1:])
        if None not in pieces:
            made = join_pieces(pieces)
            assert made is None or said(made) == whole
        _merge([piece for piece in pieces if piece is not None])
        layers = {"1": _InAFile(window), "2": _InAFile(window)}
        alone = outcome(sizes_from_both_ends, layers, 0)
        for heard in (1 + dice % 7, 99):
            assert _same(outcome(sizes_from_both_ends, layers, heard), alone)


def _same(one: object, other: object) -> bool:
    """Whether two readers say the same; of several faults in one tar each may report another."""
    return one == other or (isinstance(one, type) and isinstance(other, type))


def _merge(tables: list[LayerTable]) -> None:
    """Tables merged, some of them large beside the others: their rows are in the order of their keys."""
    keys = list(chain.from_iterable(map(LayerTable.keys, tables)))
    in_order = sorted(range(len(keys)), key=keys.__getitem__)
    rows, first = merged(tables)
    assert rows.tolist() == in_order
    assert first.tolist() == [at == 0 or keys[in_order[at - 1]] != keys[row] for at, row in enumerate(in_order)]


def compression(content: bytes) -> None:
    """A stream in whatever compression; at most 4 MB of it."""
    with decompressed(io.BytesIO(content)) as plain:
        for _ in range(64):
            if not plain.read(1 << 16):
                break


def archive(content: bytes) -> None:
    """An archive of images: what it holds, and their histories."""
    with tempfile.TemporaryDirectory() as folder, from_stream(io.BytesIO(content), Path(folder)) as opened:
        for image in opened.images:
            steps(image, None)


def json(content: bytes) -> None:
    """A document that an image is made of: its config, its manifest, an index; written and read again it is the same."""
    for kind in (ImageConfig, Manifest, Index):
        with suppress(LayertuiError):
            read: Any = kind.from_bytes(content)
            assert kind.from_bytes(read.to_bytes()) == read


def words(content: bytes) -> None:
    """Everything that a user, or an image, spells: references, images, changes, mounts, users."""
    text = content.decode("utf-8", "surrogateescape")
    attempts: list[Callable[[], object]] = [
        lambda: apply_changes(ExecConfig(), [text]),
        lambda: read_spelling(text),
        lambda: mounts.volume(text),
        lambda: mounts.mount(text),
        lambda: mounts.tmpfs(text),
        lambda: user_lookup.look_up(text[:20], content, content),
    ]
    for attempt in attempts:
        with suppress(LayertuiError):
            attempt()
    shown = safe(text)
    assert not CONTROL.intersection(shown)
    reference = Reference.parse(text)
    assert Reference.parse(str(reference)) == reference


TARGETS: dict[str, Callable[[bytes], None]] = {
    "tar": tar,
    "large-tar": large_tar,
    "compression": compression,
    "archive": archive,
    "json": json,
    "words": words,
}


def survive(target: str, content: bytes) -> None:
    """Feed a target; our own errors are how it says no."""
    with suppress(LayertuiError):
        TARGETS[target](content)
