"""Files with the same content: in several places of the view, and stored again at the same path.

Only files that have another one of equal size are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.content_digests import NoNotes, digests_of
from layertui.core.analysis.stack_paths import paths_of
from layertui.core.layers.table.layer_table import SPARSE
from layertui.core.oci.digest import Digest

if TYPE_CHECKING:
    from layertui.core.analysis.content_digests import DigestNotes
    from layertui.core.analysis.stored_files import StoredFiles
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column
    from layertui.core.progress import Progress

MOST_FILES = 50_000
"""The largest number of files whose contents are compared; of more, the largest files."""

_LARGE = 1 << 16  # bytes of a file


class SameContent:
    """Several visible files, none a hard link of another, with the same bytes."""

    def __init__(self, digest: Digest, size: int, stack: Timeline, path_ids: Column) -> None:
        """`path_ids` are the stack's numbers of the paths (int32), ascending."""
        self.digest = digest
        self.size = size
        """Bytes of each."""
        self._stack, self._path_ids = stack, path_ids

    @property
    def count(self) -> int:
        """How many files there are."""
        return len(self._path_ids)

    @property
    def repeated(self) -> int:
        """Bytes of all but one."""
        return self.size * (self.count - 1)

    def paths(self, most: int | None = None) -> list[str]:
        """Their paths in tree order, or the first of these."""
        return paths_of(self._stack, self._path_ids[:most])


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
        """`rows` of the stack (int64), ascending; `digests` (uint8) of 32 columns, one row for each, zeros where it could not be read."""
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
        listed = [
            SameContent(_digest(digests[at]), int(sizes[at]), stored.stack, np.sort(path_ids[copies[at : at + count]]))
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
    """The stack's rows (int64, ascending) of the files in `layers` (their numbers) that have another one of equal size: visible, or at the same path."""
    is_readable = np.zeros(len(stored.stack) + 1, bool)
    is_readable[layers] = True
    readable = is_readable[stored.layer] & (stored.bytes > 0)
    readable &= stored.stack.flags[stored.rows] & SPARSE == 0  # its map may claim terabytes of zeros
    shown = np.flatnonzero(readable & ~stored.hidden)
    again = np.zeros(len(stored), bool)
    again[shown] = _are_repeated(stored.bytes[shown])
    _, left, right = stored.rewritten()
    pairs = np.concatenate([left, right])
    pairs = pairs[_are_in(stored.rows, pairs)]  # what a range of layers links to may be below it
    again[np.searchsorted(stored.rows, pairs)] = True
    again &= readable
    found = np.flatnonzero(again)
    if len(found) > MOST_FILES:
        found = np.sort(found[np.argsort(-stored.bytes[found], kind="stable")[:MOST_FILES]])
    return stored.rows[found]


def digests_to_compare(
    stored: StoredFiles, layers: Column, progress: Progress, notes: DigestNotes | None = None
) -> ContentDigests:
    """The digests of the files whose contents may be the same, in the layers of these numbers; `notes` keep them. Raises Damaged, Cancelled."""
    rows = candidates(stored, layers)
    return ContentDigests(stored, rows, digests_of(stored.stack, rows, progress, NoNotes() if notes is None else notes))


def _are_repeated(sizes: Column) -> Column:
    """Which of some sizes there are more than once: those of small files are counted, as most files are small, the others sorted."""
    small = np.where(sizes < _LARGE, sizes, 0)
    repeated: Column = np.bincount(small, minlength=1)[small] > 1
    at = np.flatnonzero(sizes >= _LARGE)
    at = at[np.argsort(sizes[at], kind="stable")]
    same = sizes[at[1:]] == sizes[at[:-1]]
    repeated[at] = False
    repeated[at[1:][same]] = repeated[at[:-1][same]] = True
    return repeated


def _are_in(rows: Column, some: Column) -> Column:
    """Which of some numbers are in an ascending column."""
    at = np.searchsorted(rows, some)
    found: Column = at < len(rows)
    found[found] = rows[at[found]] == some[found]
    return found


def _digest(raw: Column) -> Digest:
    return Digest(f"sha256:{raw.tobytes().hex()}")
