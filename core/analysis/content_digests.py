"""The sha256 of the contents of files, read once and then kept for each layer, so that every image with the layer has them.

What is kept of a layer has, for each file that was read, its row in the layer's table, where its content begins in the uncompressed
tar, its size, and the digest. A file whose row, place or size is another one now is read again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, BinaryIO, Protocol

import numpy as np

from layertui.core.errors import NotFound, StorageError
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr
from layertui.core.layers.diff.file_contents import Bodies
from layertui.core.layers.table.columns import numbers_in

if TYPE_CHECKING:
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column
    from layertui.core.progress import Progress

_BYTES = 32  # of a sha256
_CHUNK = 1 << 20
_WHERE = 3  # numbers of each file in a note before its digest: row, body, size
_NUMBERS = _WHERE + _BYTES // 8


class DigestNotes(Protocol):
    """Where digests are kept, by the number of the layer."""

    def load(self, layer: int) -> bytes | None:
        """What `keep` was given for a layer, in this run or an earlier one."""
        ...

    def keep(self, layer: int, note: bytes) -> None:
        """Keep a note instead of the last one."""
        ...


class NoNotes:
    """Nothing is kept."""

    def load(self, layer: int) -> bytes | None:
        return None

    def keep(self, layer: int, note: bytes) -> None:
        """Do nothing."""


def digests_of(stack: Timeline, rows: Column, progress: Progress, notes: DigestNotes) -> Column:
    """The sha256 of the contents of some rows: uint8, 32 columns; zeros for one that cannot be read. Raises Damaged, Cancelled."""
    found = np.zeros((len(rows), _BYTES), np.uint8)
    layers = stack.layer[rows]
    kept: dict[int, Column] = {}
    files: dict[int, Column] = {}
    for number in numbers_in(layers):
        mine = np.flatnonzero(layers == number)
        kept[number], files[number] = _parsed(notes.load(number)), _files(stack, number, stack.row[rows[mine]])
        found[mine] = _known(kept[number], files[number])
    missing = np.flatnonzero(~found.any(axis=1))
    if not len(missing):
        return found
    found[missing] = _read(stack, rows[missing], progress)
    for number in numbers_in(layers[missing]):
        digests = found[layers == number]
        are_read = digests.any(axis=1)  # what could not be read may be read next time
        if are_read.any():
            new = np.concatenate([files[number][are_read], digests[are_read].view("<i8")], axis=1)
            merged = np.concatenate([kept[number][~np.isin(kept[number][:, 0], new[:, 0])], new])
            notes.keep(number, merged[np.argsort(merged[:, 0], kind="stable")].tobytes())
    return found


def _parsed(note: bytes | None) -> Column:
    """What a note has, a line for each file, ascending by row; nothing of one that is no such note."""
    if note is None or len(note) % (8 * _NUMBERS):
        return np.zeros((0, _NUMBERS), "<i8")
    kept: Column = np.frombuffer(note, "<i8").reshape(-1, _NUMBERS)
    return kept if (kept[1:, 0] > kept[:-1, 0]).all() else kept[:0]


def _files(stack: Timeline, number: int, own: Column) -> Column:
    """Row, place and size of some files of a layer, by their rows in its table."""
    table = stack.table(number)
    return np.stack([own, table.body[own], table.size_of[own]], axis=1).astype("<i8")


def _known(kept: Column, files: Column) -> Column:
    """The digests that are kept of some files, zeros for others."""
    digests = np.zeros((len(files), _BYTES), np.uint8)
    at = np.searchsorted(kept[:, 0], files[:, 0])
    there = np.flatnonzero(at < len(kept))
    found = kept[at[there]]
    same = (found[:, :_WHERE] == files[there]).all(axis=1)
    digests[there[same]] = np.ascontiguousarray(found[same, _WHERE:]).view(np.uint8)
    return digests


def _read(stack: Timeline, rows: Column, progress: Progress) -> Column:
    found = np.zeros((len(rows), _BYTES), np.uint8)
    order = np.lexsort((stack.column("body", rows), stack.layer[rows]))
    progress.begin(tr("comparing files"), int(stack.size[rows].sum()))
    with Bodies(stack, rows[order]) as contents:
        for at in order.tolist():
            try:
                digest = _sha256(contents.open(int(rows[at])), progress)
            except (NotFound, StorageError):
                continue  # a file of a running container may be gone by now, or be closed to this user
            found[at] = np.frombuffer(digest, np.uint8)
        contents.prove()
    return found


def _sha256(content: BinaryIO, progress: Progress) -> bytes:
    digest = hashlib.sha256(usedforsecurity=False)
    while chunk := read_fully(content.read, _CHUNK):
        digest.update(chunk)
        progress.advance(len(chunk))
    return digest.digest()
