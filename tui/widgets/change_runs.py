"""Changed files as a tree, without a node for each: runs in a sorted list, and running sums over it.

Paths in tree order make each folder one contiguous run. What lies in a folder is found by bisection when it is
opened, and how much was added, changed and removed below it is the difference of two sums.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING

from layertui.core.layers.entry import Kind

if TYPE_CHECKING:
    from layertui.core.layers.changes import FileChange


KINDS = ("added", "modified", "removed")
LETTERS = {"added": "A", "modified": "M", "removed": "D"}


@dataclass(frozen=True, slots=True)
class Node:
    """One row: a changed path, or a folder on the way to some."""

    name: str
    path: str
    depth: int
    first: int
    end: int
    change: FileChange | None
    """The change of this very path; None for a folder that only holds changed ones."""

    @property
    def inner(self) -> int:
        """Where its children begin."""
        return self.first + (self.change is not None)

    @property
    def foldable(self) -> bool:
        """Whether something changed below it."""
        return self.end > self.inner


def _key(path: str) -> str:
    # NUL sorts below every character a name can have, so a folder's children follow it at once.
    return path.strip("/").replace("/", "\0")


class ChangeRuns:
    """The changes and what can be asked of them by folder."""

    def __init__(self, changes: Iterable[FileChange]) -> None:
        keyed = [(_key(change.path), change) for change in changes]
        keyed.sort(key=itemgetter(0))  # each folder before its children, each subtree together
        self._keys = [key for key, _ in keyed]
        self.changes = [change for _, change in keyed]
        kinds = [change.kind for change in self.changes]
        self._sums = {kind: [0, *accumulate(map(kind.__eq__, kinds))] for kind in KINDS}
        self._bytes = [0, *accumulate(map(size_difference, self.changes))]

    def __len__(self) -> int:
        return len(self.changes)

    def counts(self, node: Node) -> tuple[int, int, int]:
        """How many paths at and below were added, modified, removed."""
        added, modified, removed = (self._sums[kind][node.end] - self._sums[kind][node.first] for kind in KINDS)
        return added, modified, removed

    def difference(self, node: Node) -> int:
        """Bytes more at and below than before."""
        return self._bytes[node.end] - self._bytes[node.first]

    def children(self, parent: Node | None = None) -> list[Node]:
        """What lies right below a node, or at the top; a folder in which only one thing changed shares its row."""
        if parent is None:
            return list(self._children("", 0, len(self.changes), 0))
        return list(self._children(_key(parent.path) + "\0", parent.inner, parent.end, parent.depth + 1))

    def _children(self, prefix: str, first: int, end: int, depth: int) -> Iterator[Node]:
        at = first
        while at < end:
            name = self._keys[at][len(prefix) :].partition("\0")[0]
            yield self._node(prefix, name, at, end, depth)
            at = self._end(prefix + name, at, end)

    def _end(self, key: str, first: int, end: int) -> int:
        return bisect_left(self._keys, key + "\1", first, end)

    def _node(self, prefix: str, name: str, first: int, end: int, depth: int) -> Node:
        """The node of one name; a chain of folders with one changed thing in each becomes one name."""
        start = prefix
        key = prefix + name
        last = self._end(key, first, end)
        while self._keys[first] != key:
            step = self._keys[first][len(key) + 1 :].partition("\0")[0]
            longer = f"{key}\0{step}"
            if self._end(longer, first, last) != last:
                break
            key = longer
        change = self.changes[first] if self._keys[first] == key else None
        shown = key[len(start) :].replace("\0", "/")
        return Node(shown, "/" + key.replace("\0", "/"), depth, first, last, change)


def size_difference(change: FileChange) -> int:
    """The right side's bytes less the left side's; folders have none."""
    a, b = change.a, change.b
    after = b.size if b is not None and b.kind is Kind.FILE else 0
    return after - a.size if a is not None and a.kind is Kind.FILE else after


def only_time(change: FileChange) -> bool:
    """Whether nothing but the time differs: what a rebuild changes everywhere and nobody asks for."""
    return change.fields == ("mtime",) and change.kind == "modified"


def matching(changes: Sequence[FileChange], wanted: str) -> list[FileChange]:
    """Those whose path has the text, whatever the case."""
    wanted = wanted.casefold()
    return [change for change in changes if wanted in change.path.casefold()] if wanted else list(changes)


@dataclass(frozen=True, slots=True)
class Sorted:
    """All changes, and those that are shown at first. Worked out on a job's thread: it takes a while for a million."""

    everything: Sequence[FileChange]
    with_times: bool
    runs: ChangeRuns


def sort_out(changes: Sequence[FileChange]) -> Sorted:
    """Leave out what differs in its time alone, unless nothing else differs."""
    shown = [change for change in changes if not only_time(change)]
    with_times = bool(changes) and not shown
    return Sorted(changes, with_times, ChangeRuns(changes if with_times else shown))
