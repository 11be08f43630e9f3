"""The waste of stored files, path by path: hidden copies, where they are stored, and which layers hide them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.core.analysis.stack_paths import paths_of
from layertui.core.analysis.stored_files import Why

if TYPE_CHECKING:
    from layertui.core.analysis.stored_files import StoredFiles
    from layertui.core.layers.table.columns import Column

_WHYS = tuple(Why)


class HiddenCopy(NamedTuple):
    """One copy of a file that does not show."""

    layer: int
    """The layer that stores it."""
    bytes: int
    hidden_by: int
    """The layer that hides it."""
    why: Why


@dataclass(frozen=True, slots=True)
class WastedPath:
    """The hidden copies of one path, the lowest first."""

    path: str
    copies: tuple[HiddenCopy, ...]
    changed: tuple[str, ...]
    """Of a path whose bytes are stored again unchanged: what changed instead, of ``mode``, ``owner``, ``time`` and ``xattrs``."""

    @property
    def bytes(self) -> int:
        """Bytes of all its hidden copies."""
        return sum(copy.bytes for copy in self.copies)

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers that store them, ascending."""
        return tuple(copy.layer for copy in self.copies)


class Waste:
    """The paths with hidden bytes, those with most bytes first."""

    def __init__(self, stored: StoredFiles) -> None:
        self._stored = stored
        hidden = np.flatnonzero(stored.hidden & (stored.bytes > 0))
        path_ids = stored.stack.path_id[stored.rows[hidden]]
        first = np.flatnonzero(np.diff(path_ids, prepend=-1))
        sums = np.add.reduceat(stored.bytes[hidden], first) if len(first) else np.zeros(0, np.int64)
        order = np.argsort(-sums, kind="stable")
        self._copies: Column = hidden
        self._starts: Column = first[order]
        self._ends: Column = np.append(first[1:], len(hidden))[order] if len(first) else first
        self._path_ids: Column = path_ids[first[order]]

    def __len__(self) -> int:
        return len(self._path_ids)

    def largest(self, most: int | None = None) -> list[WastedPath]:
        """The paths with most hidden bytes, or all; at equal bytes in tree order."""
        stored, starts = self._stored, self._starts[:most]
        counts = self._ends[:most] - starts
        ends = np.cumsum(counts)
        chosen = self._copies[np.arange(counts.sum()) + np.repeat(starts - (ends - counts), counts)]
        columns = (column[chosen].tolist() for column in (stored.layer, stored.bytes, stored.hidden_by))
        whys = list(map(_WHYS.__getitem__, stored.why[chosen].tolist()))
        copies = list(map(HiddenCopy, *columns, whys))
        found = []
        for path, count, end in zip(
            paths_of(stored.stack, self._path_ids[:most]), counts.tolist(), ends.tolist(), strict=True
        ):
            rewritten = Why.SAME_CONTENT in whys[end - count : end]
            changed = self._changed(chosen[end - count : end]) if rewritten else ()
            found.append(WastedPath(path, tuple(copies[end - count : end]), changed))
        return found

    def _changed(self, copies: Column) -> tuple[str, ...]:
        """What differs between copies of the same bytes."""
        stored = self._stored
        found: dict[str, None] = {}
        for copy in copies.tolist():
            if stored.why[copy] != Why.SAME_CONTENT:
                continue
            one, other = (stored.stack.entry(int(rows[copy])) for rows in (stored.rows, stored.replaced_by))
            differences = {
                "mode": one.mode != other.mode,
                "owner": (one.uid, one.gid) != (other.uid, other.gid),
                "time": (one.mtime, one.mtime_ns) != (other.mtime, other.mtime_ns),
                "xattrs": one.xattrs != other.xattrs,
            }
            found |= {name: None for name, differs in differences.items() if differs}
        return tuple(found)


def efficiency(stored: StoredFiles) -> float:
    """The share of the stored bytes that is visible: 1 - hidden / stored; 1 where nothing is stored."""
    return 1 - stored.hidden_bytes / stored.stored_bytes if stored.stored_bytes else 1.0


def user_wasted_share(stored: StoredFiles) -> float:
    """The hidden bytes relative to the bytes above the base layer, as dive has it; 1 where those have none but hide some."""
    above = stored.stored_bytes - int(stored.bytes[stored.layer == 1].sum(dtype=np.int64))
    if above:
        return stored.hidden_bytes / above
    return 1.0 if stored.hidden_bytes else 0.0
