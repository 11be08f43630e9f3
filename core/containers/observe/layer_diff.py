"""The changes in a container's writable layer, as `docker diff` prints them.

A removed folder is one line, for its top. A folder with a change inside is a `C` line. A folder that was removed and
created again is a `C` line too, with a `D` for each entry that it had. A folder that differs only in its time is not a
change, and neither is a file that was only copied up, for example by a hard link to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from layertui.core.layers.table.entry import Change, Entry, Kind

if TYPE_CHECKING:
    from layertui.core.layers.stack.stack import Stack


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One path that was added, changed or deleted."""

    path: str
    kind: Literal["A", "C", "D"]


_LETTERS: dict[int, Literal["A", "C", "D"]] = {Change.ADDED: "A", Change.MODIFIED: "C", Change.REMOVED: "D"}


def diff(stack: Stack) -> list[DiffLine]:
    """The lines for the top layer of a stack, in tree order."""
    view, below = stack.view(removed=True), stack.view(len(stack) - 1)
    changes, kinds, parents = view.change.tolist(), view.kind.tolist(), view.parent.tolist()
    said: dict[int, Literal["A", "C", "D"]] = {}
    for index, change in enumerate(changes):
        if change == Change.UNCHANGED:
            continue
        if change == Change.MODIFIED and _only_copied(view.entry(index), below.get(view.path(index))):
            continue
        above = parents[index]
        if change == Change.REMOVED and above >= 0 and (changes[above] == Change.REMOVED or kinds[above] != Kind.DIR):
            continue  # removed with its folder, or replaced with it
        said[index] = _LETTERS[change]
        while above >= 0 and above not in said:
            said[above] = "C"
            above = parents[above]
    return [DiffLine(view.path(index), said[index]) for index in sorted(said)]


def _only_copied(entry: Entry, before: Entry | None) -> bool:
    """Whether a copied-up file differs in nothing that docker compares."""
    if before is None or entry.kind != before.kind or entry.kind == Kind.DIR:
        return False
    return _looked_at(entry) == _looked_at(before)


def _looked_at(entry: Entry) -> tuple[object, ...]:
    return (
        entry.mode,
        entry.uid,
        entry.gid,
        entry.size,
        entry.mtime,
        entry.mtime_ns,
        entry.dev,
        entry.xattrs.get("security.capability"),
    )
