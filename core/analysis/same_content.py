"""Files with the same content: in several places of the view, and stored again at the same path.

Only files that have another one of equal size are read. Their digests can be kept, so that they are read once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from layertui.core.analysis.stack_paths import paths_of
from layertui.core.errors import NotFound, StorageError
from layertui.core.fs.reader import read_fully
from layertui.core.layers.diff.file_contents import Bodies
from layertui.core.layers.table.layer_table import SPARSE
from layertui.core.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.analysis.stored_files import StoredFiles
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column
    from layertui.core.progress import Progress

MOST_FILES = 50_000
"""The largest number of files whose contents are compared; of more, the largest files."""

_BYTES = 32  # of a sha256
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class SameContent:
    """Several visible files, none a hard link of another, with the same bytes."""

    digest: Digest
    size: int
    """Bytes of each."""
    paths: tuple[str, ...]
    """In tree order."""

    @property
    def repeated(self) -> int:
        """Bytes of all but one."""
        return self.size * (len(self.paths) - 1)


@dataclass(frozen=True, slots=True)
class SameContents:
    """All groups of visible files with the same content."""

    groups: tuple[SameContent, ...]
    """Those that repeat most bytes, the largest first."""
    count: int
    """How many groups there are."""
    repeated: int
    """Bytes of all files of all groups but one of each."""


class ContentDigests:
    """The sha256 of those stored files whose contents may be the same, by row of the stack."""

    def __init__(self, stored: StoredFiles, rows: Column, digests: Column) -> None:
        self._stored, self._rows, self._digests = stored, rows, digests

    def mark_rewritten(self) -> None:
        """Mark the overwritten copies whose bytes are stored again at the same path."""
        self._stored.compare_contents(self._same)

    def groups(self, most: int | None = None) -> SameContents:
        """The visible files with the same content, in groups, those that repeat most bytes first; ``most`` limits which are listed."""
        stored = self._stored
        copies = np.searchsorted(stored.rows, self._rows)
        shown = np.flatnonzero(~stored.hidden[copies] & self._digests.any(axis=1))
        # Digests are as random as numbers can be: the first bytes bring equal ones together.
        order = np.argsort(self._digests[shown].view(">u8")[:, 0], kind="stable")
        copies, digests = copies[shown[order]], self._digests[shown[order]]
        sizes = stored.bytes[copies]
        starts = np.flatnonzero(np.append(True, (digests[1:] != digests[:-1]).any(axis=1))) if len(order) else order
        counts = np.diff(np.append(starts, len(order)))
        starts, counts = starts[counts > 1], counts[counts > 1]
        repeated = sizes[starts] * (counts - 1)
        largest = np.argsort(-repeated, kind="stable")[:most]
        starts, counts = starts[largest], counts[largest]
        path_ids = stored.path_ids
        members = [np.sort(path_ids[copies[at : at + count]]) for at, count in zip(starts, counts, strict=True)]
        paths = iter(paths_of(stored.stack, np.concatenate(members)) if members else ())
        listed = [
            SameContent(_digest(digests[at]), int(sizes[at]), tuple(islice(paths, count)))
            for at, count in zip(starts.tolist(), counts.tolist(), strict=True)
        ]
        return SameContents(tuple(listed), len(repeated), int(repeated.sum()))

    def _same(self, left: Column, right: Column) -> Column:
        same = np.zeros(len(left), bool)
        known = _are_in(self._rows, left) & _are_in(self._rows, right)
        one, other = (self._digests[np.searchsorted(self._rows, rows[known])] for rows in (left, right))
        same[known] = (one == other).all(axis=1) & one.any(axis=1)
        return same


def candidates(stored: StoredFiles, layers: Column) -> Column:
    """Rows of the files, in some layers only, that have another one of equal size: visible, or at the same path."""
    is_readable = np.zeros(len(stored.stack) + 1, bool)
    is_readable[layers] = True
    readable = is_readable[stored.layer] & (stored.bytes > 0)
    readable &= stored.stack.flags[stored.rows] & SPARSE == 0  # its map may claim terabytes of zeros
    again = np.zeros(len(stored), bool)
    shown = np.flatnonzero(readable & ~stored.hidden)
    shown = shown[np.argsort(stored.bytes[shown], kind="stable")]
    same = stored.bytes[shown[1:]] == stored.bytes[shown[:-1]]
    again[shown[1:][same]] = again[shown[:-1][same]] = True
    _, left, right = stored.rewritten()
    pairs = np.concatenate([left, right])
    pairs = pairs[_are_in(stored.rows, pairs)]  # what a range of layers links to may be below it
    again[np.searchsorted(stored.rows, pairs)] = True
    again &= readable
    found = np.flatnonzero(again)
    if len(found) > MOST_FILES:
        found = np.sort(found[np.argsort(-stored.bytes[found], kind="stable")[:MOST_FILES]])
    return stored.rows[found]


def digests_of(stack: Timeline, rows: Column, progress: Progress) -> Column:
    """The sha256 of the contents of some rows: uint8, 32 columns; zeros for one that cannot be read. Raises Damaged, Cancelled."""
    found = np.zeros((len(rows), _BYTES), np.uint8)
    order = np.lexsort((stack.column("body", rows), stack.layer[rows]))
    progress.begin("comparing files", int(stack.size[rows].sum()))
    with Bodies(stack, rows[order]) as contents:
        for at in order.tolist():
            try:
                digest = _sha256(contents.open(int(rows[at])), progress)
            except (NotFound, StorageError):
                continue  # a file of a running container may be gone by now, or be closed to this user
            found[at] = np.frombuffer(digest, np.uint8)
        contents.prove()
    return found


def content_digests(
    stored: StoredFiles,
    layers: Column,
    progress: Progress,
    *,
    load: Callable[[], bytes | None] = lambda: None,
    keep: Callable[[bytes], object] = lambda _: None,
) -> ContentDigests:
    """The digests of the files whose contents may be the same, of some layers only.

    ``load`` returns what ``keep`` was given for the same layers in an earlier run.
    """
    rows = candidates(stored, layers)
    kept, heading = load(), rows.astype("<i8").tobytes()
    if kept is not None and kept.startswith(heading) and len(kept) == len(heading) + len(rows) * _BYTES:
        digests = np.frombuffer(kept, np.uint8, offset=len(heading)).reshape(-1, _BYTES)
        return ContentDigests(stored, rows, digests)
    digests = digests_of(stored.stack, rows, progress)
    if digests.any(axis=1).all():  # what could not be read may be read next time
        keep(heading + digests.tobytes())
    return ContentDigests(stored, rows, digests)


def _are_in(rows: Column, some: Column) -> Column:
    """Which of some numbers are in an ascending column."""
    at = np.searchsorted(rows, some)
    found: Column = at < len(rows)
    found[found] = rows[at[found]] == some[found]
    return found


def _digest(raw: Column) -> Digest:
    return Digest(f"sha256:{raw.tobytes().hex()}")


def _sha256(content: BinaryIO, progress: Progress) -> bytes:
    digest = hashlib.sha256(usedforsecurity=False)
    while chunk := read_fully(content.read, _CHUNK):
        digest.update(chunk)
        progress.advance(len(chunk))
    return digest.digest()
