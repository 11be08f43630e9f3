"""What differs between two views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from layertui.core.layers.entry import Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertui.core.layers.view import View

ChangeKind = Literal["added", "removed", "modified"]


@dataclass(frozen=True, slots=True)
class FileChange:
    """One path that differs. ``fields`` names what does, where it is on both sides."""

    path: str
    kind: ChangeKind
    a: Entry | None
    b: Entry | None
    fields: tuple[str, ...] = ()


def changes(a: View, b: View, *, same_content: Callable[[Entry, Entry], bool] | None = None) -> list[FileChange]:
    """What differs from ``a`` to ``b``, in tree order.

    Two regular files of equal size are compared by ``same_content``, where given, unless they are
    one and the same stored file.
    """
    return list(_differences(a, b, same_content))


def _differences(a: View, b: View, same_content: Callable[[Entry, Entry], bool] | None) -> Iterator[FileChange]:
    for left, right in _paired(a, b):
        if left is None:
            entry = b.entry(right)  # type: ignore[arg-type]
            yield FileChange(entry.path, "added", None, entry)
        elif right is None:
            entry = a.entry(left)
            yield FileChange(entry.path, "removed", entry, None)
        elif not _same_row(a, left, b, right):
            one, other = a.entry(left), b.entry(right)
            fields = differing_fields(one, other, same_content)
            if fields:
                yield FileChange(one.path, "modified", one, other, fields)


def _paired(a: View, b: View) -> Iterator[tuple[int | None, int | None]]:
    """The indexes of each path on both sides, in tree order."""
    if a.stack is b.stack:
        yield from _paired_places(a, b)
        return
    left, right = a.keys(), b.keys()
    i = j = 0
    while i < len(left) or j < len(right):
        if j == len(right) or (i < len(left) and left[i] < right[j]):
            yield i, None
            i += 1
        elif i == len(left) or right[j] < left[i]:
            yield None, j
            j += 1
        else:
            yield i, j
            i, j = i + 1, j + 1


def _paired_places(a: View, b: View) -> Iterator[tuple[int | None, int | None]]:
    """As `_paired`, for two views of one stack: only the places where they may differ."""
    left = np.full(len(a.stack.depth), -1, np.int64)
    right = left.copy()
    left[a.places], right[b.places] = np.arange(len(a)), np.arange(len(b))
    for place in np.flatnonzero((left >= 0) | (right >= 0)).tolist():
        i, j = int(left[place]), int(right[place])
        yield (i if i >= 0 else None), (j if j >= 0 else None)


def _same_row(a: View, left: int, b: View, right: int) -> bool:
    """Whether both sides show the same row of the same table."""
    at, other = int(a.shown[left]), int(b.shown[right])
    mine, yours = int(a.stack.layer[at]), int(b.stack.layer[other])
    return (
        a.stack.table(mine) is b.stack.table(yours) and a.stack.row[at] == b.stack.row[other] and not a.stack.flags[at]
    )


def differing_fields(a: Entry, b: Entry, same_content: Callable[[Entry, Entry], bool] | None = None) -> tuple[str, ...]:
    """Which of type, mode, uid, gid, size, mtime, link, dev, xattrs and content differ."""
    fields = [
        name
        for name, one, other in (
            ("type", a.kind, b.kind),
            ("mode", a.mode, b.mode),
            ("uid", a.uid, b.uid),
            ("gid", a.gid, b.gid),
            ("size", a.size, b.size),
            ("mtime", (a.mtime, a.mtime_ns), (b.mtime, b.mtime_ns)),
            ("link", a.link, b.link),
            ("dev", a.dev, b.dev),
            ("xattrs", dict(a.xattrs), dict(b.xattrs)),
        )
        if one != other
    ]
    if a.kind is b.kind is Kind.FILE and (
        a.size != b.size or (a.size and same_content is not None and not same_content(a, b))
    ):
        fields.append("content")
    return tuple(fields)
